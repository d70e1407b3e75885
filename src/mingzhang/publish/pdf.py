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
from itertools import accumulate, groupby
from math import ceil
from typing import Any

import typst

from mingzhang.publish.charts import chart_svg
from mingzhang.publish.document import Block, Cell, Chart, Document, Grid, Heading, Paragraph
from mingzhang.publish.fonts import SANS, SERIF, font_folder

_POINTS = 72 / 25.4  # in a millimetre


@dataclass(frozen=True, slots=True)
class _Page:
    """A kind of page; margins in millimetres."""

    name: str
    top: float
    right: float
    bottom: float
    left: float
    flipped: bool = False

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of the type area, in points."""
        width, height = (297, 210) if self.flipped else (210, 297)
        return (width - self.left - self.right) * _POINTS, (height - self.top - self.bottom) * _POINTS


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell with the column it begins in and its text's width in ems (of its longest line, and line by line)."""

    cell: Cell
    column: int
    lines: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a grid is set, in points: type size, padding above and below each row's text, widths, heights of the texts.

    `sure` tells which heights are certain.
    """

    size: float
    padding: float
    widths: list[float]
    heights: list[float]
    sure: list[bool]

    @property
    def height(self) -> float:
        """The height of the whole table."""
        return sum(self.heights) + 2 * self.padding * len(self.heights)

    def ems(self, placed: _Placed) -> float:
        """The width that a cell's text has, in ems."""
        cell = placed.cell
        wide = sum(self.widths[placed.column : placed.column + cell.columns]) - 2 * _SIDE
        return wide / self.size - cell.indent

    def rows(self) -> list[float]:
        """The rows for the template: a height where it is sure, else 0 for what the text takes.

        A row of known height is laid out once and not twice: half the time and memory of a document full of forms.
        """
        both = zip(self.heights, self.sure, strict=True)
        return [round(height + 2 * self.padding, 2) if sure else 0 for height, sure in both]


@dataclass(frozen=True, slots=True)
class _Set:
    """A block ready for the template, with the page it stands on."""

    page: _Page
    block: dict[str, Any]


# GB/T 9704: 37 mm above, 28 mm on the left, a type area of 156 × 225 mm; 22 lines of 28 characters on a page.
_BODY = _Page("body", 37, 26, 35, 28)
_LANDSCAPE = _Page("landscape", 22, 25, 20, 25, flipped=True)
_FORM = _Page("form", 25, 20, 25, 22)
_SIZE, _PITCH, _PART = 16.0, 28.9, 20.0
_TRACKING = _BODY.room[0] / 28 - _SIZE
_TITLE, _CAPTION = 16.0, {"line": 10.0, "gap": 5.0}
_SIDE, _LEADING, _DIGIT = 2.5, 0.25, 0.57
# From large to small, type size and least padding: the first that lets a grid end on its page is taken, and its rows
# are spread out as far as the page and _ROOMIEST allow. A grid that fits with none is set over pages after _LONG.
_STEPS = {
    False: ((10, 2.6), (9.5, 2.4), (9, 2.0), (8.5, 1.6), (8, 1.3)),
    True: ((8.5, 2.4), (8, 1.8), (8, 1.2)),
}
_ROOMIEST = {False: 3.5, True: 7.0}
_LONG = ((9.5, 3.0), (8.5, 2.6), (7.5, 2.0), (6.5, 1.6), (5.5, 1.4), (4.5, 1.2))
_NOTCH = 0.5  # Paddings go by steps, so that the labels of like forms are laid out once for all of them.
_SLACK = 0.97  # of the height is used: a line may hold less than its width in ems lets one think
_SHARED = 0.6  # A table lower than this part of the page may share it; a higher one begins a page.
_SOLID = re.compile(r"[\d.,%+-]{1,20}")
_RUN = re.compile(r"[!-~\u00a0-\u2e7f\u3001-\u301f\uff01-\uff0f]{8,}")
_BROAD = re.compile(r"[A-Za-z%&@+=<>~#]")
_HANZI = re.compile(r"[\u4e00-\u9fff]+")
_PLAIN = {"kind": "text", "columns": 1, "rows": 1, "indent": 0}
_HEADED = 4.2  # ems that a column keeps for its label when it lends room to another
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
        "body": {"size": _SIZE, "pitch": _PITCH, "tracking": _TRACKING, "part": _PART, "page": _page(_BODY)},
        "caption": _CAPTION,
        "table": {"side": _SIDE, "leading": _LEADING},
        "contents": _contents(document),
        "runs": runs,
    }


def _page(page: _Page) -> dict[str, Any]:
    margins = {"top": page.top, "right": page.right, "bottom": page.bottom, "left": page.left}
    return {"flipped": page.flipped, "margin": margins}


def _contents(document: Document) -> dict[str, Any]:
    """The contents page: set smaller while that keeps it on one page."""
    entries = [
        {"level": block.level, "text": block.contents or block.text, "label": _label(place)}
        for place, block in enumerate(document.blocks)
        if isinstance(block, Heading) and block.level <= 2
    ]
    height = _BODY.room[1] - 64
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
            case Heading() if not _titles(blocks, place):
                yield _Set(_page_of(blocks, place), _heading(block, place))
            case Paragraph(text):
                yield _Set(_BODY, {"type": "paragraph", "text": _words(text, _BODY.room[0] / _SIZE)})
            case Grid():
                titled = isinstance(before, Heading) and _titles(blocks, place - 1)
                heading = _heading(before, place - 1) if titled and isinstance(before, Heading) else None
                first = _opens(blocks, place - 2 if titled else place - 1)
                yield _Set(_page_for(block), _grid(block, heading, first))
            case Chart():
                yield _Set(_BODY, {"type": "chart", "title": block.title, "svg": chart_svg(block, document.unit)})


def _heading(block: Heading, place: int) -> dict[str, Any]:
    return {
        "type": "heading",
        "level": block.level,
        "text": block.text,
        "label": _label(place),
        "begins": block.level == 1,
    }


def _titles(blocks: Sequence[Block], place: int) -> bool:
    """Whether the heading there is the title of the grid behind it."""
    heading = blocks[place]
    behind = blocks[place + 1] if place + 1 < len(blocks) else None
    return (
        isinstance(heading, Heading)
        and isinstance(behind, Grid)
        and bool(behind.title)
        and behind.title in heading.text
    )


def _opens(blocks: Sequence[Block], place: int) -> bool:
    """Whether a part's heading stands there, so that what follows need not begin another page."""
    block = blocks[place] if place >= 0 else None
    return isinstance(block, Heading) and block.level == 1


def _page_of(blocks: Sequence[Block], place: int) -> _Page:
    """The page of a heading: that of the grid it stands over, lest it stay behind on a page of its own."""
    for block in blocks[place + 1 :]:
        if not isinstance(block, Heading):
            return _page_for(block)
    return _BODY


def _page_for(block: Block) -> _Page:
    if not isinstance(block, Grid):
        return _BODY
    return _LANDSCAPE if block.landscape else _FORM if block.form else _BODY


def _grid(grid: Grid, heading: dict[str, Any] | None, first: bool) -> dict[str, Any]:
    header, body = _place(grid.header, len(grid.widths)), _place(grid.body, len(grid.widths))
    page = _page_for(grid)
    width, height = page.room
    used = _caption(grid, width) + (_PART + _PITCH if first else 0)
    found = _fit([*header, *body], grid, width, height - used)
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
        "padding": found.padding,
        "columns": [round(one, 2) for one in found.widths],
        "rows": found.rows(),
        "header": list(_cells(header, found, 0)),
        "body": list(_cells(body, found, len(header))),
        "begins": not first and (page is not _BODY or found.height + used > _SHARED * height),
        "kept": found.height + used <= _SHARED * height,
    }


def _caption(grid: Grid, width: float) -> float:
    """The height of what stands over and under the table."""
    lines = [grid.label, grid.subtitle, "".join(grid.above), *grid.notes]
    gap, line, title = _CAPTION["gap"], _CAPTION["line"], _title_size(grid, width)
    small = sum((line * 1.3 * ceil(_ems(text) * line / width) + gap) for text in lines if text)
    return small + title * 1.3 * ceil(_ems(grid.title) * title / width) + gap


def _title_size(grid: Grid, width: float) -> float:
    """Titles are set smaller where that saves a second line of a word or two."""
    return min(_TITLE, max(width / max(_ems(grid.title), 1) - 0.1, _TITLE * 0.8))


def _place(rows: Sequence[tuple[Cell, ...]], width: int) -> list[list[_Placed]]:
    """Rows with every cell's column; a place that neither a cell nor a span fills gets an empty cell."""
    covered: dict[int, set[int]] = {}
    placed: list[list[_Placed]] = []
    for number, row in enumerate(rows):
        taken = covered.pop(number, set())
        free = [column for column in range(width) if column not in taken]
        line: list[_Placed] = []
        cells = iter(row)
        while free:
            cell = next(cells, None) or Cell()
            span = range(free[0], free[0] + cell.columns)
            line.append(_Placed(cell, free[0], tuple(_ems(text) for text in cell.text.split("\n"))))
            free = [column for column in free if column not in span]
            for down in range(1, cell.rows):
                covered.setdefault(number + down, set()).update(span)
        placed.append(line)
    return placed


def _ems(text: str) -> float:
    """The most that a text can be wide, in ems; a wide character has two bytes in GB 18030, others have one."""
    wide = len(text.encode("gb18030", "replace")) - len(text)
    broad = 0 if wide == len(text) else len(_BROAD.findall(text))
    return wide + (len(text) - wide) * _DIGIT + broad * (1 - _DIGIT)


def _lines(placed: _Placed, ems: float) -> tuple[int, bool]:
    """The lines that a cell takes in a width, and whether that is sure: not where words or punctuation may push."""
    if len(placed.lines) == 1:
        if placed.lines[0] <= ems:
            return 1, True
        if ems > 1.1 and _HANZI.fullmatch(placed.cell.text):
            return ceil(placed.lines[0] / int(ems - 0.05)), True
    return sum(max(1, ceil(line / ems)) for line in placed.lines), False


def _fit(rows: Sequence[Sequence[_Placed]], grid: Grid, width: float, height: float) -> _Fit:
    """The largest way to set the grid on one page; if there is none, the largest whose columns fit, over pages."""
    needs = _needs(rows, grid)
    for size, padding in _STEPS[grid.form]:
        if columns := _columns(needs, grid.widths, size, width):
            heights, sure = _heights(rows, columns, size, padding)
            tall = sum(heights) + 2 * padding * len(rows)
            if tall <= height * _SLACK:
                spread = (height * _SLACK - tall) / 2 / max(len(rows), 1)
                padding = max(padding, min(_ROOMIEST[grid.form], (padding + spread) // _NOTCH * _NOTCH))
                return _Fit(size, padding, columns, heights, sure)
    for size, padding in _LONG[1:] if grid.form else _LONG:
        if columns := _columns(needs, grid.widths, size, width):
            return _Fit(size, padding, columns, *_heights(rows, columns, size, padding))
    size, padding = _LONG[-1]
    columns = [width * one / sum(grid.widths) for one in grid.widths]
    return _Fit(size, padding, columns, *_heights(rows, columns, size, padding))


def _needs(rows: Sequence[Sequence[_Placed]], grid: Grid) -> tuple[list[float], ...]:
    """The ems that each column needs: lest a code or an amount wrap, lest a text does, lest a label does.

    The last two in tables only: there columns with room to spare lend it to the others, while forms keep one look.
    """
    solid = [2.0] * len(grid.widths)
    texts, labels = solid.copy(), solid.copy()
    for placed in (placed for row in rows for placed in row):
        cell, column = placed.cell, placed.column
        ems = max(placed.lines) + cell.indent
        if ems > 2 and (cell.kind == "number" or _SOLID.fullmatch(cell.text)):
            for covered in range(column, column + cell.columns):
                solid[covered] = max(solid[covered], ems / cell.columns)
        if cell.columns == 1:
            labels[column] = max(labels[column], ems)
            if cell.kind != "label":
                texts[column] = max(texts[column], ems)
    texts = [max(text, min(label, _HEADED)) for text, label in zip(texts, labels, strict=True)]
    return (solid,) if grid.form else (solid, texts, labels)


def _columns(needs: Sequence[Sequence[float]], shares: Sequence[int], size: float, width: float) -> list[float]:
    """Widths after the grid's shares, as its needs bend them; nothing if what must not wrap does not fit."""
    least, *wishes = ([one * size + 2 * _SIDE + 0.5 for one in need] for need in needs)
    if sum(least) > width:
        return []
    columns = _shared(least, shares, width)
    for wish in wishes:
        columns = _lent(columns, wish)
    return columns


def _shared(least: Sequence[float], shares: Sequence[int], width: float) -> list[float]:
    fixed: set[int] = set()
    while True:
        left = width - sum(least[place] for place in fixed)
        total = sum(share for place, share in enumerate(shares) if place not in fixed)
        short = {p for p, share in enumerate(shares) if p not in fixed and left * share / total < least[p]}
        if not short:
            return [least[p] if p in fixed else left * share / total for p, share in enumerate(shares)]
        fixed |= short


def _lent(columns: Sequence[float], wishes: Sequence[float]) -> list[float]:
    spare = [max(0.0, column - wish) for column, wish in zip(columns, wishes, strict=True)]
    short = [max(0.0, wish - column) for column, wish in zip(columns, wishes, strict=True)]
    lent = min(sum(spare), sum(short))
    if not lent:
        return list(columns)
    each = zip(columns, spare, short, strict=True)
    return [column - lent * give / sum(spare) + lent * take / sum(short) for column, give, take in each]


def _heights(
    rows: Sequence[Sequence[_Placed]], columns: Sequence[float], size: float, padding: float
) -> tuple[list[float], list[bool]]:
    """The height of every row's text, and whether it is sure.

    What a spanning cell needs beyond its rows is put on the last of them.
    """
    heights, sure = [size] * len(rows), [True] * len(rows)
    spans: list[tuple[int, int, float, bool]] = []
    edges = [0.0, *accumulate(columns)]
    for number, row in enumerate(rows):
        for placed in row:
            cell = placed.cell
            wide = edges[placed.column + cell.columns] - edges[placed.column] - 2 * _SIDE
            lines, known = _lines(placed, wide / size - cell.indent)
            need = size * (lines + (lines - 1) * _LEADING)
            if cell.rows == 1:
                heights[number] = max(heights[number], need)
                sure[number] = sure[number] and known
            elif lines > 1:
                spans.append((number, min(number + cell.rows, len(rows)), need, known))
    for start, end, need, known in spans:
        missing = need - sum(heights[start:end]) - 2 * padding * (end - start - 1)
        heights[end - 1] += max(0.0, missing)
        sure[end - 1] = sure[end - 1] and (known or missing < -size)
    return heights, sure


def _cells(rows: Sequence[Sequence[_Placed]], found: _Fit, start: int) -> Iterator[Any]:
    """The cells of the rows that begin at `start` of the grid, for the template."""
    for row, sure in zip(rows, found.sure[start:], strict=False):
        # A row of unknown height is as high as its highest cell with its padding: one at least must carry that.
        bearer = None if sure else max(row, key=lambda placed: (placed.cell.rows == 1, sum(placed.lines)), default=None)
        breaks = any(_lines(placed, found.ems(placed))[0] > _TOGETHER for placed in row if placed.cell.rows == 1)
        for placed in row:
            yield _cell(placed, found, placed is bearer, breaks)


def _cell(placed: _Placed, found: _Fit, padded: bool, breaks: bool) -> Any:
    """A cell for the template: a plain text as a string, since a large document has a hundred thousand of them."""
    cell = placed.cell
    if not (cell.text or padded or breaks) and cell.columns == cell.rows == 1:
        return ""
    ems = found.ems(placed)
    lines, sure = _lines(placed, ems)
    text = _words(cell.text, ems) if lines > 1 else cell.text
    values = {"kind": cell.kind, "columns": cell.columns, "rows": cell.rows, "indent": cell.indent}
    told: dict[str, Any] = {key: value for key, value in values.items() if value != _PLAIN[key]}
    if breaks or cell.rows > 1:
        told["breaks"] = True
    if padded or lines > 1 or not sure:
        told["padded"] = True
    if cell.kind == "label" and len(placed.lines) == 1 and lines > 1:
        told["balance"] = round(min(ems, placed.lines[0] / lines + 1), 2)
    return {"text": text, **told} if told else text


def _words(text: str, ems: float) -> str | list[str]:
    """The text; where runs with no place to break are wider than the line, text and such runs by turns."""
    pieces = [""]
    end = 0
    for run in _RUN.finditer(text):
        if _ems(run[0]) > ems:
            pieces[-1] += text[end : run.start()]
            pieces += [run[0], ""]
            end = run.end()
    return [*pieces[:-1], pieces[-1] + text[end:]] if end else text
