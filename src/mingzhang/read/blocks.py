"""What a file is read into before anything is understood: paragraphs and grids, each with its place."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

from mingzhang.disclosure import Box, Note, Provenance


class Place(NamedTuple):
    """Where something stands: a line of a text source, a page and box of a PDF or picture, a sheet of a workbook."""

    file: str = ""
    line: int | None = None
    page: int | None = None
    bbox: Box | None = None
    sheet: str = ""

    def provenance(
        self, raw: str = "", confidence: float = 1.0, row: str = "", column: str = "", repair: str = ""
    ) -> Provenance:
        """The provenance of a record read here."""
        return Provenance(self.file, self.line, self.page, self.bbox, self.sheet, row, column, raw, confidence, repair)


NOWHERE = Place()


class Paragraph(Struct):
    """A line or a paragraph of running text.

    `level` is the heading level where the source marks one (1 is the highest), else 0. `starts` says whether a new
    paragraph begins here (indented), None where the source does not tell. `edges`, where the source knows them, are
    the left edges of the text's characters and, last, the right edge of the last one, so that a part has its own box.
    """

    text: str
    place: Place = NOWHERE
    level: int = 0
    starts: bool | None = None
    edges: tuple[float, ...] = ()
    confidence: float = 1.0

    def place_of(self, start: int, end: int) -> Place:
        """The place of the characters from `start` up to `end`."""
        box = self.place.bbox
        if box is None or len(self.edges) != len(self.text) + 1 or end <= start:
            return self.place
        return self.place._replace(bbox=(self.edges[start], box[1], self.edges[end], box[3]))


class Cell(Struct):
    """A cell of a grid. One that a neighbour's span covers is `covered` and has no text."""

    text: str
    place: Place = NOWHERE
    rowspan: int = 1
    colspan: int = 1
    covered: bool = False
    confidence: float = 1.0


class Grid(Struct):
    """Rows of cells.

    In an `aligned` grid the cells of a column stand under each other (a PDF's ruling, the spans of HTML, DOCX and
    XLSX: every row has one cell for each column, those under a span covered). Otherwise a row is just what its
    line holds, and columns may have shifted (tab-separated text).
    """

    rows: list[list[Cell]]
    place: Place = NOWHERE
    aligned: bool = False
    name: str = ""


Block = Paragraph | Grid


class Source(Struct):
    """A file as blocks in reading order. `name` is the file's name, `format` what it turned out to be."""

    name: str
    format: str
    blocks: list[Block] = field(default_factory=list)
    pages: int | None = None
    notes: list[Note] = field(default_factory=list)


def spread(rows: list[list[Cell]], place: Place = NOWHERE, name: str = "") -> Grid:
    """An aligned grid from rows that hold anchor cells only, each with its spans (as HTML writes them)."""
    matrix: list[list[Cell]] = []
    waiting: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(rows):
        line: list[Cell] = []
        queue = iter(row)
        cell = next(queue, None)
        while cell is not None or (number, len(line)) in waiting:
            if (number, len(line)) in waiting:
                line.append(waiting.pop((number, len(line))))
                continue
            assert cell is not None
            column = len(line)
            for down in range(cell.rowspan):
                for across in range(cell.colspan):
                    if down or across:
                        waiting[number + down, column + across] = Cell("", cell.place, covered=True)
            line.append(cell)
            cell = next(queue, None)
        matrix.append(line)
    width = max(map(len, matrix), default=0)
    for number, line in enumerate(matrix):
        while len(line) < width:
            line.append(waiting.pop((number, len(line)), Cell("", place)))
    return Grid(matrix, place, aligned=True, name=name)
