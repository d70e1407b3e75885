"""The figures that only the ledger knows: procurement, project counts, assets, last year's amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from mingzhang.amounts import ZERO, to_wan
from mingzhang.disclosure import Project
from mingzhang.families.patterns import Value
from mingzhang.ledger import BudgetLine, Ledger, ProcurementLine
from mingzhang.ledger.schema import PROCUREMENT_KINDS, VEHICLES


def inputs(ledger: Ledger, projects: Iterable[Project], prior: Mapping[str, Decimal]) -> dict[str, Value]:
    """Every input by the name that the family's figures use; amounts in 万元."""
    return {
        **{f"prior.{key}": value for key, value in prior.items()},
        **_procurement(ledger),
        **_projects(projects),
        **_assets(ledger),
    }


def _procurement(ledger: Ledger) -> dict[str, Value]:
    purchases: Sequence[BudgetLine | ProcurementLine] = ledger.procurement or ledger.budget
    yuan = {
        kind: sum((one.amount for one in purchases if one.procurement == kind), ZERO) for _, kind in PROCUREMENT_KINDS
    }
    return {
        "procurement.total": to_wan(sum(yuan.values(), ZERO)),
        **{f"procurement.{kind}": to_wan(amount) for kind, amount in yuan.items()},
    }


def _projects(projects: Iterable[Project]) -> dict[str, Value]:
    forms = list(projects)
    found: dict[str, Value] = {}
    for prefix, chosen in (
        ("", forms),
        ("operating", [form for form in forms if form.category == "operating"]),
        ("specific", [form for form in forms if form.category == "specific"]),
        ("disclosed", forms),
    ):
        amount = to_wan(sum((form.funds["annual"] or ZERO for form in chosen), ZERO))
        found[f"projects.{prefix or 'count'}"] = Decimal(len(chosen))
        found[f"projects.{prefix}_amount" if prefix else "projects.amount"] = amount
    return found


def _assets(ledger: Ledger) -> dict[str, Value]:
    found: dict[str, Value] = {"assets.as_of": date(ledger.fiscal_year - 1, 12, 31), "assets.vehicles": ZERO}
    found |= {f"assets.{key}": ZERO for key, _ in VEHICLES}
    for key, value in ledger.assets.items():
        if isinstance(value, int):
            found[f"assets.{key}"] = Decimal(value)
        elif isinstance(value, Decimal | date):
            found[f"assets.{key}"] = value
    counts = (found[f"assets.{key}"] for key, _ in VEHICLES)
    found["assets.vehicles"] = sum((count for count in counts if isinstance(count, Decimal)), ZERO)
    return found
