"""Compile: from the budget ledger to the whole disclosure, every figure computed once."""

from __future__ import annotations

from mingzhang.compile.advice import advise
from mingzhang.compile.figures import evaluate
from mingzhang.compile.forms import indicators, overall_form, project_forms
from mingzhang.compile.inputs import inputs
from mingzhang.compile.narrative import explain
from mingzhang.compile.prior import prior_amounts
from mingzhang.compile.purchases import edition_of, purchases
from mingzhang.compile.tables import Tables
from mingzhang.compile.wording import texts
from mingzhang.disclosure import Disclosure, Fact
from mingzhang.families import Family, load_family
from mingzhang.families.cells import Facts
from mingzhang.ledger import Ledger
from mingzhang.ledger.schema import BUDGET, INDICATORS
from mingzhang.problems import InputError, Problem


def compile_ledger(ledger: Ledger, family: Family | None = None) -> Disclosure:
    """Compile a ledger into the disclosure of its department or unit, in the form family given.

    Tables and sentences are in 万元, forms in yuan. Raises InputError for what the family cannot take: an indicator
    that its tree lacks, a purchase code that is not in force, a prior year that cannot be read; MissingCodeList if
    the fiscal year has no official code lists.
    """
    family = family or load_family()
    _check_fit(ledger, family)
    name = disclosure_name(ledger)
    facts = tuple(Tables(ledger, family, name).facts())
    projects = project_forms(ledger)
    edition = edition_of(ledger, family)
    bought = purchases(ledger, family, edition)
    cells = Facts(facts)
    prior = prior_amounts(ledger, family, compile_ledger)
    figures = evaluate(family, cells, inputs(ledger, projects, prior))
    figures.texts.update(texts(ledger, family, name, facts, bought, edition))
    prose, printed = explain(family, figures)
    return Disclosure(
        family=family.id,
        kind="unit_budget" if ledger.department["kind"] == "unit_budget" else "department_budget",
        fiscal_year=ledger.fiscal_year,
        department_code=ledger.text("department", "department_code"),
        name=name,
        facts=facts,
        empty_tables=_empty_tables(family, facts),
        narrative=printed,
        projects=projects,
        indicators=indicators(ledger, family),
        overall=overall_form(ledger, family, cells, prior),
        catalogue=bought,
        texts=prose,
        region_name=ledger.text("department", "region_name"),
        region_level=ledger.text("department", "region_level") or family.region_level,
        mof_div_code=ledger.text("department", "mof_div_code"),
    )


def disclosure_name(ledger: Ledger) -> str:
    """What the document calls itself: the department's name, or the unit's in a unit budget."""
    if ledger.department["kind"] == "unit_budget":
        return ledger.agencies[0].agency_name
    return ledger.text("department", "department_name")


def _empty_tables(family: Family, facts: tuple[Fact, ...]) -> tuple[str, ...]:
    filled = {fact.table for fact in facts}
    return tuple(table.id for table in family.tables if table.id not in filled)


def _check_fit(ledger: Ledger, family: Family) -> None:
    """Refuse what the family's forms have no place for: nothing may be left out in silence."""
    problems = []
    classes = {code for code, _ in family.function_classes}
    for line in ledger.budget:
        if line.exp_func_code[:3] not in classes:
            message = f"收支总表没有“{line.exp_func_code[:3]}”类的行次，请核对科目编码"
            label = BUDGET.column("exp_func_code").label
            problems.append(Problem(message, sheet=BUDGET.label, row=line.row, column=label))
    for indicator in ledger.indicators:
        if family.level1(indicator.level2) is None:
            known = "、".join(level2 for branch in family.indicators for level2 in branch.level2)
            message = f"二级指标“{indicator.level2}”不在绩效目标表中，请填：{known}"
            column = INDICATORS.column("level2").label
            problems.append(Problem(message, sheet=INDICATORS.label, row=indicator.row, column=column))
    if problems:
        raise InputError(problems)


__all__ = ["advise", "compile_ledger", "disclosure_name"]
