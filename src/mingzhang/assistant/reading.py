"""What an assistant is told of files: a summary, tables part by part, findings. Private data are masked in all of it."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from mingzhang.assistant.allowed import Allowed
from mingzhang.check import Candidate, Report, check
from mingzhang.check.reports import summary
from mingzhang.check.reports.data import finding_record, report_record
from mingzhang.check.reports.words import document_title
from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.records import tables_of
from mingzhang.corpus.results import Answer, Column, to_record
from mingzhang.corpus.schema import RECORDS
from mingzhang.disclosure import Disclosure
from mingzhang.intake import Document, open_documents
from mingzhang.ledger import is_ledger
from mingzhang.problems import InputError, Problem
from mingzhang.redact import without_private_data

_KEPT = 4  # files whose reading is kept, for an assistant asks of one again and again


class Reader:
    """Reads and checks the files that are allowed."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._read: OrderedDict[tuple[object, ...], Report] = OrderedDict()

    def summary(self, path: str) -> dict[str, Any]:
        """What is in a file or folder: each disclosure with its tables and their sizes."""
        report = self._report(path)
        documents = []
        for number, checked in enumerate(report.checked, 1):
            disclosure = checked.disclosure
            tables = tables_of("", "", checked, report.book)
            documents.append(
                {
                    "document": number,
                    "title": document_title(checked),
                    "name": disclosure.name,
                    "year": disclosure.fiscal_year,
                    "kind": disclosure.kind,
                    "family": disclosure.family,
                    "tables": {name: {"title": TABLES[name], "rows": tables[name].num_rows} for name in RECORDS},
                    "notes": [one.message for one in disclosure.notes],
                }
            )
        return {"documents": documents, "check": summary(report)}

    def table(self, path: str, name: str, document: int, start: int, rows: int) -> dict[str, Any]:
        """Rows of a table from a number (0 is the first) on. Raises InputError if there is no such table or document."""
        report = self._report(path)
        if name not in RECORDS:
            raise InputError([Problem(f"没有“{name}”这张表，请填：{'、'.join(RECORDS)}")])
        if not 1 <= document <= len(report.checked):
            raise InputError([Problem(f"里面只有 {len(report.checked)} 份公开，从 1 数起")])
        found = tables_of("", "", report.checked[document - 1], report.book)[name].drop_columns(
            ["region", "doc", "part"]
        )
        columns = tuple(Column(key, COLUMNS[key]) for key in found.column_names)
        record = to_record(Answer(TABLES[name], columns, found.slice(max(0, start), rows)))
        if start + rows < found.num_rows:
            record["notes"].append(f"共 {found.num_rows} 行，这是从第 {start} 行起的 {rows} 行，其余用 start 取")
        return record

    def findings(self, path: str, prior: str, severity: str, category: str, most: int) -> dict[str, Any]:
        """What the rule book finds, most important first."""
        report = self._report(path, prior)
        found = [
            finding_record(finding)
            for checked in report.checked
            for finding in checked.findings
            if severity in ("", finding.severity) and category in ("", finding.category)
        ]
        notes = [f"共 {len(found)} 个问题，只列出前 {most} 个"] if len(found) > most else []
        return report_record(report) | {"summary": summary(report), "findings": found[:most], "notes": notes}

    def _report(self, path: str, prior: str = "") -> Report:
        own = self._allowed.path(path)
        before = self._allowed.path(prior) if prior else None
        key = (_state(own), _state(before) if before else None)
        if key not in self._read:
            self._read[key] = self._checked(own, before)
        self._read.move_to_end(key)
        while len(self._read) > _KEPT:
            self._read.popitem(last=False)
        return self._read[key]

    def _checked(self, own: Path, before: Path | None) -> Report:
        documents = _opened(own)
        last: Disclosure | None = _opened(before)[0].disclosure if before else None
        return without_private_data(check([Candidate(one.name, one.disclosure, last) for one in documents]))


def _opened(path: Path) -> list[Document]:
    """The disclosures of a path. Raises InputError if it has none; a ledger may name files elsewhere, so it is not read."""
    if (path.is_dir() or path.suffix.lower() == ".xlsx") and is_ledger(path):
        raise InputError([Problem("这是台账，请先用 mingzhang compile 编制，再读取编出的公开", str(path))])
    opened = open_documents([path])
    if opened.problems or not opened.documents:
        raise InputError(list(opened.problems) or [Problem("里面没有可读的公开", str(path))])
    return list(opened.documents)


def _state(path: Path) -> tuple[object, ...]:
    """What tells whether a path holds what it held."""
    parts = sorted(path.rglob("*")) if path.is_dir() else [path]
    return tuple((str(one), one.stat().st_mtime_ns, one.stat().st_size) for one in parts)
