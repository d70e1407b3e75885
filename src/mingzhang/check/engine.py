"""The rule book's identities over cells, in a few passes that are the same for one document and for ten thousand.

1. Every term of every line takes its cells in one join: `hits`.
2. Hits are summed by document, line and row; what lies outside the bound, or shows more than rounding would, stays.
3. For those instances alone: what they are made of, and whether the line applies at all (a table that the document
   does not have breaks no identity; that it is missing is another rule's business).

A printed figure stands for an interval of half a last digit on each side; a signed sum adds intervals, and an identity
holds when they meet (XBRL Calculations 1.1). A percentage divides intervals; multiplied out, so that all stays exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from mingzhang.check.cells import Store
from mingzhang.check.notation import DIVISOR, FORM, LEFT, OVERALL, PRIOR, RIGHT, Line, Term

Grade = Literal["outside", "alike", "spread"]

# In how many rows of a document rounding may show more than chance would have it, for these to be told.
_MOST_SPREAD = 3

_TERMS = """
CREATE OR REPLACE TABLE terms (line INTEGER, term INTEGER, role TINYINT, sign TINYINT, form VARCHAR, col VARCHAR,
  match VARCHAR, value VARCHAR, keyed VARCHAR, required TINYINT)
"""
_LINES = "CREATE OR REPLACE TABLE lines (line INTEGER, relation VARCHAR, keyed BOOLEAN, required INTEGER)"

_HITS = """
CREATE OR REPLACE TEMP TABLE hits AS
WITH joined AS (
  SELECT c.*, t.line, t.term, t.role, t.sign, t.keyed, t.required FROM cells c JOIN terms t
    ON t.match = 'name' AND c.form = t.form AND c.col = t.col AND c.name = t.value
  UNION ALL
  SELECT c.*, t.line, t.term, t.role, t.sign, t.keyed, t.required FROM cells c JOIN terms t
    ON t.match = 'level' AND c.form = t.form AND c.col = t.col AND c.lvl = t.value
  UNION ALL
  SELECT c.*, t.line, t.term, t.role, t.sign, t.keyed, t.required FROM cells c JOIN terms t
    ON t.match = 'any' AND c.form = t.form AND c.col = t.col
)
SELECT doc, line, term, role, required, eps, ref,
  CASE keyed WHEN 'none' THEN '' WHEN 'key' THEN key WHEN 'parent' THEN parent ELSE row::VARCHAR END AS key,
  CASE WHEN sign < 0 THEN -value ELSE value END AS value
FROM joined
"""

# Rows without a key count for each row of a keyed line. Sums are exact; `bound` is what the intervals allow. Amounts that
# are printed alike may be alike in what was rounded off, too: `even` is the number of cells if each of these adds up.
_VIOLATIONS = f"""
CREATE OR REPLACE TEMP TABLE violations AS
WITH alike AS (
  SELECT doc, line, key, role, value, sum(required) AS required, count(*) AS cells, sum(eps) AS eps
  FROM hits GROUP BY doc, line, key, role, value
), summed AS (
  SELECT doc, line, key, sum(required) AS required, sum(cells) AS cells, sum(cells * cells) AS even,
    sum(CASE WHEN role = {LEFT} THEN cells * value ELSE 0 END) AS l,
    sum(CASE WHEN role = {RIGHT} THEN cells * value ELSE 0 END) AS r,
    sum(CASE WHEN role = {DIVISOR} THEN cells * value ELSE 0 END) AS d,
    sum(CASE WHEN role = {LEFT} THEN eps ELSE 0 END) AS el, sum(CASE WHEN role = {RIGHT} THEN eps ELSE 0 END) AS er,
    sum(CASE WHEN role = {DIVISOR} THEN eps ELSE 0 END) AS ed
  FROM alike GROUP BY doc, line, key
), whole AS (
  SELECT s.doc, s.line, s.key, n.relation, s.required + coalesce(u.required, 0) AS printed, n.required AS wanted,
    s.cells + coalesce(u.cells, 0) AS cells, s.even + coalesce(u.even, 0) AS even,
    s.l + coalesce(u.l, 0) AS l, s.r + coalesce(u.r, 0) AS r,
    s.d + coalesce(u.d, 0) AS d, s.el + coalesce(u.el, 0) AS el, s.er + coalesce(u.er, 0) AS er,
    s.ed + coalesce(u.ed, 0) AS ed
  FROM summed s JOIN lines n ON n.line = s.line
  LEFT JOIN summed u ON n.keyed AND u.doc = s.doc AND u.line = s.line AND u.key = ''
  WHERE NOT n.keyed OR s.key <> ''
), measured AS (
  SELECT *,
    CASE relation WHEN '÷' THEN abs(l * d - 100 * r) ELSE abs(l - r) END AS gap,
    CASE relation WHEN '÷' THEN el * abs(d) + 100 * er + abs(l) * ed ELSE el + er END AS bound
  FROM whole WHERE printed >= wanted AND (relation <> '÷' OR d <> 0)
)
SELECT doc, line, key, l, r, d, bound,
  CASE WHEN gap > bound THEN 'outside' WHEN cells = 2 AND relation = '=' THEN 'alike' ELSE 'spread' END AS grade
FROM measured
WHERE CASE relation WHEN '=' THEN gap > bound OR (gap > 0 AND cells = 2) OR gap > 0.0115 * sqrt(even)
  WHEN '÷' THEN gap > bound WHEN '≤' THEN l - r > bound ELSE r - l > bound END
"""


class Operand(Struct, frozen=True):
    """A printed cell in a violated line: the term that took it, its signed value, and the number of what was printed."""

    term: Term
    value: Decimal
    ref: int


class Violation(Struct, frozen=True):
    """A line that does not hold for a document (and, in a keyed line, for the row `key`).

    `left` and `right` are the sums of the two sides, `divisor` that of a percentage. `difference` is left less right in
    the unit of the line (points of a percentage); `bound` what the printed digits can explain. `grade`: `outside` the
    bound; `alike`, within it, but one figure printed twice must be printed alike; `spread`, within the loose bound of a
    wide sum, but beyond four standard spreads of rounding.
    """

    doc: int
    line: int
    key: str
    left: Decimal
    right: Decimal
    divisor: Decimal
    difference: Decimal
    bound: Decimal
    grade: Grade
    operands: tuple[Operand, ...]


def violations(store: Store, lines: Sequence[Line]) -> list[Violation]:
    """All violations of the lines in the store's documents, by document and line."""
    _load(store, lines)
    store.db.execute(_HITS)
    store.db.execute(_VIOLATIONS)
    rows = store.db.execute(
        "SELECT doc, line, key, l, r, d, bound, grade FROM violations ORDER BY doc, line, key"
    ).fetchall()
    operands = _operands(store, lines) if rows else {}
    scope = _Scope(store)
    found = []
    for doc, number, key, left, right, divisor, bound, grade in rows:
        line = lines[number]
        own = (
            *operands.get((doc, number, key), ()),
            *(operands.get((doc, number, ""), ()) if line.keyed and key else ()),
        )
        if scope.applies(doc, line, key):
            share = line.relation == "÷"
            difference = left - 100 * right / divisor if share else left - right
            wide = bound / abs(divisor) if share else bound
            found.append(Violation(doc, number, key, left, right, divisor, difference, wide, grade, own))
    return _without_common_spread(found)


def _without_common_spread(found: Sequence[Violation]) -> list[Violation]:
    """Violations without those within the bound of documents where many rows show it: there rounding is to blame.

    Equal steps between amounts round alike, which no single sum can tell from a mistake.
    """
    rows: dict[int, set[str]] = defaultdict(set)
    for one in found:
        if one.grade == "spread":
            rows[one.doc].add(one.key)
    return [one for one in found if one.grade != "spread" or len(rows[one.doc]) <= _MOST_SPREAD]


def _load(store: Store, lines: Sequence[Line]) -> None:
    store.db.execute(_TERMS)
    store.db.execute(_LINES)
    terms = [
        (
            number,
            place,
            term.role,
            term.sign,
            term.form,
            term.column,
            term.match,
            term.value,
            term.key,
            int(term.required),
        )
        for number, line in enumerate(lines)
        for place, term in enumerate(line.terms)
    ]
    store.insert("terms", terms)
    store.insert(
        "lines", [(n, line.relation, line.keyed, sum(t.required for t in line.terms)) for n, line in enumerate(lines)]
    )


def _operands(store: Store, lines: Sequence[Line]) -> Mapping[tuple[int, int, str], list[Operand]]:
    rows = store.db.execute(
        "SELECT h.doc, h.line, h.key, h.term, h.value, h.ref FROM hits h "
        "SEMI JOIN violations v ON v.doc = h.doc AND v.line = h.line AND (v.key = h.key OR h.key = '') "
        "ORDER BY h.doc, h.line, h.key, h.role, h.term, h.ref"
    ).fetchall()
    found: dict[tuple[int, int, str], list[Operand]] = defaultdict(list)
    for doc, line, key, term, value, ref in rows:
        found[doc, line, key].append(Operand(lines[line].terms[term], value, ref))
    return found


class _Scope:
    """Which lines apply to which documents: their tables are there, and so are the rows that a sum runs over."""

    def __init__(self, store: Store) -> None:
        self._present = set(store.db.execute("SELECT doc, form FROM present").fetchall())
        self._store = store
        self._rows: set[tuple[int, str, str, str]] | None = None
        self._columns: set[tuple[int, str, str]] | None = None

    def applies(self, doc: int, line: Line, key: str) -> bool:
        """Whether the line can be asked of the document and the row."""
        return all(self._has(doc, term, key) for term in line.terms)

    def _has(self, doc: int, term: Term, key: str) -> bool:
        mark = PRIOR if term.form.startswith(PRIOR) else ""
        bare = term.form.removeprefix(PRIOR)
        if bare in (FORM, OVERALL):
            return True
        if not bare.startswith("T"):
            return term.required or (doc, term.form, term.column) in self._lists()
        if (doc, mark + bare.partition(".")[0]) not in self._present:
            return False
        if not term.sum or term.match == "name":
            return True
        return (doc, term.form, term.value, key if term.key == "parent" else "") in self._levels()

    def _levels(self) -> set[tuple[int, str, str, str]]:
        if self._rows is None:
            rows = self._store.db.execute("SELECT DISTINCT doc, form, lvl, parent FROM cells").fetchall()
            self._rows = set(rows) | {(doc, form, level, "") for doc, form, level, _ in rows}
        return self._rows

    def _lists(self) -> set[tuple[int, str, str]]:
        if self._columns is None:
            query = "SELECT DISTINCT doc, form, col FROM cells WHERE form NOT LIKE 'T%' AND form NOT LIKE '^T%'"
            self._columns = set(self._store.db.execute(query).fetchall())
        return self._columns
