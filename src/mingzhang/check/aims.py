"""Indicators of project forms and of the overall form, one kind of record, with their values taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from mingzhang.check.values import Value, parse_value
from mingzhang.disclosure import Disclosure, Horizon, Indicator, OverallEntry

_LETTER = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


class Aim(Struct, frozen=True):
    """An indicator: that of the form `seq`, or of the overall form (0), with its value as printed and taken apart.

    `plain` is its name without punctuation (see `bare`).
    """

    seq: int
    horizon: Horizon
    level1: str
    level2: str
    name: str
    plain: str
    text: str
    value: Value | None
    source: Indicator | OverallEntry


def bare(text: str) -> str:
    """A text's letters and digits, for comparison: no blanks, no punctuation, lower case.

    >>> bare("“十五五” 规划（2026年）")
    '十五五规划2026年'
    """
    return _LETTER.sub("", text.translate(_WIDE).lower())


def aims_of(disclosure: Disclosure, footer: tuple[str, ...]) -> Iterator[Aim]:
    """The indicators of a disclosure's forms that can be read. What begins with a word of the `footer` is none."""
    unread = {project.seq for project in disclosure.projects if project.legible == "no"}
    for one in disclosure.indicators:
        if one.seq not in unread and not one.level3.startswith(footer):
            yield _aim(one.seq, one.horizon, (one.level1, one.level2, one.level3), one.value, one)
    for entry in disclosure.overall:
        level1, second, rest = entry.key.partition("/")
        if second:
            level2, _, level3 = rest.partition("/")
            yield _aim(0, "annual", (level1, level2, level3), entry.value, entry)


def _aim(seq: int, horizon: Horizon, levels: tuple[str, str, str], value: str, source: Indicator | OverallEntry) -> Aim:
    level1, level2, name = levels
    return Aim(seq, horizon, level1, level2, name, bare(name), value, parse_value(value), source)
