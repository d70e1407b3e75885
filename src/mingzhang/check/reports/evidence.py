"""The document that stands beside its findings: what was published, put together again from the facts.

A part is a table, a performance form or a section. It is made of spots, the cells and paragraphs that a finding may
mark; each knows by what words and in which line it can be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal
from unicodedata import normalize

from mingzhang.disclosure import Provenance

SpotKind = Literal["number", "text", "label", "paragraph", "heading"]
LONG = 400  # rows of a table of which only those around a mark are shown
AROUND = 3


@dataclass(slots=True)
class Mark:
    """That a place of a finding stands here: finding and place by number, and which characters if not all."""

    finding: int
    place: int
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Spot:
    """A cell or a paragraph. `rows` and `columns` are folded words for its row and column.

    `amounts` are what it prints, folded; `lines` where it stands, file and line; `source` says that in the margin. `page` and `top` are
    those of a paragraph that has a box.
    """

    text: str
    kind: SpotKind = "text"
    rows: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    amounts: frozenset[str] = frozenset()
    lines: frozenset[tuple[str, int]] = frozenset()
    side: str = ""
    source: str = ""
    page: tuple[str, int] | None = None
    top: float = 0.0
    wide: int = 1
    high: int = 1
    indent: int = 0
    marks: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """A table: header cells, then rows; `form` for one whose labels stand among its cells, with its column widths."""

    header: list[list[Spot]]
    body: list[list[Spot]]
    caption: str = ""
    form: bool = False
    widths: tuple[int, ...] = ()

    def shown(self) -> Iterator[list[Spot] | int]:
        """The rows; of a very long table those near a mark, and in between how many are left out."""
        near = {
            number + away
            for number, row in enumerate(self.body)
            for away in range(-AROUND, AROUND + 1)
            if any(spot.marks for spot in row)
        }
        left = 0
        for number, row in enumerate(self.body):
            if len(self.body) <= LONG or self.form or number in near:
                if left:
                    yield left
                    left = 0
                yield row
            else:
                left += 1
        if left:
            yield left


@dataclass(slots=True)
class Part:
    """A table, form or section of a document, with what stands in it."""

    key: str
    title: Spot
    texts: list[Spot] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    table: bool = False

    def spots(self) -> Iterator[Spot]:
        """All that can be marked, the title last."""
        yield from self.texts
        for grid in self.grids:
            for row in (*grid.header, *grid.body):
                yield from row
        yield self.title

    @property
    def cited(self) -> bool:
        """Whether a finding cites something in it."""
        return any(spot.marks for spot in self.spots())


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A text as it is compared: one form of each character, no spaces, no punctuation.

    >>> fold("其中：中央财政 资金")
    '其中中央财政资金'
    """
    return re.sub(r"[\W_]+", "", normalize("NFKC", text)).lower()


@lru_cache(maxsize=4096)
def folded_amount(text: str) -> str:
    """A printed amount as it is compared; empty if the text is none.

    >>> folded_amount("≤ 8,277.80万元"), folded_amount("合计")
    ('8277.8', '')
    """
    found = re.fullmatch(r"[<>=≤≥约]*(-?[\d,]*\.?\d+)(?:%|[万亿]?元)?", re.sub(r"\s", "", normalize("NFKC", text)))
    if not found:
        return ""
    try:
        value = Decimal(found[1].replace(",", ""))
    except InvalidOperation:
        return ""
    return format(value.normalize() if value else Decimal(0), "f")


def words(*texts: str) -> frozenset[str]:
    """The folded words by which a row or a column is found."""
    return frozenset(filter(None, map(fold, texts)))


def amounts(*texts: str) -> frozenset[str]:
    """The folded amounts among the texts."""
    return frozenset(filter(None, map(folded_amount, texts)))


def lines(sources: Iterable[Provenance | None]) -> frozenset[tuple[str, int]]:
    """File and line of the sources that have one."""
    return frozenset((source.file, source.line) for source in sources if source and source.line is not None)


def told(source: Provenance | None) -> str:
    """Where something stands, in the margin: its line, else its page."""
    if source is None:
        return ""
    if source.line is not None:
        return f"{source.line}行"
    return f"{source.page}页" if source.page is not None else ""
