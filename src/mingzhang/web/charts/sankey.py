"""A sankey diagram: income by source on the left, what it comes to, expenditure by class on the right; widths are exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import CENT
from mingzhang.web.charts.drawing import INK, QUIET, REST, SMALL, colour_of, fitted, number, part, svg, text
from mingzhang.web.charts.figure import NARROW, WIDE, Figure, Row, View, percent, printed
from mingzhang.web.charts.tree import Node, gathered, is_rest, total

_MOST = 12  # flows on a side
_LABEL = {WIDE: 190, NARROW: 112}
_NODE, _TOP, _SCALE = 14, 44, 260  # width of a node; where they begin; height of the whole
_SLOT = 52  # the least distance of two flows, so that their labels have room


class Band(Struct, frozen=True):
    """A flow: at its own side from `y`, in the middle from `middle`, of a height everywhere."""

    node: Node
    y: float
    middle: float
    height: float


class Flows(Struct, frozen=True):
    """Both sides, the middle's place and height, and the height of all."""

    left: tuple[Band, ...]
    right: tuple[Band, ...]
    top: float
    middle: float
    height: float


def balanced(income: Sequence[Node], expense: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Both sides with the same sum: what one lacks is a flow of its own, so that nothing gets lost in the middle.

    What rounding explains (half a cent for each amount) is no flow.
    """
    more = total(income) - total(expense)
    if abs(more) <= _bound(income, expense):
        return tuple(income), tuple(expense)
    if more > 0:
        return tuple(income), (*expense, Node("rest-out", "收入大于支出的差额", more))
    return (*income, Node("rest-in", "支出大于收入的差额", -more)), tuple(expense)


def _bound(income: Sequence[Node], expense: Sequence[Node]) -> Decimal:
    return CENT / 2 * (len(income) + len(expense))


def flows(income: Sequence[Node], expense: Sequence[Node], scale: float = _SCALE, slot: float = _SLOT) -> Flows:
    """Lay out two sides of the same sum; each flow is as high as its amount, and the middle as all of a side.

    Raises ValueError if the sums differ by more than rounding, or there is nothing.
    """
    whole = max(total(income), total(expense))
    if abs(total(income) - total(expense)) > _bound(income, expense) or whole <= 0:
        raise ValueError((total(income), total(expense)))
    unit = scale / float(whole)
    heights = [[float(one.amount) * unit for one in side] for side in (income, expense)]
    tall = max(sum(max(one, slot) for one in side) for side in heights)
    top = _TOP + (tall - scale) / 2
    left, right = (_side(side, own, tall, top, slot) for side, own in zip((income, expense), heights, strict=True))
    return Flows(left, right, top, scale, _TOP + tall + 10)


def _side(nodes: Sequence[Node], heights: Sequence[float], tall: float, top: float, slot: float) -> tuple[Band, ...]:
    """A side's flows, spread over the height; small ones keep the room of their labels."""
    spare = (tall - sum(max(one, slot) for one in heights)) / (len(heights) or 1)
    made, y, middle = [], _TOP + 0.0, top
    for node, height in zip(nodes, heights, strict=True):
        room = max(height, slot) + spare
        made.append(Band(node, y + (room - height) / 2, middle, height))
        y, middle = y + room, middle + height
    return tuple(made)


def sankey(key: str, title: str, income: Node, expense: Node, notes: Sequence[str] = ()) -> Figure | None:
    """The figure of two sides, whose parts are its sources and uses; None if one of them has nothing. 万元."""
    sides = [
        Node(one.key, one.label, one.amount, tuple(own for own in one.parts if own.amount > 0))
        for one in (income, expense)
    ]
    if not all(one.parts for one in sides):
        return None
    parts = [gathered(one, total(one.parts), _MOST) for one in sides]
    left, right = balanced(*parts)
    laid, whole = flows(left, right), max(total(left), total(right))
    wide, narrow = (_draw(title, laid, whole, width) for width in (WIDE, NARROW))
    rows = tuple(
        Row(own.label, printed(own.amount), percent(own.amount, whole), 0, own.href, group)
        for group, side, shown in (("收入", income, left), ("支出", expense, right))
        for own in (*side.parts, *(one for one in shown if one.key in ("rest-in", "rest-out")))
    )
    told = []
    if len(left) > len(parts[0]) or len(right) > len(parts[1]):
        told.append("印出的各项收入与各项支出之和不相等，差额单独画出")
    if any(own.amount < 0 for one in (income, expense) for own in one.parts):
        told.append("负数没有画出，见数据表")
    return Figure(key, title, (View(f"{key}-{income.key}", "", wide, narrow),), rows, notes=(*notes, *told))


def _draw(title: str, laid: Flows, whole: Decimal, width: int) -> str:
    label = _LABEL[width]
    begin, end, centre = label, width - label - _NODE, (width - _NODE) / 2
    body = [
        _band(band, colour, (begin + _NODE, centre), True, whole, label, width)
        for band, colour in zip(laid.left, _colours(laid.left, 4), strict=True)
    ]
    body += [
        _band(band, colour, (centre + _NODE, end), False, whole, label, width)
        for band, colour in zip(laid.right, _colours(laid.right), strict=True)
    ]
    told = f"合计：{printed(whole)}万元"
    middle = _rect(centre, laid.top, laid.middle, INK)
    above = text(width / 2, 16, "合计", INK, "middle", SMALL, bold=True)
    above += text(width / 2, 32, printed(whole), INK, "middle", SMALL)
    sides = text(0, 16, "收入（万元）", QUIET, size=SMALL, bold=True)
    sides += text(width, 16, "支出（万元）", QUIET, "end", SMALL, bold=True)
    return svg(width, laid.height, title, sides + "".join(body) + part(told, middle + above))


def _colours(bands: Sequence[Band], begin: int = 0) -> list[str]:
    return [
        REST if is_rest(band.node) or band.node.key in ("rest-in", "rest-out") else colour_of(begin + place)
        for place, band in enumerate(bands)
    ]


def _band(
    band: Band, colour: str, across: tuple[float, float], income: bool, whole: Decimal, label: int, width: int
) -> str:
    """A flow with its node and label."""
    begin, end = across
    from_y, to_y = (band.y, band.middle) if income else (band.middle, band.y)
    half, height = (begin + end) / 2, max(band.height, 0.5)
    a, b, c, d = (number(one) for one in (from_y, to_y, from_y + height, to_y + height))
    x, m, e = number(begin), number(half), number(end)
    flow = (
        f'<path d="M{x} {a}C{m} {a} {m} {b} {e} {b}V{d}C{m} {d} {m} {c} {x} {c}Z" fill="{colour}" fill-opacity="0.42"/>'
    )
    node = _rect(begin - _NODE if income else end, band.y, height, colour)
    at, anchor = (begin - _NODE - 6, "end") if income else (end + _NODE + 6, "start")
    name = fitted(band.node.label, label - 10, SMALL, 2)
    lines = [*name, f"{printed(band.node.amount)}"]
    middle = band.y + band.height / 2 - (len(lines) - 1) * 7.5 + 4
    said = "".join(text(at, middle + 15 * place, line, INK, anchor, SMALL) for place, line in enumerate(lines))
    side = "收入" if income else "支出"
    told = f"{side} {band.node.label}：{printed(band.node.amount)}万元，占{percent(band.node.amount, whole)}"
    return part(told, flow + node + said)


def _rect(x: float, y: float, height: float, fill: str) -> str:
    return f'<rect x="{number(x)}" y="{number(y)}" width="{_NODE}" height="{number(max(height, 1))}" fill="{fill}"/>'
