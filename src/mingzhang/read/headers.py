"""The words of a family's table headers and form labels, to tell by its own cells what a grid is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from mingzhang.families import load_family
from mingzhang.families.model import Form, Side, Table
from mingzhang.read.blocks import Cell, Grid
from mingzhang.read.printed import fold

_YEAR = re.compile(r"(?:20\d\d|\{year\})年?度?")
_AMOUNT = re.compile(r"-?[\d,，]+[.．]\s?\d\d?\s*")
_HEADER_ROWS = 8
_SPLIT = re.compile(r"[·\n]")


class Headers(Struct, frozen=True):
    """The words of each table's header, and the labels of the performance forms."""

    tables: dict[str, frozenset[str]]
    form_labels: frozenset[str]

    def scores(self, grid: Grid) -> dict[str, float]:
        """How much of each table's header stands in the grid's head, 0 to 1."""
        found = words_of_head(grid)
        return {
            table: len(words & found) / len(words | found) if words else 0.0 for table, words in self.tables.items()
        }


def words_of_head(grid: Grid) -> frozenset[str]:
    """The folded words of the grid's rows above its first amount."""
    words: set[str] = set()
    for row in grid.rows[:_HEADER_ROWS]:
        if any(_AMOUNT.fullmatch(cell.text) for cell in row):
            break
        words.update(words_of_cells(row))
    return frozenset(words)


def words_of_cells(row: list[Cell]) -> Iterator[str]:
    """The folded header words of a row's cells; a pipe table joins the words of a column by a dot."""
    for cell in row:
        for part in _SPLIT.split(cell.text):
            word = header_word(part)
            if word and not word.isdigit():
                yield word


def header_word(text: str) -> str:
    """A header's word for comparison: folded, without the year."""
    return _YEAR.sub("", fold(text))


@cache
def headers_of(family_id: str) -> Headers:
    """The header words of a family."""
    family = load_family(family_id)
    labels: set[str] = set()
    if family.forms is not None:
        for form in (family.forms.project, *family.forms.overall.values()):
            labels.update(_labels(form))
    return Headers({table.id: frozenset(_table_words(table)) for table in family.tables}, frozenset(labels))


def _table_words(table: Table) -> Iterator[str]:
    for side in table.side:
        if side.header:
            yield header_word(side.header)
        for path in _paths(side):
            for part in path:
                yield header_word(part)


def _paths(side: Side) -> Iterator[tuple[str, ...]]:
    yield from side.stub
    for column in side.columns:
        yield column.header


def _labels(form: Form) -> Iterator[str]:
    for row in form.rows:
        for cell in row:
            if cell.startswith("!"):
                label = fold(cell[1:].partition("|")[0])
                if len(label) > 2:
                    yield label
