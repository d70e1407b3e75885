"""A form family as typed, validated data: what the TOML files of a family's folder may say.

Unknown keys are refused, so that a slip in a family's file is found when it is loaded and not in print.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RowKind = Literal[
    "fixed", "function_classes", "function_tree", "economic_pairs", "revenue_tree", "agencies", "projects"
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Where(_Data):
    """Which ledger lines count: all conditions that are given must hold."""

    fund: tuple[str, ...] | None = None
    carryover: bool | None = None
    expenditure: Literal["basic", "project"] | None = None
    nature: Literal["personnel", "public"] | None = None
    economic: tuple[str, ...] | None = None
    agency_kind: tuple[str, ...] | None = None


class ColumnSpec(_Data):
    """A value column: its key in facts.csv, its header from top to bottom, and the lines that it takes.

    `sum` names the columns beside it whose sum it is.
    """

    key: str
    header: tuple[str, ...]
    where: Where = Where()
    sum: tuple[str, ...] = ()


class RowSpec(_Data):
    """A row that the form always prints. A name behind `/` prints without what stands before it.

    `sum` names the rows whose sum it is; `*` stands for every row of the body. A `blank` row has no amounts.
    """

    name: str
    where: Where = Where()
    blank: bool = False
    sum: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """The row's name as it is printed."""
        return self.name.rpartition("/")[2]


class Side(_Data):
    """One side of a table (`income`, `expense`), or the whole of it (key empty)."""

    key: str = ""
    header: str = ""
    source: Literal["budget", "revenue"] = "budget"
    where: Where = Where()
    stub: tuple[tuple[str, ...], ...]
    rows: RowKind
    columns: tuple[ColumnSpec, ...]
    fixed: tuple[RowSpec, ...] = ()
    foot: tuple[RowSpec, ...] = ()
    total: str = "合计"


class Table(_Data):
    """One prescribed table."""

    id: str
    caption: str
    label: str
    label_aliases: tuple[str, ...] = ()
    title: str
    landscape: bool = False
    numbered: bool = False
    rounding_note: bool = False
    where: Where = Where()
    side: tuple[Side, ...]


class Variant(_Data):
    """One wording of a phrase or paragraph, with the conditions on the figures under which it is printed.

    A `block` stands in the place of a paragraph: `chart`, `catalogue` or `forms`.
    """

    text: str = ""
    block: Literal["", "chart", "catalogue", "forms"] = ""
    when: tuple[str, ...] = ()
    implies: dict[str, Decimal] = {}
    heading: bool = False


class Section(_Data):
    """A section of the explanation; its key is the first part of its figures' keys."""

    id: str
    part: str
    title: str
    paragraphs: tuple[Variant, ...]
    chart: str = ""


class Part(_Data):
    """One of the four parts of the document."""

    id: str
    title: str


class Wording(_Data):
    """The words in which a department's disclosure and a unit's differ."""

    scope: str
    this: str


class AgencyWords(_Data):
    """How units are told in sentences, and which of them have 机关运行经费."""

    line: str
    offices: str
    operating_table: str
    operating_kinds: tuple[str, ...]
    counted: str
    count: str


class CatalogueList(_Data):
    """The list of service purchases: title, header, relative column widths."""

    title: str
    header: tuple[str, str, str, str, str]
    widths: tuple[int, int, int, int, int]


class IndicatorBranch(_Data):
    """A first-level kind of indicator with its second-level kinds, in printed order."""

    level1: str
    level2: tuple[str, ...]


class Chart(_Data):
    """Where the bars of a chart come from."""

    title: str
    figures: tuple[tuple[str, str], ...] = ()
    list_: str = Field(default="", alias="list")
    table: tuple[str, str, str] | None = None
    change: bool = False
    limit: int = 0


class Form(_Data):
    """A performance form as a grid of cells."""

    title: str
    subtitle: str
    widths: tuple[int, ...]
    horizons: tuple[Literal["total", "annual"], ...]
    rows: tuple[tuple[str, ...], ...]


class Forms(_Data):
    """The performance forms of the family."""

    project: Form
    overall: dict[str, Form]


class Family(_Data):
    """A form family: everything that a kind of document is, as data."""

    id: str
    title: str
    catalogue_region: str
    unit: str
    empty_note: str
    rounding_note: str
    cover: str
    contents: str
    name_line: str
    unit_line: str
    function_classes: tuple[tuple[str, str], ...]
    personnel_classes: tuple[str, ...]
    region_level: str
    kinds: dict[str, Wording]
    parts: tuple[Part, ...]
    prior: dict[str, str]
    reasons: dict[str, str]
    name_lists: dict[str, tuple[str, str]]
    agencies: AgencyWords
    overall: dict[str, str]
    catalogue: CatalogueList
    indicators: tuple[IndicatorBranch, ...]
    tables: tuple[Table, ...]
    figures: dict[str, str]
    phrases: dict[str, tuple[Variant, ...]]
    sections: tuple[Section, ...]
    charts: dict[str, Chart]
    forms: Forms

    def table(self, table_id: str) -> Table:
        """Return the table of that id; raises KeyError if the family has none."""
        for table in self.tables:
            if table.id == table_id:
                return table
        raise KeyError(table_id)

    def function_row(self, place: int) -> str:
        """The printed name of the family's function class at that place (from 1), such as 二、外交支出."""
        return f"{chinese_numeral(place)}、{self.function_classes[place - 1][1]}"

    def level1(self, level2: str) -> str | None:
        """The first-level indicator that a second-level one stands under, or None if it is none of the family's."""
        for branch in self.indicators:
            if level2 in branch.level2:
                return branch.level1
        return None


def chinese_numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese numerals, as headings count.

    >>> chinese_numeral(22)
    '二十二'
    """
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{digits[tens]}十")
    return head + (digits[ones] if ones else "")
