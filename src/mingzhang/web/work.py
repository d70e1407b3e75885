"""What is done with handed-in files, each in a process of its own (`isolation.py`).

A job has a folder: `in` holds its files, called by their numbers, `out` what comes of them. Their owner's names for them appear only
in what is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from msgspec.structs import replace as replace_struct

from mingzhang.archive import zipped
from mingzhang.check import Candidate, Checked, Report, check
from mingzhang.check.reports import summary
from mingzhang.check.reports.words import counts, document_title
from mingzhang.disclosure import Disclosure, Project, Provenance
from mingzhang.intake import Document, open_documents
from mingzhang.problems import InputError, Problem
from mingzhang.web.ledgers import refuse_path

Say = Callable[[str], None]
IN, OUT = "in", "out"
REPORT = "report.msgpack"
PRIOR = "prior"  # begins the name of last year's files
_LISTS = ("facts", "narrative", "indicators", "overall", "catalogue", "texts", "mentions", "notes")
_SCALE = 2.0  # pixels a point of a page's picture
_PIXELS = 20_000_000  # of a picture: a page can be five metres wide


def check_files(say: Say, folder: str, names: Mapping[str, str]) -> str:
    """Read and check the files of a job as one disclosure; give the outcome as JSON, write the report beside.

    `names` are what the owner calls the files. Raises InputError, in the owner's names, if they cannot be read.
    """
    job = Path(folder)
    files = sorted((job / IN).iterdir(), key=lambda file: (file.name.startswith(PRIOR), len(file.name), file.name))
    own = [file for file in files if not file.name.startswith(PRIOR)]
    told = _teller(say, names)
    documents = _opened(own, told, names)
    before = _opened(files[len(own) :], told, names) if len(own) < len(files) else []
    say("正在检查")
    report = check([Candidate(one.name, one.disclosure, _prior(one.disclosure, before)) for one in documents])
    (job / OUT).mkdir(exist_ok=True)
    (job / OUT / REPORT).write_bytes(msgspec.msgpack.encode(report))
    return json.dumps(_outcome(report, own), ensure_ascii=False)


def load_report(folder: Path) -> Report:
    """The report of a job that is done."""
    return msgspec.msgpack.decode((folder / OUT / REPORT).read_bytes(), type=Report)


def page_picture(say: Say, file: str, page: int) -> bytes:
    """A page (from 1) of a PDF as PNG. Raises InputError if there is no such page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    if not 1 <= page <= len(document):
        raise InputError([Problem(f"没有第{page}页")])
    width, height = document.get_page_size(page - 1)
    scale = min(_SCALE, (_PIXELS / max(width * height, 1)) ** 0.5)
    buffer = BytesIO()
    document[page - 1].render(scale=scale).to_pil().save(buffer, "PNG")
    return buffer.getvalue()


def data_archive(say: Say, folder: str) -> bytes:
    """The data packages of a job's documents as one zip archive, a folder each.

    No cell is a live formula, private data are masked.
    """
    from mingzhang.datapackage import package_files
    from mingzhang.redact import without_private_data

    report = without_private_data(load_report(Path(folder)))
    return zipped(
        {
            f"{number}/{name}": content.encode()
            for number, checked in enumerate(report.checked, 1)
            for name, content in package_files(checked.disclosure, for_people=True).items()
        }
    )


def clean_archive(say: Say, folder: str, names: Mapping[str, str]) -> bytes:
    """Copies of a job's files in which the private data that were found are masked, as a zip archive.

    Raises InputError if there is nothing to mask, or a file cannot be redacted.
    """
    from tempfile import TemporaryDirectory

    from mingzhang.redact import clean_copies, masked, private_places

    job = Path(folder)
    files = {known: job / IN / stored for stored, known in names.items() if not stored.startswith(PRIOR)}
    known = {path.name: name for name, path in files.items()}
    buffer = BytesIO()
    with TemporaryDirectory() as place, ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for checked in load_report(job).checked:
            secrets = [one.value for one in private_places(checked)]
            for done in clean_copies(checked, files, Path(place)):
                archive.write(done.path, masked(known[done.path.name], secrets))
        if not archive.namelist():
            raise InputError([Problem("没有查出个人信息，不用遮盖")])
    return buffer.getvalue()


def example(say: Say) -> bytes:
    """The disclosure of the starter workbook's made-up unit as PDF, in which one amount was changed."""
    from tempfile import TemporaryDirectory

    from mingzhang.compile import compile_ledger
    from mingzhang.families import load_family
    from mingzhang.ledger import load_ledger
    from mingzhang.ledger.workbook import new_ledger
    from mingzhang.publish import publish
    from mingzhang.taxonomy import years

    with TemporaryDirectory() as place:
        folder = Path(place)
        book = new_ledger(folder / "ledger", max(years("functional")), load_family().catalogue_region)
        disclosure = compile_ledger(load_ledger(book))
        facts = list(disclosure.facts)
        changed = max(range(len(facts)), key=lambda number: facts[number].value)
        facts[changed] = replace(facts[changed], value=facts[changed].value + 1)
        [made] = publish(replace(disclosure, facts=tuple(facts)), folder / "out", ["pdf"])
        return made.read_bytes()


def _teller(say: Say, names: Mapping[str, str]) -> Say:
    """Tell of files by their owner's names."""

    def told(text: str) -> None:
        say(_told(text, names))

    return told


def _told(text: str, names: Mapping[str, str]) -> str:
    for name, known in names.items():
        text = text.replace(name, known)
    return text


def _opened(files: Sequence[Path], say: Say, names: Mapping[str, str]) -> list[Document]:
    try:
        for file in files:
            refuse_path(file)
        opened = open_documents(files, say)
        problems = [*opened.problems]
        if not opened.documents and not problems:
            problems = [Problem("没有可以检查的文件")]
    except InputError as error:
        problems = [*error.problems]
    if problems:
        raise InputError([_renamed_problem(one, names) for one in problems])
    return [
        Document(_told(Path(one.name).name, names), renamed(one.disclosure, names), one.files)
        for one in opened.documents
    ]


def _renamed_problem(problem: Problem, names: Mapping[str, str]) -> Problem:
    return replace(problem, file=_told(Path(problem.file).name, names), message=_told(problem.message, names))


def renamed(disclosure: Disclosure, names: Mapping[str, str]) -> Disclosure:
    """The disclosure with its owner's names for the files that its records stood in."""

    def place(one: Provenance | None) -> Provenance | None:
        return replace(one, file=names[one.file]) if one is not None and one.file in names else one

    def project(one: Project) -> Project:
        sources = {
            key: replace(source, file=names.get(source.file, source.file)) for key, source in one.sources.items()
        }
        return replace(one, provenance=place(one.provenance), sources=sources)

    lists: dict[str, Any] = {
        name: tuple(replace(one, provenance=place(one.provenance)) for one in getattr(disclosure, name))
        for name in _LISTS
    }
    return replace(disclosure, projects=tuple(map(project, disclosure.projects)), **lists)


def _prior(own: Disclosure, before: Sequence[Document]) -> Disclosure | None:
    """Last year's disclosure. Raises InputError if what was handed in as such is another year's."""
    for one in before:
        held = one.disclosure
        if not (own.fiscal_year and held.fiscal_year) or held.fiscal_year == own.fiscal_year - 1:
            return held
        message = f"是{held.fiscal_year}年度的公开，不是{own.fiscal_year - 1}年度的，请换成上年的文件"
        raise InputError([Problem(message, one.name)])
    return None


def _outcome(report: Report, files: Sequence[Path]) -> dict[str, object]:
    return {
        "summary": summary(report),
        "documents": [_document(checked) for checked in report.checked],
        "pages": {file.name: _page_sizes(file) for file in files if file.suffix == ".pdf"},
    }


def _document(checked: Checked) -> dict[str, object]:
    found = counts(checked.findings)
    disclosure = checked.disclosure
    return {
        "title": document_title(replace_struct(checked, name=disclosure.name or checked.name)),
        "name": disclosure.name,
        "year": disclosure.fiscal_year,
        "errors": found.error,
        "warnings": found.warning,
        "infos": found.info,
        "facts": len(disclosure.facts),
        "projects": len(disclosure.projects),
        "recognised": recognised(disclosure),
    }


def recognised(disclosure: Disclosure) -> str:
    """What the reader took the document for, in its words: which form, how well it fits, whether it is only a part."""
    return next((note.message for note in disclosure.notes if note.kind in ("recognised", "suspect")), "")


def _page_sizes(file: Path) -> list[tuple[float, float]]:
    """Width and height of each page, in points."""
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    return [(round(one[0], 1), round(one[1], 1)) for one in map(document.get_page_size, range(len(document)))]
