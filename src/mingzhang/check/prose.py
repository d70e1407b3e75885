"""Sentences of the explanation made plain: amounts, counts, names that they list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Literal

from msgspec import Struct

from mingzhang.disclosure import Text
from mingzhang.families.model import chinese_numeral

_FOLD = str.maketrans("０１２３４５６７８９．％；：（）【】〔〕［］“”‘’", "0123456789.%;:()[][][]\"\"''")
NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?)"
_COUNT = r"(?:\d{1,4}|[一二三四五六七八九十]{1,3})"
_NUMERALS = {chinese_numeral(number): number for number in range(1, 100)}
_SENTENCE = re.compile(r"[^。;]+")


class Passage(Struct, frozen=True):
    """A paragraph and its text made plain: no blanks, one kind of punctuation, half width."""

    source: Text
    text: str


def plain(text: str) -> str:
    """A text without blanks, half width, in one kind of brackets, quotation marks, colons and semicolons."""
    return "".join(text.split()).translate(_FOLD)


def passages(texts: Iterable[Text]) -> Iterator[Passage]:
    """The running text among some texts; headings are none."""
    for text in texts:
        if not text.style.startswith("heading") and text.style != "block":
            yield Passage(text, plain(text.text))


def sentences(text: str) -> Iterator[str]:
    """A plain text cut at full stops and semicolons."""
    return (match[0] for match in _SENTENCE.finditer(text))


def amount(printed: str) -> Decimal:
    """The number that NUMBER matched."""
    return Decimal(printed.replace(",", ""))


def rounding(number: Decimal) -> Decimal:
    """How far a number that a person wrote may be from the exact one: people cut digits off as well as round."""
    return Decimal(1).scaleb(int(number.as_tuple().exponent))


def any_of(words: Sequence[str]) -> str:
    """A pattern of any of some words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A compiled pattern, kept: patterns are made of the words that a rule is given."""
    return re.compile(text)


def count(printed: str) -> int:
    """A count in figures or a Chinese numeral below a hundred; 0 if it is none."""
    return int(printed) if printed.isdecimal() else _NUMERALS.get(printed, 0)


def counts(text: str, before: str, after: str) -> Iterator[tuple[int, str]]:
    """Counts between two patterns, in figures or Chinese numerals: 下设三个二级预算单位. Gives each with what matched."""
    for match in pattern(rf"(?:{before})({_COUNT})(?:{after})").finditer(text):
        number = count(match[1])
        if number:
            yield number, match[0]


Role = Literal["now", "before", "change", "share", ""]
_TOLD = re.compile(rf"(?P<number>{NUMBER})(?P<unit>万元|%)")
# So far before a number stand the words that say what it is.
_REACH = 60
# What stands around the numbers of a comparison and names nothing.
_JOINTS = re.compile(r"(?:19|20)\d\d年度?|相比|同期|同比|[,，、:的了为是约共由从到至比较同与和额度年净]")
_OPENINGS = re.compile(r"[,，:]|原因[是为]|主要是|由于|其中")


class Number(Struct, frozen=True):
    """A number of a sentence: this year's, last year's, the change or its percentage (signed); "" is any other.

    `subject` is what its clause names before it, `between` what all words name that stand between it and the number
    before, without those that say which of these it is.
    """

    role: Role
    value: Decimal
    printed: str
    bound: Decimal
    subject: str
    between: str


class Directions(Struct, frozen=True):
    """The words that tell the numbers of a sentence apart: up, down, this year, last year."""

    more: tuple[str, ...]
    less: tuple[str, ...]
    now: tuple[str, ...]
    before: tuple[str, ...]


def numbers_of(sentence: str, words: Directions) -> Iterator[Number]:
    """The amounts and percentages of a plain sentence, each told by the words between it and the one before it."""
    end = 0
    for match in _TOLD.finditer(sentence):
        before = sentence[max(end, match.start() - _REACH) : match.start()]
        role, value = _role(before, match, words)
        bare = pattern(any_of((*words.more, *words.less, *words.now, *words.before))).sub("", before)
        subject = _JOINTS.sub("", _OPENINGS.split(bare)[-1])
        yield Number(role, value, match[0], rounding(value), subject, _JOINTS.sub("", bare))
        end = match.end()


def of_one_thing(first: Number, *others: Number) -> bool:
    """Whether some numbers are of what the first is of: what is said before the others names it, or nothing."""
    named = [other.between.replace(first.subject, "") if first.subject else other.between for other in others]
    return not any(named)


def _role(before: str, match: re.Match[str], words: Directions) -> tuple[Role, Decimal]:
    value = amount(match["number"])
    turn = pattern(rf"(?P<turn>{any_of((*words.more, *words.less))})(?P<to>[到至为])?[^\d,，。;:]{{0,3}}$").search(
        before
    )
    signed = value if turn is None or turn["turn"] in words.more else -value
    if match["unit"] == "%":
        return ("share" if turn and not turn["to"] else ""), signed
    if turn:
        return ("now", value) if turn["to"] else ("change", signed)
    this, last = (max(map(before.rfind, some)) for some in (words.now, words.before))
    return ("now" if this > last else "before" if last > this else ""), value
