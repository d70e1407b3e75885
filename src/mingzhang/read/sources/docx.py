"""Word documents (.docx) as blocks, straight from their XML, a paragraph or table row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZipFile

from mingzhang.disclosure import Note
from mingzhang.read.blocks import Paragraph, Place, Source
from mingzhang.read.printed import clean
from mingzhang.read.sources.nesting import Box, Builder
from mingzhang.read.sources.parts import SAFE, small_part, too_large
from mingzhang.read.sources.wordstyles import Styles

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_LARGEST_PART = 200_000_000
_MOST_PIECES = 400_000  # paragraphs and table rows
_MOST_MARKS = 2_000_000  # tags and attributes in one of them
_FEW = 200
_WIDEST = 1000
_OFF = ("0", "false", "off", "none")


def read_docx(archive: ZipFile, name: str) -> Source:
    """Read a Word document from its (sound) archive.

    Deleted text, headers and footers are no content; notes come last. Raises InputError if it is too large, lxml's
    XMLSyntaxError, KeyError or BadZipFile if it is broken.
    """
    main = _main_part(archive, name)
    folder = main.rpartition("/")[0]
    with archive.open(main) as part:
        word = _STRICT if _STRICT[1:-1].encode() in part.read(4096) else _WORD
    styles = Styles(word, *(small_part(archive, f"{folder}/{kind}.xml", name) for kind in ("styles", "numbering")))
    reader = _Reader(word, styles, name)
    for path in (main, f"{folder}/footnotes.xml", f"{folder}/endnotes.xml"):
        if path in archive.namelist():
            reader.read(archive, path)
    source = Source(name, "docx", reader.builder.finish())
    if reader.pictures and sum(len(getattr(block, "text", "")) for block in source.blocks) < _FEW:
        message = f"文档中有{reader.pictures}张图片，图片中的内容没有读，请把图片或扫描件作为 PDF 读入"
        source.notes.append(Note("unread", message))
    return source


def _main_part(archive: ZipFile, name: str) -> str:
    """The path of the document itself, which the package's relationships name."""
    related = small_part(archive, "_rels/.rels", name)
    for one in () if related is None else related.iter(_RELATED):
        target = one.get("Target", "").lstrip("/")
        if one.get("Type", "").endswith("/officeDocument") and target in archive.namelist():
            return str(target)
    return "word/document.xml"


class _Metered:
    """A part of the archive, read in pieces; refuses one whose tree would not fit into memory before it is freed."""

    def __init__(self, part: IO[bytes], name: str) -> None:
        self.part, self.name, self.marks = part, name, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.part.read(size)
        self.marks += data.count(b"<") + data.count(b"=")
        if self.marks > _MOST_MARKS:
            raise too_large(self.name)
        return data


class _Reader:
    def __init__(self, word: str, styles: Styles, name: str) -> None:
        self.styles, self.name = styles, name
        self.place = Place(name)
        self.builder = Builder(self.place)
        self.pictures = 0
        self.p, self.tbl, self.tr, self.tc = (word + tag for tag in ("p", "tbl", "tr", "tc"))
        self.run, self.run_properties, self.properties = word + "r", word + "rPr", word + "pPr"
        self.hidden, self.raised = word + "vanish", word + "vertAlign"
        self.cell_properties, self.span, self.merge = word + "tcPr", word + "gridSpan", word + "vMerge"
        self.value = word + "val"
        self.word = word
        self.boxed = word + "txbxContent"
        self.texts = (word + "t", _MATH + "t")
        self.signs = {word + "tab": " ", word + "cr": "\n", word + "noBreakHyphen": "-"}
        self.line_break, self.drawing = word + "br", (word + "drawing", word + "pict")
        silent = ("pPr", "rPr", "del", "moveFrom", "delText", "instrText", "rt", "sdtPr")
        tables = ("tblPr", "tblGrid", "trPr", "tcPr", "sectPr")
        self.silent = frozenset(word + tag for tag in (*silent, *tables))
        self.anchors: dict[int, Box] = {}  # by column the cells of the row above that may go on below

    def read(self, archive: ZipFile, path: str) -> None:
        """Read a part: each outermost paragraph or row is understood and freed before the next is parsed."""
        from lxml import etree

        if archive.getinfo(path).file_size > _LARGEST_PART:
            raise too_large(self.name)
        with archive.open(path) as part:
            metered = _Metered(part, self.name)
            tags = (self.p, self.tbl, self.tr, _CHOICE + "Fallback")
            events = etree.iterparse(metered, ("start", "end"), tag=tags, **SAFE)
            for number, element in enumerate(self._outermost(events)):
                if number > _MOST_PIECES:
                    raise too_large(self.name)
                if element.tag == self.p:
                    self._paragraph(element)
                else:
                    self._row(element)
                _free(element)
                metered.marks = 0

    def _outermost(self, events: Any) -> Iterator[Any]:
        """Paragraphs and rows that stand in no other; tables are opened and closed on the way."""
        current: Any = None
        for event, element in events:
            if event == "start":
                if current is None and element.tag == self.tbl:
                    self._open_table()
                elif current is None:
                    current = element
            elif element is current:
                current = None
                if element.tag in (self.p, self.tr):
                    yield element
            elif current is None and element.tag == self.tbl:
                self.builder.close_table()

    def _open_table(self) -> None:
        self.anchors = {}
        self.builder.open_table(self.place)

    def _content(self, element: Any) -> None:
        """What a cell or a text box holds."""
        for child in element:
            if child.tag == self.p:
                self._paragraph(child)
            elif child.tag == self.tbl:
                self._table(child)
            elif child.tag not in self.silent:
                self._content(self._chosen(child))

    def _table(self, table: Any) -> None:
        outer = self.anchors
        self._open_table()
        for row in self._own(table, self.tr):
            self._row(row)
        self.builder.close_table()
        self.anchors = outer

    def _own(self, element: Any, tag: str) -> Iterator[Any]:
        """The rows of a table or the cells of a row, whatever wraps them, but not those of a table inside."""
        for child in element:
            if child.tag == tag:
                yield child
            elif child.tag not in self.silent and child.tag not in (self.tc, self.p):
                yield from self._own(self._chosen(child), tag)

    def _row(self, row: Any) -> None:
        column = 0
        for properties in row.iterchildren(f"{self.word}trPr"):
            if next(properties.iterchildren(f"{self.word}del"), None) is not None:
                return
            for before in properties.iterchildren(f"{self.word}gridBefore"):
                column = self._whole(before)
        self.builder.open_row()
        if column:
            self.builder.open_cell(Box(self.place, colspan=column))
        anchors: dict[int, Box] = {}
        for cell in self._own(row, self.tc):
            column = self._cell(cell, column, anchors)
        self.builder.close_cell()
        self.anchors = anchors

    def _cell(self, cell: Any, column: int, anchors: dict[int, Box]) -> int:
        """Read a cell; one that continues the cell above only makes that one taller."""
        span, merged, starts = 1, False, False
        for properties in cell.iterchildren(self.cell_properties):
            for one in properties.iterchildren(self.span, self.merge):
                if one.tag == self.span:
                    span = max(self._whole(one), 1)
                else:
                    merged, starts = True, one.get(self.value) == "restart"
        above = self.anchors.get(column)
        if merged and not starts and above and above.colspan == span:
            above.rowspan += 1
            anchors[column] = above
        else:
            box = Box(self.place, colspan=span)
            if merged:
                anchors[column] = box
            self.builder.open_cell(box)
            saved = self.anchors
            self._content(cell)
            self.anchors = saved
        return column + span

    def _whole(self, element: Any) -> int:
        text = element.get(self.value, "")
        return min(int(text), _WIDEST) if text.isascii() and text.isdigit() and len(text) < 6 else 0

    def _paragraph(self, paragraph: Any) -> None:
        level, number = self.styles.describe(next(paragraph.iterchildren(self.properties), None))
        parts: list[str] = []
        boxes: list[Any] = []
        self._say(paragraph, parts, boxes)
        raw = "".join(parts)
        if number and (raw.strip() or self.builder.in_cell):
            raw = f"{number} {raw.lstrip()}" if number[-1:].isalnum() else number + raw.lstrip()
        if level:
            raw = raw.replace("\n", "")
        for line in raw.split("\n"):
            text = clean(line)
            if text:
                self.builder.add(Paragraph(text, self.place, level, starts=True))
        for box in boxes:
            self._content(box)

    def _say(self, element: Any, parts: list[str], boxes: list[Any]) -> None:
        """Collect the text of a paragraph or what is in it, and the text boxes that hang on it."""
        for child in element:
            tag = child.tag
            if tag in self.texts:
                parts.append(child.text or "")
            elif tag == self.run:
                self._run(child, parts, boxes)
            elif tag in self.signs:
                parts.append(self.signs[tag])
            elif tag == self.line_break:
                if child.get(f"{self.word}type", "textWrapping") == "textWrapping":
                    parts.append("\n")
            elif tag == self.boxed:
                boxes.append(child)
            elif tag not in self.silent:
                self.pictures += tag in self.drawing
                self._say(self._chosen(child), parts, boxes)

    def _run(self, run: Any, parts: list[str], boxes: list[Any]) -> None:
        raised = False
        for properties in run.iterchildren(self.run_properties):
            for one in properties.iterchildren(self.hidden, self.raised):
                value = one.get(self.value)
                if one.tag == self.raised:
                    raised = value in ("superscript", "subscript")
                elif value not in _OFF:
                    return
        if raised:
            parts.append("<sup>")
        self._say(run, parts, boxes)
        if raised:
            parts.append("</sup>")

    def _chosen(self, element: Any) -> Any:
        """Of alternatives the first, or what stands in for it; any other element is itself."""
        if element.tag != f"{_CHOICE}AlternateContent":
            return element
        choice = element.find(f"{_CHOICE}Choice")
        fallback = element.find(f"{_CHOICE}Fallback")
        return next((one for one in (choice, fallback) if one is not None), element)


def _free(element: Any) -> None:
    """Drop an element that has been read, and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
