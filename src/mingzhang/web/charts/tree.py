"""Amounts within amounts: classes, items and sub-items, as treemaps and sunbursts draw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from mingzhang.amounts import ZERO
from mingzhang.web.charts import drawing
from mingzhang.web.charts.figure import Row, percent, printed

MOST = 24  # parts of a whole that are drawn one by one
LEAST = Decimal("0.004")  # the share of the drawing that a part must have for that
OPEN = Decimal("0.005")  # what the parts may lack of their whole before the gap is drawn as a part
REST, UNTOLD = "rest", "untold"


class Node(Struct, frozen=True):
    """A part: its key (unique in its tree), name, amount in 万元, parts, and the address of its place."""

    key: str
    label: str
    amount: Decimal
    parts: tuple[Node, ...] = ()
    href: str = ""


def drawable(node: Node) -> Node:
    """The tree without what has no area: amounts that are zero or negative. What the parts lack of a whole is a part of its own."""
    parts = tuple(drawable(one) for one in node.parts if one.amount > 0)
    inner = sum((one.amount for one in parts), ZERO)
    if parts and node.amount - inner > OPEN * node.amount:
        parts = (*parts, Node(f"{node.key}-{UNTOLD}", "未列明细", node.amount - inner))
    return replace(node, parts=parts)


def left_out(node: Node) -> list[Node]:
    """The parts that have no area."""
    own = [one for one in node.parts if one.amount <= 0]
    return own + [below for one in node.parts if one.amount > 0 for below in left_out(one)]


def gathered(node: Node, whole: Decimal, most: int = MOST) -> tuple[Node, ...]:
    """The parts, largest first; the small ones of many are one, `rest`, that has them as its parts.

    Small is what has less than `LEAST` of the `whole` drawing, or stands behind the `most` largest.
    """
    ordered = sorted(node.parts, key=lambda one: (-one.amount, one.key))
    kept = [one for place, one in enumerate(ordered) if place < most and one.amount >= LEAST * whole]
    few = ordered[len(kept) :]
    if len(few) < 2:
        return tuple(ordered)
    rest = Node(f"{node.key}-{REST}", f"其余{len(few)}项", sum((one.amount for one in few), ZERO), tuple(few))
    return (*kept, rest)


def is_rest(node: Node) -> bool:
    """Whether a part was gathered, or is what its whole does not tell."""
    return node.key.endswith((f"-{REST}", f"-{UNTOLD}"))


def leaves(node: Node) -> int:
    """How many parts there are that have none."""
    return sum(map(leaves, node.parts)) or 1


def numbers(node: Node, depth: int = 0, whole: Decimal | None = None) -> Iterator[Row]:
    """All amounts of a tree below its root, in printed order, with their shares of the whole."""
    whole = node.amount if whole is None else whole
    for one in node.parts:
        yield Row(one.label, printed(one.amount), percent(one.amount, whole), depth, one.href)
        yield from numbers(one, depth + 1, whole)


def total(parts: Sequence[Node]) -> Decimal:
    """The sum of amounts."""
    return sum((one.amount for one in parts), ZERO)


def view_key(key: str, node: Node) -> str:
    """The name of the view that shows a part enlarged, blank if there is nothing more to show; `key` is the figure's."""
    return f"{key}-{node.key}" if leaves(node) > 1 else ""


def part_colour(node: Node, place: int) -> str:
    """The colour of the part at a place among its whole's."""
    return drawing.REST if is_rest(node) else drawing.colour_of(place)
