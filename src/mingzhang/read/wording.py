"""Which section a paragraph belongs to by its own wording, where a heading is lost or stands in the wrong place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import cache
from itertools import pairwise

from msgspec import Struct

from mingzhang.families import load_family
from mingzhang.families.model import Section, Variant
from mingzhang.families.patterns import Slot, Words, parse
from mingzhang.read.blocks import Block, Paragraph
from mingzhang.read.titles import Title

_HAN = re.compile(r"[一-鿿]+")
_OPENS = re.compile(r"20\d\d年度?(?!底|末|\d)")
_ENDS = ("。", "！", "？", "；", "：", ".", ";", ":")
# A paragraph is a section's if it shows this share of a wording, and so much more of it than of its own section's.
_SHOWN, _MORE = 0.6, 0.15
# A wording without figures is short and common: a text that is it has little besides.
_BESIDES = 2
_SHORTEST = 8


class _Wording(Struct, frozen=True):
    """The pairs of neighbouring characters of a sentence that a section prints, each with its weight.

    `spare` are those that say that there is nothing to tell, and other ways to say the same.
    """

    section: str
    pairs: dict[str, float]
    bare: bool
    spare: bool
    length: int

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """What wordings of the same words in the same section share."""
        return self.section, frozenset(self.pairs)

    def common(self, pairs: set[str]) -> float:
        """The weight of what a text has of the wording."""
        return sum(weight for pair, weight in self.pairs.items() if pair in pairs)


class _Group(Struct):
    """The lines of one paragraph: their places in the order of blocks, their text, and where they stand."""

    places: list[int]
    text: str
    region: str
    best: _Wording | None = None
    score: float = 0.0
    own: float = 0.0


def at_home(order: Sequence[tuple[str, Block, Title | None]], around: Set[str], family_id: str) -> dict[int, str]:
    """The section of each block of `order` that by its wording belongs to another one than where it stands.

    Only the sections that print figures and the regions `around` them are looked at. Each wording is printed once: a
    paragraph that is where it belongs stays the only one. That there is nothing to tell, a section says only alone.
    """
    wordings = _wordings_of(family_id)
    groups = list(_groups(order, around | {wording.section for wording in wordings}))
    for group in groups:
        _rate(group, wordings)
    settled = [group.best for group in groups if group.best and group.best.section == group.region]
    told = {wording.section for wording in settled}
    free = Counter(wording.key for wording in wordings if not (wording.spare and wording.section in told))
    free.subtract(wording.key for wording in settled)
    moved: dict[int, str] = {}
    chosen: set[int] = set()
    for number in sorted(range(len(groups)), key=lambda number: -groups[number].score):
        group = groups[number]
        if not group.best or group.score < _SHOWN or group.own > group.score - _MORE or free[group.best.key] < 1:
            continue
        free[group.best.key] -= 1
        chosen.add(number)
        moved |= dict.fromkeys(group.places, group.best.section)
    for number, (before, group) in enumerate(pairwise(groups), 1):
        tail = number - 1 in chosen and group.score < _SHOWN and group.region == before.region
        if tail and not before.text.endswith(_ENDS):
            chosen.add(number)
            moved |= dict.fromkeys(group.places, moved[before.places[0]])
    return moved


def _rate(group: _Group, wordings: Sequence[_Wording]) -> None:
    """Find the wording that a group shows most of, and how much it shows of those of the section where it stands.

    A group that is all of what the section where it stands says, if only a part of it, is at home.
    """
    runs = _HAN.findall(group.text)
    length, pairs = sum(map(len, runs)), set(_pairs(runs))
    if length < _SHORTEST:
        return
    most = 0.0
    for wording in wordings:
        common = wording.common(pairs)
        shown = 0.0 if wording.bare and length > _BESIDES * wording.length else common / sum(wording.pairs.values())
        at_home = wording.section == group.region
        if shown > group.score or (shown == group.score and at_home):
            group.best, group.score, most = wording, shown, common
    for wording in wordings:
        if wording.section == group.region and (common := wording.common(pairs)):
            group.own = max(group.own, min(group.score, common / most) if most else 0.0)


def _groups(order: Sequence[tuple[str, Block, Title | None]], regions: Set[str]) -> Iterator[_Group]:
    """The paragraphs in the regions, lines that go on joined."""
    open_: _Group | None = None
    for place, (region, block, title) in enumerate(order):
        plain = isinstance(block, Paragraph) and title is None and not block.level and region in regions
        text = "".join(block.text.split()) if plain and isinstance(block, Paragraph) else ""
        goes_on = isinstance(block, Paragraph) and block.starts is False  # the source knows
        ended = open_ is None or (not goes_on and (open_.text.endswith(_ENDS) or _OPENS.match(text)))
        if open_ is not None and text and region == open_.region and not ended:
            open_.places.append(place)
            open_.text += text
            continue
        if open_ is not None:
            yield open_
        open_ = _Group([place], text, region) if text else None
    if open_ is not None:
        yield open_


def _pairs(runs: Sequence[str]) -> Iterator[str]:
    for run in runs:
        for first, second in pairwise(run):
            yield first + second


@cache
def _wordings_of(family_id: str) -> tuple[_Wording, ...]:
    """The sentences of a family's sections; what many sections say weighs little."""
    found: list[tuple[Section, Variant, frozenset[str], bool, int]] = []
    for section in load_family(family_id).sections:
        patterns = [parse(variant.text) for variant in section.paragraphs]
        if not any(isinstance(part, Slot) for parts in patterns for part in parts):
            continue
        for variant, parts in zip(section.paragraphs, patterns, strict=True):
            runs = _HAN.findall("\n".join(part.text for part in parts if isinstance(part, Words)))
            bare, length = not any(isinstance(part, Slot) for part in parts), sum(map(len, runs))
            if length >= _SHORTEST and (variant.when or not bare):
                found.append((section, variant, frozenset(_pairs(runs)), bare, length))
    among = Counter(pair for pair, _ in {(pair, section.id) for section, _, pairs, _, _ in found for pair in pairs})
    return tuple(
        _Wording(section.id, {pair: 1 / among[pair] for pair in pairs}, bare, bare or variant.read, length)
        for section, variant, pairs, bare, length in found
    )
