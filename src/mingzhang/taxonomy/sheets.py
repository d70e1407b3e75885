"""Read a table from a workbook or CSV file: text cells, and the header row found by its column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from mingzhang.problems import InputError, Problem

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

_SEARCHED_ROWS: Final = 30

# Role of a column -> the column names that stand for it, lower case, without blanks.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "编码", "代码", "科目编号"),
    "name": ("name", "名称"),
    "level": ("level", "级次", "科目级次", "层级", "级别"),
    "budget": ("budget", "预算", "所属预算", "预算类型", "预算体系"),
    "former_names": ("former_names", "曾用名", "原名称", "原科目名称"),
}

# Longer names count by their ending, such as 支出功能分类科目编码.
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {"code": ("科目编码", "科目代码"), "name": ("科目名称",)}


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its header: `header_row` is 1-based, `columns` gives each role its (index, printed title)."""

    file: str
    sheet: str
    rows: Sequence[Sequence[str]]
    header_row: int
    columns: Mapping[str, tuple[int, str]]

    def cell(self, row: int, role: str) -> str:
        """The stripped text at 1-based `row` in the column with that role; "" where there is none."""
        index = self.columns[role][0] if role in self.columns else None
        cells = self.rows[row - 1]
        return cells[index].strip() if index is not None and index < len(cells) else ""

    def title(self, role: str) -> str:
        """The printed title of the column with that role, "" where there is none."""
        return self.columns[role][1] if role in self.columns else ""


def read_table(path: Path) -> Table:
    """The first sheet of `path` that has a header with a code and a name column.

    Raises InputError when the file cannot be read, when no sheet fits, or when two columns claim one role.
    """
    sheets = _csv_sheets(path) if path.suffix.lower() == ".csv" else _workbook_sheets(path)
    for sheet, rows in sheets.items():
        if (table := _with_header(path.name, sheet, rows)) is not None:
            return table
    message = "没有找到表头，请在数据上面写一行表头，至少有“科目编码”和“科目名称”两栏。"
    raise InputError([Problem(message, file=path.name, sheet=next(iter(sheets)) if len(sheets) == 1 else "")])


def _csv_sheets(path: Path) -> dict[str, list[list[str]]]:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return {"": list(csv.reader(io.StringIO(data.decode(encoding), newline="")))}
        except UnicodeDecodeError:
            continue
        except csv.Error:
            break
    raise InputError([Problem("这个CSV文件读不出来，请用UTF-8编码另存后再导入。", file=path.name)])


def _workbook_sheets(path: Path) -> dict[str, list[list[str]]]:
    if path.suffix.lower() not in WORKBOOKS:
        message = f"不认识“{path.suffix}”文件，请另存为xlsx、xls或csv后再导入。"
        raise InputError([Problem(message, file=path.name)])
    data = _bytes(path)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return {name: _texts(book.get_sheet_by_name(name).to_python(False)) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        message = "这个工作簿打不开，可能已损坏、加了密码或扩展名不对，请用Excel或WPS打开后另存为xlsx再导入。"
        raise InputError([Problem(message, file=path.name)]) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"文件读不到（{error.strerror}），请检查路径和权限。"
        raise InputError([Problem(message, file=str(path))]) from error


def _texts(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _with_header(file: str, sheet: str, rows: Sequence[Sequence[str]]) -> Table | None:
    for number, row in enumerate(rows[:_SEARCHED_ROWS], start=1):
        roles = [(_role(title), index, title.strip()) for index, title in enumerate(row)]
        columns: dict[str, tuple[int, str]] = {}
        twice = []
        for role, index, title in roles:
            if role in columns:
                message = f"“{columns[role][1]}”和“{title}”两栏作用相同，请只留一栏。"
                twice.append(Problem(message, file=file, sheet=sheet, row=number, column=title))
            elif role:
                columns[role] = (index, title)
        if {"code", "name"} <= columns.keys():
            if twice:
                raise InputError(twice)
            return Table(file, sheet, rows, number, columns)
    return None


def _role(title: str) -> str:
    plain = "".join(title.split()).lower()
    exact = (role for role, names in _NAMES.items() if plain in names)
    ending = (role for role, endings in _ENDINGS.items() if plain.endswith(endings))
    return next(exact, "") or next(ending, "")
