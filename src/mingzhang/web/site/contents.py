"""What a site has: its documents by region and year, each with the addresses of its page and its downloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mingzhang.check.reports.words import KIND, clean
from mingzhang.corpus.questions import Kinds
from mingzhang.corpus.questions.identity import years_of
from mingzhang.problems import InputError, Problem
from mingzhang.web.site.names import Names

if TYPE_CHECKING:
    import duckdb

Partition = tuple[str, int]
_FINAL = "final_accounts"
_KINDS = tuple(KIND)


class Entry(Struct, frozen=True, dict=True):
    """A document of the site: its row of `documents` (masked), its number in the search, and its path without an ending."""

    row: dict[str, Any]
    number: int
    path: str

    @property
    def doc(self) -> str:
        """The document's identity in the lake."""
        return str(self.row["doc"])

    @property
    def region(self) -> str:
        """Its region."""
        return str(self.row["region"])

    @property
    def year(self) -> int:
        """Its fiscal year."""
        return int(self.row["fiscal_year"])

    @cached_property
    def name(self) -> str:
        """The department's name, as a person reads it."""
        return clean(self.row["name"])

    @property
    def kind(self) -> str:
        """What kind of document it is, in Chinese."""
        return KIND[self.row["kind"]]

    @property
    def kinds(self) -> Kinds:
        """`budget` or `final`, as questions have it."""
        return "final" if self.row["kind"].endswith(_FINAL) else "budget"

    @cached_property
    def published(self) -> str:
        """The day of publication (ISO); blank if it is not known, or no day."""
        try:
            return date.fromisoformat(self.row["published"] or "").isoformat()
        except ValueError:
            return ""

    @property
    def title(self) -> str:
        """The document's title."""
        return f"{self.name}{self.year}年{self.kind}"

    @property
    def page(self) -> str:
        """The path of its page."""
        return f"{self.path}.html"


class Contents(Struct, frozen=True, dict=True):
    """All documents, newest years first, then by region and name; and the folder of each region."""

    entries: tuple[Entry, ...]
    folders: dict[str, str]

    @cached_property
    def by_partition(self) -> dict[Partition, list[Entry]]:
        """The documents of each region and year, in the order of the entries."""
        found: dict[Partition, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.region, entry.year].append(entry)
        return dict(found)

    @cached_property
    def by_doc(self) -> dict[str, Entry]:
        """The documents by their identity."""
        return {entry.doc: entry for entry in self.entries}

    @cached_property
    def regions(self) -> list[str]:
        """The regions."""
        return sorted(self.folders)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each region is called: of one that is told by its code the name, too."""
        return {region: self._label(region) for region in self.regions}

    def _label(self, region: str) -> str:
        names = {
            entry.row["region_name"] for entry in self.entries if entry.region == region and entry.row["region_name"]
        }
        called = f"{min(names)}（{region}）" if region.isdecimal() and names else region
        return clean(called)

    @cached_property
    def years(self) -> list[int]:
        """The years, newest first."""
        return sorted({entry.year for entry in self.entries}, reverse=True)

    def region_page(self, region: str) -> str:
        """The path of a region's page."""
        return f"regions/{self.folders[region]}/index.html"

    def partition_page(self, region: str, year: int) -> str:
        """The path of the page of a region's year."""
        return f"regions/{self.folders[region]}/{year}/index.html"

    @staticmethod
    def year_page(year: int) -> str:
        """The path of a year's page."""
        return f"years/{year}.html"


def contents_of(database: duckdb.DuckDBPyConnection) -> Contents:
    """The contents of a lake's site; `database` is veiled. Raises InputError if the lake has no document that could be read."""
    query = "SELECT * EXCLUDE (latest) FROM current ORDER BY fiscal_year DESC, region, name, kind, doc"
    found = database.cursor().sql(query).to_arrow_table()
    if not found.num_rows:
        raise InputError([Problem("没有读出的公开文件，没有可以发布的内容")])
    by_partition: dict[Partition, list[dict[str, Any]]] = defaultdict(list)
    for row in found.to_pylist():
        by_partition[row["region"], row["fiscal_year"]].append(row)
    named = Names()
    folders = {region: named(region, region) for region in sorted({region for region, _ in by_partition})}
    entries: list[Entry] = []
    for (region, year), held in by_partition.items():
        names = Names()
        for row in sorted(held, key=_order):
            path = f"regions/{folders[region]}/{year}/{_name(names, row)}"
            entries.append(Entry(row, len(entries), path))
    return Contents(tuple(entries), folders)


def _order(row: dict[str, Any]) -> tuple[object, ...]:
    return _KINDS.index(row["kind"]), row["department_code"], row["name"], row["doc"]


def _name(names: Names, row: dict[str, Any]) -> str:
    text = f"{row['name']}-决算" if row["kind"].endswith(_FINAL) else row["name"]
    return names(text, f"{row['kind']} {row['name']}")


class OtherYear(Struct, frozen=True):
    """Another year of a department: its document, and by what it was taken for the same."""

    entry: Entry
    how: str


def other_years(database: duckdb.DuckDBPyConnection, contents: Contents, entry: Entry) -> list[OtherYear]:
    """The documents of a department's years, its own among them, oldest first; none if its name is not known."""
    if not entry.row["name"].strip():
        return []
    found = years_of(database, entry.row["name"], entry.region, entry.kinds)
    return [OtherYear(contents.by_doc[one.doc], one.how) for one in found if one.doc in contents.by_doc]


def count(entries: Iterable[Entry], key: str) -> int:
    """The sum of a count over documents."""
    return sum(entry.row[key] or 0 for entry in entries)
