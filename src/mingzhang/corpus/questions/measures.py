"""What departments are compared by, as a family's `measures.toml` says it, and how that is found among the facts.

A family without the file cannot be compared; its documents are left out, and the answer says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from mingzhang.corpus.questions.asking import KINDS_OF, Bound, Kinds, Scope, narrowed
from mingzhang.families import families, folder_of, load_family
from mingzhang.families.cells import CLASSES, Cell, parse_cell

By = Literal["total", "function", "economic", "three_public", "split"]
BY: tuple[By, ...] = get_args(By)
ITEMS = "款"


class View(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to compare: `items` are labels with their cells, `each` stands for rows; `whole` is what shares are of."""

    title: str
    whole: tuple[str, str]
    items: tuple[tuple[str, str], ...] = ()
    each: str = ""


class ProjectRows(Struct, frozen=True, forbid_unknown_fields=True):
    """The tables in which a year's projects stand by name."""

    tables: tuple[str, ...]
    level: str
    column: str


class Measures(Struct, frozen=True, forbid_unknown_fields=True):
    """A family's measures."""

    total: View
    function: View
    three_public: View
    split: View
    economic: View | None = None
    staff: str = ""
    projects: ProjectRows | None = None

    def view(self, by: By) -> View | None:
        """The view of that name, if the family has it."""
        found: View | None = getattr(self, by)
        return found


@cache
def measures() -> dict[str, Measures]:
    """The measures of the families that have some."""
    found = {}
    for family in families():
        file = folder_of(family) / "measures.toml"
        if file.is_file():
            found[family] = msgspec.convert(tomllib.loads(file.read_text("utf-8")), Measures)
    return found


def serving(kinds: Kinds) -> list[str]:
    """The families with measures that serve a kind of document."""
    return [family for family in measures() if set(load_family(family).kinds) & set(KINDS_OF[kinds])]


def address(text: str) -> Cell:
    """A reference as a cell. Raises ValueError for what is none: a family's file is wrong."""
    cell = parse_cell(text)
    if cell is None:
        raise ValueError(text)
    return cell


def held(cell: Cell, bound: Bound) -> str:
    """The condition on a row of `facts` that is the cell, or one of its rows; values are bound."""
    same = f'"table" = {bound(cell.table)} AND side = {bound(cell.side)} AND "column" = {bound(cell.column)}'
    if cell.row == CLASSES:
        return f"({same} AND length(row_code) = 3)"
    if cell.row == ITEMS:
        return f"({same} AND (row_name2 <> '' OR length(row_code) = 5))"
    return f"({same} AND row_name = {bound(cell.row)})"


def amounts(views: Sequence[By], scope: Scope, bound: Bound) -> str:
    """The query for the amounts of some views: doc, view, place (order of the item), item, code, amount, whole, line, page.

    It reads `chosen` (doc, family), and the files of the scope's region and year alone. Of a cell that stands twice the first
    counts; items that stand under several headings are summed. A document without the whole has no share.

    Each row is told once which cell it is, by a number; the rest is numbers.
    """
    known = [
        (family, by, view) for family in serving(scope.kind) for by in views if (view := measures()[family].view(by))
    ]
    cells: dict[tuple[str, str], int] = {}
    for family, _, view in known:
        for text in _texts(view):
            cells.setdefault((family, text), len(cells))
    items = [
        f"({cells[family, text]}, {bound(by)}, {place}, {bound(label)}, {cells[family, view.whole[1]]})"
        for family, by, view in known
        for place, (label, text) in enumerate(view.items)
    ]
    lists = [
        f"({cells[family, view.each]}, {bound(by)}, {cells[family, view.whole[1]]})"
        for family, by, view in known
        if view.each
    ]
    nothing = "(-1, '', -1)", "(-1, '', -1, '', -1)"
    return f"""(
    WITH own AS MATERIALIZED ({_own(cells, scope, bound)}),
    lists(cell, view, whole_cell) AS (VALUES {", ".join(lists) or nothing[0]}),
    items(cell, view, place, item, whole_cell) AS (VALUES {", ".join(items) or nothing[1]}),
    firsts AS MATERIALIZED (
      SELECT doc, cell, arg_min(value, row) AS amount, arg_min(line, row) AS line, arg_min(page, row) AS page
      FROM own ANTI JOIN lists USING (cell) GROUP BY doc, cell
    ),
    listed AS (
      SELECT doc, view, 0 AS place, row_name AS item, row_code AS code, sum(value)::DECIMAL(18, 4) AS amount, whole_cell,
        min(line) AS line, min(page) AS page
      FROM own JOIN lists USING (cell) WHERE value <> 0 GROUP BY doc, view, row_name, row_code, whole_cell
      UNION ALL
      SELECT doc, view, place, item, '', amount, whole_cell, line, page FROM firsts JOIN items USING (cell)
    )
    SELECT listed.doc, view, place, item, code, listed.amount, wholes.amount AS whole, listed.line, listed.page
    FROM listed LEFT JOIN firsts wholes ON wholes.doc = listed.doc AND wholes.cell = whole_cell
    )"""


def _own(cells: dict[tuple[str, str], int], scope: Scope, bound: Bound) -> str:
    """The rows of `facts` that are one of the cells, with its number."""
    held_by = {key: address(key[1]) for key in cells}
    tables = ", ".join(map(bound, sorted({cell.table for cell in held_by.values()})))
    columns = ", ".join(map(bound, sorted({cell.column for cell in held_by.values()})))
    which = " ".join(
        f"WHEN family = {bound(key[0])} AND {held(held_by[key], bound)} THEN {number}" for key, number in cells.items()
    )
    return f"""
    SELECT * FROM (
      SELECT doc, CASE {which} END AS cell, row_code, row_name, value, row, line, page
      FROM facts JOIN (SELECT doc, family FROM chosen) USING (doc)
      WHERE {narrowed(scope, bound)} AND "table" IN ({tables}) AND "column" IN ({columns})
    ) WHERE cell IS NOT NULL"""


def _texts(view: View) -> list[str]:
    return [view.whole[1], *(cell for _, cell in view.items), *([view.each] if view.each else [])]


def staff(scope: Scope, bound: Bound) -> str:
    """A query for the number of people by document, where the overall form prints it: doc, staff."""
    keys = ", ".join(bound(one.staff) for one in measures().values() if one.staff)
    return (
        "SELECT doc, max(TRY_CAST(regexp_extract(value, '^[0-9]+') AS INTEGER)) AS staff "
        f"FROM overall WHERE {narrowed(scope, bound)} AND key IN ({keys}) GROUP BY doc"
    )
