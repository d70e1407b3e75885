"""How large a grid is set in Word: type size, padding and column widths, reckoned from the amount of text.

Word breaks lines only when the file is opened, so what must not wrap, and what should end on its page, is estimated
here. All lengths are points; an em is the width of an ideograph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from math import ceil

from mingzhang.publish.document import Cell, Grid

LEADING = 1.25  # line pitch of table text, in ems
SIDE = 2.5  # cell margin left and right
_RULE = 0.5
# From large to small, type size and least padding: the first that ends the grid on its page is taken, and its rows are
# spread out as far as the page and _ROOMIEST allow. A grid that fits with none runs over pages in the first of _LONG
# whose columns hold their amounts.
_STEPS = {
    False: ((10.5, 2.5), (10, 2.0), (9.5, 1.5), (9, 1.0), (8.5, 0.5), (8, 0.0)),
    True: ((9, 2.0), (8.5, 1.5), (8, 0.5)),
}
_LONG = {
    False: ((9, 2.0), (8, 1.5), (7, 1.0), (6, 1.0), (5, 0.5)),
    True: ((8.5, 2.0), (7.5, 1.0), (6.5, 1.0), (5.5, 0.5)),
}
_ROOMIEST = {False: 3.0, True: 6.0}
_SLACK = 0.97  # of the height is used: fonts that stand in for ours run a little wider or higher
_LATIN = 0.57  # ems of a digit in the widest Chinese font that stands in; half an em in the fonts named
_SPARE = 0.4  # ems of a line that stay empty, since punctuation may not begin one and numbers are not divided
_AMOUNT = 3.4  # ems that a column of amounts keeps, be they short: its header has the name of a fund, in three lines
_SOLID = re.compile(r"[\d.,%+-]{1,20}")  # codes and amounts, which must not wrap


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell where it stands: its column, the ems of its lines; `below` for the lower rows of a spanning cell."""

    cell: Cell
    column: int
    lines: tuple[float, ...]
    below: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """How a grid is set: type size, padding above and below a row's text, column widths, heights of the rows."""

    size: float
    padding: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]


def arrange(rows: Sequence[tuple[Cell, ...]], width: int) -> list[list[Placed]]:
    """Put every cell into its column; places that no cell fills get an empty one."""
    hanging: dict[int, tuple[Placed, int]] = {}
    found: list[list[Placed]] = []
    for row in rows:
        cells, line, column = iter(row), list[Placed](), 0
        while column < width:
            placed, left = hanging.pop(column, (None, 0))
            if placed is None:
                cell = next(cells, None) or Cell()
                lines = tuple(map(ems, cell.text.split("\n"))) if "\n" in cell.text else (ems(cell.text),)
                placed, left = Placed(cell, column, lines), cell.rows
                line.append(placed)
            else:
                line.append(Placed(placed.cell, column, (), below=True))
            if left > 1:
                hanging[column] = placed, left - 1
            column += placed.cell.columns
        found.append(line)
    return found


def ems(text: str) -> float:
    """Give the width of a text in ems; wide characters have two bytes in GB 18030, digits and Latin letters one.

    >>> ems("预算"), round(ems("2026"), 2)
    (2.0, 2.28)
    """
    if text.isascii():
        return len(text) * _LATIN
    wide = min(len(text.encode("gb18030", "replace")) - len(text), len(text))
    return wide + (len(text) - wide) * _LATIN


def fit(rows: Sequence[Sequence[Placed]], grid: Grid, width: float, height: float) -> Fit:
    """Set a grid as large as lets it end within `height`; if nothing does, as large as its columns allow."""
    needs, wishes = _needs(rows, len(grid.widths)), _wishes(rows, len(grid.widths))
    # In a table, columns with room to spare lend it to those whose texts would wrap. Forms keep one look, unless
    # lending is what lets one end on its page.
    for lend, (size, padding) in product((False, True) if grid.form else (True,), _STEPS[grid.form]):
        if columns := _columns(grid, needs, wishes if lend else (), size, width):
            heights = _heights(rows, columns, size, padding)
            spare = height * _SLACK - sum(heights)
            if spare >= 0:
                spread = max(min(_ROOMIEST[grid.form] - padding, spare / 2 / max(len(rows), 1)), 0.0)
                return Fit(size, padding + spread, columns, tuple(one + 2 * spread for one in heights))
    share = tuple(width * one / sum(grid.widths) for one in grid.widths)
    lent = () if grid.form else wishes
    tried = ((size, padding, _columns(grid, needs, lent, size, width)) for size, padding in _LONG[grid.form])
    size, padding, columns = next((one for one in tried if one[2]), (*_LONG[grid.form][-1], share))
    return Fit(size, padding, columns, tuple(_heights(rows, columns, size, padding)))


def twips(lengths: Sequence[float]) -> list[int]:
    """Round lengths to twentieths of a point so that their sum is rounded only once."""
    edges = [0, *(round(edge * 20) for edge in accumulate(lengths))]
    return [after - before for before, after in pairwise(edges)]


def _needs(rows: Sequence[Sequence[Placed]], width: int) -> list[float]:
    """The ems that each column needs lest a code or an amount wrap."""
    needs = [2.0] * width
    for row in rows:
        for placed in row:
            cell = placed.cell
            if placed.lines and cell.text and (cell.kind == "number" or _SOLID.fullmatch(cell.text)):
                share = (max(placed.lines) + cell.indent) / cell.columns
                for column in range(placed.column, placed.column + cell.columns):
                    needs[column] = max(needs[column], share)
    return needs


def _wishes(rows: Sequence[Sequence[Placed]], width: int) -> tuple[list[float], list[float]]:
    """The ems in which every text of a column stands on one line, without the column's labels and with them."""
    texts, labels = [2.0] * width, [2.0] * width
    for row in rows:
        for placed in row:
            if placed.lines and placed.cell.columns == 1:
                wish = max(placed.lines) + placed.cell.indent + _SPARE
                labels[placed.column] = max(labels[placed.column], wish)
                if placed.cell.kind != "label":
                    least = _AMOUNT if placed.cell.kind == "number" else wish
                    texts[placed.column] = max(texts[placed.column], wish, least)
    return texts, labels


def _columns(
    grid: Grid, needs: Sequence[float], wishes: Sequence[list[float]], size: float, width: float
) -> tuple[float, ...]:
    """Widths after the grid's shares, none under its need, then lent towards each of the wishes; empty if none fit."""
    least = _lengths(needs, size)
    if sum(least) > width:
        return ()
    columns = _shared(least, grid.widths, width)
    for wish in wishes:
        columns = _lent(columns, _lengths(wish, size))
    return tuple(columns)


def _lengths(columns: Sequence[float], size: float) -> list[float]:
    return [one * size + 2 * SIDE + _RULE for one in columns]


def _shared(least: Sequence[float], shares: Sequence[int], width: float) -> list[float]:
    """Divide the width by shares; columns that would get less than they need get that, and the rest is divided."""
    fixed: set[int] = set()
    while True:
        left = width - sum(least[place] for place in fixed)
        total = sum(share for place, share in enumerate(shares) if place not in fixed)
        short = {p for p, share in enumerate(shares) if p not in fixed and left * share / total < least[p]}
        if not short:
            return [least[p] if p in fixed else left * share / total for p, share in enumerate(shares)]
        fixed |= short


def _lent(columns: Sequence[float], wishes: Sequence[float]) -> list[float]:
    spare = [max(0.0, column - wish) for column, wish in zip(columns, wishes, strict=True)]
    short = [max(0.0, wish - column) for column, wish in zip(columns, wishes, strict=True)]
    lent = min(sum(spare), sum(short))
    if not lent:
        return list(columns)
    each = zip(columns, spare, short, strict=True)
    return [column - lent * give / sum(spare) + lent * take / sum(short) for column, give, take in each]


def _heights(rows: Sequence[Sequence[Placed]], columns: Sequence[float], size: float, padding: float) -> list[float]:
    """The height of every row; what a spanning cell needs beyond its rows is put on the last of them, as Word does."""
    pitch = size * LEADING
    heights = [pitch + 2 * padding + _RULE] * len(rows)
    spans: list[tuple[int, int, float]] = []
    for number, row in enumerate(rows):
        for placed in row:
            cell = placed.cell
            if placed.below:
                continue
            wide = columns[placed.column] if cell.columns == 1 else sum(columns[placed.column :][: cell.columns])
            room = max((wide - 2 * SIDE) / size - cell.indent, 1.0)
            if cell.rows == 1 and len(placed.lines) == 1 and placed.lines[0] <= room:
                continue
            lines = sum(ceil(one / (room - _SPARE)) if one > room else 1 for one in placed.lines)
            need = lines * pitch + 2 * padding + _RULE
            if cell.rows == 1:
                heights[number] = max(heights[number], need)
            else:
                spans.append((number, min(number + cell.rows, len(rows)), need))
    for start, end, need in spans:
        heights[end - 1] += max(0.0, need - sum(heights[start:end]))
    return heights
