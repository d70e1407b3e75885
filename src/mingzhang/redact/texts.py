"""Text, Markdown and HTML files: only the characters of the secrets change."""

from __future__ import annotations

from mingzhang.redact.encodings import decoded
from mingzhang.redact.patterns import Finder, Flavour


def redact_text(data: bytes, name: str, finder: Finder) -> tuple[bytes, list[int]]:
    """A text file masked, HTML tables in it included, and how often each secret was in it."""
    return _redacted(data, name, finder, ("text",))


def redact_html(data: bytes, name: str, finder: Finder) -> tuple[bytes, list[int]]:
    """A page masked: what it shows, attributes, comments and scripts."""
    return _redacted(data, name, finder, ("markup",), markup=True)


def _redacted(
    data: bytes, name: str, finder: Finder, flavours: tuple[Flavour, ...], markup: bool = False
) -> tuple[bytes, list[int]]:
    source = decoded(data, name, markup)
    hits = finder.hits(source.text, *flavours)
    return (source.encoded(finder.masked(source.text, hits)) if hits else data), finder.count(hits)
