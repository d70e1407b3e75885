"""One root cause, one finding: violations that one wrong cell causes are folded into the most telling of them.

A wrong cell breaks its row, its column, the tables that repeat it and the sentence that quotes it, each by the same
amount. Findings of one document with the same difference that cite a cell or a form in common are one cause; each
performance form is one of its own. Where all of them meet in one cell, whatever else cites that cell follows from it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from mingzhang.check.findings import SEVERITIES, Consequence, Finding, Place

# By how much the same cause may show differently: every figure is rounded by itself.
_SAME = Decimal("0.02")
_MOST_PLACES = 16
_Cell = tuple[object, ...]
# A small difference is common; there a cell in common must tell that the cause is one.
_TELLING = Decimal(1)
_ORDER = (
    "privacy", "arithmetic", "cross_table", "narrative_vs_table", "change_math", "year_mismatch", "performance_vs_budget",
    "performance_form", "completeness", "classification", "duplicate", "naming", "performance_quality", "typo", "other",
)  # fmt: skip


def fold(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one document with consequences folded into their cause, most important first."""
    groups = _Groups(findings)
    by_form: dict[tuple[str, int | None], set[int]] = defaultdict(set)
    for number, finding in enumerate(findings):
        if finding.difference:
            for place in finding.where:
                by_form[place.form, place.seq].add(number)
    sizes = [abs(finding.difference or Decimal(0)) for finding in findings]
    cells = [frozenset(map(_cell, finding.where)) for finding in findings]
    for numbers in by_form.values():
        for first, second in _of_one_size(numbers, sizes):
            if sizes[first] >= _TELLING or cells[first] & cells[second]:
                groups.join(first, second)
    _join_derived(groups, sizes, cells)
    folded = [_together([findings[n] for n in group]) for group in groups.all()]
    return sorted(folded, key=importance)


def _of_one_size(numbers: Iterable[int], sizes: Sequence[Decimal]) -> Iterator[tuple[int, int]]:
    """The pairs of findings whose differences are the same, the smaller first."""
    ranked = sorted(numbers, key=lambda number: sizes[number])
    for place, first in enumerate(ranked, 1):
        for second in ranked[place:]:
            if sizes[second] - sizes[first] > _SAME:
                break
            yield first, second


def _join_derived(groups: _Groups, sizes: Sequence[Decimal], cells: Sequence[frozenset[_Cell]]) -> None:
    """Put to a cause what cites the one cell in which its findings meet, by another difference: a share, a limit."""
    everything = groups.all()
    alone = [group[0] for group in everything if len(group) == 1 and sizes[group[0]]]
    for group in everything:
        common = frozenset.intersection(*(cells[number] for number in group))
        if len(group) > 1 and len(common) == 1:
            for number in alone:
                if common <= cells[number]:
                    groups.join(group[0], number)


def _cell(place: Place) -> _Cell:
    return place.form, place.side, place.number, place.key, place.seq, place.line


def importance(finding: Finding) -> tuple[object, ...]:
    """What findings are ordered by: severity, kind, size of the difference, place in the document."""
    line = next((place.line for place in finding.where if place.line), 0)
    size = -abs(finding.difference or Decimal(0))
    return SEVERITIES.index(finding.severity), _ORDER.index(finding.category), size, line or 0, finding.rule


def _together(findings: Sequence[Finding]) -> Finding:
    """The cause: the gravest finding, of equals the one within a table; the others are its consequences."""
    cause, *rest = sorted(findings, key=importance)
    also = tuple(Consequence(other.rule, other.message) for other in rest)
    return replace(cause, where=tuple(_places([cause, *rest])[:_MOST_PLACES]), also=also)


def _places(findings: Sequence[Finding]) -> list[Place]:
    """What findings of one cause cite, the cell in which most of them meet first: that one is likely to be wrong."""
    cited = Counter(cell for finding in findings for cell in set(map(_cell, finding.where)))
    places = dict.fromkeys(place for finding in findings for place in finding.where)
    return sorted(places, key=lambda place: -cited[_cell(place)])


class _Groups:
    """Which findings belong together."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._of = list(range(len(findings)))

    def _root(self, number: int) -> int:
        while self._of[number] != number:
            self._of[number] = self._of[self._of[number]]
            number = self._of[number]
        return number

    def join(self, first: int, second: int) -> None:
        """Put two findings together."""
        self._of[self._root(second)] = self._root(first)

    def all(self) -> list[list[int]]:
        """The groups, each in order."""
        groups: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._of)):
            groups[self._root(number)].append(number)
        return list(groups.values())
