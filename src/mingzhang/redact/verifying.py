"""Whether a copy that was written still holds a secret: read again by other means than it was written by."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from mingzhang.problems import InputError
from mingzhang.read.blocks import Grid
from mingzhang.read.sources.files import load
from mingzhang.read.sources.kinds import Kind, refused
from mingzhang.redact.patterns import Finder, Pattern, plain

_STILL_THERE = "脱敏后的文件中仍能找到第{}项内容（{}），没有写出，请先在原来的程序中删去它，再另存后重试"
_BLOCKS = frozenset(
    ("p", "td", "th", "tr", "tc", "li", "div", "c", "si", "row", "h1", "h2", "h3", "h4", "title", "comment")
)
_PARTED = "\x00"


def verify(path: Path, kind: Kind, finder: Finder) -> None:
    """Raise InputError if a text that another way of reading finds in the file holds a secret."""
    for text in _TEXTS[kind](path.read_bytes(), path):
        wide, narrow = _squeezed(text)
        for number, one in enumerate(finder.patterns, start=1):
            if _holds(one, wide, narrow):
                raise refused(_STILL_THERE.format(number, finder.secrets[number - 1].mask), path.name)


def _squeezed(text: str) -> tuple[str, str]:
    """A text without blanks, and its letters and digits only."""
    folded = unicodedata.normalize("NFKC", text).lower()
    wide = "".join("".join(map(plain, folded)).split())
    return wide, "".join(character for character in folded if character.isalnum())


def _holds(one: Pattern, wide: str, narrow: str) -> bool:
    if one.long:
        return one.key in narrow
    if one.number:
        return re.search(rf"(?<![\d.,]){one.key}(?![\d.,])", wide) is not None
    return one.key in wide


def _as_read(path: Path) -> Iterator[str]:
    """What the reader makes of the file, text by text."""
    try:
        source = load(path)
    except InputError:  # there is nothing that it could read
        return
    for block in source.blocks:
        if isinstance(block, Grid):
            yield from (cell.text for row in block.rows for cell in row)
        else:
            yield block.text


def _text(data: bytes, path: Path) -> Iterator[str]:
    yield from _as_read(path)
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            yield from re.split(r"\n\s*\n|\t", data.decode(encoding))
        except UnicodeDecodeError:
            continue


def _html(data: bytes, path: Path) -> Iterator[str]:
    import lxml.html
    from lxml.etree import ParserError

    yield from _as_read(path)
    parser = lxml.html.HTMLParser(huge_tree=True)
    with suppress(ParserError):  # there is nothing in it
        yield from _of_tree(lxml.html.document_fromstring(data, parser=parser))


def _of_tree(root: Any) -> Iterator[str]:
    """A tree's texts, those of blocks parted, and its attributes and comments."""
    parts = []
    for event, element in _walked(root):
        if not isinstance(element.tag, str):
            if event == "start":
                yield element.text or ""
                parts.append(element.tail or "")
            continue
        if event == "start":
            yield from element.attrib.values()
            parts.append(element.text or "")
        else:
            block = element.tag.rpartition("}")[2] in _BLOCKS
            parts.append((_PARTED if block else "") + (element.tail or ""))
    yield "".join(parts)


def _walked(root: Any) -> Any:
    from lxml import etree

    return etree.iterwalk(root, events=("start", "end", "comment", "pi"))


def _package(data: bytes, path: Path) -> Iterator[str]:
    from lxml import etree

    yield from _as_read(path)
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            if part.startswith(b"PK\x03\x04"):
                yield from _package_parts(part)
            elif name.lower().endswith((".xml", ".rels", ".vml")):
                parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=True)
                root = etree.fromstring(part, parser)
                if root is not None:
                    yield from _of_tree(root)


def _package_parts(data: bytes) -> Iterator[str]:
    return _package(data, Path("/nowhere"))


def _pdf(data: bytes, path: Path) -> Iterator[str]:
    import pikepdf
    import pypdfium2

    from mingzhang.redact.pdf_objects import texts_of
    from mingzhang.redact.pdf_text import page_texts

    with pikepdf.open(io.BytesIO(data)) as document:
        yield from texts_of(document)
        for one in document.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") != "/Image":
                try:
                    content = one.read_bytes()
                except pikepdf.PdfError:
                    content = one.read_raw_bytes()
                # Contiguous: numbers of a drawing that follow each other are no text.
                yield from content.decode("latin-1").split()
                yield from (text for text in (content.decode("utf-8", "replace"),) if not text.isascii())
    read = pypdfium2.PdfDocument(data)
    for page in read:
        yield from (text.replace("\t", _PARTED) for text in page_texts(page))
        page.close()
    read.close()


def _image(data: bytes, path: Path) -> Iterator[str]:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        yield from (str(value) for value in (*image.getexif().values(), *image.info.values()))


_TEXTS: dict[Kind, Any] = {
    "text": _text, "html": _html, "docx": _package, "xlsx": _package, "pdf": _pdf, "image": _image,
}  # fmt: skip
