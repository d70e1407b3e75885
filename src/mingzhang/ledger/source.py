"""Raw sheets of a ledger: the cells of a workbook, or of a folder of CSV and TOML, as text with their places."""

from __future__ import annotations

import csv
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from mingzhang.ledger.schema import SHEETS, Sheet
from mingzhang.problems import InputError, Problem

PAIRS_FILE = "ledger.toml"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet's cells as text, keyed by the header as the person wrote it. Key-value sheets have one row.

    `headers` are in file order; `rows` pairs each row's number (as the person sees it) with its cells.
    `places` gives the row of each key of a key-value sheet.
    """

    file: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    places: dict[str, int]


def read_sheets(path: Path) -> dict[str, RawSheet]:
    """Read every sheet of the schema that a ledger has, by sheet key. Raises InputError if the file cannot be read."""
    if not path.exists():
        raise InputError([Problem("没有这个文件或文件夹，请检查路径", str(path))])
    return _read_folder(path) if path.is_dir() else _read_workbook(path)


def _read_workbook(path: Path) -> dict[str, RawSheet]:
    try:
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        message = "不能作为工作簿打开，请用 Excel 另存为 .xlsx 后重试（加密的文件请先取消密码）"
        raise InputError([Problem(message, path.name)]) from error
    sheets: dict[str, RawSheet] = {}
    names = {name.strip(): name for name in workbook.sheet_names}
    for sheet in SHEETS:
        name = names.get(sheet.label) or names.get(sheet.key)
        if name is None:
            continue
        cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        table = [(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1)]
        sheets[sheet.key] = _pairs(path.name, table) if sheet.pairs else _rows(path.name, sheet, table)
    if not sheets:
        raise InputError([Problem("里面没有台账的工作表，请用 mingzhang new 生成的工作簿填写", path.name)])
    return sheets


def _read_folder(path: Path) -> dict[str, RawSheet]:
    sheets: dict[str, RawSheet] = {}
    for sheet in SHEETS:
        file = path / f"{sheet.key}.csv"
        if not sheet.pairs and file.exists():
            sheets[sheet.key] = _rows(file.name, sheet, _read_csv(file))
    pairs = path / PAIRS_FILE
    if not pairs.exists():
        raise InputError([Problem(f"文件夹里没有 {PAIRS_FILE}，不是台账", str(path))])
    for key, values in _read_toml(pairs).items():
        if isinstance(values, dict):
            cells = {name: _text(value) for name, value in values.items()}
            sheets[key] = RawSheet(pairs.name, tuple(cells), ((0, cells),), {})
    return sheets


def _read_csv(file: Path) -> list[tuple[int, list[str]]]:
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        reader = csv.reader(text.splitlines(keepends=True))
        try:
            return [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            message = "不是有效的 CSV 文件，请另存为 UTF-8 编码的 CSV"
            raise InputError([Problem(message, file.name, row=reader.line_num)]) from error
    raise InputError([Problem("编码不是 UTF-8，也不是 GB18030，请另存为 UTF-8 编码的 CSV", file.name)])


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(f"不是有效的 TOML 文件（{error}）", file.name)]) from error


def _rows(file: str, sheet: Sheet, table: Iterable[tuple[int, list[str]]]) -> RawSheet:
    """Take the first row that has one of the sheet's headers as the header; what stands above it is a title."""
    known = {name for column in sheet.columns for name in (column.key, column.label, *column.aliases)}
    headers: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in table:
        if not headers:
            if len(known.intersection(map(_header, cells))) >= 2:
                headers = [_header(cell) for cell in cells]
            continue
        if any(cell.strip() for cell in cells):
            rows.append((number, {h: c.strip() for h, c in zip(headers, cells, strict=False) if h}))
    return RawSheet(file, tuple(header for header in headers if header), tuple(rows), {})


def _pairs(file: str, table: Iterable[tuple[int, list[str]]]) -> RawSheet:
    """Read a key-value sheet: the name in the first column, the value in the second."""
    cells: dict[str, str] = {}
    places: dict[str, int] = {}
    for number, row in table:
        name = _header(row[0]) if row else ""
        if name and number > 1:
            cells[name] = row[1].strip() if len(row) > 1 else ""
            places[name] = number
    return RawSheet(file, tuple(cells), ((0, cells),), places)


def _header(cell: str) -> str:
    return cell.strip().rstrip("*＊").strip()


def _text(value: object) -> str:
    """A cell's text. A whole number loses the point that spreadsheets give it; lists are joined by line breaks."""
    if isinstance(value, float):
        exact = Decimal(repr(round(value, 6)))
        return f"{exact.to_integral_value() if exact == exact.to_integral_value() else exact:f}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return "" if value is None else str(value)
