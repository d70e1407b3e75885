"""Answers as pictures: bars, lines and dots, drawn as SVG by the project itself; PNG through Typst with the same fonts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape

from msgspec import Struct

from mingzhang.amounts import ZERO, round_half_up
from mingzhang.check.reports.words import clean
from mingzhang.corpus.results import Answer, Chart, Kind, cell
from mingzhang.problems import InputError, Problem
from mingzhang.publish.charts import FONTS
from mingzhang.publish.fit import ems

MOST = 30  # bars or dots that a picture shows
LINES = 8
_WIDTH, _SIDE, _SIZE, _SMALL = 760, 16, 13, 11
_LABEL, _VALUE, _ROW, _TOP = 250, 96, 26, 44
_INK, _QUIET, _GRID = "#222222", "#4a4f55", "#d9dfe5"
_COLOURS = ("#2f5d8a", "#b3632a", "#3f7d58", "#8a4f7d", "#7c99b8", "#a08a2e", "#5b5f66", "#c0504d")


class _Point(Struct, frozen=True):
    """What is drawn at a label: the value, and of which series."""

    label: str
    series: str
    value: Decimal


def to_svg(given: Answer) -> str:
    """The answer's picture. Raises InputError if it has none, or nothing to draw."""
    chart = given.chart
    if chart is None:
        raise InputError([Problem("这个结果没有图，请换表格格式，或缩小范围")])
    points = list(_points(given, chart))
    if not points:
        raise InputError([Problem("没有可画的数据")])
    kind = next(column.kind for column in given.columns if column.key == chart.value)
    if chart.kind == "line":
        return _lines(given.title, points, chart, kind)
    return _rows(given.title, points, chart, kind)


def to_png(given: Answer) -> bytes:
    """The picture as PNG, twice as large."""
    import typst

    from mingzhang.publish.fonts import font_folder

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])
    source = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.picture), format: "svg")'
    done: bytes = typst.compile(
        source, font_paths=fonts, sys_inputs={"picture": to_svg(given)}, format="png", ppi=144.0
    )
    return done


def _points(given: Answer, chart: Chart) -> Iterator[_Point]:
    rows = given.rows
    columns = [rows[key].to_pylist() for key in (chart.label, chart.value)]
    series = rows[chart.series].to_pylist() if chart.series else [""] * rows.num_rows
    for label, value, name in zip(*columns, series, strict=True):
        if value is not None:
            yield _Point(clean(str(label or "")), clean(str(name or "")), Decimal(value))


def _rows(title: str, points: Sequence[_Point], chart: Chart, kind: Kind) -> str:
    """Bars or dots, one below the other; those of a series stand under its name."""
    shown = points[:MOST]
    values = [one.value for one in shown]
    least, largest = min(*values, ZERO), max(*values, ZERO)
    room = Decimal(_WIDTH - 2 * _SIDE - _LABEL - _VALUE)
    scale = room / ((largest - least) or Decimal(1))
    zero = Decimal(_SIDE + _LABEL) - least * scale
    parts, y, before = [], _TOP, ""
    for one in shown:
        if chart.kind == "bar" and one.series and one.series != before:
            parts.append(_text(_SIDE, y + 18, one.series, _INK, bold=True))
            before, y = one.series, y + _ROW
        parts.append(_row(one, y, zero, scale, chart, kind))
        y += _ROW
    note = f"共 {len(points)} 项，画出前 {len(shown)} 项" if len(shown) < len(points) else ""
    if note:
        parts.append(_text(_SIDE, y + 18, note, _QUIET, size=_SMALL))
        y += _ROW
    axis = f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="{_TOP}" y2="{y}" stroke="{_GRID}"/>'
    return _svg(title, chart.unit, y + 8, axis + "".join(parts))


def _row(one: _Point, y: int, zero: Decimal, scale: Decimal, chart: Chart, kind: Kind) -> str:
    end = zero + one.value * scale
    printed = cell(one.value, kind)
    told = f"{one.series} {one.label}：{printed}{chart.unit}".strip()
    if chart.kind == "dot":
        mark = (
            f'<line x1="{zero:.1f}" x2="{end:.1f}" y1="{y + 13}" y2="{y + 13}" stroke="{_COLOURS[4]}"/>'
            f'<circle cx="{end:.1f}" cy="{y + 13}" r="5" fill="{_COLOURS[1]}"/>'
        )
    else:
        length = max(abs(end - zero), Decimal(1) if one.value else ZERO)
        mark = (
            f'<rect x="{min(zero, end):.1f}" y="{y + 6}" width="{length:.1f}" height="14" rx="2" fill="{_COLOURS[0]}"/>'
        )
    name = one.label if chart.kind == "bar" else f"{one.label} {one.series}".strip()
    label = _text(_SIDE, y + 18, _fit(name, _LABEL - 10), _INK)
    value = _text(_WIDTH - _SIDE, y + 18, printed, _INK, anchor="end")
    return f'<g role="img"><title>{escape(told)}</title>{label}{mark}{value}</g>'


def _lines(title: str, points: Sequence[_Point], chart: Chart, kind: Kind) -> str:
    """A line for each series over the labels, the largest series; the last value stands at its end."""
    labels = sorted({one.label for one in points})
    named: dict[str, dict[str, Decimal]] = {}
    for one in points:
        named.setdefault(one.series, {})[one.label] = one.value
    shown = sorted(named, key=lambda name: -max(abs(value) for value in named[name].values()))[:LINES]
    values = [value for name in shown for value in named[name].values()]
    least, largest = min(*values, ZERO), max(*values, ZERO)
    left, right, height = 110, 40, 300
    step = Decimal(_WIDTH - left - right) / max(len(labels) - 1, 1)
    scale = Decimal(height) / ((largest - least) or Decimal(1))
    place = {label: Decimal(left) + step * number for number, label in enumerate(labels)}
    parts = []
    for part in range(5):
        value = least + (largest - least) * part / 4
        y = Decimal(_TOP + height) - (value - least) * scale
        parts.append(f'<line x1="{left}" x2="{_WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>')
        parts.append(_text(left - 8, int(y) + 4, cell(round_half_up(value), kind), _QUIET, anchor="end", size=_SMALL))
    parts += [
        _text(int(x), _TOP + height + 18, label, _QUIET, anchor="middle", size=_SMALL) for label, x in place.items()
    ]
    for number, name in enumerate(shown):
        at = [
            (place[label], Decimal(_TOP + height) - (value - least) * scale, value)
            for label, value in sorted(named[name].items())
        ]
        parts.append(_line(name, at, _COLOURS[number], chart.unit, kind))
        key = _TOP + height + 40 + 18 * number
        parts.append(f'<rect x="{_SIDE}" y="{key - 10}" width="11" height="11" rx="2" fill="{_COLOURS[number]}"/>')
        parts.append(_text(_SIDE + 18, key, name, _INK, size=_SMALL))
    return _svg(title, chart.unit, _TOP + height + 48 + 18 * len(shown), "".join(parts))


def _line(name: str, at: Sequence[tuple[Decimal, Decimal, Decimal]], colour: str, unit: str, kind: Kind) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{escape(f"{name}：{cell(value, kind)}{unit}")}</title></circle>'
        for x, y, value in at
    )
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _svg(title: str, unit: str, height: int, body: str) -> str:
    head = clean(title) + (f"（{unit}）" if unit else "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="group" aria-label="{escape(head)}" font-family="{FONTS}" font-size="{_SIZE}">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>{_text(_SIDE, 26, head, _INK, bold=True)}{body}</svg>\n'
    )


def _text(x: int, y: int, text: str, fill: str, anchor: str = "start", size: int = _SIZE, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" text-anchor="{anchor}" font-size="{size}"{weight}>{escape(text)}</text>'
    )


def _fit(label: str, room: float) -> str:
    if ems(label) * _SIZE <= room:
        return label
    while label and (ems(label) + 1) * _SIZE > room:
        label = label[:-1]
    return f"{label}…"
