"""A report for programs: JSON in one piece, or a finding a line. Keys that do not apply are left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from mingzhang.check.findings import Checked, Finding, Place, Report
from mingzhang.check.reports.words import counts, number

Record = dict[str, Any]


def to_json(report: Report) -> str:
    """The report as one JSON document: the rule books, the documents with their counts, the findings."""
    found = report_record(report) | {"findings": list(_findings(report))}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def report_record(report: Report) -> Record:
    """The rule books and the documents with their counts, as JSON values."""
    return {"book": report.book, "documents": [_document(checked) for checked in report.checked]}


def to_jsonl(report: Report) -> str:
    """The report as JSON lines, one finding each."""
    return "".join(_line(record) + "\n" for record in _findings(report))


def _line(record: Record) -> str:
    """JSON without the characters that some programs take for the end of a line."""
    text = json.dumps(record, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _findings(report: Report) -> Iterator[Record]:
    return (finding_record(finding) for checked in report.checked for finding in checked.findings)


def _document(checked: Checked) -> Record:
    total = counts(checked.findings)
    return {
        "name": checked.name,
        "fiscal_year": checked.disclosure.fiscal_year,
        "department": checked.disclosure.name,
        "family": checked.disclosure.family,
        "errors": total.error,
        "warnings": total.warning,
        "infos": total.info,
        "accepted": total.accepted,
    }


def finding_record(finding: Finding) -> Record:
    """A finding as JSON values."""
    record = {
        "rule": finding.rule,
        "title": finding.title,
        "category": finding.category,
        "severity": finding.severity,
        "message": finding.message,
        "document": finding.document,
        "difference": finding.difference,
        "bound": finding.bound,
        "basis": finding.basis,
        "suspected_misreading": finding.suspected_misreading,
        "also": [asdict(one) for one in finding.also],
        "accepted": known(asdict(finding.accepted)) if finding.accepted else None,
        "where": [_place(place) for place in finding.where],
    }
    return known(record)


def _place(place: Place) -> Record:
    """A place; `bbox` are left, top, right and bottom in points."""
    order = ("form", "side", "label", "row", "column", "value", "text", "line", "page", "seq", "sheet", "file", "bbox")
    return known({key: getattr(place, key) for key in (*order, "suggested")})


def known(record: Record) -> Record:
    """Without what does not apply. A zero does: a difference of 0.00 is one."""
    return {
        key: number(value) if isinstance(value, Decimal) else value
        for key, value in record.items()
        if value is not None and value is not False and value not in ("", [], ())
    }
