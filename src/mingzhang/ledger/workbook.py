"""Write a ledger as a workbook: headers with notes, drop-downs, the year's code lists; and the one to start from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from math import ceil
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mingzhang.amounts import parse_amount
from mingzhang.ledger.schema import SHEETS, Column, Sheet
from mingzhang.ledger.source import RawSheet, read_sheets
from mingzhang.problems import InputError, Problem
from mingzhang.taxonomy import KIND_TITLES, KINDS, edition_in_force, load, load_catalogue

STARTER = "预算台账.xlsx"
_SPARE_ROWS = 2000
_WIDTH, _PAIR_WIDTHS = 18, (34, 60, 60)
_WIDTHS = {"long_text": 40, "money": 16, "code": 16, "list": 30}


def new_ledger(folder: Path, year: int, region: str, source: Path | None = None) -> Path:
    """Write the workbook to start from into `folder` and give its path.

    It holds a small example that compiles as it stands, or what another ledger (`source`, a workbook or folder)
    holds; the fiscal year is set to `year`. `region` is whose
    catalogue of service purchases goes with it. Raises InputError if there is such a file already or the source cannot
    be read, MissingCodeList if the year has no official code lists.
    """
    target = folder / STARTER
    if target.exists():
        raise InputError([Problem("已经有这个文件，请换一个文件夹或先移走它", str(target))])
    with as_file(files(__package__) / "starter") as starter:
        sheets = read_sheets(source or starter)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        write_workbook(target, {key: _of_year(sheet, year) for key, sheet in sheets.items()}, year, region)
    except BaseException:
        if made:
            folder.rmdir()
        raise
    return target


def _of_year(raw: RawSheet, year: int) -> RawSheet:
    if "fiscal_year" not in raw.headers:
        return raw
    rows = tuple((number, cells | {"fiscal_year": str(year)}) for number, cells in raw.rows)
    return RawSheet(raw.file, raw.headers, rows, raw.places)


def write_workbook(target: Path, sheets: Mapping[str, RawSheet], year: int, region: str) -> None:
    """Write raw sheets (keyed by column key) as a workbook, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".xlsx")
    os.close(handle)
    try:
        with xlsxwriter.Workbook(name) as workbook:
            _Writer(workbook, year, region).write(sheets)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


class _Writer:
    def __init__(self, workbook: Workbook, year: int, region: str) -> None:
        self.workbook, self.year, self.region = workbook, year, region
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        self.head = workbook.add_format({**base, "bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
        self.must = workbook.add_format({**base, "bold": True, "bg_color": "#F8CBAD", "border": 1, "text_wrap": True})
        self.text = workbook.add_format({**base, "num_format": "@", "text_wrap": True})
        self.money = workbook.add_format({**base, "num_format": "#,##0.00"})
        self.note = workbook.add_format({**base, "font_color": "#7F7F7F", "text_wrap": True})
        self.lists: dict[str, str] = {}

    def write(self, sheets: Mapping[str, RawSheet]) -> None:
        pages = {sheet.key: self.workbook.add_worksheet(sheet.label) for sheet in SHEETS}
        self._code_lists()
        self._catalogue()
        for sheet in SHEETS:
            if sheet.pairs:
                self._pairs(pages[sheet.key], sheet, sheets.get(sheet.key))
            else:
                self._table(pages[sheet.key], sheet, sheets.get(sheet.key))

    def _code_lists(self) -> None:
        page = self.workbook.add_worksheet("科目表")
        for column, kind in enumerate(KINDS):
            entries = [f"{code.code} {code.name}" for code in load(kind, self.year)]
            page.write_string(0, column, f"{self.year}年{KIND_TITLES[kind]}", self.head)
            page.write_column(1, column, entries, self.text)
            page.set_column(column, column, 42)
            self.lists[kind] = f"=科目表!{xl_range_abs(1, column, len(entries), column)}"
        page.freeze_panes(1, 0)

    def _catalogue(self) -> None:
        edition = edition_in_force(self.year, self.region)
        if edition is None:
            return
        page = self.workbook.add_worksheet("政府购买服务目录")
        for column, (label, width) in enumerate((("类别", 30), ("代码", 12), ("级次", 8), ("名称", 50))):
            page.write_string(0, column, label, self.head)
            page.set_column(column, column, width)
        for number, entry in enumerate(load_catalogue(edition.id, self.region).entries, 1):
            page.write_row(number, 0, (entry.section, entry.code, entry.level, entry.name), self.text)
        page.freeze_panes(1, 0)

    def _table(self, page: Worksheet, sheet: Sheet, raw: RawSheet | None) -> None:
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_row(0, 32)
        for number, column in enumerate(sheet.columns):
            page.write_string(0, number, column.label + ("*" if column.required else ""), self._header(column))
            page.set_column(number, number, _WIDTHS.get(column.kind, _WIDTH), self._format(column))
            if column.help:
                page.write_comment(0, number, column.help)
            self._validation(page, column, (1, number, _SPARE_ROWS, number))
        for row, (_, cells) in enumerate(raw.rows if raw else (), 1):
            texts = [cells.get(column.key, "") for column in sheet.columns]
            for number, (column, text) in enumerate(zip(sheet.columns, texts, strict=True)):
                self._cell(page, row, number, column, text)
            widths = [_WIDTHS.get(column.kind, _WIDTH) for column in sheet.columns]
            page.set_row(row, _height(texts, widths))

    def _pairs(self, page: Worksheet, sheet: Sheet, raw: RawSheet | None) -> None:
        page.set_landscape()
        page.fit_to_pages(1, 0)
        for number, (label, width) in enumerate(zip(("项目", "内容", "填写说明"), _PAIR_WIDTHS, strict=True)):
            page.write_string(0, number, label, self.head)
            page.set_column(number, number, width)
        page.freeze_panes(1, 0)
        cells = raw.rows[0][1] if raw else {}
        for row, column in enumerate(sheet.columns, 1):
            page.write_string(row, 0, column.label + ("*" if column.required else ""), self._header(column))
            page.write_string(row, 2, column.help, self.note)
            self._validation(page, column, (row, 1, row, 1))
            text = cells.get(column.key, "")
            self._cell(page, row, 1, column, text)
            page.set_row(row, _height([text, column.help], [_PAIR_WIDTHS[1], _PAIR_WIDTHS[2]]))

    def _header(self, column: Column) -> Format:
        return self.must if column.required else self.head

    def _format(self, column: Column) -> Format:
        return self.money if column.kind == "money" else self.text

    def _validation(self, page: Worksheet, column: Column, place: tuple[int, int, int, int]) -> None:
        if column.choices:
            page.data_validation(*place, {"validate": "list", "source": [printed for printed, _ in column.choices]})
        elif column.code_list and column.kind == "code":
            # Only an offer: a code may be typed, too.
            source = self.lists[column.code_list]
            page.data_validation(*place, {"validate": "list", "source": source, "show_error": False})
        elif column.kind == "money":
            rule: dict[str, object] = {"validate": "decimal", "criteria": ">=", "value": 0}
            page.data_validation(*place, {**rule, "error_title": "金额", "error_message": "请填以元为单位的数字"})

    def _cell(self, page: Worksheet, row: int, number: int, column: Column, text: str) -> None:
        amount = _amount(text) if column.kind == "money" else None
        if amount is not None:
            page.write_number(row, number, amount, self.money)
        elif text:
            page.write_string(row, number, text, self.text)


def _height(texts: Sequence[str], widths: Sequence[int]) -> float:
    """The height of a row whose texts wrap: an ideograph is as wide as two digits, the unit of a column's width."""
    lines = (
        sum(max(1, ceil(2 * len(line) / width)) for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return min(15.0 * max(lines, default=1), 400.0)


def _amount(text: str) -> float | None:
    """An amount as the number that a spreadsheet holds; None for what is no amount and stays as the person wrote it."""
    try:
        return float(parse_amount(text))
    except ValueError:
        return None
