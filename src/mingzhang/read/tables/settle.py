"""Rows that have lost cells, settled by the sums of the columns: an item belongs to its class in every column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.read.tables.fitting import holds
from mingzhang.read.tables.layouts import SideLayout
from mingzhang.read.tables.rows import TREES, Entry

_SETTLED = "按上下级科目的合计归回原栏"
_ROUNDS = 3


def settle(side: SideLayout, entries: Sequence[Entry]) -> None:
    """Move the amounts of rows that could stand in several columns to those in which the columns add up best."""
    if not any(entry.choices for entry in entries):
        return
    families = _families(side, entries)
    for _ in range(_ROUNDS):
        moved = False
        for number, entry in enumerate(entries):
            if entry.choices:
                moved |= _try(number, entry, entries, families)
        if not moved:
            return


Parents = dict[int, list[tuple[int, list[int]]]]


def _families(side: SideLayout, entries: Sequence[Entry]) -> Parents:
    """For each row the sums that it takes part in: the total's row and the rows of its parts."""
    groups: list[tuple[int, list[int]]] = []
    if side.spec.rows in TREES:
        own = {entry.code: number for number, entry in enumerate(entries)}
        children: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            if entry.code:
                children[entry.code[:-2] if len(entry.code) > 3 else ""].append(number)
        groups = [(own[code], parts) for code, parts in children.items() if code in own]
    elif side.spec.rows == "economic_pairs":
        heads = [number for number, entry in enumerate(entries) if not entry.name2]
        for head, following in zip(heads[1:], [*heads[2:], len(entries)], strict=True):
            groups.append((head, list(range(head + 1, following))))
        if len(heads) > 1:
            groups.append((heads[0], heads[1:]))
    parents: Parents = defaultdict(list)
    for total, parts in groups:
        for number in (total, *parts):
            parents[number].append((total, parts))
    return parents


def _try(number: int, entry: Entry, entries: Sequence[Entry], parents: Parents) -> bool:
    if not entry.amounts or not parents.get(number):
        return False
    now = tuple(sorted(entry.amounts))
    best, least = now, _broken(number, entries, parents)
    cells = [(entry.amounts[column], entry.cells[column]) for column in now]
    for choice in (now, *entry.choices):
        _put(entry, choice, cells)
        broken = _broken(number, entries, parents)
        if broken < least:
            best, least = choice, broken
    _put(entry, best, cells)
    if best != now:
        entry.choices = (now, *(choice for choice in entry.choices if choice != best))
        entry.repair = _SETTLED
    return best != now


def _put(entry: Entry, columns: Iterable[int], cells: list[tuple]) -> None:  # type: ignore[type-arg]
    entry.amounts = {column: amount for column, (amount, _) in zip(columns, cells, strict=True)}
    entry.cells = {column: cell for column, (_, cell) in zip(columns, cells, strict=True)}


def _broken(number: int, entries: Sequence[Entry], parents: Parents) -> int:
    """In how many columns the sums that the row takes part in fail."""
    broken = 0
    for total, parts in parents[number]:
        columns = {column for place in (total, *parts) for column in entries[place].amounts}
        for column in columns:
            broken += not holds(_value(entries[total], column), [_value(entries[part], column) for part in parts])
    return broken


def _value(entry: Entry, column: int) -> Decimal:
    amount = entry.amounts.get(column)
    return amount.value if amount else ZERO
