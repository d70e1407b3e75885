"""The words of a family's table headers and form labels, to tell by its own cells what a grid is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from mingzhang.families import Family, load_family
from mingzhang.families.model import Form, Side, Table
from mingzhang.read.blocks import Cell, Grid
from mingzhang.read.printed import fold

_YEAR = re.compile(r"(?:20\d\d|\{year\})年?度?")
_AMOUNT = re.compile(r"-?[\d,，]+[.．]\s?\d\d?\s*")
_HEADER_ROWS = 8
CODED = ("function_tree", "revenue_tree", "economic_items")
_CODE = re.compile(r"\d{3}(?:\d{2}){0,3}")
# How much of a header makes one; fewer rows than that tell nothing; so many columns more are too many.
_LIKE, _FEWEST, _TOO_WIDE = 0.35, 3, 3
_SPLIT = re.compile(r"[·\n]")


class Headers(Struct, frozen=True):
    """The words of each table's header, the names of its rows or that they have codes, its width; the labels of forms."""

    tables: dict[str, frozenset[str]]
    names: dict[str, frozenset[str]]
    coded: frozenset[str]
    widths: dict[str, int]
    form_labels: frozenset[str]

    def scores(self, grid: Grid) -> dict[str, float]:
        """How much of each table's header stands in the grid's head, 0 to 1; on a page upside down at its foot."""
        scores = self._scores(words_of_head(grid))
        if not grid.aligned and max(scores.values(), default=0.0) < _LIKE:
            foot = self._scores(words_of_head(replace(grid, rows=grid.rows[::-1])))
            if max(foot.values(), default=0.0) >= _LIKE:
                return foot
        return scores

    def _scores(self, found: frozenset[str]) -> dict[str, float]:
        return {
            table: len(words & found) / len(words | found) if words else 0.0 for table, words in self.tables.items()
        }

    def kin(self, grid: Grid) -> list[str]:
        """The tables whose rows the grid's are by their names, or by their codes and how many columns they have."""
        texts = [{fold(cell.text) for cell in row} - {""} for row in grid.rows]
        named = [
            table for table, names in self.names.items() if 2 * sum(bool(row & names) for row in texts) > len(texts)
        ]
        width = max(map(len, grid.rows), default=0)
        codes = sum(any(_CODE.fullmatch(text) for text in row) for row in texts)
        coded = 2 * codes > len(texts)
        return named or [
            table for table in self.tables if coded and table in self.coded and self.widths[table] == width
        ]

    def admits(self, table: str, grid: Grid) -> bool:
        """Whether the grid's rows can be the table's: they have codes or none, as the table has, and fit in its width."""
        rows = [] if grid.aligned else [row for row in grid.rows if any(_AMOUNT.fullmatch(cell.text) for cell in row)]
        firsts = [next(text for cell in row if (text := cell.text.strip())) for row in rows]
        codes = sum(_CODE.fullmatch(first) is not None for first in firsts)
        if len(rows) < _FEWEST:
            return True
        if table in self.coded:
            wide = sum(len(row) >= self.widths[table] + _TOO_WIDE for row in rows)
            return codes * 4 > len(rows) and wide * 2 < len(rows)
        return codes * 2 < len(rows)


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
    return Headers(
        {table.id: frozenset(_table_words(table)) for table in family.tables},
        {table.id: frozenset(_row_names(table, family)) for table in family.tables},
        frozenset(table.id for table in family.tables if any(side.rows in CODED for side in table.side)),
        {table.id: sum(len(side.stub) + len(side.columns) for side in table.side) for table in family.tables},
        frozenset(labels),
    )


def _table_words(table: Table) -> Iterator[str]:
    for side in table.side:
        if side.header:
            yield header_word(side.header)
        for path in _paths(side):
            for part in path:
                yield header_word(part)


def _row_names(table: Table, family: Family) -> Iterator[str]:
    for side in table.side:
        if side.rows == "function_classes":
            for ordinal in range(1, len(family.function_classes) + 1):
                yield fold(family.function_row(ordinal))
        if side.rows in ("fixed", "function_classes"):
            for spec in (*side.fixed, *side.foot):
                yield fold(spec.printed)


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
