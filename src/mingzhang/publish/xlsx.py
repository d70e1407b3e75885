"""A document as a workbook: a sheet a table, numbers as numbers, formulas where a sum is a sum."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from math import ceil

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mingzhang.publish.document import Cell, Document, Grid, Heading, Paragraph, place
from mingzhang.publish.fit import ems

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_SHEET_NAME = 31
_PADDING, _LINE = 2, 14.5
_EXPLANATION, _FORMS, _OVERALL, _CATALOGUE = "情况说明", "项目绩效目标表", "整体绩效目标表", "政府购买服务"


def to_xlsx(document: Document) -> bytes:
    """Render the document as a workbook (.xlsx); the same document gives the same bytes.

    A total is a formula over its printed parts where they make it exactly, else the printed number: each cell of a
    form is rounded by itself, and a formula would change it. Text is never taken as a formula.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        workbook.set_properties(
            {"title": f"{document.name}{document.title}", "author": document.name, "created": _EPOCH}
        )
        _Writer(workbook).write(document)
    return buffer.getvalue()


class _Writer:
    def __init__(self, workbook: Workbook) -> None:
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}
        cell = {**base, "border": 1}
        self.workbook = workbook
        self.title = workbook.add_format({**base, "font_name": "黑体", "font_size": 16, "align": "center"})
        self.plain = workbook.add_format(base)
        self.centre = workbook.add_format({**base, "align": "center"})
        self.right = workbook.add_format({**base, "align": "right"})
        self.heading = workbook.add_format({**base, "font_name": "黑体", "font_size": 12})
        self.link = workbook.add_format({**base, "font_color": "#1F4E79", "underline": 1})
        self.kinds = {
            "label": workbook.add_format({**cell, "align": "center", "bold": True, "bg_color": "#F2F2F2"}),
            "number": workbook.add_format({**cell, "align": "right", "num_format": "0.00"}),
        }
        self.text = [workbook.add_format({**cell, "indent": indent}) for indent in range(4)]
        self.pages: dict[str, Worksheet] = {}

    def write(self, document: Document) -> None:
        contents = self.workbook.add_worksheet(document.contents.replace("　", ""))
        explanation: list[tuple[str, Format]] = []
        forms: list[Grid] = []
        entries: list[tuple[str, str]] = []
        for block in document.blocks:
            match block:
                case Heading(titles=True):
                    pass
                case Heading(_, text):
                    explanation.append((text, self.heading))
                case Paragraph(text):
                    explanation.append((text, self.plain))
                case Grid(form=True) if block.id != "overall":
                    forms.append(block)
                case Grid():
                    entries.append((self._sheet_name(block), block.title))
                    self._page(entries[-1][0], [block], repeat=not block.form)
        entries += self._forms(forms)
        entries.append((_EXPLANATION, document.title))
        self._explanation(explanation)
        self._contents(contents, document, entries)

    def _forms(self, forms: list[Grid]) -> list[tuple[str, str]]:
        if not forms:
            return []
        self._page(_FORMS, forms, repeat=False)
        return [(_FORMS, f"{forms[0].title}（{len(forms)}个项目）")]

    def _sheet_name(self, grid: Grid) -> str:
        fixed = {"overall": _OVERALL, "catalogue": _CATALOGUE}.get(grid.id)
        if fixed:
            return fixed
        number, title = re.sub(r"\D", "", grid.id), re.sub(r"^\d{4}年", "", grid.title)
        name = f"表{number} {title}"
        short = name if len(name) <= _SHEET_NAME else re.sub(r"（.*?）$", "", name)
        return _FORBIDDEN.sub("", short)[:_SHEET_NAME]

    def _page(self, name: str, grids: Iterable[Grid], repeat: bool) -> None:
        page = self.workbook.add_worksheet(name)
        page.set_paper(9)
        page.hide_gridlines(2)
        page.center_horizontally()
        row = 0
        for number, grid in enumerate(grids):
            if number == 0:
                for column, width in enumerate(grid.widths):
                    page.set_column(column, column, width + _PADDING)
                if grid.landscape:
                    page.set_landscape()
                page.fit_to_pages(1, 0)
            else:
                page.set_h_pagebreaks([row])
            row = self._grid(page, grid, row, repeat) + 1

    def _grid(self, page: Worksheet, grid: Grid, row: int, repeat: bool) -> int:
        last = len(grid.widths) - 1
        if grid.label:
            page.write_string(row, 0, grid.label, self.plain)
            row += 1
        page.merge_range(row, 0, row, last, grid.title, self.title)
        page.set_row(row, 30)
        row += 1
        if grid.subtitle:
            page.merge_range(row, 0, row, last, grid.subtitle, self.centre)
            row += 1
        if any(grid.above):
            page.merge_range(row, 0, row, max(1, last // 2), grid.above[0], self.plain)
            page.write_string(row, last, grid.above[1], self.right)
            row += 1
        self._cells(page, grid.header, row, grid.widths)
        body = row + len(grid.header)
        if grid.header and repeat:
            page.freeze_panes(body, 0)
            page.repeat_rows(row, body - 1)
        self._cells(page, grid.body, body, grid.widths)
        row = body + len(grid.body)
        for note in grid.notes:
            page.merge_range(row, 0, row, last, note, self.plain)
            row += 1
        return row

    def _cells(self, page: Worksheet, rows: tuple[tuple[Cell, ...], ...], top: int, widths: tuple[int, ...]) -> None:
        for number, row in enumerate(place(rows)):
            lines = 1
            for column, cell in row:
                if cell.rows > 1 or cell.columns > 1:
                    span = (top + number, column, top + number + cell.rows - 1, column + cell.columns - 1)
                    page.merge_range(*span, "", self._format(cell))
                self._cell(page, top + number, column, cell, top)
                if cell.rows == 1:
                    lines = max(lines, _lines(cell, widths[column : column + cell.columns]))
            # Spreadsheets do not fit a row to wrapped text in merged cells; so every row says its height.
            page.set_row(top + number, _LINE * lines + 4)

    def _format(self, cell: Cell) -> Format:
        return self.kinds.get(cell.kind) or self.text[min(cell.indent, 3)]

    def _cell(self, page: Worksheet, row: int, column: int, cell: Cell, top: int) -> None:
        style = self._format(cell)
        if cell.value is None:
            if cell.text:
                page.write_string(row, column, cell.text, style)
            else:
                page.write_blank(row, column, None, style)
        elif cell.adds:
            # The cached value is the printed one, so that readers which do not calculate see it too.
            page.write_formula(row, column, _formula(cell.adds, top), style, float(cell.value))
        else:
            page.write_number(row, column, float(cell.value), style)

    def _explanation(self, texts: list[tuple[str, Format]]) -> None:
        page = self.workbook.add_worksheet(_EXPLANATION)
        page.set_column(0, 0, 110)
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for row, (text, style) in enumerate(texts):
            page.write_string(row, 0, text, style)

    def _contents(self, page: Worksheet, document: Document, entries: list[tuple[str, str]]) -> None:
        page.set_column(0, 0, 80)
        page.write_string(0, 0, document.name, self.title)
        page.write_string(1, 0, document.title, self.title)
        for row, (sheet, title) in enumerate(entries, 3):
            page.write_url(row, 0, f"internal:'{sheet}'!A1", self.link, title)


def _lines(cell: Cell, widths: tuple[int, ...]) -> int:
    """How many lines a cell's text takes; a column is as wide as that many digits, two of which make an em."""
    room = max(1, (sum(width + _PADDING for width in widths) - 1) / 2 - cell.indent)
    return sum(max(1, ceil(ems(line) / room)) for line in cell.text.split("\n"))


def _formula(adds: tuple[tuple[int, int], ...], top: int) -> str:
    """A sum over cells; neighbours in one column or row are written as a range."""
    places = sorted((top + row, column) for row, column in adds)
    first, last = places[0], places[-1]
    block = [(row, column) for row in range(first[0], last[0] + 1) for column in range(first[1], last[1] + 1)]
    if len(places) > 1 and block == places:
        return f"=SUM({xl_rowcol_to_cell(*first)}:{xl_rowcol_to_cell(*last)})"
    return "=" + "+".join(xl_rowcol_to_cell(*place) for place in places)
