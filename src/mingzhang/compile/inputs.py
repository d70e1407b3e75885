"""What only the ledger knows: procurement, project counts, assets, and the texts that sentences quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from mingzhang.amounts import ZERO, print_amount, to_wan
from mingzhang.disclosure import CatalogueLine, Fact, Project
from mingzhang.families.model import Family, chinese_numeral
from mingzhang.families.patterns import Value
from mingzhang.ledger import BudgetLine, Ledger, ProcurementLine
from mingzhang.ledger.schema import AGENCY_KINDS, PROCUREMENT_KINDS, VEHICLES
from mingzhang.taxonomy import Edition


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


def texts(
    ledger: Ledger,
    family: Family,
    name: str,
    facts: Iterable[Fact],
    purchases: tuple[CatalogueLine, ...],
    edition: Edition,
) -> dict[str, str]:
    """The variables and texts of the sentence patterns, by name; a blank one is "" and counts as missing."""
    wording = family.kinds[str(ledger.department["kind"])]
    units = [agency.agency_name for agency in ledger.agencies] if len(ledger.agencies) > 1 else []
    offices = ledger.department.get("internal_offices", ())
    assert isinstance(offices, tuple)
    found = {
        "year": str(ledger.fiscal_year),
        "prior_year": str(ledger.fiscal_year - 1),
        "name": name,
        "scope": wording.scope,
        "this": wording.this,
        "region": ledger.text("department", "region_name"),
        "duties": ledger.text("department", "duties"),
        "organisation": ledger.text("department", "organisation"),
        "sub_agencies": "、".join(units),
        "sub_agency_count": str(len(units)),
        "internal_offices": "、".join(offices),
        "internal_office_count": str(len(offices)),
        "units": _units(ledger),
        "agencies_phrase": _agencies_phrase(ledger, facts),
        "other": ledger.text("notes", "other"),
        "purchases": str(len(purchases)) if purchases else "",
        "purchases_amount": print_amount(sum((line.amount for line in purchases), ZERO)),
        "catalogue_title": edition.title,
        "catalogue_number": edition.document_number,
    }
    found |= _items(facts)
    reasons = {key: ledger.text("reasons", key).strip().rstrip("。；;") for key in ledger.reasons}
    reasons.setdefault("expense", reasons.get("income", ""))
    return found | {family.reasons[key]: reason for key, reason in reasons.items()}


def _units(ledger: Ledger) -> str:
    """One line a unit of a department that says what the unit is, does and consists of; nothing for a lone unit."""
    kinds = {identifier: printed for printed, identifier in AGENCY_KINDS}
    lines = []
    for place, agency in enumerate(ledger.agencies, 1):
        duties = " ".join(agency.duties.split()).rstrip("。；;")
        offices = f"内设{'、'.join(agency.internal_offices)}" if agency.internal_offices else ""
        told = [part for part in (duties, offices) if part]
        if told:
            head = f"（{chinese_numeral(place)}）{agency.agency_name}，{kinds[agency.agency_kind]}"
            lines.append("，".join([head, *told]) + "。")
    return "\n".join(lines) if len(ledger.agencies) > 1 else ""


def _agencies_phrase(ledger: Ledger, facts: Iterable[Fact]) -> str:
    """所属…家行政单位, counting the units that table 11 lists; nothing in a unit's own document."""
    if ledger.department["kind"] == "unit_budget":
        return ""
    listed = {fact.row_name for fact in facts if fact.table == "T11"}
    kinds = [agency.agency_kind for agency in ledger.agencies if agency.agency_name in listed]
    counted = [f"{kinds.count(kind)}家{printed}" for printed, kind in AGENCY_KINDS if kind in kinds]
    return f"所属{'、'.join(counted)}" if counted else ""


def _items(facts: Iterable[Fact]) -> dict[str, str]:
    """The economic items named in section six: those of table 6 with money, each once, in code order."""
    rows = [fact for fact in facts if fact.table == "T6" and fact.row_name2]
    return {
        f"{column}_items": "、".join(dict.fromkeys(fact.row_name for fact in rows if fact.column == column))
        for column in ("personnel", "public")
    }
