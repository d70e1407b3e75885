"""The figures of the explanation, found by walking the family's sentence patterns in reverse.

A section's text is joined and scanned (`prose.py`, `scanning.py`), its patterns are a chain of states (`chain.py`), and
the two are aligned (`alignment.py`). What is aligned becomes a figure with its place; every other number is a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct, field

from mingzhang.disclosure import Figure, Mention, Provenance
from mingzhang.families.model import Family
from mingzhang.read.blocks import Paragraph
from mingzhang.read.narrative.alignment import Aligner, Match
from mingzhang.read.narrative.chain import State, chain_of
from mingzhang.read.narrative.entries import known_names, list_name, marked_names
from mingzhang.read.narrative.prose import Prose, fold_text, join
from mingzhang.read.narrative.scanning import HIDDEN, SLOT_NAME, Token, scan
from mingzhang.read.printed import read_amount

_SURE = 0.75
# A figure that is said again counts in the place for which more speaks, by this much: how alike the wording is, and that
# it follows figures that the form prints before it, up to so many.
_BETTER, _RUN, _LONG = 0.1, 0.1, 3
_BEFORE = 16
_SHORTEST_NAME = 4
_DIGITS = re.compile(r"\d+")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_FACTORS = {"元": Decimal("0.0001"), "亿元": Decimal(10000)}
_LEAST_YUAN = 10000


class Names(Struct, frozen=True):
    """What is known of a document before its sentences are read: whose it is, its year, the units in its tables."""

    name: str
    fiscal_year: int
    units: tuple[str, ...] = ()


class Explained(Struct):
    """What the sections of an explanation say: the family's figures, and every other number with a unit."""

    figures: list[Figure] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


def read_figures(sections: Mapping[str, Sequence[Paragraph]], family: Family, names: Names) -> Explained:
    """Read the sections' figures; `sections` gives each section's paragraphs by the family's id of it.

    A section whose patterns print no figures is passed over.
    """
    explained = Explained()
    aligners = _aligners(family)
    classes = _class_names(family)
    for section, paragraphs in sections.items():
        aligner = aligners.get(section)
        if aligner and aligner.chain.states:
            _Reader(section, join(paragraphs), aligner, names, classes).read(explained)
    return explained


_READY: dict[int, tuple[Family, dict[str, Aligner]]] = {}


def _aligners(family: Family) -> dict[str, Aligner]:
    """The family's sections made ready once; the family is kept, so that its identity stays its own."""
    if id(family) not in _READY:
        ready = {section.id: Aligner(chain_of(section, family.phrases)) for section in family.sections}
        _READY[id(family)] = family, ready
    return _READY[id(family)][1]


def _class_names(family: Family) -> tuple[str, ...]:
    """The names of the function classes, those of other years too."""
    others = (name for names in family.class_aliases.values() for name in names)
    return tuple(fold_text(name) for name in (*(name for _, name in family.function_classes), *others))


class _Said(Struct, frozen=True):
    """A figure, the token that says it, and how much speaks for it."""

    token: int
    worth: float
    figure: Figure


class _Reader(Struct):
    """One section's text on its way to figures."""

    section: str
    prose: Prose
    aligner: Aligner
    names: Names
    classes: tuple[str, ...]
    entry: str = ""
    turn: int = 0

    def read(self, explained: Explained) -> None:
        found = scan(self.hide_names(), self.names.fiscal_year)
        known = [token for token in found.tokens if token.kind != "none" or self.aligner.nothing.states]
        tokens = sorted([*known, *self.anchors()], key=lambda token: (token.start, token.end))
        listed = [self.listed(token) for token in tokens]
        matches = self.aligner.align(found, tokens, [sure for _, _, sure in listed])
        said = list(self.said(matches, tokens, listed))
        figures: dict[str, _Said] = {}
        for one in said:
            held = figures.get(one.figure.key)
            if held is None or one.worth > held.worth + _BETTER:
                figures[one.figure.key] = one
        explained.figures += [one.figure for one in figures.values()]
        used = {one.token for one in said if one.figure.value == figures[one.figure.key].figure.value}
        others = [token for place, token in enumerate(tokens) if place not in used]
        others += [limit for limit in found.limits if limit.text + limit.unit not in self.aligner.chain.limits]
        explained.mentions += self.mentions(others)

    def hide_names(self) -> str:
        """The text with a mark for each name of the department and its units."""
        text = self.prose.text
        for name in sorted({self.names.name, *self.names.units}, key=len, reverse=True):
            folded = fold_text("".join(name.split()))
            if len(folded) >= _SHORTEST_NAME:
                text = text.replace(folded, SLOT_NAME + HIDDEN * (len(folded) - 1))
        return text

    def anchors(self) -> Iterator[Token]:
        markers = {state.marker for state in self.aligner.chain.states if state.anchor}
        for marker in markers:
            if marker:
                yield from marked_names(self.prose.text, marker)
            elif len(self.names.units) > 1:
                yield from known_names(self.prose.text, dict.fromkeys(map(fold_text, self.names.units)))

    def listed(self, token: Token) -> tuple[int, int, float]:
        """The list entry's name before a number, if the section has lists."""
        state = next((state for state in self.aligner.chain.states if state.named), None)
        if state is None or token.kind != "number":
            return 0, 0, 0.0
        return list_name(self.prose.text, token.since, token.start, state.marker, self.classes)

    def said(
        self, matches: Iterable[Match], tokens: Sequence[Token], listed: Sequence[tuple[int, int, float]]
    ) -> Iterator[_Said]:
        """The figures that the matches say, in order. A key may be said more than once."""
        for match in matches:
            state, token = self.aligner.chain.states[match.state], tokens[match.token]
            if state.anchor or state.named:
                start, end, _ = listed[match.token] if state.named else (token.start, token.end, 1.0)
                self.entry = self.prose.printed[start:end]
            for key, value, provenance in self.values(state, token, match.likeness):
                named = Figure(key.replace("*", self.entry), value, self.section, provenance)
                yield _Said(match.token, match.likeness + min(match.run, _LONG) * _RUN, named)

    def values(self, state: State, token: Token, likeness: float) -> Iterator[tuple[str, str, Provenance]]:
        """The keys and values that a token says as a state, and where it stands."""
        provenance = self.provenance(token, min(1.0, likeness / _SURE))
        if token.kind in ("same", "none"):
            yield from ((key, value, provenance) for key, value in state.implied.items())
        elif token.kind == "date":
            yield state.key, _iso(token.text), provenance
        elif token.kind == "number":
            value, provenance = _in_unit(*_number(token, provenance), token.unit)
            yield state.key, self.directed(state, token, value), provenance

    def directed(self, state: State, token: Token, value: str) -> str:
        """A value with the sign that the words of direction give it."""
        if not state.signed:
            return value
        # A percentage without a word of direction of its own goes the way of the amount before it.
        self.turn = token.turn or (self.turn if state.measure == "percent" else 0)
        falls = self.turn < 0 or value.startswith("-")
        return f"-{value.removeprefix('-')}" if falls and value.strip("-0.") else value

    def provenance(self, token: Token, sure: float = 1.0) -> Provenance:
        place, confidence = self.prose.place(token.start, token.end)
        return place.provenance(self.prose.raw(token.start, token.end), round(confidence * sure, 4))

    def mentions(self, tokens: Iterable[Token]) -> Iterator[Mention]:
        for token in tokens:
            if token.kind == "number" and token.unit:
                value, provenance = _number(token, self.provenance(token))
                before = self.prose.printed[max(0, token.start - _BEFORE) : token.start].replace("\n", "")
                yield Mention(self.section, value, token.unit, before, provenance)


def _number(token: Token, provenance: Provenance) -> tuple[str, Provenance]:
    """A number's value without separators. One that is none (35.949.39) stays as printed, with what it may be."""
    amount = read_amount(provenance.raw) or read_amount(token.text)
    printed = token.text.replace(",", "")
    if amount is None:
        return printed, replace(provenance, confidence=0.5)
    confidence = round(provenance.confidence * amount.confidence, 4)
    value = format(amount.value, "f")
    if printed.count(".") > 1:
        return printed, replace(provenance, confidence=confidence, suggested=value)
    return value, replace(provenance, confidence=confidence, repair=amount.repair)


def _in_unit(value: str, provenance: Provenance, unit: str) -> tuple[str, Provenance]:
    """An amount in 万元. A small one in 元 is one whose 万 was lost."""
    factor = _FACTORS.get(unit)
    if factor is None or not _PLAIN.fullmatch(value) or (unit == "元" and abs(Decimal(value)) < _LEAST_YUAN):
        return value, provenance
    return format((Decimal(value) * factor).normalize(), "f"), replace(provenance, repair=f"由{unit}换算为万元")


def _iso(text: str) -> str:
    """A printed date; the end of a year is its last day."""
    parts = [int(part) for part in _DIGITS.findall(text)]
    year, month, day = parts if len(parts) == 3 else (parts[0], 12, 31)
    return f"{year}-{month:02}-{day:02}"
