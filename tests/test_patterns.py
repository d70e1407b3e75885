"""Sentence patterns: what they print, and that what they print can be found again by walking them in reverse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from example_ledgers import EXAMPLES, example
from mingzhang.compile import compile_ledger
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.families.model import Variant
from mingzhang.families.patterns import Figures, Listing, Name, Phrase, Slot, Words, choose, holds, parse
from mingzhang.ledger.source import RawSheet
from strategies import build, raw_ledgers

FAMILY = load_family()
NUMBER = r"\d[\d,]*(?:\.\d+)?"


def regex(pattern: str, prefix: str = "", negative: frozenset[str] = frozenset()) -> str:
    """A pattern as a regular expression: slots become groups named g<n> in the order of `keys`."""
    parts = []
    for part in parse(pattern.replace("~", prefix)):
        match part:
            case Words(text):
                parts.append(re.escape(text))
            case Slot(key, form):
                value = r"\d{4}年\d+月\d+日" if form == "date" else NUMBER
                parts.append(f"(?P<k{key.encode().hex()}_{int(key in negative)}_{next(COUNTER)}>{value})")
            case Name(_):
                parts.append(".*?")
            case Phrase(name, inner):
                variants = FAMILY.phrases[name]
                bodies = [regex(one.text, inner, decreases(one, inner)) for one in variants]
                parts.append(f"(?:{'|'.join(bodies)})")
            case Listing(_, phrase, separator):
                body = re.sub(r"\(\?P<\w+>", "(?:", regex(FAMILY.phrases[phrase][0].text))
                parts.append(f"(?:{body}(?:{re.escape(separator)})?)*")
    return "".join(parts)


def decreases(variant: Variant, prefix: str) -> frozenset[str]:
    """The figures that a wording says have fallen: what is printed where a figure is below zero, and its percentage."""
    keys = [test.removesuffix(" < 0").replace("~", prefix) for test in variant.when if test.endswith(" < 0")]
    return frozenset(keys) | {f"{key}_pct" for key in keys}


COUNTER = iter(range(10**9))


def figures_of(disclosure: Disclosure) -> Iterator[tuple[str, str]]:
    """Find the figures in the paragraphs by the family's patterns alone."""
    for section in FAMILY.sections:
        lines = [text.text for text in disclosure.texts if (text.section, text.style) == (section.id, "paragraph")]
        for variant in section.paragraphs:
            if ":" not in variant.text:
                continue
            pattern = re.compile(regex(variant.text))
            for line in lines:
                for group, value in match_groups(pattern, line):
                    key, decrease, _ = group[1:].split("_")
                    yield bytes.fromhex(key).decode(), f"-{value}" if decrease == "1" else value


def match_groups(pattern: re.Pattern[str], line: str) -> Iterator[tuple[str, str]]:
    match = pattern.fullmatch(line)
    if match:
        yield from ((group, value.replace(",", "")) for group, value in match.groupdict().items() if value)


def check(disclosure: Disclosure) -> None:
    """Every figure with a number of its own, lists apart, is found again with its value."""
    printed = {figure.key: figure.value for figure in disclosure.narrative if "by_function" not in figure.key}
    found = {key: re.sub(r"(\d{4})年(\d+)月(\d+)日", date, value) for key, value in figures_of(disclosure)}
    for key, value in printed.items():
        assert found.get(key, "0") == value, key


def date(match: re.Match[str]) -> str:
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_can_be_read_back(name: str) -> None:
    check(example(name))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw_ledgers(lines=10))
def test_any_explanation_can_be_read_back(raw: dict[str, RawSheet]) -> None:
    check(compile_ledger(build(raw)))


@pytest.mark.parametrize(
    ("single", "expected"),
    [
        ({}, "，上年无可比预算数"),
        ({"n5.change": "0", "n5.change_pct": "0"}, "，与上年相同"),
        ({"n5.change": "12.50", "n5.change_pct": "4.166666"}, "，比上年增加12.50万元，增长4.17%"),
        ({"n5.change": "-12.50", "n5.change_pct": "-4.165"}, "，比上年减少12.50万元，下降4.17%"),
        ({"n5.change": "12.50"}, "，比上年增加12.50万元，上年预算数为零，不计算增幅"),
    ],
)
def test_wording_follows_the_figures(single: dict[str, str], expected: str) -> None:
    figures = Figures(single={key: Decimal(value) for key, value in single.items()})
    assert choose(FAMILY.phrases["change"], figures, FAMILY.phrases, "n5.").text == expected


def test_every_condition_and_phrase_is_well_formed() -> None:
    for variant in all_variants():
        for condition in variant.when:
            holds(condition, Figures(), "x.")
        for part in parse(variant.text):
            if isinstance(part, Phrase):
                assert part.name in FAMILY.phrases
            if isinstance(part, Listing):
                assert part.phrase in FAMILY.phrases


def all_variants() -> Iterator[Variant]:
    for section in FAMILY.sections:
        yield from section.paragraphs
    for variants in FAMILY.phrases.values():
        yield from variants
