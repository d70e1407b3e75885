"""Purchases of services: the catalogue's edition in force, and the lines that buy under it (财政部令第102号)."""

from __future__ import annotations

from collections.abc import Iterator

from mingzhang.amounts import to_wan
from mingzhang.disclosure import CatalogueLine
from mingzhang.families.model import Family
from mingzhang.ledger import BudgetLine, Ledger, ProcurementLine
from mingzhang.ledger.schema import BUDGET, DEPARTMENT, NOT_PURCHASED, PROCUREMENT
from mingzhang.problems import InputError, Problem, Severity
from mingzhang.taxonomy import Edition, edition_in_force, editions, load_catalogue

_ITEM = 5  # characters of a third-level code


def edition_of(ledger: Ledger, family: Family) -> Edition:
    """The edition that the ledger names, else the one in force when the fiscal year begins. Raises InputError."""
    region = family.catalogue_region
    named = ledger.text("department", "catalogue_edition")
    if not named and (in_force := edition_in_force(ledger.fiscal_year, region)):
        return in_force
    for edition in editions(region):
        if named in (edition.id, edition.document_number):
            return edition
    known = "、".join(edition.id for edition in editions(region))
    message = f"没有“{named or ledger.fiscal_year}”这一版政府购买服务目录，请填：{known}"
    label = DEPARTMENT.column("catalogue_edition").label
    raise InputError([Problem(message, sheet=DEPARTMENT.label, column=label)])


def purchases(ledger: Ledger, family: Family, edition: Edition) -> tuple[CatalogueLine, ...]:
    """The purchases of services that the disclosure lists.

    The editions held were read from scans and may lack rows, so a code below a known one is listed under that one.
    Raises InputError for a code of which the edition knows nothing.
    """
    listing = load_catalogue(edition.id, family.catalogue_region)
    section = ledger.text("department", "catalogue_section")
    names = {(project.agency_code, project.pro_code): project.pro_name for project in ledger.projects}
    names |= {(line.agency_code, line.pro_code): line.pro_name for line in ledger.budget if line.pro_name}
    found: list[CatalogueLine] = []
    problems: list[Problem] = []
    for one in _buying(ledger):
        code = one.purchase_code
        if len(code) < _ITEM:
            problems.append(_problem(one, f"目录代码“{code}”太粗，请填到三级或四级目录"))
            continue
        entries = listing.find(code, section or None) or listing.find(code[:-2], section or None)
        if len({entry.name for entry in entries}) > 1 and not section:
            message = f"代码“{code}”在目录的不同类别里名称不同，请在“部门信息”填写“政府购买服务目录类别”"
            problems.append(_problem(one, message))
            continue
        if not entries:
            message = (
                f"现行政府购买服务目录（{edition.document_number}）没有代码“{one.purchase_code}”，请核对；"
                f"不属于政府购买服务的填“{NOT_PURCHASED}”"
            )
            problems.append(_problem(one, message))
            continue
        entry = entries[0]
        sections = {found.section for found in entries}
        item = one.item if isinstance(one, ProcurementLine) else names.get((one.agency_code, one.pro_code), "")
        found.append(
            CatalogueLine(
                edition.id,
                edition.document_number,
                entry.section if len(sections) == 1 else "",
                one.purchase_code,
                entry.name,
                item,
                to_wan(one.amount),
            )
        )
    if problems:
        raise InputError(problems)
    return tuple(sorted(found, key=lambda line: (line.code, line.project, line.amount)))


def doubtful_purchases(ledger: Ledger, family: Family) -> Iterator[Problem]:
    """Codes that the edition in force lacks, though it knows the code above."""
    edition = edition_of(ledger, family)
    listing = load_catalogue(edition.id, family.catalogue_region)
    for one in _buying(ledger):
        if not listing.find(one.purchase_code):
            parent = one.purchase_code[:-2]
            message = f"目录中没有见到代码“{one.purchase_code}”，暂列在“{parent}”之下，请对照正式目录核对"
            yield _problem(one, message, "warning")


def _problem(one: BudgetLine | ProcurementLine, message: str, severity: Severity = "error") -> Problem:
    sheet = BUDGET if isinstance(one, BudgetLine) else PROCUREMENT
    label = sheet.column("purchase_code").label
    return Problem(message, sheet=sheet.label, row=one.row, column=label, severity=severity)


def _buying(ledger: Ledger) -> Iterator[BudgetLine | ProcurementLine]:
    for one in ledger.procurement or ledger.budget:
        if one.purchase_code and one.purchase_code != NOT_PURCHASED:
            yield one
