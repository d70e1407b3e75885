"""What changed between two editions of a catalogue: added, dropped, renamed, recoded.

Entries are matched section by section: the same code and name; then the same name, so that a code which moved because
something was inserted before it is no new entry; then, of what is left, the same code with a name that is alike; then
names that are alike. A section that bears another name is matched by its entries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from mingzhang.taxonomy.catalogue import Catalogue, CatalogueEntry

ChangeKind = Literal["added", "dropped", "renamed", "recoded", "kept"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("added", "dropped", "renamed", "recoded", "kept")

# Names of one code are the same entry renamed from this likeness on, names of other codes from the higher one.
_ALIKE, _VERY_ALIKE = 0.5, 0.7


@dataclass(frozen=True, slots=True)
class Change:
    """An entry in two editions; `old` is None where it was added, `new` where it was dropped.

    `renamed` entries may bear another code, too; `recoded` ones have the same name.
    """

    kind: ChangeKind
    old: CatalogueEntry | None
    new: CatalogueEntry | None

    @property
    def entry(self) -> CatalogueEntry:
        """The entry as it is now, or as it was last."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def doubtful(self) -> bool:
        """Whether the reading of the entry in either edition is doubtful, so that there may be no change at all."""
        return any(one is not None and one.flag for one in (self.old, self.new))


def diff(old: Catalogue, new: Catalogue, section: str | None = None) -> list[Change]:
    """All entries of both editions with what became of them, in the order of the new one, dropped ones behind their section.

    `section` (a name in either edition) looks at one alone.
    """
    before, after = _by_section(old), _by_section(new)
    paired = _paired(before, after)
    changes: list[Change] = []
    for name in [*after, *(name for name in before if name not in paired.values() and name not in after)]:
        earlier = paired.get(name, name)
        if section in (None, name, earlier):
            changes += _changes(before.get(earlier, []), after.get(name, []))
    return changes


def counts(changes: Sequence[Change]) -> dict[ChangeKind, int]:
    """How many changes there are of each kind."""
    found = Counter(change.kind for change in changes)
    return {kind: found[kind] for kind in CHANGE_KINDS}


def _by_section(catalogue: Catalogue) -> dict[str, list[CatalogueEntry]]:
    found: dict[str, list[CatalogueEntry]] = defaultdict(list)
    for entry in catalogue.entries:
        found[entry.section].append(entry)
    return dict(found)


def _paired(before: dict[str, list[CatalogueEntry]], after: dict[str, list[CatalogueEntry]]) -> dict[str, str]:
    """The sections that bear another name, new name to old: names alike, or most entries the same."""
    gone = [name for name in before if name not in after]
    found: dict[str, str] = {}
    for name in after:
        if name in before:
            continue
        for other in gone:
            alike = SequenceMatcher(None, other, name, autojunk=False).ratio() >= _VERY_ALIKE
            if other not in found.values() and (alike or _overlap(before[other], after[name]) >= _VERY_ALIKE):
                found[name] = other
                break
    return found


def _overlap(one: Sequence[CatalogueEntry], other: Sequence[CatalogueEntry]) -> float:
    names, others = {entry.name for entry in one}, {entry.name for entry in other}
    return len(names & others) / max(len(names), len(others))


def _changes(before: list[CatalogueEntry], after: list[CatalogueEntry]) -> Iterator[Change]:
    """The changes of one section."""
    of: dict[int, CatalogueEntry] = {}
    left = list(before)
    for key in (lambda one: (one.code, one.name), lambda one: (one.level, one.name)):
        _match(left, after, of, key)
    _match_alike(left, after, of, _ALIKE, same_code=True)
    _match_alike(left, after, of, _VERY_ALIKE, same_code=False)
    for number, entry in enumerate(after):
        yield _change(of.get(number), entry)
    yield from (Change("dropped", entry, None) for entry in left)


def _match(
    left: list[CatalogueEntry],
    after: Sequence[CatalogueEntry],
    of: dict[int, CatalogueEntry],
    key: Callable[[CatalogueEntry], tuple[str, str]],
) -> None:
    """Match what has the same key, the first with the first."""
    waiting: dict[tuple[str, str], list[CatalogueEntry]] = defaultdict(list)
    for entry in left:
        waiting[key(entry)].append(entry)
    for number, entry in enumerate(after):
        if number not in of and waiting.get(key(entry)):
            of[number] = waiting[key(entry)].pop(0)
    _drop(left, of)


def _match_alike(
    left: list[CatalogueEntry],
    after: Sequence[CatalogueEntry],
    of: dict[int, CatalogueEntry],
    least: float,
    same_code: bool,
) -> None:
    """Match entries of one level whose names are alike, the most alike first."""
    pairs = []
    for number, entry in enumerate(after):
        for place, other in enumerate(left):
            if number in of or other.level != entry.level or (same_code and other.code != entry.code):
                continue
            likeness = SequenceMatcher(None, other.name, entry.name, autojunk=False).ratio()
            if likeness >= least:
                pairs.append((-likeness, number, place))
    taken: set[int] = set()
    for _, number, place in sorted(pairs):
        if number not in of and place not in taken:
            of[number] = left[place]
            taken.add(place)
    _drop(left, of)


def _drop(left: list[CatalogueEntry], of: dict[int, CatalogueEntry]) -> None:
    matched = {id(entry) for entry in of.values()}
    left[:] = [entry for entry in left if id(entry) not in matched]


def _change(old: CatalogueEntry | None, new: CatalogueEntry) -> Change:
    if old is None:
        return Change("added", None, new)
    if old.name != new.name:
        return Change("renamed", old, new)
    return Change("kept" if old.code == new.code else "recoded", old, new)
