"""Tables without ruling: lines whose words stand under each other, several of them numbers."""

from __future__ import annotations

import re
from itertools import pairwise

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.blocks import Cell, Grid, Place
from mingzhang.read.sources.glyphs import Line
from mingzhang.read.sources.page import Page

# A gap that parts two columns, and how far apart the lines of a table may stand, in heights of the line.
COLUMN_GAP = 0.6
LINE_STEP = 2.6
FEWEST_LINES = 3
FEWEST_NUMBERS = 4
MOST_HEADS = 4
_NUMBER = re.compile(r"[-−(（]?[\d,，. ]*\d[%％)）]?")
LEADERS = re.compile(r"\.{4,}|…{2,}|·{4,}|．{3,}|。{3,}")


class _Word(Struct, frozen=True):
    """A piece of a line, parted from the rest by a gap."""

    text: str
    left: float
    right: float

    @property
    def is_number(self) -> bool:
        return _NUMBER.fullmatch(self.text) is not None


def tables_by_position(lines: list[Line], page: Page, file: str) -> list[Line | Grid]:
    """The lines, those that make a table as a grid."""
    words = [_words(line) for line in lines]
    data = [
        len(of) > 1 and any(word.is_number for word in of) and not LEADERS.search(line.text)
        for line, of in zip(lines, words, strict=True)
    ]
    found: list[Line | Grid] = []
    begin = 0
    while begin < len(lines):
        end = _run(lines, data, begin)
        columns = _columns([words[index] for index in range(begin, end) if data[index]])
        if columns and not _is_chart(lines[begin:end], page):
            first = _heads(lines, words, begin, columns)
            del found[len(found) - (begin - first) :]
            found.append(_grid(lines[first:end], words[first:end], columns, page.number, file))
            begin = end
        else:
            found += lines[begin : max(end, begin + 1)]
            begin = max(end, begin + 1)
    return found


def _words(line: Line) -> list[_Word]:
    words = []
    start = 0
    for index, character in enumerate(line.text):
        if character == " " and line.edges[index + 1] - line.edges[index] > COLUMN_GAP * line.height:
            words.append(_Word(line.text[start:index], line.edges[start], line.edges[index]))
            start = index + 1
    words.append(_Word(line.text[start:], line.edges[start], line.edges[-1]))
    return words


def _near(before: Line, after: Line) -> bool:
    return after.box[1] - before.box[1] < LINE_STEP * max(before.height, after.height)


def _run(lines: list[Line], data: list[bool], begin: int) -> int:
    """The end of the run of table lines that begins here; a lone label between two of them belongs to it."""
    end = begin
    for index in range(begin, len(lines)):
        if index > begin and not _near(lines[index - 1], lines[index]):
            break
        if data[index]:
            end = index + 1
        elif index - end >= 1 or index == begin:
            break
    return end


def _columns(rows: list[list[_Word]]) -> list[tuple[float, float]]:
    """Where the columns stand; none if the words do not stand under each other."""
    if len(rows) < FEWEST_LINES:
        return []
    columns: list[tuple[float, float]] = []
    for left, right in sorted((word.left, word.right) for row in rows for word in row):
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    numbers: list[list[str]] = [[] for _ in columns]
    for row in rows:
        places = [_column(word, columns)[0] for word in row]
        if len(set(places)) < len(places):
            return []
        for place, word in zip(places, row, strict=True):
            if word.is_number:
                numbers[place].append(word.text)
    if len(columns) < 2 or sum(map(len, numbers)) < FEWEST_NUMBERS or max(map(len, numbers)) < FEWEST_LINES:
        return []
    if len(columns) == 2 and _are_pages(numbers[1]):
        return []
    return columns


def _are_pages(numbers: list[str]) -> bool:
    """Whether these are the page numbers of a table of contents."""
    return all(number.isdecimal() for number in numbers) and numbers == sorted(numbers, key=int)


def _column(word: _Word, columns: list[tuple[float, float]]) -> tuple[int, int]:
    """The first and the last of the columns that a word stands over."""
    over = [index for index, (left, right) in enumerate(columns) if word.left < right and left < word.right]
    if over:
        return over[0], over[-1]
    middle = (word.left + word.right) / 2
    nearest = min(range(len(columns)), key=lambda index: abs(sum(columns[index]) / 2 - middle))
    return nearest, nearest


def _is_chart(lines: list[Line], page: Page) -> bool:
    """Whether bars without text stand between these lines."""
    top, bottom = lines[0].box[1], lines[-1].box[3] + lines[-1].height
    bars = [box for box in page.fills if top <= (box[1] + box[3]) / 2 <= bottom]
    return sum(not any(_holds(box, line) for line in lines) for box in bars) > 1


def _holds(box: Box, line: Line) -> bool:
    middle = (line.box[1] + line.box[3]) / 2
    return box[1] <= middle <= box[3] and box[0] < line.box[2] and line.box[0] < box[2]


def _heads(lines: list[Line], words: list[list[_Word]], begin: int, columns: list[tuple[float, float]]) -> int:
    """The first of the header lines above a table."""
    first = begin
    while first > max(begin - MOST_HEADS, 0) and _near(lines[first - 1], lines[first]):
        places = [_column(word, columns) for word in words[first - 1]]
        apart = all(before[1] < after[0] for before, after in pairwise(places))
        if len(places) < 2 or not apart:
            break
        first -= 1
    return first


def _grid(
    lines: list[Line], words: list[list[_Word]], columns: list[tuple[float, float]], page: int, file: str
) -> Grid:
    rows = []
    for line, of_line in zip(lines, words, strict=True):
        top, bottom = line.box[1], line.box[3]
        row = [Cell("", Place(file, page=page, bbox=(left, top, right, bottom))) for left, right in columns]
        for word in of_line:
            first, last = _column(word, columns)
            place = Place(file, page=page, bbox=(word.left, top, word.right, bottom))
            text = f"{row[first].text} {word.text}".strip()
            row[first] = Cell(text, place, colspan=last - first + 1, confidence=line.confidence)
            for index in range(first + 1, last + 1):
                row[index] = Cell("", place, covered=True)
        rows.append(row)
    box = (
        min(columns[0][0], min(line.box[0] for line in lines)),
        lines[0].box[1],
        max(line.box[2] for line in lines),
        lines[-1].box[3],
    )
    return Grid(rows, Place(file, page=page, bbox=box), aligned=True)
