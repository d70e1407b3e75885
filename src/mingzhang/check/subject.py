"""A document as functions of the rule book see it, and what they say of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.check.aims import Aim, aims_of
from mingzhang.check.cells import number
from mingzhang.check.findings import Place
from mingzhang.check.labels import Labels, form_label
from mingzhang.check.notation import FORM, OVERALL
from mingzhang.disclosure import HORIZON_LABELS, Disclosure, Fact, Figure, Indicator, Project, Provenance, Text
from mingzhang.families import Family
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.taxonomy import CodeList, load


class Hit(Struct, frozen=True):
    """One thing that a function found: what, in Chinese, and where, the most telling place first.

    `difference` is in the unit of the form. A hit that is `milder` than the rule is reported as info.
    """

    told: str
    places: tuple[Place, ...] = ()
    difference: Decimal | None = None
    milder: bool = False
    suspected_misreading: bool = False


class Subject:
    """A disclosure with what functions ask of it, worked out once."""

    def __init__(self, disclosure: Disclosure, family: Family, labels: Labels, prior: Disclosure | None = None) -> None:
        self.disclosure = disclosure
        self.family = family
        self.labels = labels
        self.prior = prior

    @property
    def year(self) -> int:
        """The fiscal year, 0 if the document does not tell."""
        return self.disclosure.fiscal_year

    @cached_property
    def cells(self) -> Facts:
        """Table cells by reference."""
        return Facts(self.disclosure.facts)

    def value(self, reference: str) -> Decimal:
        """The cell that a reference such as `T3[合计].basic` names, in 万元; zero where nothing is printed."""
        cell = parse_cell(reference)
        if cell is None:
            raise ValueError(reference)
        return self.cells.value(cell)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Figures by key, the first where one is printed twice."""
        found: dict[str, Figure] = {}
        for figure in self.disclosure.narrative:
            found.setdefault(figure.key, figure)
        return found

    def amount(self, key: str) -> Decimal | None:
        """A figure's number, None if it is not printed or is none."""
        figure = self.figures.get(key)
        return number(figure.value) if figure else None

    @cached_property
    def texts(self) -> dict[str, list[Text]]:
        """Texts by section, in document order."""
        found: dict[str, list[Text]] = defaultdict(list)
        for text in self.disclosure.texts:
            found[text.section].append(text)
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the tables, in order."""
        found: dict[tuple[str, str, int], Row] = {}
        for fact in self.disclosure.facts:
            row = found.setdefault((fact.table, fact.side, fact.row), Row(fact, {}))
            row.cells[fact.column] = fact
        return list(found.values())

    @cached_property
    def indicators(self) -> dict[int, list[Indicator]]:
        """Indicators by the ordinal of their form."""
        found: dict[int, list[Indicator]] = defaultdict(list)
        for indicator in self.disclosure.indicators:
            found[indicator.seq].append(indicator)
        return found

    @cached_property
    def aims(self) -> list[Aim]:
        """The indicators of project forms and of the overall form, with their values taken apart."""
        return list(aims_of(self.disclosure, tuple(self.family.forms.reading.footer.values())))

    @cached_property
    def projects(self) -> dict[int, Project]:
        """Performance forms by their ordinal."""
        return {project.seq: project for project in self.disclosure.projects}

    def codes(self, kind: str) -> CodeList:
        """The official list of the document's fiscal year. Raises MissingCodeList if there is none."""
        return load(kind, self.year)

    def fact(self, fact: Fact, value: str = "") -> Place:
        """The place of a table cell."""
        return Place(
            form=fact.table,
            side=fact.side,
            label=self.labels.form(fact.table),
            row=f"{fact.row_code} {fact.row_name}".strip(),
            column=self.labels.column(fact.table, fact.side, fact.column),
            value=value or f"{fact.value:f}",
            key=fact.column,
            number=fact.row,
        ).at(fact.provenance)

    def figure(self, key: str) -> Place:
        """The place of a printed figure."""
        figure = self.figures[key]
        section = figure.section or key.partition(".")[0]
        place = Place(
            form=section,
            label=self.labels.form(section),
            column=self.labels.figure(key),
            value=figure.value,
            key=key,
        )
        return place.at(figure.provenance)

    def text(self, text: Text, value: str = "") -> Place:
        """The place of a passage, in which `value` stands."""
        return self.labels.text(text, value)

    def form(self, project: Project, field: str = "", value: str = "") -> Place:
        """The place of a performance form, or of one of its fields (a column of projects.csv)."""
        provenance = project.sources.get(field, project.provenance) if field else project.provenance
        funds = project.funds.get(field)
        told = value or (f"{funds:f}" if funds is not None else project.texts.get(field, ""))
        place = Place(
            form=FORM,
            label=form_label(project.seq, project.name),
            column=self.labels.column(FORM, "", field) if field else "",
            value=told,
            seq=project.seq,
            key=field,
        )
        return place.at(provenance)

    def indicator(self, indicator: Indicator) -> Place:
        """The place of an indicator of a performance form."""
        place = Place(
            form=FORM,
            label=form_label(indicator.seq, self.project_name(indicator.seq)),
            row=f"{indicator.level2} {indicator.level3}".strip(),
            column=HORIZON_LABELS[indicator.horizon],
            value=indicator.value,
            seq=indicator.seq,
            key=indicator.horizon,
        )
        return place.at(indicator.provenance)

    def aim(self, aim: Aim) -> Place:
        """The place of an indicator of a project form or of the overall form."""
        if isinstance(aim.source, Indicator):
            return self.indicator(aim.source)
        place = Place(
            form=OVERALL, label=self.labels.form(OVERALL), row=f"{aim.level2} {aim.name}".strip(), value=aim.text
        )
        return place.at(aim.source.provenance)

    def project_name(self, seq: int) -> str:
        """The name of the project whose form is the `seq`-th."""
        return self._names.get(seq, "")

    @cached_property
    def _names(self) -> dict[int, str]:
        return {project.seq: project.name for project in self.disclosure.projects}

    def table(self, table: str) -> Place:
        """The place of a table as a whole: its title."""
        return self.labels.at(table, self._title(table))

    def _title(self, section: str) -> Provenance | None:
        for text in self.texts.get(section, ()):
            if text.style == "heading2":
                return text.provenance
        return None

    def passages(self, sections: tuple[str, ...] = ()) -> Iterator[Text]:
        """The texts of some sections, or of the whole document; the annexed catalogue's letters are in theirs."""
        for text in self.disclosure.texts:
            if (not sections or text.section in sections) and text.style != "block":
                yield text


class Row(Struct):
    """A printed row of a table: its first fact, and its cells by column."""

    head: Fact
    cells: dict[str, Fact]

    def value(self, column: str) -> Decimal:
        """A cell's amount, zero where nothing is printed."""
        fact = self.cells.get(column)
        return fact.value if fact else ZERO


Check = Callable[..., Iterator[Hit]]
FUNCTIONS: dict[str, Check] = {}


def registered(check: Check) -> Check:
    """Make a function known to rule books by its name. It takes a Subject and what the rule gives by keyword.

    Raises ValueError if there is another of that name.
    """
    if check.__name__ in FUNCTIONS:
        raise ValueError(f"two functions are called {check.__name__}")
    FUNCTIONS[check.__name__] = check
    return check


def run(name: str, subject: Subject, given: dict[str, Any]) -> Iterator[Hit]:
    """Run a registered function. Raises KeyError if there is none of that name."""
    return FUNCTIONS[name](subject, **given)
