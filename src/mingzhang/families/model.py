"""A form family as typed, validated data: what the TOML files of a family's folder may say.

Unknown keys are refused, so that a slip in a family's file is found when it is loaded and not in print.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from mingzhang.disclosure import FooterKey, Kind

RowKind = Literal[
    "fixed",
    "function_classes",
    "function_tree",
    "economic_pairs",
    "economic_items",
    "revenue_tree",
    "agencies",
    "projects",
    "single",
]


class _Data(Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen data that refuse a key which they do not know."""


class Where(_Data, frozen=True):
    """Which ledger lines count: all conditions that are given must hold."""

    fund: tuple[str, ...] | None = None
    carryover: bool | None = None
    expenditure: Literal["basic", "project"] | None = None
    nature: Literal["personnel", "public"] | None = None
    economic: tuple[str, ...] | None = None
    agency_kind: tuple[str, ...] | None = None


class ColumnSpec(_Data, frozen=True):
    """A value column: its key in facts.csv, its header from top to bottom, and the lines that it takes.

    `aliases` are other words for the lowest part of the header, or with `/` another whole path. `sum` names the columns
    beside it whose sum it is.
    """

    key: str
    header: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    where: Where = Where()
    sum: tuple[str, ...] = ()


class RowSpec(_Data, frozen=True):
    """A row that the form always prints. A name behind `/` prints without what stands before it.

    `aliases` are other words for the row. `sum` names the rows whose sum it is; `*` stands for every row of the body, of
    a list of codes for its classes. A `blank` row has no amounts.
    """

    name: str
    aliases: tuple[str, ...] = ()
    where: Where = Where()
    blank: bool = False
    sum: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """The row's name as it is printed."""
        return self.name.rpartition("/")[2]


class Side(_Data, frozen=True):
    """One side of a table (`income`, `expense`), or the whole of it (key empty).

    `total` names the row that sums all others, and the only row of the kind `single`.
    """

    stub: tuple[tuple[str, ...], ...]
    rows: RowKind
    columns: tuple[ColumnSpec, ...]
    key: str = ""
    header: str = ""
    source: Literal["budget", "revenue"] = "budget"
    where: Where = Where()
    fixed: tuple[RowSpec, ...] = ()
    foot: tuple[RowSpec, ...] = ()
    total: str = "合计"


class Table(_Data, frozen=True):
    """One prescribed table."""

    id: str
    title: str
    side: tuple[Side, ...]
    caption: str = ""
    label: str = ""
    label_aliases: tuple[str, ...] = ()
    title_aliases: tuple[str, ...] = ()
    landscape: bool = False
    numbered: bool = False
    rounding_note: bool = False
    where: Where = Where()


class Variant(_Data, frozen=True):
    """One wording of a phrase or paragraph, with the conditions on the figures under which it is printed.

    A `block` stands in the place of a paragraph: `chart`, `catalogue` or `forms`. One to `read` is never printed: it is
    how others word the same. It may stand once for `each` entry that the text or variable of that name tells.
    """

    text: str = ""
    block: Literal["", "chart", "catalogue", "forms"] = ""
    when: tuple[str, ...] = ()
    implies: dict[str, Decimal] = {}
    heading: bool = False
    read: bool = False
    each: str = ""


class Section(_Data, frozen=True):
    """A section of the explanation; its key is the first part of its figures' keys."""

    id: str
    part: str
    title: str
    paragraphs: tuple[Variant, ...]
    title_aliases: tuple[str, ...] = ()
    chart: str = ""


class Part(_Data, frozen=True):
    """One of the four parts of the document."""

    id: str
    title: str


class Wording(_Data, frozen=True):
    """The words in which a department's disclosure and a unit's differ."""

    scope: str
    this: str


class AgencyWords(_Data, frozen=True):
    """How units are told in sentences, and which of them have 机关运行经费."""

    line: str
    offices: str
    operating_table: str
    operating_kinds: tuple[str, ...]
    counted: str
    count: str


class CatalogueList(_Data, frozen=True):
    """The list of service purchases: title, header, relative column widths; `levels` head the annexed catalogue."""

    title: str
    header: tuple[str, str, str, str, str]
    widths: tuple[int, int, int, int, int]
    levels: tuple[str, ...] = ()


class IndicatorBranch(_Data, frozen=True):
    """A first-level kind of indicator with its second-level kinds, in printed order."""

    level1: str
    level2: tuple[str, ...]


class Chart(_Data, frozen=True):
    """Where the bars of a chart come from."""

    title: str
    figures: tuple[tuple[str, str], ...] = ()
    list_: str = field(default="", name="list")
    table: tuple[str, str, str] | None = None
    change: bool = False
    limit: int = 0


class Form(_Data, frozen=True):
    """A performance form as a grid of cells."""

    title: str
    subtitle: str
    widths: tuple[int, ...]
    horizons: tuple[Literal["total", "annual"], ...]
    rows: tuple[tuple[str, ...], ...]


class FormReading(_Data, frozen=True):
    """How others print what the forms declare, for reading them.

    `aliases` are other words for a label, `level2_aliases` for a second-level indicator; `hints` are words in an
    indicator's name that point to its second level. `attributes` are the values of a project's attribute, `footer` the
    labels below a form by their key, `counters` the measure words behind a count.
    """

    aliases: dict[str, tuple[str, ...]] = {}
    attributes: tuple[str, ...] = ()
    footer: dict[FooterKey, str] = {}
    counters: str = ""
    level2_aliases: dict[str, tuple[str, ...]] = {}
    hints: dict[str, tuple[str, ...]] = {}


class Forms(_Data, frozen=True):
    """The performance forms of the family."""

    project: Form
    overall: dict[str, Form]
    reading: FormReading = FormReading()


_NO_UNITS = AgencyWords(line="", offices="", operating_table="", operating_kinds=(), counted="", count="")
_NO_LIST = CatalogueList(title="", header=("",) * 5, widths=(0,) * 5)
_NO_FORMS = Forms(project=Form(title="", subtitle="", widths=(), horizons=(), rows=()), overall={})


class Family(_Data, frozen=True):
    """A form family: everything that a kind of document is, as data.

    `kinds` are the kinds of disclosure that it serves. `class_aliases` are older or shorter names of a function class by
    its code, `empty_marks` the words by which a note says that a table has no data, `numbering` the headings of a column
    or row that only counts. What stands below `figures` only some families have, or only compiling needs.
    """

    id: str
    title: str
    unit: str
    kinds: dict[Kind, Wording]
    parts: tuple[Part, ...]
    tables: tuple[Table, ...]
    sections: tuple[Section, ...]
    phrases: dict[str, tuple[Variant, ...]]
    figures: dict[str, str]
    function_classes: tuple[tuple[str, str], ...] = ()
    class_aliases: dict[str, tuple[str, ...]] = {}
    personnel_classes: tuple[str, ...] = ()
    prior: dict[str, str] = {}
    indicators: tuple[IndicatorBranch, ...] = ()
    overall: dict[str, str] = {}
    forms: Forms = _NO_FORMS
    charts: dict[str, Chart] = {}
    cover: str = ""
    contents: str = ""
    name_line: str = ""
    unit_line: str = ""
    empty_note: str = ""
    empty_marks: tuple[str, ...] = ()
    numbering: tuple[str, ...] = ()
    rounding_note: str = ""
    region_level: str = ""
    catalogue_region: str = ""
    catalogue: CatalogueList = _NO_LIST
    agencies: AgencyWords = _NO_UNITS
    name_lists: dict[str, tuple[str, str]] = {}
    reasons: dict[str, str] = {}

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
