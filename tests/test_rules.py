"""Each rule of each book: its example that passes gives no finding of it, the one that breaks it gives one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mingzhang.check.book import BookError, Example, bound_lines, edited, load_book, load_examples, sample
from mingzhang.check.findings import Finding
from mingzhang.check.run import Candidate, check
from mingzhang.disclosure import Disclosure
from mingzhang.families import families
from mingzhang.read.assemble import assemble
from mingzhang.read.recognise import Fit
from mingzhang.read.sources.text import read_text


def read_as(text: str, family: str) -> Disclosure:
    """A text read by a family, whatever else it looks like: an example shows a part of a document only."""
    blocks = read_text(text.strip("\n"), "example.txt").blocks
    return assemble(blocks, [Fit(family, 1.0)])


def findings(text: str, family: str, prior: str) -> list[Finding]:
    before = read_as(prior, family) if prior else None
    return list(check([Candidate("example", read_as(text, family), before)]).checked[0].findings)


def broken(text: str, family: str, prior: str) -> set[str]:
    """The rules that a text breaks, those folded into others too."""
    return {rule for one in findings(text, family, prior) for rule in (one.rule, *(also.rule for also in one.also))}


def examples() -> Iterator[tuple[str, str, Example]]:
    for family in families():
        for rule, example in load_examples(family).items():
            yield family, rule, example


@pytest.mark.parametrize(
    ("family", "rule", "example"), list(examples()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_examples_do_what_the_rule_says(family: str, rule: str, example: Example) -> None:
    passes, breaks = example.passes, example.breaks
    if example.whole:
        passes, breaks = edited(sample(family), passes), edited(sample(family), breaks)
    assert rule not in broken(passes, family, example.prior)
    assert rule in broken(breaks, family, example.prior)


@pytest.mark.parametrize("family", families())
def test_the_sample_gives_no_finding(family: str) -> None:
    if text := sample(family):
        assert [(one.rule, one.message) for one in findings(text, family, "")] == []


def test_edits_that_do_not_fit_are_refused() -> None:
    assert edited("一\n二\n", "一⏎ => 三⏎四⏎\n四 =>") == "三\n\n二\n"
    for edits in ("五 => 六", "一"):
        with pytest.raises(BookError):
            edited("一\n二\n", edits)


@pytest.mark.parametrize("family", families())
def test_every_rule_has_its_examples(family: str) -> None:
    assert {rule.id for rule in load_book(family).rules} == set(load_examples(family))


@pytest.mark.parametrize("family", families())
def test_books_refer_to_what_their_families_have(family: str) -> None:
    assert len({bound.rule.id for bound in bound_lines(family)}) <= len(load_book(family).rules)
