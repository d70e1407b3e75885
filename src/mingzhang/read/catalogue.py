"""The catalogue of service purchases: the list of a year's purchases, or the whole edition annexed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mingzhang.disclosure import CatalogueLine, Note, Provenance, Text
from mingzhang.families import Family
from mingzhang.read.blocks import Block, Cell, Grid, Paragraph
from mingzhang.read.outline import CATALOGUE
from mingzhang.read.printed import clean, fold, likeness, name_of, read_amount

if TYPE_CHECKING:
    from mingzhang.taxonomy import Edition

_CODE = re.compile(r"[A-Z](?:\d{2}){0,4}")
_CODE_LOST = re.compile(r"(?:\d{2}){1,4}")
_GLUED = re.compile(r"([A-Z](?:\d{2}){1,4})\s*(\D.*)")
_NUMBER = re.compile(r"[^\s()《》,。]{1,8}\[20\d\d\]\s*\d+号")
_NAMED = re.compile(r"[一-鿿]{2}")
_LOOK_ALIKE = str.maketrans({"Ａ": "A", "I": "1", "l": "1", "O": "0", "o": "0"})


class Catalogue(Struct):
    """The lines of a catalogue, what there is to say, and of each of its grids (by `id()`) what no line tells."""

    lines: list[CatalogueLine] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left: dict[int, list[Text]] = field(default_factory=dict)


def read_catalogue(blocks: Sequence[Block], around: Sequence[Paragraph], family: Family) -> Catalogue:
    """Read the lines of the catalogue, with its edition by the document number that stands before it.

    `around` are the paragraphs in which the number may stand. A row that is no code heads a section (a department).
    """
    if not blocks:
        return Catalogue()
    edition, number, note = _edition([*around, *(block for block in blocks if isinstance(block, Paragraph))], family)
    reader = _Reader(family, edition, number)
    for block in blocks:
        if isinstance(block, Grid):
            reader.grid(block)
        elif _heads_section(block.text):
            reader.section = name_of(block.text)
    lines = reader.found.lines
    reader.found.notes = [note] if note and lines else []
    reader.drop_sections()
    return reader.found


def _edition(paragraphs: Sequence[Paragraph], family: Family) -> tuple[str, str, Note | None]:
    known = _editions(family)
    alone, cited = "", dict[str, Paragraph]()
    for paragraph in paragraphs:
        for number in _NUMBER.findall(fold(paragraph.text)):
            cited.setdefault(number, paragraph)
            if number == fold(paragraph.text).strip("#* ") and not alone:
                alone = number
    for number in (alone, *sorted(cited, key=lambda one: known[one].issued if one in known else "", reverse=True)):
        if number in known:
            return known[number].id, known[number].document_number, None
    if not cited:
        return "", "", Note("missing", "没有找到政府购买服务指导性目录的文号")
    number, paragraph = alone or next(iter(cited)), next(iter(cited.values()))
    message = f"政府购买服务指导性目录的文号“{number}”不是已有的版本"
    return "", number, Note("suspect", message, paragraph.place.provenance(paragraph.text))


def _editions(family: Family) -> Mapping[str, Edition]:
    """The editions of the family's region by their folded document number."""
    if not family.catalogue_region:
        return {}
    from mingzhang.taxonomy.catalogue import editions

    return {fold(one.document_number): one for one in editions(family.catalogue_region)}


class _Reader:
    def __init__(self, family: Family, edition: str, number: str) -> None:
        self.family, self.edition, self.number = family, edition, number
        self.section = ""
        self.found = Catalogue()
        # Rows that head a section: what they are as text if no line follows.
        self.heads: list[tuple[str, Text]] = []

    def grid(self, grid: Grid) -> None:
        """Read a grid's rows; a section goes on in the next grid."""
        left = self.found.left[id(grid)] = []
        columns = _list_columns(grid, self.family)
        for row in grid.rows:
            cells = [cell for cell in row if not cell.covered and cell.text.strip()]
            if not cells:
                continue
            line = self._listed(row, cells, columns) if columns else self._line(cells)
            if line is not None:
                self.found.lines.append(line)
                continue
            if _is_header(cells, self.family):
                continue
            text = _text(cells)
            if not columns and _heads_section("".join(cell.text for cell in cells)):
                self.section = _section([name_of(cell.text) for cell in cells], self.edition, self.family)
                self.heads.append((self.section, text))
            left.append(text)

    def drop_sections(self) -> None:
        """Leave out the rows that lines tell as their section."""
        told = {line.section for line in self.found.lines}
        gone = {id(text) for section, text in self.heads if section in told}
        for texts in self.found.left.values():
            texts[:] = [text for text in texts if id(text) not in gone]

    def _listed(self, row: list[Cell], cells: list[Cell], columns: Mapping[str, int]) -> CatalogueLine | None:
        """A row of a list of purchases."""
        first = _tidy(cells[0].text)
        if not _CODE.fullmatch(first):
            return None
        texts = {key: row[place].text.strip() for key, place in columns.items() if place < len(row)}
        amount = read_amount(texts.get("amount", ""))
        return CatalogueLine(
            self.edition,
            self.number,
            name_of(texts.get("section", "")),
            first,
            name_of(texts.get("name", "")),
            name_of(texts.get("project", "")),
            amount.value if amount else None,
            _provenance(cells),
        )

    def _line(self, cells: list[Cell]) -> CatalogueLine | None:
        """A row of an annexed edition."""
        code, name = _entry(cells, _tidy(cells[0].text))
        if not code:
            return None
        return CatalogueLine(self.edition, self.number, self.section, code, name, provenance=_provenance(cells))


def _provenance(cells: list[Cell]) -> Provenance:
    return cells[0].place.provenance(" ".join(cell.text for cell in cells), cells[0].confidence)


def _text(cells: list[Cell]) -> Text:
    return Text(CATALOGUE, "table", "\t".join(clean(cell.text) for cell in cells), cells[0].place.provenance())


def _is_header(cells: list[Cell], family: Family) -> bool:
    words = {fold(cell.text) for cell in cells}
    return len(words & {fold(word) for word in (*family.catalogue.levels, *family.catalogue.header)}) * 2 >= len(words)


def _section(pieces: list[str], edition: str, family: Family) -> str:
    """The name of a section. One that borders have cut into pieces is put together with the edition's names as guide."""
    name = "".join(pieces)
    if len(pieces) == 1 or not edition:
        return name
    from mingzhang.taxonomy.catalogue import load_catalogue

    known = load_catalogue(edition, family.catalogue_region).sections
    near = max(known, key=lambda one: likeness(fold(name), fold(one)))
    return near if likeness(fold(name), fold(near)) > 0.6 else name


def _heads_section(text: str) -> bool:
    """Whether a line alone is the name of a department, and not a page number, a sentence or what a scanner has seen."""
    stripped = clean(text)
    plain = not any(character.isdigit() or character in "。；：" for character in stripped)
    return len(stripped) <= 40 and plain and _NAMED.match(stripped) is not None


def _tidy(text: str) -> str:
    stripped = "".join(text.split())
    return stripped[:1] + stripped[1:].translate(_LOOK_ALIKE) if stripped[:1].isascii() else stripped


def _entry(cells: list[Cell], first: str) -> tuple[str, str]:
    """The code and name of a row; blank if it has none. A code that lost its letter is kept as printed."""
    rest = [name_of(cell.text) for cell in cells[1:]]
    if _CODE.fullmatch(first) or (_CODE_LOST.fullmatch(first) and rest and len(first) > 2):
        return first, "".join(rest)
    glued = _GLUED.fullmatch(first)
    if glued:
        return glued[1], glued[2] + "".join(rest)
    return "", ""


def _list_columns(grid: Grid, family: Family) -> Mapping[str, int]:
    """Where the columns of a list of purchases stand; nothing for an annexed edition."""
    header = [fold(cell.text) for cell in grid.rows[0]]
    wanted = [fold(text) for text in family.catalogue.header]
    if not all(wanted) or sum(text in header for text in wanted) < 4:
        return {}
    keys = ("code", "section", "name", "project", "amount")
    return {key: header.index(text) for key, text in zip(keys, wanted, strict=True) if text in header}
