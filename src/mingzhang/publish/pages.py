"""The kinds of page that print has, after GB/T 9704-2012, and which block stands on which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mingzhang.publish.document import Block, Grid, Heading

MILLIMETRE = 72 / 25.4  # in points


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of page; margins, and the place of the footer above the edge, in millimetres."""

    top: float
    right: float
    bottom: float
    left: float
    footer: float
    flipped: bool = False

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of the type area, in points."""
        width, height = (297, 210) if self.flipped else (210, 297)
        return (width - self.left - self.right) * MILLIMETRE, (height - self.top - self.bottom) * MILLIMETRE


# GB/T 9704: 37 mm above, 28 mm on the left, a type area of 156 × 225 mm; 22 lines of 28 characters on a page. Wide
# tables and forms take more of the page.
TEXT = Page(37, 26, 35, 28, footer=22)
WIDE = Page(22, 25, 20, 25, footer=9, flipped=True)
FORM = Page(25, 20, 25, 22, footer=12)
SHARED = 0.6  # A table lower than this part of the page may share it; a higher one begins a page.


def page_for(block: Block) -> Page:
    """The page that a block stands on."""
    if not isinstance(block, Grid):
        return TEXT
    return WIDE if block.landscape else FORM if block.form else TEXT


def page_of_heading(blocks: Sequence[Block], place: int) -> Page:
    """The page of the heading at that place: that of what it stands over, lest it stay behind on one of its own."""
    return next((page_for(block) for block in blocks[place + 1 :] if not isinstance(block, Heading)), TEXT)
