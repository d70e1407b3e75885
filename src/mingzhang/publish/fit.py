"""How large a grid is set: type size, padding, column widths and row heights, reckoned from the amount of text.

What must not wrap, and what should end on its page, has to be known before a page is laid out. So texts are measured
here by what their characters can take at most. Lengths are points; an em is the width of an ideograph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from math import ceil

from mingzhang.publish.document import Cell, Grid

LEADING = 1.25  # line pitch of table text, in ems
SIDE = 2.5  # cell margin left and right
RULE = 0.5
# From large to small, type size and least padding, for tables and for forms: the first that ends the grid on its page
# is taken, and its rows are spread out as far as the page and _ROOMIEST allow. A grid that fits with none runs over
# pages in the first of _LONG whose columns hold their amounts.
_STEPS = {
    False: ((10.5, 2.5), (10, 2.0), (9.5, 1.5), (9, 1.0), (8.5, 0.5), (8, 0.0)),
    True: ((9, 2.0), (8.5, 1.5), (8, 0.5), (8, 0.0)),
}
_LONG = ((9, 1.5), (8, 1.5), (7, 1.0), (6, 1.0), (5, 0.5))
_ROOMIEST = {False: 3.0, True: 6.0}
_NOTCH = 0.5  # Paddings go by steps: like forms look alike, and Typst lays out the labels they share only once.
_SLACK = 0.97  # of the height is used: a line may hold less than its width in ems lets one think
_LATIN = 0.57  # ems of a digit in the widest Chinese font
_SPARE = 0.4  # ems of a line that stay empty, since punctuation may not begin one and numbers are not divided
_HEADED = 3.4  # ems that a column keeps for its label when it lends room to another: the name of a fund, in three lines
_BROAD = re.compile(r"[A-Za-z%&@+=<>~#]")  # as wide as an em in some font
_HANZI = re.compile(r"[\u4e00-\u9fff]+")
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
    """How a grid is set: type size, padding above and below a row's text, column widths, heights of the rows.

    `sure` tells which heights are certain, and not estimates.
    """

    size: float
    padding: float
    widths: Sequence[float]
    heights: Sequence[float]
    sure: Sequence[bool]

    def room(self, placed: Placed) -> float:
        """The width that a cell's text has, in ems."""
        return _room(placed, sum(self.widths[placed.column :][: placed.cell.columns]), self.size)

    def lines(self, placed: Placed) -> tuple[int, bool]:
        """The lines that a cell's text takes, and whether that is sure."""
        return _lines(placed, self.room(placed))

    def narrowed(self, placed: Placed) -> float:
        """The ems that give the lines of a label one length, so that none is of a character; 0 if it does not wrap."""
        count = self.lines(placed)[0] if placed.cell.kind == "label" and len(placed.lines) == 1 else 1
        return min(self.room(placed), ceil(placed.lines[0] / count) + 0.5) if count > 1 else 0.0


def ems(text: str) -> float:
    """Give the most that a text can be wide, in ems; wide characters have two bytes in GB 18030 or more, others one.

    >>> ems("预算"), round(ems("2026"), 2)
    (2.0, 2.28)
    """
    wide = min(len(text.encode("gb18030", "replace")) - len(text), len(text))
    if wide < len(text):
        wide += len(_BROAD.findall(text))
    return wide + (len(text) - wide) * _LATIN


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
                placed, left = Placed(cell, column, tuple(map(ems, cell.text.split("\n")))), cell.rows
                line.append(placed)
            else:
                line.append(Placed(placed.cell, column, (), below=True))
            if left > 1:
                hanging[column] = placed, left - 1
            column += placed.cell.columns
        found.append(line)
    return found


def fit(rows: Sequence[Sequence[Placed]], grid: Grid, width: float, height: float) -> Fit:
    """Set a grid as large as lets it end within `height`; if nothing does, as large as its columns allow."""
    needs = _needs(rows, len(grid.widths))
    # In a table, columns with room to spare lend it to those whose texts would wrap. Forms keep one look, unless
    # lending is what lets one end on its page.
    for lend, (size, padding) in product((False, True) if grid.form else (True,), _STEPS[grid.form]):
        if columns := _columns(needs if lend else needs[:1], grid.widths, size, width):
            heights, sure = _heights(rows, columns, size, padding)
            spare = height * _SLACK - sum(heights)
            if spare >= 0:
                spread = (padding + spare / 2 / max(len(rows), 1)) // _NOTCH * _NOTCH
                spread = max(padding, min(_ROOMIEST[grid.form], spread))
                return Fit(size, spread, columns, [one + 2 * (spread - padding) for one in heights], sure)
    size, padding = _LONG[-1]
    columns = [width * one / sum(grid.widths) for one in grid.widths]
    for large, roomy in _LONG[grid.form :]:
        if found := _columns(needs[:1] if grid.form else needs, grid.widths, large, width):
            size, padding, columns = large, roomy, found
            break
    return Fit(size, padding, columns, *_heights(rows, columns, size, padding))


def _room(placed: Placed, wide: float, size: float) -> float:
    return max((wide - 2 * SIDE) / size - placed.cell.indent, 1.0)


def _lines(placed: Placed, room: float) -> tuple[int, bool]:
    """The lines that a cell takes in so many ems, and whether that is sure: not where words or punctuation may push."""
    if len(placed.lines) == 1:
        if placed.lines[0] <= room:
            return 1, True
        if room > 1.1 and _HANZI.fullmatch(placed.cell.text):
            return ceil(placed.lines[0] / int(room - 0.05)), True
    return sum(ceil(one / (room - _SPARE)) if one > room else 1 for one in placed.lines), False


def _needs(rows: Sequence[Sequence[Placed]], width: int) -> tuple[list[float], ...]:
    """The ems that each column needs lest a code or an amount wrap; that it wishes lest a text does, lest a label."""
    solid, texts, labels = ([2.0] * width for _ in range(3))
    for placed in (placed for row in rows for placed in row if not placed.below):
        cell, column = placed.cell, placed.column
        need = max(placed.lines) + cell.indent
        if cell.kind == "number" or _SOLID.fullmatch(cell.text):
            for covered in range(column, column + cell.columns):
                solid[covered] = max(solid[covered], need / cell.columns)
        else:
            need += _SPARE
        if cell.columns == 1:
            labels[column] = max(labels[column], need)
            if cell.kind != "label":
                texts[column] = max(texts[column], need)
    return solid, [max(text, min(label, _HEADED)) for text, label in zip(texts, labels, strict=True)], labels


def _columns(needs: Sequence[Sequence[float]], shares: Sequence[int], size: float, width: float) -> list[float]:
    """Widths after the shares, none under its need, then lent towards each of the wishes; nothing if none fit."""
    least, *wishes = ([one * size + 2 * SIDE + RULE for one in need] for need in needs)
    if sum(least) > width:
        return []
    columns = _shared(least, shares, width)
    for wish in wishes:
        columns = _lent(columns, wish)
    return columns


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


def _heights(
    rows: Sequence[Sequence[Placed]], columns: Sequence[float], size: float, padding: float
) -> tuple[list[float], list[bool]]:
    """The height of every row, and whether it is sure.

    What a spanning cell needs beyond its rows is put on the last of them, as Word and Typst do.
    """
    pitch = size * LEADING
    least = pitch + 2 * padding + RULE
    heights, sure = [least] * len(rows), [True] * len(rows)
    spans: list[tuple[int, int, float, bool]] = []
    edges = [0.0, *accumulate(columns)]
    for number, row in enumerate(rows):
        for placed in row:
            if placed.below:
                continue
            end = placed.column + placed.cell.columns
            lines, known = _lines(placed, _room(placed, edges[end] - edges[placed.column], size))
            need = least + (lines - 1) * pitch
            if placed.cell.rows == 1:
                heights[number] = max(heights[number], need)
                sure[number] = sure[number] and known
            elif lines > 1:
                spans.append((number, min(number + placed.cell.rows, len(rows)), need, known))
    for start, end, need, known in spans:
        missing = need - sum(heights[start:end])
        heights[end - 1] += max(0.0, missing)
        sure[end - 1] = sure[end - 1] and (known or missing < -size)
    return heights, sure
