"""What a page shows, whether it was drawn or scanned: characters and ruling lines, seen upright."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct, field

from mingzhang.disclosure import Box


class Glyph(NamedTuple):
    """A character and its box, points from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    confidence: float = 1.0

    @property
    def height(self) -> float:
        """How tall the box is."""
        return self.bottom - self.top


class Rule(NamedTuple):
    """A straight line: at `at` (y of a horizontal one, x of a vertical one), from `start` to `end`."""

    at: float
    start: float
    end: float


class Page(Struct):
    """A page's characters, its horizontal and vertical rules, and its filled areas (shading, the bars of a chart)."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    horizontal: list[Rule] = field(default_factory=list)
    vertical: list[Rule] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)

    def add(self, other: Page, right: float, down: float) -> None:
        """Put what another page shows upon this one, so far to the right and down."""
        for glyph in other.glyphs:
            box = (glyph.left + right, glyph.top + down, glyph.right + right, glyph.bottom + down)
            self.glyphs.append(Glyph(*box, glyph.text, glyph.confidence))
        self.horizontal += [Rule(at + down, start + right, end + right) for at, start, end in other.horizontal]
        self.vertical += [Rule(at + right, start + down, end + down) for at, start, end in other.vertical]


def within(glyphs: Iterable[Glyph], box: Box) -> list[Glyph]:
    """The characters whose middle stands in a box."""
    left, top, right, bottom = box
    return [
        glyph
        for glyph in glyphs
        if left <= (glyph.left + glyph.right) / 2 <= right and top <= (glyph.top + glyph.bottom) / 2 <= bottom
    ]
