"""The names of entries in running text: of a list's rows, of units, of items that a paragraph tells each by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from mingzhang.read.narrative.scanning import Token

_PAUSE = re.compile(r"[,。;:、\n]")
_STOP = re.compile(r"[。;:\n]")
_ORDINAL = re.compile(r"(?:\(?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)、]|\d{1,2}\.(?!\d))")
_LONGEST_LIST_NAME, _LONGEST = 30, 90
_ALIKE = 0.6


def list_name(text: str, since: int, end: int, marker: str, known: Sequence[str]) -> tuple[int, int, float]:
    """The name that stands right before `end` (and a marker): its places, and how sure it is one (0 if there is none).

    A name of `known` is found where no mark of punctuation sets it off, too. Another must be like one of them, or at
    least end alike.
    """
    if marker and text.endswith(marker, since, end):
        end -= len(marker)
    same = max((name for name in known if text.endswith(name, since, end)), key=len, default="")
    if same:
        return end - len(same), end, 1.0
    start = max((match.end() for match in _PAUSE.finditer(text, since, end)), default=since)
    name = text[start:end]
    if not 2 <= len(name) <= _LONGEST_LIST_NAME or any(character.isdigit() for character in name):
        return start, end, 0.0
    if any(_alike(name, one) >= _ALIKE for one in known):
        return start, end, 0.9
    return start, end, 0.5 if not known or any(name.endswith(one[-2:]) for one in known) else 0.0


def _alike(first: str, second: str) -> float:
    """How many of the pairs of neighbouring characters two names share, 0 to 1."""
    one, other = _pairs(first), _pairs(second)
    return 2 * len(one & other) / (len(one) + len(other))


@lru_cache(maxsize=4096)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(name[place : place + 2] for place in range(max(1, len(name) - 1)))


def marked_names(text: str, marker: str) -> Iterator[Token]:
    """What stands before each marker, from the start of its sentence or behind its ordinal."""
    for match in re.finditer(re.escape(marker), text):
        end = match.start()
        start = max(0, end - _LONGEST)
        start = max((stop.end() for stop in _STOP.finditer(text, start, end)), default=start)
        start = max((ordinal.end() for ordinal in _ORDINAL.finditer(text, start, end)), default=start)
        if start < end:
            yield Token("anchor", start, end, marker)


def known_names(text: str, names: Iterable[str]) -> Iterator[Token]:
    """Where one of these names stands, whole or shortened as people do: some of its characters left out inside."""
    for name in names:
        head, tail = name[:2], name[-2:]
        start = text.find(head) if len(name) >= 4 else -1
        while start >= 0:
            end = _shortened(text, start, name)
            if end - start > len(name) // 2 and text.endswith(tail, start, end):
                yield Token("anchor", start, end, "")
            start = text.find(head, start + 1)


def _shortened(text: str, start: int, name: str) -> int:
    """The end of the characters from `start` that stand in the name in this order, at its last character or before."""
    place, end = 0, start
    while end < len(text) and place < len(name):
        place = name.find(text[end], place) + 1
        if not place:
            break
        end += 1
    return end
