"""A report as the workbook in which a bureau sends problems back: a list to be filled in, and a summary by document."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mingzhang.check.findings import SEVERITIES, Checked, Finding, Report
from mingzhang.check.reports.text import columns
from mingzhang.check.reports.words import (
    ACCEPTED,
    CATEGORY,
    MISREADING,
    SEVERITY,
    book_title,
    by_severity,
    clean,
    counts,
    number,
    place_cell,
    place_source,
    place_title,
    place_value,
    several_files,
    summary,
    waiver_words,
)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_MOST = 32_000  # characters that a cell takes
_LISTED = 12  # places of a finding that are listed
_PASSAGE = 80
# Column, width, whether it is centred.
_COLUMNS = (
    ("序号", 5, True), ("部门（单位）", 14, False), ("级别", 6, True), ("类别", 9, True), ("规则", 12, False), ("问题", 34, False),
    ("位置", 34, False), ("原文/数值", 24, False), ("差额", 10, True), ("依据", 13, False), ("整改要求", 14, False),
    ("整改情况", 14, False), ("整改期限", 9, True), ("备注", 20, False),
)  # fmt: skip
_LINE, _SPARE, _TALLEST = 13.5, 6, 409
_STATES = (*SEVERITIES, "accepted")
_FILLS = {"error": "#F8D7D5", "warning": "#FFF0CC", "info": "#E3F0F8", "accepted": "#EEF1F4"}
_HEADER_ROW = 2


def to_xlsx(report: Report) -> bytes:
    """Render the report as a workbook (.xlsx); the same report gives the same bytes.

    Every text is written as a string: what a document holds becomes neither formula nor link.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties(
            {"title": "预算公开检查问题清单", "comments": book_title(report.book), "created": _EPOCH}
        )
        _Writer(workbook, report).write()
    return buffer.getvalue()


class _Writer:
    def __init__(self, workbook: Any, report: Report) -> None:
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}
        cell = {**base, "border": 1, "border_color": "#9AA3AD"}
        self.workbook, self.report = workbook, report
        departments = Counter(_department(checked) for checked in report.checked)
        # Departments with more than one file: there a finding has to say which.
        self.several = {name for name, files in departments.items() if files > 1}
        self.title = workbook.add_format(
            {**base, "font_name": "黑体", "font_size": 16, "align": "center", "text_wrap": False}
        )
        self.plain = workbook.add_format({**base, "text_wrap": False, "font_color": "#555C64"})
        self.label = workbook.add_format({**cell, "align": "center", "bold": True, "bg_color": "#E9EEF3"})
        self.text = workbook.add_format(cell)
        self.centre = workbook.add_format({**cell, "align": "center"})
        self.number = workbook.add_format({**cell, "align": "center", "num_format": "0"})
        self.total = workbook.add_format({**cell, "align": "center", "bold": True})
        self.states = {
            state: workbook.add_format({**cell, "align": "center", "bold": state == "error", "bg_color": fill})
            for state, fill in _FILLS.items()
        }  # fmt: skip

    def write(self) -> None:
        page = self._sheet("问题清单", "预算公开检查问题清单", [width for _, width, _ in _COLUMNS])
        self._header(page, [name for name, _, _ in _COLUMNS])
        row = _HEADER_ROW + 1
        for checked in self.report.checked:
            with_file = several_files(checked.findings)
            accepted = [finding for finding in checked.findings if finding.accepted]
            for finding in (*by_severity(checked.findings), *accepted):
                self._finding(page, row, checked, finding, with_file)
                row += 1
        page.autofilter(_HEADER_ROW, 0, max(row - 1, _HEADER_ROW), len(_COLUMNS) - 1)
        self._summary()

    def _sheet(self, name: str, title: str, widths: Sequence[int]) -> Worksheet:
        """A sheet for A4 across, as wide as a page, its header on every page."""
        page: Worksheet = self.workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.merge_range(0, 0, 0, len(widths) - 1, title, self.title)
        page.set_row(0, 30)
        self._string(page, 1, 0, f"{summary(self.report)}　规则库：{book_title(self.report.book)}", self.plain)
        page.set_paper(9)
        page.set_landscape()
        page.set_margins(0.4, 0.4, 0.5, 0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(_HEADER_ROW)
        page.set_footer("&C第 &P 页，共 &N 页")
        page.hide_gridlines(2)
        return page

    def _header(self, page: Worksheet, names: Sequence[str], frozen: int = 0) -> None:
        for column, name in enumerate(names):
            page.write_string(_HEADER_ROW, column, name, self.label)
        page.set_row(_HEADER_ROW, 30)
        page.freeze_panes(_HEADER_ROW + 1, frozen)

    def _string(self, page: Worksheet, row: int, column: int, text: str, style: Format) -> None:
        if text:
            page.write_string(row, column, _text(text), style)
        else:
            page.write_blank(row, column, None, style)

    def _finding(self, page: Worksheet, row: int, checked: Checked, finding: Finding, with_file: bool) -> None:
        page.write_number(row, 0, row - _HEADER_ROW, self.number)
        texts = _cells(checked, finding, with_file, _department(checked) in self.several)
        for column, text in enumerate(texts, 1):
            style = self.centre if _COLUMNS[column][2] else self.text
            self._string(page, row, column, text, style)
        lines = max(_lines(text, _COLUMNS[column][1]) for column, text in enumerate(texts, 1))
        page.set_row(row, min(_LINE * lines + _SPARE, _TALLEST))
        state = self.states["accepted" if finding.accepted else finding.severity]
        self._string(page, row, 2, SEVERITY[finding.severity], state)

    def _summary(self) -> None:
        found = [finding for checked in self.report.checked for finding in checked.findings]
        used = [key for key in CATEGORY if any(finding.category == key for finding in found)]
        names = ["序号", "部门（单位）", "文件", *SEVERITY.values(), ACCEPTED, "合计", *(CATEGORY[key] for key in used)]
        page = self._sheet("汇总", "预算公开检查情况汇总", [5, 34, 30, *[8] * 5, *[11] * len(used)])
        self._header(page, names)
        row = _HEADER_ROW + 1
        for checked in self.report.checked:
            page.write_number(row, 0, row - _HEADER_ROW, self.number)
            self._string(page, row, 1, _department(checked), self.text)
            self._string(page, row, 2, clean(checked.name), self.text)
            self._counts(page, row, checked.findings, used, self.number)
            row += 1
        page.merge_range(row, 0, row, 2, "合计", self.total)
        self._counts(page, row, found, used, self.total)

    def _counts(
        self, page: Worksheet, row: int, findings: Sequence[Finding], used: Sequence[str], style: Format
    ) -> None:
        total = counts(findings)
        values = [*(getattr(total, state) for state in _STATES), len(findings)]
        values += [sum(finding.category == key for finding in findings) for key in used]
        for column, value in enumerate(values, 3):
            page.write_number(row, column, value, style)


def _department(checked: Checked) -> str:
    return clean(checked.disclosure.name) or clean(checked.name)


def _cells(checked: Checked, finding: Finding, with_file: bool, several: bool) -> list[str]:
    """The texts of a finding's row, from the department on; what is to be done about it is for people to fill in."""
    places = finding.where[:_LISTED]
    more = [f"等 {len(finding.where)} 处"] if len(places) < len(finding.where) else []
    numbered = len(finding.where) > 1
    where, printed = [], []
    for count, place in enumerate(places, 1):
        mark = f"{count}. " if numbered else ""
        source = place_source(place, with_file)
        cell = place_cell(place)
        where.append(f"{mark}{place_title(place)}{f'［{cell}］' if cell else ''}{f'（{source}）' if source else ''}")
        suggested = f"（应为 {clean(place.suggested)}）" if place.suggested else ""
        printed.append(f"{mark}{place_value(place, _PASSAGE)}{suggested}")
    difference = "" if finding.difference is None else number(abs(finding.difference))
    return [
        _department(checked), SEVERITY[finding.severity], CATEGORY[finding.category], f"{clean(finding.rule)}\n{clean(finding.title)}".strip(),
        clean(finding.message), "\n".join([*where, *more]), "\n".join(printed), difference, clean(finding.basis),
        "", "", "", _note(checked, finding, several),
    ]  # fmt: skip


def _note(checked: Checked, finding: Finding, several: bool) -> str:
    told = [MISREADING] if finding.suspected_misreading else []
    if finding.accepted:
        told.append(f"{ACCEPTED}：{waiver_words(finding.accepted)}")
    if finding.also:
        told.append(
            "同一原因还违反："
            + "；".join(f"{clean(one.rule)} {clean(one.message)}".rstrip("。") for one in finding.also)
        )
    if several and clean(checked.name) != _department(checked):
        told.append(f"文件：{clean(checked.name)}")
    return "\n".join(told)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, which is as wide as that many digits.

    Every row says its height: LibreOffice and WPS do not fit a row to wrapped text when they open a file.
    """
    return sum(max(1, ceil(columns(line) / (width - 0.5))) for line in text.split("\n"))


def _text(text: str) -> str:
    """As much of a text as a cell takes; its line breaks stay."""
    lines = "\n".join(map(clean, text.split("\n")))
    return lines if len(lines) <= _MOST else f"{lines[:_MOST]}……"
