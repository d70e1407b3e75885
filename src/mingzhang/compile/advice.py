"""What a compiled disclosure still lacks, though it could be compiled: for the clerk's attention."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mingzhang.amounts import ZERO, print_yuan
from mingzhang.compile.purchases import doubtful_purchases
from mingzhang.disclosure import Disclosure
from mingzhang.families import Family, load_family
from mingzhang.ledger import Ledger
from mingzhang.ledger.schema import BUDGET, REASONS, REVENUE
from mingzhang.problems import Problem
from mingzhang.taxonomy import fund_functions


def advise(ledger: Ledger, disclosure: Disclosure) -> list[Problem]:
    """Warnings on a disclosure and the ledger that it was compiled from: changes without a reason
    (财预〔2016〕143号 asks for one), fund revenue that is not spent under its own function (cross-check T7-04), purchase
    codes that the catalogue lacks but may well have, personnel money under items of operating expenses and the reverse.
    """
    family = load_family(disclosure.family)
    return [
        *_reasons(ledger, disclosure, family),
        *_fund_revenue(ledger),
        *doubtful_purchases(ledger, family),
        *_categories(ledger, family),
    ]


def _reasons(ledger: Ledger, disclosure: Disclosure, family: Family) -> Iterator[Problem]:
    printed = {figure.key: figure.value for figure in disclosure.narrative}
    for key, prefix in family.reasons.items():
        change = printed.get(f"{prefix}change", "0")
        told = ledger.text("reasons", key) or (key == "expense" and ledger.text("reasons", "income"))
        if change != "0" and not told:
            label = REASONS.column(key).label
            message = f"比上年变动{change}万元，没有填写“{label}”，公开时应当说明原因"
            yield Problem(message, sheet=REASONS.label, column=label, severity="warning")


def _fund_revenue(ledger: Ledger) -> Iterator[Problem]:
    revenue: dict[str, Decimal] = {}
    for line in ledger.revenue:
        revenue[line.revenue_code] = revenue.get(line.revenue_code, ZERO) + line.amount
    lines = [line for line in ledger.budget if line.fund_type == "gov_fund" and not line.is_carryover]
    for code, amount in revenue.items():
        functions = fund_functions(code)
        spent = sum((line.amount for line in lines if line.exp_func_code.startswith(functions)), ZERO)
        if functions and spent != amount:
            message = (
                f"收入科目{code}的收入{print_yuan(amount)}元，一般用于科目{'、'.join(functions)}，"
                f"这些科目的当年支出是{print_yuan(spent)}元，请核对"
            )
            label = REVENUE.column("revenue_code").label
            yield Problem(message, sheet=REVENUE.label, column=label, severity="warning")


def _categories(ledger: Ledger, family: Family) -> Iterator[Problem]:
    """T6 and T11 divide 人员经费 and 公用经费 by economic class; the category of a line should say the same."""
    for line in ledger.budget:
        if line.expenditure == "basic":
            as_personnel = line.dep_bgt_eco_code.startswith(family.personnel_classes)
            if as_personnel != (line.pro_category == "personnel"):
                kind = "人员经费" if as_personnel else "公用经费"
                message = f"经济科目“{line.dep_bgt_eco_code}”在表中列为{kind}，与项目类别不一致，请核对"
                label = BUDGET.column("pro_category").label
                yield Problem(message, sheet=BUDGET.label, row=line.row, column=label, severity="warning")
