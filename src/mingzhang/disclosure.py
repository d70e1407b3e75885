"""The one vocabulary that compile, read, check, publish and corpus speak: a disclosure is its facts.

A table cell, a figure in a sentence, a project's funds, an indicator: each is a frozen record. Columns and keys are
those of the data package (docs/data-package.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

FUND_LEVELS = ("central", "provincial", "local", "self", "other")
FUND_KEYS = tuple(
    key for horizon in ("total", "annual") for key in (horizon, *(f"{horizon}_{level}" for level in FUND_LEVELS))
)
TEXT_KEYS = ("overview", "basis", "necessity", "safeguards", "plan", "total_goal", "annual_goal")

Kind = Literal["department_budget", "unit_budget"]
Horizon = Literal["total", "annual"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of one of the family's tables.

    `value` is 万元 as printed, two decimals. `row` is the ordinal of the printed row in its table and side, so that
    two rows of the same name stay two. `unit` is the unit row that a project row stands under (T12, T13).
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


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a sentence prints, as printed but without separators.

    Amounts are 万元 and decreases negative, a percentage (keys in `_pct`) is the bare number, a count whole, a date ISO.
    """

    key: str
    value: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project's performance form (项目支出绩效目标表): `funds` in yuan by FUND_KEYS, `texts` by TEXT_KEYS."""

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


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator of the form `seq` and horizon (`total` 实施期, `annual` 年度)."""

    seq: int
    horizon: Horizon
    level1: str
    level2: str
    level3: str
    value: str


@dataclass(frozen=True, slots=True)
class OverallEntry:
    """One entry of the overall form (整体支出绩效目标申报表): a key of overall.csv and its printed value."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """A purchase of services that the disclosure lists, with its code in the edition named. `amount` is 万元."""

    edition: str
    document_number: str
    section: str
    code: str
    name: str
    project: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A heading or a paragraph of the explanation, in document order.

    `section` is the family's key of the section; `style` is `heading2`, `heading3`, `paragraph`, or `block` for the
    place where a chart, the catalogue list or the forms stand (`text` says which).
    """

    section: str
    style: str
    text: str


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
    region_name: str = ""
    region_level: str = ""
    mof_div_code: str = ""
