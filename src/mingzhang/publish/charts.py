"""Bar charts as SVG: one drawing for every format (vectors in print, hover and focus on the page).

Drawn here and not by a charting library: the charts of a disclosure are a few horizontal bars, and the libraries in
reach bring a browser engine or a megabyte of script for them. Labels stand above their bars, so that long project
names fit and the drawing stays readable when a phone scales it down.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape

from mingzhang.amounts import ZERO, print_amount, round_half_up
from mingzhang.publish.document import Bar, Chart
from mingzhang.publish.fit import ems

FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
COLOURS = ("#2f5d8a", "#7c99b8")
_TRACK, _INK, _QUIET = "#e8edf2", "#222222", "#4a4f55"
_WIDTH, _SIZE, _SMALL = 420, 13, 11
_SINGLE, _DOUBLE, _LEGEND = 40, 58, 26
_AMOUNT = 90  # room behind a bar of a comparing chart for its amount
_SHARE = 58  # the column of the shares


def chart_svg(chart: Chart, unit: str) -> str:
    """Draw a chart; every bar is a group with its amount, share and change as a tooltip (`title`) too.

    Each group is moved into place by its own `translate`, so that a page can put the bars into another order.
    """
    row = _DOUBLE if chart.years else _SINGLE
    top = _LEGEND if chart.years else 0
    largest = max((max(bar.value, bar.against or ZERO) for bar in chart.bars), default=ZERO) or Decimal(1)
    bars = "".join(
        f'<g class="bar" role="img" tabindex="0" transform="translate(0 {top + row * place})">'
        f"<title>{escape(bar_text(chart, bar, unit))}</title>"
        f'<rect width="{_WIDTH}" height="{row}" fill="none" pointer-events="all"/>'
        f"{_compared(bar, largest) if chart.years else _single(bar, largest, share(chart, bar))}</g>"
        for place, bar in enumerate(chart.bars)
    )
    height = top + row * len(chart.bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="group" aria-label="{escape(chart.title)}" font-family="{FONTS}" font-size="{_SIZE}">'
        f"{_legend(chart.years)}{bars}</svg>"
    )


def bar_text(chart: Chart, bar: Bar, unit: str) -> str:
    """Say a bar in words: its amount, then its share or last year's amount and the change."""
    if bar.against is None:
        part = share(chart, bar)
        return f"{bar.label}：{_print(bar.value)}{unit}" + (f"，占{part}" if part else "")
    year, before = chart.years
    return f"{bar.label}：{year}{_print(bar.value)}{unit}，{before}{_print(bar.against)}{unit}，{change(bar, unit)}"


def share(chart: Chart, bar: Bar) -> str:
    """Give a bar's share of the chart's total as a percentage; empty where the chart compares years."""
    return "" if chart.years or not chart.total else f"{round_half_up(bar.value / chart.total * 100):f}%"


def change(bar: Bar, unit: str) -> str:
    """Say how a bar differs from last year's.

    >>> change(Bar("公务接待费", Decimal("1.00"), Decimal("1.20")), "万元")
    '减少0.20万元（16.67%）'
    """
    difference = bar.value - (bar.against or ZERO)
    if not difference:
        return "与上年持平"
    rate = f"（{round_half_up(abs(difference) / bar.against * 100):f}%）" if bar.against else ""
    return f"{'增加' if difference > 0 else '减少'}{_print(abs(difference))}{unit}{rate}"


def _legend(years: tuple[str, ...]) -> str:
    return "".join(
        f'<rect x="{80 * place}" y="3" width="11" height="11" rx="2" fill="{COLOURS[place]}"/>'
        f'<text x="{80 * place + 17}" y="13" fill="{_QUIET}" font-size="{_SMALL}">{escape(year)}</text>'
        for place, year in enumerate(years)
    )


def _single(bar: Bar, largest: Decimal, part: str) -> str:
    amount, right = _print(bar.value), _WIDTH - _SHARE if part else _WIDTH
    share_text = f'<text x="{_WIDTH}" y="16" text-anchor="end" fill="{_QUIET}">{part}</text>' if part else ""
    return (
        f'<text y="16" fill="{_INK}">{escape(_fit(bar.label, right - _SIZE * (ems(amount) + 1)))}</text>'
        f'<text x="{right}" y="16" text-anchor="end" fill="{_INK}">{amount}</text>{share_text}'
        f"{_rect(23, Decimal(_WIDTH), _TRACK)}{_rect(23, _length(bar.value, largest, _WIDTH), COLOURS[0])}"
    )


def _compared(bar: Bar, largest: Decimal) -> str:
    parts = [f'<text y="16" fill="{_INK}">{escape(_fit(bar.label, _WIDTH))}</text>']
    for place, value in enumerate((bar.value, bar.against)):
        if value is not None:
            length, y = _length(value, largest, _WIDTH - _AMOUNT), 23 + 14 * place
            text = f'<text x="{length + 6}" y="{y + 9}" fill="{_QUIET}" font-size="{_SMALL}">{_print(value)}</text>'
            parts += [_rect(y, length, COLOURS[place]), text]
    return "".join(parts)


def _rect(y: int, width: Decimal, colour: str) -> str:
    return f'<rect y="{y}" width="{width}" height="10" rx="2" fill="{colour}"/>'


def _length(value: Decimal, largest: Decimal, room: int) -> Decimal:
    """The length of a bar; an amount that is not zero shows at least a line."""
    pixels = round_half_up(value / largest * room, Decimal(1))
    return max(pixels, Decimal(2)) if value else ZERO


def _fit(label: str, room: float) -> str:
    """Cut a label that would run into the amount; the tooltip keeps the whole of it."""
    if ems(label) * _SIZE <= room:
        return label
    while label and (ems(label) + 1) * _SIZE > room:
        label = label[:-1]
    return f"{label}…"


def _print(value: Decimal) -> str:
    return print_amount(value, "grouped")
