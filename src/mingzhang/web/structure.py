"""A department's money as figures: what it is spent on, where it comes from, how it went over the years.

Which cells are drawn is said by the family: by its `measures.toml`, and by the rows of its table of income and expenditure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.check.reports.words import clean
from mingzhang.corpus.questions.measures import Measures, View, address, measures
from mingzhang.disclosure import Fact
from mingzhang.families import Family, load_family
from mingzhang.families.cells import Cell
from mingzhang.families.model import Side
from mingzhang.web.charts.bars import Bar, bars
from mingzhang.web.charts.figure import Figure, percent, printed
from mingzhang.web.charts.lines import lines
from mingzhang.web.charts.sankey import sankey
from mingzhang.web.charts.sunburst import sunburst
from mingzhang.web.charts.tree import Node
from mingzhang.web.charts.treemap import treemap
from mingzhang.web.department import fact_anchor, fact_place

_CODES = (3, 5, 7)  # digits of a class, an item, a sub-item
_INCOME = "income"
_ITEMS = 10  # economic items that are drawn


class Amount(Struct, frozen=True):
    """A telling amount: its name, amount (printed, 万元), share, the address of its cell, and its place in the file."""

    label: str
    amount: str
    share: str
    href: str
    place: str


def highlights(family: str, facts: Sequence[Fact], page: str = "") -> tuple[Amount, ...]:
    """The family's totals; `page` is the address of the page that has the tables, blank if it is the same."""
    view = _view(family, "total")
    if view is None:
        return ()
    whole = _found(facts, address(view.whole[1]))
    return tuple(
        Amount(
            label,
            printed(fact.value) if fact.value else "0.00",
            percent(fact.value, whole.value) if whole and fact is not whole else "",
            _href(fact, page),
            fact_place(fact),
        )
        for label, cell in view.items
        if (fact := _found(facts, address(cell)))
    )


def figures(family: str, facts: Sequence[Fact], page: str = "") -> tuple[Figure, ...]:
    """The structure: treemap, sunburst and sankey, economic items and 三公 as bars, as far as the document has them."""
    tree = functions(family, facts, page)
    made = [
        treemap("treemap", "支出结构（按功能分类）", tree) if tree else None,
        sunburst("sunburst", "支出构成：类、款、项", tree) if tree else None,
        _sankey(family, facts, page),
        _economic(family, facts, page),
        _three_public(family, facts, page),
    ]
    return tuple(one for one in made if one)


def functions(family: str, facts: Sequence[Fact], page: str = "") -> Node | None:
    """Expenditure by function: classes, their items, their sub-items, by their codes; None if no codes are printed."""
    view = _view(family, "function")
    if view is None or not view.each:
        return None
    cell = address(view.each)
    held: dict[str, Fact] = {}
    sums: dict[str, Decimal] = {}
    for fact in facts:
        if (fact.table, fact.side, fact.column) == (cell.table, cell.side, cell.column) and len(
            fact.row_code
        ) in _CODES:
            held.setdefault(fact.row_code, fact)
            sums[fact.row_code] = sums.get(fact.row_code, ZERO) + fact.value
    if not held:
        return None
    whole = _found(facts, address(view.whole[1]))
    below: dict[str, list[str]] = {}
    for code in held:
        below.setdefault(_above(code, held), []).append(code)

    def node(code: str) -> Node:
        fact = held[code]
        parts = tuple(node(one) for one in below.get(code, ()))
        return Node(code, clean(fact.row_name), sums[code], parts, _href(fact, page))

    parts = tuple(node(code) for code in below[""])
    amount = whole.value if whole else sum((one.amount for one in parts), ZERO)
    return Node("all", view.whole[0], amount, parts, _href(whole, page) if whole else "")


def _above(code: str, held: Mapping[str, Fact]) -> str:
    """The nearest code above that is printed."""
    for digits in reversed(_CODES):
        if digits < len(code) and code[:digits] in held:
            return code[:digits]
    return ""


def _sankey(family: str, facts: Sequence[Fact], page: str) -> Figure | None:
    view = _view(family, "total")
    if view is None:
        return None
    table = load_family(family).table(address(view.whole[1]).table)
    sides = [
        Node(
            "income" if side.key == _INCOME else "expense",
            side.header or side.key,
            ZERO,
            _leaves(load_family(family), side, table.id, facts, page),
        )
        for side in table.side
    ]
    if len(sides) != 2 or sides[0].key != "income":
        return None
    return sankey("sankey", "收入来源与支出去向", sides[0], sides[1])


def _leaves(family: Family, side: Side, table: str, facts: Sequence[Fact], page: str) -> tuple[Node, ...]:
    """The rows of a side that are no sums of others, with what stands in its first column."""
    if side.rows == "function_classes":
        body = [family.function_row(place + 1) for place in range(len(family.function_classes))]
        body += [spec.name for spec in side.foot if not spec.sum]
    else:
        body = [spec.name for spec in (*side.fixed, *side.foot) if not spec.sum]
    column = side.columns[0].key
    found = {
        fact.row_name: fact
        for fact in reversed(facts)
        if (fact.table, fact.side, fact.column) == (table, side.key, column)
    }
    return tuple(
        Node(
            f"{side.key}{place}",
            clean(name.partition("、")[2] or name),
            found[name].value,
            href=_href(found[name], page),
        )
        for place, name in enumerate(body)
        if name in found
    )


def _economic(family: str, facts: Sequence[Fact], page: str) -> Figure | None:
    view = _view(family, "economic")
    if view is None or not view.each:
        return None
    cell, whole = address(view.each), _found(facts, address(view.whole[1]))
    first: dict[str, Fact] = {}
    sums: dict[str, Decimal] = {}
    for fact in facts:
        here = (fact.table, fact.side, fact.column) == (cell.table, cell.side, cell.column)
        if here and (fact.row_name2 or len(fact.row_code) == _CODES[1]) and fact.value:
            first.setdefault(fact.row_name, fact)
            sums[fact.row_name] = sums.get(fact.row_name, ZERO) + fact.value
    drawn = [
        Bar(clean(name), sums[name], percent(sums[name], whole.value) if whole else "", href=_href(first[name], page))
        for name in sorted(sums, key=lambda name: -sums[name])
    ]
    return bars("economic", view.title, drawn, most=_ITEMS)


def _three_public(family: str, facts: Sequence[Fact], page: str) -> Figure | None:
    view = _view(family, "three_public")
    if view is None:
        return None
    found = [(label, fact) for label, cell in view.items if (fact := _found(facts, address(cell)))]
    drawn = [Bar(label, fact.value, href=_href(fact, page)) for label, fact in found]
    return bars("three-public", view.title, drawn) if any(fact.value for _, fact in found) else None


def over_years(
    family: str, years: Mapping[int, tuple[Sequence[Fact], str]], notes: Sequence[str] = ()
) -> tuple[Figure, ...]:
    """The totals and 三公 over the years as lines: of each year the amounts, and the address of the page with its tables."""
    made = []
    for by in ("total", "three_public"):
        view = _view(family, by)
        series: dict[str, dict[int, Decimal]] = {}
        hrefs: dict[tuple[str, int], str] = {}
        for label, cell in view.items if view else ():
            for year, (facts, page) in years.items():
                fact = _found(facts, address(cell))
                if fact:
                    series.setdefault(label, {})[year] = fact.value
                    hrefs[label, year] = _href(fact, page)
        if view and any(value for own in series.values() for value in own.values()):
            made.append(lines(f"years-{by.replace('_', '-')}", f"历年：{view.title}", series, notes, hrefs))
    return tuple(one for one in made if one)


def _view(family: str, by: str) -> View | None:
    own: Measures | None = measures().get(family)
    found: View | None = getattr(own, by) if own else None
    return found


def _found(facts: Sequence[Fact], cell: Cell) -> Fact | None:
    """The fact of a cell; of one that stands twice the first."""
    for fact in facts:
        if (fact.table, fact.side, fact.column) == (cell.table, cell.side, cell.column) and cell.row in (
            fact.row_name,
            fact.row_code,
        ):
            return fact
    return None


def _href(fact: Fact, page: str) -> str:
    return f"{page}#{fact_anchor(fact)}"
