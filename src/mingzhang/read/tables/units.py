"""Which rows of a table of projects are the department, its units, and their projects."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, combinations, groupby, product

from msgspec import Struct, field

from mingzhang.amounts import ZERO
from mingzhang.read.printed import fold, likeness
from mingzhang.read.tables.fitting import HALF_CENT, holds
from mingzhang.read.tables.rows import Entry

# What the names of offices and institutions end in, as opposed to projects.
_OFFICE = re.compile(r"(?:局|中心|队|院|校|所|站|馆|厅|委员会|办公室|部|会|处|室|园|团|台|社|学|署|机关|单位)$")
_MOST_PIECES = 6
_MOST_PARTITIONS = 64
_MOST_STEPS = 1_000_000
_SAME_UNIT = 0.8
# Of mixed up rows: how many may be named like units and be none, how many units and moved projects are tried.
_MOST_FALSE = 2
_MOST_UNITS = 7
_MOST_MOVES = 20_000


class _Effort(Struct):
    """How many steps are left to what is tried in turn: of a table that admits far too many ways a part is tried."""

    left: int = _MOST_STEPS

    def spend(self, steps: int = 1) -> bool:
        """Whether that many steps may be taken."""
        self.left -= steps
        return self.left > 0


class Levels(Struct, frozen=True):
    """A row's level (department, unit or project; blank outside such tables) and the unit that it stands under."""

    level: str = ""
    unit: str = ""


class Homes(Struct, frozen=True):
    """What the rest of the document tells of units: their folded names, and the unit of a project by its folded name.

    `department` is the folded name of the department.
    """

    units: frozenset[str] = frozenset()
    projects: Mapping[str, str] = field(default_factory=dict)
    department: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The folded names of units and projects."""
        return self.units.union(self.projects)


def arrange(entries: Sequence[Entry], homes: Homes) -> list[tuple[Entry, Levels]]:
    """The rows in order, each with its level.

    The first row is the department, and a unit's total is the sum of the rows under it. Pieces (pages) that stand
    upside down are turned where that makes the sums hold. Where no order does, the rows have got mixed up, and
    amounts, names and the performance forms tell.
    """
    rows = [entry for entry in entries if entry.amounts]
    if not rows:
        return []
    effort = _Effort()
    for order in _orders(_headed(rows, homes)):
        if not effort.spend(len(order)):
            break
        heads = _by_sums(order, homes, effort)
        if heads is not None and not _contradicted(order, heads, homes):
            return list(_under_heads(order, heads))
    return _mixed_up(rows, homes, _Effort())


def _headed(rows: list[Entry], homes: Homes) -> list[Entry]:
    """The rows with the department before a unit of the same amount."""
    first, second = rows[0], rows[1] if len(rows) > 1 else rows[0]
    if _total(first) == _total(second) and fold(second.name) == homes.department != fold(first.name):
        return [second, first, *rows[2:]]
    return rows


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


def _contradicted(order: Sequence[Entry], heads: set[int], homes: Homes) -> bool:
    """Whether a unit that the forms name stands among the projects of rows that nothing tells to be units."""
    below = any(fold(order[number].name) in homes.units for number in range(1, len(order)) if number not in heads)
    return below and not all(_is_unit(order[number].name, homes) for number in heads)


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


def _by_sums(order: list[Entry], homes: Homes, effort: _Effort) -> set[int] | None:
    """The places of the rows that head a unit, where the sums hold; none if the rows are the department's own.

    None where no sums hold.
    """
    totals = [_total(entry) for entry in order]
    found: list[list[int]] = [
        heads for heads in _partitions(totals, effort) if holds(totals[0], [totals[head] for head in heads])
    ]
    if holds(totals[0], totals[1:]):
        found.append([])
    return set(max(found, key=lambda heads: _named(heads, order, homes))) if found else None


def _partitions(totals: list[Decimal], effort: _Effort) -> Iterator[list[int]]:
    """Ways to cut the rows behind the first into units, each a row whose amount is the sum of the rows under it."""
    ends = {start: list(_ends(start, totals, effort)) for start in range(1, len(totals))}
    whole = {len(totals)}
    for start in range(len(totals) - 1, 0, -1):
        if any(end in whole for end in ends[start]):
            whole.add(start)
    stack: list[tuple[int, _Heads | None]] = [(1, None)]
    found = 0
    while stack and found < _MOST_PARTITIONS and effort.spend():
        start, heads = stack.pop()
        if start == len(totals):
            found += 1
            if effort.spend(start):
                yield _listed(heads)
        else:
            stack += [(end, (start, heads)) for end in ends[start] if end in whole]


# The head of a unit, and those of the units before it.
_Heads = tuple[int, "_Heads | None"]


def _listed(heads: _Heads | None) -> list[int]:
    found = []
    while heads:
        found.append(heads[0])
        heads = heads[1]
    return found[::-1]


def _ends(start: int, totals: list[Decimal], effort: _Effort) -> Iterator[int]:
    """Where the rows under a head may end, so that they make up its amount."""
    head, sum_ = totals[start], ZERO
    for end in range(start + 1, len(totals)):
        if not effort.spend():
            return
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


def _mixed_up(rows: list[Entry], homes: Homes, effort: _Effort) -> list[tuple[Entry, Levels]]:
    """Levels where the order tells nothing: the largest row is the department, those named as units are units."""
    totals = [_total(entry) for entry in rows]
    most = max(totals)
    largest = [number for number, total in enumerate(totals) if total == most]
    department = next((number for number in largest if fold(rows[number].name) == homes.department), largest[0])
    others = [number for number in range(len(rows)) if number != department]
    heads = _heads(totals, department, others, rows, homes, effort)
    units = frozenset(heads)
    projects = [number for number in others if number not in units]
    of_project = _share_out(totals, heads, projects, _told(rows, heads, projects, homes), effort) if heads else {}
    return [
        (entry, _level(number, department, of_project.get(number), rows, units)) for number, entry in enumerate(rows)
    ]


def _level(number: int, department: int, unit: int | None, rows: Sequence[Entry], heads: frozenset[int]) -> Levels:
    if number == department:
        return Levels("department")
    if number in heads:
        return Levels("unit")
    return Levels("project", rows[unit].name if unit is not None else "")


def _heads(
    totals: Sequence[Decimal],
    department: int,
    others: list[int],
    rows: Sequence[Entry],
    homes: Homes,
    effort: _Effort,
) -> list[int]:
    """The rows of units: those named so that make up the department, or all that are named so; none if it has none."""
    whole = totals[department]
    named = [number for number in others if _is_unit(rows[number].name, homes)]
    if holds(whole, [totals[number] for number in others]):
        return []
    for left_out in range(min(len(named), _MOST_FALSE + 1)):
        for false in combinations(named, left_out):
            if not effort.spend(len(named)):
                return named
            heads = [number for number in named if number not in false]
            if holds(whole, [totals[number] for number in heads]):
                return heads
    return named


def _told(rows: Sequence[Entry], heads: list[int], projects: Iterable[int], homes: Homes) -> dict[int, int]:
    """The unit of each project as its form names it, else the one above it (the first where none stands above)."""
    of_name = {rows[number].name: number for number in heads}
    told = {}
    for number in projects:
        home = _home(rows[number].name, list(of_name), homes)
        above = heads[max(0, bisect(heads, number) - 1)]
        told[number] = of_name[home] if home else above
    return told


def _share_out(
    totals: Sequence[Decimal], heads: list[int], projects: list[int], told: dict[int, int], effort: _Effort
) -> dict[int, int]:
    """The unit of each project: as told if that makes the sums hold, or nearly as told, or in order, else as told."""

    def sound(shares: Mapping[int, int]) -> bool:
        parts: dict[int, list[Decimal]] = {head: [] for head in heads}
        for number, unit in shares.items():
            parts[unit].append(totals[number])
        return all(holds(totals[head], parts[head]) for head in heads)

    if len(heads) == 1 or sound(told):
        return told
    runs = next(_runs(totals, heads, projects, effort), None)
    if runs is not None:
        return runs
    if len(projects) * (len(heads) - 1) > _MOST_MOVES:
        return told
    moves = [(number, head) for number in projects for head in heads if head != told[number]]
    for count in (1, 2):
        if len(moves) ** count > _MOST_MOVES:
            break
        for chosen in combinations(moves, count):
            if not effort.spend(len(projects)):
                return told
            shares = told | dict(chosen)
            if sound(shares):
                return shares
    return told


def _runs(
    totals: Sequence[Decimal], heads: list[int], projects: list[int], effort: _Effort
) -> Iterator[dict[int, int]]:
    """The projects in their order cut into a run for each unit: where only the units' rows have lost their place."""
    if len(heads) > _MOST_UNITS:
        return
    sums = [ZERO, *accumulate(totals[number] for number in projects)]
    stack: list[tuple[int, dict[int, int], list[int]]] = [(0, {}, heads)]
    while stack:
        start, shares, left = stack.pop()
        if not left and start == len(projects):
            yield shares
        for head in reversed(left):
            for end in range(start + 1, len(sums)):
                fits = abs(sums[end] - sums[start] - totals[head]) <= HALF_CENT * (end - start + 1)
                if not effort.spend(end - start if fits else 1):
                    return
                if fits:
                    own = dict.fromkeys(projects[start:end], head)
                    stack.append((end, shares | own, [one for one in left if one != head]))


def _home(project: str, units: list[str], homes: Homes) -> str:
    """The unit among the table's own that the project's performance form names; blank if none does."""
    told = homes.projects.get(fold(project), "")
    if not told or not units:
        return ""
    near = max(units, key=lambda unit: likeness(fold(unit), fold(told)))
    return near if likeness(fold(near), fold(told)) >= _SAME_UNIT else ""
