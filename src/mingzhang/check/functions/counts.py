"""Numbers with a measure word in texts: how many of what. 保洁道路共9条、21条道路、地下建筑面积17714平方米."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from mingzhang.check.values import Value

_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?"
_STOP = re.compile(r"[，,。；;：:、《》〔〕【】\[\]\n\d]")
_OPEN = "（("
_BEFORE, _AFTER = 14, 10
# What makes a number something else than a count: 第3次, 2025年22次会议, 〔2025〕22次, 3-5个.
_NOT_AFTER = r"(?<![\d.,第年〕】\]/~-])"
_NOT_BEFORE = r"(?!月|工作日|百分点|季度|小时|方面|环节|阶段|年)"
_MANY = Decimal(10_000)

Measures = Mapping[str, Sequence[str]]


class Count(Struct, frozen=True):
    """A number of a text: `number` in the plain `measure`, the words `before` and `after` it, as printed, and where.

    `half` is half of its last printed digit.
    """

    number: Decimal
    measure: str
    before: str
    after: str
    printed: str
    start: int
    half: Decimal


def counts_in(text: str, measures: Measures) -> Iterator[Count]:
    """The numbers with one of the `measures` (a plain measure word, with others for the same) in a text."""
    plain = _plain(tuple((word, tuple(others)) for word, others in measures.items()))
    for match in _pattern(tuple(plain)).finditer(text):
        measure, scale = plain[match["measure"]]
        factor = scale * (_MANY if match["many"] else Decimal(1))
        printed = Decimal(match["number"].replace(",", ""))
        half = Decimal(5).scaleb(int(printed.as_tuple().exponent) - 1)
        yield Count(
            printed * factor,
            measure,
            _words_before(text, match.start()),
            _words_after(text, match.end()),
            match[0],
            match.start(),
            half * factor if match["many"] or "." in match["number"] else Decimal(0),
        )


def count_of(value: Value, measures: Measures) -> tuple[Decimal, str] | None:
    """An indicator's value in the plain measure; None if it has none of the measures."""
    if value.number is None or value.is_range:
        return None
    plain = _plain(tuple((word, tuple(others)) for word, others in measures.items()))
    unit = value.unit
    many = unit.startswith("万")
    found = plain.get(unit.removeprefix("万") if many else unit)
    if found is None:
        return None
    measure, scale = found
    return value.number * scale * (_MANY if many else 1), measure


@cache
def _plain(measures: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, Decimal]]:
    """Each word for a measure with the plain one and its size; 公里=1000 is written 公里*1000."""
    found: dict[str, tuple[str, Decimal]] = {}
    for word, others in measures:
        for other in (word, *others):
            name, _, scale = other.partition("*")
            found[name] = (word, Decimal(scale or 1))
    return found


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    measure = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"{_NOT_AFTER}(?P<number>{_NUMBER})\s?(?P<many>万)?(?P<measure>{measure}){_NOT_BEFORE}")


def _words_before(text: str, end: int) -> str:
    if text[end - 1 : end] in _OPEN and end:
        end -= 1
    start = max(0, end - _BEFORE)
    piece = text[start:end]
    stops = [match.end() for match in _STOP.finditer(piece)]
    piece = piece[max(stops, default=0) :]
    return piece.rpartition("（")[2].rpartition("(")[2].rpartition("）")[2].rpartition(")")[2]


def _words_after(text: str, start: int) -> str:
    piece = text[start : start + _AFTER]
    stop = re.search(r"[，,。；;：:、《》〔〕【】\[\]\n\d（(）)]", piece)
    return piece[: stop.start()] if stop else piece
