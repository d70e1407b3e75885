"""A document as a Word file that people can go on editing, set after GB/T 9704-2012.

Real heading styles, tables with repeating header rows, charts as vectors. Pages are counted while the blocks are laid
out: the contents show numbers without Word having to update them, and small tables share a page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import ceil

import typst

from mingzhang.publish.charts import bar_text, chart_svg
from mingzhang.publish.document import Block, Chart, Document, Grid, Heading, Paragraph
from mingzhang.publish.docx_package import (
    BODY,
    CHARACTERS,
    LINE,
    LINE_PITCH,
    PART,
    PITCH,
    Look,
    Picture,
    package,
)
from mingzhang.publish.docx_xml import (
    bookmark,
    contents,
    legal,
    paragraph,
    picture,
    run,
    section,
    tab,
    table,
)
from mingzhang.publish.fit import Fit, arrange, ems, fit
from mingzhang.publish.fonts import SANS, font_folder
from mingzhang.publish.pages import SHARED, TEXT, Page, page_for, page_of_heading

_LEAST_TITLE = 13.0
_CHART_WIDTH = 0.92  # of the text
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_BITMAPS = """#set page(width: auto, height: auto, margin: 0pt)
#set text(font: "{font}")
#for one in json(bytes(sys.inputs.charts)) {{ page(image(bytes(one), format: "svg", width: 420pt)) }}"""


def to_docx(document: Document) -> bytes:
    """Render the document as a Word file: cover, contents, numbered pages; the same document gives the same bytes."""
    entries = sum(isinstance(block, Heading) and block.level <= 2 for block in document.blocks)
    pitch = min(max((TEXT.room[1] - PITCH - 22) / max(entries, 1), 17.0), 26.0)
    flow = _Flow(document, 2 + int((PITCH + 18 + entries * pitch) / TEXT.room[1]))
    for place, block in enumerate(document.blocks):
        flow.add(place, block)
    cover = paragraph("CoverName", run(document.name)) + paragraph("Title", run(document.title)) + section(TEXT)
    listed = contents(document.contents, flow.entries, _leader(TEXT)) + section(TEXT, footer=True)
    pictures = [Picture(svg, png) for svg, png in zip(flow.drawings, _bitmaps(flow.drawings), strict=True)]
    whole = (cover, listed, *flow.body, section(flow.page, last=True))
    return package(document.name, f"{document.name}{document.title}", whole, Look(pitch, flow.sizes), pictures)


def _leader(page: Page) -> str:
    return tab(page).replace('w:val="right"', 'w:val="right" w:leader="dot"')


class _Flow:
    """The body as it grows, with the number of the page that it has reached and how much of that page is used."""

    def __init__(self, document: Document, number: int) -> None:
        self.document, self.number = document, number
        self.page, self.used = TEXT, 0.0
        self.turned = True  # the page is new by its section, so that no paragraph need break it
        self.opened = True  # nothing stands on the page but the title of a part
        self.body: list[str] = []
        self.entries: list[tuple[int, str, int, int]] = []
        self.drawings: list[str] = []
        self.sizes: set[float] = set()

    def add(self, place: int, block: Block) -> None:
        """Add a block; the heading of a grid is added with the grid."""
        match block:
            case Heading(titles=True):
                pass
            case Heading():
                self._heading(place, block)
            case Paragraph(text):
                self._turn_to(TEXT)
                self._room(0)
                for line in text.split("\n"):
                    self.body.append(paragraph("BodyText", run(line)))
                    self._lines(ceil(max(ems(line) + 2, 1) / CHARACTERS))
            case Grid():
                self._grid(place, block)
            case Chart():
                self._turn_to(TEXT)
                self._chart(block)

    def _turn_to(self, page: Page) -> None:
        """Go on on that kind of page: where it is another kind, the section ends."""
        if page is not self.page:
            if self.body:
                self.body.append(section(self.page))
                self._next()
            self.page, self.turned = page, True

    def _next(self) -> None:
        self.number, self.used, self.opened = self.number + 1, 0.0, True

    def _begins(self) -> bool:
        """Turn the page where the section has not done it; tells whether the paragraph must break the page."""
        if self.turned:
            self.turned = False
            return False
        self._next()
        return True

    def _room(self, height: float) -> None:
        """Turn the page if what comes does not fit on it; Word does so by itself."""
        self.turned = False
        if self.used + height > self.page.room[1]:
            self._next()

    def _lines(self, count: int, pitch: float = PITCH) -> None:
        for _ in range(count):
            self._room(pitch)
            self.used += pitch
        self.opened = False

    def _heading(self, place: int, block: Heading) -> None:
        blocks = self.document.blocks
        self._turn_to(page_of_heading(blocks, place))
        if block.level == 1:
            self._write(place, block, begins=self._begins())
            self.used += PITCH * (1 + ceil(ems(block.text) * PART / self.page.room[0]))
            return
        follow = blocks[place + 1] if place + 1 < len(blocks) else None
        self._room(PITCH * (3 if isinstance(follow, Heading) else 2))
        self._write(place, block)
        self._lines(ceil((ems(block.text) + 2) / CHARACTERS))

    def _write(self, place: int, block: Heading, *, begins: bool = False) -> None:
        content = self._marked(place, block, run(block.text))
        self.body.append(paragraph(f"Heading{block.level}", content, begins=begins))

    def _marked(self, place: int, block: Heading, content: str) -> str:
        """A heading's content as a bookmark, if the contents list it."""
        if block.level > 2:
            return content
        self.entries.append((block.level, block.contents or block.text, place, self.number))
        return bookmark(place, content)

    def _grid(self, place: int, grid: Grid) -> None:
        page = page_for(grid)
        self._turn_to(page)
        before = self.document.blocks[place - 1] if place else None
        heading = before if isinstance(before, Heading) and before.titles else None
        header, body = arrange(grid.header, len(grid.widths)), arrange(grid.body, len(grid.widths))
        over, under = _caption(grid, heading, page), LINE_PITCH * len(grid.notes)
        least = self.used if self.opened else 0.0
        found = fit([*header, *body], grid, page.room[0], page.room[1] - least - over - under)
        begins = self._place(over + sum(found.heights) + under)
        self._title(place, grid, heading, begins)
        self.sizes.add(found.size)
        if header or body:
            self.body += table(header, body, found)
        self.body += [paragraph("TableLine", run(note)) for note in grid.notes]
        self.body.append(paragraph("SectionEnd", ""))
        self._rows(over, found, len(header))
        self.used += under
        self.opened = False

    def _place(self, height: float) -> bool:
        """Find a page for a table of that height; tells whether its first paragraph must break the page."""
        room = self.page.room[1]
        if self.opened:
            self.turned = False
            return False
        if self.page is TEXT and height <= SHARED * room and self.used + PITCH + height <= room:
            self.used += PITCH
            return False
        return self._begins()

    def _rows(self, over: float, found: Fit, header: int) -> None:
        """Count the pages of a table that runs over several; the header is repeated on each."""
        self.used += over
        repeated = sum(found.heights[:header])
        for height in found.heights:
            if self.used + height > self.page.room[1]:
                self._next()
                self.used = repeated
            self.used += height

    def _title(self, place: int, grid: Grid, heading: Heading | None, begins: bool) -> None:
        """The lines over a table: label, title, subtitle, then the name on the left and the unit on the right."""
        before = 0 if begins or self.opened else PITCH
        if grid.label:
            self.body.append(paragraph("TableLine", run(grid.label), begins=begins, before=before, keep=True))
            begins, before = False, 0
        text, size = _fitted(heading.text if heading else grid.title, grid, self.page)
        content = run(text, size if size != BODY else 0, "GridTitle")
        style = f"Heading{heading.level}" if heading else "TableTitle"
        if heading:
            content = self._marked(place - 1, heading, content)
        self.body.append(paragraph(style, content, begins=begins, before=before, align="center"))
        if grid.subtitle:
            self.body.append(paragraph("TableLine", run(grid.subtitle), keep=True, align="center"))
        if any(grid.above):
            line = f"{run(grid.above[0])}<w:r><w:tab/></w:r>{run(grid.above[1])}"
            self.body.append(paragraph("TableLine", line, keep=True, tabs=tab(self.page)))

    def _chart(self, chart: Chart) -> None:
        svg = legal(chart_svg(chart, self.document.unit))
        found = _SIZE.search(svg)
        across, down = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
        width, most = self.page.room[0] * _CHART_WIDTH, self.page.room[1] - PITCH - LINE_PITCH
        height = min(width * down / across, most)
        self.drawings.append(svg)
        number = len(self.drawings)
        told = f"{chart.title}。" + "；".join(bar_text(chart, bar, self.document.unit) for bar in chart.bars)
        drawing = picture(number, chart.title, told, height * across / down, height)
        self._room(PITCH + height)
        self.body += [paragraph("Caption", run(chart.title)), paragraph("Figure", drawing)]
        self.used, self.opened = self.used + PITCH + height + 1, False


def _bitmaps(drawings: Sequence[str]) -> list[bytes]:
    """The drawings as PNG, for Word before 2016 and other readers that know no SVG."""
    if not drawings:
        return []
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])
    inputs = {"charts": json.dumps(drawings, ensure_ascii=False)}
    source = _BITMAPS.format(font=SANS).encode()
    found = typst.compile(source, font_paths=fonts, sys_inputs=inputs, format="png", ppi=144)
    return found if isinstance(found, list) else [found]


def _fitted(text: str, grid: Grid, page: Page) -> tuple[str, float]:
    """A title and its type size: smaller where that keeps it on one line, else the project's name on the second."""
    head, _, name = text.partition("：")
    for title in (text, f"{head}：\n{name}") if name and head == grid.title else (text,):
        size = int(page.room[0] / max(*map(ems, title.split("\n")), 1) * 2 - 0.5) / 2
        if size >= _LEAST_TITLE:
            return title, min(size, BODY)
    return title, _LEAST_TITLE


def _caption(grid: Grid, heading: Heading | None, page: Page) -> float:
    """The height of what stands over a table."""
    lines = [grid.label, grid.subtitle, "".join(grid.above)]
    text, size = _fitted(heading.text if heading else grid.title, grid, page)
    titles = sum(ceil(ems(line) * size / page.room[0]) for line in text.split("\n"))
    small = sum(ceil(ems(line) * LINE / page.room[0]) for line in lines)
    return small * LINE_PITCH + max(titles, 1) * PITCH
