"""The work of an ingest: units are read, checked and staged, a batch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from mingzhang.check import Candidate, Checked, check, load_book
from mingzhang.corpus.lake import Lake
from mingzhang.corpus.records import Tables, failed, reader, tables_of
from mingzhang.corpus.units import File, Unit, identity
from mingzhang.families import families
from mingzhang.intake import Document, open_documents
from mingzhang.problems import Problem

Beat = Callable[[], None]


class Options(Struct, frozen=True):
    """What an ingest is told: the lake, the region of all documents (blank: what each tells), dates by source."""

    lake: str
    region: str = ""
    dates: dict[str, tuple[str, str]] = {}

    @property
    def key(self) -> str:
        """What documents are staged under: another region, dates or reader are another key."""
        told = repr((self.region, sorted(self.dates.items()), reader()))
        return hashlib.sha256(told.encode()).hexdigest()[:8]


class _Opened(NamedTuple):
    doc: str
    source: str
    document: Document


def work(batch: Sequence[Unit], options: Options, beat: Beat = lambda: None) -> None:
    """Read, check and stage a batch of units; `beat` is called with each step.

    What goes wrong with a unit is recorded as its failure. Raises OSError if the lake cannot be written.
    """
    lake, key = Lake(options.lake), options.key
    opened: list[_Opened] = []
    for unit in batch:
        beat()
        documents, failures = _open(unit)
        for doc, tables in failures:
            lake.stage(doc, tables, key)
        opened += documents
    beat()
    # The first document of several that were read from the same files is staged last: what is staged is then complete.
    for doc, tables in reversed(_rows(opened, options)):
        lake.stage(doc, tables, key)


def _rows(opened: Sequence[_Opened], options: Options) -> list[tuple[str, Tables]]:
    """Documents as rows; those that the check cannot do together are done one by one, and the culprit is recorded."""
    try:
        report = check([Candidate(one.document.name, one.document.disclosure) for one in opened])
        return [(one.doc, _tables(one, checked, options)) for one, checked in zip(opened, report.checked, strict=True)]
    except Exception as error:  # whatever it is, it is the document's, and must not end the reading of ten thousand
        if len(opened) > 1:
            return [row for one in opened for row in _rows([one], options)]
        return [(one.doc, failed(one.doc, one.source, f"检查时出错：{_told(error, [])}")) for one in opened]


def _tables(one: _Opened, checked: Checked, options: Options) -> Tables:
    family = one.document.disclosure.family or families()[0]
    book = f"{family} {load_book(family).version}"
    return tables_of(one.doc, one.source, checked, book, options.region, options.dates.get(one.source, ("", "")))


def _open(unit: Unit) -> tuple[list[_Opened], list[tuple[str, Tables]]]:
    """The documents of a unit, and the rows of its files that are in none."""
    try:
        intake = open_documents([Path(file.path) for file in unit.files])
    except Exception as error:  # see _rows
        return [], [(unit.doc, failed(unit.doc, unit.source, f"读取时出错：{_told(error, unit.files)}"))]
    reasons = {file: _reason(file, intake.problems) for file in unit.files}
    if not intake.documents:
        reason = "；".join(dict.fromkeys(reasons.values()))
        return [], [(unit.doc, failed(unit.doc, unit.source, reason))]
    opened: list[_Opened] = []
    for document in intake.documents:
        own = _own(document, unit)
        doc = identity(own)
        before = sum(one.doc.partition("-")[0] == doc for one in opened)
        opened.append(_Opened(f"{doc}-{before + 1}" if before else doc, own[0].source, document))
    used = {file for document in intake.documents for file in _own(document, unit)}
    rest = [file for file in unit.files if file not in used]
    return opened, [(file.content, failed(file.content, file.source, reasons[file])) for file in rest]


def _own(document: Document, unit: Unit) -> Sequence[File]:
    """The files of a unit that a document was read from."""
    paths = {str(path) for path in document.files} or {document.name}
    return [file for file in unit.files if file.path in paths] or unit.files


def _reason(file: File, problems: Sequence[Problem]) -> str:
    """Why nothing was read from a file; its name is left out, the lake has it."""
    name = Path(file.path).name
    own = [replace(one, file="") for one in problems if one.file and Path(one.file).name == name]
    return _without_place("；".join(map(str, own)) or "里面没有可读的公开", [file])


def _told(error: Exception, files: Sequence[File]) -> str:
    return _without_place(f"{type(error).__name__}: {error}", files)


def _without_place(text: str, files: Sequence[File]) -> str:
    """A reason without the folder that the files happen to lie in: the same lake wherever they lie."""
    for file in files:
        text = text.replace(file.path, file.source)
    return text
