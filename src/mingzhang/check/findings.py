"""What a check finds: rule, both sides, the difference, where each stands, and why it matters."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mingzhang.disclosure import Box, Disclosure, Provenance

Category = Literal[
    "arithmetic",
    "cross_table",
    "narrative_vs_table",
    "year_mismatch",
    "change_math",
    "performance_vs_budget",
    "performance_form",
    "performance_quality",
    "privacy",
    "completeness",
    "classification",
    "duplicate",
    "naming",
    "typo",
    "other",
]
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Place(Struct, frozen=True, omit_defaults=True):
    """A place in a document that a finding cites.

    `form` is a table (`T3`, or `T1` with the side in `side`), a section (`n5`), `form` for a performance form (whose
    ordinal is `seq`), `overall`, `contents`, `cover`, `catalogue`. `label` says it for a person (表三 2026年预算支出总表).
    `row` and `column` are as printed; `value` is the printed value; `text` a passage, in which `value` stands if both
    are there. `key` is the column of a table's cell, or the key of a figure, in the data package, `number` the ordinal of
    the cell's row on its side. `line`, `sheet`, `page` and `bbox` tell where in `file` it stands. `suggested` is the reading that would
    make the sums hold.
    """

    form: str = ""
    side: str = ""
    label: str = ""
    row: str = ""
    column: str = ""
    value: str = ""
    text: str = ""
    seq: int | None = None
    key: str = ""
    number: int | None = None
    file: str = ""
    line: int | None = None
    sheet: str = ""
    page: int | None = None
    bbox: Box | None = None
    suggested: str = ""

    def at(self, provenance: Provenance | None) -> Place:
        """The same place with where it stands in the file."""
        if provenance is None:
            return self
        return replace(
            self,
            file=provenance.file,
            line=provenance.line,
            sheet=provenance.sheet,
            page=provenance.page,
            bbox=provenance.bbox,
        )


class Consequence(Struct, frozen=True):
    """Another rule that the same cause breaks."""

    rule: str
    message: str


class Waiver(Struct, frozen=True):
    """That a finding is accepted: by whom, why, and until when (ISO date, blank for good)."""

    who: str
    why: str
    until: str = ""


class Finding(Struct, frozen=True):
    """One thing that is wrong, or should be looked at.

    `message` is one Chinese sentence, or two, with both sides of the difference. `difference` and `bound` (what
    rounding can explain) are in the unit of the form: 万元 in tables and sentences, yuan in performance forms, points of a
    percentage. `title` is the rule's. `suspected_misreading` says that the text may be misread rather than wrong.
    `also` are the consequences that are folded in. `where` begins with the most telling place.
    """

    rule: str
    title: str
    category: Category
    severity: Severity
    message: str
    document: str
    where: tuple[Place, ...] = ()
    difference: Decimal | None = None
    bound: Decimal | None = None
    basis: str = ""
    suspected_misreading: bool = False
    also: tuple[Consequence, ...] = ()
    accepted: Waiver | None = None


class Checked(Struct, frozen=True):
    """A document with its findings, most important first; `name` is what the findings call it."""

    name: str
    disclosure: Disclosure
    findings: tuple[Finding, ...]


class Report(Struct, frozen=True):
    """What a run of the check found. `book` names the version of each rule book that was used."""

    checked: tuple[Checked, ...]
    book: str
