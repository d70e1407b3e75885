"""Economic items: what one item is paid under, which items go together, what a fund's revenue pays for.

Items are printed by name alone. A name that the year's list does not know, or that is not certain, proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from mingzhang.amounts import ZERO
from mingzhang.check.cells import fold
from mingzhang.check.findings import Place
from mingzhang.check.subject import Hit, Row, Subject, registered
from mingzhang.disclosure import Fact
from mingzhang.families.cells import Cell, parse_cell
from mingzhang.taxonomy import MissingCodeList, admissible_government_codes, fund_functions, load

# Half a last digit: what each printed amount may be off by rounding.
_HALF = Decimal("0.005")
_CLASS, _ITEM, _REVENUE = 3, 5, 7
_DEPARTMENT, _GOVERNMENT = "economic_department", "economic_government"

_Codes = Mapping[str, tuple[str, ...]]


@cache
def _codes_by_name(kind: str, year: int) -> _Codes:
    """The codes of a year's list by folded name; none of a name that is in doubt, or of a year without a list."""
    found: dict[str, list[str]] = defaultdict(list)
    try:
        codes = load(kind, year)
    except MissingCodeList:
        return {}
    doubtful = {fold(code.name) for code in codes if not code.certain}
    for code in codes:
        found[fold(code.name)].append(code.code)
    return {name: tuple(of) for name, of in found.items() if name not in doubtful}


class _Pair:
    """A row of an item under its class: the codes that its names may mean, none where they are not known."""

    def __init__(self, row: Row, heading: Row | None, year: int) -> None:
        self.row = row
        self.heading = heading
        self.names = f"{row.head.row_name}／{row.head.row_name2}"
        self.classes = _of(_DEPARTMENT, year, heading.head.row_name, _CLASS) if heading else ()
        self.items = _of(_DEPARTMENT, year, row.head.row_name, _ITEM)
        self.government = _of(_GOVERNMENT, year, row.head.row_name2, _ITEM)


def _of(kind: str, year: int, name: str, length: int) -> tuple[str, ...]:
    return tuple(code for code in _codes_by_name(kind, year).get(fold(name), ()) if len(code) == length)


def _pairs(subject: Subject, table: str) -> list[_Pair]:
    """The rows of items with the class row above each."""
    found, heading = [], None
    for row in subject.rows:
        if row.head.table != table:
            continue
        if row.head.row_name2:
            found.append(_Pair(row, heading, subject.year))
        elif _of(_DEPARTMENT, subject.year, row.head.row_name, _CLASS):
            heading = row
    return found


def _place(subject: Subject, row: Row) -> Place:
    """The place of a row's first amount."""
    return subject.fact(next(iter(row.cells.values())))


@registered
def under_wrong_class(subject: Subject, *, table: str) -> Iterator[Hit]:
    """Items that stand under another class than their own, in a table where their own class has its row too."""
    rows = [row.head.row_name for row in subject.rows if row.head.table == table and not row.head.row_name2]
    printed = {code for name in rows for code in _of(_DEPARTMENT, subject.year, name, _CLASS)}
    for pair in _pairs(subject, table):
        own = {code[:_CLASS] for code in pair.items}
        if pair.heading is None or not pair.classes or not own or own & set(pair.classes) or not own & printed:
            continue
        told = f"“{pair.row.head.row_name}”列在“{pair.heading.head.row_name}”之下，应在{'、'.join(sorted(own))}类之下"
        yield Hit(told, (_place(subject, pair.row), _place(subject, pair.heading)))


@registered
def inadmissible_pairs(subject: Subject, *, table: str) -> Iterator[Hit]:
    """Rows whose government item is none of those that the department item may be booked under."""
    for pair in _pairs(subject, table):
        allowed = [admissible_government_codes(code) for code in pair.items]
        if not allowed or not all(allowed) or not pair.government:
            continue
        wanted = frozenset().union(*allowed)
        if not wanted & set(pair.government):
            names = "、".join(f"{code} {_name(subject, code)}" for code in sorted(wanted))
            value = next(iter(pair.row.cells.values())).value
            yield Hit(f"“{pair.names}”{value:f}万元，前者对应的是{names}", (_place(subject, pair.row),))


def _name(subject: Subject, code: str) -> str:
    found = subject.codes(_GOVERNMENT).get(code)
    return found.name if found else ""


@registered
def repeated_pairs(subject: Subject, *, table: str) -> Iterator[Hit]:
    """Pairs of items that have two rows under one class, where each name means one code alone."""
    first: dict[tuple[str, ...], _Pair] = {}
    for pair in _pairs(subject, table):
        if len(pair.government) != 1 or pair.heading is None or not pair.items:
            continue
        key = (pair.heading.head.row_name, *pair.items, *pair.government)
        earlier = first.setdefault(key, pair)
        if earlier is not pair:
            places = (_place(subject, pair.row), _place(subject, earlier.row))
            amounts = "、".join(place.value for place in places)
            yield Hit(f"“{pair.names}”列了两行，金额为{amounts}万元", places)


class _Sum:
    """The printed cells that something is the sum of."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.value = sum((fact.value for fact in facts), ZERO)

    def agrees(self, other: _Sum) -> bool:
        """Whether the two differ by no more than rounding."""
        return abs(self.value - other.value) <= _HALF * (len(self.facts) + len(other.facts))

    def proves(self, other: _Sum) -> bool:
        """Whether the two are the same money, and not none."""
        return bool(self.value and other.value) and self.agrees(other)


def _of_items(subject: Subject, table: str, names: Sequence[str]) -> _Sum:
    """The first amount, which is the total, of each row of some department items."""
    wanted = {fold(name) for name in names}
    rows = (row for row in subject.rows if row.head.table == table and row.head.row_name2)
    return _Sum([next(iter(row.cells.values())) for row in rows if fold(row.head.row_name) in wanted])


def _of_cells(subject: Subject, references: Sequence[str]) -> _Sum:
    """The printed cells that references name."""
    cells = [cell for cell in map(parse_cell, references) if cell]
    return _Sum([fact for cell in cells for fact in subject.disclosure.facts if _is(fact, cell)])


def _is(fact: Fact, cell: Cell) -> bool:
    place = fact.table, fact.side, fact.column
    return place == (cell.table, cell.side, cell.column) and cell.row in (fact.row_code, fact.row_name)


@registered
def same_money(
    subject: Subject,
    *,
    table: str,
    items: Sequence[str],
    under: Sequence[str],
    whole: Sequence[str],
    witnesses: Sequence[Sequence[str]],
    at_most: bool = False,
) -> Iterator[Hit]:
    """Items of `table` against the cells that they are paid `under`: equal, or `at_most` as much.

    Money may be booked otherwise, so this is asked only of a document that proves to book so: one of the `witnesses`
    (an item and its cells) has the same money on both sides, or the two cells of the `whole` differ, which shows that
    the table leaves something out.
    """
    wanted = {table, *(cell.table for cell in map(parse_cell, under) if cell)}
    if not wanted <= {*(fact.table for fact in subject.disclosure.facts), *subject.disclosure.empty_tables}:
        return
    left, right = _of_items(subject, table, items), _of_cells(subject, under)
    if left.agrees(right) or (at_most and left.value < right.value):
        return
    if not _books_so(subject, table, whole, witnesses):
        return
    names = "、".join(f"“{item}”" for item in items)
    difference = left.value - right.value
    relation = ("大于", "") if at_most else ("与", "不一致")
    told = f"{subject.labels.form(table)}{names}{left.value:f}{relation[0]}{_told(subject, right, under)}{relation[1]}"
    places = tuple(subject.fact(fact) for fact in (*left.facts, *right.facts))
    yield Hit(f"{told}，相差{abs(difference):f}万元", places, difference)


def _books_so(subject: Subject, table: str, whole: Sequence[str], witnesses: Sequence[Sequence[str]]) -> bool:
    if not _of_cells(subject, whole[:1]).agrees(_of_cells(subject, whole[1:])):
        return True
    return any(
        _of_items(subject, table, [item]).proves(_of_cells(subject, references)) for item, *references in witnesses
    )


def _told(subject: Subject, cells: _Sum, references: Sequence[str]) -> str:
    """The cells in words: table, row and column with what is printed there."""
    if not cells.facts:
        return "、".join(references) + "的空白"
    head = cells.facts[0]
    rows = "、".join(f"“{fact.row_code} {fact.row_name}”".replace("“ ", "“") for fact in cells.facts)
    column = subject.labels.column(head.table, head.side, head.column)
    amounts = "、".join(f"{fact.value:f}" for fact in cells.facts)
    return f"{subject.labels.form(head.table)}{rows}{column}{amounts}"


@registered
def fund_spent(subject: Subject, *, revenue: str, spending: str) -> Iterator[Hit]:
    """Each fund's revenue against what is spent from it, where the document keeps to that for another fund."""
    funds: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    spent: dict[str, Fact] = {}
    for row in subject.rows:
        fact = next(iter(row.cells.values()))
        if fact.table == revenue and len(fact.row_code) == _REVENUE:
            funds[fund_functions(fact.row_code)].append(fact)
        elif fact.table == spending and len(fact.row_code) == _ITEM:
            spent[fact.row_code] = fact
    known = [functions for functions in funds if functions]
    if len({code for functions in known for code in functions}) < sum(map(len, known)):
        return  # one function for two funds: nobody can say which paid
    sums = [(_Sum(funds[codes]), _Sum([spent[code] for code in codes if code in spent]), codes) for codes in known]
    if not any(income.proves(outlay) for income, outlay, _ in sums):
        return
    for income, outlay, codes in sums:
        if not income.agrees(outlay):
            names = "、".join(f"“{fact.row_code} {fact.row_name}”" for fact in income.facts)
            told = f"{names}收入{income.value:f}万元，{'、'.join(codes)}支出{outlay.value:f}万元"
            places = tuple(subject.fact(fact) for fact in (*income.facts, *outlay.facts))
            yield Hit(told, places, income.value - outlay.value)
