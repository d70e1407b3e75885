"""A document as PDF, set by Typst after GB/T 9704-2012 as far as free fonts allow.

Python reckons what depends on the amount of text (type sizes, column widths, page breaks); the template says how things
look. Everything is handed over in memory, and only the wheel's fonts are used, so the bytes are the same everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from math import ceil
from typing import Any

import typst

from mingzhang.publish.charts import chart_svg
from mingzhang.publish.document import Block, Chart, Document, Grid, Heading, Paragraph
from mingzhang.publish.fit import LEADING, RULE, SIDE, Fit, Placed, arrange, ems, fit
from mingzhang.publish.fonts import SANS, SERIF, font_folder
from mingzhang.publish.pages import SHARED, TEXT, Page, page_for, page_of_heading


@dataclass(frozen=True, slots=True)
class _Set:
    """A block ready for the template, with the page it stands on."""

    page: Page
    block: dict[str, Any]


_SIZE, _PITCH, _PART = 16.0, 28.9, 20.0
_TRACKING = TEXT.room[0] / 28 - _SIZE
_TITLE, _CAPTION = 16.0, {"line": 10.0, "gap": 5.0}
_RUN = re.compile(r"[!-~\u00a0-\u2e7f\u3001-\u301f\uff01-\uff0f]{8,}")
_PLAIN = {"kind": "text", "columns": 1, "rows": 1, "indent": 0}
_TOGETHER = 8  # lines of a row up to which it stays on one page


def to_pdf(document: Document) -> bytes:
    """Render the document as PDF: cover, contents, numbered pages with bookmarks; amounts stay text in ruled tables."""
    template = files(__package__).joinpath("templates/disclosure.typ").read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])
    data = json.dumps(_data(document), ensure_ascii=False, separators=(",", ":"))
    return typst.compile(template, font_paths=fonts, sys_inputs={"document": data})


def _data(document: Document) -> dict[str, Any]:
    """What the template reads, as plain values."""
    runs = []
    for page, run in groupby(_set(document), key=lambda one: one.page):
        blocks = [one.block for one in run]
        # Another kind of page is another page already; a break at its head would leave it empty.
        blocks[0]["begins"] = False
        runs.append({"page": _page(page), "blocks": blocks})
    return {
        "name": document.name,
        "title": document.title,
        "fonts": {"serif": SERIF, "sans": SANS},
        "body": {"size": _SIZE, "pitch": _PITCH, "tracking": _TRACKING, "part": _PART, "page": _page(TEXT)},
        "caption": _CAPTION,
        "table": {"side": SIDE, "leading": LEADING - 1},
        "contents": _contents(document),
        "runs": runs,
    }


def _page(page: Page) -> dict[str, Any]:
    margins = {"top": page.top, "right": page.right, "bottom": page.bottom, "left": page.left}
    return {"flipped": page.flipped, "margin": margins}


def _contents(document: Document) -> dict[str, Any]:
    """The contents page: set smaller while that keeps it on one page."""
    entries = [
        {"level": block.level, "text": block.contents or block.text, "label": _label(place)}
        for place, block in enumerate(document.blocks)
        if isinstance(block, Heading) and block.level <= 2
    ]
    height = TEXT.room[1] - 64
    pitch = min(max(height / max(len(entries), 1), 16.5), 26)
    size = min(14.0, pitch * 0.62)
    return {"title": document.contents, "entries": entries, "size": size, "gap": pitch - size}


def _label(place: int) -> str:
    """The Typst label of the heading at that place: keys of headings may hold any character and need not be unique."""
    return f"heading-{place}"


def _set(document: Document) -> Iterator[_Set]:
    """Every block with its page; a heading goes with the grid that it is the title of, a part with what follows it."""
    blocks = document.blocks
    for place, block in enumerate(blocks):
        before = blocks[place - 1] if place else None
        match block:
            case Heading(titles=False):
                yield _Set(page_of_heading(blocks, place), _heading(block, place))
            case Paragraph(text):
                yield _Set(TEXT, {"type": "paragraph", "text": _words(text, TEXT.room[0] / _SIZE)})
            case Grid():
                title = before if isinstance(before, Heading) and before.titles else None
                heading = _heading(title, place - 1) if title else None
                first = _opens(blocks, place - 2 if title else place - 1)
                yield _Set(page_for(block), _grid(block, heading, first))
            case Chart():
                yield _Set(TEXT, {"type": "chart", "title": block.title, "svg": chart_svg(block, document.unit)})


def _heading(block: Heading, place: int) -> dict[str, Any]:
    return {
        "type": "heading",
        "level": block.level,
        "text": block.text,
        "label": _label(place),
        "begins": block.level == 1,
    }


def _opens(blocks: Sequence[Block], place: int) -> bool:
    """Whether a part's heading stands there, so that what follows need not begin another page."""
    block = blocks[place] if place >= 0 else None
    return isinstance(block, Heading) and block.level == 1


def _grid(grid: Grid, heading: dict[str, Any] | None, first: bool) -> dict[str, Any]:
    header, body = arrange(grid.header, len(grid.widths)), arrange(grid.body, len(grid.widths))
    page = page_for(grid)
    width, height = page.room
    used = _caption(grid, width) + (_PART + _PITCH if first else 0)
    found = fit([*header, *body], grid, width, height - used)
    return {
        "type": "grid",
        "heading": heading,
        "title": grid.title,
        "title_size": round(_title_size(grid, width), 2),
        "label": grid.label,
        "subtitle": grid.subtitle,
        "above": grid.above,
        "notes": grid.notes,
        "size": found.size,
        "padding": round(_inset(found), 2),
        "columns": [round(one, 2) for one in found.widths],
        "rows": _rows(found),
        "header": list(_cells(header, found, 0)),
        "body": list(_cells(body, found, len(header))),
        "begins": not first and (page is not TEXT or sum(found.heights) + used > SHARED * height),
        "kept": sum(found.heights) + used <= SHARED * height,
    }


def _caption(grid: Grid, width: float) -> float:
    """The height of what stands over and under the table."""
    lines = [grid.label, grid.subtitle, "".join(grid.above), *grid.notes]
    gap, line, title = _CAPTION["gap"], _CAPTION["line"], _title_size(grid, width)
    small = sum((line * 1.3 * ceil(ems(text) * line / width) + gap) for text in lines if text)
    return small + title * 1.3 * ceil(ems(grid.title) * title / width) + gap


def _title_size(grid: Grid, width: float) -> float:
    """Titles are set smaller where that saves a second line of a word or two."""
    return min(_TITLE, max(width / max(ems(grid.title), 1) - 0.1, _TITLE * 0.8))


def _inset(found: Fit) -> float:
    """The padding as Typst counts it: half of the leading and of the rule stand on either side of the text."""
    return found.padding + (found.size * (LEADING - 1) + RULE) / 2


def _rows(found: Fit) -> list[float]:
    """The rows for the template: a height where it is sure, else 0 for what the text takes.

    A row of known height is laid out once and not twice: half the time and memory of a document full of forms.
    """
    return [round(height, 2) if sure else 0 for height, sure in zip(found.heights, found.sure, strict=True)]


def _cells(rows: Sequence[Sequence[Placed]], found: Fit, start: int) -> Iterator[Any]:
    """The cells of the rows that begin at `start` of the grid, for the template."""
    for row, sure in zip(rows, found.sure[start:], strict=False):
        own = [placed for placed in row if not placed.below]
        # A row of unknown height is as high as its highest cell with its padding: one at least must carry that.
        bearer = None if sure else max(own, key=lambda placed: (placed.cell.rows == 1, sum(placed.lines)), default=None)
        breaks = any(found.lines(placed)[0] > _TOGETHER for placed in own if placed.cell.rows == 1)
        for placed in own:
            yield _cell(placed, found, placed is bearer, breaks)


def _cell(placed: Placed, found: Fit, padded: bool, breaks: bool) -> Any:
    """A cell for the template: a plain text as a string, since a large document has a hundred thousand of them."""
    cell = placed.cell
    if not (cell.text or padded or breaks) and cell.columns == cell.rows == 1:
        return ""
    lines, sure = found.lines(placed)
    text = _words(cell.text, found.room(placed)) if lines > 1 else cell.text
    values = {"kind": cell.kind, "columns": cell.columns, "rows": cell.rows, "indent": cell.indent}
    told: dict[str, Any] = {key: value for key, value in values.items() if value != _PLAIN[key]}
    if breaks or cell.rows > 1:
        told["breaks"] = True
    if padded or lines > 1 or not sure:
        told["padded"] = True
    if narrowed := found.narrowed(placed):
        told["balance"] = round(narrowed, 2)
    return {"text": text, **told} if told else text


def _words(text: str, room: float) -> str | list[str]:
    """The text; where runs with no place to break are wider than the line, text and such runs by turns."""
    pieces = [""]
    end = 0
    for run in _RUN.finditer(text):
        if ems(run[0]) > room:
            pieces[-1] += text[end : run.start()]
            pieces += [run[0], ""]
            end = run.end()
    return [*pieces[:-1], pieces[-1] + text[end:]] if end else text
