"""A department's page as data: what is shown of a document in a lake, and where each figure stood; no markup, no server.

The rows come from `corpus.questions.department`; who shows them to the public masks them first. The workbench and the public
site give these records to the same macros (`templates/department_parts.html.j2`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from mingzhang.amounts import print_yuan
from mingzhang.check import Place
from mingzhang.check.reports.words import CATEGORY, KIND, SEVERITY, book_title, clean, place_source, place_words
from mingzhang.corpus.questions import Department
from mingzhang.disclosure import (
    FUND_LEVEL_LABELS,
    HORIZON_LABELS,
    Disclosure,
    Fact,
    OverallEntry,
    Provenance,
)
from mingzhang.families import Family, load_family
from mingzhang.publish.document import Cell, Grid
from mingzhang.publish.forms import overall_grid
from mingzhang.publish.grids import table_grid
from mingzhang.web.charts.figure import printed

if TYPE_CHECKING:
    import pyarrow as pa

FACTS, PROJECTS, INDICATORS, OVERALL = "facts", "projects", "indicators", "overall"
TEXTS, CATALOGUE, FINDINGS = "texts", "catalogue", "findings"
_GOALS = {
    "overview": "项目概况",
    "basis": "立项依据",
    "necessity": "设立必要性",
    "safeguards": "保障措施",
    "plan": "实施计划",
    "total_goal": "实施期目标",
    "annual_goal": "年度目标",
}

Row = dict[str, Any]


class CellView(Struct, frozen=True):
    """A cell of a table: its text, how far it reaches, its anchor, and where the figure stood in the published file."""

    text: str = ""
    kind: str = "text"
    columns: int = 1
    rows: int = 1
    indent: int = 0
    id: str = ""
    place: str = ""


class TableView(Struct, frozen=True):
    """A table as published. `more` are rows that the family's form has no place for: name, column, amount."""

    id: str
    caption: str
    title: str
    above: tuple[str, str]
    header: tuple[tuple[CellView, ...], ...]
    body: tuple[tuple[CellView, ...], ...]
    notes: tuple[str, ...] = ()
    more: tuple[tuple[str, str, CellView], ...] = ()
    empty: bool = False


class Indicators(Struct, frozen=True):
    """The indicators of a form over one horizon: kind, sub-kind, name, value, place."""

    title: str
    rows: tuple[tuple[str, str, str, str, str], ...]


class ProjectView(Struct, frozen=True):
    """A performance form: what it is, its money (源 by horizon, yuan), goals, indicators and its place."""

    id: str
    name: str
    about: tuple[tuple[str, str], ...]
    annual: str
    funds: tuple[tuple[str, str, str], ...]
    goals: tuple[tuple[str, str], ...]
    indicators: tuple[Indicators, ...]
    place: str


class Passage(Struct, frozen=True):
    """A heading (level 3 or 4) or paragraph (level 0) with its place."""

    level: int
    text: str
    place: str


class SectionView(Struct, frozen=True):
    """A section of the explanation."""

    id: str
    title: str
    passages: tuple[Passage, ...]


class Cited(Struct, frozen=True):
    """A place that a finding cites, and the anchor of its cell (blank if it is none of a table)."""

    words: str
    anchor: str = ""


class FindingView(Struct, frozen=True):
    """A finding in words."""

    severity: str
    severity_word: str
    category: str
    rule: str
    title: str
    message: str
    basis: str
    suspected: bool
    places: tuple[Cited, ...]


class Identity(Struct, frozen=True):
    """What a document is."""

    name: str
    region: str
    year: int
    kind: str
    about: tuple[tuple[str, str], ...]
    counts: Mapping[str, int]


def identity(given: Department) -> Identity:
    """What the document is: names, dates, versions, how much was read and found."""
    row: Row = cast(Row, given.document)
    kind = KIND.get(row["kind"], row["kind"])
    about = [
        ("文件种类", kind),
        ("地区", row["region"]),
        ("部门编码", row["department_code"]),
        ("批准日期", row["approved"]),
        ("公开日期", row["published"]),
        ("来源文件", clean(row["source"])),
        ("版本", f"第 {row['version']} 版" + ("（最新）" if row["latest"] else "") if len(given.versions) > 1 else ""),
        ("规则版本", book_title(row["book"] or "")),
    ]
    counts = {
        key: int(row[key] or 0) for key in (FACTS, "figures", PROJECTS, INDICATORS, "errors", "warnings", "infos")
    }
    return Identity(
        clean(row["name"]),
        clean(row["region"]),
        int(row["fiscal_year"]),
        kind,
        tuple((label, str(value)) for label, value in about if value),
        counts,
    )


def rows_of(table: pa.Table) -> list[Row]:
    """A table's rows."""
    found: list[Row] = table.to_pylist()
    return found


def where(row: Row, file: bool = True) -> str:
    """Where a row stood in the published file, with what was printed there if the reader had to mend it."""
    told = place_source(
        Place(file=row["file"] or "", line=row["line"], page=row["page"], sheet=row["sheet"] or ""), file
    )
    if row.get("repair"):
        told += f"，原文“{clean(row['raw'] or '')}”，{clean(row['repair'])}"
    return told


def anchor(table: str, side: str, number: object, column: str) -> str:
    """The anchor of a table's cell: `number` is the ordinal of its row."""
    return "-".join(("c", table, side or "0", str(number), column))


def facts_of(given: Department) -> list[Fact]:
    """The amounts of the tables; an empty table has none."""
    return facts(given.tables[FACTS])


def facts(table: pa.Table) -> list[Fact]:
    """The amounts among the rows of the table `facts`."""
    return [_fact(row) for row in rows_of(table) if row["value"] is not None]


def _fact(row: Row) -> Fact:
    provenance = Provenance(
        row["file"] or "",
        row["line"],
        row["page"],
        None,
        row["sheet"] or "",
        raw=row["raw"] or "",
        repair=row["repair"] or "",
    )
    return Fact(
        row["table"],
        row["column"],
        row["value"],
        row["row"] or 0,
        row["side"] or "",
        row["level"] or "",
        row["unit"] or "",
        row["row_code"] or "",
        row["row_name"] or "",
        row["row_name2"] or "",
        provenance,
    )


def fact_anchor(fact: Fact) -> str:
    """The anchor of the cell that shows a fact."""
    return anchor(fact.table, fact.side, fact.row, fact.column)


def fact_place(fact: Fact) -> str:
    """Where a fact stood in the published file."""
    at = fact.provenance or Provenance()
    told = place_source(Place(file=at.file, line=at.line, page=at.page, sheet=at.sheet), True)
    return f"{told}，原文“{clean(at.raw)}”，{clean(at.repair)}" if at.repair else told


def _words(given: Department, family: Family) -> dict[str, str]:
    """What fills the names and years of titles."""
    row: Row = cast(Row, given.document)
    wording = family.kinds.get(row["kind"]) or next(iter(family.kinds.values()))
    return {
        "year": str(row["fiscal_year"]),
        "name": row["name"],
        "scope": wording.scope,
        "this": wording.this,
        "region": row["region_name"],
        "region_level": family.region_level,
    }


def tables(given: Department, amounts: Sequence[Fact]) -> tuple[TableView, ...]:
    """The tables in the family's layout, empty ones too; each amount with its anchor and place."""
    family = load_family(str(given.document["family"]))
    by_table: dict[str, list[Fact]] = defaultdict(list)
    for fact in amounts:
        by_table[fact.table].append(fact)
    words = _words(given, family)
    return tuple(
        _table(table_grid(table, family, by_table[table.id], words), table.caption, by_table[table.id])
        for table in family.tables
    )


def _table(grid: Grid, caption: str, facts: Sequence[Fact]) -> TableView:
    shown = {id(cell.fact) for row in grid.body for cell in row if cell.fact}
    more = [fact for fact in facts if id(fact) not in shown]
    return TableView(
        grid.id,
        caption or grid.label,
        grid.title,
        grid.above,
        _cells(grid.header),
        _cells(grid.body),
        grid.notes,
        tuple((clean(fact.row_name), fact.column, _amount(fact)) for fact in more),
        not facts,
    )


def _cells(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[CellView, ...], ...]:
    return tuple(tuple(_cell(cell) for cell in row) for row in rows)


def _cell(cell: Cell) -> CellView:
    if cell.fact is not None:
        return _amount(cell.fact, cell.columns, cell.rows)
    return CellView(clean(cell.text), cell.kind, cell.columns, cell.rows, cell.indent)


def _amount(fact: Fact, columns: int = 1, rows: int = 1) -> CellView:
    text = "0.00" if not fact.value else printed(fact.value)
    return CellView(text, "number", columns, rows, 0, fact_anchor(fact), fact_place(fact))


def projects(given: Department) -> tuple[ProjectView, ...]:
    """The performance forms of the projects, in the document's order."""
    indicators: dict[int, list[Row]] = defaultdict(list)
    for row in rows_of(given.tables[INDICATORS]):
        indicators[row["seq"]].append(row)
    return tuple(_project(row, indicators[row["seq"]]) for row in rows_of(given.tables[PROJECTS]))


def _project(row: Row, indicators: Sequence[Row]) -> ProjectView:
    about = (
        ("实施单位", row["unit"]),
        ("主管部门", row["department"]),
        ("项目属性", row["attribute"]),
        ("项目期", row["period"]),
        ("项目代码", row["code"]),
        ("项目类别", row["category"]),
    )
    levels = {"": "资金总额", **{f"_{key}": f"其中：{label}" for key, label in FUND_LEVEL_LABELS.items()}}
    funds = [(label, _yuan(row[f"total{key}"]), _yuan(row[f"annual{key}"])) for key, label in levels.items()]
    return ProjectView(
        f"p-{row['seq']}",
        clean(row["name"] or "") or f"第 {row['seq']} 个项目",
        tuple((label, clean(value)) for label, value in about if value),
        _yuan(row["annual"]),
        tuple(one for one in funds if one[1] or one[2]),
        tuple((label, clean(row[key])) for key, label in _GOALS.items() if row[key]),
        tuple(_horizons(indicators)),
        where(row),
    )


def _horizons(indicators: Sequence[Row]) -> Iterator[Indicators]:
    for horizon, word in HORIZON_LABELS.items():
        rows = tuple(
            (*(clean(row[key] or "") for key in ("level1", "level2", "level3", "value")), where(row))
            for row in indicators
            if row["horizon"] == horizon
        )
        if rows:
            yield Indicators(f"{word}绩效指标", cast(tuple[tuple[str, str, str, str, str], ...], rows))


def _yuan(value: Decimal | None) -> str:
    return "" if value is None else print_yuan(value)


def overall(given: Department) -> TableView | None:
    """The overall performance form in the family's layout; None if there is none, or the family knows no such form."""
    rows = rows_of(given.tables[OVERALL])
    family = load_family(str(given.document["family"]))
    kind = cast(Any, given.document["kind"])
    if not rows or kind not in family.forms.overall:
        return None
    entries = tuple(OverallEntry(row["key"], row["value"] or "") for row in rows)
    document = Disclosure(family.id, kind, cast(int, given.document["fiscal_year"]), "", "", overall=entries)
    grid = overall_grid(document, family, _words(given, family))
    places = list(dict.fromkeys(where(row) for row in rows))
    told = (f"出处：{places[0]}" + (f" 至 {places[-1]}" if len(places) > 1 else ""),)
    return TableView(OVERALL, "", grid.title, ("", ""), (), _cells(grid.body), told)


def sections(given: Department) -> tuple[SectionView, ...]:
    """The sections of text that the family prescribes, in the document's order, by their own headings or the family's."""
    family = load_family(str(given.document["family"]))
    words = _words(given, family)
    parts = {part.id: part.title for part in family.parts}
    # A section that is a part by itself has the part's heading.
    titles = {one.id: (one.title or parts[one.part]).format_map(words) for one in family.sections}
    found: dict[str, list[Passage]] = defaultdict(list)
    named: dict[str, str] = {}
    for row in rows_of(given.tables[TEXTS]):
        if row["section"] not in titles or not row["text"] or row["style"] == "block":
            continue
        if row["style"] == "heading2" and row["section"] not in named:
            named[row["section"]] = clean(row["text"])
            continue
        level = {"heading2": 3, "heading3": 4}.get(row["style"], 0)
        found[row["section"]].append(Passage(level, clean(row["text"]), where(row)))
    return tuple(
        SectionView(f"s-{key}", named.get(key) or titles[key], tuple(passages)) for key, passages in found.items()
    )


def catalogue(given: Department) -> tuple[tuple[str, ...], ...]:
    """The purchases of services: code, class, name, project, amount (万元), place. An annexed catalogue is left out."""
    return tuple(
        (
            clean(row["code"] or ""),
            clean(row["section"] or ""),
            clean(row["name"] or ""),
            clean(row["project"] or ""),
            printed(row["amount"]),
            where(row),
        )
        for row in rows_of(given.tables[CATALOGUE])
        if row["amount"] is not None
    )


def findings(given: Department) -> tuple[FindingView, ...]:
    """What the rule book found, errors first."""
    made = [_finding(row) for row in rows_of(given.tables[FINDINGS])]
    order = list(SEVERITY)
    return tuple(sorted(made, key=lambda one: order.index(cast(Any, one.severity))))


def _finding(row: Row) -> FindingView:
    places = msgspec.json.decode(row["where"] or "[]", type=tuple[Place, ...])
    return FindingView(
        row["severity"],
        SEVERITY[row["severity"]],
        CATEGORY.get(row["category"], row["category"]),
        row["rule"],
        clean(row["title"]),
        clean(row["message"]),
        clean(row["basis"] or ""),
        bool(row["suspected_misreading"]),
        tuple(Cited(place_words(place, True), _cited(place)) for place in places),
    )


def _cited(place: Place) -> str:
    """The anchor of the cell that a finding cites."""
    if place.number is None or not place.key:
        return ""
    return anchor(place.form, place.side, place.number, place.key)
