"""Rows that a scanner has broken up or grown together, made whole before anything is read from them.

Only text that tells its columns by tabs is mended: where rows are ruled, nothing of the kind happens.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mingzhang.read.blocks import Cell
from mingzhang.read.printed import is_blank_mark, read_amount

_AMOUNT = r"-?\d[\d,]*\.\s?\d\d"
# A name, or an amount, with an amount behind it in one cell.
_GROWN = re.compile(rf"(.*[^\s\d.,]|{_AMOUNT})\s+({_AMOUNT})", re.DOTALL)
_HAN = re.compile(r"[一-鿿]")
_LONGEST_TAIL = 30
_PARTED = "拆开并在一格的内容"
_JOINED = "拼合断成两行的内容"


class Mended(Struct):
    """A row, and in Chinese what had to be mended."""

    cells: list[Cell]
    repair: str = ""


def mend(rows: Sequence[list[Cell]], is_name: Callable[[str], bool]) -> list[Mended]:
    """The rows made whole. `is_name` tells whether a text is the whole name of some row of the table."""
    found: list[Mended] = []
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    for row in (_parted(row, width) for row in rows):
        if found and (whole := _whole(found[-1].cells, row.cells, is_name)) is not None:
            found[-1] = Mended(whole, _JOINED)
        else:
            found.append(row)
    return found


def _parted(row: list[Cell], width: int) -> Mended:
    """The row with cells parted that hold a name and an amount, or two amounts.

    Where that makes it wider than the others, the cells behind have been left blank for them.
    """
    matches = [_GROWN.fullmatch(cell.text) if " " in cell.text else None for cell in row]
    surplus = len(row) + sum(match is not None for match in matches) - width
    if not any(matches):
        return Mended(row)
    cells: list[Cell] = []
    blank = 0
    for cell, match in zip(row, matches, strict=True):
        if match:
            cells += [replace(cell, text=match[1]), replace(cell, text=match[2])]
            blank += 1
        elif blank and surplus > 0 and not cell.text.strip():
            blank, surplus = blank - 1, surplus - 1
        else:
            cells.append(cell)
    return Mended(cells, _PARTED)


def _whole(before: list[Cell], row: list[Cell], is_name: Callable[[str], bool]) -> list[Cell] | None:
    """Two rows as the one that they are; None if they are two."""
    first, second = list(_filled(before)), list(_filled(row))
    if not first or not second:
        return None
    texts = [number for number in second if not _is_amount(row[number])]
    if first[-1] < second[0] and (not texts or _is_code_alone(before, first, row, second)):
        return _laid_over(before, row)
    if len(texts) == len(second) == 1:
        return _with_tail(before, row, texts[0], is_name)
    if len(first) == 1 and texts and not _is_amount(before[first[0]]):
        return _with_beginning(before, row, first[0], is_name)
    return None


def _is_code_alone(before: list[Cell], first: list[int], row: list[Cell], second: list[int]) -> bool:
    """Whether the first row is nothing but a code and the second one has none."""
    code = before[first[0]].text.strip()
    return len(first) == 1 and code.isdigit() and len(code) > 2 and not row[second[0]].text.strip()[:3].isdigit()


def _with_tail(before: list[Cell], row: list[Cell], number: int, is_name: Callable[[str], bool]) -> list[Cell] | None:
    """The first row with the end of its name from the second."""
    if number >= len(before) or len(row[number].text) > _LONGEST_TAIL or not _HAN.search(before[number].text):
        return None
    name, tail = before[number].text, row[number].text
    if is_name(name) or is_name(tail) or not is_name(name + tail):
        return None
    return [*before[:number], replace(before[number], text=name + tail), *before[number + 1 :]]


def _with_beginning(
    before: list[Cell], row: list[Cell], number: int, is_name: Callable[[str], bool]
) -> list[Cell] | None:
    """The second row with the beginning of its name from the first."""
    if number >= len(row) or not _HAN.search(before[number].text):
        return None
    name, end = before[number].text, row[number].text
    if is_name(name) or is_name(end) or not is_name(name + end):
        return None
    return [*row[:number], replace(row[number], text=name + end, place=before[number].place), *row[number + 1 :]]


def _laid_over(before: list[Cell], row: list[Cell]) -> list[Cell]:
    width = max(len(before), len(row))
    return [
        before[number] if number < len(before) and (number >= len(row) or before[number].text.strip()) else row[number]
        for number in range(width)
    ]


def _filled(row: Sequence[Cell]) -> Iterator[int]:
    return (number for number, cell in enumerate(row) if not is_blank_mark(cell.text))


def _is_amount(cell: Cell) -> bool:
    return read_amount(cell.text) is not None
