"""Texts of files, decoded so that every byte that is not changed comes back as it was."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

from msgspec import Struct

from mingzhang.read.sources.kinds import refused

_CHARSET = re.compile(rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)""", re.IGNORECASE)
_HEAD = 4096
_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))
_IRREGULAR = "文件的编码不规范，不能保证其余内容原样保留，请另存为 UTF-8 编码后重试"


class Decoded(Struct, frozen=True):
    """A text with its encoding and its mark."""

    text: str
    encoding: str
    mark: bytes = b""

    def encoded(self, text: str) -> bytes:
        """Another text in the same encoding."""
        return self.mark + text.encode(self.encoding, "surrogateescape")


def decoded(data: bytes, name: str, markup: bool = False) -> Decoded:
    """A file's text as the reader decodes it; what is damaged is kept. Raises InputError if it would not come back."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            one = _tried(data[len(mark) :], encoding, mark)
            if one is not None:
                return one
    for encoding in _encodings(data if markup else b""):
        one = _tried(data, encoding)
        if one is not None:
            return one
    raise refused(_IRREGULAR, name)


def _tried(data: bytes, encoding: str, mark: bytes = b"") -> Decoded | None:
    errors = "surrogateescape" if encoding == "utf-8" and mark else "strict"
    damaged = encoding.endswith("?")
    encoding = encoding.rstrip("?")
    try:
        one = Decoded(data.decode(encoding, "surrogateescape" if damaged else errors), encoding, mark)
        return one if one.encoded(one.text) == mark + data else None
    except (UnicodeError, LookupError):
        return None


def _encodings(data: bytes) -> Iterator[str]:
    """What a text may be encoded in: what a page says comes first. A question mark lets damage pass."""
    told = _CHARSET.search(data[:_HEAD]) or _DECLARED.search(data[:_HEAD])
    if told and told[1].lower().startswith(b"gb"):
        yield "gb18030"
    elif told and told[1].lower() not in (b"utf-8", b"utf8"):
        yield told[1].decode("ascii")
    yield from ("utf-8", "gb18030", "utf-8?")
