"""What is done with handed-in ledgers, each in a process of its own (`isolation.py`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

import msgspec
from lxml.etree import XMLSyntaxError
from msgspec import Struct
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from mingzhang.archive import zipped
from mingzhang.check import Candidate, check
from mingzhang.compile import advise, compile_ledger
from mingzhang.datapackage import package_files
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.ledger.load import build_ledger
from mingzhang.ledger.workbook import new_ledger
from mingzhang.problems import InputError, Problem
from mingzhang.publish import DATA, FORMATS, publish
from mingzhang.tabular import read_workbook
from mingzhang.web.changes import Change, changes
from mingzhang.web.ledgers import check_last_year, last_year, raw_sheets, with_last_year
from mingzhang.web.marking import HEADERS, LIST, marked, places_of, rows_of
from mingzhang.web.work import IN, OUT, PRIOR, REPORT, Say

MADE = "made"  # the folder of the disclosure in its formats
CELLS = "cells.json"  # where the problems of a ledger stand
FORMAT_NAMES: Mapping[str, str] = {
    "docx": "Word",
    "pdf": "PDF",
    "xlsx": "Excel",
    "html": "网页",
    "md": "Markdown",
    DATA: "数据",
}


class Compiled(Struct, frozen=True):
    """What came of a ledger: the disclosure's title and counts, what its clerk should look at, what changed, and by which
    policy its page may be shown. `pages` are those of a PDF, which it is not made of.
    """

    title: str
    name: str
    year: int
    unit: str
    facts: int
    figures: int
    projects: int
    warnings: tuple[Problem, ...]
    changes: tuple[Change, ...]
    preview_policy: str
    pages: Mapping[str, object] = {}


def compile_workbook(say: Say, folder: str, names: Mapping[str, str]) -> str:
    """Compile the ledger of a job and write it in all formats; give `Compiled` as JSON, write the check's report beside.

    `names` are what the owner calls the files; one that begins with PRIOR is last year's. Raises InputError with all that is
    wrong with the ledger, in the owner's names.
    """
    job = Path(folder)
    try:
        with TemporaryDirectory(dir=job) as place:
            return _compiled(say, job, names, Path(place)).decode()
    except InputError as error:
        problems = [_owned(one, names) for one in error.problems]
        (job / OUT).mkdir(exist_ok=True)
        (job / OUT / CELLS).write_bytes(
            msgspec.json.encode(_cells(job / IN / _own(names), names[_own(names)], problems))
        )
        raise InputError(problems) from error


def _own(names: Mapping[str, str]) -> str:
    return next(name for name in names if not name.startswith(PRIOR))


def _cells(file: Path, called: str, problems: Sequence[Problem]) -> dict[int, str]:
    """The cell of each problem as a spreadsheet calls it (D12), by the problem's number, as far as there is one."""
    try:
        places = places_of(problems, called, read_workbook(file))
    except InputError:  # no workbook: its problems have no cells
        return {}
    return {number: xl_rowcol_to_cell(row - 1, column - 1) for number, (_, row, column) in places.items() if column}


def _compiled(say: Say, job: Path, names: Mapping[str, str], place: Path) -> bytes:
    own = _own(names)
    before = [name for name in names if name.startswith(PRIOR)]
    say("正在读取台账")
    raw = raw_sheets(job / IN / own, names[own], place)
    prior: Disclosure | None = None
    for name in before:
        say(f"正在读取上年的文件：{names[name]}")
        prior = last_year(job / IN / name, names[name], place, lambda text: say("正在读取上年的文件"))
    book = build_ledger(with_last_year(raw, prior), Path(names[own]))
    against = check_last_year(book, prior, names[before[0]]) if prior else []
    say("正在编制")
    disclosure = compile_ledger(book)
    warnings = (*book.warnings, *against, *advise(book, disclosure))
    compared = changes(book, disclosure, prior)
    say("正在检查编出的公开")
    report = check([Candidate(disclosure.name, disclosure, prior)])
    out = job / OUT
    out.mkdir(exist_ok=True)
    (out / REPORT).write_bytes(msgspec.msgpack.encode(report))
    _publish(say, disclosure, out / MADE)
    compiled = Compiled(
        title_of(disclosure),
        disclosure.name,
        disclosure.fiscal_year,
        load_family(disclosure.family).unit,
        len(disclosure.facts),
        len(disclosure.narrative),
        len(disclosure.projects),
        tuple(_owned(one, names) for one in warnings),
        compared,
        preview_policy(),
    )
    return msgspec.json.encode(compiled)


def title_of(disclosure: Disclosure) -> str:
    """What the document is called: 某局2026年度部门预算公开."""
    family = load_family(disclosure.family)
    told = {"year": disclosure.fiscal_year, "scope": family.kinds[disclosure.kind].scope}
    return disclosure.name + family.cover.format_map(told)


def _publish(say: Say, disclosure: Disclosure, folder: Path) -> None:
    """The disclosure in all formats, the data as one archive."""
    chosen = [name for name in FORMATS if name != DATA]

    def told(name: str) -> None:
        say(f"正在生成{FORMAT_NAMES[name]}（{chosen.index(name) + 1}/{len(FORMATS)}）")

    publish(disclosure, folder, chosen, told)
    say(f"正在生成{FORMAT_NAMES[DATA]}（{len(FORMATS)}/{len(FORMATS)}）")
    content = {name: text.encode() for name, text in package_files(disclosure, for_people=True).items()}
    (folder / f"{DATA}.zip").write_bytes(zipped(content))


def preview_policy() -> str:
    """The policy under which a compiled page is shown: an origin of its own, its own style and script, and nothing else.

    Its tables carry their widths as style attributes.
    """
    style, script = (_hash(f"disclosure.{ending}") for ending in ("css", "js"))
    return (
        f"sandbox allow-scripts allow-forms allow-modals; default-src 'none'; script-src '{script}'; style-src '{style}'; "
        f"style-src-attr 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )


def _hash(name: str) -> str:
    """The hash of a file as the page's template includes it."""
    text = files("mingzhang.publish").joinpath("templates", name).read_text("utf-8")
    return "sha256-" + b64encode(sha256(f"\n{text.removesuffix(chr(10))}".encode()).digest()).decode()


def starter_workbook(say: Say, year: int, source: str = "", called: str = "") -> bytes:
    """The workbook to start from: for a year, with an example, or what last year's ledger (`source`) holds.

    `called` is what its owner calls that ledger. Raises InputError if there is no code list of the year, or it is no ledger.
    """
    with TemporaryDirectory() as name:
        place = Path(name)
        held: Path | None = None
        if source:
            raw_sheets(Path(source), called, place)
            unpacked = place / Path(source).stem
            held = unpacked if unpacked.is_dir() else Path(source)
        return new_ledger(place / "new", year, load_family().catalogue_region, held).read_bytes()


def problem_workbook(say: Say, file: str, called: str, problems: Sequence[Problem]) -> bytes:
    """A copy of the workbook in which its problems are marked; of what is no workbook (.xlsx), a list of them."""
    data = Path(file).read_bytes()
    try:
        book = read_workbook(Path(file))
        return marked(data, called, problems, book)
    except (InputError, BadZipFile, KeyError, XMLSyntaxError):
        return _listed(problems)


def _listed(problems: Sequence[Problem]) -> bytes:
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as workbook:
        page = workbook.add_worksheet(LIST)
        page.write_row(0, 0, HEADERS, workbook.add_format({"bold": True}))
        for row, texts in enumerate(rows_of(problems, {}), 1):
            page.write_row(row, 0, texts)
        page.set_column(2, 4, 18)
        page.set_column(5, 5, 90, workbook.add_format({"text_wrap": True}))
        page.freeze_panes(1, 0)
    return buffer.getvalue()


def _owned(problem: Problem, names: Mapping[str, str]) -> Problem:
    """A problem in the owner's names for the files."""
    message = problem.message
    for name, called in names.items():
        message = message.replace(name, called)
    return replace(problem, file=names.get(problem.file, problem.file), message=message)
