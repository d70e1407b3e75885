"""A document as rows of the lake's tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from importlib.metadata import version

import msgspec
import pyarrow as pa

from mingzhang.check import Checked, Finding
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, RECORDS, SCHEMAS
from mingzhang.datapackage import RESOURCES, package_rows

UNKNOWN = "未知"
READ, FAILED = "read", "failed"
Tables = dict[str, pa.Table]
# The places of a resource's columns that the lake keeps.
_KEPT = {
    name: [place for place, (column, _) in enumerate(RESOURCES[name]) if column in SCHEMAS[name].names] for name in RECORDS
}  # fmt: skip


def reader() -> str:
    """The version of the reader, which goes with each document."""
    return version("mingzhang")


def tables_of(
    doc: str, source: str, checked: Checked, book: str, region: str = "", dates: tuple[str, str] = ("", "")
) -> Tables:
    """The rows of a document that was read and checked.

    `doc` is its content hash, `source` where it came from, `book` the version of the rule book; `region` overrides what the
    document tells; `dates` are the days of publication and approval (ISO, blank if not known).
    """
    disclosure = checked.disclosure
    where = region or disclosure.mof_div_code or disclosure.region_name or UNKNOWN
    head = [where, disclosure.fiscal_year, doc]
    rows = package_rows(disclosure)
    findings = [_finding(finding) for finding in checked.findings]
    counts = [sum(one.severity == severity for one in checked.findings) for severity in ("error", "warning", "info")]
    document = [
        *head, READ, "", source, 0, 0, disclosure.family, disclosure.kind, disclosure.department_code, disclosure.name,
        disclosure.region_name, *dates, len(disclosure.facts), len(disclosure.narrative), len(disclosure.projects),
        len(disclosure.indicators), *counts, reader(), book,
    ]  # fmt: skip
    return {
        DOCUMENTS: _document(document),
        **{name: _table(name, head, rows[name], _KEPT[name]) for name in RECORDS},
        FINDINGS: _table(FINDINGS, head, findings, range(len(findings[0]) if findings else 0)),
    }


def failed(doc: str, source: str, reason: str) -> Tables:
    """The row of a document that could not be read, with the reason."""
    row = [UNKNOWN, 0, doc, FAILED, reason, source, 0, 0, "", "", "", "", "", "", "", *([0] * 7), reader(), ""]
    return {DOCUMENTS: _document(row)}


def _finding(finding: Finding) -> list[object]:
    also = json.dumps([one.rule for one in finding.also]) if finding.also else ""
    where = msgspec.json.encode(finding.where).decode()
    return [
        finding.rule, finding.title, finding.category, finding.severity, finding.message, finding.difference,
        finding.bound, finding.basis, finding.suspected_misreading, also, where,
    ]  # fmt: skip


def _document(row: Sequence[object]) -> pa.Table:
    return _filled(DOCUMENTS, [[value] for value in row])


def _table(name: str, head: Sequence[object], rows: Sequence[Sequence[object]], kept: Iterable[int]) -> pa.Table:
    """A table with the kept columns of some rows behind the head and their number."""
    if not rows:
        return SCHEMAS[name].empty_table()
    columns = list(zip(*rows, strict=True))
    heads = [[value] * len(rows) for value in head]
    return _filled(name, [*heads, range(1, len(rows) + 1), *(columns[place] for place in kept)])


def _filled(name: str, columns: Sequence[Sequence[object]]) -> pa.Table:
    schema = SCHEMAS[name]
    return pa.table([_array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(kind):
        return _decimals([None if value in (None, "") else str(value) for value in values], kind)
    if pa.types.is_floating(kind):
        return pa.array([float(str(value)) if value not in (None, "") else None for value in values], kind)
    return pa.array(values, kind)


def _decimals(texts: Sequence[str | None], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(texts, pa.string()).cast(kind)
    except pa.ArrowInvalid:  # a number that no budget has is among them
        return pa.array([_decimal(text) for text in texts], kind)


def _decimal(text: str | None) -> Decimal | None:
    """A number that fits the column; what does not (a number no budget has) is left blank, its printed text stays in `raw`."""
    if text is None:
        return None
    try:
        number = Decimal(text).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return number if abs(number) < Decimal(10) ** 14 else None
