"""References to cells of a family's tables, as figures, prior amounts and rules write them.

`T3[合计].basic` is the cell of row 合计 and column basic of table 3, `T1.income[收入总计].amount` one of a side.
A row is named by its code or its name. `T5[类].total` stands for every class row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.disclosure import Fact

_REFERENCE = re.compile(r"(T\d+)(?:\.(\w+))?\[([^\]]+)\]\.(\w+)")
_ORDINAL = re.compile(r"^[一二三四五六七八九十]+、")
CLASSES = "类"


@dataclass(frozen=True, slots=True)
class Cell:
    """The address of a cell, or of a column of class rows when `row` is 类."""

    table: str
    side: str
    row: str
    column: str


def parse_cell(text: str) -> Cell | None:
    """Read a reference; None if the text is none."""
    match = _REFERENCE.fullmatch(text)
    return Cell(match[1], match[2] or "", match[3], match[4]) if match else None


class Facts:
    """Facts by cell address. A cell that prints nothing is zero."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._cells: dict[tuple[str, str, str, str], Decimal] = {}
        self._classes: dict[tuple[str, str, str], dict[str, Decimal]] = {}
        for fact in facts:
            for row in {fact.row_code, fact.row_name} - {""}:
                self._cells.setdefault((fact.table, fact.side, row, fact.column), fact.value)
            name = _class_name(fact)
            if name:
                self._classes.setdefault((fact.table, fact.side, fact.column), {})[name] = fact.value

    def value(self, cell: Cell) -> Decimal:
        """The cell's amount in 万元 as printed."""
        return self._cells.get((cell.table, cell.side, cell.row, cell.column), ZERO)

    def classes(self, cell: Cell) -> Mapping[str, Decimal]:
        """The class rows' amounts by name, in printed order."""
        return self._classes.get((cell.table, cell.side, cell.column), {})


def _class_name(fact: Fact) -> str:
    if fact.row_code:
        return fact.row_name if len(fact.row_code) == 3 else ""
    return _ORDINAL.sub("", fact.row_name) if _ORDINAL.match(fact.row_name) else ""
