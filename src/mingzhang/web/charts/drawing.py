"""Pieces of SVG that all charts are made of: texts that fit, parts that can be pointed at, colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mingzhang.check.reports.words import clean
from mingzhang.publish.charts import FONTS
from mingzhang.publish.fit import ems

INK, QUIET, GRID, PAPER = "#1d2126", "#555c64", "#d9dfe5", "#ffffff"
SIZE, SMALL = 13, 12
# Each bears white text, and can be told from its neighbours; the last stands for what is gathered.
COLOURS = ("#1f4e79", "#a04a12", "#2c6e49", "#7a3e74", "#8a6100", "#2b6f7c", "#a3324a", "#4b5a8f", "#5f6a26", "#77503c")
REST = "#5b636b"
_TINTS = (0.0, 0.62, 0.84)


def colour_of(place: int) -> str:
    """The colour of the part at a place (from 0)."""
    return COLOURS[place % len(COLOURS)]


def tint(colour: str, depth: int) -> str:
    """A colour as it is for parts so deep within a part: lighter with each step."""
    share = _TINTS[min(depth, len(_TINTS) - 1)]
    mixed = (round(int(colour[at : at + 2], 16) * (1 - share) + 255 * share) for at in (1, 3, 5))
    return "#" + "".join(f"{one:02x}" for one in mixed)


def ink_on(depth: int) -> str:
    """The colour of text on a part so deep."""
    return PAPER if depth == 0 else INK


def number(value: float) -> str:
    """A coordinate, as short as it is exact enough.

    >>> number(12.0), number(3.14159)
    ('12', '3.14')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def words(text: str) -> str:
    """A text of a document, safe in markup."""
    return escape(clean(text))


def svg(width: float, height: float, name: str, body: str) -> str:
    """A drawing with its accessible name."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" '
        f'height="{number(height)}" role="group" aria-label="{words(name)}" font-family="{FONTS}" font-size="{SIZE}">{body}</svg>'
    )


def part(told: str, body: str, target: str = "") -> str:
    """A part of a drawing that can be pointed at and focused: a link to the view `target`, or a picture with a name."""
    title = f"<title>{words(told)}</title>"
    if target:
        return f'<a class="part" href="#{escape(target)}">{title}{body}</a>'
    return f'<g class="part" role="img" tabindex="0">{title}{body}</g>'


def text(
    x: float, y: float, said: str, fill: str = INK, anchor: str = "start", size: int = SIZE, bold: bool = False
) -> str:
    """A line of text."""
    more = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (f' font-size="{size}"' if size != SIZE else "")
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{number(x)}" y="{number(y)}" fill="{fill}"{more}{weight}>{words(said)}</text>'


def fitted(said: str, room: float, size: int = SIZE, lines: int = 1) -> list[str]:
    """A text in so many lines at most, the last one cut with an ellipsis if it is longer; none if not even two signs fit."""
    left = clean(said)
    made: list[str] = []
    if 2 * size > room:
        return []
    while left and len(made) < lines:
        line = _begin(left, room, size)
        left = left[len(line) :]
        made.append(line)
    if left and made:
        made[-1] = f"{_begin(made[-1] + left, room - size, size)}…"
    return made


def _begin(said: str, room: float, size: int) -> str:
    """As much of the beginning as there is room for, one sign at least."""
    taken = 1
    while taken < len(said) and ems(said[: taken + 1]) * size <= room:
        taken += 1
    return said[:taken]


def lines_of(x: float, y: float, said: Sequence[str], fill: str, anchor: str = "start", size: int = SIZE) -> str:
    """Lines of text, the first one's base line at `y`."""
    return "".join(text(x, y + place * (size + 3), line, fill, anchor, size) for place, line in enumerate(said))
