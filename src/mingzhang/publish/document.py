"""A disclosure laid out as a document: headings, paragraphs, grids and charts, before any format is chosen.

Every format renders this one document, so that no format can say something else than another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from mingzhang.disclosure import Fact

Kind = Literal["text", "label", "number"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a grid. `value` is the amount of a number cell; `adds` are the body cells (row, column) it sums up.

    `fact` is what a table's amount was taken from.
    """

    text: str = ""
    kind: Kind = "text"
    columns: int = 1
    rows: int = 1
    value: Decimal | None = None
    indent: int = 0
    adds: tuple[tuple[int, int], ...] = ()
    fact: Fact | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 a part, 2 a section or table, 3 a sub-section. `key` is its anchor.

    `titles` marks the title of the grid that follows, `contents` is what the contents list in place of the text.
    """

    level: int
    text: str
    key: str
    contents: str = ""
    titles: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the explanation."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table or a form. Spanning cells are listed once, where they begin; the covered places are left out.

    `id` is the family's table id, `form-<seq>`, `overall` or `catalogue`.
    """

    id: str
    title: str
    header: tuple[tuple[Cell, ...], ...]
    body: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    label: str = ""
    subtitle: str = ""
    above: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    landscape: bool = False
    form: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: this year's amount, and last year's where the chart compares. 万元."""

    label: str
    value: Decimal
    against: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart; `years` names this year and, where it compares, the year before.

    `total` is what shares are of: it may be more than the bars, where only the largest are shown.
    """

    id: str
    title: str
    bars: tuple[Bar, ...]
    total: Decimal
    years: tuple[str, ...] = ()


Block = Heading | Paragraph | Grid | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document: cover lines, the heading of the contents, and the blocks."""

    name: str
    title: str
    fiscal_year: int
    contents: str
    unit: str
    blocks: tuple[Block, ...] = field(default=())


def place(rows: Iterable[Sequence[Cell]]) -> Iterator[list[tuple[int, Cell]]]:
    """Give each row's cells with the column they begin in: places that a cell of a row above covers are passed over."""
    covered: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column, found = 0, []
        for cell in row:
            while (number, column) in covered:
                column += 1
            found.append((column, cell))
            if cell.rows > 1:
                covered.update(
                    (number + down, column + across) for down in range(1, cell.rows) for across in range(cell.columns)
                )
            column += cell.columns
        yield found
