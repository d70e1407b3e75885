"""Performance forms: from the stretch of a document that holds them to projects, indicators and overall entries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct, field

from mingzhang.disclosure import (
    HORIZON_LABELS,
    TEXT_KEYS,
    FooterKey,
    Horizon,
    Indicator,
    Legible,
    Note,
    OverallEntry,
    Project,
    Text,
)
from mingzhang.families.model import Family
from mingzhang.read.blocks import Block
from mingzhang.read.forms import fields as form_fields
from mingzhang.read.forms import funds as form_funds
from mingzhang.read.forms.fields import Known
from mingzhang.read.forms.footer import FooterLabels, read_footer
from mingzhang.read.forms.indicator_repair import Repairer, label_damaged
from mingzhang.read.forms.indicator_rows import Sides, Vocabulary, is_shifted, take_apart, take_apart_damaged
from mingzhang.read.forms.indicators import Entry, Tree, entries
from mingzhang.read.forms.labels import Labels
from mingzhang.read.forms.left import Told
from mingzhang.read.forms.lines import Declared, Seen, Value, lines_of, provenance
from mingzhang.read.forms.rows import Filled, fill
from mingzhang.read.forms.split import Chunk, split_forms

_PROJECT = "project"


class Forms(Struct):
    """What a stretch of forms holds; `left` is what remains, as texts, of each block that it tells, by its place."""

    projects: list[Project] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    overall: list[OverallEntry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left: dict[int, list[Text]] = field(default_factory=dict)


def read_forms(blocks: Sequence[Block], family: Family, known: Known) -> Forms:
    """Read every performance form of a stretch of blocks, in document order.

    `known` is what the tables tell: the department, its units, the projects and their amounts.
    """
    if not family.forms.project.rows:
        return Forms()
    reader = _Reader(family, known)
    lines = lines_of(blocks)
    for chunk in split_forms(lines, reader.declared, reader.kinds, reader.footer):
        reader.read(chunk)
    reader.finish()
    reader.found.left = reader.told.left(lines, reader.used)
    return reader.found


class _Table(Struct, frozen=True):
    """The indicator table of the form `seq` (0 the overall form)."""

    seq: int
    horizons: tuple[Horizon, ...]
    sides: list[Sides]
    damaged: bool


class _Reader:
    def __init__(self, family: Family, known: Known) -> None:
        reading = family.forms.reading
        self.known = known
        self.amounts = known.amounts
        self.found = Forms()
        self.declared = {_PROJECT: Declared(family.forms.project, reading)}
        self.declared |= {kind: Declared(form, reading) for kind, form in family.forms.overall.items()}
        self.footer = FooterLabels(reading)
        self.attributes = Labels(reading.attributes)
        level1 = [branch.level1 for branch in family.indicators]
        level2 = [level for branch in family.indicators for level in branch.level2]
        self.kinds = Labels([*level1, *level2], reading.level2_aliases)
        self.level1, self.level2 = level1, Labels(level2, reading.level2_aliases)
        self.counted = re.compile(rf"(\d+)\s*[{reading.counters or ' '}]?")
        self.tree = Tree(family.indicators, reading.hints)
        self.tables: list[_Table] = []
        self.told = Told()
        self.used: set[int] = set()

    def read(self, chunk: Chunk) -> None:
        """Read one form."""
        first = chunk.lines[0]
        if not chunk.is_form:
            place = first.tokens[0].place.provenance(first.text)
            self.found.notes.append(Note("unread", "有一个表格像绩效目标表，但认不出它的栏目，原样保留为文本", place))
            return
        form = fill(chunk, self.footer, self.kinds)
        self.used |= {line.block for line in chunk.lines if not line.paragraph}
        self.told.cells |= form.heads
        if chunk.kind == _PROJECT:
            self._project(form)
        else:
            self._overall(form)
        declared = chunk.declared
        words = self._words(declared)
        horizons = declared.form.horizons
        project = self.found.projects[-1] if chunk.kind == _PROJECT else None
        if form.damaged and not is_shifted(form.tree, words, len(horizons) > 1):
            sides = take_apart_damaged(form.tree, words, len(horizons) > 1)
            label_damaged(sides, self.level2, self.tree)
        else:
            sides = take_apart(form.tree, words, len(horizons) > 1)
        self.told.tree(form.tree, words, form.damaged)
        self.tables.append(_Table(project.seq if project else 0, horizons, sides, form.damaged))

    def _words(self, declared: Declared) -> Vocabulary:
        """The vocabulary of a form's indicator table; its header prints the label beside it and those of three levels."""
        header = declared.header.labels if declared.header else ()
        beside, second = header[:1], "".join(header[2:3])
        return Vocabulary(Labels(header), second, Labels([*self.level1, *beside]), self.level2)

    def finish(self) -> None:
        """Tell what takes all forms: the department's code, and the indicators with their labels."""
        self._same_code()
        self._indicators()

    def _same_code(self) -> None:
        """All forms print one department's code: one that a damaged form prints otherwise is misread."""
        codes = Counter(project.department_code for project in self.found.projects if project.department_code)
        if not codes:
            return
        code, count = codes.most_common(1)[0]
        for at, project in enumerate(self.found.projects):
            if project.department_code not in ("", code) and project.legible != "yes" and count > 1:
                source = replace(project.sources["department_code"], suggested=code, confidence=0.2)
                sources = {**project.sources, "department_code": source}
                self.found.projects[at] = replace(project, department_code="", sources=sources)

    def _indicators(self) -> None:
        """Give each indicator its label: one that most forms print is lost where it is missing."""
        printed = [{half.label for one in table.sides for half in one[:2] if half.label} for table in self.tables]
        usual = frozenset(
            level2 for level2 in self.tree.order if 3 * sum(level2 in labels for labels in printed) >= 2 * len(printed)
        )
        found = [entries(table.sides, self.tree, table.horizons, usual) for table in self.tables]
        damaged = [(table, own) for table, own in zip(self.tables, found, strict=True) if table.damaged]
        if damaged:
            repairer = Repairer((entry for _, own in damaged for entry in own), self.level2)
            for table, own in damaged:
                read = {entry.horizon for entry in own}
                own[:] = repairer.repair(own, self.found.projects[table.seq - 1].funds if table.seq else {})
                self._note_lost_sides(table, read - {entry.horizon for entry in own})
        for table, own in zip(self.tables, found, strict=True):
            for entry in own:
                self._indicator(table, entry)

    def _note_lost_sides(self, table: _Table, lost: set[Horizon]) -> None:
        for horizon in sorted(lost, reverse=True):
            which = f"第{table.seq}份项目绩效目标表" if table.seq else "整体绩效目标表"
            place = table.sides[0].line.tokens[0].place.provenance()
            self.found.notes.append(
                Note("unread", f"{which}的{HORIZON_LABELS[horizon]}绩效指标看不清，没有读入", place)
            )

    def _indicator(self, table: _Table, entry: Entry) -> None:
        self.told.take(entry.half.tokens)
        seen = Seen(entry.half.printed, "", entry.repair, entry.suggested, entry.confidence)
        source = provenance(entry.half.tokens, seen)
        if table.seq:
            one = Indicator(table.seq, entry.horizon, entry.level1, entry.level2, entry.name, entry.value, source)
            self.found.indicators.append(one)
        else:
            key = f"{entry.level1}/{entry.level2}/{entry.name}"
            self.found.overall.append(OverallEntry(key, entry.value, source))

    def _overall(self, form: Filled) -> None:
        """The fields of an overall form, in the order in which it prints them."""
        for row in form.declared.rows:
            for slot in row.slots:
                for key, value in form_fields.overall_values(form, slot, self.counted):
                    if value.text:
                        self.told.take(value.tokens)
                        self.found.overall.append(OverallEntry(key, value.text, value.provenance))
        footer = self._footer(form)
        self.found.overall += [OverallEntry(key, one.text, one.provenance) for key, one in footer.items() if one.text]

    def _footer(self, form: Filled) -> dict[FooterKey, Value]:
        """What stands below a form."""
        footer = read_footer(form.below, self.footer, form.damaged)
        self.told.take(footer.told)
        return footer.fields

    def _project(self, form: Filled) -> None:
        seq = len(self.found.projects) + 1
        funds = form_funds.read_funds(form, self.amounts)
        amounts = {key: amount.value for key, amount in funds.items()}
        fields: dict[str, Value] = {}
        yuan = [value for key in ("annual", "total") if (value := amounts[key]) is not None]
        yuan += [value for value in amounts.values() if value]
        fields["name"] = form_fields.project_name(form, yuan, self.known)
        fields["department_code"], fields["department"] = form_fields.department(form, self.known)
        fields["unit"] = form_fields.unit(form, self.known)
        fields["attribute"] = form_fields.attribute(form, self.attributes)
        fields["period"] = form_fields.period(form)
        texts: dict[str, Value] = {key: form_fields.prose(form, key) for key in TEXT_KEYS}
        texts.update((str(key), value) for key, value in self._footer(form).items())
        sources = {key: value.provenance for key, value in (fields | texts).items() if value.provenance}
        for told in (*fields.values(), *texts.values()):
            self.told.take(told.tokens)
        for fund in funds.values():
            self.told.take(fund.tokens)
        sources |= {key: source for key, amount in funds.items() if (source := form_funds.source(amount, key))}
        head = {key: value.text for key, value in fields.items()}
        lost = _lost(form, head, amounts)
        place = form.first.place.provenance()
        if lost:
            labels = "、".join(dict.fromkeys(lost.values()))
            self.found.notes.append(Note("unread", f"第{seq}份项目绩效目标表看不清：{labels}", place))
        self.found.projects.append(
            Project(
                seq,
                **head,
                funds=amounts,
                texts={key: value.text for key, value in texts.items()},
                legible=_legible(lost),
                provenance=place,
                sources=sources,
            )
        )


def _lost(form: Filled, head: Mapping[str, str], amounts: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The fields that a damaged form should have and that could not be read, with their labels."""
    if not form.damaged:
        return {}
    lost = [key for key, text in head.items() if not text]
    lost += [key for key, amount in amounts.items() if amount is None and not key.endswith("_other")]
    return {key: form.declared.label_of(key) for key in lost}


def _legible(lost: Mapping[str, str]) -> Legible:
    if not lost:
        return "yes"
    return "no" if {"name", "department_code", "total"} <= lost.keys() else "partly"
