"""HTML pages as government sites publish them, as blocks: what the reader of the page sees, in its order."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import Any

from mingzhang.problems import InputError, Problem
from mingzhang.read.blocks import Block, Paragraph, Place, Source
from mingzhang.read.printed import clean
from mingzhang.read.sources.nesting import Box, Builder, joined

_CHARSET = re.compile(rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_XML = re.compile(r"^\s*<\?xml[^>]*\?>")
_HEAD = 4096
_MOST_ELEMENTS = 600_000
# A tag with its attributes, up to where it or the next one may begin. The parser takes time by the square of them.
_TAG = re.compile(r"""<[^/!?<>](?:[^<>"']++|"[^"<]*+"?|'[^'<]*+'?)*+""")
_LONG_TAG, _MOST_ATTRIBUTES = 300, 30_000
# Not for the reader of the page, or not its content.
_SILENT = frozenset(
    re.findall(
        r"\w+",
        "head script style noscript template svg canvas iframe object audio video map nav footer aside select textarea "
        "button input",
    )
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
        "form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead "
        "tr ul",
    )
)
_RAISED = frozenset(("sub", "sup"))
_UNSEEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Words in classes and ids that name what surrounds the content of a page; a chart's table repeats what it draws.
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|crumbs?|topbar|sidebar|toolbar|skip|share|footer|copyright|chart-table)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
_SMALL_PART = 0.3  # what is named so and holds more of the page's text than this is content after all
_PATIENCE = 50  # and a page where that happens more often than this names things at random
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3001-\u303f]"
_BROKEN_LINE = re.compile(rf"(?<={_HAN})[ \t\r]*\n\s*(?={_HAN})")
_INDENT = re.compile("[\u3000\u2003\xa0]{2}")


def read_html(data: bytes, name: str) -> Source:
    """Read a page, in whatever encoding it is. Raises InputError if it is too large."""
    return Source(name, "html", _blocks(_text(data), Place(name, 1)))


def fragment_blocks(html: str, place: Place) -> list[Block]:
    """The blocks of a piece of HTML that stands in a text, its first line at `place`."""
    return _blocks(f"<body>{html}</body>", place)


def _text(data: bytes) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _encodings(data: bytes) -> Iterator[str]:
    """What the page may be encoded in: what it says comes first, but pages say wrong things."""
    if data.startswith(BOM_UTF8):
        yield "utf-8-sig"
    told = _CHARSET.search(data[:_HEAD])
    if told and told[1].lower().startswith(b"gb"):
        yield "gb18030"
    if told and told[1].lower().startswith(b"big5"):
        yield "big5"
    yield "utf-8"
    yield "gb18030"


def _blocks(text: str, place: Place) -> list[Block]:
    import lxml.html
    from lxml.etree import ParserError

    if text.count("<") - text.count("</") > _MOST_ELEMENTS or _is_overloaded(text):
        raise InputError([Problem("网页太大，请删去多余的内容后重试", place.file)])
    # Without huge_tree everything below the 256th level would be lost without a word; _MOST_ELEMENTS bounds the tree.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    content = _XML.sub("", text).replace("\x00", "").encode("utf-8", "replace")
    try:
        root = lxml.html.document_fromstring(content, parser=parser)
    except ParserError:  # there is nothing in it
        return []
    if parser.error_log.filter_from_fatals():  # the parser left out what stands too deep
        raise InputError([Problem("网页中的标签套得太深，请另存为 .docx 或 .txt 后重试", place.file)])
    return _Walk(root, place).blocks()


def _is_overloaded(text: str) -> bool:
    """Whether tags have so many attributes that the parser would not come to an end."""
    tags = (match[0] for match in _TAG.finditer(text) if match.end() - match.start() > _LONG_TAG)
    return sum(len(tag.split()) ** 2 for tag in tags) > _MOST_ATTRIBUTES**2


class _Walk:
    """One pass over the tree, without recursion: pages nest as deep as they like."""

    def __init__(self, root: Any, place: Place) -> None:
        self.root, self.place = root, place
        self.builder = Builder(place)
        self.parts: list[str] = []
        self.line = self.first = place.line or 1
        self.level = 0
        self.starts: bool | None = True
        self.skipped: Any = None
        self.whole = 0
        self.patience = _PATIENCE

    def blocks(self) -> list[Block]:
        """What the page shows, in order."""
        from lxml import etree

        walker = etree.iterwalk(self.root, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._end(element)
            elif self._silent(element):
                self.skipped = element
                walker.skip_subtree()
            else:
                self._start(element)
        self._flush()
        return self.builder.finish()

    def _silent(self, element: Any) -> bool:
        tag = element.tag
        if not isinstance(tag, str) or tag in _SILENT:
            return True
        attributes = element.attrib
        if not attributes:
            return False
        if "hidden" in attributes or attributes.get("aria-hidden") == "true":
            return True
        style = attributes.get("style")
        if style and _UNSEEN.search(style):
            return True
        named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        return bool(_AROUND.search(named)) and self._is_small(element)

    def _is_small(self, element: Any) -> bool:
        if self.patience == 0:
            return False
        self.whole = self.whole or max(_length(self.root), 1)
        small = _length(element) < _SMALL_PART * self.whole
        self.patience -= not small
        return small

    def _start(self, element: Any) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self._flush()
            self._open(tag, element)
        elif tag == "br":
            self._break()
        elif tag in _RAISED:
            self.parts.append(f"<{tag}>")
        self._say(element.text, element)

    def _open(self, tag: str, element: Any) -> None:
        match tag:
            case "td" | "th":
                place = self._place(self._line(element))
                self.builder.open_cell(Box(place, _span(element, "rowspan"), _span(element, "colspan")))
            case "tr":
                self.builder.open_row()
            case "table":
                self.builder.open_table(self._place(self._line(element)))
            case _ if tag in _HEADINGS:
                self.level = _HEADINGS[tag]

    def _end(self, element: Any) -> None:
        tag = element.tag
        if element is self.skipped:
            if tag in _BLOCKS:
                self._flush()
        elif tag == "caption":
            self._name()
        elif tag in _BLOCKS:
            self._flush()
            self._close(tag)
        elif tag in _RAISED:
            self.parts.append(f"</{tag}>")
        self._say(element.tail, element)

    def _close(self, tag: str) -> None:
        match tag:
            case "table":
                self.builder.close_table()
            case "td" | "th":
                self.builder.close_cell()
            case _ if tag in _HEADINGS:
                self.level = 0

    def _name(self) -> None:
        """What a table's caption says is its name."""
        self.builder.name_table(joined([clean("".join(self.parts))]))
        self.parts.clear()

    def _say(self, text: str | None, element: Any) -> None:
        if text:
            if not self.parts:
                self.line = self._line(element)
            self.parts.append(text)

    def _break(self) -> None:
        """A line ends: in a heading that is only for looks, elsewhere a paragraph ends with it."""
        if self.level:
            self.parts.append("\n")
        else:
            self._flush()
            self.starts = None

    def _flush(self) -> None:
        """A paragraph ends here, if there is one."""
        starts, self.starts = self.starts, True
        if not self.parts:
            return
        raw = "".join(self.parts)
        self.parts.clear()
        text = clean(_BROKEN_LINE.sub("", raw))
        if text:
            starts = starts or (True if _INDENT.match(raw.lstrip("\r\n\t ")) else None)
            self.builder.add(Paragraph(text, self._place(self.line), self.level, starts))

    def _line(self, element: Any) -> int:
        return self.first + (element.sourceline or 1) - 1

    def _place(self, line: int) -> Place:
        return Place(self.place.file, line, self.place.page, self.place.bbox, self.place.sheet)


def _span(element: Any, name: str) -> int:
    digits = re.match(r"\s*(\d{1,5})", element.get(name) or "1")
    return int(digits[1]) if digits else 1


def _length(element: Any) -> int:
    shown = (one for one in element.iter() if one.tag not in _SILENT)
    return sum(len(one.text or "") + len(one.tail or "") for one in shown)
