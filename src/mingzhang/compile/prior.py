"""Last year's amounts: typed in, or taken from last year's ledger or data package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from mingzhang.amounts import to_wan
from mingzhang.datapackage import is_package, read_package
from mingzhang.disclosure import Disclosure
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.families.model import Family
from mingzhang.ledger import Ledger, load_ledger
from mingzhang.ledger.schema import PRIOR
from mingzhang.problems import InputError, Problem


def prior_amounts(
    ledger: Ledger, family: Family, compile_: Callable[[Ledger, Family], Disclosure]
) -> Mapping[str, Decimal]:
    """Last year's amounts in 万元 by the family's names for them; empty if the department had no budget.

    `compile_` turns last year's ledger into its disclosure. Raises InputError if the source named cannot be read or
    is of another year or department.
    """
    if not ledger.prior:
        return {}
    source = ledger.prior.get("source")
    if source is None:
        return {key: to_wan(value) for key in family.prior if isinstance(value := ledger.prior.get(key), Decimal)}
    disclosure = _load(ledger, Path(str(source)), family, compile_)
    if (
        disclosure.department_code != ledger.department["department_code"]
        or disclosure.kind != ledger.department["kind"]
    ):
        message = f"上年资料是“{disclosure.name}”（{disclosure.department_code}）的，不是本台账的部门或单位，请核对路径"
        raise InputError([_problem(message)])
    facts = Facts(disclosure.facts)
    cells = {key: parse_cell(reference) for key, reference in family.prior.items()}
    return {key: facts.value(cell) for key, cell in cells.items() if cell}


def _load(ledger: Ledger, source: Path, family: Family, compile_: Callable[[Ledger, Family], Disclosure]) -> Disclosure:
    """Last year's disclosure. The year is checked before a ledger is compiled, so that a chain of ledgers ends."""
    base = ledger.path or Path()
    path = (base if base.is_dir() else base.parent) / source
    if not path.exists():
        raise InputError([_problem(f"找不到上年资料“{source}”，请核对路径（相对本台账）")])
    if is_package(path):
        disclosure = read_package(path)
        if disclosure.family != family.id:
            raise InputError([_problem(f"上年资料是另一种公开（{disclosure.family}），不能比较，请核对路径")])
        _check_year(disclosure.fiscal_year, ledger)
        return disclosure
    try:
        book = load_ledger(path)
        _check_year(book.fiscal_year, ledger)
        return compile_(book, family)
    except InputError as error:
        # The files are called as this year's: say which ledger is meant.
        told = [replace(one, file=f"上年资料 {source} {one.file}".rstrip()) for one in error.problems]
        raise InputError(told) from error


def _check_year(year: int, ledger: Ledger) -> None:
    if year != ledger.fiscal_year - 1:
        raise InputError([_problem(f"上年资料是{year}年的，应为{ledger.fiscal_year - 1}年，请核对路径")])


def _problem(message: str) -> Problem:
    return Problem(message, sheet=PRIOR.label, column=PRIOR.column("source").label)
