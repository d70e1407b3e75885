"""An answer to a question as a page shows it: a page of its rows, names that lead to departments, places in one column, a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec import Struct

from mingzhang.check.reports.words import clean, passage
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, cell
from mingzhang.problems import InputError, Problem
from mingzhang.web.charts.bars import Bar, bars
from mingzhang.web.charts.figure import Figure
from mingzhang.web.charts.lines import lines

ROWS = 100  # of a page
_BARS = 16  # that are drawn above the table
_ROOM = 160  # characters of a text that are shown around what is marked
_SOURCE, _LINE, _PAGE, _DOC = (column.key for column in PLACE)
_FILE = "file"  # the part of a source that a finding cites: told with its place
_NAMES = ("department", "name")  # columns that name the department of a row, the first that is there
_LONG, _SHORT = 24, 6  # characters from which a column is given room, and up to which it is not broken


class Shown(Struct, frozen=True):
    """A cell: its text, the page it leads to, how it is set (`number`, `wide`, `short` or blank)."""

    text: str
    href: str = ""
    kind: str = ""


class AnswerView(Struct, frozen=True):
    """A page of an answer. `first` and `last` count its rows from 1; `page` of `pages`."""

    title: str
    headings: tuple[Shown, ...]
    rows: tuple[tuple[Shown, ...], ...]
    notes: tuple[str, ...]
    figure: Figure | None
    count: int
    first: int
    last: int
    page: int
    pages: int


def answer_view(given: Answer, page: int, href_of: Callable[[str], str], marked: str = "") -> AnswerView:
    """A page of an answer; `href_of` gives the address of a document's page (blank if there is none), of a long text that holds what
    is `marked` the part around it is shown.

    Raises InputError for a page that there is none of.
    """
    count = given.rows.num_rows
    pages = max(1, -(-count // ROWS))
    if not 1 <= page <= pages:
        raise InputError([Problem(f"没有第 {page} 页，一共 {pages} 页")])
    part = given.rows.slice((page - 1) * ROWS, ROWS)
    values = {column.key: part[column.key].to_pylist() for column in given.columns}
    docs: Sequence[Any] = values.get(_DOC, [None] * part.num_rows)
    names = next((key for key in _NAMES if key in values), "") if _DOC in values else ""
    headings, columns = [], []
    for column in given.columns:
        if not column.shown or column.key in (_LINE, _PAGE) or (column.key == _FILE and _SOURCE in values):
            continue
        if column.key == _SOURCE:
            texts = list(_places(values, part.num_rows))
        else:
            texts = [cell(value, column.kind) for value in values[column.key]]
            texts = [passage(text, marked, _ROOM) if marked and marked in text else text for text in texts]
        if count and not any(texts):
            continue
        kind = _set(column, texts)
        headings.append(Shown("出处" if column.key == _SOURCE and _LINE in values else column.heading, kind=kind))
        linked = column.key == names
        columns.append(
            [
                Shown(text, href_of(str(doc)) if linked and doc else "", kind)
                for text, doc in zip(texts, docs, strict=True)
            ]
        )
    first = (page - 1) * ROWS
    return AnswerView(
        clean(given.title),
        tuple(headings),
        tuple(zip(*columns, strict=True)),
        tuple(map(clean, given.notes)),
        figure_of(given),
        count,
        first + 1 if count else 0,
        first + part.num_rows,
        page,
        pages,
    )


def _places(values: Mapping[str, Sequence[Any]], count: int) -> Iterator[str]:
    """Source (and the file in it, if it is a folder of several), page and line of each row in one text."""
    nothing: list[Any] = [None] * count
    columns = (values.get(key, nothing) for key in (_SOURCE, _FILE, _PAGE, _LINE))
    for source, file, page, line in zip(*columns, strict=True):
        told = [clean(source)] if source else []
        told += [clean(file)] if file and not (source or "").endswith(file) else []
        told += [f"第{page}页"] if page is not None else []
        told += [f"第{line}行"] if line is not None else []
        yield " ".join(told)


def _set(column: Column, texts: Sequence[str]) -> str:
    if column.kind != "text":
        return "number"
    longest = max(map(len, texts), default=0)
    return "wide" if longest > _LONG else "short" if longest <= _SHORT else ""


def figure_of(given: Answer) -> Figure | None:
    """The figure of an answer, without its numbers (they are the answer); None if it has none."""
    chart = given.chart
    if chart is None or not given.rows.num_rows:
        return None
    if chart.kind == "line":
        return _lines(given, chart)
    return _bars(given, chart)


def _lines(given: Answer, chart: Chart) -> Figure | None:
    series: dict[str, dict[int, Decimal]] = {}
    keys = (chart.series or chart.label, chart.label, chart.value)
    for name, label, value in zip(*(given.rows[key].to_pylist() for key in keys), strict=True):
        if value is not None:
            series.setdefault(clean(str(name)), {})[int(label)] = Decimal(value)
    return _bare(lines("figure", given.title, series))


def _bars(given: Answer, chart: Chart) -> Figure | None:
    keys = (chart.label, chart.value, chart.series or chart.label)
    given_rows = zip(*(given.rows[key].to_pylist() for key in keys), strict=True)
    points = (
        (str(label or ""), Decimal(value), str(group or "")) for label, value, group in given_rows if value is not None
    )
    shown = list(islice(points, _BARS))
    if chart.kind == "dot":
        drawn = [Bar(f"{clean(label)} {clean(group)}".strip(), value) for label, value, group in shown]
    else:
        drawn = [Bar(clean(label), value, group=clean(group) if chart.series else "") for label, value, group in shown]
    if len({one.value for one in drawn}) < 2:  # bars that are all alike tell nothing
        return None
    count = given.rows.num_rows
    notes = (f"共 {count} 行，画出前 {len(drawn)} 行",) if count > len(drawn) else ()
    return _bare(bars("figure", given.title, drawn, chart.unit, notes))


def _bare(figure: Figure | None) -> Figure | None:
    if figure is None:
        return None
    return Figure(figure.id, figure.title, figure.views, (), figure.headings, figure.notes)
