"""A page's characters and lines to what stands on it, from top to bottom: lines of text and grids."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from mingzhang.disclosure import Box
from mingzhang.read.blocks import Cell, Grid, Place
from mingzhang.read.sources.columns import tables_by_position
from mingzhang.read.sources.glyphs import Line, cell_text, lines_of
from mingzhang.read.sources.page import Glyph, Page, within
from mingzhang.read.sources.ruling import Lattice, Span, lattices

Item = Line | Grid


def items_of(page: Page, file: str) -> list[Item]:
    """What stands on the page, in reading order."""
    rest = page.glyphs
    placed: list[tuple[float, Item]] = []
    # The innermost table first: one that stands in a cell or a frame of another keeps its text.
    for lattice in sorted(lattices(page.horizontal, page.vertical), key=lambda one: _area(one.box)):
        inside = within(rest, lattice.box)
        grid = _grid(lattice, inside, page.number, file)
        if grid is not None:
            placed.append((lattice.ys[0], grid))
            taken = set(map(id, inside))
            rest = [glyph for glyph in rest if id(glyph) not in taken]
    for item in tables_by_position(lines_of(rest), page, file):
        box = item.box if isinstance(item, Line) else item.place.bbox
        assert box is not None
        placed.append((box[1], item))
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _grid(lattice: Lattice, glyphs: list[Glyph], page: int, file: str) -> Grid | None:
    """The lattice's cells with their text; None for a frame or a drawing: one column, or nothing said."""
    if len(lattice.xs) < 3:
        return None
    owner = {
        (row, column): span
        for span in lattice.spans
        for row in range(span.row, span.row + span.rows)
        for column in range(span.column, span.column + span.columns)
    }
    held: dict[Span, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        row = _slot(lattice.ys, (glyph.top + glyph.bottom) / 2)
        column = _slot(lattice.xs, (glyph.left + glyph.right) / 2)
        held[owner[row, column]].append(glyph)
    rows: list[list[Cell]] = [[] for _ in lattice.ys[1:]]
    texts = 0
    cells: dict[Span, Cell] = {}
    for span in lattice.spans:
        box = lattice.box_of(span)
        text, confidence = cell_text(held[span], box[2] - box[0]) if span in held else ("", 1.0)
        texts += bool(text)
        cells[span] = Cell(text, Place(file, page=page, bbox=box), span.rows, span.columns, confidence=confidence)
    if texts < 2:
        return None
    for row, cells_of_row in enumerate(rows):
        for column in range(len(lattice.xs) - 1):
            span = owner[row, column]
            cell = cells[span]
            covered = (span.row, span.column) != (row, column)
            cells_of_row.append(Cell("", cell.place, covered=True) if covered else cell)
    return Grid(rows, Place(file, page=page, bbox=lattice.box), aligned=True)


def _slot(borders: list[float], at: float) -> int:
    return min(max(bisect_right(borders, at) - 1, 0), len(borders) - 2)
