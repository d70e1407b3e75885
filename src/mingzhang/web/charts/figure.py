"""What a chart is: its views, a legend that names the colours, and the numbers that it shows."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import print_amount, round_half_up

_UNIT = re.compile("（(.+)）$")
WIDE, NARROW = 760, 360  # pixels of the two drawings of a view


class Row(Struct, frozen=True):
    """A number of the chart: its name, depth, amount (printed), share (printed), and the address of its place."""

    label: str
    amount: str
    share: str = ""
    depth: int = 0
    href: str = ""
    group: str = ""


class Key(Struct, frozen=True):
    """An entry of a legend: colour, name and words of a part, the view that enlarges it, its number in the drawing."""

    colour: str
    label: str
    told: str = ""
    target: str = ""
    number: int = 0


class View(Struct, frozen=True):
    """A drawing, wide and narrow (SVG); `up` is the view that it enlarges a part of, blank for the whole."""

    id: str
    title: str
    wide: str
    narrow: str
    up: str = ""
    legend: tuple[Key, ...] = ()


class Figure(Struct, frozen=True):
    """A chart: the first view is the whole. `headings` are those of the numbers' columns: name, amount, share (blank: none)."""

    id: str
    title: str
    views: tuple[View, ...]
    rows: tuple[Row, ...]
    headings: tuple[str, str, str] = ("名称", "金额（万元）", "占比")
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of the amounts, as their column's heading tells it; blank if it tells none."""
        told = _UNIT.search(self.headings[1])
        return told[1] if told else ""


def percent(part: Decimal, whole: Decimal) -> str:
    """A share in per cent with two decimals, blank if the whole is nothing.

    >>> percent(Decimal(1), Decimal(3))
    '33.33%'
    """
    return f"{round_half_up(part / whole * 100):f}%" if whole else ""


def printed(value: Decimal) -> str:
    """An amount as tables of figures print it, with all its decimals.

    >>> printed(Decimal("8277.8300")), printed(Decimal("0.0012"))
    ('8,277.83', '0.0012')
    """
    if value == round_half_up(value):
        return print_amount(value, "grouped")
    return f"{value.normalize():,f}"
