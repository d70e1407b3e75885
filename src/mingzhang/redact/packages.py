"""DOCX and XLSX: every XML part masked in place, every other part as it was.

The parts are not parsed and written anew: only the characters of the secrets change, so that whatever a program put
into them stays. Parts that are neither XML nor archives (old OLE objects) cannot be changed; if one holds a secret, the
file is refused.
"""

from __future__ import annotations

import io
import re
from html import escape
from zipfile import BadZipFile, ZipFile, ZipInfo

from mingzhang.archive import open_archive
from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.kinds import BROKEN, refused
from mingzhang.redact.encodings import decoded
from mingzhang.redact.patterns import Finder, Flavour, Hit, Pattern, mask_of
from mingzhang.redact.sheets import Book, masked_sheet
from mingzhang.redact.texts import redact_html

_XML = (".xml", ".rels", ".vml", ".svg")
_PAGES = (".htm", ".html", ".xhtml")
_DEEPEST = 4
_SHORTEST = 6  # bytes: less comes about by chance in a picture
_SHEET = re.compile(r"<(?:\w+:)?(?:worksheet|macrosheet)\b")
# Formulas, and where a sheet is named: there a star is not allowed outside of texts.
_FORMULA = re.compile(r"<(?:\w+:)?(?:f|formula[12]?|definedName)(?:\s[^<>]*)?>([^<]*)$")
_SHEET_NAME = re.compile(
    r"<(?:\w+:)?(?:sheet|worksheetSource)\b[^<>]*$|<(?:\w+:)?hyperlink\b[^<>]*\blocation=\"[^\"]*$"
)
_SOMEBODY = "某"
_TAG_REACH = 2000
# Where only numbers are allowed: the points of a chart and the caches of a pivot table.
_POINTS = re.compile(r"<(?:\w+:)?numCache>(?:[^<]|<(?!/?(?:\w+:)?numCache>))*</(?:\w+:)?numCache>")
_POINT = re.compile(r"(<(?:\w+:)?v>)([^<]*\*[^<]*)(?=</)")
_PIVOT = re.compile(r'(<n\b[^<>]*\bv=")[^"<>]*\*[^"<>]*(?=")')
_CHAIN = "xl/calcChain.xml"
_TO_CHAIN = re.compile(r'<(?:Override|Relationship)\b[^<>]*calcChain\.xml"[^<>]*/>')


def redact_package(data: bytes, name: str, finder: Finder) -> tuple[bytes, list[int]]:
    """A DOCX or XLSX masked, and how often each secret was in it. Raises InputError if it cannot be opened safely."""
    try:
        return _Package(data, name, finder).redacted()
    except (BadZipFile, KeyError, EOFError) as error:
        raise refused(BROKEN, name) from error


class _Package:
    def __init__(self, data: bytes, name: str, finder: Finder, depth: int = 0) -> None:
        self.archive = open_archive(data, name)
        self.name, self.finder, self.depth = name, finder, depth
        self.counts = [0] * len(finder.secrets)
        self.book = Book(self.archive, name)

    def redacted(self) -> tuple[bytes, list[int]]:
        """The archive with its parts in their order, and the counts."""
        if self.depth > _DEEPEST:
            raise refused("文件中的嵌入对象套得太深，请先删去后重试", self.name)
        parts = {entry.filename: self._part(entry) for entry in self.archive.infolist()}
        if self.book.formulas_dropped and parts.pop(_CHAIN, None) is not None:
            for path in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                source = decoded(parts[path], self.name, markup=True)
                parts[path] = source.encoded(_TO_CHAIN.sub("", source.text))
        buffer = io.BytesIO()
        with ZipFile(buffer, "w") as copy:
            for entry in self.archive.infolist():
                if entry.filename in parts:
                    copy.writestr(_like(entry), parts[entry.filename], compress_type=entry.compress_type)
        return buffer.getvalue(), self.counts

    def _part(self, entry: ZipInfo) -> bytes:
        path, data = entry.filename, self.archive.read(entry)
        self._refuse_if_held(path.encode(), path)
        if data.startswith(b"PK\x03\x04"):
            return self._embedded(data)
        if path.lower().endswith(_PAGES):
            new, counts = redact_html(data, self.name, self.finder)
            self._add(counts)
            return new
        if path.lower().endswith(_XML) or data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return self._xml(data)
        self._refuse_if_held(data, path)
        return data

    def _embedded(self, data: bytes) -> bytes:
        inner = _Package(data, self.name, self.finder, self.depth + 1)
        new, counts = inner.redacted()
        self._add(counts)
        return new if any(counts) else data

    def _xml(self, data: bytes) -> bytes:
        source = decoded(data, self.name, markup=True)
        text = source.text
        if _SHEET.search(text[:4000]):
            text, counts = masked_sheet(text, self.book, self.finder, masked_markup)
        else:
            text, counts = masked_markup(text, self.finder)
        if not any(counts):
            return data
        self._add(counts)
        text = _POINTS.sub(lambda cache: _POINT.sub(r"\g<1>0", cache[0]), text)
        return source.encoded(_PIVOT.sub(r"\g<1>0", text))

    def _add(self, counts: list[int]) -> None:
        self.counts = [first + second for first, second in zip(self.counts, counts, strict=True)]

    def _refuse_if_held(self, data: bytes, path: str) -> None:
        if held_raw(data, self.finder):
            message = f"文件的“{path}”部分（嵌入的对象或图片）含有要脱敏的内容，不能改写，请先在 Office 或 WPS 中删去它"
            raise InputError([Problem(message, self.name)])


def masked_markup(text: str, finder: Finder) -> tuple[str, list[int]]:
    """XML masked, and how often each secret was in it."""
    flavours: tuple[Flavour, ...] = ("markup", "skipping")
    hits = finder.hits(text, *flavours)
    return (finder.masked(text, hits, _written) if hits else text), finder.count(hits)


def _written(text: str, hit: Hit, one: Pattern, number: int) -> str | None:
    """A mask's character as it may stand there: a number in a formula stays one, a sheet's name a name."""
    mask = mask_of(text, hit, one, number)
    before = text[max(hit.start - _TAG_REACH, 0) : hit.start]
    formula = _FORMULA.search(before)
    if formula and formula[1].replace("&quot;", '"').count('"') % 2 == 0:
        if one.number:
            return "0"
    elif not _SHEET_NAME.search(before):
        return None if mask is None else escape(mask)
    return None if mask is None else escape(mask.replace("*", _SOMEBODY))


def held_raw(data: bytes, finder: Finder) -> bool:
    """Whether bytes that nobody can read hold a secret as it is, in one of the usual encodings."""
    for one in finder.patterns:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            written = one.key.encode(encoding)
            if len(written) >= _SHORTEST and (written in data or written.upper() in data):
                return True
    return False


def _like(entry: ZipInfo) -> ZipInfo:
    """An entry of the same name, date and rights."""
    copy = ZipInfo(entry.filename, entry.date_time)
    copy.external_attr, copy.create_system = entry.external_attr, entry.create_system
    return copy
