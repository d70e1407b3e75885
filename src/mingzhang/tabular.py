"""Tables that people hand in, workbooks and CSV, read as text cells with the rows that the person sees."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import unescape
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from mingzhang.archive import open_archive
from mingzhang.problems import InputError, Problem

# calamine makes a dense table up to the last filled row and column; gigabytes, if they are far. Far by itself is a
# column beyond ZZ or a row beyond 99,999; a column beyond AZ and a row beyond 9,999 are together.
_CELL, _FILLED = r'<(?:\w+:)?c [^<>]*?\br="', r'\d*"[^<>]*(?<!/)>'
_ROW = r'<(?:\w+:)?row [^<>]*?\br="'
_FAR = re.compile(f"{_CELL}(?:[A-Z]{{3,}}|[A-Z]+\\d{{6}}){_FILLED}|{_ROW}\\d{{6}}{_FILLED}".encode())
_LONG = re.compile(f"{_CELL}[A-Z]+\\d{{5}}{_FILLED}|{_ROW}\\d{{5}}{_FILLED}".encode())
_WIDE = re.compile(f"{_CELL}[B-Z][A-Z]+{_FILLED}".encode())
_ODS_ROW = re.compile(rb"<table:table-row\b")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b[^<>]*[^<>/]>")
_ODS_ROWS = re.compile(rb'table:number-rows-repeated="(\d+)"')
_ODS_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d+)"')
_MOST_CELLS = 5_000_000
_STRING_END = re.compile(rb"</(?:\w+:)?si\s*>")
_STRING_CELL = re.compile(rb"""\bt=["']s["'][^<>]*>\s*<(?:\w+:)?v\s*>(\d{1,9})<""")
_STRINGS = "xl/sharedStrings.xml"  # each text once; cells point to it, so that a small file may hold a vast text
_BOOK = "xl/workbook.xml"
_SHEET_NAME = re.compile(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"')
_LONGEST_TEXT = 200_000_000
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
Row = tuple[int, list[str]]


def read_csv(path: Path) -> list[Row]:
    """Read a CSV file, UTF-8 or GB18030: each row's number (as a spreadsheet counts rows) and its cells.

    Raises InputError if the file cannot be read.
    """
    reader = csv.reader(io.StringIO(decode(path), newline=""), strict=True)
    try:
        return list(enumerate(reader, 1))
    except csv.Error as error:
        message = "这一行不是有效的 CSV，请检查引号，或用 UTF-8 编码另存"
        raise InputError([Problem(message, path.name, row=reader.line_num)]) from error


def decode(path: Path) -> str:
    """Read a text file, UTF-8 (with or without a mark) or GB18030. Raises InputError if it is neither."""
    return decoded(_bytes(path), path.name)


def decoded(data: bytes, file: str) -> str:
    """The text of a file's bytes: UTF-16 with its mark, UTF-8 or GB18030. Raises InputError if they are none of these."""
    encodings = ("utf-16",) if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([Problem("编码不是 UTF-8，也不是 GB18030，请用 UTF-8 编码另存", file)])


def read_workbook(path: Path) -> dict[str, list[Row]]:
    """Read every sheet of a workbook (.xlsx, .xls, .ods …), by its name. Raises InputError if it cannot be read."""
    data = _bytes(path)
    with suppress(BadZipFile):  # no such archive: the reader says whether it is another kind of workbook
        guard_workbook(open_archive(data, path.name), path.name)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return {
                name: list(enumerate(map(_texts, book.get_sheet_by_name(name).to_python(skip_empty_area=False)), 1))
                for name in book.sheet_names
            }
    except (CalamineError, OSError, ValueError) as error:
        message = "不能作为工作簿打开，可能已损坏、加了密码或不是工作簿，请用 Excel 或 WPS 另存为 .xlsx 后重试"
        raise InputError([Problem(message, path.name)]) from error


def sheet_names(path: Path) -> list[str]:
    """The names of an .xlsx workbook's sheets without its cells; none if it is no such workbook, or a broken one."""
    try:
        archive = open_archive(_bytes(path), path.name)
        book = archive.read(_BOOK).decode("utf-8", "replace") if _BOOK in archive.namelist() else ""
    except (BadZipFile, InputError):
        return []
    return [unescape(name) for name in _SHEET_NAME.findall(book)]


def guard_workbook(archive: ZipFile, file: str) -> None:
    """Refuse a workbook whose dense tables would not fit into memory. Raises InputError, BadZipFile if it is broken."""
    strings = [len(one) for one in _STRING_END.split(archive.read(_STRINGS))] if _STRINGS in archive.namelist() else []
    text = 0
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            sheet = archive.read(name)
            far = _far(sheet)
            numbers = (int(match[1]) for match in _STRING_CELL.finditer(sheet))
            text += sum(strings[number] for number in numbers if number < len(strings))
        else:
            far = name == "content.xml" and _ods_cells(archive.read(name)) > _MOST_CELLS
        if far:
            message = "有工作表的内容伸到了很远的行或列，请删去表格右边和下边多余的单元格后重试"
            raise InputError([Problem(message, file)])
        if text > _LONGEST_TEXT:
            raise InputError([Problem("工作簿中的文字太多，请删去多余的内容后重试", file)])


def _far(sheet: bytes) -> bool:
    return bool(_FAR.search(sheet) or (_LONG.search(sheet) and _WIDE.search(sheet)))


def _ods_cells(content: bytes) -> int:
    """How many cells with content an OpenDocument workbook unpacks to: rows and cells say how often they repeat."""
    total, starts = 0, [match.start() for match in _ODS_ROW.finditer(content)]
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        cells = sum(_repeats(_ODS_COLUMNS, match[0]) for match in _ODS_CELL.finditer(content, start, end))
        total += cells * _repeats(_ODS_ROWS, content[start : content.find(b">", start) + 1])
    return total


def _repeats(pattern: re.Pattern[bytes], tag: bytes) -> int:
    found = pattern.search(tag)
    return int(found[1][:12]) if found else 1


def cell_text(value: object) -> str:
    """A cell's text. A whole number loses the point that spreadsheets give it; lists are joined by line breaks."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        exact = Decimal(repr(round(value, 6)))
        return f"{exact.to_integral_value() if exact == exact.to_integral_value() else exact:f}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "\n".join(map(cell_text, value))
    return "" if value is None else str(value)


def _texts(cells: Sequence[object]) -> list[str]:
    return [cell_text(cell) for cell in cells]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([Problem("文件不能读取，请检查路径和权限", str(path))]) from error
