"""The tools, by what they are for. Their docstrings and the descriptions of their parameters are what an assistant is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from mingzhang import lookup
from mingzhang.assistant.lake import AskedLake
from mingzhang.assistant.reading import Reader
from mingzhang.check import Category, Severity
from mingzhang.corpus import questions
from mingzhang.corpus.questions import By, Each, Kinds
from mingzhang.problems import InputError, Problem
from mingzhang.web.passages import passages

Tools = Iterator[tuple[str, Callable[..., dict[str, Any]]]]
PathGiven = Annotated[str, Field(description="文件、文件夹或数据包的路径，须在允许读取的文件夹里")]
TableName = Literal["facts", "narrative", "projects", "indicators", "overall", "texts", "catalogue"]
LakeTable = Literal["", "facts", "narrative", "projects", "indicators", "overall", "texts", "catalogue", "findings"]
Most = Annotated[int, Field(description="最多几行", ge=1, le=500)]
Names = Annotated[list[str], Field(description="部门名称或其中一部分，可用 * 和 ?；空为全部")]
Region = Annotated[str, Field(description="地区，按数据湖里的写法；空为全部")]
Year = Annotated[int | None, Field(description="年度；不填为最近的")]
Kind = Annotated[Kinds, Field(description="budget（预算）或 final（决算）")]
View = Annotated[
    By,
    Field(
        description="total 支出规模、function 功能分类、economic 经济分类、three_public 三公经费、split 基本与项目支出"
    ),
]


def file_tools(reader: Reader) -> Tools:
    """Tools for files: read and check."""

    def read_file(path: PathGiven) -> dict[str, Any]:
        """读取一份已公开的预算（决算）文件（PDF、Word、Excel、网页、文本、扫描图片），给出部门、年度、各表的行数和检查摘要。"""
        return reader.summary(path)

    def read_table(
        path: PathGiven,
        table: Annotated[
            TableName,
            Field(
                description="facts 表内数据、narrative 说明里的数、projects 项目、indicators 绩效指标、overall 整体绩效目标、"
                "texts 文字、catalogue 购买服务目录"
            ),
        ],
        document: Annotated[int, Field(description="第几份公开，从 1 起", ge=1)] = 1,
        start: Annotated[int, Field(description="从第几行起，0 为第一行", ge=0)] = 0,
        rows: Most = 100,
    ) -> dict[str, Any]:
        """取读出的一张表，每行末尾是它在原文件里的位置。facts 的金额是万元，projects 的是元。"""
        return reader.table(path, table, document, start, rows)

    def check_file(
        path: PathGiven,
        prior: Annotated[str, Field(description="上年公开的路径，核对增减变动；空为不核对")] = "",
        severity: Annotated[Severity | Literal[""], Field(description="只要这一级别；空为全部")] = "",
        category: Annotated[Category | Literal[""], Field(description="只要这一类别；空为全部")] = "",
        most: Most = 50,
    ) -> dict[str, Any]:
        """用规则检查一份公开文件：勾稽关系、文字与表格、增减变动、绩效目标、个人信息等。问题按重要程度排列，写明两边的数和位置。"""
        return reader.findings(path, prior, severity, category, most)

    yield "读取公开文件", read_file
    yield "取一张表", read_table
    yield "检查公开文件", check_file


def look_up_tools() -> Tools:
    """Tools for looking up: rules and catalogues."""

    def explain_rule(rule: Annotated[str, Field(description="规则编号")]) -> dict[str, Any]:
        """解释一条检查规则：内容、依据、算式、符合和违反的例子。"""
        found = lookup.explained(rule)
        if not found:
            raise InputError([Problem(f"没有编号为“{rule}”的规则，用 search_rules 查找")])
        return {"rules": found}

    def search_rules(
        text: Annotated[str, Field(description="规则的编号、名称、内容或依据含有的文字；空为全部")] = "",
        category: Annotated[Category | Literal[""], Field(description="只要这一类别；空为全部")] = "",
    ) -> dict[str, Any]:
        """查找检查规则。"""
        return {"books": lookup.books(), "rules": lookup.rules(text, category or None)}

    def search_catalogue(
        text: Annotated[str, Field(description="要购买的服务，如 路灯维护")],
        edition: Annotated[str, Field(description="目录版本，如 2025；latest 为最新")] = lookup.LATEST,
        most: Annotated[int, Field(description="最多几条", ge=1, le=100)] = 10,
    ) -> dict[str, Any]:
        """按描述在政府购买服务指导性目录里找代码，最相近的在前。"""
        found = lookup.catalogue_matches(edition, text, most)
        if found is None:
            raise InputError([Problem(f"没有“{edition}”版的目录，有的版本：{'、'.join(lookup.catalogue_editions())}")])
        return found

    yield "解释规则", explain_rule
    yield "查找规则", search_rules
    yield "查找购买服务目录", search_catalogue


def lake_tools(lake: AskedLake) -> Tools:
    """Tools for a lake."""

    def read_department(
        name: Annotated[str, Field(description="部门名称或其中一部分")],
        region: Region = "",
        year: Year = None,
        kind: Kind = "budget",
        table: Annotated[LakeTable, Field(description="要取的表；空为只要概况")] = "",
        rows: Most = 100,
    ) -> dict[str, Any]:
        """一个部门一年的公开：概况、各年度（改名的接上），并可取一张表。"""
        return lake.department(name, region, year, kind, table, rows)

    def query_lake(
        query: Annotated[str, Field(description="一条 SELECT 语句（DuckDB），只能查询数据湖的视图")], rows: Most = 100
    ) -> dict[str, Any]:
        """用 SQL 查询数据湖，只读，最多 20 秒。视图和栏见资源 mingzhang://tables；current 是各公开的最新版本，用 doc 连接各表。"""
        return lake.query(query, rows)

    def search_texts(
        text: Annotated[str, Field(description="要找的文字，至少两个字")],
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Annotated[int | None, Field(description="年度；不填为各年度")] = None,
        rows: Most = 30,
    ) -> dict[str, Any]:
        """在公开的文字里查找，给出前后文和出处。"""
        return lake.ask(lambda held: passages(held, text, names=names, region=region, year=year), rows)

    yield "部门的公开", read_department
    yield "SQL 查询", query_lake
    yield "查找文字", search_texts
    yield from _questions(lake)


def _questions(lake: AskedLake) -> Tools:
    """The ready questions."""

    def compare_departments(
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Year = None,
        kind: Kind = "budget",
        by: View = "total",
        per_staff: Annotated[bool, Field(description="按人均排名")] = False,
        rows: Most = 100,
    ) -> dict[str, Any]:
        """部门之间的比较：金额（万元）、占比、名次、人均。"""
        return lake.ask(
            lambda held: questions.compare(
                held, names, region=region, year=year, by=by, kind=kind, per_staff=per_staff
            ),
            rows,
        )

    def follow_department(
        name: Annotated[str, Field(description="部门名称或其中一部分")],
        region: Region = "",
        kind: Kind = "budget",
        by: View = "total",
        rows: Most = 100,
    ) -> dict[str, Any]:
        """一个部门历年的变化（万元），改名的部门接上。"""
        return lake.ask(lambda held: questions.trend(held, name, region=region, by=by, kind=kind), rows)

    def find_projects(
        text: Annotated[str, Field(description="项目名称的一部分；空为全部")] = "",
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Annotated[int | None, Field(description="年度；不填为各年度")] = None,
        fuzzy: Annotated[bool, Field(description="名称近似的也列出")] = False,
        growth: Annotated[bool, Field(description="比上年增长最多的")] = False,
        rows: Most = 100,
    ) -> dict[str, Any]:
        """查找项目：年度资金、上年资金、增减（万元）。"""
        return lake.ask(
            lambda held: questions.projects(
                held, text, names=names, region=region, year=year, fuzzy=fuzzy, growth=growth, most=rows
            ),
            rows,
        )

    def find_copies(
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Year = None,
        rows: Most = 100,
    ) -> dict[str, Any]:
        """部门之间雷同的绩效目标和指标，按组列出。"""
        return lake.ask(lambda held: questions.copies(held, names, region=region, year=year, most=rows), rows)

    def find_outliers(
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Year = None,
        kind: Kind = "budget",
        rows: Most = 100,
    ) -> dict[str, Any]:
        """与同类部门相差悬殊的占比和人均。"""
        return lake.ask(lambda held: questions.outliers(held, names, region=region, year=year, kind=kind), rows)

    def read_coverage(
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Year = None,
        kind: Kind = "budget",
        rows: Most = 200,
    ) -> dict[str, Any]:
        """谁公开了、何时、是否按时、是否完整；缺的年度；未读出的文件。"""
        return lake.ask(lambda held: questions.coverage(held, names, region=region, year=year, kind=kind), rows)

    def list_findings(
        names: Names = [],  # noqa: B006
        region: Region = "",
        year: Year = None,
        kind: Kind = "budget",
        by: Annotated[
            Each, Field(description="department 部门、rule 规则、category 类别、message 逐条")
        ] = "department",
        rule: Annotated[str, Field(description="只要这条规则；空为全部")] = "",
        category: Annotated[Category | Literal[""], Field(description="只要这一类别；空为全部")] = "",
        severity: Annotated[Severity | Literal[""], Field(description="只要这一级别；空为全部")] = "",
        rows: Most = 100,
    ) -> dict[str, Any]:
        """数据湖里检查发现的问题：个数，或逐条。"""
        return lake.ask(
            lambda held: questions.findings(
                held,
                names,
                region=region,
                year=year,
                kind=kind,
                by=by,
                rule=rule,
                category=category,
                severity=severity,
                most=rows,
            ),
            rows,
        )

    yield "部门比较", compare_departments
    yield "历年变化", follow_department
    yield "查找项目", find_projects
    yield "雷同的绩效目标", find_copies
    yield "相差悬殊的指标", find_outliers
    yield "公开的及时和完整", read_coverage
    yield "检查发现的问题", list_findings
