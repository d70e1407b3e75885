"""What a table's grids print besides its facts, rows and headers: notes inside them, years in headers, unread cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mingzhang.disclosure import Text
from mingzhang.read.blocks import Cell
from mingzhang.read.headers import words_of_cells
from mingzhang.read.printed import clean, fold, is_blank_mark
from mingzhang.read.tables.rows import Rest, Rows

_YEAR = re.compile(r"20\d\d")


def left(rows: Rows, words: frozenset[str]) -> dict[int, list[Text]]:
    """The texts that are left of each grid, by its `id()`. `words` are those of the table's header.

    A header's year is told by no record, so that a header with one is a text, too.
    """
    return {grid: list(_texts(rests, rows, words)) for grid, rests in rows.rests.items()}


def _texts(rests: Iterable[Rest], rows: Rows, words: frozenset[str]) -> Iterator[Text]:
    for rest in rests:
        kept = [cell for cell in rest.cells if not _is_told(cell, rest, rows, words)]
        if kept:
            place = kept[0].place.provenance(confidence=min(cell.confidence for cell in kept))
            yield Text(rows.layout.table.id, "table", "\t".join(clean(cell.text) for cell in kept), place)


def _is_told(cell: Cell, rest: Rest, rows: Rows, words: frozenset[str]) -> bool:
    """Whether a cell is blank, told by a fact of its row, a row's name, or a word of the header without a year."""
    if not cell.text or cell.covered or id(cell) in rest.told or is_blank_mark(cell.text):
        return True
    text = fold(clean(cell.text) if "<" in cell.text else cell.text)
    if any(text in name for name in rest.names) or (rest.head and text.isdigit()):
        return True
    if _YEAR.search(text):
        return False
    if text in rows.numbering or all(word in words for word in words_of_cells([cell])):
        return True
    totals = (fold(side.spec.total) for side in rows.layout.sides)
    return text in totals or any(names.find(text)[0] for names in rows.names)
