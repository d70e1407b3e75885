"""No rule fires on what is right: compiled ledgers of every shape. What is wrong is found, and told where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from example_ledgers import EXAMPLES, example
from generate import large_sheets
from identities import broken_identities
from mingzhang.check.findings import Finding
from mingzhang.check.run import Candidate, check
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import package_files, read_package
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.ledger.source import RawSheet
from mingzhang.publish import publish
from mingzhang.read import read
from published import AMOUNT, Page, is_table, published, read_pages
from strategies import YEAR, build, pairs, raw_ledgers, sheet

_SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))
_TABLES = [table.id for table in load_family().tables]


def findings(disclosure: Disclosure, prior: Disclosure | None = None) -> tuple[Finding, ...]:
    return check([Candidate("公开", disclosure, prior)]).checked[0].findings


def told(found: tuple[Finding, ...]) -> list[str]:
    return [f"{one.rule} {one.severity} {one.message}" for one in found]


@settings(_SLOW, max_examples=40)
@given(raw_ledgers())
def test_no_rule_fires_on_a_ledger_of_any_shape(raw: dict[str, RawSheet]) -> None:
    assert not told(findings(compile_ledger(build(raw))))


@settings(_SLOW, max_examples=20)
@given(raw=raw_ledgers(lines=10), before=raw_ledgers(lines=10))
def test_no_rule_fires_against_last_years_disclosure(
    raw: dict[str, RawSheet], before: dict[str, RawSheet], tmp_path_factory: pytest.TempPathFactory
) -> None:
    prior = replace(compile_ledger(build(before)), fiscal_year=YEAR - 1)
    folder = tmp_path_factory.mktemp("prior")
    for name, text in package_files(prior).items():
        (folder / name).write_text(text, "utf-8", newline="")
    assume(build(raw).department["kind"] == prior.kind)
    ledger = build(raw | {"prior": pairs({"source": str(folder)})})
    assert not told(findings(compile_ledger(ledger), prior))


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("kind", ["", "data", "md"])
def test_no_rule_fires_on_the_examples(name: str, kind: str, tmp_path: Path) -> None:
    disclosure = example(name)
    if kind:
        publish(disclosure, tmp_path, [kind])
        file = tmp_path if kind == "data" else tmp_path / f"disclosure.{kind}"
        disclosure = read_package(file) if kind == "data" else read([file])[0].disclosure
    # Names and periods that the real departments published are kept, and worth a hint.
    assert not told(tuple(one for one in findings(disclosure) if one.severity != "info"))


@pytest.mark.parametrize("amount", ["", "1234.50"])
def test_rounding_of_like_amounts_breaks_no_sum(amount: str) -> None:
    """Amounts in equal steps, and equal amounts, round all alike: their sums drift away from the printed total."""
    raw = large_sheets(projects=120, units=6)
    if amount:
        rows = [
            row | {"amount": amount} if row["pro_code"].startswith("101-") else row for _, row in raw["budget"].rows
        ]
        forms = [row | {"total_local": amount, "annual_local": amount} for _, row in raw["projects"].rows]
        raw |= {"budget": sheet(rows), "projects": sheet(forms)}
    assert not broken_identities(compile_ledger(build(raw)))


@pytest.mark.parametrize("table", _TABLES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_table_that_is_missing_breaks_no_identity(name: str, table: str) -> None:
    whole = example(name)
    facts = tuple(fact for fact in whole.facts if fact.table != table)
    empty = tuple(one for one in whole.empty_tables if one != table)
    assert not broken_identities(replace(whole, facts=facts, empty_tables=empty))


@cache
def pages_of(name: str) -> list[Page]:
    """The pages of an example, up to the list of purchases, whose amounts are no table's."""
    return published(example(name))


def changed(name: str, random: Random) -> Iterator[tuple[list[Page], int, str]]:
    """An example with a digit of one table cell changed, time and again: the pages, the line, the amount now there."""
    pages = pages_of(name)
    tables = [number for number, page in enumerate(pages) if is_table(page) and len(page[0].split("\t")) != 5]
    while True:
        number = random.choice(tables)
        spots = [(row, match) for row, line in enumerate(pages[number]) for match in AMOUNT.finditer(line)]
        if not spots:
            continue
        row, match = random.choice(spots)
        place = random.choice([at for at, letter in enumerate(match[0]) if letter.isdigit()])
        digit = random.choice([one for one in "123456789" if one != match[0][place]])
        amount = match[0][:place] + digit + match[0][place + 1 :]
        line = pages[number][row]
        page = list(pages[number])
        page[row] = line[: match.start()] + amount + line[match.end() :]
        yield (
            [*pages[:number], page, *pages[number + 1 :]],
            sum(len(one) + 1 for one in pages[:number]) + row + 1,
            amount,
        )


@settings(_SLOW, max_examples=15)
@given(random=st.randoms(use_true_random=False), name=st.sampled_from(list(EXAMPLES)))
def test_a_changed_digit_is_found_where_it_stands(random: Random, name: str) -> None:
    pages, line, amount = next(changed(name, random))
    found = [one for one in findings(read_pages(pages)) if one.difference]
    assert found, (line, amount)
    places = [(place.line, place.value) for place in found[0].where]
    assert (line, amount) in places, (line, amount, told(tuple(found)))
    assert len(found) == 1, told(tuple(found))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_explanation_that_is_missing_breaks_no_identity(name: str) -> None:
    assert not broken_identities(replace(example(name), narrative=(), mentions=()))
