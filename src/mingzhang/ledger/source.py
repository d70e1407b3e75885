"""Raw sheets of a ledger: the cells of a workbook, or of a folder of CSV and TOML, as text with their places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

from mingzhang.ledger.schema import SHEETS, Sheet
from mingzhang.problems import InputError, Problem
from mingzhang.tabular import Row, cell_text, decode, read_csv, read_workbook, sheet_names

PAIRS_FILE = "ledger.toml"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet's cells as text, by column key; a header that the schema does not know keeps its own text.

    `rows` pairs each row's number (as the person sees it) with its cells; a key-value sheet has one row, and `places`
    gives the row of each of its keys. `doubled` are headers that say again what another header says, `surplus` the
    rows with more cells than headers, `headless` a sheet with cells but no row of headers.
    """

    file: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    places: dict[str, int]
    doubled: tuple[str, ...] = ()
    surplus: tuple[int, ...] = ()
    headless: bool = False


def is_ledger(path: Path) -> bool:
    """Whether a folder, or a workbook, is a ledger: by its key-value file, or by the names of its sheets."""
    if path.is_dir():
        return (path / PAIRS_FILE).is_file()
    names = set(sheet_names(path))
    return all(sheet.label in names or sheet.key in names for sheet in SHEETS if sheet.required)


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
        if key not in known:
            sheets[key] = RawSheet(pairs.name, (), (), {})
        elif isinstance(values, dict):
            sheets[key] = _raw(pairs.name, known[key], _toml_cells(pairs.name, key, values))
        else:
            raise InputError([Problem(f"“{key}”应当写成一节，以 [{key}] 开头", pairs.name)])
    return sheets


def _toml_cells(file: str, section: str, values: dict[str, object]) -> list[tuple[str, str, int]]:
    cells = []
    for name, value in values.items():
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, str | int | float | date) and not isinstance(part, bool) for part in parts):
            raise InputError([Problem("请填文字、数字、日期或文字的列表", file, section, column=name)])
        if any(isinstance(part, float) and not isfinite(part) for part in parts):
            raise InputError([Problem("不是数字，请核对", file, section, column=name)])
        cells.append((name, cell_text(value), 0))
    return cells


def _read_toml(file: Path) -> dict[str, object]:
    text = decode(file)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        message = "不符合 TOML 的写法，请检查引号、等号、方括号，同一个键不要写两次"
        raise InputError([Problem(message, file.name, row=int(place[1]) if place else None)]) from error


def _rows(file: str, sheet: Sheet, table: Sequence[Row]) -> RawSheet:
    """Take the first row that has two of the sheet's headers as the header; what stands above it is a title."""
    names = _names(sheet)
    headers: list[str] = []
    doubled: list[str] = []
    surplus: list[int] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in table:
        if headers:
            if any(cell.strip() for cell in cells):
                rows.append((number, {h: c.strip() for h, c in zip(headers, cells, strict=False) if h}))
            if any(cell.strip() for cell in cells[len(headers) :]):
                surplus.append(number)
        elif len({_header(cell) for cell in cells} & names.keys()) >= 2:
            for header in map(_header, cells):
                key = names.get(header, header)
                if key and key in headers:
                    doubled.append(header)
                headers.append("" if key in headers else key)
    headless = not headers and any(cell.strip() for _, cells in table for cell in cells)
    known = tuple(filter(None, headers))
    return RawSheet(file, known, tuple(rows), {}, tuple(doubled), tuple(surplus), headless)


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


def cell_of(sheet: Sheet, table: Sequence[Row], row: int | None, column: str) -> tuple[int, int] | None:
    """Where a problem of a workbook's sheet stands in its `table`: row and column, both from 1; column 0 is the whole row.

    `row` and `column` (its label) are those of the problem. None if it concerns the whole sheet.
    """
    names = _names(sheet)
    key = names.get(column, column)
    if sheet.pairs:
        rows = (number for number, cells in table if number > 1 and cells and key == _key(cells[0], names))
        return next(((number, 2) for number in rows), None) if key else None
    for number, cells in table:
        if len({_header(cell) for cell in cells} & names.keys()) >= 2:
            places = (place for place, cell in enumerate(cells, 1) if key and key == _key(cell, names))
            place = next(places, 0)
            return (row or number, place) if row or place else None
    return (row, 0) if row else None


def _key(cell: str, names: dict[str, str]) -> str:
    return names.get(_header(cell), _header(cell))


def _names(sheet: Sheet) -> dict[str, str]:
    """The column key of each name that a column goes by."""
    return {name: column.key for column in sheet.columns for name in (column.key, column.label, *column.aliases)}


def _header(cell: str) -> str:
    return cell.strip().rstrip("*＊").strip()
