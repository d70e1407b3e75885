"""A document as rows of the lake's tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from importlib.metadata import version

import msgspec
import pyarrow as pa

from mingzhang.check import Checked, Finding
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, RECORDS, SCHEMAS
from mingzhang.datapackage import RESOURCES, package_rows

UNKNOWN = "未知"
Tables = dict[str, pa.Table]


def tables_of(doc: str, source: str, checked: Checked, book: str, region: str = "", dates: tuple[str, str] = ("", "")) -> Tables:
    """The rows of a document that was read and checked.

    `doc` is its content hash, `source` where it came from, `book` the version of the rule book; `region` overrides what the
    document tells; `dates` are the days of publication and approval (ISO, blank if not known).
    """
    disclosure = checked.disclosure
    where = region or disclosure.mof_div_code or disclosure.region_name or UNKNOWN
    head = [where, disclosure.fiscal_year, doc]
    rows = package_rows(disclosure)
    tables = {name: _table(name, [[*head, n, *_kept(name, row)] for n, row in enumerate(rows[name], 1)]) for name in RECORDS}
    findings = [[*head, n, *_finding(finding)] for n, finding in enumerate(checked.findings, 1)]
    counts = [sum(one.severity == severity for one in checked.findings) for severity in ("error", "warning", "info")]
    document = [
        *head, "read", "", source, 0, 0, disclosure.family, disclosure.kind, disclosure.department_code, disclosure.name,
        disclosure.region_name, *dates, len(disclosure.facts), len(disclosure.narrative), len(disclosure.projects),
        len(disclosure.indicators), *counts, version("mingzhang"), book,
    ]  # fmt: skip
    return {DOCUMENTS: _table(DOCUMENTS, [document]), **tables, FINDINGS: _table(FINDINGS, findings)}


def failed(doc: str, source: str, reason: str) -> Tables:
    """The row of a document that could not be read, with the reason."""
    row = [UNKNOWN, 0, doc, "failed", reason, source, 0, 0, "", "", "", "", "", "", "", *([0] * 7), version("mingzhang"), ""]
    return {name: _table(name, [row] if name == DOCUMENTS else []) for name in SCHEMAS}


def _kept(name: str, row: Sequence[object]) -> list[object]:
    kept = set(SCHEMAS[name].names)
    return [value for (column, _), value in zip(RESOURCES[name], row, strict=True) if column in kept]


def _finding(finding: Finding) -> list[object]:
    also = json.dumps([one.rule for one in finding.also]) if finding.also else ""
    where = msgspec.json.encode(finding.where).decode()
    return [
        finding.rule, finding.title, finding.category, finding.severity, finding.message, finding.difference,
        finding.bound, finding.basis, finding.suspected_misreading, also, where,
    ]  # fmt: skip


def _table(name: str, rows: Sequence[Sequence[object]]) -> pa.Table:
    schema = SCHEMAS[name]
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table([_array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(kind):
        return pa.array([_decimal(value) for value in values], kind)
    if pa.types.is_floating(kind):
        return pa.array([float(str(value)) if value not in (None, "") else None for value in values], kind)
    return pa.array([None if value is None else value for value in values], kind)


def _decimal(value: object) -> Decimal | None:
    """A number that fits the column; what does not (a number no budget has) is left blank, its printed text stays in `raw`."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value)).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return number if abs(number) < Decimal(10) ** 14 else None


