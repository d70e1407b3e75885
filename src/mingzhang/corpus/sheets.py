"""Answers as workbooks."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

from mingzhang.check.reports.text import columns as width_of
from mingzhang.check.reports.words import clean
from mingzhang.corpus.results import Answer

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_LONGEST, _MOST_ROWS, _WIDEST = 32_000, 1_048_000, 50
_FORMATS = {
    "amount": "#,##0.00####",
    "percent": '0.00"%"',
    "count": "#,##0",
    "score": "0.00##",
    "plain": "0",
    "text": "@",
}
_EXACT = 15  # digits that a spreadsheet's number holds; what has more stays a text


def to_xlsx(given: Answer) -> bytes:
    """The answer as a workbook: title, headings with a filter, rows, notes. Texts are strings, never formulas or links."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": clean(given.title), "created": _EPOCH})
        sheet = book.add_worksheet("结果")
        head = book.add_format({"bold": True, "bg_color": "#E8EDF2", "border": 1, "valign": "vcenter"})
        sheet.write_string(0, 0, clean(given.title), book.add_format({"bold": True, "font_size": 14}))
        for place, column in enumerate(given.columns):
            sheet.write_string(1, place, column.heading, head)
            form = book.add_format({"num_format": _FORMATS[column.kind]})
            values = given.rows[column.key].slice(0, _MOST_ROWS).to_pylist()
            for row, value in enumerate(values, 2):
                _write(sheet, row, place, value, form)
            widest = max((width_of(str(value)) for value in values[:200] if value is not None), default=0)
            sheet.set_column(place, place, min(max(widest, width_of(column.heading)) + 2, _WIDEST))
        rows = min(given.rows.num_rows, _MOST_ROWS)
        sheet.freeze_panes(2, 0)
        if given.columns:
            sheet.autofilter(1, 0, 1 + rows, len(given.columns) - 1)
        for number, note in enumerate(given.notes):
            sheet.write_string(3 + rows + number, 0, f"说明：{clean(note)}")
    return buffer.getvalue()


def _write(sheet: object, row: int, place: int, value: object, form: object) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        value = "是" if value else "否"
    if isinstance(value, int | float | Decimal) and len(f"{value}".strip("-").replace(".", "")) <= _EXACT:
        sheet.write_number(row, place, value, form)  # type: ignore[attr-defined]
    else:
        sheet.write_string(row, place, clean(str(value))[:_LONGEST], form)  # type: ignore[attr-defined]
