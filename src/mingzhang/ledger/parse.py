"""Raw cells to typed values, column by column, as the schema declares them; every misfit becomes a problem."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from unicodedata import category

from mingzhang.amounts import CENT, parse_amount
from mingzhang.ledger.schema import Column, Sheet
from mingzhang.ledger.source import RawSheet
from mingzhang.problems import Problem

Value = str | int | bool | Decimal | date | tuple[str, ...] | None
Row = dict[str, Value]

_TOO_LARGE = Decimal(10) ** 15
_DATE = re.compile(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?")
_TRUE, _FALSE = {"是", "1", "true", "y", "yes"}, {"否", "0", "", "false", "n", "no"}


class Misfit(ValueError):
    """A cell that is not what its column takes; the text says what to do, in Chinese."""


def parse_sheet(sheet: Sheet, raw: RawSheet, problems: list[Problem]) -> list[tuple[int, Row]]:
    """Turn a raw sheet into typed rows (number, values by column key), appending what is wrong to `problems`."""
    _check_headers(sheet, raw, problems)
    rows: list[tuple[int, Row]] = []
    for number, cells in raw.rows:
        row: Row = {}
        for column in sheet.columns:
            try:
                row[column.key] = parse_cell(column, cells.get(column.key, ""))
            except Misfit as misfit:
                place = raw.places.get(column.key, number) or None
                problems.append(Problem(str(misfit), raw.file, sheet.label, place, column.label))
                row[column.key] = None
        rows.append((number, row))
    return rows


def _check_headers(sheet: Sheet, raw: RawSheet, problems: list[Problem]) -> None:
    known = {column.key for column in sheet.columns}
    for header in raw.headers:
        if header not in known:
            message = f"没有“{header}”这一栏，这栏的内容没有使用，请核对名称或删去"
            problems.append(Problem(message, raw.file, sheet.label, severity="warning"))
    for number in raw.surplus:
        message = "这一行的内容比表头多，请核对；CSV 中带逗号的内容要加引号，金额不要写千分位逗号"
        problems.append(Problem(message, raw.file, sheet.label, number))
    if raw.headless:
        message = "没有认出表头，请在数据上面写一行栏名；CSV 用逗号分隔"
        problems.append(Problem(message, raw.file, sheet.label))
    for header in raw.doubled:
        problems.append(Problem(f"“{header}”这一栏重复，请只留一个", raw.file, sheet.label))
    if raw.rows and not sheet.pairs:
        for column in sheet.columns:
            if column.required and column.key not in raw.headers:
                problems.append(Problem(f"缺少“{column.label}”栏，请补上", raw.file, sheet.label))


def parse_cell(column: Column, text: str) -> Value:
    """Turn a cell's text into the column's type; a blank is None ("" for texts). Raises Misfit."""
    if not text:
        if column.required:
            raise Misfit("不能为空，请填写")
        return _BLANK.get(column.kind)
    _check_text(text, _LONGEST.get(column.kind, 500))
    if column.choices and column.kind == "choice":
        return _choice(column, text)
    if column.code_list and column.kind == "code":
        text = _bare_code(text)
    return _PARSERS[column.kind](text)


_BLANK: dict[str, Value] = {"text": "", "long_text": "", "code": "", "choice": "", "flag": False, "list": ()}


_LONGEST = {"long_text": 20_000, "list": 2_000}


def _check_text(text: str, longest: int) -> None:
    """Refuse what no form can print: control characters, marks that turn the direction of text, endless names."""
    if not text.isprintable():  # almost every cell is: line breaks and what follows need the closer look
        for sign in text:
            if sign not in "\n\t\r" and (category(sign) in ("Cc", "Cs", "Cn", "Zl", "Zp") or sign in _TURNING):
                raise Misfit(f"含有看不见的字符（U+{ord(sign):04X}），请删去后重新填写")
    if len(text) > longest:
        raise Misfit(f"有{len(text)}个字，太长了，请控制在{longest}字以内")


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _quote(text: str) -> str:
    """A cell in a message, cut if it is long."""
    return f"“{text if len(text) <= 30 else text[:29] + '…'}”"


def _choice(column: Column, text: str) -> str:
    for printed, identifier in column.choices:
        if text in (printed, identifier):
            return identifier
    allowed = "、".join(printed for printed, _ in column.choices)
    raise Misfit(f"{_quote(text)}不在可选范围内，请填：{allowed}")


def _bare_code(text: str) -> str:
    """Drop the name that the starting workbook's drop-downs put behind a code (2010350-事业运行)."""
    match = re.fullmatch(r"(\d+)\s*[-－—]?\s*\D.*", text)
    return match[1] if match else text


def _code(text: str) -> str:
    return text.replace(" ", "")


def _money(text: str) -> Decimal:
    try:
        amount = parse_amount(text.removesuffix("元"))
    except ValueError:
        raise Misfit(f"{_quote(text)}不是金额，请填以元为单位的数字") from None
    if amount < 0:
        raise Misfit(f"金额不能为负数（{text}），请核对")
    if amount >= _TOO_LARGE:
        raise Misfit("金额过大，请核对是否以元为单位")
    if amount != amount.quantize(CENT):
        raise Misfit(f"金额最多到分（{text}），请四舍五入到两位小数")
    return amount.quantize(CENT)


def _number(text: str) -> Decimal:
    try:
        number = parse_amount(text)
    except ValueError:
        raise Misfit(f"{_quote(text)}不是数字，请填数字") from None
    if number < 0:
        raise Misfit(f"不能为负数（{text}），请核对")
    if number >= _TOO_LARGE:
        raise Misfit("数字过大，请核对")
    return number


def _count(text: str) -> int:
    number = _number(text)
    if number != number.to_integral_value():
        raise Misfit(f"{_quote(text)}不是整数，请填整数")
    return int(number)


def _year(text: str) -> int:
    match = re.fullmatch(r"(20\d\d)年?(度)?", text)
    if match is None:
        raise Misfit(f"{_quote(text)}不是年度，请填四位数字，如 2026")
    return int(match[1])


def _flag(text: str) -> bool:
    folded = text.lower()
    if folded not in _TRUE | _FALSE:
        raise Misfit(f"{_quote(text)}看不懂，请填“是”或“否”")
    return folded in _TRUE


def _date(text: str) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Misfit(f"{_quote(text)}不是日期，请填如 2025-12-31")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[、\n；;]", text) if part.strip())


_PARSERS: dict[str, Callable[[str], Value]] = {
    "text": str,
    "long_text": str,
    "code": _code,
    "choice": str,
    "money": _money,
    "number": _number,
    "count": _count,
    "year": _year,
    "flag": _flag,
    "date": _date,
    "list": _list,
}
