"""The commands of those who write: `compile` and `new`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands


def declare(declared: Commands) -> None:
    """Declare `compile`."""
    one = declared.add(
        "compile", "编制预算公开：由预算台账生成 13 张表、12 节说明、绩效目标表，写成各种格式。", _compile
    )
    one.add_argument(
        "ledger", type=Path, metavar="LEDGER", help="预算台账：工作簿（.xlsx）或文件夹（CSV 和 ledger.toml）"
    )
    one.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="输出文件夹；编制失败时原有内容不变"
    )
    told = "只生成这些格式，用逗号分开：data,md,html,docx,xlsx,pdf；不填为全部"
    one.add_argument("-f", "--format", action="append", metavar="LIST", help=told)


def declare_new(declared: Commands) -> None:
    """Declare `new`."""
    one = declared.add("new", "新建预算台账：写出一个带示例、下拉选项和当年科目表的工作簿。", _new)
    one.add_argument("folder", type=Path, metavar="DIR", help="放工作簿的文件夹")
    one.add_argument("--year", type=year, metavar="Y", help="预算年度；不填为已有科目的最近年度")
    told = "用另一个台账（工作簿或文件夹）的内容代替示例，如上年的台账"
    one.add_argument("--from", dest="source", type=Path, metavar="LEDGER", help=told)


def _compile(given: argparse.Namespace) -> None:
    """The command `compile`."""
    from rich.console import Console

    from mingzhang.compile import advise, compile_ledger
    from mingzhang.ledger import load_ledger
    from mingzhang.ledger.source import PAIRS_FILE
    from mingzhang.publish import FORMATS, OUTPUT, publish

    ledger, output = given.ledger, given.output
    chosen = _formats(given.format, FORMATS)
    here = ledger.is_file() and ledger.resolve().parent == output.resolve() and ledger.stem == OUTPUT
    if here or (output / PAIRS_FILE).exists():
        raise InputError([Problem("这是台账所在的文件夹，为免覆盖台账，请换一个输出文件夹", str(output))])
    console = Console(stderr=True)
    with console.status("正在读取台账") as status:
        book = load_ledger(ledger)
        status.update("正在编制")
        disclosure = compile_ledger(book)
        for warning in (*book.warnings, *advise(book, disclosure)):
            console.print(f"提示：{warning}", style="yellow", highlight=False, markup=False, soft_wrap=True)
        files = publish(disclosure, output, chosen, lambda name: status.update(f"正在生成 {name}"))
    for file in files:
        if file.suffix not in (".csv", ".json"):
            print(file)
    print(
        f"{disclosure.name}{disclosure.fiscal_year}年度预算公开已生成在 {output}："
        f"{len(disclosure.facts)} 个表内数据、{len(disclosure.narrative)} 个说明数据、{len(disclosure.projects)} 个项目"
    )


def _formats(given: list[str] | None, known: tuple[str, ...]) -> list[str]:
    chosen = [name.strip() for text in given or known for name in text.replace("，", ",").split(",")]
    for name in chosen:
        if name not in known:
            raise InputError([Problem(f"没有“{name}”这种格式，请填：{'、'.join(known)}")])
    return chosen


def _new(given: argparse.Namespace) -> None:
    """The command `new`."""
    from mingzhang.families import load_family
    from mingzhang.ledger.workbook import new_ledger
    from mingzhang.taxonomy import years

    region = load_family().catalogue_region
    path = new_ledger(given.folder, given.year or max(years("functional")), region, given.source)
    print(f"已写出 {path}，填好后运行：mingzhang compile {path} -o 输出文件夹")


def year(text: str) -> int:
    """A fiscal year as an argument; raises ArgumentTypeError if the text is none."""
    if not re.fullmatch(r"20\d\d", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)
