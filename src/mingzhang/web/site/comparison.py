"""What the page of a region's year compares: departments side by side, expenditure by function, who has published what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mingzhang.amounts import ZERO, print_amount
from mingzhang.corpus.questions import Kinds, compare, coverage
from mingzhang.corpus.questions.coverage import MISSING
from mingzhang.corpus.results import cell
from mingzhang.web.site.contents import Contents, Entry

if TYPE_CHECKING:
    import duckdb

KINDS: dict[Kinds, str] = {"budget": "预算", "final": "决算"}
_UNIT = "unit"
_MOST_FUNCTIONS = 30


class Compared(Struct, frozen=True, dict=True):
    """Departments side by side: the columns' headings, and of each document its amounts (万元), None where it prints none."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Entry, tuple[Decimal | None, ...]], ...]
    notes: tuple[str, ...]

    @cached_property
    def amounts(self) -> dict[str, tuple[Decimal | None, ...]]:
        """The amounts by document."""
        return {entry.doc: values for entry, values in self.rows}


class Function(Struct, frozen=True):
    """A function's share of a region's year: its name, the sum (万元), of how many documents, the largest, the share in percent."""

    name: str
    amount: Decimal
    documents: int
    largest: Entry
    share: Decimal | None


class Missing(Struct, frozen=True):
    """A department of another year that has published nothing of this one."""

    name: str
    reason: str


class Covered(Struct, frozen=True):
    """What a document has of what is prescribed, and when it was published."""

    entry: Entry
    approved: str
    published: str
    in_time: str
    tables: str
    sections: str
    forms: str
    score: str
    findings: str


class Year(Struct, frozen=True):
    """A region's year of one kind of disclosure, as its page shows it."""

    kind: str
    totals: Compared
    three_public: Compared
    functions: tuple[Function, ...]
    functions_note: str
    covered: tuple[Covered, ...]
    missing: tuple[Missing, ...]
    dated: bool


def years_of_region(database: duckdb.DuckDBPyConnection, contents: Contents, region: str, year: int) -> list[Year]:
    """What there is to compare in a region's year, by kind of disclosure; `database` is veiled."""
    entries = contents.by_partition[region, year]
    return [
        _year(database, contents, region, year, kind) for kind in KINDS if any(entry.kinds == kind for entry in entries)
    ]


def _year(database: duckdb.DuckDBPyConnection, contents: Contents, region: str, year: int, kind: Kinds) -> Year:
    entries = [entry for entry in contents.by_partition[region, year] if entry.kinds == kind]
    functions, note = _functions(database, entries, region, year, kind)
    covered, missing = _covered(database, contents, region, year, kind)
    return Year(
        KINDS[kind],
        _compared(database, entries, region, year, kind, "total"),
        _compared(database, entries, region, year, kind, "three_public"),
        functions,
        note,
        covered,
        missing,
        any(one.published for one in covered),
    )


def _compared(
    database: duckdb.DuckDBPyConnection, entries: Sequence[Entry], region: str, year: int, kind: Kinds, by: Any
) -> Compared:
    given = compare(database, region=region, year=year, kind=kind, by=by)
    amounts: dict[tuple[str, str], Decimal] = {}
    heads: dict[str, None] = {}
    for row in given.rows.to_pylist():
        heads[row["item"]] = None
        amounts[row["doc"], row["item"]] = row["amount"]
    rows = [(entry, tuple(amounts.get((entry.doc, head)) for head in heads)) for entry in entries]
    rows = [(entry, values) for entry, values in rows if any(value is not None for value in values)]
    # Staff is no column here.
    notes = tuple(note for note in given.notes if "在职人数" not in note)
    return Compared(given.title.partition("：")[2], tuple(heads), tuple(rows), notes)


def _functions(
    database: duckdb.DuckDBPyConnection, entries: Sequence[Entry], region: str, year: int, kind: Kinds
) -> tuple[tuple[Function, ...], str]:
    """Expenditure by function, of departments alone where there are any: what a unit spends is in its department's sum."""
    departments = [entry for entry in entries if not entry.row["kind"].startswith(_UNIT)]
    summed = {entry.doc: entry for entry in departments or entries}
    held: dict[str, list[tuple[Decimal, Entry]]] = {}
    for row in compare(database, region=region, year=year, kind=kind, by="function").rows.to_pylist():
        if row["doc"] in summed and row["amount"]:
            held.setdefault(row["item"], []).append((row["amount"], summed[row["doc"]]))
    whole = sum((amount for parts in held.values() for amount, _ in parts), ZERO)
    found = [
        Function(
            name,
            total := sum((amount for amount, _ in parts), ZERO),
            len(parts),
            max(parts, key=lambda part: part[0])[1],
            total * 100 / whole if whole else None,
        )
        for name, parts in held.items()
    ]
    ordered = sorted(found, key=lambda one: (-one.amount, one.name))[:_MOST_FUNCTIONS]
    note = (
        "只合计部门的公开；单位的金额已含在主管部门的金额里。"
        if departments and len(departments) < len(entries)
        else ""
    )
    return tuple(ordered), note


def _covered(
    database: duckdb.DuckDBPyConnection, contents: Contents, region: str, year: int, kind: Kinds
) -> tuple[tuple[Covered, ...], tuple[Missing, ...]]:
    rows = coverage(database, region=region, year=year, kind=kind).rows.to_pylist()
    covered = {
        row["doc"]: Covered(
            contents.by_doc[row["doc"]],
            row["approved"] or "",
            row["published"] or "",
            row["in_time"] if row["published"] and row["approved"] else "",
            row["tables"],
            row["sections"],
            row["forms"],
            cell(row["score"], "score"),
            _told(contents.by_doc[row["doc"]].row),
        )
        for row in rows
        if row["doc"] in contents.by_doc
    }
    missing = [Missing(row["name"], row["reason"]) for row in rows if row["status"] == MISSING]
    ordered = (covered[entry.doc] for entry in contents.by_partition[region, year] if entry.doc in covered)
    return tuple(ordered), tuple(missing)


def _told(row: dict[str, Any]) -> str:
    counts = ((row["errors"], "错误"), (row["warnings"], "警告"), (row["infos"], "提示"))
    return "，".join(f"{word} {count}" for count, word in counts if count) or "无"


def amount(value: Decimal | None) -> str:
    """An amount as a page prints it."""
    return "" if value is None else print_amount(value, "grouped")


def total_of(years: Iterable[Year]) -> Decimal | None:
    """The sum of the first column of the departments' totals of a region's budgets; None if there is none."""
    for year in years:
        values = [
            values[0]
            for entry, values in year.totals.rows
            if values and values[0] is not None and not entry.row["kind"].startswith(_UNIT)
        ]
        if values:
            return sum(values, ZERO)
    return None
