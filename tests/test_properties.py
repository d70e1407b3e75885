"""Any valid ledger compiles, its tables agree with one another, and the order of its lines means nothing."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generate import large_ledger
from identities import broken_identities, magnified
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import package_files, read_package
from mingzhang.ledger.source import RawSheet
from mingzhang.publish import publish
from strategies import build, raw_ledgers

_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@_SLOW
@given(raw_ledgers(exact=True))
def test_identities_hold_exactly_where_nothing_is_rounded(raw: dict[str, RawSheet]) -> None:
    assert not broken_identities(magnified(compile_ledger(build(raw))))


@_SLOW
@given(raw_ledgers(), st.randoms(use_true_random=False))
def test_order_of_lines_means_nothing(raw: dict[str, RawSheet], random: Random) -> None:
    expected = compile_ledger(build(raw))
    shuffled = dict(raw)
    for name in ("budget", "revenue", "projects"):
        if name in raw:
            rows = list(raw[name].rows)
            random.shuffle(rows)
            shuffled[name] = RawSheet("test", raw[name].headers, tuple(rows), {})
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
def test_data_package_gives_the_disclosure_back(
    raw: dict[str, RawSheet], tmp_path_factory: pytest.TempPathFactory
) -> None:
    disclosure = compile_ledger(build(raw))
    folder = tmp_path_factory.mktemp("package")
    for name, text in package_files(disclosure).items():
        (folder / name).write_text(text, "utf-8", newline="")
    assert read_package(folder) == disclosure


def test_large_department_compiles_to_every_format(tmp_path: Path) -> None:
    """300 projects in 40 units: every project has its row and its form in every format."""
    disclosure = compile_ledger(large_ledger(projects=300, units=40))
    assert len(disclosure.projects) == 300
    assert sum(fact.level == "project" and fact.column == "total" for fact in disclosure.facts) == 300
    assert not broken_identities(disclosure)
    written = publish(disclosure, tmp_path / "out")
    assert len({path.suffix for path in written}) == 7
    with zipfile.ZipFile(tmp_path / "out" / "disclosure.docx") as archive:
        assert archive.read("word/document.xml").decode().count("<w:tbl>") == 314
