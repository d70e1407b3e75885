"""Treemaps: areas as large as amounts, laid out squarified (Bruls, Huizing, van Wijk 2000); parts can be enlarged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.web.charts.drawing import (
    PAPER,
    SIZE,
    SMALL,
    fitted,
    ink_on,
    lines_of,
    number,
    part,
    svg,
    text,
    tint,
)
from mingzhang.web.charts.figure import NARROW, WIDE, Figure, Key, View, percent, printed
from mingzhang.web.charts.tree import (
    Node,
    drawable,
    gathered,
    is_rest,
    leaves,
    left_out,
    numbers,
    part_colour,
    total,
    view_key,
)

_HEIGHT = {WIDE: 380, NARROW: 420}
_HEAD = 24  # the band with a part's name above its own parts
_ROOMY = (60, 54)  # what a tile must be for its parts to be drawn in it
_PAD = 6


class Box(Struct, frozen=True):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


def squarified(amounts: Sequence[float], box: Box) -> list[Box]:
    """Rectangles with areas proportional to positive amounts (largest first is best), which fill the box.

    Raises ValueError if an amount is not positive.
    """
    if any(amount <= 0 for amount in amounts):
        raise ValueError(amounts)
    scale = box.width * box.height / sum(amounts) if amounts else 0.0
    left, made, place = box, list[Box](), 0
    areas = [amount * scale for amount in amounts]
    while place < len(areas):
        side = min(left.width, left.height)
        end = place + 1
        while end < len(areas) and _worst(areas[place : end + 1], side) <= _worst(areas[place:end], side):
            end += 1
        row, left = _row(areas[place:end], left, end == len(areas))
        made += row
        place = end
    return made


def _worst(areas: Sequence[float], side: float) -> float:
    """The worst ratio of sides among areas laid along a side."""
    sum_ = sum(areas)
    return max(max(side * side * one / sum_**2, sum_**2 / (side * side * one)) for one in areas)


def _row(areas: Sequence[float], box: Box, last: bool) -> tuple[list[Box], Box]:
    """Lay areas along the shorter side; the last row takes all that is left, whatever was lost in rounding."""
    upright = box.width >= box.height
    length, depth = (box.height, box.width) if upright else (box.width, box.height)
    thick = depth if last else min(depth, sum(areas) / length)
    made, at = [], 0.0
    for one in areas:
        own = length * one / sum(areas)
        made.append(Box(box.x, box.y + at, thick, own) if upright else Box(box.x + at, box.y, own, thick))
        at += own
    left = (
        Box(box.x + thick, box.y, box.width - thick, box.height)
        if upright
        else Box(box.x, box.y + thick, box.width, box.height - thick)
    )
    return made, left


def treemap(key: str, title: str, root: Node, notes: Sequence[str] = ()) -> Figure | None:
    """The figure of a tree; None if there is nothing to draw. Amounts are 万元."""
    tree = drawable(root)
    if not tree.parts:
        return None
    out = left_out(root)
    told = [f"{len(out)} 项为零或负数，没有画出，见数据表"] if out else []
    views = tuple(_views(key, title, tree, tree.amount if tree.amount > 0 else total(tree.parts)))
    return Figure(key, title, views, tuple(numbers(root)), notes=(*notes, *told))


def _views(key: str, title: str, root: Node, whole: Decimal) -> Iterator[View]:
    """The whole, then each part that has several parts, enlarged."""
    waiting: list[tuple[Node, str, int | None]] = [(root, "", None)]
    while waiting:
        node, up, place = waiting.pop(0)
        parts = gathered(node, total(node.parts))
        own = f"{key}-{node.key}"
        colours = [part_colour(one, at if place is None else place) for at, one in enumerate(parts)]
        name = title if not up else f"{title}：{node.label}"
        wide, narrow = (_draw(key, name, parts, colours, whole, width) for width in (WIDE, NARROW))
        legend = tuple(
            Key(colour, one.label, percent(one.amount, whole), view_key(key, one))
            for one, colour in zip(parts, colours, strict=True)
        )
        yield View(own, node.label if up else "", wide, narrow, up, legend if place is None else ())
        waiting += [
            (one, own, None if is_rest(one) else at if place is None else place)
            for at, one in enumerate(parts)
            if view_key(key, one)
        ]


def _draw(key: str, name: str, parts: Sequence[Node], colours: Sequence[str], whole: Decimal, width: int) -> str:
    height = _HEIGHT[width]
    boxes = squarified([float(one.amount) for one in parts], Box(0, 0, width, height))
    tiles = [_tile(key, one, box, colour, whole) for one, box, colour in zip(parts, boxes, colours, strict=True)]
    return svg(width, height, name, "".join(tiles))


def _tile(key: str, node: Node, box: Box, colour: str, whole: Decimal) -> str:
    """A part with what it is made of, if there is room for that."""
    told = f"{node.label}：{printed(node.amount)}万元，占{percent(node.amount, whole)}"
    target = view_key(key, node)
    inner = ""
    if node.parts and leaves(node) > 1 and box.width >= _ROOMY[0] and box.height >= _HEAD + _ROOMY[1]:
        below = gathered(node, total(node.parts), 12)
        room = Box(box.x + 2, box.y + _HEAD, box.width - 4, box.height - _HEAD - 2)
        boxes = squarified([float(one.amount) for one in below], room)
        inner = "".join(
            _rectangle(own, tint(colour, 2)) + _label(one, own, whole, 2) for one, own in zip(below, boxes, strict=True)
        )
        inner = _head(node.label, percent(node.amount, whole), box) + inner
    else:
        inner = _label(node, box, whole, 0)
    return part(told, _rectangle(box, colour) + inner, target)


def _head(label: str, share: str, box: Box) -> str:
    """A part's name at the left of its band, its share at the right if there is room for both."""
    room = box.width - 2 * _PAD
    aside = len(share) * SIZE * 0.62 + _PAD
    name = fitted(label, room - aside)
    if sum(map(len, name)) < min(len(label), 4):
        return lines_of(box.x + _PAD, box.y + 17, fitted(label, room), ink_on(0))
    told = text(box.x + box.width - _PAD, box.y + 17, share, ink_on(0), "end")
    return lines_of(box.x + _PAD, box.y + 17, name, ink_on(0)) + told


def _rectangle(box: Box, fill: str) -> str:
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}" '
        f'fill="{fill}" stroke="{PAPER}" stroke-width="1.5"/>'
    )


def _label(node: Node, box: Box, whole: Decimal, depth: int) -> str:
    """Name and share as far as there is room."""
    lines = int((box.height - 8) // (SMALL + 3))
    if lines < 1:
        return ""
    name = fitted(node.label, box.width - 2 * _PAD, SMALL, min(lines, 3))
    share = percent(node.amount, whole)
    if name and len(name) < lines and fitted(share, box.width - 2 * _PAD, SMALL) == [share]:
        name.append(share)
    return lines_of(box.x + _PAD, box.y + SIZE + 4, name, ink_on(depth), size=SMALL)
