"""The catalogue of service purchases: the list of a year's purchases, or the whole edition annexed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mingzhang.disclosure import CatalogueLine, Note
from mingzhang.families import Family
from mingzhang.read.blocks import Block, Cell, Grid, Paragraph
from mingzhang.read.printed import fold, likeness, name_of, read_amount

if TYPE_CHECKING:
    from mingzhang.taxonomy import Edition

_CODE = re.compile(r"[A-Z](?:\d{2}){0,4}")
_CODE_LOST = re.compile(r"(?:\d{2}){1,4}")
_GLUED = re.compile(r"([A-Z](?:\d{2}){1,4})\s*(\D.*)")
_NUMBER = re.compile(r"[^\s()《》,。]{1,8}\[20\d\d\]\s*\d+号")
_LOOK_ALIKE = str.maketrans({"Ａ": "A", "I": "1", "l": "1", "O": "0", "o": "0"})


def read_catalogue(
    blocks: Sequence[Block], around: Sequence[Paragraph], family: Family
) -> tuple[list[CatalogueLine], list[Note]]:
    """Read the lines of the catalogue, with its edition by the document number that stands before it.

    `around` are the paragraphs in which the number may stand. A row that is no code heads a section (a department).
    """
    if not blocks:
        return [], []
    edition, number, note = _edition([*around, *(block for block in blocks if isinstance(block, Paragraph))], family)
    lines: list[CatalogueLine] = []
    section = ""
    for block in blocks:
        if isinstance(block, Grid):
            lines += _lines(block, edition, number, section, family)
            section = lines[-1].section if lines else section
        elif _heads_section(block.text):
            section = name_of(block.text)
    return lines, [note] if note and lines else []


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


def _lines(grid: Grid, edition: str, number: str, section: str, family: Family) -> Iterator[CatalogueLine]:
    columns = _list_columns(grid, family)
    for row in grid.rows:
        cells = [cell for cell in row if not cell.covered and cell.text.strip()]
        if not cells:
            continue
        first = _tidy(cells[0].text)
        provenance = cells[0].place.provenance(" ".join(cell.text for cell in cells), cells[0].confidence)
        if columns:
            if _CODE.fullmatch(first):
                texts = {key: row[place].text.strip() for key, place in columns.items() if place < len(row)}
                amount = read_amount(texts.get("amount", ""))
                yield CatalogueLine(
                    edition,
                    number,
                    name_of(texts.get("section", "")),
                    first,
                    name_of(texts.get("name", "")),
                    name_of(texts.get("project", "")),
                    amount.value if amount else None,
                    provenance,
                )
            continue
        code, name = _entry(cells, first)
        if code:
            yield CatalogueLine(edition, number, section, code, name, provenance=provenance)
        elif _heads_section("".join(cell.text for cell in cells)) and not _is_header(cells, family):
            section = _section([name_of(cell.text) for cell in cells], edition, family)


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
    """Whether a line alone is the name of a department, and not a page number or a sentence."""
    stripped = text.strip()
    return 2 <= len(stripped) <= 40 and not any(character.isdigit() or character in "。；：" for character in stripped)


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
