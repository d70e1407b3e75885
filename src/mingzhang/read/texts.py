"""What is not a figure is kept as text: contents page, titles, prose in document order, and what nothing could read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from mingzhang.disclosure import Text
from mingzhang.read.blocks import Grid, Paragraph, Place
from mingzhang.read.outline import CONTENTS, FORMS, Outline
from mingzhang.read.printed import clean, name_of
from mingzhang.read.titles import Title

_ENDS = ("。", "！", "？", "；", "：", ".", "!", "?", ";", ":", "”", "）", ")", "》")
# A line shorter than this is no full line of a page; one before a blank line must be longer still to go on behind it.
_SHORTEST_LINE = 18
_SHORTEST_PAGE_END = 40
_NUMBERED = ("（", "(", "-", "•", "·", "①", "②", "③")
# Where every line says something of its own.
_BY_LINE = (CONTENTS, FORMS)
_NUMERALS = "一二三四五六七八九十0123456789"


class _Paragraph(Struct):
    """A paragraph as its lines come in; `last` is the place of the last one."""

    section: str
    style: str
    text: str
    first: Paragraph
    last: Place

    def goes_on(self, section: str, style: str, line: Paragraph, text: str) -> bool:
        """Whether the line is a further part of the paragraph: broken by the page's width, not ended."""
        if (section, style, self.style) != (self.section, "paragraph", "paragraph") or section in _BY_LINE:
            return False
        if line.starts is not None:
            return not line.starts
        apart = (line.place.line or 0) > (self.last.line or 0) + 1
        if self.text.endswith(_ENDS) or len(self.text) < (_SHORTEST_PAGE_END if apart else _SHORTEST_LINE):
            return False
        return not (text.startswith(_NUMBERED) or (text[0] in _NUMERALS and text[1:2] in ("、", ".", "．")))

    def record(self) -> Text:
        """The finished text."""
        place = self.first.place.provenance(confidence=self.first.confidence)
        return Text(self.section, self.style, self.text, place)


def read_texts(outline: Outline, left: Mapping[int, Sequence[Text]]) -> list[Text]:
    """The texts of a document. Grids that are no table become texts too, and what is `left` of the others.

    `left` holds, by the `id()` of a block that was read into records, what of it they do not tell. Each entry of the
    contents page is a text.
    """
    texts: list[Text] = []
    current: _Paragraph | None = None
    for region, block, title in outline.order:
        if id(block) in left:
            if current is not None:
                texts.append(current.record())
                current = None
            texts += left[id(block)]
            continue
        if isinstance(block, Paragraph):
            text, style = _printed(region, block), _style(region, block, title)
            if not text:
                continue
            if current is not None and current.goes_on(region, style, block, text):
                current.text, current.last = current.text + text, block.place
                continue
            if current is not None:
                texts.append(current.record())
            current = _Paragraph(region, style, text, block, block.place)
        else:
            if current is not None:
                texts.append(current.record())
                current = None
            texts += _rows(region, block, "paragraph" if region == CONTENTS else "table")
    if current is not None:
        texts.append(current.record())
    return texts


def _printed(region: str, block: Paragraph) -> str:
    """The line's text; on the contents page its blanks part the title from the page's number."""
    text = clean(block.text)
    return text if region == CONTENTS else name_of(text)


def _style(region: str, block: Paragraph, title: Title | None) -> str:
    if region == CONTENTS:
        return "paragraph"
    if title is not None and title.kind in ("section", "part", "table"):
        return "heading2"
    return "heading3" if block.level or (title is not None and title.kind == "form") else "paragraph"


def _rows(region: str, grid: Grid, style: str) -> Iterator[Text]:
    for row in grid.rows:
        text = "\t".join(clean(cell.text) for cell in row if not cell.covered).strip()
        if text:
            yield Text(region, style, text, row[0].place.provenance())
