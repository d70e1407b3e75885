"""Check: one rule book for what is written and what is published.

`check` runs the rule books over disclosures; `accept` marks findings that a file of waivers accepts. Reports are made by
`mingzhang.check.reports`.
"""

from mingzhang.check.book import Book, BookError, Example, Rule, load_book, load_examples
from mingzhang.check.findings import (
    SEVERITIES,
    Category,
    Checked,
    Consequence,
    Finding,
    Place,
    Report,
    Severity,
    Waiver,
)
from mingzhang.check.run import Candidate, check
from mingzhang.check.waivers import accept, load_waivers

__all__ = [
    "SEVERITIES",
    "Book",
    "BookError",
    "Candidate",
    "Category",
    "Checked",
    "Consequence",
    "Example",
    "Finding",
    "Place",
    "Report",
    "Rule",
    "Severity",
    "Waiver",
    "accept",
    "check",
    "load_book",
    "load_examples",
    "load_waivers",
]
