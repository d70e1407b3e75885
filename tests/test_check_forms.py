"""Forms matched with rows of the project tables, and numbers of things in texts."""

from __future__ import annotations

import doctest
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingzhang.check.book import load_book
from mingzhang.check.functions import form_funds
from mingzhang.check.functions.counts import counts_in, measure_table
from mingzhang.check.functions.form_funds import one_digit_apart
from mingzhang.check.functions.matching import Matching, matching
from mingzhang.check.labels import Labels
from mingzhang.check.subject import Subject
from mingzhang.disclosure import Disclosure, Fact, Legible, Project
from mingzhang.families import load_family

FAMILY = "shanxi-department-budget"
TABLES = ("T12", "T13")
MEASURES = measure_table({"条": [], "次": [], "个": [], "套": [], "平方米": ["㎡"], "米": ["公里*1000"]})


def row(table: str, number: int, name: str, wan: str, unit: str = "某县某局") -> Fact:
    return Fact(table, "total", Decimal(wan), number, level="project", unit=unit, row_name=name)


def form(seq: int, name: str, yuan: str | None, unit: str = "某县某局", legible: Legible = "yes") -> Project:
    amount = Decimal(yuan) if yuan else None
    return Project(seq, name, "101", "某县某局", unit, "", "", {"total": amount, "annual": amount}, legible=legible)


def matched(facts: Iterable[Fact], forms: Iterable[Project]) -> Matching:
    disclosure = Disclosure(FAMILY, "department_budget", 2026, "101", "某县某局", tuple(facts), projects=tuple(forms))
    family = load_family(FAMILY)
    return matching(Subject(disclosure, family, Labels(family, load_book(FAMILY).names)), TABLES)


def pairs(found: Matching) -> dict[int, tuple[str, str, str]]:
    return {one.form.seq: (one.entry.name, one.entry.unit, one.how) for one in found.matches}


def test_projects_of_one_name_are_told_by_their_unit() -> None:
    facts = [row("T12", 1, "遗属补助", "3.00", "甲单位"), row("T12", 2, "遗属补助", "3.00", "乙单位")]
    found = matched(facts, [form(1, "遗属补助", "30000", "乙单位"), form(2, "遗属补助", "30000", "甲单位")])
    assert pairs(found) == {1: ("遗属补助", "乙单位", "name"), 2: ("遗属补助", "甲单位", "name")}


def test_projects_of_one_name_and_unit_are_told_by_their_amount() -> None:
    facts = [row("T12", 1, "注册资本金", "300.00"), row("T12", 2, "注册资本金", "70.00")]
    found = matched(facts, [form(1, "注册资本金", "700000"), form(2, "注册资本金", "3000000")])
    assert [one.entry.amount for one in sorted(found.matches, key=lambda one: one.form.seq)] == [
        Decimal(70),
        Decimal(300),
    ]


def test_one_form_may_hold_this_year_and_the_carry_over() -> None:
    facts = [row("T12", 1, "渠道维修", "10.00"), row("T13", 1, "渠道维修", "2.50")]
    (match,) = matched(facts, [form(1, "渠道维修", "125000")]).matches
    assert match.entry.takes(Decimal("12.5"))
    assert match.entry.takes(Decimal(10))
    assert not match.entry.takes(Decimal(11))


def test_a_misread_name_and_a_lost_one_are_found_by_the_amount() -> None:
    facts = [
        row("T12", 1, "工程竣工验收服务", "60.00"),
        row("T12", 2, "公用经费", "0.85"),
        row("T12", 3, "差旅", "0.40"),
    ]
    found = matched(facts, [form(1, "T工程T验收服务", "600000"), form(2, "", "8500"), form(3, "会议", "9000")])
    assert {seq: how for seq, (_, _, how) in pairs(found).items()} == {1: "alike", 2: "amount"}
    assert [one.name for one in found.entries] == ["差旅"]
    assert [one.seq for one in found.forms] == [3]


def test_an_illegible_form_takes_the_row_left_over_in_its_unit() -> None:
    facts = [row("T12", 1, "甲", "1.00"), row("T12", 2, "乙", "2.00"), row("T12", 3, "丙", "3.00", "另一单位")]
    found = matched(facts, [form(1, "甲", "10000"), form(2, "", None, "", "no")])
    assert pairs(found)[2] == ("乙", "某县某局", "rest")
    assert [one.name for one in found.entries] == ["丙"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("保洁道路共9条，胡同1条", [("9", "条"), ("1", "条")]),
        ("管网12.5公里", [("12500.0", "米")]),
        ("面积101.9万平方米", [("1019000.0", "平方米")]),
        ("技能培训(2次)、3个月完成", [("2", "次")]),
        ("经2025年22次会议同意，第3次，〔2025〕5次", []),
        ("建设住房1,024套", [("1024", "套")]),
    ],
)
def test_numbers_with_a_measure_are_counts(text: str, told: list[tuple[str, str]]) -> None:
    assert [(f"{one.number:f}", one.measure) for one in counts_in(text, MEASURES)] == told


def test_a_count_knows_the_words_around_it() -> None:
    (count,) = counts_in("项目新建，拟建保障性住房824套。", MEASURES)
    assert (count.before, count.after, count.printed) == ("拟建保障性住房", "", "824套")
    (count,) = counts_in("完成9条道路的保洁，", MEASURES)
    assert count.after == "道路的保洁"


@given(st.text(alphabet="0123456789.,，万条个次月年第（）《》共每道路", max_size=300))
def test_any_text_can_be_counted(text: str) -> None:
    for count in counts_in(text, MEASURES):
        assert count.printed in text


def test_misread_digits_are_told_from_other_amounts() -> None:
    assert one_digit_apart(Decimal(4549300), Decimal(4949300))
    assert not one_digit_apart(Decimal(3000000), Decimal(2000000))
    assert not one_digit_apart(Decimal("12345.60"), Decimal("12366.60"))


def test_the_module_documents_itself() -> None:
    assert doctest.testmod(form_funds).failed == 0
