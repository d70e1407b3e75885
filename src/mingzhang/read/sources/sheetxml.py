"""What calamine does not tell about the cells of an .xlsx: the formats that numbers are shown in, formulas without result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zipfile import ZipFile

from msgspec import Struct, field

from mingzhang.read.sources.parts import SAFE, small_part
from mingzhang.tabular import cell_text

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"}
_BUILT_IN |= {37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"}
_BUILT_IN |= {41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00"}
_DECORATION = re.compile(r'\[[^\]]*\]|[_*].|\\(?=.)|[¥$￥ ]|"\s*[¥$￥]\s*"')
_NUMBER = re.compile(r'((?:"[^"]*")*)[#0,?]*[0#?](?:\.(0+))?(%?)((?:"[^"]*")*)')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LONGEST_FORMAT = 255
Place = tuple[int, int]


class SheetInfo(Struct):
    """Of one sheet: each number's format by its row and column (from 0), and how many formulas have no result."""

    formats: dict[Place, str] = field(default_factory=dict)
    without_result: int = 0

    def texts(self, values: Sequence[Sequence[object]]) -> list[list[str]]:
        """The sheet's values as it shows them."""
        formats = self.formats
        return [
            [shown(value, formats.get((number, column), "")) for column, value in enumerate(row)]
            for number, row in enumerate(values)
        ]


class SheetParts:
    """The sheets of an .xlsx archive, by their names; of other workbooks there is nothing to tell."""

    def __init__(self, archive: ZipFile | None, name: str) -> None:
        self._archive = archive
        self._formats = _formats(small_part(archive, "xl/styles.xml", name)) if archive else []
        self._paths = _sheets(archive, name) if archive else {}

    def info(self, sheet: str) -> SheetInfo:
        """What the sheet's part says about its cells."""
        path = self._paths.get(sheet)
        return _info(self._archive, path, self._formats) if self._archive and path else SheetInfo()


def shown(value: object, format: str) -> str:
    """A cell's text as the sheet shows it, without separators and currency signs; dates and texts as they are.

    >>> [shown(8277.8349, "#,##0.00"), shown(0.985, "0.0%"), shown(3.0, "General"), shown(12.0, '0"个"')]
    ['8277.83', '98.5%', '3', '12个']
    """
    plan = _plan(format) if isinstance(value, float | int) and not isinstance(value, bool) else None
    if plan is None:
        return cell_text(value)
    before, decimals, percent, after, nothing = plan
    exact = Decimal(repr(value))
    if not exact.is_finite() or exact.adjusted() > 20:
        return cell_text(value)
    rounded = (exact * 100 if percent else exact).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if not rounded:
        return "" if nothing and not exact else f"{before}{abs(rounded):f}{percent}{after}"
    return f"{before}{rounded:f}{percent}{after}"


@lru_cache(maxsize=1024)
def _plan(format: str) -> tuple[str, int, str, str, bool] | None:
    """How a format shows a number: text before, decimals, per cent, text after, and whether it shows no zero."""
    if len(format) > _LONGEST_FORMAT:
        return None
    sections = [_DECORATION.sub("", section) for section in format.split(";")]
    found = _NUMBER.fullmatch(sections[0])
    if not found:
        return None
    before, decimals, percent, after = found.groups()
    no_zero = len(sections) > 2 and not re.search(r"[0#?]", sections[2])
    return before.replace('"', ""), len(decimals or ""), percent, after.replace('"', ""), no_zero


def _sheets(archive: ZipFile, name: str) -> dict[str, str]:
    """The path of each sheet's part."""
    book = small_part(archive, "xl/workbook.xml", name)
    relations = small_part(archive, "xl/_rels/workbook.xml.rels", name)
    if book is None or relations is None:
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    found = {}
    for sheet in book.iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in archive.namelist():
            found[sheet.get("name", "")] = path
    return found


def _formats(styles: Any) -> list[str]:
    """The number format of each cell style."""
    if styles is None:
        return []
    own = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter("{*}numFmt")}
    found = []
    for group in styles.iter("{*}cellXfs"):
        for one in group.iterchildren("{*}xf"):
            number = one.get("numFmtId", "0")
            found.append(own.get(number) or _BUILT_IN.get(int(number) if number.isdigit() else 0, ""))
    return found


def _info(archive: ZipFile, path: str, formats: list[str]) -> SheetInfo:
    from lxml import etree

    info = SheetInfo()
    styles = {str(number): format for number, format in enumerate(formats) if format}
    with archive.open(path) as part:
        for _, cell in etree.iterparse(part, ("end",), tag="{*}c", **SAFE):
            kind = cell.get("t", "n")
            if kind == "n" and (format := styles.get(cell.get("s", ""))) and (place := _place(cell.get("r", ""))):
                info.formats[place] = format
            if kind != "str" and _has_no_result(cell):
                info.without_result += 1
            _free(cell)
    return info


def _has_no_result(cell: Any) -> bool:
    if next(cell.iterchildren("{*}f"), None) is None:
        return False
    value = next(cell.iterchildren("{*}v"), None)
    return value is None or not value.text


def _place(reference: str) -> Place | None:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _free(cell: Any) -> None:
    """Drop a cell that has been read, and the rows before its own."""
    cell.clear()
    row = cell.getparent()
    data = row.getparent() if row is not None else None
    while data is not None and row.getprevious() is not None:
        del data[0]
