"""A report as text for a terminal, or for a file: by document, errors first, short enough to be read.

Written by hand and not with rich: the whole of it takes a few milliseconds, where importing what rich needs to print
takes ten times that. How wide a character is comes from the standard library's Unicode tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category, combining, east_asian_width

from mingzhang.check.findings import SEVERITIES, Checked, Finding, Report, Severity
from mingzhang.check.reports.words import (
    ACCEPTED,
    CATEGORY,
    MISREADING,
    SEVERITY,
    by_severity,
    clean,
    count_words,
    counts,
    document_title,
    measures,
    place_words,
    several_files,
    summary,
    waiver_words,
)

PLACES = 4  # of a finding that are listed,
HINTS = 10  # and findings of severity info in a document, unless all are asked for
_BOLD, _DIM = "1", "2"
_COLOURS: dict[Severity, str] = {"error": "1;31", "warning": "33", "info": "36"}
_INDENT = "      "
# What stays together when a line is wrapped: a number or Latin word, or one character; with the brackets that open
# before it, and the punctuation that may not begin a line.
_ATOM = re.compile(" +|[（“‘《〈［【]*(?:[!-~]+|.)[，。；：！？、）”’》〉］】…]*")


def to_text(report: Report, colour: bool = False, width: int | None = None, whole: bool = False) -> str:
    """Render the report for a person; the last line sums it up."""
    return "".join(f"{line}\n" for line in _Writer(report, colour, width, whole).lines())


class _Writer:
    def __init__(self, report: Report, colour: bool, width: int | None, whole: bool) -> None:
        self.report, self.colour, self.whole = report, colour, whole
        self.width = None if width is None else max(width, 40)

    def lines(self) -> Iterator[str]:
        for checked in self.report.checked:
            yield from self._document(checked)
            yield ""
        yield from self._wrap(self._paint(summary(self.report), _BOLD), "")

    def _document(self, checked: Checked) -> Iterator[str]:
        yield from self._wrap(self._paint(document_title(checked), _BOLD), "")
        yield from self._wrap(count_words(counts(checked.findings)) if checked.findings else "没有发现问题", "")
        with_file = several_files(checked.findings)
        hints = 0
        for finding in by_severity(checked.findings):
            hints += finding.severity == "info"
            if finding.severity != "info" or hints <= HINTS or self.whole:
                yield ""
                yield from self._finding(finding, with_file)
        if hints > HINTS and not self.whole:
            yield ""
            yield f"另有 {hints - HINTS} 个提示未列出，加 --all 全部列出"
        accepted = sorted((one for one in checked.findings if one.accepted), key=_severity)
        if accepted:
            yield ""
            yield self._paint(f"{ACCEPTED}的问题", _BOLD)
        for finding in accepted:
            yield from self._accepted(finding)

    def _finding(self, finding: Finding, with_file: bool) -> Iterator[str]:
        mark = self._paint(SEVERITY[finding.severity], _COLOURS[finding.severity])
        rule = self._paint(f"{clean(finding.rule)} {CATEGORY[finding.category]}", _DIM)
        doubt = f"（{MISREADING}）" if finding.suspected_misreading else ""
        yield from self._wrap(f"{mark}  {rule}  {clean(finding.message)}{doubt}", _INDENT)
        shown = finding.where if self.whole or len(finding.where) <= PLACES + 1 else finding.where[:PLACES]
        for place in shown:
            yield from self._wrap(f"{_INDENT}- {place_words(place, with_file)}", _INDENT + "  ")
        if len(shown) < len(finding.where):
            yield f"{_INDENT}- 等 {len(finding.where)} 处"
        told = [measures(finding), f"依据：{clean(finding.basis)}" if finding.basis else ""]
        if any(told):
            yield from self._wrap(f"{_INDENT}{'；'.join(filter(None, told))}", _INDENT)
        if finding.also:
            also = "；".join(f"{clean(one.rule)} {clean(one.message)}".rstrip("。") for one in finding.also)
            yield from self._wrap(f"{_INDENT}同一原因还违反：{also}", _INDENT)

    def _accepted(self, finding: Finding) -> Iterator[str]:
        assert finding.accepted
        text = f"{SEVERITY[finding.severity]}  {clean(finding.rule)}  {clean(finding.message)}"
        yield from self._wrap(f"{text}（{waiver_words(finding.accepted)}）", _INDENT)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def _wrap(self, text: str, indent: str) -> Iterator[str]:
        return iter([text]) if self.width is None else wrap(text, self.width, indent)


def _severity(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes at most.

    A Chinese character takes two. Those of which it depends on the terminal (… “ ” ①) count two, so that no line is
    ever too long; what joins the character before, and the codes of colours, take none.

    >>> columns("表3：合计"), columns("\\x1b[1m合计\\x1b[0m")
    (9, 4)
    """
    text = re.sub("\x1b\\[[0-9;]*m", "", text)
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if combining(character) or category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WFA" else 1


def wrap(text: str, width: int, indent: str) -> Iterator[str]:
    """Break a line where Chinese may be broken, the further lines indented."""
    line, taken = "", 0
    for atom in _pieces(text, width - len(indent)):
        size = columns(atom)
        if taken + size > width and line.strip():
            yield line.rstrip()
            line, taken = indent, len(indent)
            atom = atom.lstrip(" ")
            size = columns(atom)
        line += atom
        taken += size
    yield line.rstrip()


def _pieces(text: str, room: int) -> Iterator[str]:
    """The parts of a text that stay together; one that is longer than a line is cut."""
    for part in re.split("(\x1b\\[[0-9;]*m)", text):
        if part.startswith("\x1b"):
            yield part
            continue
        for match in _ATOM.finditer(part):
            atom = match[0]
            while columns(atom) > room and atom.strip(" "):
                head = _head(atom, room)
                yield head
                atom = atom[len(head) :]
            if atom:
                yield atom


def _head(text: str, room: int) -> str:
    taken = 0
    for number, character in enumerate(text):
        taken += _columns(character)
        if taken > room and number:
            return text[:number]
    return text
