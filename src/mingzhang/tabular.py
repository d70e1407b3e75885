"""Tables that people hand in, workbooks and CSV, read as text cells with the rows that the person sees."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from mingzhang.problems import InputError, Problem

_LARGEST = 500_000_000
# A cell beyond column ZZ or row 99,999: a dense table up to it would take gigabytes.
_FAR_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="(?:[A-Z]{3,}\d|[A-Z]+\d{6})')
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
    data = _bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([Problem("编码不是 UTF-8，也不是 GB18030，请用 UTF-8 编码另存", path.name)])


def read_workbook(path: Path) -> dict[str, list[Row]]:
    """Read every sheet of a workbook (.xlsx, .xls, .ods …), by its name. Raises InputError if it cannot be read."""
    data = _bytes(path)
    _guard(data, path.name)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return {
                name: list(enumerate(map(_texts, book.get_sheet_by_name(name).to_python(skip_empty_area=False)), 1))
                for name in book.sheet_names
            }
    except (CalamineError, OSError, ValueError) as error:
        message = "不能作为工作簿打开，可能已损坏、加了密码或不是工作簿，请用 Excel 或 WPS 另存为 .xlsx 后重试"
        raise InputError([Problem(message, path.name)]) from error


def _guard(data: bytes, file: str) -> None:
    """Refuse a workbook that would not fit into memory: one that unpacks to far too much, or with a stray far cell."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > _LARGEST:
                raise InputError([Problem("工作簿展开后太大，请删去多余的内容后重试", file)])
            for info in infos:
                if info.filename.startswith("xl/worksheets/") and _FAR_CELL.search(archive.read(info)):
                    message = "有工作表的内容伸到了很远的行或列，请删去表格右边和下边多余的单元格后重试"
                    raise InputError([Problem(message, file)])
    except (zipfile.BadZipFile, OSError, RuntimeError, zlib.error):
        return  # no such archive: the reader says whether it is another kind of workbook


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
