"""Sunbursts: rings of classes, items and sub-items, angles as large as amounts; parts can be enlarged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import cos, pi, sin

from msgspec import Struct

from mingzhang.web.charts.drawing import (
    INK,
    PAPER,
    SMALL,
    fitted,
    ink_on,
    number,
    part,
    svg,
    text,
    tint,
    words,
)
from mingzhang.web.charts.figure import Figure, Key, View, percent, printed
from mingzhang.web.charts.tree import (
    Node,
    drawable,
    gathered,
    is_rest,
    left_out,
    numbers,
    part_colour,
    total,
    view_key,
)

_SIZE, _CENTRE, _RINGS = 400, 66, (132, 172, 196)  # radii: of the hole, of the rings' outer edges
_DEPTH = 3
_FULL = 2 * pi


class Arc(Struct, frozen=True):
    """A part's place: its ring (from 0) and the angles between which it lies, clockwise from the top."""

    node: Node
    ring: int
    begin: float
    end: float
    top: int  # the place of the part of the first ring that it belongs to


def arcs(parts: Sequence[Node], depth: int = _DEPTH) -> list[Arc]:
    """The arcs of parts and of their parts: the first ring is filled, each part's own share the angle of their sum."""
    return list(_arcs(parts, 0.0, _FULL, 0, depth, None, total(parts)))


def _arcs(
    parts: Sequence[Node], begin: float, end: float, ring: int, depth: int, top: int | None, whole: Decimal
) -> Iterator[Arc]:
    inner = float(total(parts))
    at = begin
    for place, one in enumerate(parts):
        until = at + (end - begin) * float(one.amount) / inner
        own = place if top is None else top
        yield Arc(one, ring, at, until, own)
        if ring + 1 < depth and one.parts and not is_rest(one):
            yield from _arcs(gathered(one, whole), at, until, ring + 1, depth, own, whole)
        at = until


def sunburst(key: str, title: str, root: Node, notes: Sequence[str] = ()) -> Figure | None:
    """The figure of a tree; None if there is nothing to draw. Amounts are 万元."""
    tree = drawable(root)
    if not tree.parts:
        return None
    out = left_out(root)
    told = [f"{len(out)} 项为零或负数，没有画出，见数据表"] if out else []
    whole = tree.amount if tree.amount > 0 else total(tree.parts)
    return Figure(key, title, tuple(_views(key, title, tree, whole)), tuple(numbers(root)), notes=(*notes, *told))


def _views(key: str, title: str, root: Node, whole: Decimal) -> Iterator[View]:
    waiting: list[tuple[Node, str, int | None]] = [(root, "", None)]
    while waiting:
        node, up, place = waiting.pop(0)
        parts = gathered(node, total(node.parts), 16)
        name = title if not up else f"{title}：{node.label}"
        own = f"{key}-{node.key}"
        drawn = _draw(key, name, node, parts, place, whole)
        legend = tuple(
            Key(
                part_colour(one, at if place is None else place),
                one.label,
                percent(one.amount, whole),
                view_key(key, one),
                at + 1,
            )
            for at, one in enumerate(parts)
        )
        yield View(own, node.label if up else "", drawn, "", up, legend)
        waiting += [
            (one, own, None if is_rest(one) else at if place is None else place)
            for at, one in enumerate(parts)
            if view_key(key, one)
        ]


def _draw(key: str, name: str, node: Node, parts: Sequence[Node], place: int | None, whole: Decimal) -> str:
    drawn = arcs(parts)
    body = "".join(
        part(
            f"{arc.node.label}：{printed(arc.node.amount)}万元，占{percent(arc.node.amount, whole)}",
            _arc(arc, tint(part_colour(parts[arc.top], arc.top if place is None else place), arc.ring)) + _label(arc),
            view_key(key, arc.node) if arc.ring == 0 else "",
        )
        for arc in drawn
    )
    middle = _SIZE / 2
    lines = fitted(node.label, 2 * _CENTRE - 24, SMALL, 2)
    centre = "".join(text(middle, middle - 14 + 15 * at, line, INK, "middle", SMALL) for at, line in enumerate(lines))
    below = middle - 14 + 15 * len(lines) + 4
    centre += text(middle, below, printed(node.amount), INK, "middle", bold=True)
    centre += text(middle, below + 16, "万元", INK, "middle", SMALL)
    return svg(_SIZE, _SIZE, name, body + centre)


def _inner(ring: int) -> float:
    return _CENTRE if ring == 0 else _RINGS[ring - 1]


def _arc(arc: Arc, fill: str) -> str:
    """The outline of a ring's part; a whole ring is two halves, for an arc cannot end where it begins."""
    inner, outer = _inner(arc.ring), _RINGS[arc.ring]
    if arc.end - arc.begin > _FULL - 1e-6:
        halves = [(arc.begin, arc.begin + pi), (arc.begin + pi, arc.begin + _FULL)]
        shape = " ".join(_outline(begin, end, inner, outer) for begin, end in halves)
        return f'<path d="{shape}" fill="{fill}"/>'
    return f'<path d="{_outline(arc.begin, arc.end, inner, outer)}" fill="{fill}" stroke="{PAPER}" stroke-width="1"/>'


def _outline(begin: float, end: float, inner: float, outer: float) -> str:
    large = int(end - begin > pi)
    (a, b), (c, d), (e, f), (g, h) = (
        _at(begin, outer),
        _at(end, outer),
        _at(end, inner),
        _at(begin, inner),
    )
    there, back = f"A{outer} {outer} 0 {large} 1", f"A{inner} {inner} 0 {large} 0"
    return f"M{number(a)} {number(b)}{there} {number(c)} {number(d)}L{number(e)} {number(f)}{back} {number(g)} {number(h)}Z"


def _at(angle: float, radius: float) -> tuple[float, float]:
    return _SIZE / 2 + radius * sin(angle), _SIZE / 2 - radius * cos(angle)


def _label(arc: Arc) -> str:
    """The number by which the legend names a part of the first ring, with its name where there is room."""
    if arc.ring:
        return ""
    inner, outer = _inner(arc.ring), _RINGS[arc.ring]
    middle, angle = (inner + outer) / 2, (arc.begin + arc.end) / 2
    length = (arc.end - arc.begin) * middle
    if length < SMALL + 2:
        return ""
    x, y = _at(angle, middle)
    said = str(arc.top + 1)
    if length > 4 * SMALL:
        name = fitted(f"{said} {arc.node.label}", outer - inner - 4, SMALL, 2)
        return "".join(
            f'<text x="{number(x)}" y="{number(y + 4 + 14 * (at - (len(name) - 1) / 2))}" fill="{ink_on(0)}" text-anchor="middle" '
            f'font-size="{SMALL}">{words(line)}</text>'
            for at, line in enumerate(name)
        )
    return text(x, y + 4, said, ink_on(0), "middle", SMALL)
