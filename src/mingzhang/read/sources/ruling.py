"""Tables by their ruling: lines that meet make a lattice, and the lattice its cells with their spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import NamedTuple

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.sources.page import Rule

# Lines nearer to each other than this are one line (points); a double line is one.
SAME = 2.5
# Pieces of a line with a gap up to this are one line: dashes, and corners drawn apart.
GAP = 3.0
# Borders nearer than this are one: no column is narrower than a character, rows drawn apart do not meet exactly.
SLIVER = 4.0
# How far an end may miss the line that it is to meet.
REACH = 3.0
# A wall stands where a line covers this much of the cell's side.
COVERS = 0.6
# More lines than that on a page are a drawing, not a table.
MOST_RULES = 4000
MOST_CELLS = 60_000


class Span(NamedTuple):
    """A cell of a lattice: its upper left place and how many rows and columns it spans."""

    row: int
    column: int
    rows: int
    columns: int


class Lattice(Struct, frozen=True):
    """The x of a table's column borders, the y of its row borders, and its cells."""

    xs: list[float]
    ys: list[float]
    spans: list[Span]

    @property
    def box(self) -> Box:
        """The table's box."""
        return (self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def box_of(self, span: Span) -> Box:
        """A cell's box."""
        return (
            self.xs[span.column],
            self.ys[span.row],
            self.xs[span.column + span.columns],
            self.ys[span.row + span.rows],
        )


def lattices(horizontal: list[Rule], vertical: list[Rule]) -> list[Lattice]:
    """The tables that these lines make."""
    across, down = merged(horizontal), merged(vertical)
    if len(across) + len(down) > MOST_RULES:
        return []
    found = []
    for rows, columns in _meeting(across, down):
        lattice = _lattice(rows, columns)
        if lattice is not None:
            found.append(lattice)
    return found


def merged(rules: list[Rule]) -> list[Rule]:
    """The lines, those in one line joined."""
    levels: list[list[Rule]] = []
    for rule in sorted(rules):
        if levels and rule.at - levels[-1][0].at <= SAME:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    result = []
    for level in levels:
        at = sum(rule.at for rule in level) / len(level)
        level.sort(key=lambda rule: rule.start)
        start, end = level[0].start, level[0].end
        for rule in level[1:]:
            if rule.start - end <= GAP:
                end = max(end, rule.end)
            else:
                result.append(Rule(at, start, end))
                start, end = rule.start, rule.end
        result.append(Rule(at, start, end))
    return [rule for rule in result if rule.end - rule.start > REACH]


def _meeting(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines in groups that hang together by meeting."""
    down = sorted(down)
    places = [rule.at for rule in down]
    parent = list(range(len(across) + len(down)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for index, row in enumerate(across):
        for other in range(bisect_left(places, row.start - REACH), bisect_right(places, row.end + REACH)):
            if down[other].start - REACH <= row.at <= down[other].end + REACH:
                parent[root(len(across) + other)] = root(index)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for index, rule in enumerate(across + down):
        groups[root(index)][index >= len(across)].append(rule)
    return [(rows, columns) for rows, columns in groups.values() if len(rows) > 1 and columns]


def _borders(lines: list[Rule], crossing: list[Rule]) -> list[float]:
    """Where the borders stand: at the lines, and where the crossing lines stick out at a side without one."""
    places: list[float] = []
    for at in sorted(rule.at for rule in lines):
        if not places or at - places[-1] > SLIVER:
            places.append(at)
    starts, ends = sorted(rule.start for rule in crossing), sorted(rule.end for rule in crossing)
    # An open side counts where two crossing lines agree on it.
    if len(starts) > 1 and starts[1] < places[0] - 2 * REACH:
        places.insert(0, starts[0])
    if len(ends) > 1 and ends[-2] > places[-1] + 2 * REACH:
        places.append(ends[-1])
    return places


def _lattice(rows: list[Rule], columns: list[Rule]) -> Lattice | None:
    xs, ys = _borders(columns, rows), _borders(rows, columns)
    height, width = len(ys) - 1, len(xs) - 1
    if height < 1 or width < 1 or height * width > MOST_CELLS:
        return None
    below = _walls(rows, ys, xs)
    right = _walls(columns, xs, ys)
    taken = [[False] * width for _ in range(height)]
    spans = []
    for row in range(height):
        for column in range(width):
            if taken[row][column]:
                continue
            across = 1
            while column + across < width and not taken[row][column + across] and (column + across, row) not in right:
                across += 1
            down = 1
            while row + down < height and not any(
                (row + down, column + step) in below or taken[row + down][column + step] for step in range(across)
            ):
                down += 1
            for y in range(row, row + down):
                taken[y][column : column + across] = [True] * across
            spans.append(Span(row, column, down, across))
    return Lattice(xs, ys, spans)


def _walls(lines: list[Rule], places: list[float], crossing: list[float]) -> set[tuple[int, int]]:
    """Which sides of which cells a line covers: (the border's number, the number of the cell along it)."""
    covered: dict[tuple[int, int], float] = defaultdict(float)
    for line in lines:
        border = min(range(len(places)), key=lambda index: abs(places[index] - line.at))
        first = max(bisect_right(crossing, line.start) - 1, 0)
        for cell in range(first, len(crossing) - 1):
            if crossing[cell] >= line.end:
                break
            common = min(line.end, crossing[cell + 1]) - max(line.start, crossing[cell])
            covered[border, cell] += common
    return {
        (border, cell)
        for (border, cell), length in covered.items()
        if length >= COVERS * (crossing[cell + 1] - crossing[cell])
    }
