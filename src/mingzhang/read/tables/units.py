"""Which rows of a table of projects are the department, its units, and their projects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby, product

from msgspec import Struct, field

from mingzhang.amounts import ZERO
from mingzhang.read.printed import fold, likeness
from mingzhang.read.tables.fitting import HALF_CENT, holds
from mingzhang.read.tables.rows import Entry

# What the names of offices and institutions end in, as opposed to projects.
_OFFICE = re.compile(r"(?:局|中心|队|院|校|所|站|馆|厅|委员会|办公室|部|会|处|室|园|团|台|社|学|署|机关|单位)$")
_MOST_PIECES = 6
_MOST_PARTITIONS = 64
_MOST_ROWS = 3000
_SAME_UNIT = 0.8


class Levels(Struct, frozen=True):
    """A row's level (department, unit or project; blank outside such tables) and the unit that it stands under."""

    level: str = ""
    unit: str = ""


class Homes(Struct, frozen=True):
    """What the rest of the document tells of units: their folded names, and the unit of a project by its folded name."""

    units: frozenset[str] = frozenset()
    projects: Mapping[str, str] = field(default_factory=dict)


def arrange(entries: Sequence[Entry], homes: Homes) -> list[tuple[Entry, Levels]]:
    """The rows in order, each with its level.

    The first row is the department, and a unit's total is the sum of the rows under it. Pieces (pages) that stand
    upside down are turned where that makes the sums hold. Where no order does, rows named as units are units, and a
    project belongs to the unit that its performance form names.
    """
    rows = [entry for entry in entries if entry.amounts]
    if not rows:
        return []
    for order in _orders(rows):
        heads = _by_sums(order, homes)
        if heads is not None:
            return list(_under_heads(order, heads))
    return _by_names(rows, homes)


def _orders(rows: list[Entry]) -> Iterator[list[Entry]]:
    """As printed, then with every choice of pieces turned round."""
    pieces = [list(piece) for _, piece in groupby(rows, key=lambda entry: entry.piece)]
    yield rows
    if len(pieces) <= _MOST_PIECES:
        for turned in product((False, True), repeat=len(pieces)):
            if any(turned):
                parts = [piece[::-1] if turn else piece for piece, turn in zip(pieces, turned, strict=True)]
                yield [entry for part in parts for entry in part]
                if len(parts) > 1:
                    yield [entry for part in reversed(parts) for entry in part]


def _under_heads(order: list[Entry], heads: set[int]) -> Iterator[tuple[Entry, Levels]]:
    unit = ""
    for number, entry in enumerate(order):
        if number == 0:
            yield entry, Levels("department")
        elif number in heads:
            unit = entry.name
            yield entry, Levels("unit")
        else:
            yield entry, Levels("project", unit)


def _total(entry: Entry) -> Decimal:
    return entry.amounts[0].value if 0 in entry.amounts else sum((one.value for one in entry.amounts.values()), ZERO)


def _by_sums(order: list[Entry], homes: Homes) -> set[int] | None:
    """The places of the rows that head a unit, where the sums hold; none if the rows are the department's own.

    None where no sums hold.
    """
    totals = [_total(entry) for entry in order]
    found: list[list[int]] = [
        heads for heads in _partitions(totals) if holds(totals[0], [totals[head] for head in heads])
    ]
    if holds(totals[0], totals[1:]):
        found.append([])
    return set(max(found, key=lambda heads: _named(heads, order, homes))) if found else None


def _partitions(totals: list[Decimal]) -> Iterator[list[int]]:
    """Ways to cut the rows behind the first into units, each a row whose amount is the sum of the rows under it."""
    if len(totals) > _MOST_ROWS:
        return
    ends = {start: list(_ends(start, totals)) for start in range(1, len(totals))}
    whole = {len(totals)}
    for start in range(len(totals) - 1, 0, -1):
        if any(end in whole for end in ends[start]):
            whole.add(start)
    stack: list[tuple[int, list[int]]] = [(1, [])]
    found = 0
    while stack and found < _MOST_PARTITIONS:
        start, heads = stack.pop()
        if start == len(totals):
            found += 1
            yield heads
        else:
            stack += [(end, [*heads, start]) for end in ends[start] if end in whole]


def _ends(start: int, totals: list[Decimal]) -> Iterator[int]:
    """Where the rows under a head may end, so that they make up its amount."""
    head, sum_ = totals[start], ZERO
    for end in range(start + 1, len(totals)):
        sum_ += totals[end]
        bound = HALF_CENT * (end - start + 1)
        if abs(head - sum_) <= bound:
            yield end + 1
        elif sum_ > head + bound and totals[end] >= 0:
            return


def _named(heads: Iterable[int], order: list[Entry], homes: Homes) -> int:
    return sum(100 * _is_unit(order[number].name, homes) - 1 for number in heads)


def _is_unit(name: str, homes: Homes) -> bool:
    return fold(name) in homes.units or _OFFICE.search(name) is not None


def _by_names(rows: list[Entry], homes: Homes) -> list[tuple[Entry, Levels]]:
    """Levels by names alone: the largest row is the department, those named as units are units."""
    largest = max(map(_total, rows))
    department = next(number for number, entry in enumerate(rows) if _total(entry) == largest)
    units = [entry.name for number, entry in enumerate(rows) if number != department and _is_unit(entry.name, homes)]
    result, above = [], ""
    for number, entry in enumerate(rows):
        if number == department:
            level = Levels("department")
        elif _is_unit(entry.name, homes):
            above = entry.name
            level = Levels("unit")
        else:
            level = Levels("project", _home(entry.name, units, homes) or (units[0] if len(units) == 1 else above))
        result.append((entry, level))
    return result


def _home(project: str, units: list[str], homes: Homes) -> str:
    """The unit among the table's own that the project's performance form names; blank if none does."""
    told = homes.projects.get(fold(project), "")
    if not told or not units:
        return ""
    near = max(units, key=lambda unit: likeness(fold(unit), fold(told)))
    return near if likeness(fold(near), fold(told)) >= _SAME_UNIT else ""
