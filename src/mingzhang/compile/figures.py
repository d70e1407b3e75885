"""The figures that the explanation prints, evaluated as the family declares them.

Every amount is taken from a table as printed (万元, two decimals), so that a sentence cannot differ from a table; a
change is the difference of two printed amounts, a percentage their quotient.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.families.cells import CLASSES, Facts, parse_cell
from mingzhang.families.model import Family
from mingzhang.families.patterns import Figures, Value

_QUOTIENT = re.compile(r"(percent|share)\((\S+), (\S+)\)")
_HUNDRED = Decimal(100)


def evaluate(family: Family, facts: Facts, inputs: Mapping[str, Value]) -> Figures:
    """Evaluate the family's figures in order.

    `inputs` are what only the ledger knows, by name (`prior.gpb`, `procurement.goods`, `assets.as_of` …), amounts in
    万元. A figure whose operand is missing, or whose divisor is zero, is missing.
    """
    figures = Figures(single=dict(inputs))
    for key, expression in family.figures.items():
        if key.endswith(".*"):
            figures.lists[key[:-2]] = _list(expression, figures, facts)
        else:
            value = _single(expression, figures, facts)
            if value is not None:
                figures.single[key] = value
    return figures


def _single(expression: str, figures: Figures, facts: Facts) -> Value | None:
    quotient = _QUOTIENT.fullmatch(expression)
    if quotient:
        part, whole = (_amount(term, figures, facts) for term in quotient.group(2, 3))
        return _percent(part, whole, quotient[1])
    if " - " not in expression:
        return _operand(expression, figures, facts)
    operands = [_amount(term, figures, facts) for term in expression.split(" - ")]
    known = [operand for operand in operands if operand is not None]
    return known[0] - sum(known[1:]) if len(known) == len(operands) else None


def _operand(term: str, figures: Figures, facts: Facts) -> Value | None:
    cell = parse_cell(term)
    return facts.value(cell) if cell else figures.single.get(term)


def _amount(term: str, figures: Figures, facts: Facts) -> Decimal | None:
    value = _operand(term, figures, facts)
    return value if isinstance(value, Decimal) else None


def _percent(part: Decimal | None, whole: Decimal | None, function: str) -> Decimal | None:
    """A share of nothing is nothing; a growth from nothing is no number."""
    if part is None or whole is None:
        return None
    if whole == 0:
        return ZERO if function == "share" else None
    return part / whole * _HUNDRED


def _list(expression: str, figures: Figures, facts: Facts) -> dict[str, Value]:
    quotient = _QUOTIENT.fullmatch(expression)
    if quotient:
        whole = _amount(quotient[3], figures, facts)
        parts = figures.lists[quotient[2].removesuffix(".*")]
        shares = {name: _percent(part, whole, quotient[1]) for name, part in parts.items() if isinstance(part, Decimal)}
        return {name: share for name, share in shares.items() if share is not None}
    cell = parse_cell(expression)
    if cell is None or cell.row != CLASSES:
        raise ValueError(f"a list figure is a column of class rows, not {expression!r}")
    return dict(facts.classes(cell))
