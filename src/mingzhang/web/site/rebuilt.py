"""A document's rows in a lake as a disclosure again, so that it can be laid out and written in any format.

What a lake does not keep is not there: boxes and printed labels, the cells of forms with what stands below them, loose numbers, notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from mingzhang.amounts import ZERO
from mingzhang.disclosure import (
    FUND_KEYS,
    TEXT_KEYS,
    CatalogueLine,
    Disclosure,
    Fact,
    Figure,
    Indicator,
    OverallEntry,
    Project,
    Provenance,
    Text,
)

Row = dict[str, Any]
EMPTY = "EMPTY"  # the name of the row that says a table is printed and has no rows (docs/data-package.md)


def rebuilt(document: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> Disclosure:
    """The disclosure of a document: its row of `documents`, and its rows of the other tables in order."""
    rows = {name: table.to_pylist() for name, table in tables.items()}
    return Disclosure(
        family=document["family"],
        kind=document["kind"],
        fiscal_year=document["fiscal_year"],
        department_code=document["department_code"],
        name=document["name"],
        region_name=document["region_name"],
        facts=tuple(_fact(row) for row in rows["facts"] if row["row_name"] != EMPTY),
        empty_tables=tuple(row["table"] for row in rows["facts"] if row["row_name"] == EMPTY),
        narrative=tuple(
            Figure(row["key"], _text(row["value"]), _text(row["section"]), _place(row)) for row in rows["narrative"]
        ),
        projects=tuple(map(_project, rows["projects"])),
        indicators=tuple(map(_indicator, rows["indicators"])),
        overall=tuple(OverallEntry(row["key"], _text(row["value"]), _place(row)) for row in rows["overall"]),
        catalogue=tuple(map(_catalogue, rows["catalogue"])),
        texts=tuple(
            Text(row["section"], row["style"], _text(row["text"]), _place(row))
            for row in sorted(rows["texts"], key=lambda row: row["order"])
        ),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _amount(value: Decimal | None) -> Decimal:
    """An amount of a table, with the two decimals that are printed."""
    return ZERO if value is None else _short(value)


def _short(value: Decimal) -> Decimal:
    """The four decimals of a lake as the two that are printed, if the others are zero."""
    cents = value.quantize(Decimal("0.01"))
    return cents if cents == value else value


def _place(row: Row) -> Provenance | None:
    if row["confidence"] is None:
        return None
    return Provenance(
        file=_text(row["file"]),
        line=row["line"],
        page=row["page"],
        sheet=_text(row["sheet"]),
        raw=_text(row["raw"]),
        confidence=round(row["confidence"], 4),
        repair=_text(row["repair"]),
        suggested=_text(row["suggested"]),
    )


def _fact(row: Row) -> Fact:
    named = {key: _text(row[key]) for key in ("side", "level", "unit", "row_code", "row_name", "row_name2")}
    return Fact(row["table"], row["column"], _amount(row["value"]), row["row"], **named, provenance=_place(row))


def _project(row: Row) -> Project:
    return Project(
        row["seq"],
        _text(row["name"]),
        _text(row["department_code"]),
        _text(row["department"]),
        _text(row["unit"]),
        _text(row["attribute"]),
        _text(row["period"]),
        funds={key: None if row[key] is None else _short(row[key]) for key in FUND_KEYS},
        texts={key: _text(row[key]) for key in TEXT_KEYS},
        code=_text(row["code"]),
        category=_text(row["category"]),
        legible=row["legible"],
        provenance=_place(row),
    )


def _indicator(row: Row) -> Indicator:
    level1, level2, level3, value = (_text(row[key]) for key in ("level1", "level2", "level3", "value"))
    return Indicator(row["seq"], row["horizon"], level1, level2, level3, value, _place(row))


def _catalogue(row: Row) -> CatalogueLine:
    return CatalogueLine(
        _text(row["edition"]),
        _text(row["document_number"]),
        _text(row["section"]),
        _text(row["code"]),
        _text(row["name"]),
        _text(row["project"]),
        None if row["amount"] is None else _short(row["amount"]),
        _place(row),
    )
