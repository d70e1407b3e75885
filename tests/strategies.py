"""Hypothesis strategies for the whole suite: valid ledgers of every shape."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from mingzhang.ledger import Ledger
from mingzhang.ledger.load import build_ledger
from mingzhang.ledger.source import RawSheet
from mingzhang.taxonomy import admissible_government_codes, load

YEAR = 2026
Rows = list[dict[str, str]]
_FUND_NAMES = {
    "gpb": "一般公共预算",
    "gov_fund": "政府性基金预算",
    "soe_capital": "国有资本经营预算",
    "special_account": "财政专户管理资金",
    "unit_funds": "单位资金",
}
_REASONS = ("income", "gpb", "abroad", "reception", "vehicle_buy", "vehicle_run", "agency_operating")
_REVENUE = {"gov_fund": "1030148", "soe_capital": "1030601"}


@cache
def functions(budget: str) -> list[str]:
    """Item codes of the year whose money is certainly of that budget."""
    codes = load("functional", YEAR)
    return [code.code for code in codes if len(code.code) == 7 and code.budget == budget and code.certain]


@cache
def economic_pairs() -> list[tuple[str, str]]:
    """Admissible pairs of department and government economic items."""
    items = [code.code for code in load("economic_department", YEAR) if len(code.code) == 5]
    return [(item, government) for item in items for government in sorted(admissible_government_codes(item))]


def sheet(rows: Rows) -> RawSheet:
    """Raw rows as a sheet."""
    headers = tuple(dict.fromkeys(key for row in rows for key in row))
    return RawSheet("test", headers, tuple(enumerate(rows, 2)), {})


def pairs(values: dict[str, str]) -> RawSheet:
    """A raw key-value sheet."""
    return RawSheet("test", tuple(values), ((0, values),), {})


@st.composite
def raw_ledgers(draw: st.DrawFn, exact: bool = False, agencies: int = 4, lines: int = 25) -> dict[str, RawSheet]:
    """A valid ledger's raw sheets. With `exact`, amounts are whole hundreds of yuan, so that 万元 print exactly."""
    step = Decimal(100) if exact else Decimal("0.01")
    amounts = st.integers(1, 10**7 if exact else 10**11).map(lambda count: f"{count * step:.2f}")
    kind = draw(st.sampled_from(["部门预算", "单位预算"]))
    count = 1 if kind == "单位预算" else draw(st.integers(1, agencies))
    kinds = st.sampled_from(["行政单位", "参公事业单位", "事业单位"])
    units = [
        {"agency_code": f"10{number}", "agency_name": f"第{number}单位", "agency_kind": draw(kinds)}
        for number in range(count)
    ]
    budget: Rows = []
    for _ in range(draw(st.integers(1, lines))):
        unit = draw(st.sampled_from(units))["agency_code"]
        budget.append(draw(_basic(unit, amounts) if draw(st.booleans()) else _project(unit, amounts)))
    budget = list({tuple(sorted(row.items())): row for row in budget}.values())
    sheets = {
        "department": pairs(_department(kind)),
        "agencies": sheet(units),
        "budget": sheet(budget),
        "assets": pairs(draw(_assets())),
        "prior": pairs(draw(_prior(amounts))),
        "reasons": pairs(dict.fromkeys(_REASONS, "测试")),
    }
    projects = _projects(budget)
    if projects:
        sheets["projects"] = sheet(projects)
        sheets["indicators"] = sheet([row for project in projects for row in _indicators(project)])
    revenue = _revenue(budget)
    if revenue:
        sheets["revenue"] = sheet(revenue)
    return sheets


def build(raw: dict[str, RawSheet]) -> Ledger:
    """Load raw sheets as the loader does."""
    return build_ledger(raw, Path("test"))


def _department(kind: str) -> dict[str, str]:
    return {
        "fiscal_year": str(YEAR),
        "kind": kind,
        "region_name": "某县",
        "department_code": "101",
        "department_name": "某县某局",
        "duties": "承担测试工作。",
    }


@st.composite
def _basic(draw: st.DrawFn, unit: str, amounts: st.SearchStrategy[str]) -> dict[str, str]:
    category = draw(st.sampled_from(["人员类", "公用经费"]))
    fund = draw(st.sampled_from(["gpb", "gpb", "gpb", "special_account", "unit_funds"]))
    economic, government = draw(st.sampled_from(economic_pairs()))
    return {
        "agency_code": unit,
        "pro_code": "R1" if category == "人员类" else "G1",
        "pro_name": category,
        "pro_category": category,
        "exp_func_code": draw(st.sampled_from(functions("gpb"))),
        "dep_bgt_eco_code": economic,
        "gov_bgt_eco_code": government,
        "fund_type": _FUND_NAMES[fund],
        "is_carryover": "否",
        "amount": draw(amounts),
    }


@st.composite
def _project(draw: st.DrawFn, unit: str, amounts: st.SearchStrategy[str]) -> dict[str, str]:
    number = draw(st.integers(1, 6))
    fund = draw(st.sampled_from(list(_FUND_NAMES)))
    fiscal = fund in ("gpb", "gov_fund", "soe_capital")
    economic, government = draw(st.sampled_from([("", ""), ("30231", "50208"), ("30217", "50206"), ("31013", "50303")]))
    return {
        "agency_code": unit,
        "pro_code": f"P{number}",
        "pro_name": f"项目{number}",
        "pro_category": "特定目标类" if number % 2 else "其他运转类",
        "exp_func_code": draw(st.sampled_from(functions(fund if fiscal else "gpb"))),
        "dep_bgt_eco_code": economic,
        "gov_bgt_eco_code": government,
        "fund_type": _FUND_NAMES[fund],
        "is_carryover": draw(st.sampled_from(["是", "否"])) if fiscal else "否",
        "amount": draw(amounts),
    }


@st.composite
def _assets(draw: st.DrawFn) -> dict[str, str]:
    count = draw(st.integers(1, 9))  # a running cost without a vehicle would be worth asking about
    return {
        "vehicles_quota": str(count),
        "vehicles_other": str(count),
        "office_area": str(draw(st.decimals(0, 10000, places=2))),
        "equipment_500k": "0",
        "equipment_1m": "0",
    }


@st.composite
def _prior(draw: st.DrawFn, amounts: st.SearchStrategy[str]) -> dict[str, str]:
    if draw(st.booleans()):
        return {}
    keys = ("income_total", "gpb", "abroad", "reception", "vehicle_buy", "vehicle_run", "agency_operating")
    return {key: draw(st.one_of(st.just("0"), amounts)) for key in keys}


def _projects(budget: Rows) -> Rows:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    first: dict[tuple[str, str], dict[str, str]] = {}
    for row in budget:
        if row["pro_code"].startswith("P"):
            key = row["agency_code"], row["pro_code"]
            sums[key] += Decimal(row["amount"])
            first.setdefault(key, row)
    return [
        {
            **{name: row[name] for name in ("agency_code", "pro_code", "pro_name", "pro_category")},
            "attribute": "一次性项目（1年结束）",
            "period": "1年",
            "total_goal": f"完成{row['pro_name']}的测试任务并通过验收。",
            "annual_goal": f"完成{row['pro_name']}的测试任务并通过验收。",
            "total_local": str(sums[key]),
            "annual_local": str(sums[key]),
        }
        for key, row in first.items()
    ]


def _indicators(project: dict[str, Any]) -> Rows:
    """A sensible set for each project: how much, how well, by when, at what cost, to what effect, for whom."""
    head = {"agency_code": project["agency_code"], "pro_code": project["pro_code"], "horizon": ""}
    name = project["pro_name"]
    indicators = (
        ("数量指标", f"{name}测试次数", "≥1次"),
        ("质量指标", f"{name}测试合格率", "≥95%"),
        ("时效指标", f"{name}完成时间", "12月底前"),
        ("成本指标", f"{name}总费用", f"≤{project['total_local']}元"),
        ("社会效益", f"{name}受益人数", "≥10人"),
        ("服务对象满意度", f"{name}服务群众满意度", "≥90%"),
    )
    return [head | {"level2": level2, "level3": level3, "value": value} for level2, level3, value in indicators]


def _revenue(budget: Rows) -> Rows:
    rows = []
    for fund, code in _REVENUE.items():
        lines = [row for row in budget if row["fund_type"] == _FUND_NAMES[fund] and row["is_carryover"] == "否"]
        total = sum((Decimal(row["amount"]) for row in lines), Decimal(0))
        if total:
            row = {"agency_code": lines[0]["agency_code"], "fund_type": _FUND_NAMES[fund]}
            rows.append(row | {"revenue_code": code, "amount": str(total)})
    return rows
