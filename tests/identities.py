"""The rule book's identities over a disclosure: what the suite holds the compiler to."""

from __future__ import annotations

from dataclasses import replace

from mingzhang.check.book import load_book
from mingzhang.check.run import Candidate, check
from mingzhang.disclosure import Disclosure


def broken_identities(disclosure: Disclosure) -> list[str]:
    """What the rules that are made of lines find, in words."""
    book = load_book(disclosure.family)
    found = check([Candidate("公开", disclosure)]).checked[0].findings
    return [f"{one.rule} {one.severity} {one.message}" for one in found if book.rule(one.rule).lines]


def magnified(disclosure: Disclosure) -> Disclosure:
    """The tables alone, every amount a hundredfold: a difference of 0.01 is then more than rounding explains."""
    facts = tuple(replace(fact, value=100 * fact.value) for fact in disclosure.facts)
    return replace(disclosure, facts=facts, narrative=(), projects=(), indicators=(), overall=(), texts=(), mentions=())
