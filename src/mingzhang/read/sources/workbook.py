"""Workbooks (.xlsx, .xls, .ods) as blocks, each visible sheet in turn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from mingzhang.disclosure import Note
from mingzhang.read.blocks import Place, Source
from mingzhang.read.sources.kinds import BROKEN, LOCKED, Content, refused
from mingzhang.read.sources.sheets import Range, Sheet, sheet_blocks

_MOST_CELLS = 600_000
_LARGEST = 100_000_000  # bytes of XML that cells take
_TOO_LARGE = "工作簿中的表格太大，请删去多余的内容或分成几个文件后重试"


def read_workbook(content: Content) -> Source:
    """Read the visible sheets of a workbook. Raises InputError if it is locked, broken or too large."""
    source = Source(content.name, content.kind)
    for sheet in _old_sheets(content) if content.kind == "xls" else _sheets(content):
        place = Place(content.name, sheet=sheet.name)
        if sheet.hidden:
            source.notes.append(Note("unread", f"工作表“{sheet.name}”是隐藏的，没有读", place.provenance()))
        if sheet.without_result:
            message = (
                f"工作表“{sheet.name}”有{sheet.without_result}个公式没有保存计算结果，读作空格，"
                "请用 Excel 或 WPS 打开、保存后再读"
            )
            source.notes.append(Note("unread", message, place.provenance()))
        source.blocks += sheet_blocks(sheet, place)
    return source


def _sheets(content: Content) -> Iterator[Sheet]:
    """The sheets of an .xlsx or .ods."""
    from zipfile import BadZipFile

    from lxml.etree import LxmlError
    from python_calamine import CalamineError, PasswordError

    try:
        yield from _calamine_sheets(content)
    except PasswordError as error:
        raise refused(LOCKED, content.name) from error
    except (CalamineError, LxmlError, BadZipFile, OSError, ValueError, KeyError, EOFError) as error:
        raise refused(BROKEN, content.name) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # what calamine, which is Rust, did not expect
            raise refused(BROKEN, content.name) from error
        raise


def _calamine_sheets(content: Content) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    from mingzhang.read.sources.sheetxml import SheetParts
    from mingzhang.tabular import guard_workbook

    archive = content.archive
    assert archive is not None
    if sum(entry.file_size for entry in archive.infolist() if "/worksheets/" in entry.filename) > _LARGEST:
        raise refused(_TOO_LARGE, content.name)
    guard_workbook(archive, content.name)
    parts = SheetParts(archive if content.kind == "xlsx" else None, content.name)
    room = _MOST_CELLS
    with CalamineWorkbook.from_filelike(io.BytesIO(content.data)) as book:
        for meta in book.sheets_metadata:
            if meta.visible != SheetVisibleEnum.Visible:
                yield Sheet(meta.name, hidden=True)
            elif meta.typ == SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(meta.name)
                room -= sheet.total_height * sheet.total_width
                if room < 0:
                    raise refused(_TOO_LARGE, content.name)
                info = parts.info(meta.name)
                texts = info.texts(sheet.to_python(skip_empty_area=False))
                yield Sheet(meta.name, texts, sheet.merged_cell_ranges or (), without_result=info.without_result)


def _old_sheets(content: Content) -> Iterator[Sheet]:
    """The sheets of an .xls. calamine would take gigabytes for a stray far cell in one, and knows no formats."""
    import xlrd

    log = io.StringIO()
    try:
        book = xlrd.open_workbook(file_contents=content.data, logfile=log, formatting_info=True, ragged_rows=True)
    except Exception as error:  # whatever goes wrong inside, the file is not what it should be
        raise refused(LOCKED if "encrypted" in str(error) else BROKEN, content.name) from error
    room = _MOST_CELLS
    for sheet in book.sheets():
        if sheet.visibility:
            yield Sheet(sheet.name, hidden=True)
        else:
            rows = _old_rows(book, sheet)
            width = max(map(len, rows), default=0)
            room -= len(rows) * width
            if room < 0:
                raise refused(_TOO_LARGE, content.name)
            texts = [row + [""] * (width - len(row)) for row in rows]
            yield Sheet(sheet.name, texts, [_range(one) for one in sheet.merged_cells])


def _old_rows(book: Any, sheet: Any) -> list[list[str]]:
    """The texts of a sheet of an .xls, without the blank cells (they may be formatted) to the right and at the end."""
    rows = []
    for number in range(sheet.nrows):
        row = [_old_text(book, cell) for cell in sheet.row(number)]
        while row and not row[-1]:
            row.pop()
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _old_text(book: Any, cell: Any) -> str:
    import xlrd

    from mingzhang.read.sources.sheetxml import shown

    match cell.ctype:
        case xlrd.XL_CELL_NUMBER:
            return shown(cell.value, _old_format(book, cell.xf_index))
        case xlrd.XL_CELL_DATE:
            try:
                return shown(xlrd.xldate_as_datetime(cell.value, book.datemode), "")
            except (ValueError, OverflowError):
                return shown(cell.value, "")
        case xlrd.XL_CELL_BOOLEAN:
            return shown(bool(cell.value), "")
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERR"))
    return str(cell.value)


def _old_format(book: Any, style: int) -> str:
    if not 0 <= style < len(book.xf_list):
        return ""
    format = book.format_map.get(book.xf_list[style].format_key)
    return format.format_str if format else ""


def _range(bounds: tuple[int, int, int, int]) -> Range:
    top, bottom, left, right = bounds
    return (top, left), (bottom - 1, right - 1)
