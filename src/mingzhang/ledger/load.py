"""Load a ledger from a workbook or a folder: read, type, build, validate."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from mingzhang.disclosure import FUND_KEYS, TEXT_KEYS
from mingzhang.ledger import schema
from mingzhang.ledger.model import (
    Agency,
    BudgetLine,
    Ledger,
    LedgerIndicator,
    LedgerProject,
    PairValue,
    ProcurementLine,
    RevenueLine,
)
from mingzhang.ledger.parse import Row, parse_sheet
from mingzhang.ledger.source import RawSheet, read_sheets
from mingzhang.ledger.validate import validate
from mingzhang.problems import InputError, Problem

_Record = TypeVar("_Record", Agency, BudgetLine, RevenueLine, LedgerIndicator, ProcurementLine)


def load_ledger(path: Path) -> Ledger:
    """Load and validate a ledger: a workbook (.xlsx), or a folder of CSV and ledger.toml; both give the same thing.

    Raises InputError with every problem found, each naming file, sheet, row and column and what to do. What needs
    only attention stands in the ledger's `warnings`.
    """
    return build_ledger(read_sheets(path), path)


def build_ledger(raw: dict[str, RawSheet], path: Path) -> Ledger:
    """Type, build and validate raw sheets; `path` is where they come from. Raises InputError as `load_ledger` does."""
    problems: list[Problem] = []
    names = {sheet.key for sheet in schema.SHEETS}
    for key, sheet in raw.items():
        if key not in names:
            message = f"没有“{key}”这一部分，这部分的内容没有使用，请核对名称或删去"
            problems.append(Problem(message, sheet.file, severity="warning"))
    tables: dict[str, list[tuple[int, Row]]] = {}
    for declared in schema.SHEETS:
        if declared.key in raw:
            tables[declared.key] = parse_sheet(declared, raw[declared.key], problems)
        elif declared.required:
            problems.append(Problem(f"缺少“{declared.label}”（{declared.key}），请补上", path.name))
        if declared.required and declared.key in raw and not tables[declared.key]:
            problems.append(Problem("没有内容，请填写", raw[declared.key].file, declared.label))
    _raise_errors(problems)
    ledger = _build(tables, path)
    problems.extend(validate(ledger, tables, {key: sheet.file for key, sheet in raw.items()}))
    _raise_errors(problems)
    return replace(ledger, warnings=tuple(problems))


def _raise_errors(problems: list[Problem]) -> None:
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)


def _build(tables: dict[str, list[tuple[int, Row]]], path: Path) -> Ledger:
    return Ledger(
        department=_pairs(tables, "department"),
        agencies=_records(Agency, tables.get("agencies", ())),
        budget=_records(BudgetLine, tables.get("budget", ())),
        revenue=_records(RevenueLine, tables.get("revenue", ())),
        projects=tuple(_project(number, row) for number, row in tables.get("projects", ())),
        indicators=_records(LedgerIndicator, tables.get("indicators", ())),
        procurement=_records(ProcurementLine, tables.get("procurement", ())),
        overall=_pairs(tables, "overall"),
        assets=_pairs(tables, "assets"),
        prior=_pairs(tables, "prior"),
        reasons=_pairs(tables, "reasons"),
        notes=_pairs(tables, "notes"),
        path=path,
    )


def _records(record: type[_Record], rows: Any) -> tuple[_Record, ...]:
    names = {field.name for field in fields(record)}
    return tuple(
        record(row=number, **{key: value for key, value in row.items() if key in names}) for number, row in rows
    )


def _project(number: int, row: Row) -> LedgerProject:
    head = {
        key: str(row[key]) for key in ("agency_code", "pro_code", "pro_name", "pro_category", "attribute", "period")
    }
    funds = {key: value if isinstance(value := row[key], Decimal) else None for key in FUND_KEYS if "_" in key}
    return LedgerProject(**head, funds=funds, texts={key: str(row[key]) for key in TEXT_KEYS}, row=number)


def _pairs(tables: dict[str, list[tuple[int, Row]]], key: str) -> dict[str, PairValue]:
    rows = tables.get(key)
    if not rows:
        return {}
    return {name: value for name, value in rows[0][1].items() if value not in (None, "", ()) and value is not False}
