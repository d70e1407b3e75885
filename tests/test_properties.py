"""Any valid ledger compiles, its tables agree with one another, and the order of its lines means nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identities import identities
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import package_files, read_package
from mingzhang.ledger.source import RawSheet
from strategies import build, raw_ledgers

_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@_SLOW
@given(raw_ledgers(exact=True))
def test_identities_hold_exactly_where_nothing_is_rounded(raw: dict[str, RawSheet]) -> None:
    facts = compile_ledger(build(raw)).facts
    assert not [one for one in identities(facts) if one.difference]


@_SLOW
@given(raw_ledgers())
def test_identities_hold_within_the_rounding_bound_in_print(raw: dict[str, RawSheet]) -> None:
    facts = compile_ledger(build(raw)).facts
    assert not [one for one in identities(facts) if one.difference > one.bound]


@_SLOW
@given(raw_ledgers(), st.randoms(use_true_random=False))
def test_order_of_lines_means_nothing(raw: dict[str, RawSheet], random: object) -> None:
    expected = compile_ledger(build(raw))
    lines = list(raw["budget"].rows)
    random.shuffle(lines)  # type: ignore[attr-defined]
    shuffled = raw | {"budget": RawSheet("test", raw["budget"].headers, tuple(lines), {})}
    assert compile_ledger(build(shuffled)) == expected


@_SLOW
@given(raw_ledgers())
def test_sentences_print_the_tables_figures(raw: dict[str, RawSheet]) -> None:
    disclosure = compile_ledger(build(raw))
    cells = {(fact.table, fact.side, fact.row_name, fact.column): fact.value for fact in disclosure.facts}
    figures = {figure.key: figure.value for figure in disclosure.narrative}
    for key, place in {
        "n1.income_total": ("T1", "income", "收入总计", "amount"),
        "n2.gpb": ("T2", "", "合计", "gpb"),
        "n3.project": ("T3", "", "合计", "project"),
        "n4.current": ("T4", "income", "本年收入合计", "amount"),
        "n5.total": ("T5", "", "合计", "total"),
    }.items():
        assert Decimal(figures[key]) == cells.get(place, Decimal(0))
    text = "".join(text.text for text in disclosure.texts)
    assert "{" not in text
    assert "。。" not in text
    assert "，。" not in text


@_SLOW
@given(raw=raw_ledgers())
def test_data_package_gives_the_disclosure_back(raw: dict[str, RawSheet], tmp_path_factory: object) -> None:
    disclosure = compile_ledger(build(raw))
    folder: Path = tmp_path_factory.mktemp("package")  # type: ignore[attr-defined]
    for name, text in package_files(disclosure).items():
        (folder / name).write_text(text, "utf-8", newline="")
    assert read_package(folder) == disclosure


def test_large_department_compiles() -> None:
    """300 projects in 40 units: every project has its row and its form."""
    from generate import large_ledger

    disclosure = compile_ledger(large_ledger(projects=300, units=40))
    assert len(disclosure.projects) == 300
    assert sum(fact.level == "project" and fact.column == "total" for fact in disclosure.facts) == 300
    assert not [one for one in identities(disclosure.facts) if one.difference > one.bound]
