"""Worksheets: a number in a numeric cell, in a shared text, in a formula, or spread over cells, a digit in each."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from html import escape, unescape
from zipfile import ZipFile

from msgspec import Struct

from mingzhang.redact.encodings import decoded
from mingzhang.redact.patterns import Finder, Hit

_CELL = re.compile(r"<((?:\w+:)?)c((?:\s[^<>]*?)?)(?:/>|>((?:[^<]|<(?!/?\1c[\s>/]))*)</\1c\s*>)")
_TYPE = re.compile(r"""\st\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*)</")
_FORMULA = re.compile(r"<((?:\w+:)?)f((?:\s[^<>]*?)?)(?:/>|>([^<]*)</\1f\s*>)")
_SHARED = re.compile(r"""\bsi\s*=\s*["'](\d+)["']""")
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^<>]*)?>([^<]*)</")
_PHONETIC = re.compile(r"<((?:\w+:)?rPh)\b(?:[^<]|<(?!/?\1\b))*</\1>")
_ITEM = re.compile(r"<((?:\w+:)?)si(?:\s[^<>]*)?(?:/>|>((?:[^<]|<(?!/?\1si[\s>/]))*)</\1si\s*>)")
_STRINGS = "xl/sharedStrings.xml"
_HOLE = "\x00"  # stands for a cell while the rest of the sheet is masked; no XML may hold it
_BETWEEN = (
    "\x1f"  # between the texts of two cells: a blank that no XML may hold, so that only long numbers go across it
)
Masked = Callable[[str, Finder], tuple[str, list[int]]]


class Book:
    """What the sheets of a workbook share."""

    def __init__(self, archive: ZipFile, name: str) -> None:
        self.strings: list[str] = []
        self.formulas_dropped = False
        if _STRINGS in archive.namelist():
            text = decoded(archive.read(_STRINGS), name, markup=True).text
            self.strings = [_shown(item[2] or "") for item in _ITEM.finditer(text)]

    def string(self, number: str) -> str:
        """A shared text."""
        return self.strings[int(number)] if number.isdigit() and int(number) < len(self.strings) else ""


class _Cell(Struct):
    match: re.Match[str]
    type: str
    text: str
    start: int = 0

    @property
    def raw(self) -> str:
        return self.match[0]


def masked_sheet(text: str, book: Book, finder: Finder, masked: Masked) -> tuple[str, list[int]]:
    """A worksheet's XML masked, and how often each secret was in it. `masked` does that for other XML.

    A text that cells share is masked where it is kept. A numeric cell becomes a text; a formula that gave a secret is
    replaced by its result.
    """
    cells = [_Cell(match, *_told(match, book)) for match in _CELL.finditer(text)]
    counts = [0] * len(finder.secrets)
    new = _masked_cells(cells, finder, counts)
    unshared: set[str] = set()
    for number, cell in enumerate(cells):
        if number in new:
            _note_formula(cell.raw, book, unshared)
        elif cell.type == "inlineStr" or "<" in (cell.match[3] or ""):
            changed = _masked_own(cell, finder, masked, counts)
            if changed != cell.raw:
                new[number] = changed
    rest, more = masked(_CELL.sub(_HOLE, text), finder)
    counts = [first + second for first, second in zip(counts, more, strict=True)]
    if not any(counts):
        return text, counts
    pieces = rest.split(_HOLE)
    filled = [_unshared(new.get(number, cell.raw), unshared) for number, cell in enumerate(cells)]
    return "".join(part for pair in zip(pieces, [*filled, ""], strict=True) for part in pair), counts


def _told(match: re.Match[str], book: Book) -> tuple[str, str]:
    """A cell's type and text."""
    kind = _TYPE.search(match[2] or "")
    type, body = kind[1] if kind else "n", match[3] or ""
    value = _VALUE.search(body)
    if type == "inlineStr":
        return type, _shown(body)
    if value is None:
        return type, ""
    match type:
        case "s":
            return type, book.string(value[1].strip())
        case "n":
            return type, _number(value[1])
        case "str":
            return type, unescape(value[1])
    return type, ""


def _number(value: str) -> str:
    """A number in full: 1.3800001111E10 is 13800001111."""
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return unescape(value)
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return value
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(body: str) -> str:
    return unescape("".join(match[1] for match in _TEXT.finditer(_PHONETIC.sub("", body))))


def _masked_cells(cells: list[_Cell], finder: Finder, counts: list[int]) -> dict[int, str]:
    """The cells to be written anew: numbers, results of formulas, and what is spread over several cells."""
    at, parts = 0, []
    for cell in cells:
        cell.start = at
        parts.append(cell.text)
        at += len(cell.text) + 1
    line = _BETWEEN.join(parts)
    starts = [cell.start for cell in cells]
    chosen: list[Hit] = []
    touched: set[int] = set()
    for hit in finder.hits(line, "lines"):
        numbers = {bisect_right(starts, start) - 1 for start, _ in hit.spans}
        alone = len(numbers) == 1
        if alone and cells[min(numbers)].type in ("s", "inlineStr"):
            continue  # masked where the text is written, with the formats of its parts
        chosen.append(hit)
        touched |= numbers
    texts = finder.masked(line, chosen).split(_BETWEEN)
    for number, count in enumerate(finder.count(chosen)):
        counts[number] += count
    return {number: _as_text(cells[number], texts[number]) for number in touched}


def _as_text(cell: _Cell, text: str) -> str:
    """A cell that holds this text itself."""
    prefix, attributes = cell.match[1], _TYPE.sub("", cell.match[2] or "")
    inner = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(text, quote=False)}</{prefix}t></{prefix}is>'
    return f'<{prefix}c{attributes} t="inlineStr">{inner}</{prefix}c>'


def _masked_own(cell: _Cell, finder: Finder, masked: Masked, counts: list[int]) -> str:
    """A cell masked in its own XML: its text with all formats, or its formula."""
    raw, found = cell.raw, [0] * len(counts)
    if cell.type == "inlineStr":
        raw, found = masked(raw, finder)
    else:
        formula = _FORMULA.search(raw)
        if formula and formula[3]:
            changed, found = masked(formula[0], finder)
            raw = raw.replace(formula[0], changed, 1)
    for number, count in enumerate(found):
        counts[number] += count
    return raw


def _note_formula(raw: str, book: Book, unshared: set[str]) -> None:
    """Remember that a cell's formula is gone, and which cells took it from there."""
    formula = _FORMULA.search(raw)
    if formula:
        book.formulas_dropped = True
        shared = _SHARED.search(formula[2] or "")
        if shared and formula[3]:
            unshared.add(shared[1])


def _unshared(raw: str, unshared: set[str]) -> str:
    """A cell without the formula that it took from another cell, if that one has lost it; its result stays."""
    if not unshared or "<" not in raw:
        return raw
    return _FORMULA.sub(
        lambda one: "" if (shared := _SHARED.search(one[2] or "")) and shared[1] in unshared else one[0], raw
    )
