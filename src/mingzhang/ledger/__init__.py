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

__all__ = [
    "Agency",
    "BudgetLine",
    "Ledger",
    "LedgerIndicator",
    "LedgerProject",
    "ProcurementLine",
    "RevenueLine",
    "load_ledger",
]
