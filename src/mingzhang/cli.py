"""The command line: findings and results on stdout, progress on stderr, one summary line last."""

from __future__ import annotations

import io
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Annotated

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    Parameter,
    Token,
    UnknownCommandError,
    UnknownOptionError,
)

from mingzhang.disclosure import Disclosure, Note
from mingzhang.problems import InputError, Problem

FAILED = 2

_COMMANDS, _ARGUMENTS, _OPTIONS = Group("命令"), Group("参数"), Group("选项")


def _version() -> str:
    from importlib.metadata import version

    return version("mingzhang")


def _app(name: str, text: str) -> App:
    app = App(
        name=name,
        help=text,
        version=_version,
        result_action="return_value",
        group_commands=_COMMANDS,
        group_arguments=_ARGUMENTS,
        group_parameters=_OPTIONS,
    )
    app["--help"].help = "显示用法"
    app["--version"].help = "显示版本"
    return app


app = _app("mingzhang", "明账：从预算台账编制部门（单位）预算公开，各种格式一次生成。")
codes = _app("taxonomy", "政府收支分类科目：查看、导入正式目录。")
app.command(codes)


def _year(_: object, tokens: Sequence[Token]) -> int:
    if not re.fullmatch(r"20\d\d", tokens[0].value):
        raise ValueError(tokens[0].value)
    return int(tokens[0].value)


@app.command(name="compile")
def compile_(
    ledger: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    format: Annotated[list[str] | None, Parameter(name=["--format", "-f"], negative=())] = None,
) -> None:
    """编制预算公开：由预算台账生成 13 张表、12 节说明、绩效目标表，写成各种格式。

    Parameters
    ----------
    ledger
        预算台账：工作簿（.xlsx）或文件夹（CSV 和 ledger.toml）。
    output
        输出文件夹；编制失败时原有内容不变。
    format
        只生成这些格式，用逗号分开：data,md,html,docx,xlsx,pdf；不填为全部。
    """
    from rich.console import Console

    from mingzhang.compile import advise, compile_ledger
    from mingzhang.ledger import load_ledger
    from mingzhang.ledger.source import PAIRS_FILE
    from mingzhang.publish import FORMATS, OUTPUT, publish

    chosen = _formats(format, FORMATS)
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


@app.command
def read(
    files: Annotated[list[Path], Parameter(negative=())],
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
) -> None:
    """读取已公开的文件：把预算（决算）公开还原为数据，每个数据都带出处。

    Parameters
    ----------
    files
        公开的文件（文本、Markdown、网页、Word、Excel、PDF、扫描件）或文件夹；同一部门同一年度的多个附件合成一份。
    output
        输出文件夹；读出几份公开，就每份一个子文件夹。
    """
    from mingzhang.datapackage import write_package
    from mingzhang.read import read as read_files

    with _progress() as say:
        readings = read_files(files, say)
    for reading in readings:
        disclosure = reading.disclosure
        folder = output / _folder(disclosure) if len(readings) > 1 else output
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


@app.command
def new(
    folder: Path,
    /,
    *,
    year: Annotated[int | None, Parameter(converter=_year)] = None,
    source: Annotated[Path | None, Parameter(name="--from")] = None,
) -> None:
    """新建预算台账：写出一个带示例、下拉选项和当年科目表的工作簿。

    Parameters
    ----------
    folder
        放工作簿的文件夹。
    year
        预算年度；不填为已有科目的最近年度。
    source
        用另一个台账（工作簿或文件夹）的内容代替示例，如上年的台账。
    """
    from mingzhang.families import load_family
    from mingzhang.ledger.workbook import new_ledger
    from mingzhang.taxonomy import years

    region = load_family().catalogue_region
    path = new_ledger(folder, year or max(years("functional")), region, source)
    print(f"已写出 {path}，填好后运行：mingzhang compile {path} -o 输出文件夹")


@codes.command
def show(code: str, /) -> None:
    """解释一个科目编码：各年度的名称、级次、上级、把握程度。

    Parameters
    ----------
    code
        科目编码，如 2130101。
    """
    from mingzhang.taxonomy import KIND_TITLES, explain

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


@codes.command(name="import")
def import_(
    file: Path,
    /,
    *,
    year: Annotated[int, Parameter(converter=_year)],
    kind: str | None = None,
    amend: bool = False,
) -> None:
    """导入某一年度的正式科目（工作簿或 CSV），代替或修订自带的科目表。

    Parameters
    ----------
    file
        科目文件，要有“科目编码”“科目名称”两栏。
    year
        预算年度。
    kind
        functional（支出功能分类）、economic_department、economic_government、revenue；不填按编码判断。
    amend
        在该年度现有科目上修订，不填为整体替换。
    """
    from mingzhang.taxonomy import KIND_TITLES
    from mingzhang.taxonomy.importing import import_codes

    report = import_codes(file, year, kind, amend)
    print(
        f"{year}年{KIND_TITLES[report.kind]}已导入：新增 {report.added}、修改 {report.changed}、"
        f"不变 {report.kept}、删去 {report.removed}，存于 {report.path}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code: 0 done, 2 the input cannot be used or the command not be run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Ended from outside, the program still clears away what it has not finished.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except InputError as error:
        for problem in error.problems:
            print(f"{'提示' if problem.severity == 'warning' else '错误'}：{problem}", file=sys.stderr)
        count = sum(problem.severity == "error" for problem in error.problems)
        print(f"没有完成：{count} 处要改", file=sys.stderr)
        return FAILED
    except CycloptsError as error:
        print(f"错误：命令的用法不对（{_usage(error)}），用 mingzhang --help 查看用法", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("已中断，没有改动任何文件", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        print(f"错误：{error.filename or '文件'} 不能读写，请检查路径、权限和磁盘空间", file=sys.stderr)
        return FAILED
    return 0


def _usage(error: CycloptsError) -> str:
    match error:
        case MissingArgumentError(argument=argument) if argument is not None:
            return f"缺少 {argument.name}"
        case UnknownOptionError(token=token):
            return f"没有 {token.keyword or token.value} 这个选项"
        case UnknownCommandError(unused_tokens=tokens) if tokens:
            return f"没有 {tokens[0]} 这个命令"
        case CoercionError(argument=argument) if argument is not None:
            return f"{argument.name} 的值不对"
        case _:
            return " ".join(str(error).split())
