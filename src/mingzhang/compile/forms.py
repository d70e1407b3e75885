"""Performance forms: a project's form (项目支出绩效目标表) and the overall form (整体支出绩效目标申报表)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.disclosure import Fact, Horizon, Indicator, OverallEntry, Project
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.families.model import Family
from mingzhang.ledger import Ledger, LedgerIndicator, LedgerProject
from mingzhang.ledger.schema import FISCAL_FUNDS, FUND_LEVELS

_HORIZONS: tuple[Horizon, ...] = ("total", "annual")


def project_forms(ledger: Ledger) -> tuple[Project, ...]:
    """Every project's form, in order of unit and project code. Funds are yuan; their totals are sums of the levels."""
    return tuple(_project(seq, project, ledger) for seq, project in enumerate(_in_order(ledger), 1))


def _in_order(ledger: Ledger) -> list[LedgerProject]:
    units = {agency.agency_code: place for place, agency in enumerate(ledger.agencies)}
    return sorted(ledger.projects, key=lambda project: (units[project.agency_code], project.pro_code))


def _project(seq: int, project: LedgerProject, ledger: Ledger) -> Project:
    funds: dict[str, Decimal | None] = {}
    for horizon in _HORIZONS:
        parts = {f"{horizon}_{level}": project.funds[f"{horizon}_{level}"] for level, _ in FUND_LEVELS}
        funds[horizon] = sum((part or ZERO for part in parts.values()), ZERO)
        # The printed form shows 0 for a source without money, but leaves 其他资金 blank.
        funds |= {key: part if part or key.endswith("_other") else ZERO for key, part in parts.items()}
    return Project(
        seq,
        project.pro_name,
        ledger.text("department", "department_code"),
        ledger.text("department", "department_name"),
        ledger.agency(project.agency_code).agency_name,
        project.attribute,
        project.period,
        funds,
        project.texts,
        code=project.pro_code,
        category=project.pro_category,
    )


def indicators(ledger: Ledger, family: Family) -> tuple[Indicator, ...]:
    """The projects' indicators by form and horizon, in the order of the family's tree and then of the ledger."""
    forms = {(project.agency_code, project.pro_code): seq for seq, project in enumerate(_in_order(ledger), 1)}
    given: dict[int, list[LedgerIndicator]] = {}
    for indicator in ledger.indicators:
        if indicator.pro_code:
            given.setdefault(forms[indicator.agency_code, indicator.pro_code], []).append(indicator)
    return tuple(
        Indicator(seq, horizon, level1, one.level2, one.level3, one.value)
        for seq in sorted(given)
        for horizon in _HORIZONS
        for level1, one in _in_tree_order(family, given[seq], horizon)
    )


def _in_tree_order(
    family: Family, given: list[LedgerIndicator], horizon: Horizon
) -> Iterator[tuple[str, LedgerIndicator]]:
    for branch in family.indicators:
        for level2 in branch.level2:
            for one in given:
                if one.level2 == level2 and one.horizon in ("", horizon):
                    yield branch.level1, one


def overall_form(ledger: Ledger, family: Family, facts: tuple[Fact, ...], name: str) -> tuple[OverallEntry, ...]:
    """The overall form's entries in the order of overall.csv; amounts (万元) are those of tables 1 and 3."""
    cells = Facts(facts)
    entries = {
        **_head(ledger, name),
        **{key: ledger.text("overall", key) for key in ("internal_units", "sub_units", "staff_quota")},
        "staff_actual": _staff(ledger),
        **{key: ledger.text("overall", key) for key in ("staff_actual_in_quota", "staff_actual_other")},
        **_funds(ledger, facts),
        "direction_total": _cell(cells, "T3[合计].total"),
        "basic": _cell(cells, "T3[合计].basic"),
        "project": _cell(cells, "T3[合计].project"),
        "duties": ledger.text("department", "duties"),
        **{key: ledger.text("overall", key) for key in _TEXTS},
    }
    own = [one for one in ledger.indicators if not one.pro_code]
    found = [OverallEntry(key, value) for key, value in entries.items() if value]
    tree = (
        OverallEntry(f"{level1}/{one.level2}/{one.level3}", one.value)
        for level1, one in _in_tree_order(family, own, "annual")
    )
    return (*found, *tree)


def _head(ledger: Ledger, name: str) -> dict[str, str]:
    if ledger.department["kind"] == "unit_budget":
        return {"unit": name, "unit_code": ledger.agencies[0].agency_code}
    return {"department": name, "department_code": ledger.text("department", "department_code")}


_TEXTS = ("strategic_goal", "core_function", "key_task", "annual_goal", "last_year_work")


def _staff(ledger: Ledger) -> str:
    counts = [ledger.overall.get(key) for key in ("staff_actual_in_quota", "staff_actual_other")]
    known = [count for count in counts if isinstance(count, int)]
    return str(sum(known)) if known else ""


def _cell(cells: Facts, reference: str) -> str:
    cell = parse_cell(reference)
    return f"{cells.value(cell):.2f}" if cell else ""


def _funds(ledger: Ledger, facts: tuple[Fact, ...]) -> dict[str, str]:
    """Funds by source with carry-over, as the form asks: appropriations from table 4, the others from table 1."""
    cells = Facts(facts)
    found = {"funds_total": _cell(cells, "T1.income[收入总计].amount")}
    found |= {f"funds_{fund}": _cell(cells, f"T4.expense[支出总计].{fund}") for fund in FISCAL_FUNDS}
    found["funds_social_insurance"] = "0.00"
    found["funds_special_account"] = _cell(cells, "T1.income[四、财政专户管理资金].amount")
    found["funds_unit"] = _cell(cells, "T1.income[五、单位资金].amount")
    return found
