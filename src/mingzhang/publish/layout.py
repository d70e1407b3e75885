"""Lay a disclosure out as a document: parts, sections, tables, charts and forms in the family's order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mingzhang.amounts import ZERO, parse_amount
from mingzhang.disclosure import Disclosure, Fact, Indicator, Text
from mingzhang.families import Family, model
from mingzhang.publish.document import Bar, Block, Cell, Chart, Document, Grid, Heading, Paragraph
from mingzhang.publish.forms import overall_grid, project_grid
from mingzhang.publish.grids import table_grid


def lay_out(disclosure: Disclosure, family: Family) -> Document:
    """Lay out the whole disclosure: cover, four parts, tables, explanation with charts and forms, glossary."""
    layout = _Layout(disclosure, family)
    return Document(
        disclosure.name,
        family.cover.format_map(layout.texts),
        disclosure.fiscal_year,
        family.contents,
        family.unit,
        tuple(layout.blocks()),
    )


class _Layout:
    def __init__(self, disclosure: Disclosure, family: Family) -> None:
        wording = family.kinds[disclosure.kind]
        self.disclosure, self.family = disclosure, family
        self.texts = {
            "year": str(disclosure.fiscal_year),
            "name": disclosure.name,
            "scope": wording.scope,
            "this": wording.this,
            "region": disclosure.region_name,
            "region_level": disclosure.region_level,
        }
        self.by_section: dict[str, list[Text]] = {}
        for text in disclosure.texts:
            self.by_section.setdefault(text.section, []).append(text)
        self.figures = {figure.key: figure.value for figure in disclosure.narrative}

    def blocks(self) -> Iterator[Block]:
        for part in self.family.parts:
            yield Heading(1, part.title.format_map(self.texts), part.id)
            if part.id == "tables":
                yield from self._tables()
            for section in self.family.sections:
                if section.part == part.id:
                    yield from self._section(section)

    def _tables(self) -> Iterator[Block]:
        facts: dict[str, list[Fact]] = {}
        for fact in self.disclosure.facts:
            facts.setdefault(fact.table, []).append(fact)
        for table in self.family.tables:
            grid = table_grid(table, self.family, facts.get(table.id, []), self.texts)
            yield Heading(2, grid.title, table.id, contents=f"{table.caption}　{grid.title}", titles=True)
            yield grid

    def _section(self, section: model.Section) -> Iterator[Block]:
        for text in self.by_section.get(section.id, ()):
            match text.style:
                case "paragraph":
                    yield Paragraph(text.text)
                case "heading2":
                    yield Heading(2, text.text, section.id)
                case "heading3":
                    yield Heading(3, text.text, f"{section.id}-{text.text}")
                case "block":
                    yield from self._block(section, text.text)
                case style:
                    raise ValueError(style)

    def _block(self, section: model.Section, kind: str) -> Iterator[Block]:
        match kind:
            case "chart":
                yield from self._chart(section.chart)
            case "catalogue":
                yield self._catalogue()
            case "forms":
                yield from self._forms()
            case _:
                raise ValueError(kind)

    def _forms(self) -> Iterator[Block]:
        if self.disclosure.overall:
            grid = overall_grid(self.disclosure, self.family, self.texts)
            yield Heading(3, grid.title, grid.id, titles=True)
            yield grid
        indicators: dict[int, list[Indicator]] = {}
        for indicator in self.disclosure.indicators:
            indicators.setdefault(indicator.seq, []).append(indicator)
        for project in self.disclosure.projects:
            grid = project_grid(project, indicators.get(project.seq, []), self.family, self.texts)
            yield Heading(3, f"{grid.title}：{project.name}", grid.id, titles=True)
            yield grid

    def _chart(self, name: str) -> Iterator[Chart]:
        declared = self.family.charts[name]
        bars = [bar for bar in self._bars(declared) if bar.value or bar.against]
        if len(bars) < (1 if declared.change else 2):
            return
        total = sum((bar.value for bar in bars), ZERO)
        compared = any(bar.against is not None for bar in bars)
        year = self.disclosure.fiscal_year
        years = (f"{year}年", f"{year - 1}年") if compared else ()
        yield Chart(name, declared.title, tuple(bars[: declared.limit or None]), total, years)

    def _bars(self, declared: model.Chart) -> list[Bar]:
        if declared.table:
            of = declared.table
            rows = [fact for fact in self.disclosure.facts if (fact.table, fact.level, fact.column) == of]
            return [Bar(fact.row_name, fact.value) for fact in sorted(rows, key=lambda fact: -fact.value)]
        if declared.list_:
            prefix = f"{declared.list_}."
            entries = [(key, value) for key, value in self.figures.items() if key.startswith(prefix)]
            return [Bar(key.removeprefix(prefix), parse_amount(value)) for key, value in entries]
        return [
            Bar(label, parse_amount(self.figures[key]), self._before(key) if declared.change else None)
            for key, label in declared.figures
            if key in self.figures
        ]

    def _before(self, key: str) -> Decimal | None:
        change = self.figures.get(f"{key}_change")
        return parse_amount(self.figures[key]) - parse_amount(change) if change else None

    def _catalogue(self) -> Grid:
        declared = self.family.catalogue
        body = tuple(
            (
                Cell(line.code),
                Cell(line.section),
                Cell(line.name),
                Cell(line.project),
                Cell(f"{line.amount:.2f}", "number", value=line.amount),
            )
            for line in self.disclosure.catalogue
        )
        return Grid(
            "catalogue",
            declared.title.format_map(self.texts),
            (tuple(Cell(text, "label") for text in declared.header),),
            body,
            declared.widths,
            above=("", self.family.unit_line),
        )
