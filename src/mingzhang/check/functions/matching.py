"""Which performance form belongs to which row of the project tables.

The same name, then a name that is nearly the same with the same amount, then the same amount alone; what a scan has made
illegible goes to the row that is left over in the unit of its neighbours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal
from weakref import WeakKeyDictionary

from msgspec import Struct

from mingzhang.amounts import WAN, ZERO
from mingzhang.check.subject import Row, Subject
from mingzhang.disclosure import FUND_LEVELS, Project

_HALF = Decimal("0.005")
_ALIKE = 0.75
_VERY_ALIKE = 0.9
_NO_WORD = re.compile(r"[\W_]+")

How = Literal["name", "alike", "amount", "rest"]


class Entry(Struct, eq=False):
    """What the project tables print of one project of one unit: a row, or one of each table."""

    rows: list[Row]

    @property
    def name(self) -> str:
        """The printed name."""
        return self.rows[0].head.row_name

    @property
    def unit(self) -> str:
        """The unit row that it stands under, blank where the table has none."""
        return self.rows[0].head.unit

    @property
    def amount(self) -> Decimal:
        """All its money, 万元."""
        return sum((total(row) for row in self.rows), ZERO)

    def takes(self, wan: Decimal) -> bool:
        """Whether an amount of 万元 is that of one of its rows or of all, as far as rounding goes."""
        if any(abs(total(row) - wan) <= _HALF for row in self.rows):
            return True
        return abs(self.amount - wan) <= _HALF * len(self.rows)


class Match(Struct, eq=False):
    """A form with its entry in the project tables, and how it was found."""

    form: Project
    entry: Entry
    how: How


class Matching(Struct, eq=False):
    """All forms and entries of a document: those that belong together, and those that stand alone."""

    matches: list[Match]
    entries: list[Entry]
    forms: list[Project]
    all_entries: list[Entry]

    def of(self, seq: int) -> Match | None:
        """The match of the `seq`-th form."""
        return next((match for match in self.matches if match.form.seq == seq), None)


_KNOWN: WeakKeyDictionary[Subject, dict[tuple[str, ...], Matching]] = WeakKeyDictionary()


def matching(subject: Subject, tables: Iterable[str]) -> Matching:
    """Match a document's forms with the project rows of `tables` (this year's before the carry-over)."""
    key = tuple(tables)
    known = _KNOWN.setdefault(subject, {})
    if key not in known:
        known[key] = _Matcher(subject, key).match()
    return known[key]


def total(row: Row) -> Decimal:
    """A row's total: its first column."""
    return row.value("total")


@lru_cache(maxsize=20_000)
def plain(name: str) -> str:
    """A name without blanks and punctuation."""
    return _NO_WORD.sub("", name)


def alike(first: str, second: str, least: float = _ALIKE) -> float:
    """How alike two names are, 0 where it is less than `least`."""
    if first == second:
        return 1.0
    if 2 * min(len(first), len(second)) < least * (len(first) + len(second)):
        return 0.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.quick_ratio() < least:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= least else 0.0


def form_amounts(form: Project) -> list[Decimal]:
    """What a form may say it costs, in 万元: this year's total or its parts, then those of the whole period."""
    found = []
    for horizon in ("annual", "total"):
        whole = form.funds.get(horizon)
        parts = [part for level in FUND_LEVELS if (part := form.funds.get(f"{horizon}_{level}"))]
        found += [whole] if whole else [sum(parts, ZERO)] if parts else []
    return [amount / WAN for amount in found]


class _Matcher:
    def __init__(self, subject: Subject, tables: tuple[str, ...]) -> None:
        self._forms = list(subject.disclosure.projects)
        self._entries = self._gather(subject, tables)
        self._all = list(self._entries)
        self._found: list[Match] = []

    def match(self) -> Matching:
        """Run all passes, surest first."""
        self._pass(
            "name",
            lambda form, entry: _same_name(form, entry) and self._agrees(form, entry) and _same_unit(form, entry),
        )
        self._pass("name", lambda form, entry: _same_name(form, entry) and self._agrees(form, entry))
        self._pass("name", lambda form, entry: _same_name(form, entry) and self._at(form, entry))
        self._pass("name", _same_name)
        self._pass("alike", lambda form, entry: self._fits(form, entry) and _alike(form, entry))
        self._pass("alike", lambda form, entry: self._at(form, entry) and _alike(form, entry, _VERY_ALIKE))
        self._by_amount()
        self._rest()
        return Matching(self._found, self._entries, self._forms, self._all)

    def _gather(self, subject: Subject, tables: tuple[str, ...]) -> list[Entry]:
        """A project's carry-over is put to its row of this year, unless there are forms for both."""
        count: dict[str, int] = defaultdict(int)
        for form in subject.disclosure.projects:
            count[plain(form.name)] += 1
        rows = [row for row in subject.rows if row.head.table in tables and row.head.level == "project"]
        printed: dict[str, int] = defaultdict(int)
        for row in rows:
            printed[plain(row.head.row_name)] += 1
        entries: dict[tuple[str, str], Entry] = {}
        found: list[Entry] = []
        for row in sorted(rows, key=lambda row: tables.index(row.head.table)):
            name = plain(row.head.row_name)
            before = entries.get((row.head.unit, name))
            if before and before.rows[0].head.table != row.head.table and count[name] < printed[name]:
                before.rows.append(row)
                continue
            entry = Entry([row])
            entries.setdefault((row.head.unit, name), entry)
            found.append(entry)
        return found

    def _pass(self, how: How, fits: Callable[[Project, Entry], bool]) -> None:
        for form in list(self._forms):
            if form.name:
                entry = next((entry for entry in self._entries if fits(form, entry)), None)
                if entry is not None:
                    self._take(form, entry, how)

    def _by_amount(self) -> None:
        """The same amount, where no other form and no other row has it."""
        pairs = [(form, entry) for form in self._forms for entry in self._entries if self._fits(form, entry)]
        for form, entry in pairs:
            if sum(one is form or other is entry for one, other in pairs) == 1:
                self._take(form, entry, "amount")

    def _rest(self) -> None:
        """Forms of which neither name nor amount can be read."""
        for form in list(self._forms):
            if form.legible != "yes" and not (form.name and form_amounts(form)):
                units = set(self._neighbours(form))
                entry = next((entry for entry in self._entries if not units or entry.unit in units), None)
                if entry is not None:
                    self._take(form, entry, "rest")

    def _neighbours(self, form: Project) -> Iterator[str]:
        for match in self._found:
            if abs(match.form.seq - form.seq) == 1:
                yield match.entry.unit

    def _take(self, form: Project, entry: Entry, how: How) -> None:
        self._forms.remove(form)
        self._entries.remove(entry)
        self._found.append(Match(form, entry, how))

    def _fits(self, form: Project, entry: Entry) -> bool:
        return self._agrees(form, entry) and self._at(form, entry)

    @staticmethod
    def _agrees(form: Project, entry: Entry) -> bool:
        return any(entry.takes(amount) for amount in form_amounts(form))

    @staticmethod
    def _at(form: Project, entry: Entry) -> bool:
        """Whether the form may be of the entry's unit: they say nothing else."""
        return not form.unit or not entry.unit or bool(alike(plain(form.unit), plain(entry.unit), _VERY_ALIKE))


def _same_unit(form: Project, entry: Entry) -> bool:
    return plain(form.unit) == plain(entry.unit)


def _same_name(form: Project, entry: Entry) -> bool:
    return plain(form.name) == plain(entry.name)


def _alike(form: Project, entry: Entry, least: float = _ALIKE) -> bool:
    return bool(alike(plain(form.name), plain(entry.name), least))
