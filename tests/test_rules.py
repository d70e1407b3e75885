"""Each rule of each book: its example that passes gives no finding of it, the one that breaks it gives one."""

from __future__ import annotations

from functools import cache

import pytest

from mingzhang.check.book import BookError, Example, bound_lines, edited, load_book, load_examples, sample
from mingzhang.check.findings import Finding
from mingzhang.check.run import Candidate, check
from mingzhang.disclosure import Disclosure
from mingzhang.families import families
from mingzhang.read.assemble import assemble
from mingzhang.read.recognise import Fit
from mingzhang.read.sources.text import read_text


@cache
def read_as(text: str, family: str) -> Disclosure:
    """A text read by a family, whatever else it looks like: an example shows a part of a document only."""
    blocks = read_text(text.strip("\n"), "example.txt").blocks
    return assemble(blocks, [Fit(family, 1.0)])


def candidate(text: str, family: str, prior: str = "") -> Candidate:
    return Candidate("example", read_as(text, family), read_as(prior, family) if prior else None)


def findings(text: str, family: str, prior: str = "") -> tuple[Finding, ...]:
    """What the check finds in a text."""
    return check([candidate(text, family, prior)]).checked[0].findings


def texts(family: str, example: Example) -> tuple[str, str]:
    """The text that passes and the one that breaks the rule."""
    if not example.whole:
        return example.passes, example.breaks
    return edited(sample(family), example.passes), edited(sample(family), example.breaks)


@cache
def broken(family: str) -> dict[str, tuple[set[str], set[str]]]:
    """For each rule what its examples break, folded findings too: all in one check, the way many documents are checked."""
    held = [(rule, one, *texts(family, one)) for rule, one in load_examples(family).items()]
    report = check([candidate(text, family, one.prior) for _, one, *both in held for text in both])
    found = [
        {rule for one in checked.findings for rule in (one.rule, *(also.rule for also in one.also))}
        for checked in report.checked
    ]
    return {rule: (found[2 * n], found[2 * n + 1]) for n, (rule, *_) in enumerate(held)}


@pytest.mark.parametrize(
    ("family", "rule"), [(family, rule) for family in families() for rule in load_examples(family)]
)
def test_examples_do_what_the_rule_says(family: str, rule: str) -> None:
    passes, breaks = broken(family)[rule]
    assert rule not in passes
    assert rule in breaks


@pytest.mark.parametrize("family", families())
def test_the_sample_gives_no_finding(family: str) -> None:
    if text := sample(family):
        assert [(one.rule, one.message) for one in findings(text, family)] == []


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
