"""Which code of the catalogue fits a description: entries ranked by the runs of characters that they share with it.

Chinese needs no word list for that: two characters that stand together are nearly a word. Rare ones tell more than
common ones (服务 is in most names), and what the entries above say counts by half.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from mingzhang.taxonomy.catalogue import Catalogue, CatalogueEntry

_ABOVE = 0.5
# A shared character says that much of what a shared pair says: 道路养护 is near 公路的养护.
_SINGLE = 0.25


@dataclass(frozen=True, slots=True)
class Match:
    """A code with its name, the names above it (highest first) and the sections that have it so.

    `exact` says that the name holds the whole description, `score` how much of the description is found (1: all of it).
    """

    code: str
    name: str
    level: str
    above: tuple[str, ...]
    sections: tuple[str, ...]
    exact: bool
    score: float
    flag: str = ""


def above(entries: Iterable[CatalogueEntry]) -> dict[int, tuple[CatalogueEntry, ...]]:
    """The entries above each entry, highest first, by the entry's ordinal; `entries` are in the order of the edition."""
    found: dict[int, tuple[CatalogueEntry, ...]] = {}
    section, held = "", dict[str, CatalogueEntry]()
    for number, entry in enumerate(entries):
        if entry.section != section:
            section, held = entry.section, {}
        prefixes = (entry.code[:length] for length in range(1, len(entry.code), 2))
        found[number] = tuple(held[prefix] for prefix in prefixes if prefix in held)
        held[entry.code] = entry
    return found


def search(text: str, catalogue: Catalogue, section: str | None = None, limit: int = 20) -> list[Match]:
    """The entries that fit a description, best first: those whose name holds it, then by what they share with it.

    Entries of one code and name are one match with all their sections; `section` looks at one alone.
    """
    wanted = _grams(text)
    if not wanted:
        return []
    parents = above(catalogue.entries)
    grams = [_grams(entry.name) for entry in catalogue.entries]
    common = Counter(gram for held in grams for gram in held)
    weights = {gram: _weight(gram, common[gram], len(grams)) for gram in wanted}
    whole = sum(weights.values())
    found: dict[tuple[str, str], list[tuple[float, bool, int]]] = defaultdict(list)
    for number, entry in enumerate(catalogue.entries):
        if section is not None and entry.section != section:
            continue
        over = {gram for parent in parents[number] for gram in _grams(parent.name)}
        shared = sum(weight * _told(gram, grams[number], over) for gram, weight in weights.items())
        if shared:
            exact = _plain(text) in _plain(entry.name)
            found[entry.code, entry.name].append((shared / whole, exact, number))
    ranked = sorted(found.values(), key=lambda same: _rank(same, wanted, catalogue, grams))
    return [_match(same, catalogue, parents) for same in ranked[:limit]]


def _told(gram: str, own: frozenset[str], over: set[str]) -> float:
    return 1.0 if gram in own else _ABOVE if gram in over else 0.0


def _weight(gram: str, count: int, entries: int) -> float:
    rarity = log((1 + entries) / (1 + count))
    return rarity if len(gram) > 1 else _SINGLE * rarity


def _rank(
    same: list[tuple[float, bool, int]], wanted: frozenset[str], catalogue: Catalogue, grams: list[frozenset[str]]
) -> tuple[object, ...]:
    """Exact ones first, then the highest score; of equal ones the name with the least besides, then the finest code."""
    score, exact, number = max(same)
    entry = catalogue.entries[number]
    return (not exact, -round(score, 6), len(grams[number] - wanted), -len(entry.code), entry.code, entry.name)


def _match(
    same: list[tuple[float, bool, int]], catalogue: Catalogue, parents: dict[int, tuple[CatalogueEntry, ...]]
) -> Match:
    score, exact, number = max(same, key=lambda one: one[:2])
    entry = catalogue.entries[number]
    names = tuple(parent.name for parent in parents[number])
    sections = tuple(dict.fromkeys(catalogue.entries[place].section for _, _, place in same))
    return Match(entry.code, entry.name, entry.level, names, sections, exact, round(score, 4), entry.flag)


def _grams(text: str) -> frozenset[str]:
    plain = _plain(text)
    return frozenset([*plain, *(plain[place : place + 2] for place in range(len(plain) - 1))])


def _plain(text: str) -> str:
    """What counts of a text: letters, digits and Chinese characters, in one width and case."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).lower() if one.isalnum())
