"""The pieces of WordprocessingML: text, paragraphs, tables, contents entries, pictures, sections, as strings.

Written by hand and not with python-docx, whose cell objects take seconds for the hundred thousand cells of a large
disclosure. Elements stand in the order that the schema asks for, or Word calls the file damaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from xml.sax.saxutils import escape

from mingzhang.publish.fit import Fit, Placed
from mingzhang.publish.pages import MILLIMETRE, Page

_EMU = 12700  # in a point
# What XML 1.0 forbids, entities or not; a sheet of project texts pasted from elsewhere may hold any of it.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[\x00-\x1f&<>\ud800-\udfff\ufffe\uffff]")
_KINDS = {"text": "", "label": "L", "number": "N"}
_TALL = 200.0  # A row higher than this may break over pages: kept whole, it would leave much of a page empty.


def tab(page: Page) -> str:
    """A tab at the right edge of the type area."""
    return f'<w:tabs><w:tab w:val="right" w:pos="{int(page.room[0] * 20)}"/></w:tabs>'


def legal(text: str) -> str:
    """Leave out the characters that no XML file may hold."""
    return _ILLEGAL.sub("", text)


def words(text: str) -> str:
    """Escape a text for a run; a line feed becomes a line break and a tab a space."""
    if not _SPECIAL.search(text):
        return f'<w:t xml:space="preserve">{text}</w:t>' if text else ""
    lines = escape(legal(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))).split("\n")
    return "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)


def run(text: str, size: float = 0, style: str = "") -> str:
    """A run of text, with a character style and a type size in points where they differ from the paragraph's."""
    look = (f'<w:rStyle w:val="{style}"/>' if style else "") + type_size(size)
    return f"<w:r><w:rPr>{look}</w:rPr>{words(text)}</w:r>" if look else f"<w:r>{words(text)}</w:r>"


def type_size(points: float) -> str:
    """The run property of a type size, which the file counts in half points; none for 0."""
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>' if points else ""


def paragraph(
    style: str,
    content: str,
    *,
    begins: bool = False,
    keep: bool = False,
    tabs: str = "",
    before: float = 0,
    align: str = "",
    section: str = "",
) -> str:
    """A paragraph; `begins` a page, `keep` it with the next one, space `before` in points, centred for a title."""
    kept = "<w:keepNext/>" if keep else ""
    broken = "<w:pageBreakBefore/>" if begins else ""
    spacing = f'<w:spacing w:before="{round(before * 20)}"/>' if before else ""
    aligned = f'<w:ind w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="{align}"/>' if align else ""
    layout = f'<w:pStyle w:val="{style}"/>{kept}{broken}{tabs}{spacing}{aligned}{section}'
    return f"<w:p><w:pPr>{layout}</w:pPr>{content}</w:p>"


def bookmark(number: int, content: str) -> str:
    """Content that the contents can lead to."""
    start = f'<w:bookmarkStart w:id="{number}" w:name="{anchor(number)}"/>'
    return f'{start}{content}<w:bookmarkEnd w:id="{number}"/>'


def anchor(number: int) -> str:
    """The name of a bookmark, formed as Word forms those of its own contents."""
    return f"_Toc{number:08d}"


def section(page: Page, *, footer: bool = False, last: bool = False) -> str:
    """A section's properties: the page they end on is of this kind. `footer` starts numbering, later sections go on."""
    edges = {"top": page.top, "right": page.right, "bottom": page.bottom, "left": page.left, "footer": page.footer}
    margins = " ".join(f'w:{side}="{int(value * MILLIMETRE * 20)}"' for side, value in edges.items())
    size = 'w:w="16838" w:h="11906" w:orient="landscape"' if page.flipped else 'w:w="11906" w:h="16838"'
    reference = '<w:footerReference w:type="default" r:id="footer"/>' if footer else ""
    start = '<w:pgNumType w:start="1"/>' if footer else ""
    found = (
        f'<w:sectPr>{reference}<w:type w:val="nextPage"/><w:pgSz {size}/>'
        f'<w:pgMar {margins} w:header="851" w:gutter="0"/>{start}</w:sectPr>'
    )
    return found if last else paragraph("SectionEnd", "", section=found)


def field(code: str, result: str) -> str:
    """A field with the result that it shows until Word reckons it anew."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {code} </w:instrText>'
        f'</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def contents(title: str, entries: Sequence[tuple[int, str, int, int]], tab: str) -> str:
    """The contents as a field with its entries in place: level, text, number of the bookmark, page.

    Neither the field nor the settings ask Word to update on opening: either makes it greet the reader with a warning.
    """
    lines = [_entry(text, anchor(number), page) for _, text, number, page in entries] or [""]
    start, end = field('TOC \\o "1-2" \\h \\z', "\0").split("\0")
    lines[0] = start + lines[0]
    lines[-1] += end
    levels = [level for level, *_ in entries] or [1]
    listed = (paragraph(f"TOC{level}", line, tabs=tab) for level, line in zip(levels, lines, strict=True))
    return (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{paragraph('TOCHeading', run(title))}{''.join(listed)}</w:sdtContent></w:sdt>"
    )


def _entry(text: str, name: str, page: int) -> str:
    number = field(f"PAGEREF {name} \\h", run(str(page)))
    return f'<w:hyperlink w:anchor="{name}" w:history="1">{run(text)}<w:r><w:tab/></w:r>{number}</w:hyperlink>'


def table(header: Sequence[Sequence[Placed]], body: Sequence[Sequence[Placed]], fit: Fit) -> Iterator[str]:
    """A table row by row; the header rows are marked to repeat on every page."""
    widths = _twips(fit.widths)
    padding = round(fit.padding * 20)
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    yield (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="{padding}" w:type="dxa"/>'
        f'<w:bottom w:w="{padding}" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
    )
    head = "<w:tblHeader/>"
    for number, row in enumerate((*header, *body)):
        whole = "<w:cantSplit/>" if fit.heights[number] < _TALL else ""
        cells = "".join([_cell(placed, widths, fit) for placed in row])
        yield f"<w:tr><w:trPr>{whole}{head if number < len(header) else ''}</w:trPr>{cells}</w:tr>"
    yield "</w:tbl>"


def cell_style(size: float, kind: str) -> str:
    """The identifier of the style of a table's cells: each size and kind has one, so that cells carry no formatting."""
    return f"Table{round(size * 2)}{_KINDS[kind]}"


def _twips(lengths: Sequence[float]) -> list[int]:
    """Round lengths to twentieths of a point so that their sum is rounded only once."""
    edges = [0, *(round(edge * 20) for edge in accumulate(lengths))]
    return [after - before for before, after in pairwise(edges)]


def _cell(placed: Placed, widths: Sequence[int], fit: Fit) -> str:
    cell, column = placed.cell, placed.column
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    merge = "<w:vMerge/>" if placed.below else '<w:vMerge w:val="restart"/>' if cell.rows > 1 else ""
    width = sum(widths[column : column + cell.columns])
    left, right = (0, 0) if placed.below else _indents(placed, fit)
    indent = f'<w:ind w:left="{left}" w:right="{right}"/>' if left or right else ""
    text = run(cell.text) if cell.text and not placed.below else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{cell_style(fit.size, cell.kind)}"/>{indent}</w:pPr>{text}</w:p></w:tc>'
    )


def _indents(placed: Placed, fit: Fit) -> tuple[int, int]:
    """Left and right indent in twips; those of a label that wraps narrow it."""
    if narrowed := fit.narrowed(placed):
        return (int((fit.room(placed) - narrowed) * fit.size * 10),) * 2
    return round(placed.cell.indent * fit.size * 20), 0


def picture(number: int, name: str, told: str, width: float, height: float) -> str:
    """A drawing as vectors, with the bitmap of the same number for Word before 2016. Sizes are points."""
    size = f'cx="{round(width * _EMU)}" cy="{round(height * _EMU)}"'
    called = f'id="{number}" name="{_attribute(name)}" descr="{_attribute(told)}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr {called}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        f"<pic:cNvPr {called}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>"
        f'<a:blip r:embed="png{number}"><a:extLst><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
        f'<asvg:svgBlip r:embed="svg{number}"/></a:ext></a:extLst></a:blip>'
        f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _attribute(text: str) -> str:
    return escape(legal(text), {'"': "&quot;", "\n": " "})
