"""The questions to a lake: `corpus sql`, `compare`, `trend`, `projects`, `copies`, `outliers`, `coverage`, `findings`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mingzhang.cli.compiling import year
from mingzhang.cli.output import write_out
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands, Parser

if TYPE_CHECKING:
    import duckdb

    from mingzhang.corpus.results import Answer

ROWS = 40  # of a table on a screen, unless all are asked for
_VIEWS = (
    "total（支出规模）、function（功能分类）、economic（经济分类）、three_public（三公经费）、split（基本与项目支出）"
)

Ask = Callable[["duckdb.DuckDBPyConnection", argparse.Namespace], "Answer"]


def declare_questions(corpus: Commands) -> None:
    """Declare the questions among the commands of `corpus`."""
    one = _declare(corpus, "sql", "用 SQL 查询（DuckDB，只读）：documents、current、facts、projects 等视图。", _sql)
    one.add_argument("query", metavar="SQL", help="一条查询语句")

    one = _declare(corpus, "compare", "部门之间的比较：金额、占比、名次、人均。", _compare)
    _scope(one)
    one.add_argument("--by", default="total", metavar="VIEW", help=f"比较什么：{_VIEWS}；不填为 total")
    one.add_argument("--per-staff", action="store_true", help="按人均排名（整体绩效目标表印有在职人数的部门）")

    one = _declare(corpus, "trend", "一个部门历年的变化，改名的部门接上。", _trend)
    one.add_argument("name", metavar="NAME", help="部门名称或其中一部分")
    one.add_argument("--region", default="", metavar="R", help="地区")
    _kind(one)
    one.add_argument("--by", default="total", metavar="VIEW", help=f"看什么：{_VIEWS}；不填为 total")

    one = _declare(corpus, "projects", "查找项目：按名称、近似名称；同一项目历年的资金；增长最多的。", _projects)
    one.add_argument("text", nargs="?", default="", metavar="TEXT", help="项目名称的一部分；不填为全部")
    _scope(one, "--name", kinds=False)
    one.add_argument("--fuzzy", action="store_true", help="名称近似的也列出")
    one.add_argument("--growth", action="store_true", help="比上年增长最多的项目")
    _most(one, 200)

    one = _declare(corpus, "copies", "部门之间雷同的绩效目标和指标。", _copies)
    _scope(one, kinds=False)
    _most(one, 500)

    _scope(_declare(corpus, "outliers", "与同类部门相差悬殊的占比和人均。", _outliers))
    _scope(_declare(corpus, "coverage", "谁公开了、何时、是否按时、是否完整；缺的年度；未读出的文件。", _coverage))

    one = _declare(corpus, "findings", "检查发现的问题：按部门、规则、类别，或逐条列出。", _findings)
    _scope(one)
    one.add_argument(
        "--by", default="", metavar="HOW", help="department（部门）、rule（规则）、category（类别）、message（逐条）"
    )
    one.add_argument("--rule", default="", metavar="RULE", help="只看这条规则")
    one.add_argument("--category", default="", metavar="C", help="只看这一类")
    one.add_argument("--severity", default="", metavar="S", help="只看这一级：错误、警告、提示")
    _most(one, 1000)


def _declare(corpus: Commands, name: str, text: str, ask: Ask) -> Parser:
    one = corpus.add(name, text, lambda given: _run(given, ask))
    one.add_argument("lake", metavar="LAKE", help="数据湖：文件夹或对象存储地址")
    told = "结果的格式：table、csv、json、xlsx、svg、png；不填为 table"
    one.add_argument("-f", "--format", default="table", metavar="FORMAT", help=told)
    one.add_argument("-o", "--output", type=Path, metavar="FILE", help="结果写到这个文件；不填为标准输出")
    one.add_argument("--all", action="store_true", help=f"表格列出全部行；不填列出前 {ROWS} 行")
    return one


def _scope(one: Parser, names: str = "names", kinds: bool = True) -> None:
    told = "部门名称或其中一部分，可用 * 和 ?；不填为全部"
    if names.startswith("-"):
        one.add_argument(names, dest="names", action="append", default=[], metavar="NAME", help=told)
    else:
        one.add_argument(names, nargs="*", metavar="NAME", help=told)
    one.add_argument("--region", default="", metavar="R", help="地区；不填为全部")
    one.add_argument("--year", type=year, metavar="Y", help="年度；不填为最近的")
    if kinds:
        _kind(one)


def _kind(one: Parser) -> None:
    one.add_argument("--kind", default="budget", metavar="K", help="budget（预算）或 final（决算）；不填为预算")


def _most(one: Parser, most: int) -> None:
    one.add_argument("--most", type=_count, default=most, metavar="N", help=f"最多列出多少行；不填为 {most}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _run(given: argparse.Namespace, ask: Ask) -> None:
    """Ask the lake and write the answer."""
    from mingzhang.corpus import Lake, LakeError, connect
    from mingzhang.corpus.results import FORMATS, render

    if given.format not in FORMATS:
        raise InputError([Problem(f"没有“{given.format}”这种格式，请填：{'、'.join(FORMATS)}")])
    try:
        database = connect(Lake(given.lake))
    except LakeError as error:
        raise InputError([Problem(str(error))]) from error
    with database:
        answer = ask(database, given)
    shown = given.output is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if shown else None
    most = None if given.all or given.output is not None else ROWS
    write_out(render(answer, given.format, width, most, shown and not os.environ.get("NO_COLOR")), given.output)


def _sql(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import sql

    return sql(database, given.query)


def _compare(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import compare

    return compare(
        database,
        given.names,
        region=given.region,
        year=given.year,
        by=given.by,
        kind=given.kind,
        per_staff=given.per_staff,
    )


def _trend(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import trend

    return trend(database, given.name, region=given.region, by=given.by, kind=given.kind)


def _projects(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import projects

    return projects(
        database,
        given.text,
        names=given.names,
        region=given.region,
        year=given.year,
        fuzzy=given.fuzzy,
        growth=given.growth,
        most=given.most,
    )


def _copies(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import copies

    return copies(database, given.names, region=given.region, year=given.year, most=given.most)


def _outliers(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import outliers

    return outliers(database, given.names, region=given.region, year=given.year, kind=given.kind)


def _coverage(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import coverage

    return coverage(database, given.names, region=given.region, year=given.year, kind=given.kind)


def _findings(database: duckdb.DuckDBPyConnection, given: argparse.Namespace) -> Answer:
    from mingzhang.corpus.questions import findings

    narrowed = bool(given.rule or given.category)
    return findings(
        database,
        given.names,
        region=given.region,
        year=given.year,
        kind=given.kind,
        by=given.by or ("message" if narrowed else "department"),
        rule=given.rule,
        category=given.category,
        severity=given.severity,
        most=given.most,
    )
