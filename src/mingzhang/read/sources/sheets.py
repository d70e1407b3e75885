"""The blocks of a sheet: a sheet may hold one table or all of them, or prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from mingzhang.read.blocks import Block, Cell, Grid, Paragraph, Place
from mingzhang.read.printed import clean
from mingzhang.read.sources.nesting import joined

_CAPTION = re.compile(r"单位\s*[:：].*元")
_KEY = re.compile(r"[:：]")
_REMARK = re.compile(r"[(（]?(?:注|备注|附注|说明)[\d一二三四五]?\s*[:：.、]")
_TITLE = re.compile(r".{3,}表\s*(?:[(（].*[)）])?")
_LONGEST_LABEL, _LONGEST_LINE = 40, 100
_BLANK, _LONE, _ROW = "blank", "lone", "row"
Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last row and column of merged cells, from 0."""


class Sheet(Struct):
    """A sheet as texts, from its first row and column on, with its merged cells."""

    name: str
    texts: list[list[str]] = field(default_factory=list)
    merged: Sequence[Range] = ()
    hidden: bool = False
    without_result: int = 0


def sheet_blocks(sheet: Sheet, place: Place) -> Iterator[Block]:
    """Lines as paragraphs and tables as grids, from top to bottom."""
    return _Layout(sheet.texts, sheet.merged, place).blocks()


class _Row(Struct):
    """A row by what stands in it: the columns with text, and whether a cell from above reaches into it."""

    kind: str
    filled: list[int] = field(default_factory=list)


class _Layout:
    """The rows of a sheet told apart: those of tables, and the lines before, between and behind them."""

    def __init__(self, texts: list[list[str]], merged: Sequence[Range], place: Place) -> None:
        self.texts, self.place = texts, place
        self.spans: dict[tuple[int, int], tuple[int, int]] = {}
        self.covered: set[tuple[int, int]] = set()
        self.from_above: set[int] = set()
        self._merge(merged)
        self.rows = [self._row(number) for number in range(len(texts))]

    def _merge(self, merged: Sequence[Range]) -> None:
        height, width = len(self.texts), max(map(len, self.texts), default=0)
        room = 2 * height * width
        for (top, left), (bottom, right) in merged:
            bottom, right = min(bottom, height - 1), min(right, width - 1)
            room -= max(bottom - top + 1, 0) * max(right - left + 1, 0)
            if top > bottom or left > right or (top, left) in self.covered or room < 0:
                continue
            self.spans[top, left] = (bottom - top + 1, right - left + 1)
            self.covered.update((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
            self.covered.discard((top, left))
            if self.texts[top][left].strip():
                self.from_above.update(range(top + 1, bottom + 1))

    def _row(self, number: int) -> _Row:
        texts = self.texts[number]
        filled = [at for at, text in enumerate(texts) if text and text.strip() and (number, at) not in self.covered]
        if number in self.from_above:
            return _Row(_ROW, filled)
        if len(filled) < 2:
            return _Row(_LONE if filled else _BLANK, filled)
        return _Row(_LONE if self._is_caption([texts[at] for at in filled]) else _ROW, filled)

    @staticmethod
    def _is_caption(texts: list[str]) -> bool:
        """Whether a row says whose table it is, or in what unit it counts."""
        if len(texts) > 4 or max(map(len, texts)) > _LONGEST_LINE:
            return False
        return any(map(_CAPTION.search, texts)) or all(map(_KEY.search, texts))

    def blocks(self) -> Iterator[Block]:
        """Lines as paragraphs and tables as grids, from top to bottom."""
        done = 0
        for first, last in self._tables():
            yield from self._lines(done, first)
            yield self._grid(first, last)
            done = last + 1
        yield from self._lines(done, len(self.rows))

    def _tables(self) -> Iterator[tuple[int, int]]:
        """The first and last row of each table."""
        rows = [number for number, row in enumerate(self.rows) if row.kind == _ROW]
        start = 0
        for at, number in enumerate(rows):
            last = at + 1 == len(rows)
            if last or self._parted(rows[start], number, rows[at + 1]):
                until = len(self.rows) if last else rows[at + 1]
                yield rows[start], self._end(rows[start], number, until)
                start = at + 1

    def _parted(self, first: int, above: int, below: int) -> bool:
        """Whether what stands between two rows ends the table of the upper one, which begins at `first`."""
        between = range(above + 1, below)
        kinds = [self.rows[number].kind for number in between]
        if _LONE not in kinds:
            return len(kinds) > 1
        if _BLANK in kinds and kinds.index(_BLANK) < len(kinds) - 1:
            return True
        lines = [number for number in between if self.rows[number].kind == _LONE]
        if any(len(self.rows[number].filled) > 1 for number in lines):
            return True
        titles = [number for number in lines if self._is_wide(number, first, above)]
        return len(titles) > 1 or any(_is_title(self._text(number)) for number in titles)

    def _end(self, first: int, last: int, until: int) -> int:
        """The last row of a table: labels without amounts behind its last full row belong to it, lines do not."""
        for number in range(last + 1, until):
            row, text = self.rows[number], self._text(number)
            line = _REMARK.match(text) or _is_title(text) or len(text) > _LONGEST_LABEL
            if row.kind == _BLANK or len(row.filled) > 1 or line or self._is_wide(number, first, last):
                return number - 1
        return until - 1

    def _text(self, number: int) -> str:
        return " ".join(clean(self.texts[number][at]) for at in self.rows[number].filled)

    def _is_wide(self, number: int, first: int, last: int) -> bool:
        """Whether the row's one cell is as wide as the table of these rows."""
        (at, *_), (left, right) = self.rows[number].filled, self._columns(first, last)
        return at <= left and at + self.spans.get((number, at), (1, 1))[1] > right > left

    def _columns(self, first: int, last: int) -> tuple[int, int]:
        used = [
            column
            for number in range(first, last + 1)
            for at in self.rows[number].filled
            for column in (at, at + self.spans.get((number, at), (1, 1))[1] - 1)
        ]
        return min(used, default=0), max(used, default=0)

    def _lines(self, first: int, until: int) -> Iterator[Paragraph]:
        for number in range(first, until):
            filled = self.rows[number].filled
            place = self.place._replace(line=number + 1)
            texts = [self.texts[number][at] for at in filled]
            for line in texts[0].split("\n") if len(texts) == 1 else [" ".join(texts)]:
                if text := clean(line):
                    yield Paragraph(text, place, starts=True)

    def _grid(self, first: int, last: int) -> Grid:
        left, right = self._columns(first, last)
        rows = []
        for number in range(first, last + 1):
            place = self.place._replace(line=number + 1)
            rows.append([self._cell(number, column, last, right, place) for column in range(left, right + 1)])
        return Grid(rows, self.place._replace(line=first + 1), aligned=True, name=self.place.sheet)

    def _cell(self, number: int, column: int, last: int, right: int, place: Place) -> Cell:
        if (number, column) in self.covered:
            return Cell("", place, covered=True)
        texts = self.texts[number]
        text = texts[column] if column < len(texts) else ""
        down, across = self.spans.get((number, column), (1, 1))
        text = joined(map(clean, text.split("\n"))) if "\n" in text else clean(text)
        return Cell(text, place, min(down, last - number + 1), min(across, right - column + 1))


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST_LINE and _TITLE.fullmatch(text) is not None
