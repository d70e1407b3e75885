"""Accepted findings: a file that says which findings are known and accepted, by whom, why and until when.

[[accept]]
rule = "N8-04"                  # which rule
document = "某县某局"             # the department, or the name that findings give the document; all if left out
cites = "74.19"                 # a word or number that the finding cites; any if left out
who = "张三"
why = "2025年机构改革，与2024年同口径比较"
until = 2027-12-31              # for good if left out
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mingzhang.check.findings import Checked, Finding, Report, Waiver
from mingzhang.problems import InputError, Problem


class Acceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the file."""

    rule: str
    who: str
    why: str
    document: str = ""
    cites: str = ""
    until: date | None = None

    def covers(self, finding: Finding, checked: Checked, today: date) -> bool:
        """Whether the finding of that document is accepted on that day."""
        if finding.rule != self.rule or (self.until is not None and self.until < today):
            return False
        if self.document and self.document not in (finding.document, checked.disclosure.name):
            return False
        told = (finding.message, *(text for place in finding.where for text in (place.row, place.value, place.text)))
        return not self.cites or any(self.cites in text for text in told)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    accept: list[Acceptance]


def load_waivers(path: Path) -> list[Acceptance]:
    """The entries of a file of accepted findings. Raises InputError if it cannot be read or says something unknown."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), _File).accept
    except OSError as error:
        raise InputError([Problem("这个文件不能读，请检查路径和权限", str(path))]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(f"不是 UTF-8 编码的 TOML 文件（{error}），请改正", str(path))]) from error
    except msgspec.ValidationError as error:
        message = f"内容不对（{error}）：每条 [[accept]] 要有 rule、who、why，可以有 document、cites、until"
        raise InputError([Problem(message, str(path))]) from error


def accept(report: Report, entries: Sequence[Acceptance], today: date) -> Report:
    """The report with the findings marked that the entries accept; they come after the others of their document."""
    return replace(report, checked=tuple(_accepted(checked, entries, today) for checked in report.checked))


def _accepted(checked: Checked, entries: Sequence[Acceptance], today: date) -> Checked:
    marked = [_mark(finding, checked, entries, today) for finding in checked.findings]
    return replace(checked, findings=tuple(sorted(marked, key=lambda finding: finding.accepted is not None)))


def _mark(finding: Finding, checked: Checked, entries: Sequence[Acceptance], today: date) -> Finding:
    for entry in entries:
        if entry.covers(finding, checked, today):
            until = entry.until.isoformat() if entry.until else ""
            return replace(finding, accepted=Waiver(entry.who, entry.why, until))
    return finding
