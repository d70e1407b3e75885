"""Sentences that rules on changes, reasons and lists must tell apart, put into the sample document."""

from __future__ import annotations

import pytest

from mingzhang.check.book import sample
from mingzhang.check.prose import counts, plain
from test_rules import findings

FAMILY = "shanxi-department-budget"
REASON = "主要原因是新增高标准农田管护项目；本年部门预算支出总计"


def rules(old: str, new: str) -> set[str]:
    """The rules that the sample breaks with another wording."""
    text = sample(FAMILY)
    assert text.count(old) == 1
    found = findings(text.replace(old, new), FAMILY, "")
    return {rule for one in found for rule in (one.rule, *(also.rule for also in one.also))}


@pytest.mark.parametrize(
    "reason",
    [
        "项目经费由上年的100.00万元增加到本年的150.00万元，增长50%",
        "人员经费较上年120.5万元减少20.5万元，减少17.01%",
        "2025年人员经费120.50万元，2026年人员经费100.00万元，减少20.50万元，下降17.01%",
        # Of three different things no difference is told.
        "2026年安排甲项目100万元，2025年安排乙项目80万元，人员经费增加15万元",
        "一是人员经费增加30万元，二是项目经费增加48.21万元，其中2026年新增管护项目235万元，2025年有一次性项目186.79万元",
        "结转上年度农田水利设施维修资金26.43万元",
        "新增村级公益设施补助30万元",
        "新增村级公益设施补助30万元，减少高标准农田管护20万元",
        "结转省级农业资金",
        "其中项目经费增加98.21万元，人员经费减少20.00万元，增长的主要原因是新增高标准农田管护项目",
    ],
)
def test_reasons_that_are_right_are_left_alone(reason: str) -> None:
    assert not rules(REASON, f"主要原因是{reason}；本年部门预算支出总计") & {
        "N1-06",
        "N1-13",
        "N1-14",
        "N1-15",
        "CM-09",
    }


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("项目经费由上年的100.00万元增加到本年的150.00万元，增长60%", "N1-14"),
        ("2025年人员经费120.50万元，2026年人员经费100.00万元，减少25.50万元，下降17.01%", "N1-14"),
        ("2025年人员经费120.50万元，2026年人员经费100.00万元，增加20.50万元", "N1-14"),
        ("新增村级公益设施补助300万元", "N1-15"),
        ("结转高标准农田管护、农业技术培训等资金", "N1-13"),
        ("结转“培训”资金", "N1-13"),
    ],
)
def test_reasons_that_do_not_compute_are_found(reason: str, rule: str) -> None:
    assert rule in rules(REASON, f"主要原因是{reason}；本年部门预算支出总计")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("比上年增加41.78万元，增长8.53%，主要", "比上年增加41.78万元，增长8.53%，下降的主要", "N1-06"),
        ("公务用车购置费0万元，与上年预算数相同。", "公务用车购置费0万元，与上年预算数相同，增加3.00万元。", "N1-06"),
        ("主要原因是从严控制公务接待；", "主要原因是：；", "CM-09"),
        ("预算20.30万元，比2025年预算19.00万元", "预算20.30万元，比2025年预算91.00万元", "N8-02"),
    ],
)
def test_changes_that_contradict_themselves_are_found(old: str, new: str, rule: str) -> None:
    assert rule in rules(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("公务用车购置费0万元，与上年预算数相同。", "公务用车购置费0万元，与上年预算数相同，增加0万元，增长0%。"),
        ("增长8.53%，主要原因是新增高标准农田管护项目。", "增长8.53%，主要原因是：\n\n1.新增高标准农田管护项目。"),
        ("主要包括：办公费、公务接待费、公务用车运行维护费等。", "主要包括办公费、公务接待费、公务用车运行维护费。"),
        ("所属1家行政单位", "所属一家行政单位"),
    ],
)
def test_other_wordings_of_the_same_are_left_alone(old: str, new: str) -> None:
    assert not rules(old, new) & {"N1-06", "N1-08b", "N6-03", "N8-09", "CM-09"}


def test_counts_are_read_in_figures_and_numerals() -> None:
    assert [count for count, _ in counts(plain("下设三个预算单位，所属12家行政单位"), "下设|所属", "[个家]")] == [3, 12]
    assert plain("（ 一 ） １０．５万元；") == "(一)10.5万元;"
