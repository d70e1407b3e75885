"""The prescribed tables as grids: facts put back into the rows and columns that the family declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

from mingzhang.amounts import ZERO
from mingzhang.disclosure import Fact
from mingzhang.families.model import ColumnSpec, Family, RowSpec, Side, Table
from mingzhang.publish.document import Cell, Grid

_WIDTHS = {"项目": 26, "科目编码": 10, "收入科目编码": 10, "科目名称": 28, "项目名称": 40, "单位名称": 30}
_AMOUNT_WIDTH = 12
_LEVELS = {"department": 0, "unit": 1, "project": 2}


@dataclass(frozen=True, slots=True)
class _Row:
    """A printed row of one side: its stub cells, its facts by column, its depth, and the rows that it sums."""

    stub: tuple[Cell, ...]
    facts: dict[str, Fact]
    level: int = 0
    sum: tuple[int, ...] = ()
    foot: bool = False

    def value(self, column: str) -> Decimal | None:
        """The amount in a column, None where nothing is printed."""
        fact = self.facts.get(column)
        return fact.value if fact else None


def table_grid(table: Table, family: Family, facts: Sequence[Fact], texts: dict[str, str]) -> Grid:
    """Lay out a table. `facts` are those of the table; `texts` fill the names and years of titles."""
    sides = [(side, _rows(side, family, [fact for fact in facts if fact.side == side.key])) for side in table.side]
    body = _join(sides)
    notes = [family.empty_note] if not facts else []
    if table.rounding_note:
        notes.append(family.rounding_note)
    return Grid(
        table.id,
        table.title.format_map(texts),
        _header(table, texts),
        tuple(body),
        tuple(width for side in table.side for width in _widths(side)),
        label=table.label,
        above=(family.name_line.format_map(texts), family.unit_line),
        notes=tuple(notes),
        landscape=table.landscape,
    )


def _widths(side: Side) -> list[int]:
    return [_WIDTHS.get(path[-1], 24) for path in side.stub] + [_AMOUNT_WIDTH for _ in side.columns]


def _header(table: Table, texts: dict[str, str]) -> tuple[tuple[Cell, ...], ...]:
    """Header rows: equal neighbours of a level are one cell, a path that ends early spans down."""
    paths = [
        tuple(part.format_map(texts) for part in ((side.header,) if side.header else ()) + path)
        for side in table.side
        for path in (*side.stub, *(column.header for column in side.columns))
    ]
    depth = max(map(len, paths))
    rows = [_header_row(paths, level, depth) for level in range(depth)]
    if table.numbered:
        rows.append(tuple(Cell(str(number), "label") for number in range(1, len(paths) + 1)))
    return tuple(rows)


def _header_row(paths: list[tuple[str, ...]], level: int, depth: int) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    previous: tuple[str, ...] | None = None
    for path in paths:
        if len(path) <= level:
            previous = None
        elif len(path) > level + 1 and previous == path[: level + 1]:
            cells[-1] = replace(cells[-1], columns=cells[-1].columns + 1)
        else:
            last = len(path) == level + 1
            cells.append(Cell(path[level], "label", rows=depth - level if last else 1))
            previous = None if last else path[: level + 1]
    return tuple(cells)


def _rows(side: Side, family: Family, facts: list[Fact]) -> list[_Row]:
    by_row: dict[int, list[Fact]] = {}
    for fact in facts:
        by_row.setdefault(fact.row, []).append(fact)
    if side.rows == "fixed":
        return _fixed(list(side.fixed), list(side.foot), by_row)
    if side.rows == "function_classes":
        classes = [RowSpec(name=family.function_row(place + 1)) for place in range(len(family.function_classes))]
        return _fixed(classes, list(side.foot), by_row)
    rows = [_free(side, by_row[ordinal]) for ordinal in sorted(by_row)]
    if not rows and side.rows != "projects":
        rows = [_Row((Cell(side.total, "text", columns=len(side.stub)),), {})]
    return _with_children(rows)


def _fixed(body: list[RowSpec], foot: list[RowSpec], by_row: dict[int, list[Fact]]) -> list[_Row]:
    specs = body + foot
    places = {spec.name: place for place, spec in enumerate(specs)}
    rows = []
    for place, spec in enumerate(specs):
        names = [one.name for one in body] if spec.sum == ("*",) else spec.sum
        printed = {fact.column: fact for fact in by_row.get(place + 1, ())}
        stub = Cell(spec.printed, indent=1 if spec.printed != spec.name else 0)
        rows.append(_Row((stub,), printed, sum=tuple(places[name] for name in names), foot=place >= len(body)))
    return rows


def _free(side: Side, facts: list[Fact]) -> _Row:
    first = facts[0]
    printed = {fact.column: fact for fact in facts}
    if first.level:
        level = _LEVELS[first.level]
        return _Row((Cell(first.row_name, indent=level),), printed, level)
    if first.row_name == side.total:
        return _Row((Cell(side.total, columns=len(side.stub)),), printed, 0)
    if side.rows == "economic_pairs":
        level = 2 if first.row_name2 else 1
        return _Row((Cell(first.row_name, indent=level - 1), Cell(first.row_name2)), printed, level)
    if side.rows == "agencies":
        return _Row((Cell(first.row_name, indent=1),), printed, 1)
    level = (len(first.row_code) - 1) // 2
    return _Row((Cell(first.row_code), Cell(first.row_name, indent=level - 1)), printed, level)


def _with_children(rows: list[_Row]) -> list[_Row]:
    """Give each row the rows one level below it, which it sums."""
    found = []
    for place, row in enumerate(rows):
        below: list[int] = []
        for other in range(place + 1, len(rows)):
            if rows[other].level <= row.level:
                break
            below.append(other)
        top = min((rows[other].level for other in below), default=0)
        found.append(replace(row, sum=tuple(other for other in below if rows[other].level == top)))
    return found


def _join(sides: list[tuple[Side, list[_Row]]]) -> Iterable[tuple[Cell, ...]]:
    """Set the sides of a table beside each other, their foot rows on a level."""
    heads = max(sum(not row.foot for row in rows) for _, rows in sides)
    placed = [(side, rows, _places(rows, heads)) for side, rows in sides]
    columns: list[list[tuple[Cell, ...]]] = []
    offset = 0
    for side, rows, places in placed:
        columns.append(_side_cells(side, rows, places, offset))
        offset += len(side.stub) + len(side.columns)
    blanks = [tuple(Cell() for _ in range(len(side.stub) + len(side.columns))) for side, _ in sides]
    for parts in zip_longest(*columns):
        yield tuple(cell for part, blank in zip(parts, blanks, strict=True) for cell in (part or blank))


def _places(rows: list[_Row], heads: int) -> list[int]:
    """The printed row of each row: the body from the top, the foot behind the longest body."""
    body = sum(not row.foot for row in rows)
    return [place if not row.foot else place - body + heads for place, row in enumerate(rows)]


def _side_cells(side: Side, rows: list[_Row], places: list[int], offset: int) -> list[tuple[Cell, ...]]:
    width = len(side.stub)
    found = [tuple(Cell() for _ in range(width + len(side.columns))) for _ in range(places[-1] + 1 if places else 0)]
    for row, place in zip(rows, places, strict=True):
        amounts = tuple(
            _amount(row, rows, places, place, column, side.columns, offset + width) for column in side.columns
        )
        found[place] = (*row.stub, *amounts)
    return found


def _amount(
    row: _Row,
    rows: list[_Row],
    places: list[int],
    place: int,
    column: ColumnSpec,
    columns: tuple[ColumnSpec, ...],
    offset: int,
) -> Cell:
    fact = row.facts.get(column.key)
    if fact is None:
        return Cell(kind="number")
    value = fact.value
    at = {one.key: offset + number for number, one in enumerate(columns)}
    down = [(rows[other].value(column.key), (places[other], at[column.key])) for other in row.sum]
    across = [(row.value(key), (place, at[key])) for key in column.sum]
    return Cell(f"{value:.2f}", "number", value=value, adds=_adds(value, down) or _adds(value, across), fact=fact)


def _adds(value: Decimal, terms: list[tuple[Decimal | None, tuple[int, int]]]) -> tuple[tuple[int, int], ...]:
    """The places of the terms if their printed amounts make the value exactly; a sum that misses by rounding is none.

    Blank terms count too: the formula stays right when someone fills them in.
    """
    if sum((amount or ZERO for amount, _ in terms), ZERO) != value:
        return ()
    return tuple(place for _, place in terms)
