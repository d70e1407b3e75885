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

from mingzhang.corpus.questions.asking import Bound, Scope, narrowed
from mingzhang.families import families, folder_of
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
    """
    known = [(family, by, view) for family, one in measures().items() for by in views if (view := one.view(by))]
    cells = [address(text) for _, _, view in known for text in _texts(view)]
    tables, columns = (
        ", ".join(map(bound, sorted(set(names)))) for names in zip(*((c.table, c.column) for c in cells), strict=True)
    )
    alike = " OR ".join(dict.fromkeys(held(cell, bound) for cell in cells))
    own = f"""
    own AS MATERIALIZED (
      SELECT doc, family, "table", side, "column", row_code, row_name, row_name2, value, row, line, page
      FROM facts JOIN (SELECT doc, family FROM chosen) USING (doc)
      WHERE {narrowed(scope, bound)} AND "table" IN ({tables}) AND "column" IN ({columns}) AND ({alike})
    )"""
    parts = " UNION ALL ".join(_view(family, by, view, bound) for family, by, view in known)
    return f"(WITH {own} {parts})"


def _texts(view: View) -> list[str]:
    return [view.whole[1], *(cell for _, cell in view.items), *([view.each] if view.each else [])]


def _view(family: str, by: By, view: View, bound: Bound) -> str:
    mine = f"family = {bound(family)}"
    whole = held(address(view.whole[1]), bound)
    if view.each:
        items = f"""
        SELECT doc, row_code AS code, row_name AS item, sum(value) AS amount, min(line) AS line, min(page) AS page, 0 AS place
        FROM own WHERE {mine} AND {held(address(view.each), bound)} AND value <> 0 GROUP BY doc, row_code, row_name"""
    else:
        items = " UNION ALL ".join(
            f"SELECT doc, '' AS code, {bound(label)} AS item, arg_min(value, row) AS amount, arg_min(line, row) AS line, "
            f"arg_min(page, row) AS page, {place} AS place FROM own WHERE {mine} AND {held(address(cell), bound)} GROUP BY doc"
            for place, (label, cell) in enumerate(view.items)
        )
    return f"""
    SELECT doc, {bound(by)} AS view, place, item, code, amount::DECIMAL(18, 4) AS amount, whole, line, page FROM ({items})
    LEFT JOIN (SELECT doc, arg_min(value, row) AS whole FROM own WHERE {mine} AND {whole} GROUP BY doc) USING (doc)"""


def staff(scope: Scope, bound: Bound) -> str:
    """A query for the number of people by document, where the overall form prints it: doc, staff."""
    keys = ", ".join(bound(one.staff) for one in measures().values() if one.staff)
    return (
        "SELECT doc, max(TRY_CAST(regexp_extract(value, '^[0-9]+') AS INTEGER)) AS staff "
        f"FROM overall WHERE {narrowed(scope, bound)} AND key IN ({keys}) GROUP BY doc"
    )
