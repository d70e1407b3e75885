"""Numbers with a measure word in texts: how many of what. 保洁道路共9条、21条道路、地下建筑面积17714平方米."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.check.values import Value

# What makes a number something else than a count: 第3次, 2025年22次会议, 〔2025〕22次, 3-5个; 3个月, 2次以上会议.
_NUMBER = re.compile(r"(?<![\d.,第年〕】\]/~-])(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?)")
_NOT_BEFORE = re.compile(r"月|工作日|百分点|季度|小时|方面|环节|阶段|年")
_LONGEST = 3
_AFTER_STOP = re.compile(r"[，,。；;：:、《》〔〕【】\[\]\n\d（(）)]")
_STOP = re.compile(r"[，,。；;：:、《》〔〕【】\[\]\n\d]")
_OPEN = "（("
_BEFORE, _AFTER = 14, 10
_MANY = Decimal(10_000)

Measures = Mapping[str, Sequence[str]]
# Each word for a measure with the plain one and its size in it.
Table = Mapping[str, tuple[str, Decimal]]


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


def measure_table(measures: Measures) -> Table:
    """Measure words by what a rule is given: plain words, with others for the same; 公里=1000 is written 公里*1000."""
    found: dict[str, tuple[str, Decimal]] = {}
    for word, others in measures.items():
        for other in (word, *others):
            name, _, scale = other.partition("*")
            found[name] = (word, Decimal(scale or 1))
    return found


def counts_in(text: str, table: Table) -> Iterator[Count]:
    """The numbers of a text that have one of the measures."""
    for match in _NUMBER.finditer(text):
        end = match.end()
        end += text[end : end + 1] in (" ", "\xa0")
        many = text[end : end + 1] == "万"
        end += many
        word = next((text[end : end + size] for size in range(_LONGEST, 0, -1) if text[end : end + size] in table), "")
        if not word or _NOT_BEFORE.match(text, end + len(word)):
            continue
        measure, scale = table[word]
        factor = scale * (_MANY if many else 1)
        printed = Decimal(match[0].replace(",", ""))
        half = Decimal(5).scaleb(int(printed.as_tuple().exponent) - 1)
        yield Count(
            printed * factor,
            measure,
            _words_before(text, match.start()),
            _words_after(text, end + len(word)),
            text[match.start() : end + len(word)],
            match.start(),
            half * factor if many or "." in match[0] else Decimal(0),
        )


def count_of(value: Value, table: Table) -> tuple[Decimal, str] | None:
    """An indicator's value in the plain measure; None if it has none of the measures."""
    if value.number is None or value.is_range:
        return None
    unit = value.unit
    many = unit.startswith("万")
    found = table.get(unit.removeprefix("万") if many else unit)
    if found is None:
        return None
    measure, scale = found
    return value.number * scale * (_MANY if many else 1), measure


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
    stop = _AFTER_STOP.search(piece)
    return piece[: stop.start()] if stop else piece
