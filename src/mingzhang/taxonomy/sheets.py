"""Read a table from a workbook or CSV file: text cells, and the header row found by its column names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mingzhang.problems import InputError, Problem
from mingzhang.tabular import WORKBOOKS, read_csv, read_workbook

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
    sheets = _sheets(path)
    for sheet, rows in sheets.items():
        if (table := _with_header(path.name, sheet, rows)) is not None:
            return table
    message = "没有找到表头，请在数据上面写一行表头，至少有“科目编码”和“科目名称”两栏。"
    raise InputError([Problem(message, file=path.name, sheet=next(iter(sheets)) if len(sheets) == 1 else "")])


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    """The sheets of a file by name, row by row."""
    if path.suffix.lower() == ".csv":
        return {"": [cells for _, cells in read_csv(path)]}
    if path.suffix.lower() not in WORKBOOKS:
        message = f"不认识“{path.suffix}”文件，请另存为 xlsx、xls 或 csv 后再导入"
        raise InputError([Problem(message, file=path.name)])
    return {name: [cells for _, cells in rows] for name, rows in read_workbook(path).items()}


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
