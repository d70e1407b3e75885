"""Rows of a form that bear one name (the same funds of this year and carried over), told apart by the form's sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product

from mingzhang.amounts import ZERO
from mingzhang.families.model import RowSpec, Side
from mingzhang.read.tables.fitting import holds
from mingzhang.read.tables.rows import Entry, RowNames

_MOST_PAIRS = 6


def places_of(side: Side, names: RowNames, entries: Sequence[Entry]) -> dict[int, int]:
    """Which of the declared rows each entry is; entries that are none, or one too many, are left out.

    Of rows of one name the first printed is the first declared, unless the sums hold only the other way round.
    """
    places: dict[int, int] = {}
    free = set(range(len(names.specs)))
    for number, entry in enumerate(entries):
        place = next((place for place in names.find(entry.name)[0] if place in free), None)
        if place is not None:
            places[number] = place
            free.remove(place)
    pairs = [pair for pair in names.by_name.values() if len(pair) == 2 and not free.issuperset(pair)]
    if not 0 < len(pairs) <= _MOST_PAIRS:
        return places
    ways = (
        {number: _turned(place, turned) for number, place in places.items()}
        for turned in (
            [pair for pair, turn in zip(pairs, turns, strict=True) if turn]
            for turns in product((False, True), repeat=len(pairs))
        )
    )
    return min(ways, key=lambda way: _broken(side, names.specs, {place: entries[one] for one, place in way.items()}))


def _turned(place: int, pairs: Sequence[Sequence[int]]) -> int:
    """The other of a pair of places that change."""
    return next((first + second - place for first, second in pairs if place in (first, second)), place)


def _broken(side: Side, specs: Sequence[RowSpec], rows: Mapping[int, Entry]) -> int:
    """How many of the declared sums fail."""
    own = {spec.name: number for number, spec in enumerate(specs) if spec.name}
    body = range(len(specs) - len(side.foot))
    broken = 0
    for number, spec in enumerate(specs):
        parts = list(body) if spec.sum == ("*",) else [own[name] for name in spec.sum if name in own]
        if parts and number in rows:
            columns = {column for place in (number, *parts) if place in rows for column in rows[place].amounts}
            broken += sum(
                not holds(next(_values(rows, [number], column), ZERO), list(_values(rows, parts, column)))
                for column in columns
            )
    return broken


def _values(rows: Mapping[int, Entry], places: Sequence[int], column: int) -> Iterator[Decimal]:
    for place in places:
        amount = rows[place].amounts.get(column) if place in rows else None
        if amount is not None:
            yield amount.value
