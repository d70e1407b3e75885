"""Blocks from documents that nest them (HTML, DOCX): tables in cells of tables, and tables that only lay out a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

from msgspec import Struct, field

from mingzhang.problems import InputError, Problem
from mingzhang.read.blocks import NOWHERE, Block, Cell, Grid, Paragraph, Place, spread

_MOST_CELLS = 1_000_000
_MOST_BLOCKS = 400_000
_WIDEST = 1000
_LAID_OUT = 6  # with fewer plain cells than this, a table that holds tables or headings only lays out the page
_WORDS_MEET = re.compile(r"(?<=[0-9A-Za-z])\n(?=[0-9A-Za-z])")


def joined(lines: Iterable[str]) -> str:
    """The lines of a cell as one text: a break in Chinese text stands for nothing, between words for a blank.

    >>> joined(["一般公共", "预算", "A", "B"])
    '一般公共预算A B'
    """
    text = "\n".join(line for line in map(str.strip, lines) if line)
    return _WORDS_MEET.sub(" ", text).replace("\n", "")


class Box(Struct):
    """A cell as the document has it: the blocks in it, and the rows and columns it spans."""

    place: Place = NOWHERE
    rowspan: int = 1
    colspan: int = 1
    blocks: list[Block] = field(default_factory=list)


class _Table(Struct):
    place: Place
    rows: list[list[Box]] = field(default_factory=list)
    name: str = ""


class Builder:
    """Takes what a walk over a document meets, in its order, and makes blocks of it.

    A table comes out as a grid, followed by the tables in its cells; one that only lays out the page as what its
    cells hold. Cells outside rows and rows outside tables are taken as they come: documents are not always valid.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.blocks: list[Block] = []
        self._tables: list[_Table] = []
        self._boxes: list[Box | None] = []  # the open cell of each open table
        self._cells = self._count = 0

    @property
    def in_cell(self) -> bool:
        """Whether what comes now stands in a cell."""
        return bool(self._boxes) and self._boxes[-1] is not None

    def add(self, block: Block) -> None:
        """Add a block where the walk has come to."""
        self._count += 1
        if self._count > _MOST_BLOCKS:
            raise _too_large(self.place)
        box = next((box for box in reversed(self._boxes) if box is not None), None)
        (self.blocks if box is None else box.blocks).append(block)

    def open_table(self, place: Place) -> None:
        """A table begins."""
        self._tables.append(_Table(place))
        self._boxes.append(None)

    def name_table(self, name: str) -> None:
        """The innermost table says what it is called."""
        if self._tables:
            self._tables[-1].name = name

    def open_row(self) -> None:
        """A row of the innermost table begins."""
        if self._tables:
            self._tables[-1].rows.append([])
            self._boxes[-1] = None

    def open_cell(self, box: Box) -> None:
        """A cell of the innermost row begins; it is open until the next row or cell, or until it is closed."""
        if not self._tables:
            return
        if not self._tables[-1].rows:
            self.open_row()
        self._tables[-1].rows[-1].append(box)
        self._boxes[-1] = box

    def close_cell(self) -> None:
        """The innermost cell ends."""
        if self._boxes:
            self._boxes[-1] = None

    def close_table(self) -> None:
        """The innermost table ends."""
        if not self._tables:
            return
        table = self._tables.pop()
        self._boxes.pop()
        for block in self._settle(table):
            self.add(block)

    def finish(self) -> list[Block]:
        """All blocks, once the document ends; tables that are still open end with it."""
        while self._tables:
            self.close_table()
        return self.blocks

    def _settle(self, table: _Table) -> Iterable[Block]:
        boxes = [box for row in table.rows for box in row]
        if _lays_out(boxes):
            return [block for box in boxes for block in box.blocks]
        rows = []
        for number, row in enumerate(table.rows):
            below = len(table.rows) - number
            rows.append([_cell(box, below) for box in row])
        self._cells += _area(rows)
        if self._cells > _MOST_CELLS:
            raise _too_large(table.place)
        nested = [block for box in boxes for block in box.blocks if isinstance(block, Grid)]
        return [spread(rows, table.place, table.name), *nested]


def _cell(box: Box, below: int) -> Cell:
    text = joined(block.text for block in box.blocks if isinstance(block, Paragraph))
    rowspan = min(box.rowspan, below) if box.rowspan else below  # HTML's 0: down to the end
    return Cell(text, box.place, max(rowspan, 1), min(max(box.colspan, 1), _WIDEST))


def _area(rows: list[list[Cell]]) -> int:
    """How many cells the rows make when their spans are spread: each row is as wide as the widest."""
    change = [0] * (len(rows) + 1)
    for number, row in enumerate(rows):
        for cell in row:
            change[number] += cell.colspan
            change[number + cell.rowspan] -= cell.colspan
    return len(rows) * max(accumulate(change))


def _lays_out(boxes: list[Box]) -> bool:
    """Whether a table is there for looks: one cell around all, or few cells of which some hold tables or headings."""
    filled = [box for box in boxes if box.blocks]
    pages = [box for box in filled if _is_page(box)]
    parts = [box for box in filled if any(isinstance(block, Grid) or block.level for block in box.blocks)]
    return len(filled) <= 1 or bool(pages) or (bool(parts) and len(filled) - len(parts) < _LAID_OUT)


def _is_page(box: Box) -> bool:
    """Whether a cell holds a whole page: several tables with text between them."""
    grids = sum(isinstance(block, Grid) for block in box.blocks)
    return grids > 1 and len(box.blocks) > 2 * grids


def _too_large(place: Place) -> InputError:
    return InputError([Problem("文件中的表格太大，请删去多余的内容后重试", place.file)])
