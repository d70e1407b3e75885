"""Disclosures as cells: every figure by form, row and column, in the same few set-wise passes for one or thousands.

The tables `facts` and `figures` hold what documents print; `cells` is made from them in SQL: a row's name becomes the
family's own, a function class its code, an economic item finds its class, so that a rule's terms can be joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from mingzhang.check.notation import (
    BODY,
    CLASS,
    DEPARTMENT,
    FORM,
    ITEM,
    OVERALL,
    PRIOR,
    PROJECT,
    SUBCLASS,
    UNIT,
)
from mingzhang.disclosure import FUND_KEYS, Disclosure, Provenance
from mingzhang.families import Family
from mingzhang.families.model import Side
from mingzhang.taxonomy import load, years

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ENTRY = re.compile(r"(?P<base>[a-z0-9_.]+?)\.(?P<entry>[^a-z0-9._][^.]*)(?:\.(?P<tail>[a-z0-9_]+))?")
_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]+[、，,.]|[①②③④]|[（(][一二三四五六七八九十]+[)）]|其中[:：])")
_PATH = re.compile(r"(.+?)[（(]类[)）](.+?)[（(]款[)）](.+?)(?:[（(]项[)）])?")
_ALIKE = 0.75
_FOLD = str.maketrans("（）【】〔〕“”，：；—－·", '()[][]"",:;--.')

_SCHEMA = """
CREATE TABLE facts (doc INTEGER, tbl VARCHAR, side VARCHAR, lvl VARCHAR, unit VARCHAR, code VARCHAR, name VARCHAR,
  name2 VARCHAR, col VARCHAR, value DECIMAL(18,4), row INTEGER, ref INTEGER);
CREATE TABLE figures (doc INTEGER, key VARCHAR, value DECIMAL(18,4), ref INTEGER);
CREATE TABLE others (doc INTEGER, form VARCHAR, row INTEGER, col VARCHAR, value DECIMAL(18,4), ref INTEGER);
CREATE TABLE present (doc INTEGER, form VARCHAR);
CREATE TABLE sides (form VARCHAR, tbl VARCHAR, side VARCHAR, kind VARCHAR, total VARCHAR);
CREATE TABLE names (form VARCHAR, printed VARCHAR, name VARCHAR, key VARCHAR, lvl VARCHAR);
CREATE TABLE keys (printed VARCHAR, form VARCHAR, col VARCHAR, name VARCHAR, key VARCHAR, lvl VARCHAR);
CREATE TABLE widths (prefix VARCHAR, eps DECIMAL(18,4));
"""

# A row of a table under the family's own words. Coded rows are told by the length of their code, rows of projects and
# units by their level; all others by the table `names`.
_CELLS = f"""
CREATE OR REPLACE TABLE cells AS
WITH placed AS (
  SELECT f.doc, s.form, f.col, f.value, f.row, f.ref, s.kind, f.code,
    CASE WHEN f.code <> '' THEN f.code WHEN s.kind = 'single' THEN s.total WHEN f.lvl <> '' THEN f.name
         ELSE coalesce(n.name, f.name) END AS name,
    CASE WHEN f.code <> '' THEN f.code
         WHEN f.lvl = 'department' THEN '' WHEN f.lvl <> '' THEN f.name
         WHEN s.kind = 'economic_pairs' AND f.name2 <> '' THEN coalesce(n.name, f.name) || '|' || f.name2
         WHEN s.kind = 'agencies' AND coalesce(n.lvl, '') <> 'total' THEN f.name
         ELSE coalesce(n.key, '') END AS key,
    CASE WHEN f.code <> '' THEN CASE length(f.code) WHEN 3 THEN '{CLASS}' WHEN 5 THEN '{SUBCLASS}' WHEN 7 THEN '{ITEM}' ELSE '目' END
         WHEN f.lvl = 'department' THEN '{DEPARTMENT}' WHEN f.lvl = 'unit' THEN '{UNIT}' WHEN f.lvl = 'project' THEN '{PROJECT}'
         WHEN s.kind = 'economic_pairs' AND f.name2 <> '' THEN '{SUBCLASS}'
         WHEN s.kind = 'agencies' AND coalesce(n.lvl, '') <> 'total' THEN '{UNIT}'
         WHEN n.lvl = 'total' THEN '' ELSE coalesce(n.lvl, '') END AS lvl,
    f.unit
  FROM facts f JOIN sides s ON f.tbl = s.tbl AND f.side = s.side
  LEFT JOIN names n ON n.form = s.form AND n.printed = f.name
)
SELECT doc, form, col, name, key, lvl,
  CASE WHEN code <> '' THEN CASE WHEN length(code) > 3 THEN left(code, length(code) - 2) ELSE '' END
       WHEN kind = 'economic_pairs' AND lvl = '{SUBCLASS}' THEN coalesce(last_value(CASE WHEN lvl = '{CLASS}' THEN key END IGNORE NULLS)
            OVER (PARTITION BY doc, form ORDER BY row, ref ROWS UNBOUNDED PRECEDING), '')
       ELSE unit END AS parent,
  row, value, coalesce(p.eps, 0.005)::DECIMAL(18,4) AS eps, ref
FROM placed LEFT JOIN widths p ON p.prefix = form
UNION ALL
SELECT f.doc, k.form, k.col, k.name, k.key, k.lvl, '', 0, f.value,
  coalesce(p.eps, 0.005)::DECIMAL(18,4), f.ref
FROM figures f JOIN keys k ON k.printed = f.key LEFT JOIN widths p ON p.prefix = k.form
UNION ALL
SELECT o.doc, o.form, o.col, '', '', '', '', o.row, o.value, coalesce(p.eps, 0.005)::DECIMAL(18,4), o.ref
FROM others o LEFT JOIN widths p ON p.prefix = o.form
"""


# Between rows and between cells on their way into the database; no text keeps them.
_ROW_END, _CELL_END = "\x1e", "\x1f"
_ENDS = str.maketrans("", "", _ROW_END + _CELL_END + "\0")


def _plain(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else text.translate(_ENDS)


class Printed(NamedTuple):
    """What a cell was printed as: for telling people, and for where it stands."""

    form: str
    side: str
    row: str
    column: str
    value: str
    provenance: Provenance | None
    seq: int | None = None
    number: int | None = None


class Store:
    """The cells of some documents in a database of their own, with what was printed for each."""

    def __init__(self, family: Family, loose: Sequence[str] = ()) -> None:
        """An empty store. Figures of the `loose` sections were put in by people, who cut digits off as well as round:
        such a figure stands for a whole last digit on each side."""
        import duckdb

        self.family = family
        self.printed: list[Printed] = []
        self.db: DuckDBPyConnection = duckdb.connect(config={"threads": 2})
        self.db.execute(_SCHEMA)
        sides, widths = [], []
        for mark in ("", PRIOR):
            for table in family.tables:
                for side in table.side:
                    sides.append((mark + _form(table.id, side.key), mark + table.id, side.key, side.rows, side.total))
            widths += [*((mark + section, "0.01") for section in loose), (mark + FORM, "0")]
        self.insert("sides", sides)
        self.insert("widths", widths)

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Put rows into a table, values as text. One text for all of them is the quickest way into the database."""
        if rows:
            columns = ", ".join(f"r[{place}]" for place in range(1, len(rows[0]) + 1))
            text = _ROW_END.join(_CELL_END.join(map(_plain, row)) for row in rows)
            split = f"string_split(unnest(string_split(?, '{_ROW_END}')), '{_CELL_END}')"
            self.db.execute(f"INSERT INTO {table} SELECT {columns} FROM (SELECT {split} AS r)", [text])

    def add(self, doc: int, disclosure: Disclosure, prior: bool = False) -> None:
        """Add a document, or the disclosure of the year before of document `doc`."""
        mark = PRIOR if prior else ""
        facts, present = [], {mark + table for table in disclosure.empty_tables}
        for fact in disclosure.facts:
            present.add(mark + fact.table)
            where = Printed(
                fact.table,
                fact.side,
                f"{fact.row_code} {fact.row_name}".strip(),
                fact.column,
                f"{fact.value:f}",
                fact.provenance,
                number=fact.row,
            )
            facts.append((
                doc, mark + fact.table, fact.side, fact.level, fact.unit, fact.row_code, fact.row_name, fact.row_name2,
                fact.column, f"{fact.value:f}", fact.row, self._keep(where),
            ))  # fmt: skip
        figures = []
        for figure in disclosure.narrative:
            amount = number(figure.value)
            if amount is not None:
                where = Printed(
                    figure.section or figure.key.partition(".")[0], "", "", figure.key, figure.value, figure.provenance
                )
                figures.append((doc, mark + figure.key, f"{amount:f}", self._keep(where)))
        self.insert("facts", facts)
        self.insert("figures", figures)
        self.insert("others", list(self._others(doc, disclosure, mark)))
        self.insert("present", [(doc, form) for form in present])

    def _others(self, doc: int, disclosure: Disclosure, mark: str) -> Iterator[tuple[object, ...]]:
        for project in disclosure.projects:
            for key in FUND_KEYS:
                amount = project.funds.get(key)
                if amount is not None:
                    where = Printed(
                        FORM,
                        "",
                        project.name,
                        key,
                        f"{amount:f}",
                        project.sources.get(key, project.provenance),
                        project.seq,
                    )
                    yield doc, mark + FORM, project.seq, key, f"{amount:f}", self._keep(where)
        for entry in disclosure.overall:
            amount = number(entry.value) if "/" not in entry.key else None
            if amount is not None:
                where = Printed(OVERALL, "", "", entry.key, entry.value, entry.provenance)
                yield doc, mark + OVERALL, 0, entry.key, f"{amount:f}", self._keep(where)

    def _keep(self, printed: Printed) -> int:
        self.printed.append(printed)
        return len(self.printed) - 1

    def make_cells(self) -> None:
        """Make `cells` of all that was added."""
        told = self.db.execute(
            "SELECT DISTINCT s.form, f.name FROM facts f JOIN sides s ON f.tbl = s.tbl AND f.side = s.side "
            "WHERE f.code = '' AND f.lvl = ''"
        ).fetchall()
        own = {_form(table.id, side.key): side for table in self.family.tables for side in table.side}
        known = {form: _rows(self.family, own[form.removeprefix(PRIOR)]) for form in {form for form, _ in told}}
        self.insert("names", [(form, printed, *_resolve(printed, known[form])) for form, printed in told])
        keys = [key for (key,) in self.db.execute("SELECT DISTINCT key FROM figures").fetchall()]
        entries = _Entries(self.family)
        self.insert("keys", [(key, *entries.place(key)) for key in keys])
        self.db.execute(_CELLS)


def number(text: str) -> Decimal | None:
    """The number that a value printed alone is, with or without separators and a unit; None if it is none."""
    cleaned = text.strip().replace(",", "").removesuffix("%").removesuffix("万元").removesuffix("元")
    return Decimal(cleaned) if re.fullmatch(r"-?\d+(\.\d+)?", cleaned) else None


def _form(table: str, side: str) -> str:
    return f"{table}.{side}" if side else table


_Row = tuple[str, str, str]


def _rows(family: Family, side: Side) -> dict[str, _Row]:
    """The rows that a side knows by name: folded name -> (name, key, level)."""
    found: dict[str, _Row] = {fold(side.total): (side.total, "", "total")}
    if side.rows == "function_classes":
        for code, name in family.function_classes:
            for one in (name, *family.class_aliases.get(code, ())):
                found[fold(one)] = (code, code, CLASS)
    if side.rows == "economic_pairs":
        economic = load("economic_department", max(years("economic_department")))
        found |= {fold(code.name): (code.name, "", SUBCLASS) for code in economic if len(code.code) == 5}
        found |= {fold(code.name): (code.name, code.name, CLASS) for code in economic if len(code.code) == 3}
    for spec, level in (*((one, BODY) for one in side.fixed), *((one, "") for one in side.foot)):
        # A row's own name comes before what another row is called elsewhere.
        found[fold(spec.name)] = (spec.name, spec.name, level)
    for spec, level in (*((one, BODY) for one in side.fixed), *((one, "") for one in side.foot)):
        for name in spec.aliases:
            found.setdefault(fold(name), (spec.name, spec.name, level))
    return found


def fold(text: str) -> str:
    """A name for comparison: no blanks, no ordinal before it, one kind of punctuation."""
    return _ORDINAL.sub("", "".join(text.split())).translate(_FOLD)


def _resolve(printed: str, known: Mapping[str, _Row]) -> _Row:
    """The row that a printed name means: the same, or, where letters were misread, the one most alike."""
    folded = fold(printed)
    if folded in known:
        return known[folded]
    best = max(known, key=lambda name: SequenceMatcher(None, folded, name, autojunk=False).ratio(), default="")
    if best and SequenceMatcher(None, folded, best, autojunk=False).ratio() >= _ALIKE:
        return known[best]
    return (printed, printed, "")


class _Entries:
    """Where a figure's key belongs: its section, its column, and the row that an entry of a list stands for."""

    def __init__(self, family: Family) -> None:
        self._classes = {fold(name): code for code, name in family.function_classes}
        self._classes |= {fold(name): code for code, names in family.class_aliases.items() for name in names}
        self._items: dict[tuple[str, str, str], str] | None = None

    def place(self, printed: str) -> tuple[str, str, str, str, str]:
        """Form, column, name, key and level of a figure's key."""
        mark = PRIOR if printed.startswith(PRIOR) else ""
        key = printed.removeprefix(PRIOR)
        section = mark + key.partition(".")[0]
        match = _ENTRY.fullmatch(key)
        if match is None:
            return section, key, "", "", ""
        entry = match["entry"]
        column = f"{match['base']}.*" + (f".{match['tail']}" if match["tail"] else "")
        path = _PATH.fullmatch(entry)
        if path:
            return section, column, entry, self._item(*map(fold, path.groups())) or entry, ITEM
        if match["tail"]:
            return section, column, entry, entry, UNIT
        return section, column, entry, self._classes.get(fold(entry), entry), CLASS

    def _item(self, *path: str) -> str:
        if self._items is None:
            codes = load("functional", max(years("functional")))
            name = {code.code: fold(code.name) for code in codes}
            self._items = {
                (name[code.code[:3]], name[code.code[:5]], name[code.code]): code.code
                for code in codes
                if len(code.code) == 7
            }
        return self._items.get((path[0], path[1], path[2]), "")
