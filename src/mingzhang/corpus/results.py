"""Answers: what a question gives back, as rows with Chinese headings and as text, CSV or JSON.

`rows` is an Arrow table whose columns are named as in the lake; amounts are exact decimals. Workbooks are in sheets.py,
pictures in charts.py.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from mingzhang.amounts import print_amount
from mingzhang.check.reports.text import columns as width_of
from mingzhang.check.reports.words import clean
from mingzhang.datapackage import inert
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

TABLE, CSV, JSON, XLSX, SVG, PNG = FORMATS = ("table", "csv", "json", "xlsx", "svg", "png")
# Of a text: how it is printed, and on which side of its column it stands.
Kind = Literal["text", "count", "plain", "amount", "percent", "score"]
_WIDEST = 40
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


class Column(Struct, frozen=True):
    """A column of an answer; one that is not `shown` is in the files and not on the screen."""

    key: str
    heading: str
    kind: Kind = "text"
    shown: bool = True


class Chart(Struct, frozen=True):
    """How an answer is drawn: bars or dots by `label`, or lines over `label`, each for a `series`."""

    kind: Literal["bar", "line", "dot"]
    label: str
    value: str
    unit: str = ""
    series: str = ""


class Answer(Struct, frozen=True):
    """What came of a question: rows, what was left out and why (`notes`), and a picture where one tells more."""

    title: str
    columns: tuple[Column, ...]
    rows: pa.Table
    notes: tuple[str, ...] = ()
    chart: Chart | None = None


# Where a row comes from; every answer whose rows have one place ends with these.
PLACE = (
    Column("source", "来源文件"),
    Column("line", "行号", "plain"),
    Column("page", "页码", "plain"),
    Column("doc", "文件标识", shown=False),
)


def answer(
    title: str, columns: tuple[Column, ...], rows: pa.Table, notes: tuple[str, ...] = (), chart: Chart | None = None
) -> Answer:
    """An answer whose rows are brought into the order of its columns; a column that the rows lack is a slip."""
    return Answer(title, columns, rows.select([column.key for column in columns]), notes, chart)


def render(
    given: Answer, form: str, width: int | None = None, most: int | None = None, colour: bool = False
) -> str | bytes:
    """The answer in a format. `width` and `most` cut long cells and rows of a table on a screen.

    Raises InputError for another format, or a picture of what has none.
    """
    if form == TABLE:
        return to_table(given, width, most, colour)
    if form == CSV:
        return to_csv(given)
    if form == JSON:
        return to_json(given)
    if form == XLSX:
        from mingzhang.corpus.sheets import to_xlsx

        return to_xlsx(given)
    if form in (SVG, PNG):
        from mingzhang.corpus.charts import to_png, to_svg

        return to_svg(given) if form == SVG else to_png(given)
    raise InputError([Problem(f"没有“{form}”这种格式，请填：{'、'.join(FORMATS)}")])


def cell(value: object, kind: Kind) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if kind == "amount" and value == value.quantize(Decimal("0.01")):
            return print_amount(value, "grouped")
        return _plain(value) + ("%" if kind == "percent" else "")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int) and kind != "plain":
        return f"{value:,}"
    return clean(str(value))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_table(given: Answer, width: int | None = None, most: int | None = None, colour: bool = False) -> str:
    """The answer for a terminal: columns aligned by their width on the screen, notes below."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(given, width, most, colour))


def _lines(given: Answer, width: int | None, most: int | None, colour: bool) -> Iterator[str]:
    shown = [column for column in given.columns if column.shown]
    count = given.rows.num_rows
    part = given.rows if most is None else given.rows.slice(0, most)
    printed = [[cell(value, column.kind) for value in part[column.key].to_pylist()] for column in shown]
    kept = [place for place, column in enumerate(shown) if any(printed[place]) or not printed[place]]
    shown, printed = [shown[place] for place in kept], [printed[place] for place in kept]
    room = _room([[column.heading, *cells] for column, cells in zip(shown, printed, strict=True)], width)
    yield f"{_BOLD}{given.title}{_PLAIN}" if colour else given.title
    if count:
        yield _line([column.heading for column in shown], room, ["text"] * len(shown))
        yield "  ".join("-" * one for one in room)
        for values in zip(*printed, strict=True):
            yield _line(values, room, [column.kind for column in shown])
    else:
        yield "没有符合的记录"
    if part.num_rows < count:
        yield f"另有 {count - part.num_rows} 行未列出，共 {count} 行"
    yield from (f"说明：{clean(note)}" for note in given.notes)


def _room(columns: list[list[str]], width: int | None) -> list[int]:
    """How wide each column is: as its widest cell, the widest ones cut until a screen of that width holds the line."""
    room = [max(map(width_of, column)) for column in columns]
    if width is None:
        return room
    while sum(room) + 2 * (len(room) - 1) > width and max(room, default=0) > 8:
        room[room.index(max(room))] -= 1
    return room


def _line(values: object, room: list[int], kinds: list[str]) -> str:
    parts = []
    for value, space, kind in zip(values, room, kinds, strict=True):  # type: ignore[call-overload]
        text = _cut(value, space)
        blank = " " * (space - width_of(text))
        parts.append(text + blank if kind == "text" else blank + text)
    return "  ".join(parts)


def _cut(text: str, space: int) -> str:
    if width_of(text) <= space:
        return text
    while text and width_of(text) > space - 2:
        text = text[:-1]
    return text + "…"


def to_csv(given: Answer) -> str:
    """The answer as CSV with Chinese headings; a text that a spreadsheet would take for a formula is told by a leading '."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.heading for column in given.columns])
    columns = [given.rows[column.key].to_pylist() for column in given.columns]
    writer.writerows([_safe(value) for value in row] for row in zip(*columns, strict=True))
    return buffer.getvalue()


def _safe(value: object) -> object:
    return _plain(value) if isinstance(value, Decimal) else inert(value)


def to_record(given: Answer) -> dict[str, Any]:
    """The answer as values that JSON has: title, columns, rows by key, notes; decimals are strings, so that they stay exact."""
    keys = [column.key for column in given.columns]
    columns = [given.rows[key].to_pylist() for key in keys]
    return {
        "title": given.title,
        "columns": [{"key": one.key, "heading": one.heading, "kind": one.kind} for one in given.columns],
        "rows": [
            {key: _value(value) for key, value in zip(keys, row, strict=True)} for row in zip(*columns, strict=True)
        ],
        "notes": list(given.notes),
    }


def to_json(given: Answer) -> str:
    """The answer as JSON."""
    return json.dumps(to_record(given), ensure_ascii=False, indent=1) + "\n"


def _value(value: object) -> object:
    """A value that JSON has; none of a number is no number."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _value(one) for key, one in value.items()}
    return _plain(value) if isinstance(value, Decimal) else str(value)
