"""The amounts of a row put into their columns, with the row's own sums as the judge where columns have shifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from mingzhang.amounts import ZERO
from mingzhang.read.tables.layouts import SideLayout, placements

HALF_CENT = Decimal("0.005")
_MOST_PLACEMENTS = 8


def holds(total: Decimal, parts: Sequence[Decimal]) -> bool:
    """Whether printed parts can make up a printed total: each is a rounding of its own (0.005 for each of n + 1)."""
    return abs(total - sum(parts, ZERO)) <= HALF_CENT * (len(parts) + 1)


def adds_up(side: SideLayout, values: Mapping[int, Decimal]) -> bool:
    """Whether every sum within the row holds; a blank cell is zero."""
    return all(
        holds(values.get(total, ZERO), [values[part] for part in parts if part in values]) for total, parts in side.sums
    )


def place(side: SideLayout, base: Sequence[int], values: Sequence[Decimal], exact: bool) -> tuple[int, ...] | None:
    """The columns of a row's amounts. `base` are those where they stand, `exact` whether the row is whole.

    They stay where they stand if that is possible and the row adds up, or if nothing better is known. Otherwise the
    nearest places in order that make the row add up; None where the amounts cannot be placed.
    """
    width = len(side.amounts)
    fits = all(0 <= column < width for column in base) and len(set(base)) == len(base)
    if fits and (not side.sums or adds_up(side, dict(zip(base, values, strict=True)))):
        return tuple(base)
    if side.sums and len(values) <= _MOST_PLACEMENTS and not (exact and fits and len(values) == 1):
        better = [
            chosen
            for chosen in placements(len(values), width)
            if adds_up(side, dict(zip(chosen, values, strict=True))) and _told(side, chosen)
        ]
        if better:
            return min(better, key=lambda chosen: sum(abs(a - b) for a, b in zip(chosen, base, strict=True)))
    if fits:
        return tuple(base)
    nearest = placements(len(values), width)
    if not nearest or len(values) > _MOST_PLACEMENTS:
        return None
    return min(nearest, key=lambda chosen: sum(abs(a - b) for a, b in zip(chosen, base, strict=True)))


def choices(side: SideLayout, chosen: tuple[int, ...], values: Sequence[Decimal]) -> tuple[tuple[int, ...], ...]:
    """The other columns in which the amounts would make the row add up as well."""
    if not side.sums or len(values) > _MOST_PLACEMENTS:
        return ()
    return tuple(
        other
        for other in placements(len(values), len(side.amounts))
        if other != chosen and adds_up(side, dict(zip(other, values, strict=True))) and _told(side, other)
    )


def _told(side: SideLayout, chosen: Sequence[int]) -> bool:
    """Whether a sum has a say: a total stands with a part of its own, or an amount stands outside every sum."""
    inside = {column for total, parts in side.sums for column in (total, *parts)}
    totals = any(total in chosen and set(parts) & set(chosen) for total, parts in side.sums)
    return totals or all(column not in inside for column in chosen)
