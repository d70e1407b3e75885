"""The variables and texts that sentences quote: names, years, duties, units, reasons, purchases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from mingzhang.amounts import ZERO, print_amount
from mingzhang.disclosure import CatalogueLine, Fact, Kind
from mingzhang.families.model import Family, chinese_numeral
from mingzhang.ledger import Agency, Ledger
from mingzhang.ledger.schema import AGENCY_KIND_NAMES
from mingzhang.taxonomy import Edition

_LEAD = re.compile(r"^(变动|增加|减少)?的?(主要)?原因(是|为)?[：:，,]?")  # the patterns say this themselves


def texts(
    ledger: Ledger,
    family: Family,
    name: str,
    facts: Iterable[Fact],
    purchases: tuple[CatalogueLine, ...],
    edition: Edition,
) -> dict[str, str]:
    """Every text by the name that the family's patterns use; a blank one is "" and counts as missing."""
    wording = family.kinds[cast(Kind, ledger.department["kind"])]
    units = [agency.agency_name for agency in ledger.agencies] if len(ledger.agencies) > 1 else []
    offices = ledger.department.get("internal_offices", ())
    assert isinstance(offices, tuple)
    return {
        "year": str(ledger.fiscal_year),
        "prior_year": str(ledger.fiscal_year - 1),
        "name": name,
        "scope": wording.scope,
        "this": wording.this,
        "duties": ledger.text("department", "duties"),
        "organisation": ledger.text("department", "organisation"),
        "sub_agencies": "、".join(units),
        "sub_agency_count": str(len(units)),
        "internal_offices": "、".join(offices),
        "internal_office_count": str(len(offices)),
        "units": _units(ledger, family),
        "agencies_phrase": _operating_agencies(ledger, family, facts),
        "other": ledger.text("notes", "other"),
        "purchases": str(len(purchases)) if purchases else "",
        "purchases_amount": print_amount(sum((line.amount or ZERO for line in purchases), ZERO)),
        "catalogue_title": edition.title,
        "catalogue_number": edition.document_number,
        **_lists(family, facts),
        **_reasons(ledger, family),
    }


def _reasons(ledger: Ledger, family: Family) -> dict[str, str]:
    reasons = {key: _LEAD.sub("", ledger.text("reasons", key).strip()).rstrip("。；;，,") for key in ledger.reasons}
    reasons.setdefault("expense", reasons.get("income", ""))
    return {f"{family.reasons[key]}reason": reason for key, reason in reasons.items()}


def _units(ledger: Ledger, family: Family) -> str:
    """One line a unit of a department that says what the unit is, does and consists of; nothing for a lone unit."""
    if len(ledger.agencies) < 2:
        return ""
    told = [(place, agency, _told(agency, family)) for place, agency in enumerate(ledger.agencies, 1)]
    return "\n".join(
        family.agencies.line.format(
            place=chinese_numeral(place),
            name=agency.agency_name,
            kind=AGENCY_KIND_NAMES[agency.agency_kind],
            told=words,
        )
        for place, agency, words in told
        if words
    )


def _told(agency: Agency, family: Family) -> str:
    duties = " ".join(agency.duties.split()).rstrip("。；;")
    offices = (
        family.agencies.offices.format(offices="、".join(agency.internal_offices)) if agency.internal_offices else ""
    )
    return "".join(f"，{part}" for part in (duties, offices) if part)


def _operating_agencies(ledger: Ledger, family: Family, facts: Iterable[Fact]) -> str:
    """The units with 机关运行经费, counted by kind; nothing in a unit's own document."""
    if ledger.department["kind"] == "unit_budget":
        return ""
    words = family.agencies
    listed = {fact.row_name for fact in facts if fact.table == words.operating_table}
    kinds = [agency.agency_kind for agency in ledger.agencies if agency.agency_name in listed]
    counted = [
        words.count.format(count=kinds.count(kind), kind=AGENCY_KIND_NAMES[kind])
        for kind in words.operating_kinds
        if kind in kinds
    ]
    return words.counted.format(kinds="、".join(counted)) if counted else ""


def _lists(family: Family, facts: Iterable[Fact]) -> dict[str, str]:
    """The family's lists of names: the second-level rows of a table with money in a column, each once, in its order."""
    rows = [fact for fact in facts if fact.row_name2]
    return {
        key: "、".join(dict.fromkeys(fact.row_name for fact in rows if (fact.table, fact.column) == place))
        for key, place in family.name_lists.items()
    }
