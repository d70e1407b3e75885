"""The budget ledger as typed records: what the loader gives and compile takes. Amounts are yuan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from mingzhang.ledger.schema import BASIC_CATEGORIES
from mingzhang.problems import Problem


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line of expenditure. `row` is its row in the sheet, for messages."""

    agency_code: str
    pro_code: str
    pro_name: str
    pro_category: str
    exp_func_code: str
    dep_bgt_eco_code: str
    gov_bgt_eco_code: str
    fund_type: str
    is_carryover: bool
    amount: Decimal
    procurement: str = ""
    purchase_code: str = ""
    exp_func_name: str = field(default="", compare=False)
    row: int = field(default=0, compare=False)

    @property
    def expenditure(self) -> str:
        """`basic` (人员类, 公用经费) or `project` (其他运转类, 特定目标类), after 财办〔2023〕12号."""
        return "basic" if self.pro_category in BASIC_CATEGORIES else "project"


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """One line of fund or state-capital revenue of the year."""

    agency_code: str
    fund_type: str
    revenue_code: str
    amount: Decimal
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Agency:
    """A budgetary unit; `agency_kind` is agency, civil_service_institution or institution."""

    agency_code: str
    agency_name: str
    agency_kind: str
    duties: str = ""
    internal_offices: tuple[str, ...] = ()
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LedgerProject:
    """A project's performance form as the clerk fills it. `funds` is yuan by `total_central` … `annual_other`."""

    agency_code: str
    pro_code: str
    pro_name: str
    pro_category: str
    attribute: str
    period: str
    funds: Mapping[str, Decimal | None]
    texts: Mapping[str, str]
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LedgerIndicator:
    """A performance indicator of a project, or of the overall form where `pro_code` is blank.

    `horizon` is total, annual, or blank where both are the same.
    """

    agency_code: str
    pro_code: str
    horizon: str
    level2: str
    level3: str
    value: str
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ProcurementLine:
    """One line of the procurement budget."""

    agency_code: str
    pro_code: str
    item: str
    procurement: str
    amount: Decimal
    purchase_code: str = ""
    row: int = field(default=0, compare=False)


PairValue = str | int | Decimal | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A department's (or unit's) whole budget ledger of one year, validated.

    The key-value sheets (`department`, `overall`, `assets`, `prior`, `reasons`, `notes`) keep the keys of the schema;
    a key that was left blank is absent.
    """

    department: Mapping[str, PairValue]
    agencies: tuple[Agency, ...]
    budget: tuple[BudgetLine, ...]
    revenue: tuple[RevenueLine, ...] = ()
    projects: tuple[LedgerProject, ...] = ()
    indicators: tuple[LedgerIndicator, ...] = ()
    procurement: tuple[ProcurementLine, ...] = ()
    overall: Mapping[str, PairValue] = field(default_factory=dict)
    assets: Mapping[str, PairValue] = field(default_factory=dict)
    prior: Mapping[str, PairValue] = field(default_factory=dict)
    reasons: Mapping[str, PairValue] = field(default_factory=dict)
    notes: Mapping[str, PairValue] = field(default_factory=dict)
    path: Path | None = field(default=None, compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def fiscal_year(self) -> int:
        """The fiscal year of the budget."""
        year = self.department["fiscal_year"]
        assert isinstance(year, int)
        return year

    def text(self, sheet: str, key: str) -> str:
        """A text of a key-value sheet, "" where it is blank."""
        value = getattr(self, sheet).get(key, "")
        return "、".join(value) if isinstance(value, tuple) else str(value)

    def agency(self, code: str) -> Agency:
        """The unit of that code; raises KeyError if there is none."""
        for agency in self.agencies:
            if agency.agency_code == code:
                return agency
        raise KeyError(code)
