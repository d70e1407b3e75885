"""Text and Markdown as blocks: tab-separated and pipe tables, HTML tables inside, headings, lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cached_property

from mingzhang.read.blocks import Block, Cell, Grid, Paragraph, Place, Source

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?")
_ESCAPED = re.compile(r"\\([\\|*_<>#`\[\]])")
_BULLET = re.compile(r"\s*[-*+]\s+(?=\S)")
_PIPE = re.compile(r"(?<!\\)\|")
_TABLE_OPEN = re.compile(r"<table\b", re.IGNORECASE)
_TABLE_CLOSE = re.compile(r"</table\s*>", re.IGNORECASE)
# A table longer than this many lines that never closes is text that happens to hold a tag.
_LONGEST_TABLE = 20_000


def read_text(text: str, name: str) -> Source:
    """Read a text or Markdown source: each run of tab-separated or pipe rows is a grid, other lines are paragraphs."""
    return Source(name, "text", list(_Lines(text, name).blocks()))


class _Lines:
    def __init__(self, text: str, name: str) -> None:
        self.lines = text.split("\n")
        self.name = name
        self.at = 0

    def blocks(self) -> Iterator[Block]:
        """All blocks in order; a blank line ends a run of rows."""
        rows: list[list[Cell]] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip("\r")
            self.at += 1
            place = Place(self.name, self.at)
            cells = _cells(line, place)
            if cells is not None:
                rows.append(cells)
                continue
            if rows and _RULE.fullmatch(line.strip()):
                continue
            if rows:
                yield Grid(rows, rows[0][0].place)
                rows = []
            if not line.strip():
                continue
            if _TABLE_OPEN.search(line):
                yield from self._table(line, place)
            else:
                yield _paragraph(line, place)
        if rows:
            yield Grid(rows, rows[0][0].place)

    def _table(self, line: str, place: Place) -> Iterator[Block]:
        """An HTML table that begins on this line, with what stands before and behind it there."""
        from mingzhang.read.sources.html import fragment_blocks

        parts = [line]
        end = self._ends_of_tables[self.at - 1]
        if end - self.at < _LONGEST_TABLE:
            parts += self.lines[self.at : end]
            self.at = max(self.at, end)
        yield from fragment_blocks("\n".join(parts), place)

    @cached_property
    def _ends_of_tables(self) -> list[int]:
        """For each line the one behind which all tables are closed that are opened from there on."""
        ends = [len(self.lines) + _LONGEST_TABLE] * len(self.lines)
        open_: list[tuple[int, int]] = []
        depth = 0
        for number, line in enumerate(self.lines):
            open_.append((depth, number))
            depth += _depth(line)
            while open_ and depth <= open_[-1][0]:
                ends[open_.pop()[1]] = number + 1
        return ends


def _depth(line: str) -> int:
    """How many tables the line opens more than it closes."""
    return len(_TABLE_OPEN.findall(line)) - len(_TABLE_CLOSE.findall(line))


def _cells(line: str, place: Place) -> list[Cell] | None:
    """The cells of a line that is a row of a table, else None."""
    if "\t" in line:
        if "\\" in line or "&" in line:
            line = "\t".join(map(_plain, line.split("\t")))
        return [Cell(text.strip(), place) for text in line.split("\t")]
    stripped = line.strip()
    if stripped.startswith("|") and stripped.endswith("|") and len(stripped) > 2:
        if _RULE.fullmatch(stripped):
            return None
        return [Cell(_plain(text), place) for text in _PIPE.split(stripped[1:-1])]
    return None


def _plain(text: str) -> str:
    text = text.strip()
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    return html.unescape(text) if "&" in text else text


def _paragraph(line: str, place: Place) -> Paragraph:
    heading = _HEADING.match(line)
    starts = line[:1] in (" ", "\u3000", "\t") or None
    if heading:
        return Paragraph(_plain(heading[2]), place, level=len(heading[1]), starts=True)
    bullet = _BULLET.match(line)
    if bullet and not line.strip("-—–_ *+0123456789"):
        bullet = None  # a page number between strokes
    return Paragraph(
        _plain(line[bullet.end() :] if bullet else line), place, starts=starts or bullet is not None or None
    )
