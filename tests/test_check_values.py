"""Values of indicators taken apart, and amounts in sentences."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingzhang.check import values
from mingzhang.check.values import amounts_in, parse_value


@pytest.mark.parametrize(
    ("text", "sign", "number", "unit"),
    [
        ("≤900000元", "≤", "900000", "元"),
        ("≤40万元", "≤", "40", "万元"),
        ("1,000万", "", "1000", "万"),
        ("510,476.80元", "", "510476.80", "元"),
        ("金额=150144.37元", "=", "150144.37", "元"),
        ("2026年绿化经费 ≤6838200元", "≤", "6838200", "元"),
        ("不超过50万元", "≤", "50", "万元"),
        ("50万元以内", "≤", "50", "万元"),
        ("大于等于95%", "≥", "95", "%"),
        (">= 95 %", "≥", "95", "%"),
        ("9０％以上", "≥", "90", "%"),
        ("提高98%", "", "98", "%"),
        ("100", "", "100", ""),
        ("1年", "", "1", "年"),
        ("24个月", "", "24", "个月"),
        ("101.9万平方米", "", "101.9", "万平方米"),
        ("3825元/件", "", "3825", "元/件"),
        ("590480m²", "", "590480", "m²"),
    ],
)
def test_a_value_has_sign_number_and_unit(text: str, sign: str, number: str, unit: str) -> None:
    value = parse_value(text)
    assert value is not None
    assert (value.sign, value.number, value.unit) == (sign, Decimal(number), unit)


def test_dates_are_no_numbers() -> None:
    for text, year, month in [
        ("2027年8月", 2027, 8),
        ("12月底前", 0, 12),
        ("2025年度", 2025, 0),
        ("4至5月", 0, 5),
        ("6月", 0, 6),
    ]:
        value = parse_value(text)
        assert value is not None
        assert (value.is_date, value.year, value.month) == (True, year, month)


def test_words_alone_have_no_number() -> None:
    value = parse_value("显著提升")
    assert value is not None
    assert (value.number, value.words, value.is_date) == (None, "显著提升", False)
    assert parse_value("  ") is None


def test_money_counts_in_yuan_unless_it_is_a_rate() -> None:
    def yuan(text: str) -> Decimal | None:
        value = parse_value(text)
        return value.yuan if value else None

    assert yuan("75.95万元") == Decimal("759500")
    assert yuan("1.2亿元") == Decimal("120000000")
    assert yuan("3206万") == Decimal("32060000")
    assert yuan("3825元/件") is None
    assert yuan("101.9万平方米") is None


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["元", "万元", "亿元", "%", "人次"]))
def test_a_printed_number_comes_back(number: Decimal, unit: str) -> None:
    value = parse_value(f"≥{number:,}{unit}")
    assert value is not None
    assert (value.sign, value.number, value.unit) == ("≥", number, unit)


@given(st.text(alphabet="≤≥<=0123456789.,，%-~至年月日底前元万不超过以上内 、。()", max_size=200))
def test_any_text_is_taken_apart_without_failing(text: str) -> None:
    parse_value(text)
    assert all(text[one.start : one.end] for one in amounts_in(text))


def test_amounts_of_a_sentence() -> None:
    found = [one.printed for one in amounts_in("补助资金3206万元，其中省级1,000,000元，按100元/人计，合计40万元。")]
    assert found == ["3206万元", "1,000,000元", "40万元"]


def test_the_module_documents_itself() -> None:
    assert doctest.testmod(values).failed == 0
