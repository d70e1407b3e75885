"""Planted errors in the sample of a final account: what contradicts another figure is noticed, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from mingzhang.check.book import sample
from mingzhang.check.run import Candidate, check
from mingzhang.disclosure import Disclosure
from test_rules import read_as

FAMILY = "final-accounts"
NUMBER = re.compile(r"(?<![\d.])\d+\.\d\d(?![\d.])|(?<=项目)\d+(?=个)")
# Nothing else in a document tells these: what was planned, reserved, won, counted among others.
ALONE = (
    "涉及预算金额",
    "预留政府采购项目预算金额",
    "的，采购金额",
    "平均得分",
    "外宾接待支出",
    "跟踪评价的2025年度项目",
    "编报绩效目标的2025年度项目",
)


@pytest.fixture(scope="module")
def account() -> Disclosure:
    return read_as(sample(FAMILY), FAMILY)


def unnoticed(planted: Sequence[tuple[str, Disclosure]]) -> list[str]:
    """The documents without an error or warning."""
    report = check([Candidate(name, disclosure) for name, disclosure in planted])
    return [one.name for one in report.checked if all(finding.severity == "info" for finding in one.findings)]


# What is noticed at 1.00 is noticed at 10.00; that no rule thinks otherwise is tried on some cells.
@pytest.mark.parametrize(("by", "step"), [("1.00", 1), ("10.00", 5)])
def test_every_changed_cell_is_noticed(account: Disclosure, by: str, step: int) -> None:
    planted = []
    for place, fact in list(enumerate(account.facts))[::step]:
        wrong = replace(fact, value=fact.value + Decimal(by))
        facts = (*account.facts[:place], wrong, *account.facts[place + 1 :])
        name = f"{fact.table} {fact.side} {fact.row_code}{fact.row_name} {fact.column} {fact.value}"
        planted.append((name, replace(account, facts=facts)))
    assert len(planted) > 300 / step
    assert unnoticed(planted) == []


def explained() -> str:
    """The explanation of the sample."""
    text = sample(FAMILY)
    start = text.index("一、收入支出决算总体情况说明\n\n")
    return text[start : text.index("第四部分　名词解释\n\n一、")]


def changed(explanation: str) -> Iterator[tuple[str, str]]:
    """The explanation with each of its amounts, percentages and numbers of projects changed by one, and what was changed."""
    for match in NUMBER.finditer(explanation):
        before = explanation[max(0, match.start() - 24) : match.start()]
        if not before.endswith(ALONE):
            wrong = f"{Decimal(match[0]) + 1:f}"
            yield f"{before}{match[0]}→{wrong}", explanation[: match.start()] + wrong + explanation[match.end() :]


def test_every_changed_figure_of_the_explanation_is_noticed(account: Disclosure) -> None:
    explanation = explained()
    planted = []
    for name, text in changed(explanation):
        read = read_as(f"第三部分　某区某局2025年度部门决算情况说明\n\n{text}", FAMILY)
        sections = {figure.section for figure in read.narrative} | {text.section for text in read.texts}
        kept = tuple(text for text in account.texts if text.section not in sections)
        planted.append(
            (name, replace(account, narrative=read.narrative, texts=(*kept, *read.texts), mentions=read.mentions))
        )
    assert len(planted) > 130
    assert unnoticed(planted) == []
