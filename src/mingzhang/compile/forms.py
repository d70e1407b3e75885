"""Performance forms: a project's form (项目支出绩效目标表) and the overall form (整体支出绩效目标申报表)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.disclosure import FUND_LEVELS, Horizon, Indicator, OverallEntry, Project
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.families.model import Family
from mingzhang.ledger import Ledger, LedgerIndicator, LedgerProject
from mingzhang.ledger.schema import OVERALL

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
        parts = {f"{horizon}_{level}": project.funds[f"{horizon}_{level}"] for level in FUND_LEVELS}
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


def overall_form(
    ledger: Ledger, family: Family, facts: Facts, prior: Mapping[str, Decimal]
) -> tuple[OverallEntry, ...]:
    """The overall form's entries in the order of overall.csv; amounts (万元) are cells of the tables.

    `prior` are last year's amounts by the family's names.
    """
    amounts = {key: facts.value(cell) for key, reference in family.overall.items() if (cell := parse_cell(reference))}
    given = {key: ledger.text("overall", key) for key in _FIELDS}
    entries = {
        **_head(ledger, prior),
        **given,
        "staff_actual": _staff(ledger),
        **{key: f"{amount:.2f}" for key, amount in amounts.items()},
        "funds_social_insurance": "0.00",
        "duties": ledger.text("department", "duties"),
    }
    found = [OverallEntry(key, value) for key, value in entries.items() if value]
    own = [one for one in ledger.indicators if not one.pro_code]
    tree = (
        OverallEntry(f"{level1}/{one.level2}/{one.level3}", one.value)
        for level1, one in _in_tree_order(family, own, "annual")
    )
    return (*found, *tree)


_FIELDS = tuple(column.key for column in OVERALL.columns)


def _head(ledger: Ledger, prior: Mapping[str, Decimal]) -> dict[str, str]:
    """What names the form; a unit's form also prints last year's total."""
    if ledger.department["kind"] == "unit_budget":
        agency = ledger.agencies[0]
        before = {"funds_prior": f"{prior['income_total']:.2f}"} if "income_total" in prior else {}
        return {"unit": agency.agency_name, "unit_code": agency.agency_code, **before}
    return {key: ledger.text("department", f"department_{part}") for key, part in _DEPARTMENT}


_DEPARTMENT = (("department", "name"), ("department_code", "code"))


def _staff(ledger: Ledger) -> str:
    counts = [ledger.overall.get(key) for key in ("staff_actual_in_quota", "staff_actual_other")]
    known = [count for count in counts if isinstance(count, int)]
    return str(sum(known)) if known else ""
