"""Raw sheets of a ledger: the cells of a workbook, or of a folder of CSV and TOML, as text with their places."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mingzhang.ledger.schema import SHEETS, Sheet
from mingzhang.problems import InputError, Problem
from mingzhang.tabular import Row, cell_text, read_csv, read_workbook

PAIRS_FILE = "ledger.toml"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet's cells as text, by column key; a header that the schema does not know keeps its own text.

    `rows` pairs each row's number (as the person sees it) with its cells; a key-value sheet has one row, and `places`
    gives the row of each of its keys. `doubled` are headers that say again what another header says.
    """

    file: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    places: dict[str, int]
    doubled: tuple[str, ...] = ()


def read_sheets(path: Path) -> dict[str, RawSheet]:
    """Read every sheet of the schema that a ledger has, by sheet key. Raises InputError if the file cannot be read."""
    if not path.exists():
        raise InputError([Problem("没有这个文件或文件夹，请检查路径", str(path))])
    return _read_folder(path) if path.is_dir() else _read_workbook(path)


def _read_workbook(path: Path) -> dict[str, RawSheet]:
    book = {name.strip(): rows for name, rows in read_workbook(path).items()}
    found = ((sheet, book.get(sheet.label) or book.get(sheet.key)) for sheet in SHEETS)
    sheets = {
        sheet.key: _pairs(path.name, sheet, rows) if sheet.pairs else _rows(path.name, sheet, rows)
        for sheet, rows in found
        if rows is not None
    }
    if not sheets:
        raise InputError([Problem("里面没有台账的工作表，请用 mingzhang new 生成的工作簿填写", path.name)])
    return sheets


def _read_folder(path: Path) -> dict[str, RawSheet]:
    pairs = path / PAIRS_FILE
    if not pairs.exists():
        raise InputError([Problem(f"文件夹里没有 {PAIRS_FILE}，不是台账", str(path))])
    sheets: dict[str, RawSheet] = {}
    for sheet in SHEETS:
        file = path / f"{sheet.key}.csv"
        if not sheet.pairs and file.exists():
            sheets[sheet.key] = _rows(file.name, sheet, read_csv(file))
    known = {sheet.key: sheet for sheet in SHEETS if sheet.pairs}
    for key, values in _read_toml(pairs).items():
        if key in known and isinstance(values, dict):
            sheets[key] = _raw(pairs.name, known[key], [(name, cell_text(value), 0) for name, value in values.items()])
        else:
            sheets[key] = RawSheet(pairs.name, (), (), {})
    return sheets


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(f"不是有效的 TOML 文件（{error}）", file.name)]) from error
    except OSError as error:
        raise InputError([Problem(f"文件不能读取（{error.strerror}），请检查权限", file.name)]) from error


def _rows(file: str, sheet: Sheet, table: Iterable[Row]) -> RawSheet:
    """Take the first row that has two of the sheet's headers as the header; what stands above it is a title."""
    names = _names(sheet)
    headers: list[str] = []
    doubled: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in table:
        if headers:
            if any(cell.strip() for cell in cells):
                rows.append((number, {h: c.strip() for h, c in zip(headers, cells, strict=False) if h}))
        elif len({_header(cell) for cell in cells} & names.keys()) >= 2:
            for header in map(_header, cells):
                key = names.get(header, header)
                if key and key in headers:
                    doubled.append(header)
                headers.append("" if key in headers else key)
    return RawSheet(file, tuple(filter(None, headers)), tuple(rows), {}, tuple(doubled))


def _pairs(file: str, sheet: Sheet, table: Iterable[Row]) -> RawSheet:
    """Read a key-value sheet: the name in the first column, the value in the second."""
    cells = [(row[0], row[1].strip() if len(row) > 1 else "", number) for number, row in table if row and number > 1]
    return _raw(file, sheet, cells)


def _raw(file: str, sheet: Sheet, pairs: Iterable[tuple[str, str, int]]) -> RawSheet:
    names = _names(sheet)
    cells: dict[str, str] = {}
    places: dict[str, int] = {}
    doubled = []
    for name, value, number in pairs:
        header = _header(name)
        key = names.get(header, header)
        if key in cells:
            doubled.append(header)
        elif key:
            cells[key] = value
            places[key] = number
    return RawSheet(file, tuple(cells), ((0, cells),), places, tuple(doubled))


def _names(sheet: Sheet) -> dict[str, str]:
    """The column key of each name that a column goes by."""
    return {name: column.key for column in sheet.columns for name in (column.key, column.label, *column.aliases)}


def _header(cell: str) -> str:
    return cell.strip().rstrip("*＊").strip()
