"""A disclosure as its parts in the order of the document: contents page, tables, sections, performance forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from mingzhang.check.reports.evidence import Part, Spot, SpotKind, lines, told, words
from mingzhang.check.reports.forms import overall_grid, project_grid
from mingzhang.check.reports.tables import catalogue_grid, table_grids
from mingzhang.check.reports.words import KIND
from mingzhang.disclosure import Disclosure, Text
from mingzhang.families import Family, families, load_family
from mingzhang.families.model import Table

_TITLES = {"cover": "封面", "contents": "目录", "catalogue": "政府购买服务目录", "overall": "整体支出绩效目标表"}
_BEHIND = ("catalogue", "glossary", "annexes", "unknown")  # sections that stand behind the forms
_EMPTY = "本表无数据"


class _Slots(dict[str, str]):
    """The names and years of titles; one that is not known is left out."""

    def __missing__(self, key: str) -> str:
        return ""


def parts(disclosure: Disclosure, catalogue: bool = False) -> list[Part]:
    """Everything that the disclosure holds, a part each, in the order of the document.

    The lines of an annexed catalogue, thousands of them, only if they are asked for.
    """
    if not catalogue:
        disclosure = replace(disclosure, catalogue=())
    return list(_Builder(disclosure).parts())


class _Builder:
    def __init__(self, disclosure: Disclosure) -> None:
        self.disclosure = disclosure
        self.family: Family | None = load_family(disclosure.family) if disclosure.family in families() else None
        wording = self.family.kinds.get(disclosure.kind) if self.family else None
        self.slots = _Slots(
            year=str(disclosure.fiscal_year or ""),
            name=disclosure.name,
            scope=wording.scope if wording else KIND[disclosure.kind][:2],
            this=f"本{KIND[disclosure.kind][:2]}",
            region=disclosure.region_name,
            region_level=disclosure.region_level,
        )
        self.texts: dict[str, list[Text]] = {}
        for text in disclosure.texts:
            if text.style != "block":
                self.texts.setdefault(text.section, []).append(text)
        self.tables = {table.id: table for table in self.family.tables} if self.family else {}
        self.facts = {
            key: list(own)
            for key, own in groupby(sorted(disclosure.facts, key=lambda fact: fact.table), key=lambda fact: fact.table)
        }

    def parts(self) -> Iterator[Part]:
        """The parts: tables where their texts stand or before the explanation, forms behind the sections."""
        ids = [key for key in self.tables if key in self.facts or key in self.disclosure.empty_tables]
        ids += [key for key in (*self.facts, *self.disclosure.empty_tables) if key not in self.tables]
        waiting = dict.fromkeys(key for key in ids if key not in self.texts)
        explanation = self._explanation()
        forms = False
        for key in self.texts:
            if key in explanation:
                yield from map(self._table, waiting)
                waiting = {}
            if key in _BEHIND and not forms:
                forms = True
                yield from self._forms()
            yield self._table(key) if key in ids or key in self.tables else self._section(key)
        yield from map(self._table, waiting)
        if not forms:
            yield from self._forms()
        if self.disclosure.catalogue and "catalogue" not in self.texts:
            yield self._section("catalogue")

    def _explanation(self) -> set[str]:
        """The sections that stand behind the tables."""
        if not self.family:
            return set()
        order = [part.id for part in self.family.parts]
        behind = order[order.index("tables") + 1 :] if "tables" in order else []
        return {*behind, *(section.id for section in self.family.sections if section.part in behind)}

    def _table(self, key: str) -> Part:
        table = self.tables.get(key)
        texts = self.texts.get(key, [])
        facts = self.facts.get(key, [])
        marks = self.family.empty_marks if self.family else (_EMPTY,)
        said = any(mark in text.text for mark in marks for text in texts)
        notes = () if facts or said else (_EMPTY,)
        fixed = table and any(side.rows in ("fixed", "function_classes") for side in table.side)
        if facts and fixed:
            notes = ("没有数据的行未列出",)
        title, body = _headed(texts, self._title(table) if table else key)
        if table and table.caption:
            caption = table.caption if table.caption.startswith("表") else f"表{table.caption}"
            title.text = title.text if title.text.startswith(caption) else f"{caption}　{title.text}"
        return Part(key, title, body, table_grids(facts, table, self.slots), notes, table=True)

    def _title(self, table: Table) -> str:
        return table.title.format_map(self.slots)

    def _section(self, key: str) -> Part:
        titles = {}
        if self.family:
            titles = {one.id: one.title for one in self.family.sections} | {
                one.id: one.title for one in self.family.parts
            }
        declared = titles.get(key, "").format_map(self.slots) or _TITLES.get(key, "") or "其他内容"
        title, body = _headed(self.texts.get(key, []), declared)
        catalogue = self.disclosure.catalogue if key == "catalogue" else ()
        return Part(key, title, body, [catalogue_grid(catalogue)] if catalogue else [])

    def _forms(self) -> Iterator[Part]:
        forms = self.family.forms if self.family else None
        if self.disclosure.overall:
            form = forms.overall.get(self.disclosure.kind) if forms else None
            title = form.title.format_map(self.slots) if form else _TITLES["overall"]
            yield Part("overall", _title_spot(title), grids=[overall_grid(self.disclosure, form)])
        indicators = {
            seq: list(own)
            for seq, own in groupby(
                sorted(self.disclosure.indicators, key=lambda one: one.seq), key=lambda one: one.seq
            )
        }
        for project in self.disclosure.projects:
            title = f"第{project.seq}张绩效目标表　{project.name}"
            grid = project_grid(project, indicators.get(project.seq, ()), forms.project if forms else None)
            yield Part(f"form-{project.seq}", _title_spot(title), grids=[grid])


def _title_spot(text: str) -> Spot:
    return Spot(text, "heading", words(text))


def _headed(texts: Sequence[Text], title: str) -> tuple[Spot, list[Spot]]:
    """The heading of a section, its own first heading if it has one, and the rest of its texts."""
    first = next((number for number, text in enumerate(texts) if text.style == "heading2"), None)
    spots = [_spot(text) for text in texts]
    if first is None:
        return _title_spot(title), spots
    return spots.pop(first), spots


def _spot(text: Text) -> Spot:
    kind: SpotKind = "paragraph" if text.style == "paragraph" else "heading"
    spot = Spot(text.text, kind, lines=lines([text.provenance]), source=told(text.provenance))
    source = text.provenance
    if source and source.page is not None and source.bbox:
        spot.page, spot.top = (source.file, source.page), source.bbox[1]
    return spot
