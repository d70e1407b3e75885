"""Running text made ready for its figures: lines joined into one text in which every character knows its place.

Sentences stand broken over lines, with blanks inside words and numbers. The joined text has neither; it is folded to
half width and lower case, character by character, so that places stay places.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct, field

from mingzhang.read.blocks import Paragraph, Place

_FOLD = str.maketrans(
    "０１２３４５６７８９（）【】〔〕［］“”‘’：，；％．－—–−＋／ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789()[][][]\"\"'':,;%.----+/abcdefghijklmnopqrstuvwxyz",
) | dict.fromkeys(range(9), "?")  # control characters have a meaning in scanned text
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_PAGE_NUMBER = re.compile(r"[-—–\s]*\d{1,3}[-—–\s]*")
_ORDINAL = re.compile(r"[(（]?\d{1,2}(?:[、)）]|[.．](?!\d|$))")
BREAK = "\n"


def fold_text(text: str) -> str:
    """A text of the same length in one kind of punctuation, half width and lower case."""
    return text.translate(_FOLD)


class Prose(Struct, frozen=True):
    """Paragraphs as one text without blanks: `printed` as it stands, `text` folded; `starts` are the paragraphs' places.

    A BREAK stands only where two lines cannot be one sentence.
    """

    paragraphs: tuple[Paragraph, ...]
    starts: tuple[int, ...]
    printed: str
    text: str
    known: dict[int, list[int]] = field(default_factory=dict)

    def raw(self, start: int, end: int) -> str:
        """What is printed from `start` up to `end`, its blanks included."""
        first, last = self._paragraph(start), self._paragraph(end - 1)
        if first == last:
            offsets = self._offsets(first)
            start, end = (place - self.starts[first] for place in (start, end))
            return self.paragraphs[first].text[offsets[start] : offsets[end - 1] + 1]
        return self.printed[start:end].replace(BREAK, "")

    def place(self, start: int, end: int) -> tuple[Place, float]:
        """Where the characters from `start` up to `end` begin, and how sure the source is of them."""
        number = self._paragraph(start)
        paragraph, offsets = self.paragraphs[number], self._offsets(number)
        first = start - self.starts[number]
        last = min(end - self.starts[number], len(offsets)) - 1
        return paragraph.place_of(offsets[first], offsets[last] + 1), paragraph.confidence

    def _paragraph(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1

    def _offsets(self, number: int) -> list[int]:
        """Where in a paragraph its characters that are no blanks stand."""
        if number not in self.known:
            text = _without_tags(self.paragraphs[number].text)
            self.known[number] = [offset for offset, character in enumerate(text) if not character.isspace()]
        return self.known[number]


def join(paragraphs: Sequence[Paragraph]) -> Prose:
    """Join paragraphs that may be lines of one sentence."""
    kept: list[Paragraph] = []
    starts: list[int] = []
    pieces: list[str] = []
    place = 0
    for paragraph in paragraphs:
        text = _without_tags(paragraph.text)
        compact = "".join(text.split())
        if not compact or (_is_page_number(text) and not _goes_on(pieces)):
            continue
        if pieces and _begins(paragraph, kept[-1], compact):
            pieces.append(BREAK)
            place += 1
        kept.append(paragraph)
        starts.append(place)
        pieces.append(compact)
        place += len(compact)
    printed = "".join(pieces)
    return Prose(tuple(kept), tuple(starts), printed, fold_text(printed))


def _without_tags(text: str) -> str:
    return _TAG.sub(lambda match: " " * len(match[0]), text) if "<" in text else text


def _is_page_number(text: str) -> bool:
    return len(text) < 16 and _PAGE_NUMBER.fullmatch(text) is not None


def _goes_on(pieces: list[str]) -> bool:
    """Whether what has been read ends inside a number."""
    return bool(pieces) and pieces[-1][-1] in ".,．，0123456789０１２３４５６７８９"


def _begins(paragraph: Paragraph, before: Paragraph, compact: str) -> bool:
    """Whether the line begins something new, so that its digits cannot go on those of the line before."""
    return bool(paragraph.starts or paragraph.level or before.level) or _ORDINAL.match(compact) is not None
