"""Lines over years; each series has its own marker and its name at the end, so that no colour is needed to tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from mingzhang.amounts import ZERO
from mingzhang.web.charts.drawing import GRID, INK, QUIET, SIZE, SMALL, colour_of, fitted, number, part, svg, text
from mingzhang.web.charts.figure import NARROW, WIDE, Figure, Row, View, printed

MOST = 6
_HEIGHT, _TOP, _LEFT = 220, 20, 72
_PITCH = 17  # the least distance of two names
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4")

Series = Mapping[str, Mapping[int, Decimal]]


def lines(
    key: str, title: str, series: Series, notes: Sequence[str] = (), hrefs: Mapping[tuple[str, int], str] | None = None
) -> Figure | None:
    """The figure of amounts (万元) by year, a line for each of the largest series; None if there are not two years."""
    years = sorted({year for own in series.values() for year in own})
    if len(years) < 2:
        return None
    shown = sorted(series, key=lambda name: -max(map(abs, series[name].values()), default=ZERO))[:MOST]
    more = [f"画出最大的 {MOST} 项，其余见数据表"] if len(series) > MOST else []
    wide, narrow = (_draw(title, {name: series[name] for name in shown}, years, width) for width in (WIDE, NARROW))
    rows = tuple(
        Row(f"{year}年", printed(value), "", 0, (hrefs or {}).get((name, year), ""), name)
        for name, own in series.items()
        for year, value in sorted(own.items())
    )
    return Figure(
        key, title, (View(f"{key}-all", "", wide, narrow),), rows, ("年度", "金额（万元）", ""), (*notes, *more)
    )


def spread(wanted: Sequence[float], pitch: float, least: float, most: float) -> list[float]:
    """Places in the same order, near those wanted (ascending), at least a pitch apart and within bounds where they can be."""
    made: list[float] = []
    for one in wanted:
        made.append(max(one, made[-1] + pitch if made else least))
    over = (made[-1] - most) if made else 0.0
    if over > 0:
        made[-1] -= over
        for place in range(len(made) - 2, -1, -1):
            made[place] = min(made[place], made[place + 1] - pitch)
    return made


def _draw(title: str, series: Series, years: Sequence[int], width: int) -> str:
    aside = width == WIDE
    right = 190 if aside else 24
    values = [value for own in series.values() for value in own.values()]
    least, largest = min(*values, ZERO), max(*values, ZERO)
    span = float(largest - least) or 1.0
    room = width - _LEFT - right

    def x_of(year: int) -> float:
        return _LEFT + room * (year - years[0]) / (years[-1] - years[0])

    def y_of(value: Decimal) -> float:
        return _TOP + _HEIGHT * (1 - float(value - least) / span)

    body = [_grid(least + (largest - least) * step / 4, y_of, width - right) for step in range(5)]
    body += [text(x_of(year), _TOP + _HEIGHT + 22, f"{year}", QUIET, "middle", SMALL) for year in years]
    for place, (name, own) in enumerate(series.items()):
        at = [(year, x_of(year), y_of(value), value) for year, value in sorted(own.items())]
        body.append(_line(name, at, place))
    ordered = sorted(enumerate(series), key=lambda one: y_of(series[one[1]][max(series[one[1]])]))
    if aside:
        wanted = [y_of(series[name][max(series[name])]) for _, name in ordered]
        places = spread(wanted, _PITCH, _TOP + 4, _TOP + _HEIGHT)
        body += [
            _name(name, place, width - right + 14, y, right - 34)
            for (place, name), y in zip(ordered, places, strict=True)
        ]
        return svg(width, _TOP + _HEIGHT + 34, title, "".join(body))
    below = _TOP + _HEIGHT + 46
    body += [_name(name, place, 4, below + 20 * row, width - 30) for row, (place, name) in enumerate(ordered)]
    return svg(width, below + 20 * len(ordered), title, "".join(body))


def _grid(value: Decimal, y_of: object, right: float) -> str:
    y = y_of(value)  # type: ignore[operator]
    short = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
    return (
        f'<line x1="{_LEFT}" x2="{number(right)}" y1="{number(y)}" y2="{number(y)}" stroke="{GRID}"/>'
        f"{text(_LEFT - 8, y + 4, short, QUIET, 'end', SMALL)}"
    )


def _line(name: str, at: Sequence[tuple[int, float, float, Decimal]], place: int) -> str:
    """A series: joined where years follow one another, a marker for each year."""
    colour = colour_of(place)
    dash = f' stroke-dasharray="{_DASHES[place]}"' if _DASHES[place] else ""
    joined = "".join(
        f'<line x1="{number(one[1])}" y1="{number(one[2])}" x2="{number(two[1])}" y2="{number(two[2])}" stroke="{colour}" stroke-width="2"{dash}/>'
        for one, two in pairwise(at)
        if two[0] == one[0] + 1
    )
    return joined + "".join(
        part(
            f"{name} {year}年：{printed(value)}万元",
            _marker(place, x, y)
            + f'<circle cx="{number(x)}" cy="{number(y)}" r="12" fill="none" pointer-events="all"/>',
        )
        for year, x, y, value in at
    )


def _marker(place: int, x: float, y: float) -> str:
    """A circle, square, diamond, triangle …"""
    colour = colour_of(place)
    shapes = ((0, 0), (-4, -4, 8, 8), "0 -6 6 0 0 6 -6 0", "0 -6 6 5 -6 5", "0 6 6 -5 -6 -5", "-6 -2 6 -2 6 2 -6 2")
    shape = shapes[place % len(shapes)]
    if isinstance(shape, str):
        numbers = [float(one) for one in shape.split()]
        points = " ".join(
            f"{number(x + dx)},{number(y + dy)}" for dx, dy in zip(numbers[::2], numbers[1::2], strict=True)
        )
        return f'<polygon points="{points}" fill="{colour}"/>'
    if len(shape) == 2:
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="5" fill="{colour}"/>'
    return f'<rect x="{number(x - 4.5)}" y="{number(y - 4.5)}" width="9" height="9" fill="{colour}"/>'


def _name(name: str, place: int, x: float, y: float, room: float) -> str:
    said = "".join(fitted(name, room, SIZE))
    return _marker(place, x + 6, y) + text(x + 18, y + 5, said, INK)
