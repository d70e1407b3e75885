"""Rows that have lost cells, settled by the sums of the columns: an item belongs to its class in every column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.read.tables.fitting import HALF_CENT
from mingzhang.read.tables.layouts import SideLayout
from mingzhang.read.tables.rows import TREES, Entry

_SETTLED = "按上下级科目的合计归回原栏"
_ROUNDS = 3


def settle(side: SideLayout, entries: Sequence[Entry]) -> None:
    """Move the amounts of rows that could stand in several columns to those in which the columns add up best."""
    if not any(entry.choices for entry in entries):
        return
    sums = _sums(side, entries)
    for _ in range(_ROUNDS):
        moved = False
        for number, entry in enumerate(entries):
            if entry.choices and entry.amounts and number in sums:
                moved |= _try(entry, sums[number])
        if not moved:
            return


class _Sum(Struct):
    """A row and the rows that make it up: by how much the parts exceed it in each column; nothing where it holds."""

    parts: int
    excess: dict[int, Decimal]

    def add(self, columns: Iterable[int], values: Iterable[Decimal], sign: int) -> None:
        """Count a row's amounts in these columns: 1 for a part, -1 for the total, the other way to take them out."""
        for column, value in zip(columns, values, strict=True):
            self.excess[column] = self.excess.get(column, ZERO) + sign * value

    def broken(self, columns: Iterable[int], values: Iterable[Decimal], sign: int) -> int:
        """In how many columns the sum fails if a row's amounts stand in these."""
        added = dict(zip(columns, values, strict=True))
        return sum(
            abs(self.excess.get(column, ZERO) + sign * added.get(column, ZERO)) > HALF_CENT * (self.parts + 1)
            for column in self.excess.keys() | added.keys()
        )


# The sums that a row takes part in, and as what: 1 as a part, -1 as the total.
Sums = dict[int, list[tuple[_Sum, int]]]


def _sums(side: SideLayout, entries: Sequence[Entry]) -> Sums:
    """For each row the sums that it takes part in."""
    found: Sums = defaultdict(list)
    for total, parts in _families(side, entries):
        one = _Sum(len(parts), {})
        for number, sign in ((total, -1), *((part, 1) for part in parts)):
            one.add(entries[number].amounts, _values(entries[number]), sign)
            found[number].append((one, sign))
    return found


def _families(side: SideLayout, entries: Sequence[Entry]) -> Iterator[tuple[int, list[int]]]:
    """The rows that are totals, each with the rows of its parts."""
    if side.spec.rows in TREES:
        own = {entry.code: number for number, entry in enumerate(entries)}
        children: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            if entry.code:
                children[entry.code[:-2] if len(entry.code) > 3 else ""].append(number)
        yield from ((own[code], parts) for code, parts in children.items() if code in own)
    elif side.spec.rows == "economic_pairs":
        heads = [number for number, entry in enumerate(entries) if not entry.name2]
        for head, following in pairwise([*heads[1:], len(entries)]):
            yield head, list(range(head + 1, following))
        if len(heads) > 1:
            yield heads[0], heads[1:]


def _try(entry: Entry, sums: list[tuple[_Sum, int]]) -> bool:
    """Put the entry's amounts where the fewest sums fail; among equals they stay, or the first choice counts."""
    now = tuple(sorted(entry.amounts))
    cells = [(entry.amounts[column], entry.cells[column]) for column in now]
    values = [amount.value for amount, _ in cells]
    for one, sign in sums:
        one.add(now, values, -sign)
    best = min((now, *entry.choices), key=lambda choice: sum(one.broken(choice, values, sign) for one, sign in sums))
    for one, sign in sums:
        one.add(best, values, sign)
    if best == now:
        return False
    entry.amounts = {column: amount for column, (amount, _) in zip(best, cells, strict=True)}
    entry.cells = {column: cell for column, (_, cell) in zip(best, cells, strict=True)}
    entry.choices = (now, *(choice for choice in entry.choices if choice != best))
    entry.repair = _SETTLED
    return True


def _values(entry: Entry) -> Iterator[Decimal]:
    return (amount.value for amount in entry.amounts.values())
