"""A large made-up ledger: many units and projects, for the suite and the benchmarks."""

from __future__ import annotations

from mingzhang.ledger import Ledger
from mingzhang.ledger.source import RawSheet
from strategies import YEAR, _department, build, functions, pairs, sheet

_NO_PRIOR = ("abroad", "reception", "vehicle_buy", "vehicle_run", "agency_operating")
_LEVEL2 = (
    "数量指标",
    "质量指标",
    "时效指标",
    "成本指标",
    "经济效益",
    "社会效益",
    "生态效益",
    "可持续影响",
    "服务对象满意度",
)


def large_ledger(projects: int, units: int) -> Ledger:
    """A department of so many units and projects, each project with nine indicators."""
    return build(large_sheets(projects, units))


def large_sheets(projects: int, units: int) -> dict[str, RawSheet]:
    """The raw sheets of `large_ledger`."""
    codes = functions("gpb")
    agencies = [
        {"agency_code": f"10{n:03}", "agency_name": f"某县第{n}中心", "agency_kind": "行政单位"} for n in range(units)
    ]
    budget, forms, indicators = [], [], []
    for n in range(units):
        for row, (economic, government) in enumerate((("30101", "50101"), ("30113", "50103"), ("30201", "50201"))):
            budget.append(_line(n, f"R{row}", "人员类" if row < 2 else "公用经费", codes[n], economic, government))
    for n in range(projects):
        unit, code = n % units, f"101-{n:04}"
        budget.append(_line(unit, code, "特定目标类", codes[n % len(codes)], "", "", 12345.67 + 1000 * n))
        forms.append(_form(unit, code, n, budget[-1]["amount"]))
        indicators += [
            {
                "agency_code": f"10{unit:03}",
                "pro_code": code,
                "level2": level2,
                "level3": f"第{n}项{level2}",
                "value": "≥95%",
            }
            for level2 in _LEVEL2
        ]
    return {
        "department": pairs(_department("部门预算")),
        "agencies": sheet(agencies),
        "budget": sheet(budget),
        "projects": sheet(forms),
        "indicators": sheet(indicators),
        "assets": pairs({"vehicles_quota": "0", "office_area": "0", "equipment_500k": "0", "equipment_1m": "0"}),
        "prior": pairs({"income_total": "1000000", "gpb": "900000", **dict.fromkeys(_NO_PRIOR, "0")}),
        "reasons": pairs({"income": "新增项目"}),
    }


def _line(
    unit: int, project: str, category: str, function: str, economic: str, government: str, amount: float = 100000.5
) -> dict[str, str]:
    return {
        "fiscal_year": str(YEAR),
        "agency_code": f"10{unit:03}",
        "pro_code": project,
        "pro_category": category,
        "exp_func_code": function,
        "dep_bgt_eco_code": economic,
        "gov_bgt_eco_code": government,
        "fund_type": "一般公共预算",
        "amount": f"{amount:.2f}",
    }


def _form(unit: int, code: str, number: int, amount: str) -> dict[str, str]:
    prose = f"第{number}个项目：" + "按年度计划分批实施，按合同约定和考核结果支付。" * 5
    texts = dict.fromkeys(("overview", "basis", "necessity", "safeguards", "plan", "total_goal", "annual_goal"), prose)
    return {
        "agency_code": f"10{unit:03}",
        "pro_code": code,
        "pro_name": f"第{number}个公共服务设施维护项目",
        "pro_category": "特定目标类",
        "attribute": "一次性项目（1年结束）",
        "period": "1年",
        **texts,
        "total_local": amount,
        "annual_local": amount,
    }
