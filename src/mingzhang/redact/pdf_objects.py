"""What a PDF holds beside its pages: titles, annotations, fields, metadata, attachments, scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from mingzhang.read.sources.kinds import refused
from mingzhang.redact.encodings import decoded
from mingzhang.redact.packages import held_raw, masked_markup
from mingzhang.redact.patterns import Finder

TOO_LARGE = "PDF 展开后太大，不能安全地脱敏，请删去多余的内容后重试"
_LARGEST_STREAM, _LARGEST = 200_000_000, 1_000_000_000
_SIGNED = "原有的电子签名在改动后失效，已经去掉"
_ATTACHED = "附件（{}）没有保留，需要时请另行脱敏、公开"
_DYNAMIC = "动态表单（XFA）没有保留"
# Streams whose content is no text; a picture's pixels are dealt with page by page.
_BINARY_SUBTYPES = ("/Image", "/Type1C", "/CIDFontType0C", "/OpenType")


class Objects:
    """The objects of a document, masked one after the other."""

    def __init__(self, document: pikepdf.Pdf, finder: Finder, name: str) -> None:
        self.document, self.finder, self.name = document, finder, name
        self.counts = [0] * len(finder.secrets)
        self.notes: list[str] = []
        self.room = _LARGEST

    def mask_all(self) -> None:
        """Mask every string and every stream of text; drop what cannot be masked."""
        self._drop_attachments()
        self._drop_signatures()
        pages = {part.objgen for page in self.document.pages for part in contents_of(page)}
        for one in [self.document.trailer, *self.document.objects]:
            if isinstance(one, pikepdf.Object):
                self._mask_strings(one)
                if isinstance(one, pikepdf.Stream) and one.objgen not in pages:
                    self._mask_stream(one)

    def _mask_strings(self, root: Any) -> None:
        waiting = [root]
        while waiting:
            one = waiting.pop()
            for key, value in _items(one):
                if isinstance(value, pikepdf.String):
                    new = self._masked(value)
                    if new is not None:
                        one[key] = new
                elif isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
                    waiting.append(value)

    def _masked(self, value: pikepdf.String) -> pikepdf.String | None:
        """A string masked, None if there is nothing to mask."""
        raw = bytes(value)
        for text, encoding in _readings(value, raw):
            hits = self.finder.hits(text, "text")
            if hits:
                self._add(self.finder.count(hits))
                new = self.finder.masked(text, hits)
                return pikepdf.String(new.encode(encoding) if encoding else new)
        return None

    def _mask_stream(self, stream: pikepdf.Stream) -> None:
        if _is_binary(stream) or not _is_text(stream):
            return
        data = self.bytes_of(stream)
        if stream.get("/Type") == "/Metadata" or data.lstrip(b"\xef\xbb\xbf \r\n").startswith((b"<?x", b"<x")):
            source = decoded(data, self.name, markup=True)
            text, counts = masked_markup(source.text, self.finder)
            if any(counts):
                stream.write(source.encoded(text))
                self._add(counts)
        elif self.held(data):  # a script or another program's own data
            stream.write(b"")
            self._add([int(held_raw(data, Finder([one]))) for one in self.finder.secrets])

    def bytes_of(self, stream: pikepdf.Stream) -> bytes:
        """A stream's content; all of them together are bounded."""
        try:
            data = stream.read_bytes()
        except pikepdf.PdfError:
            data = stream.read_raw_bytes()
        self.room -= len(data)
        if self.room < 0 or len(data) > _LARGEST_STREAM:
            raise refused(TOO_LARGE, self.name)
        return data

    def held(self, data: bytes) -> bool:
        """Whether bytes hold a secret as it is, or in hexadecimal."""
        return held_raw(data, self.finder) or any(written in data.lower() for written in self._in_hexadecimal())

    def _in_hexadecimal(self) -> Iterator[bytes]:
        for one in self.finder.patterns:
            for encoding in ("utf-16-be", "ascii"):
                if encoding != "ascii" or one.key.isascii():
                    yield one.key.encode(encoding).hex().encode()

    def _add(self, counts: list[int]) -> None:
        self.counts = [first + second for first, second in zip(self.counts, counts, strict=True)]

    def _drop_attachments(self) -> None:
        """Attachments may be of any kind: they go, and it is said. So does a form's second description, as XML."""
        root = self.document.Root
        names = list(self.document.attachments)
        drop(root.get("/Names"), "/EmbeddedFiles")
        for one in self.document.objects:
            if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
                drop(one, "/AF")
                if "/EF" in one:
                    names.append(str(one.get("/UF", one.get("/F", ""))))
                    del one["/EF"]
        drop(root, "/Collection")
        if names:
            self.notes.append(_ATTACHED.format(self._plainly("、".join(sorted({*names} - {""})) or "未命名")))
        if drop(root.get("/AcroForm"), "/XFA"):
            self.notes.append(_DYNAMIC)

    def _plainly(self, text: str) -> str:
        return self.finder.masked(text, self.finder.hits(text, "text"))

    def _drop_signatures(self) -> None:
        """A changed document's signature is broken, and the certificate in it names its owner."""
        signed = False
        for one in self.document.objects:
            if isinstance(one, pikepdf.Dictionary) and "/ByteRange" in one and "/Contents" in one:
                for key in list(one.keys()):
                    if key != "/Type":
                        del one[key]
                signed = True
        drop(self.document.Root, "/Perms", "/DSS")
        if signed:
            self.notes.append(_SIGNED)


def drop(one: Any, *keys: str) -> bool:
    """Take entries out of a dictionary, if it is one; whether there were any."""
    held = [key for key in keys if isinstance(one, pikepdf.Dictionary | pikepdf.Stream) and key in one]
    for key in held:
        del one[key]
    return bool(held)


def contents_of(page: pikepdf.Page) -> list[pikepdf.Stream]:
    """The streams that draw a page."""
    contents = page.obj.get("/Contents")
    parts: list[Any] = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def _items(one: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(one, pikepdf.Array):
        yield from list(enumerate(one))
    elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        yield from list(one.items())


def _readings(value: pikepdf.String, raw: bytes) -> Iterator[tuple[str, str]]:
    """What a string says: as the standard has it, and as some programs write Chinese all the same."""
    yield str(value), ""
    if not raw.isascii():
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
            try:
                yield raw.decode(encoding), encoding
            except UnicodeDecodeError:
                continue


def _is_binary(stream: pikepdf.Stream) -> bool:
    return stream.get("/Subtype") in _BINARY_SUBTYPES or any(key in stream for key in ("/Length1", "/Length2"))


def _is_text(stream: pikepdf.Stream) -> bool:
    """Whether a stream's bytes are a text by themselves: neither drawing, nor font, nor colours."""
    drawn = stream.get("/Subtype") == "/Form" or "/BBox" in stream
    tables = any(key in stream for key in ("/CMapName", "/FunctionType", "/N", "/ShadingType", "/PatternType"))
    return not drawn and not tables


def texts_of(document: pikepdf.Pdf) -> Iterator[str]:
    """All strings of a document, for the check of what was written."""
    for root in [document.trailer, *document.objects]:
        waiting = [root]
        while waiting:
            one = waiting.pop()
            if isinstance(one, pikepdf.String):
                yield from (text for text, _ in _readings(one, bytes(one)))
            for key, value in _items(one):
                if isinstance(key, str):
                    yield from _said(key.encode("utf-8", "surrogateescape"))
                if isinstance(value, pikepdf.String):
                    yield from (text for text, _ in _readings(value, bytes(value)))
                elif isinstance(value, pikepdf.Name):
                    yield from _said(bytes(value))
                elif isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
                    waiting.append(value)


def _said(name: bytes) -> Iterator[str]:
    """What a name says: names of fonts are often in GBK."""
    yield name.decode("utf-8", "replace")
    if not name.isascii():
        yield name.decode("gb18030", "replace")
