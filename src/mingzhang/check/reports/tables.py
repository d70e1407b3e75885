"""The prescribed tables put together again: facts by row and column, with the family's header words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from mingzhang.check.reports.evidence import Grid, Spot, amounts, lines, words
from mingzhang.disclosure import CatalogueLine, Fact
from mingzhang.families.model import Side, Table

_LEVELS = {"department": 0, "unit": 1, "project": 2}
_STUB = ("科目编码", "项目", "对应科目")
_CATALOGUE = ("代码", "类别", "名称", "项目", "金额")
_Path = tuple[str, ...]


def table_grids(facts: Sequence[Fact], table: Table | None, slots: Mapping[str, str]) -> list[Grid]:
    """The sides of a table, each as a grid. `facts` are those of the table; `slots` fill the years of headers."""
    declared = {side.key: side for side in table.side} if table else {}
    keys = [*declared, *dict.fromkeys(fact.side for fact in facts if fact.side not in declared)]
    grids = []
    for key in keys:
        own = [fact for fact in facts if fact.side == key]
        if own:
            grids.append(_side(own, declared.get(key), slots))
    return grids


def _side(facts: list[Fact], side: Side | None, slots: Mapping[str, str]) -> Grid:
    used = (any(fact.row_code for fact in facts), True, any(fact.row_name2 for fact in facts))
    paths = _columns(facts, side, slots)
    stub = _stub(used, side, slots)
    header = _header([*stub, *paths.values()])
    ordered = sorted(facts, key=lambda fact: fact.row)
    body = [row for _, own in groupby(ordered, key=lambda fact: fact.row) for row in _rows(list(own), used, paths)]
    return Grid(header, body, side.header if side else "")


def _columns(facts: list[Fact], side: Side | None, slots: Mapping[str, str]) -> dict[str, _Path]:
    """The header of each column: the family's words, or the printed ones where it does not know the column."""
    paths = {
        column.key: tuple(part.format_map(slots) for part in column.header) for column in (side.columns if side else ())
    }
    for fact in facts:
        if fact.column not in paths:
            printed = fact.provenance.column if fact.provenance else ""
            paths[fact.column] = (printed or fact.column,)
    return paths


def _stub(used: tuple[bool, ...], side: Side | None, slots: Mapping[str, str]) -> list[_Path]:
    """The headers of the columns that name the row: the family's where it has as many, else plain words."""
    paths = [tuple(part.format_map(slots) for part in path) for path in side.stub] if side else []
    if len(paths) == sum(used):
        return paths
    if len(paths) == 2 and sum(used) == 1:  # a total alone: no row has a code
        return paths[1:]
    return [(word,) for word, there in zip(_STUB, used, strict=True) if there]


def _header(paths: list[_Path]) -> list[list[Spot]]:
    """Header rows: equal neighbours of a level are one cell, a path that ends early spans down."""
    depth = max(map(len, paths))
    rows: list[list[Spot]] = []
    for level in range(depth):
        row: list[Spot] = []
        previous: _Path | None = None
        for path in paths:
            if len(path) <= level:
                previous = None
            elif len(path) > level + 1 and previous == path[: level + 1]:
                row[-1].wide += 1
            else:
                last = len(path) == level + 1
                row.append(Spot(path[level], "label", columns=words(path[level]), high=depth - level if last else 1))
                previous = None if last else path[: level + 1]
        rows.append(row)
    return rows


def _rows(facts: list[Fact], used: tuple[bool, ...], paths: dict[str, _Path]) -> list[list[Spot]]:
    """A printed row: its names, then its amounts; a column that is there twice makes a second row."""
    first = facts[0]
    printed = [fact.provenance.row for fact in facts if fact.provenance]
    names = words(
        first.row_code, first.row_name, first.row_name2, first.row_name.rpartition("/")[2],
        first.row_code + first.row_name, first.row_name + first.row_name2, *printed,
    )  # fmt: skip
    at = lines(fact.provenance for fact in facts)
    indent = _LEVELS.get(first.level, max(0, (len(first.row_code) - 3) // 2))
    stub = [
        Spot(text, "label", names, lines=at, side=first.side, indent=indent if number == 1 else 0)
        for number, text in enumerate((first.row_code, first.row_name, first.row_name2))
        if used[number]
    ]
    cells: dict[str, list[Fact]] = {}
    for fact in facts:
        cells.setdefault(fact.column, []).append(fact)
    rows = []
    for number in range(max(map(len, cells.values()))):
        values = [_amount(cells.get(key, [])[number : number + 1], names, path) for key, path in paths.items()]
        rows.append([*stub, *values])
        stub = [Spot("", "label") for _ in stub]
    return rows


def _amount(facts: list[Fact], names: frozenset[str], path: _Path) -> Spot:
    if not facts:
        return Spot("", "number", names, words(path[-1], "".join(path)))
    fact, source = facts[0], facts[0].provenance
    text = source.raw if source and source.raw else f"{fact.value:.2f}"
    printed = source.column if source else ""
    heads = words(fact.column, path[-1], "".join(path), printed)
    return Spot(text, "number", names, heads, amounts(text, f"{fact.value:f}"), lines([source]), fact.side)


def catalogue_grid(catalogue: Sequence[CatalogueLine]) -> Grid:
    """The lines of the service purchases."""
    body = []
    for line in catalogue:
        amount = "" if line.amount is None else f"{line.amount:.2f}"
        names, at = words(line.code, line.name, line.code + line.name, line.project), lines([line.provenance])
        body.append(
            [
                *(Spot(text, "label", names, lines=at) for text in (line.code, line.section, line.name)),
                Spot(line.project, "text", names, words("项目"), lines=at),
                Spot(amount, "number", names, words("金额"), amounts(amount), at),
            ]
        )
    return Grid([[Spot(text, "label") for text in _CATALOGUE]], body)
