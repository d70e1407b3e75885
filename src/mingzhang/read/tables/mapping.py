"""Which column of an aligned grid is which column of the table, by the words of its header."""

from __future__ import annotations

from collections.abc import Sequence

from mingzhang.read.blocks import Cell, Grid
from mingzhang.read.headers import header_word
from mingzhang.read.printed import likeness
from mingzhang.read.tables.layouts import Column, Layout

Mapping = dict[int, int]
IGNORED = -1
_SPLIT = "·"
_NEAR = 0.7
_MATCHED = 0.7
# The heads of a code printed in three columns, under the head of the code.
_LEVELS = ("类", "款", "项")


def map_columns(grid: Grid, layout: Layout, header_rows: int, numbering: frozenset[str]) -> Mapping | None:
    """Grid column -> column of the layout (-1 for one that only counts), where the header tells; None where it does not.

    The best alignment in order; two grid columns under one header cell are the same column.
    """
    paths = header_paths(grid, header_rows)
    columns = layout.columns
    if not paths or not any(path for path, _ in paths):
        return None
    scores = [[_score(path, column) for column in columns] for path, _ in paths]
    single = all(side.spec.rows == "single" for side in layout.sides)
    chosen, matched = _best(scores) if single else _align(scores)
    headed = sum(bool(path) for path, _ in paths)
    if matched < _MATCHED * len(columns) and (matched < 3 or matched < _MATCHED * headed):
        return None
    for number, (path, anchor) in enumerate(paths):
        if path and path[-1] in numbering:
            chosen[number] = IGNORED
        if number not in chosen and number and paths[number - 1][1] is anchor and number - 1 in chosen:
            chosen[number] = chosen[number - 1]
    return chosen


def header_paths(grid: Grid, header_rows: int) -> list[tuple[list[str], Cell | None]]:
    """For each grid column the header words over it from top to bottom, and the lowest header cell."""
    width = max((len(row) for row in grid.rows[: header_rows or 1]), default=0)
    owners: list[list[Cell | None]] = [[None] * width for _ in range(header_rows)]
    for r in range(header_rows):
        for c, cell in enumerate(grid.rows[r]):
            if cell.covered:
                continue
            for down in range(min(cell.rowspan, header_rows - r)):
                for across in range(min(cell.colspan, width - c)):
                    owners[r + down][c + across] = cell
    return [_path([row[c] for row in owners]) for c in range(width)]


def _path(cells: Sequence[Cell | None]) -> tuple[list[str], Cell | None]:
    words: list[str] = []
    last: Cell | None = None
    for cell in cells:
        if cell is None or not cell.text.strip() or cell is last:
            continue
        parts = [header_word(part) for part in cell.text.split(_SPLIT)]
        if parts[-1].isdigit() or (words and parts[-1] in _LEVELS):
            continue
        words += [part for part in parts if part]
        last = cell
    return words, last


def _score(path: list[str], column: Column) -> float:
    if not path:
        return 0.0
    return max(_option(path, word, above) for word, above in column.options)


def _option(path: list[str], word: str, above: frozenset[str]) -> float:
    last = path[-1]
    if last == word:
        score = 2.0
    else:
        near = likeness(last, word)
        if near < _NEAR:
            return 0.0
        score = 1.5 * near
    return score + sum(0.5 for one in above if any(part == one or likeness(part, one) >= _NEAR for part in path[:-1]))


def _best(scores: list[list[float]]) -> tuple[Mapping, int]:
    """Each row with the column that it fits best, in whatever order they stand."""
    pairs = sorted(
        ((score, -row, -column) for row, line in enumerate(scores) for column, score in enumerate(line) if score),
        reverse=True,
    )
    chosen: Mapping = {}
    for _, row, column in pairs:
        if -row not in chosen and -column not in chosen.values():
            chosen[-row] = -column
    return chosen, len(chosen)


def _align(scores: list[list[float]]) -> tuple[Mapping, int]:
    """The order-keeping assignment of rows to columns with the highest total score."""
    rows, width = len(scores), len(scores[0])
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for r in range(rows - 1, -1, -1):
        for c in range(width - 1, -1, -1):
            take = scores[r][c] + best[r + 1][c + 1] if scores[r][c] else 0.0
            best[r][c] = max(best[r + 1][c], best[r][c + 1], take)
    chosen: Mapping = {}
    r = c = 0
    while r < rows and c < width:
        if scores[r][c] and best[r][c] == scores[r][c] + best[r + 1][c + 1]:
            chosen[r] = c
            r, c = r + 1, c + 1
        elif best[r][c] == best[r + 1][c]:
            r += 1
        else:
            c += 1
    return chosen, len(chosen)
