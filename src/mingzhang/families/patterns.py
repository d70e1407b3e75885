"""Sentence patterns: literal text with slots, as a family's narrative declares them.

A pattern is parsed once into parts; rendering walks the parts with the figures, and a reader can walk the same parts
to find the figures in a sentence. Grammar (documented at the head of a family's narrative.toml)::

    {key:format}                a figure in one of the printed styles
    {name}                      a variable or a text
    {@phrase prefix}            a phrase; `~` in it stands for the prefix
    {#key phrase separator}     a list figure, each entry printed by the phrase
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from mingzhang.amounts import AmountFormat, print_amount, round_half_up
from mingzhang.families.model import Variant

Value = Decimal | date
_SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """Text printed as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure."""

    key: str
    form: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or a text of the ledger."""

    key: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase whose wording the figures under `prefix` choose."""

    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list figure."""

    key: str
    phrase: str
    separator: str


Part = Words | Slot | Name | Phrase | Listing


@cache
def parse(pattern: str) -> tuple[Part, ...]:
    """Split a pattern into its parts."""
    parts: list[Part] = []
    position = 0
    for match in _SLOT.finditer(pattern):
        if match.start() > position:
            parts.append(Words(pattern[position : match.start()]))
        parts.append(_part(match[1]))
        position = match.end()
    if position < len(pattern):
        parts.append(Words(pattern[position:]))
    return tuple(parts)


def _part(body: str) -> Part:
    if body.startswith("@"):
        name, _, prefix = body[1:].partition(" ")
        return Phrase(name, prefix)
    if body.startswith("#"):
        key, phrase, separator = body[1:].split(" ")
        return Listing(key, phrase, separator)
    key, colon, form = body.rpartition(":")
    return Slot(key, form) if colon else Name(body)


@dataclass(slots=True)
class Figures:
    """What sentences are made of: figures by key, list figures by key and entry, and texts by name."""

    single: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, dict[str, Value]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether there is a figure, a list with entries, or a text that is not blank."""
        if key.endswith(".*"):
            return bool(self.lists.get(key[:-2]))
        return key in self.single or bool(self.texts.get(key))


_CONDITION = re.compile(r"(\S+) (missing|present|[=<>])(?: (-?\d+))?")
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def holds(condition: str, figures: Figures, prefix: str = "") -> bool:
    """Whether a condition such as `n7.total = 0`, `~change missing` or `a > 0 or b < 0` holds."""
    return any(_holds(part, figures, prefix) for part in condition.split(" or "))


def _holds(condition: str, figures: Figures, prefix: str) -> bool:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise ValueError(f"bad condition {condition!r}")
    key, operator, number = match[1].replace("~", prefix), match[2], match[3]
    if operator in ("missing", "present"):
        return figures.has(key) == (operator == "present")
    value = figures.single.get(key)
    return isinstance(value, Decimal) and _COMPARE[operator](value, Decimal(number))


@dataclass(frozen=True, slots=True)
class Rendering:
    """A sentence, and the figures that it prints or implies, as printed (a decrease negative)."""

    text: str
    printed: tuple[tuple[str, str], ...]


def render(
    variant: Variant, figures: Figures, phrases: Mapping[str, tuple[Variant, ...]], prefix: str = ""
) -> Rendering | None:
    """Print a variant if its conditions hold, else give None. Raises KeyError for a name that nothing defines."""
    if variant.read or not all(holds(condition, figures, prefix) for condition in variant.when):
        return None
    text: list[str] = []
    printed = [(key.replace("~", prefix), str(value)) for key, value in variant.implies.items()]
    for part in parse(variant.text.replace("~", prefix)):
        rendering = _render_part(part, figures, phrases)
        text.append(rendering.text)
        printed.extend(rendering.printed)
    return Rendering("".join(text), tuple(printed))


def _render_part(part: Part, figures: Figures, phrases: Mapping[str, tuple[Variant, ...]]) -> Rendering:
    match part:
        case Words(text):
            return Rendering(text, ())
        case Name(key):
            return Rendering(figures.texts[key], ())
        case Slot(key, form):
            return _print(key, figures.single[key], form)
        case Phrase(name, prefix):
            return choose(phrases[name], figures, phrases, prefix)
        case Listing(key, phrase, separator):
            entries = [_entry(key, entry, figures, phrases[phrase]) for entry in figures.lists.get(key, {})]
            printed = tuple(pair for entry in entries for pair in entry.printed)
            return Rendering(separator.join(entry.text for entry in entries), printed)


def choose(
    variants: tuple[Variant, ...], figures: Figures, phrases: Mapping[str, tuple[Variant, ...]], prefix: str = ""
) -> Rendering:
    """Print the first variant whose conditions hold; none is a fault of the family and raises LookupError."""
    for variant in variants:
        rendering = render(variant, figures, phrases, prefix)
        if rendering is not None:
            return rendering
    raise LookupError(f"no variant for {prefix!r}")


def _entry(key: str, entry: str, figures: Figures, variants: tuple[Variant, ...]) -> Rendering:
    text: list[str] = []
    printed: list[tuple[str, str]] = []
    for part in parse(variants[0].text):
        match part:
            case Slot(slot, form):
                name = slot.removesuffix(".*")
                one = _print(f"{name}.{entry}", figures.lists[name][entry], form)
                text.append(one.text)
                printed.extend(one.printed)
            case Name(_):
                text.append(entry)
            case Words(literal):
                text.append(literal)
            case _:
                raise ValueError(f"{key}: a list's phrase holds slots and text only")
    return Rendering("".join(text), tuple(printed))


def _print(key: str, value: Value, form: str) -> Rendering:
    if isinstance(value, date):
        return Rendering(f"{value.year}年{value.month}月{value.day}日", ((key, value.isoformat()),))
    text = _print_percent(abs(value)) if form == "percent" else print_amount(abs(value), _amount_format(form))
    bare = text.replace(",", "")
    return Rendering(text, ((key, f"-{bare}" if value < 0 and bare != "0" else bare),))


def _print_percent(value: Decimal) -> str:
    """Two decimals; "0" only where there is nothing at all, so that a tiny share prints 0.00."""
    return "0" if value == 0 else f"{round_half_up(value):f}"


def _amount_format(form: str) -> AmountFormat:
    match form:
        case "grouped" | "fixed" | "short" | "count":
            return form
        case _:
            raise ValueError(f"unknown format {form!r}")
