"""The family's tables from their grids: every printed amount a fact with its provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from mingzhang.disclosure import Fact, Note, Text
from mingzhang.families import Family
from mingzhang.families.model import Side
from mingzhang.read.headers import headers_of
from mingzhang.read.outline import Outline, TableBlocks
from mingzhang.read.printed import fold
from mingzhang.read.tables.layouts import Layout, SideLayout, layouts_of
from mingzhang.read.tables.left import left
from mingzhang.read.tables.rows import Entry, RowNames, Rows
from mingzhang.read.tables.settle import settle
from mingzhang.read.tables.sums import suggest
from mingzhang.read.tables.twins import places_of
from mingzhang.read.tables.units import Homes, Levels, arrange

# Fewer rows than this may well come in pairs.
_FEWEST_TWICE = 4


class Tables(Struct):
    """What the tables of a document hold: facts, the tables that print nothing, and what there is to say.

    `left` is what of each grid (by its `id()`) no fact tells.
    """

    facts: list[Fact] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left: dict[int, list[Text]] = field(default_factory=dict)


def read_tables(outline: Outline, family: Family, year: int, homes: Homes) -> Tables:
    """Read all tables. `homes` is what the document tells of units elsewhere, for the tables of projects."""
    tables = Tables()
    for layout in layouts_of(family.id):
        table = layout.table
        blocks = outline.tables.get(table.id)
        title = table.title.format(year=year or "").removeprefix("年")  # a year that is not known is not told
        if blocks is None:
            tables.notes.append(Note("missing", f"没有找到“{title}”"))
            continue
        rows = Rows(layout, family, homes.names)
        entries = rows.entries(blocks.grids)
        facts = list(_facts(layout, rows.names, entries, year, homes))
        if not facts:
            tables.empty.append(table.id)
        tables.facts += suggest(facts, layout)
        tables.notes += _notes(title, blocks, rows)
        tables.notes += _repeated(title, layout, facts)
        tables.left |= left(rows, headers_of(family.id).tables[table.id])
    return tables


def _notes(title: str, blocks: TableBlocks, rows: Rows) -> Iterator[Note]:
    for cell in rows.unread:
        message = f"“{title}”中的“{cell.text.strip()}”没有读懂，未作为数据"
        yield Note("unread", message, cell.place.provenance(cell.text, cell.confidence))
    if not blocks.grids:
        place = blocks.title.place.provenance() if blocks.title else None
        yield Note("missing", f"“{title}”只有标题，没有找到表格", place)


def _repeated(title: str, layout: Layout, facts: list[Fact]) -> Iterator[Note]:
    """That a table is printed twice: a total stands in it again, or each of its rows."""
    rows = {(one.side, one.row): one for one in facts}
    counts = Counter((one.side, fold(one.row_code + one.row_name), fold(one.row_name2)) for one in rows.values())
    totals = {(side.spec.key, fold(side.spec.total), "") for side in layout.sides}
    again = any(counts[total] > 1 for total in totals)
    if again or (len(rows) >= _FEWEST_TWICE and all(count % 2 == 0 for count in counts.values())):
        last = max(rows.values(), key=lambda one: one.row)
        yield Note("suspect", f"“{title}”好像印了两次，两次的数据都保留", last.provenance)


def _facts(layout: Layout, names: list[RowNames], entries: list[Entry], year: int, homes: Homes) -> Iterator[Fact]:
    for number, side in enumerate(layout.sides):
        own = [entry for entry in entries if entry.side == number]
        if side.spec.rows in ("fixed", "function_classes"):
            yield from _fixed(layout, side, names[number], own, year)
        elif side.spec.rows == "projects":
            yield from _free(layout, side, arrange(own, homes), year)
        else:
            settle(side, own)
            yield from _free(layout, side, [(entry, Levels()) for entry in _joined(own)], year)


def _fixed(layout: Layout, side: SideLayout, names: RowNames, entries: list[Entry], year: int) -> Iterator[Fact]:
    """Rows that the form always prints, and behind them rows with amounts that it does not know."""
    places = places_of(side.spec, names, entries)
    extra = len(names.specs)
    for number, entry in enumerate(entries):
        if number in places:
            spec = names.specs[places[number]]
            ordinal = places[number] + 1
            name = entry.name if spec.name == spec.printed else spec.name
        elif entry.amounts:
            extra += 1
            ordinal, name = extra, entry.name
        else:
            continue
        yield from _cells(layout, side, entry, ordinal, year, row_name=name)


def _free(layout: Layout, side: SideLayout, entries: list[tuple[Entry, Levels]], year: int) -> Iterator[Fact]:
    ordinal = 0
    for entry, level in entries:
        if not entry.amounts:
            continue
        ordinal += 1
        yield from _cells(
            layout, side, entry, ordinal, year, level.level, level.unit, entry.code, _total(entry, side.spec)
        )


def _total(entry: Entry, side: Side) -> str:
    return side.total if not entry.code and fold(entry.name) == fold(side.total) else entry.name


def _joined(entries: list[Entry]) -> list[Entry]:
    """A row of text alone goes on with the name of the row before it."""
    result: list[Entry] = []
    for entry in entries:
        if result and not entry.amounts and not entry.code and entry.name and result[-1].code and entry.spec is None:
            result[-1].name += entry.name
        else:
            result.append(entry)
    return result


def _cells(
    layout: Layout,
    side: SideLayout,
    entry: Entry,
    ordinal: int,
    year: int,
    level: str = "",
    unit: str = "",
    row_code: str = "",
    row_name: str = "",
) -> Iterator[Fact]:
    printed = f"{entry.code} {entry.name}".strip()
    headers = ["·".join(spec.header).format(year=year) for spec in side.spec.columns]
    for index in sorted(entry.amounts):
        amount, cell = entry.amounts[index], entry.cells[index]
        spec = side.spec.columns[index]
        repair = "；".join(part for part in (amount.repair, entry.repair) if part)
        confidence = round(cell.confidence * amount.confidence, 4)
        provenance = cell.place.provenance(cell.text, confidence, printed, headers[index], repair)
        yield Fact(
            layout.table.id,
            spec.key,
            amount.value,
            ordinal,
            side=side.spec.key,
            level=level,
            unit=unit,
            row_code=row_code,
            row_name=row_name,
            row_name2=entry.name2,
            provenance=provenance,
        )
