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
            one = _tried(data, encoding, mark, "surrogateescape" if encoding == "utf-8" else "strict")
            if one is not None:
                return one
    for encoding, errors in _encodings(data if markup else b""):
        one = _tried(data, encoding, b"", errors)
        if one is not None:
            return one
    raise refused(_IRREGULAR, name)


def _tried(data: bytes, encoding: str, mark: bytes, errors: str) -> Decoded | None:
    try:
        one = Decoded(data[len(mark) :].decode(encoding, errors), encoding, mark)
        return one if one.encoded(one.text) == data else None
    except (UnicodeError, LookupError):
        return None


def _encodings(data: bytes) -> Iterator[tuple[str, str]]:
    """What a text may be encoded in, and what to do about damage: what a page says comes first."""
    told = _CHARSET.search(data[:_HEAD]) or _DECLARED.search(data[:_HEAD])
    if told and told[1].lower().startswith(b"gb"):
        yield "gb18030", "strict"
    elif told:
        yield told[1].decode("ascii"), "strict"
    yield from (("utf-8", "strict"), ("gb18030", "strict"), ("utf-8", "surrogateescape"))
