"""Where secrets stand on the pages of a PDF, in whatever order its text was drawn."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.blocks import Grid
from mingzhang.read.sources.glyphs import rows_of
from mingzhang.read.sources.page import Glyph, within
from mingzhang.read.sources.page_layout import items_of
from mingzhang.read.sources.pdfium import drawn_page
from mingzhang.redact.geometry import around, frame_of, larger, moved, seen
from mingzhang.redact.patterns import Finder

# In heights of the line: a gap that parts two texts on a line, and how far below the next line of a text begins.
_GAP = 3.0
_NEXT_LINE = 2.2
# How far beyond its characters a box reaches, in their height and in points.
_BESIDE, _AROUND = 0.03, 0.3
# Characters drawn twice to look bold lie no further apart than this, in widths.
_TWIN = 0.25
_APART, _NEW_LINE = "\t", "\n"


class Character(Struct, frozen=True):
    """A character of a page's text, its box in the page's own space (left, bottom, right, top), and that with its ink."""

    text: str
    box: Box
    inked: Box

    @property
    def height(self) -> float:
        """How tall the box is."""
        return self.box[3] - self.box[1]


class Found(Struct, frozen=True):
    """A place on a page where a secret stands: its number and its boxes, in the page's own space."""

    secret: int
    boxes: list[Box]


def characters(page: Any) -> tuple[list[Character], int]:
    """All characters of a pdfium page in the order in which they were drawn, and its direction in quarter turns.

    Unlike the reader, this takes those outside of the page and those that lean, too.
    """
    import pypdfium2.raw as pdfium

    text_page = pdfium.FPDFText_LoadPage(page)
    found, quarters = [], Counter[int]()
    rect, sides = pdfium.FS_RECTF(), [ctypes.c_double() for _ in range(4)]
    try:
        for index in range(pdfium.FPDFText_CountChars(text_page)):
            code = pdfium.FPDFText_GetUnicode(text_page, index)
            if code < 32 or 0xD800 <= code < 0xE000 or code >= 0x110000 or code in (0xFFFD, 0xFFFE):
                continue
            if not pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rect)):
                continue
            if pdfium.FPDFText_IsGenerated(text_page, index) != 1:
                quarters[round(-pdfium.FPDFText_GetCharAngle(text_page, index) / (math.pi / 2)) % 4] += 1
                box = (rect.left, rect.bottom, rect.right, rect.top)
                # Its ink may reach beyond the room that the font gives it.
                if pdfium.FPDFText_GetCharBox(text_page, index, *sides):
                    left, right, bottom, top = (side.value for side in sides)
                    ink = around([(left, bottom), (right, top)])
                    inked = around([(box[0], box[1]), (box[2], box[3]), (ink[0], ink[1]), (ink[2], ink[3])])
                else:
                    inked = box
                found.append(Character(chr(code), box, inked))
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    return found, max(quarters, key=lambda one: quarters[one], default=pdfium.FPDFPage_GetRotation(page))


def found_on(page: Any, number: int, finder: Finder, name: str) -> list[Found]:
    """Where secrets stand on a page: in the order of drawing, along its lines, and in its cells."""
    held, turns = characters(page)
    if not held:
        return []
    upright = _upright(page, held, turns)
    orders = [_as_drawn(upright), _along_lines(upright)]
    orders += _in_cells(page, number, upright, finder, name)
    taken: set[int] = set()
    found = []
    for text, places in orders:
        for hit in finder.hits(text, "lines"):
            indices = [places[start] for start, _ in hit.spans]
            if not taken.issuperset(indices):
                taken.update(indices)
                found.append(Found(hit.secret, _boxes([held[index] for index in indices])))
    for one in found:  # what is drawn twice is covered twice
        one.boxes.extend(_twins(one.boxes, held))
    return found


def page_texts(page: Any) -> Iterator[str]:
    """A page's text in the order of drawing and along its lines, to look whether something is still there."""
    held, turns = characters(page)
    upright = _upright(page, held, turns)
    yield _as_drawn(upright)[0]
    yield _along_lines(upright)[0]


def _upright(page: Any, held: Sequence[Character], turns: int) -> list[Glyph]:
    """The characters as the reader sees them upright."""
    turn = seen(frame_of(page), turns)
    return [Glyph(*moved(one.box, turn), one.text) for one in held]


Order = tuple[str, list[int]]


def _as_drawn(glyphs: Sequence[Glyph]) -> Order:
    """The text in the order of drawing; tabs where it jumps, line breaks where it goes on below."""
    parts, places = [glyphs[0].text] if glyphs else [], [0] if glyphs else []
    for index, (before, after) in enumerate(pairwise(glyphs), 1):
        height = max(before.height, after.height, 1.0)
        gap, down = after.left - before.right, after.bottom - before.bottom
        if abs(down) < height / 2:
            between = "" if -2 * height < gap < _GAP * height else _APART
        else:
            between = _NEW_LINE if 0 < down < _NEXT_LINE * height and gap < 0 else _APART
        parts += [between, after.text]
        places += [index] * len(between + after.text)
    return "".join(parts), places


def _along_lines(glyphs: Sequence[Glyph]) -> Order:
    """The text line by line, from left to right."""
    index_of = {id(glyph): index for index, glyph in enumerate(glyphs)}
    parts: list[str] = []
    places: list[int] = []
    for row in rows_of(glyph for glyph in glyphs if glyph.bottom > glyph.top):
        before: Glyph | None = None
        for after in row:
            if before and before.text == after.text and after.left - before.left < _TWIN * (before.right - before.left):
                continue
            apart = before is None or after.left - before.right > _GAP * max(after.height, 1.0)
            text = (_APART if apart else "") + after.text
            parts.append(text)
            places += [index_of[id(after)]] * len(text)
            before = after
    return "".join(parts), places


def _in_cells(page: Any, number: int, glyphs: Sequence[Glyph], finder: Finder, name: str) -> Iterator[Order]:
    """The text of each cell by itself that holds a secret: only there a narrow column's lines follow each other."""
    drawn = drawn_page(page, number).page
    index_of = {id(glyph): index for index, glyph in enumerate(glyphs)}
    for item in items_of(drawn, name):
        if not isinstance(item, Grid):
            continue
        for cell in (cell for row in item.rows for cell in row if cell.text and cell.place.bbox):
            if not finder.hits(cell.text, "lines"):
                continue
            assert cell.place.bbox is not None
            inside = [glyph for row in rows_of(within(glyphs, cell.place.bbox)) for glyph in row]
            yield "".join(glyph.text for glyph in inside), [index_of[id(glyph)] for glyph in inside for _ in glyph.text]


def _boxes(held: Sequence[Character]) -> list[Box]:
    """The boxes to black out: one for each run of neighbours, a little larger than they are."""
    runs: list[Box] = []
    for one in held:
        box, last = one.inked, runs[-1] if runs else None
        if last and _touch(last, box, 0.5 * max(one.height, box[2] - box[0])):
            runs[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            runs.append(box)
    margins = [_BESIDE * min(box[2] - box[0], box[3] - box[1]) + _AROUND for box in runs]
    return [larger(box, margin, margin) for box, margin in zip(runs, margins, strict=True)]


def _twins(boxes: Sequence[Box], held: Sequence[Character]) -> list[Box]:
    """The boxes of characters that lie for the greater part under others."""
    return [
        one.inked
        for one in held
        if any(
            left <= (one.box[0] + one.box[2]) / 2 <= right and bottom <= (one.box[1] + one.box[3]) / 2 <= top
            for left, bottom, right, top in boxes
        )
    ]


def _touch(first: Box, second: Box, room: float) -> bool:
    """Whether two boxes lie on one line, hardly apart."""
    across = min(first[2], second[2]) - max(first[0], second[0])
    along = min(first[3], second[3]) - max(first[1], second[1])
    level = along > 0.5 * (second[3] - second[1]) and across > -room
    return level or (across > 0.5 * (second[2] - second[0]) and along > -room)
