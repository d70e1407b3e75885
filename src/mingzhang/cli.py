"""The command line: findings and results on stdout, progress on stderr, one summary line last."""

from __future__ import annotations

import argparse
import io
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from mingzhang.disclosure import Disclosure, Note
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands, Parser, UsageError

FAILED = 2


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


def _read(given: argparse.Namespace) -> None:
    """The command `read`."""
    from mingzhang.datapackage import write_package
    from mingzhang.read import read

    with _progress() as say:
        readings = read(given.files, say)
    for reading in readings:
        disclosure = reading.disclosure
        folder = given.output / _folder(disclosure) if len(readings) > 1 else given.output
        write_package(disclosure, folder)
        for note in _told(disclosure.notes):
            print(note, file=sys.stderr)
        print(
            f"{disclosure.name or reading.files[0]}{disclosure.fiscal_year or ''}年度：读出 {len(disclosure.facts)} 个表内数据、"
            f"{len(disclosure.narrative)} 个说明数据、{len(disclosure.projects)} 个项目、"
            f"{len(disclosure.indicators)} 个绩效指标，已写在 {folder}"
        )


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Tell a person at a terminal what is being done; a log is spared it, and the import of what draws it."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return

    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(escape(text))


def _folder(disclosure: Disclosure) -> str:
    """A folder's name for a disclosure, without what a file system may refuse."""
    return re.sub(r"[^\w（）()-]", "_", f"{disclosure.name}-{disclosure.fiscal_year}")[:80]


def _told(notes: Sequence[Note]) -> Iterator[str]:
    """The reader's notes for a terminal: the first of each kind, then how many more there are."""
    for _, same in groupby(sorted(notes, key=lambda note: _NOTE_ORDER.index(note.kind)), key=lambda note: note.kind):
        held = list(same)
        for note in held[:_MOST_NOTES]:
            where = f"（第{note.provenance.line}行）" if note.provenance and note.provenance.line else ""
            if note.provenance and note.provenance.page:
                where = f"（第{note.provenance.page}页）"
            yield f"提示：{note.message}{where}"
        if len(held) > _MOST_NOTES:
            yield f"提示：还有 {len(held) - _MOST_NOTES} 处同类情况，见 notes.csv"


_NOTE_ORDER = ("recognised", "missing", "suspect", "unread", "repaired")
_MOST_NOTES = 10


def _new(given: argparse.Namespace) -> None:
    """The command `new`."""
    from mingzhang.families import load_family
    from mingzhang.ledger.workbook import new_ledger
    from mingzhang.taxonomy import years

    region = load_family().catalogue_region
    path = new_ledger(given.folder, given.year or max(years("functional")), region, given.source)
    print(f"已写出 {path}，填好后运行：mingzhang compile {path} -o 输出文件夹")


def _show(given: argparse.Namespace) -> None:
    """The command `taxonomy show`."""
    from mingzhang.taxonomy import KIND_TITLES, explain

    code = given.code
    found = explain(code)
    if not found:
        raise InputError([Problem(f"各年度的科目中都没有“{code}”，请核对编码")])
    for kind, versions in groupby(found, key=lambda one: one[0]):
        print(f"{KIND_TITLES[kind]} {code}")
        for (name, certainty), same in groupby(versions, key=lambda one: (one[2].name, one[2].certainty)):
            held = list(same)
            one = held[-1][2]
            span = str(held[0][1]) if len(held) == 1 else f"{held[0][1]}—{held[-1][1]}"
            print(f"  {span}年  {name}（{one.level}{f'，上级 {one.parent}' if one.parent else ''}）")
            print(f"    把握程度：{_CERTAINTY.get(certainty, certainty)}；来源：{one.source.replace(';', '、')}")
            if one.former_names:
                print(f"    曾用名：{'、'.join(one.former_names)}")


_CERTAINTY = {
    "official": "正式目录",
    "attested": "在公开文件中见过同样的编码和名称",
    "attested_2008": "与2008年的科目一致，记忆中没有变化",
    "attested_local": "地方自设，在公开文件中见过",
    "recalled": "只凭记忆，名称不同只作提示",
    "unsure": "不能确定，不作为判错的依据",
}


def _import(given: argparse.Namespace) -> None:
    """The command `taxonomy import`."""
    from mingzhang.taxonomy import KIND_TITLES
    from mingzhang.taxonomy.importing import import_codes

    year = given.year
    report = import_codes(given.file, year, given.kind, given.amend)
    print(
        f"{year}年{KIND_TITLES[report.kind]}已导入：新增 {report.added}、修改 {report.changed}、"
        f"不变 {report.kept}、删去 {report.removed}，存于 {report.path}"
    )


def commands() -> Commands:
    """All commands with their arguments, as they are told to people."""
    program = Parser("mingzhang", "明账：从预算台账编制部门（单位）预算公开，把已公开的文件还原为数据。")
    program.add_argument("--version", action="store_true", help="显示版本")
    declared = Commands(program)

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

    one = declared.add("read", "读取已公开的文件：把预算（决算）公开还原为数据，每个数据都带出处。", _read)
    told = "公开的文件（文本、Markdown、网页、Word、Excel、PDF、扫描件）或文件夹；同一部门同一年度的多个附件合成一份"
    one.add_argument("files", type=Path, nargs="+", metavar="FILE", help=told)
    told = "输出文件夹；读出几份公开，就每份一个子文件夹"
    one.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help=told)

    one = declared.add("new", "新建预算台账：写出一个带示例、下拉选项和当年科目表的工作簿。", _new)
    one.add_argument("folder", type=Path, metavar="DIR", help="放工作簿的文件夹")
    one.add_argument("--year", type=_year, metavar="Y", help="预算年度；不填为已有科目的最近年度")
    told = "用另一个台账（工作簿或文件夹）的内容代替示例，如上年的台账"
    one.add_argument("--from", dest="source", type=Path, metavar="LEDGER", help=told)

    codes = declared.group("taxonomy", "政府收支分类科目：查看、导入正式目录。")
    one = codes.add("show", "解释一个科目编码：各年度的名称、级次、上级、把握程度。", _show)
    one.add_argument("code", metavar="CODE", help="科目编码，如 2130101")
    one = codes.add("import", "导入某一年度的正式科目（工作簿或 CSV），代替或修订自带的科目表。", _import)
    one.add_argument("file", type=Path, metavar="FILE", help="科目文件，要有“科目编码”“科目名称”两栏")
    one.add_argument("--year", type=_year, required=True, metavar="Y", help="预算年度")
    told = "functional（支出功能分类）、economic_department、economic_government、revenue；不填按编码判断"
    one.add_argument("--kind", metavar="K", help=told)
    one.add_argument("--amend", action="store_true", help="在该年度现有科目上修订，不填为整体替换")
    return declared


def _year(text: str) -> int:
    if not re.fullmatch(r"20\d\d", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _version() -> None:
    from importlib.metadata import version

    print(version("mingzhang"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code: 0 done, 2 the input cannot be used or the command not be run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Ended from outside, the program still clears away what it has not finished.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        given = commands().parser.parse_args(arguments)
        if given.version:
            _version()
        else:
            given.run(given)
    except InputError as error:
        for problem in error.problems:
            print(f"{'提示' if problem.severity == 'warning' else '错误'}：{problem}", file=sys.stderr)
        count = sum(problem.severity == "error" for problem in error.problems)
        print(f"没有完成：{count} 处要改", file=sys.stderr)
        return FAILED
    except UsageError as error:
        print(f"错误：命令的用法不对（{error}），用 mingzhang --help 查看用法", file=sys.stderr)
        return FAILED
    except SystemExit as end:  # --help
        return int(end.code or 0)
    except KeyboardInterrupt:
        print("已中断，没有改动任何文件", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        print(f"错误：{error.filename or '文件'} 不能读写，请检查路径、权限和磁盘空间", file=sys.stderr)
        return FAILED
    return 0
