"""Bars one below the other, in groups where there are several; labels stand above their bars, so that long names fit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.web.charts.drawing import GRID, INK, QUIET, REST, SIZE, SMALL, colour_of, fitted, number, part, svg, text
from mingzhang.web.charts.figure import NARROW, WIDE, Figure, Row, View, printed

MOST = 40
_ROW, _GROUP, _BAR, _TOP = 42, 30, 13, 4


class Bar(Struct, frozen=True):
    """A bar: its name and value, what more is to be said of it (its share), its group, and the address of its place."""

    label: str
    value: Decimal
    share: str = ""
    group: str = ""
    href: str = ""


def bars(
    key: str, title: str, given: Sequence[Bar], unit: str = "万元", notes: Sequence[str] = (), most: int = MOST
) -> Figure | None:
    """The figure of bars, in the order given; None if there are none. The first `most` are drawn."""
    if not given:
        return None
    shown = given[:most]
    more = [f"共 {len(given)} 项，画出前 {len(shown)} 项"] if len(given) > len(shown) else []
    wide, narrow = (_draw(title, shown, unit, width) for width in (WIDE, NARROW))
    rows = tuple(Row(one.label, printed(one.value), one.share, 0, one.href, one.group) for one in given)
    share = "占比" if any(one.share for one in given) else ""
    headings = ("名称", f"数值（{unit}）" if unit else "数值", share)
    return Figure(key, title, (View(f"{key}-all", "", wide, narrow),), rows, headings, (*notes, *more))


def lengths(values: Sequence[Decimal], room: float) -> tuple[float, list[tuple[float, float]]]:
    """Where zero is, and each value's bar (begin, length), all within the room and on one scale."""
    least, largest = min((*values, ZERO)), max((*values, ZERO))
    scale = room / (float(largest - least) or 1.0)
    zero = -float(least) * scale
    return zero, [(zero + min(float(one), 0.0) * scale, abs(float(one)) * scale) for one in values]


def _draw(title: str, shown: Sequence[Bar], unit: str, width: int) -> str:
    zero, placed = lengths([one.value for one in shown], width)
    colours: dict[str, str] = {}
    for one in shown:
        colours.setdefault(one.label, colour_of(len(colours)))
    several = any(one.group for one in shown) and len(colours) <= 8
    body, y, group = [], float(_TOP), ""
    for one, (begin, length) in zip(shown, placed, strict=True):
        if one.group and one.group != group:
            body.append(text(0, y + 20, "".join(fitted(one.group, width)), INK, bold=True))
            y, group = y + _GROUP, one.group
        fill = colours[one.label] if several else colour_of(0)
        body.append(_bar(one, y, begin, length, fill if one.value >= 0 else REST, unit, width))
        y += _ROW
    axis = (
        f'<line x1="{number(zero)}" x2="{number(zero)}" y1="{_TOP}" y2="{number(y)}" stroke="{GRID}"/>' if zero else ""
    )
    return svg(width, y + 4, title, axis + "".join(body))


def _bar(one: Bar, y: float, begin: float, length: float, fill: str, unit: str, width: int) -> str:
    said = printed(one.value) + (f"（{one.share}）" if one.share else "")
    room = width - SIZE * (len(said) * 0.7 + 1)
    name = "".join(fitted(one.label, room))
    told = f"{one.group} {one.label}：{printed(one.value)}{unit}".strip() + (f"，占{one.share}" if one.share else "")
    drawn = max(length, 1.0) if one.value else 0.0
    rect = f'<rect x="{number(min(begin, width - drawn))}" y="{number(y + 22)}" width="{number(drawn)}" height="{_BAR}" rx="2" fill="{fill}"/>'
    ground = f'<rect x="0" y="{number(y)}" width="{width}" height="{_ROW - 4}" fill="none" pointer-events="all"/>'
    return part(told, ground + text(0, y + 16, name) + text(width, y + 16, said, QUIET, "end", SMALL) + rect)
