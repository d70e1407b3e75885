"""Characters on a page to lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from statistics import median

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.sources.page import Glyph

# Widths in em (the width of a Chinese character). Letter spacing up to this may be justification.
LOOSE = 0.6
# A gap this wide beyond the line's letter spacing parts two words of Latin letters and digits.
LATIN_BLANK = 0.25
# A gap this wide parts two texts of any kind on a line.
BLANK = 0.9
# Within a cell only a far wider one does: names are spaced out to fill their column (合　　计).
CELL_BLANK = 4.0
# A line of a cell that comes this near to its right side was broken for want of room, not to part two texts.
BROKEN = 0.8


class Line(Struct, frozen=True):
    """A visual line: its text, the left edges of its characters and, last, the right edge, and its box."""

    text: str
    edges: tuple[float, ...]
    box: Box
    confidence: float = 1.0

    @property
    def height(self) -> float:
        """How tall it is."""
        return self.box[3] - self.box[1]


def rows_of(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Characters that stand beside each other, from top to bottom, each row from left to right."""
    rows: list[list[Glyph]] = []
    tallest: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda one: one.top + one.bottom):
        for index in range(len(rows) - 1, max(len(rows) - 4, -1), -1):
            other = tallest[index]
            common = min(glyph.bottom, other.bottom) - max(glyph.top, other.top)
            if common >= min(glyph.height, other.height) / 2:
                rows[index].append(glyph)
                if glyph.height > other.height:
                    tallest[index] = glyph
                break
        else:
            rows.append([glyph])
            tallest.append(glyph)
    for row in rows:
        row.sort(key=lambda one: one.left)
    return rows


def compose(row: list[Glyph], blank: float = BLANK) -> Line | None:
    """A row of characters as a line of text, None if nothing stands in it.

    Justified Chinese is drawn with gaps that mean nothing, and some programs draw blanks between Chinese characters
    and numbers: a gap is a blank only where it is wide for its line.
    """
    inked = _once([glyph for glyph in row if not glyph.text.isspace()])
    if not inked:
        return None
    blanks = {id(after) for before, after in pairwise(row) if before.text.isspace()}
    em = _em(inked)
    gaps = [after.left - before.right for before, after in pairwise(inked)]
    spacing = min(max(median(gaps), 0.0), LOOSE * em) if len(gaps) > 1 else 0.0
    text, edges = [inked[0].text], [inked[0].left] * len(inked[0].text)
    for (before, after), gap in zip(pairwise(inked), gaps, strict=True):
        latin = before.text.isascii() and after.text.isascii()
        if gap - spacing > blank * em or (latin and (id(after) in blanks or gap - spacing > LATIN_BLANK * em)):
            text.append(" ")
            edges.append(before.right)
        text.append(after.text)
        edges += [after.left] * len(after.text)
    edges.append(inked[-1].right)
    box = (inked[0].left, min(one.top for one in inked), inked[-1].right, max(one.bottom for one in inked))
    return Line("".join(text), tuple(edges), box, min(one.confidence for one in inked))


def _once(row: list[Glyph]) -> list[Glyph]:
    """Characters drawn twice, a little apart, to look bold, once."""
    kept: list[Glyph] = []
    for glyph in row:
        last = kept[-1] if kept else None
        if last and last.text == glyph.text and glyph.left - last.left < (last.right - last.left) / 4:
            continue
        kept.append(glyph)
    return kept


def _em(row: list[Glyph]) -> float:
    """The width of a Chinese character of this row."""
    wide = [one.right - one.left for one in row if not one.text.isascii()]
    if wide:
        return max(median(wide), 1.0)
    return max(2 * median(one.right - one.left for one in row), 1.0)


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """The lines of running text that the characters make."""
    return [line for row in rows_of(glyphs) if (line := compose(row)) is not None]


def cell_text(glyphs: Iterable[Glyph], width: float) -> tuple[str, float]:
    """The text of a cell of that width, its lines joined, and how sure it is."""
    lines = [line for row in rows_of(glyphs) if (line := compose(row, CELL_BLANK)) is not None]
    if not lines:
        return "", 1.0
    text = lines[0].text
    for before, after in pairwise(lines):
        broken = before.box[2] - before.box[0] > BROKEN * width
        latin = before.text[-1].isascii() and after.text[0].isascii()
        text += after.text if broken or not latin else " " + after.text
    return text, min(line.confidence for line in lines)
