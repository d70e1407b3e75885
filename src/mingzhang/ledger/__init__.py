"""The budget ledger: the clerk's workbook or folder, loaded, validated, written."""

from mingzhang.ledger.load import load_ledger
from mingzhang.ledger.model import (
    Agency,
    BudgetLine,
    Ledger,
    LedgerIndicator,
    LedgerProject,
    ProcurementLine,
    RevenueLine,
)
from mingzhang.ledger.source import is_ledger

__all__ = [
    "Agency",
    "BudgetLine",
    "Ledger",
    "LedgerIndicator",
    "LedgerProject",
    "ProcurementLine",
    "RevenueLine",
    "is_ledger",
    "load_ledger",
]
