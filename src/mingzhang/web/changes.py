"""This year against last, as charts: the amounts that the ledger asks for, 三公, spending by function and by economic class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import ZERO, print_amount
from mingzhang.compile import compile_ledger
from mingzhang.compile.prior import prior_amounts
from mingzhang.disclosure import Disclosure, Fact
from mingzhang.families import Family, load_family
from mingzhang.families.cells import CLASSES, Cell, Facts, parse_cell
from mingzhang.families.model import RowKind, Side, Table
from mingzhang.ledger import Ledger
from mingzhang.ledger.schema import PRIOR
from mingzhang.publish.document import Bar, Chart
from mingzhang.publish.layout import lay_out

_NONE = "台账的“上年数”没有填，也没有上传上年的公开或台账，所以没有与上年的比较。"
_TOTALS = "台账只有上年的总数。要按科目比较，请把上年的公开或台账和本年台账一起上传。"
_NOTHING = "两年都没有这些支出。"


class Change(Struct, frozen=True):
    """What changed, under a title: a chart of both years in 万元, or a note why there is none."""

    title: str
    chart: Chart | None = None
    note: str = ""


class Told(Struct, frozen=True):
    """A bar in words, as a table shows it: both years' amounts, the difference, and its rate; blank where there is none."""

    label: str
    now: str
    before: str
    more: str
    rate: str


def told(bar: Bar) -> Told:
    """Say a bar of a comparing chart.

    >>> told(Bar("公务接待费", Decimal("1.00"), Decimal("1.20")))
    Told(label='公务接待费', now='1.00', before='1.20', more='-0.20', rate='-16.67%')
    """
    now = print_amount(bar.value, "grouped")
    if bar.against is None:
        return Told(bar.label, now, "", "", "")
    more = bar.value - bar.against
    if not more:
        return Told(bar.label, now, print_amount(bar.against, "grouped"), "持平", "")
    sign = "+" if more > 0 else ""
    rate = f"{sign}{print_amount(more / bar.against * 100, 'grouped')}%" if bar.against else ""
    return Told(bar.label, now, print_amount(bar.against, "grouped"), sign + print_amount(more, "grouped"), rate)


def changes(ledger: Ledger, disclosure: Disclosure, prior: Disclosure | None) -> tuple[Change, ...]:
    """What changed against last year, from the ledger's amounts of it and last year's disclosure, where there is one."""
    family = load_family(disclosure.family)
    before = prior_amounts(ledger, family, compile_ledger)
    if not before and prior is None:
        return (Change("与上年比较", note=_NONE),)
    years = (f"{disclosure.fiscal_year}年", f"{disclosure.fiscal_year - 1}年")
    found = []
    if before:
        found += [_amounts(family, disclosure, before, years), *_charts(family, disclosure)]
    compared = tuple(_classes(family, disclosure, prior, years)) if prior else ()
    return (*found, *(compared or (Change("按科目比较", note=_TOTALS),)))


def _amounts(family: Family, disclosure: Disclosure, before: Mapping[str, Decimal], years: tuple[str, str]) -> Change:
    """The amounts of last year that the ledger asks for, but those that the family's own charts compare."""
    drawn = {f"{key}_" for chart in family.charts.values() if chart.change for key, _ in chart.figures}
    facts, title = Facts(disclosure.facts), "总体变动"
    cells = {key: parse_cell(reference) for key, reference in family.prior.items()}
    bars = [
        Bar(_label(key), facts.value(cell), before[key])
        for key, cell in cells.items()
        if cell and key in before and family.reasons.get(key) not in drawn
    ]
    return Change(title, _chart("amounts", title, bars, years))


def _label(key: str) -> str:
    return PRIOR.column(key).label.removeprefix("上年").removesuffix("（元）")


def _charts(family: Family, disclosure: Disclosure) -> Iterator[Change]:
    """The comparing charts of the disclosure itself; the layout leaves one out where both years have nothing."""
    drawn = {block.id: block for block in lay_out(disclosure, family).blocks if isinstance(block, Chart)}
    for name, declared in family.charts.items():
        if declared.change:
            yield Change(declared.title, drawn.get(name), "" if name in drawn else _NOTHING)


def _classes(family: Family, disclosure: Disclosure, prior: Disclosure, years: tuple[str, str]) -> Iterator[Change]:
    kinds: tuple[tuple[str, RowKind], ...] = (
        ("按支出功能分类", "function_classes"),
        ("按支出经济分类", "economic_pairs"),
    )
    for title, kind in kinds:
        found = _table(family, kind)
        if found is None:
            continue
        table, side = found
        told = f"{title}：{table.title.removeprefix('{year}年')}"
        if table.id not in {*prior.empty_tables, *(fact.table for fact in prior.facts)}:
            yield Change(told, note="上年的文件里没有这张表，不能比较。")
            continue
        amounts = _functions if kind == "function_classes" else _economic
        now, then = (amounts(family, table, side, one) for one in (disclosure, prior))
        bars = [Bar(name, now.get(name, ZERO), then.get(name, ZERO)) for name in dict.fromkeys([*now, *then])]
        chart = _chart(kind, told, [bar for bar in bars if bar.value or bar.against], years)
        yield Change(told, chart, "" if chart else _NOTHING)


def _table(family: Family, kind: RowKind) -> tuple[Table, Side] | None:
    """The first table with such rows: it is the widest."""
    return next(((table, side) for table in family.tables for side in table.side if side.rows == kind), None)


def _functions(family: Family, table: Table, side: Side, disclosure: Disclosure) -> Mapping[str, Decimal]:
    """Amounts by the name that the family gives a class now: last year's may have been another."""
    codes = {name: code for code, names in family.class_aliases.items() for name in names}
    names = dict(family.function_classes)
    told = Facts(disclosure.facts).classes(Cell(table.id, side.key, CLASSES, side.columns[0].key))
    return {names.get(codes.get(name, ""), name): amount for name, amount in told.items()}


def _economic(family: Family, table: Table, side: Side, disclosure: Disclosure) -> Mapping[str, Decimal]:
    """Amounts by class: the rows that name no second classification."""
    return {fact.row_name: fact.value for fact in disclosure.facts if _is_class(fact, table, side)}


def _is_class(fact: Fact, table: Table, side: Side) -> bool:
    here = (fact.table, fact.side, fact.column) == (table.id, side.key, side.columns[0].key)
    return here and not fact.row_name2 and fact.row_name != side.total


def _chart(name: str, title: str, bars: list[Bar], years: tuple[str, str]) -> Chart | None:
    shown = tuple(bar for bar in bars if bar.value or bar.against)
    return Chart(name, title, shown, sum((bar.value for bar in bars), ZERO), years) if shown else None
