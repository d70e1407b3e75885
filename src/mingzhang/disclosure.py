"""The one vocabulary that compile, read, check, publish and corpus speak: a disclosure is its facts.

A table cell, a figure in a sentence, a project's funds, an indicator: each is a frozen record. Columns and keys are
those of the data package (docs/data-package.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

Horizon = Literal["total", "annual"]
# What a performance form calls its horizons and the levels of its funds.
HORIZON_LABELS: Mapping[str, str] = {"total": "实施期", "annual": "年度"}
FUND_LEVEL_LABELS: Mapping[str, str] = {
    "central": "中央财政资金",
    "provincial": "省级财政资金",
    "local": "市县（区）财政资金",
    "self": "单位自筹",
    "other": "其他资金",
}
FUND_LEVELS = tuple(FUND_LEVEL_LABELS)
FUND_KEYS = tuple(
    key for horizon in HORIZON_LABELS for key in (horizon, *(f"{horizon}_{level}" for level in FUND_LEVELS))
)
TEXT_KEYS = ("overview", "basis", "necessity", "safeguards", "plan", "total_goal", "annual_goal")
# What stands below a project's form: who answers for it, who filled it in, whom to call, when it was filled in.
FooterKey = Literal["responsible", "handler", "phone", "filled_on"]
FOOTER_KEYS: tuple[FooterKey, ...] = get_args(FooterKey)

Kind = Literal["department_budget", "unit_budget", "department_final_accounts", "unit_final_accounts"]
Legible = Literal["yes", "partly", "no"]
NoteKind = Literal["recognised", "missing", "unread", "repaired", "suspect"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where something stood in a published file, as printed, and how sure the reader is of it.

    `line` (1-based) is that of a text source; `page` (from 1) and `bbox` (left, top, right, bottom in points from the
    page's upper left corner) those of a PDF or picture; `sheet` that of a workbook. `row` and `column` are the labels
    as printed, `raw` the printed text. `repair` says in Chinese what the reader mended to understand it; `suggested` is
    the reading that would make the sums hold where the printed one does not.
    """

    file: str = ""
    line: int | None = None
    page: int | None = None
    bbox: Box | None = None
    sheet: str = ""
    row: str = ""
    column: str = ""
    raw: str = ""
    confidence: float = 1.0
    repair: str = ""
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of one of the family's tables.

    `value` is 万元 as printed, two decimals. `row` is the ordinal of the printed row in its table and side, so that
    two rows of the same name stay two. `unit` is the unit row that a project row stands under (T12, T13); a single unit's
    disclosure has none.
    """

    table: str
    column: str
    value: Decimal
    row: int
    side: str = ""
    level: str = ""
    unit: str = ""
    row_code: str = ""
    row_name: str = ""
    row_name2: str = ""
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a sentence prints, as printed but without separators.

    Amounts are 万元 and decreases negative, a percentage (keys in `_pct`) is the bare number, a count whole, a date ISO.
    """

    key: str
    value: str
    section: str = ""
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's performance form (项目支出绩效目标表): `funds` in yuan by FUND_KEYS, `texts` by TEXT_KEYS.

    `texts` also holds the footer by FOOTER_KEYS: a key whose label is printed and nothing behind it has a blank text, one
    that is not printed is not there. `provenance` is that of the form, `sources` those of its single fields by their column of projects.csv.
    """

    seq: int
    name: str
    department_code: str
    department: str
    unit: str
    attribute: str
    period: str
    funds: Mapping[str, Decimal | None]
    texts: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    category: str = ""
    legible: Legible = "yes"
    provenance: Provenance | None = field(default=None, compare=False)
    sources: Mapping[str, Provenance] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator of the form `seq` and horizon (`total` 实施期, `annual` 年度)."""

    seq: int
    horizon: Horizon
    level1: str
    level2: str
    level3: str
    value: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OverallEntry:
    """One entry of the overall form (整体支出绩效目标申报表): a key of overall.csv and its printed value."""

    key: str
    value: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """A line of the catalogue of service purchases that the disclosure lists or annexes, with its code in the edition.

    `project` and `amount` (万元) tell the purchase; a line of an annexed catalogue has neither.
    """

    edition: str
    document_number: str
    section: str
    code: str
    name: str
    project: str = ""
    amount: Decimal | None = None
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A heading or a paragraph of the explanation, in document order.

    `section` is the family's key of the section; `style` is `heading2`, `heading3`, `paragraph`, or `block` for the
    place where a chart, the catalogue list or the forms stand (`text` says which).
    """

    section: str
    style: str
    text: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """A number of the explanation that is none of the family's figures: its printed value, unit and what it follows."""

    section: str
    value: str
    unit: str
    before: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader has to say about a document, one Chinese sentence: what it is, what is missing, unread or doubtful."""

    kind: NoteKind
    message: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One published (or to be published) budget of a department or unit."""

    family: str
    kind: Kind
    fiscal_year: int
    department_code: str
    name: str
    facts: tuple[Fact, ...] = ()
    empty_tables: tuple[str, ...] = ()
    narrative: tuple[Figure, ...] = ()
    projects: tuple[Project, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    overall: tuple[OverallEntry, ...] = ()
    catalogue: tuple[CatalogueLine, ...] = ()
    texts: tuple[Text, ...] = ()
    mentions: tuple[Mention, ...] = ()
    notes: tuple[Note, ...] = ()
    region_name: str = ""
    region_level: str = ""
    mof_div_code: str = ""
