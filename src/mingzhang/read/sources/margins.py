"""What pages have in common: running heads and page numbers, which say nothing, and the margins of the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import median

from msgspec import Struct

from mingzhang.read.blocks import Block, Grid, Paragraph, Place
from mingzhang.read.sources.columns import LEADERS
from mingzhang.read.sources.glyphs import Line
from mingzhang.read.sources.page_layout import Item

# Within these parts of the page's height, at its top and foot, stand page numbers and running heads.
NUMBER_ZONE = 0.12
HEAD_ZONE = 0.09
FEWEST_HEADS = 3
HEAD_SHARE = 0.3
# Text this much taller than the document's usual text is a title, not a running head.
TITLE = 1.15
# Distances from a margin in heights of the line: a smaller one is none.
INDENT = 0.8
SHORT = 3.5
# Lines whose heights differ by this factor are not of one paragraph.
OTHER_SIZE = 1.25
_NUMBER = re.compile(r"[-—–―~·\s]*第?\s*\d{1,4}\s*页?[-—–―~·\s]*|第?\s*\d{1,4}\s*页?\s*[/，,、]?\s*共?\s*\d{1,4}\s*页?")
# A table's title or the unit of its amounts is no running head, however often it is repeated.
_OF_TABLE = re.compile(r"表\s*\d*$|单位|编制|万元")


class Sheet(Struct):
    """A page's size and what stands on it."""

    number: int
    width: float
    height: float
    items: list[Item]


def blocks_of(sheets: list[Sheet], file: str) -> list[Block]:
    """Everything on the pages but page numbers and running heads, as blocks in reading order."""
    heads = _running_heads(sheets)
    for sheet in sheets:
        _drop_running(sheet, heads)
    margins = _margins(sheets)
    blocks: list[Block] = []
    for sheet, item, before in _in_order(sheets):
        if isinstance(item, Grid):
            blocks.append(item)
        else:
            starts = _starts(item, before, margins.get(_format(sheet)))
            box = tuple(round(value, 2) for value in item.box)
            place = Place(file, page=sheet.number, bbox=(box[0], box[1], box[2], box[3]))
            edges = tuple(round(value, 2) for value in item.edges)
            blocks.append(Paragraph(item.text, place, starts=starts, edges=edges, confidence=item.confidence))
    return blocks


def _in_order(sheets: list[Sheet]) -> Iterator[tuple[Sheet, Item, Item | None]]:
    before: Item | None = None
    for sheet in sheets:
        for item in sheet.items:
            yield sheet, item, before
            before = item


def _format(sheet: Sheet) -> tuple[int, int]:
    return round(sheet.width / 10), round(sheet.height / 10)


def _head_key(line: Line, sheet: Sheet) -> tuple[str, int] | None:
    """What makes a line the same running head on another page: its text and height, counted from the nearer edge."""
    middle = (line.box[1] + line.box[3]) / 2
    if middle < HEAD_ZONE * sheet.height:
        return line.text, round(middle / 3)
    if middle > (1 - HEAD_ZONE) * sheet.height:
        return line.text, -round((sheet.height - middle) / 3) - 1
    return None


def _running_heads(sheets: list[Sheet]) -> set[tuple[str, int]]:
    heights = [item.height for sheet in sheets for item in sheet.items if isinstance(item, Line)]
    limit = TITLE * median(heights) if heights else 0.0
    counts: Counter[tuple[str, int]] = Counter()
    for sheet in sheets:
        lines = [item for item in sheet.items if isinstance(item, Line) and item.height <= limit]
        keys = {_head_key(line, sheet) for line in lines if not _OF_TABLE.search(line.text)}
        counts.update(key for key in keys if key is not None)
    fewest = max(FEWEST_HEADS, HEAD_SHARE * len(sheets))
    return {key for key, count in counts.items() if count >= fewest}


def _drop_running(sheet: Sheet, heads: set[tuple[str, int]]) -> None:
    """Take page numbers and running heads off the page, from its edges inwards."""
    for end, inwards in ((0, 1), (-1, -1)):
        while sheet.items:
            item = sheet.items[end]
            if not isinstance(item, Line):
                break
            middle = (item.box[1] + item.box[3]) / 2
            outside = min(middle, sheet.height - middle) < NUMBER_ZONE * sheet.height
            near = (middle < sheet.height / 2) == (inwards == 1)
            if not near or not ((outside and _NUMBER.fullmatch(item.text)) or _head_key(item, sheet) in heads):
                break
            sheet.items.pop(end)


def _margins(sheets: list[Sheet]) -> dict[tuple[int, int], tuple[float, float]]:
    """The left and right margin of running text, for each format of page."""
    lines: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for sheet in sheets:
        for item in sheet.items:
            if isinstance(item, Line):
                lines[_format(sheet)].append(item)
    found = {}
    for format_, of in lines.items():
        rights = sorted(line.box[2] for line in of)
        right = rights[len(rights) * 9 // 10]
        full = [line for line in of if right - line.box[2] <= SHORT * line.height] or of
        # The left edge of the full lines that most of them share, in favour of the outer one: titles are centred.
        counts = Counter(round(line.box[0] / 2) for line in full)
        common = max(counts.values())
        left = min(place for place, count in counts.items() if count >= max(common / 4, 1)) * 2.0
        found[format_] = (left, right)
    return found


def _starts(line: Line, before: Item | None, margins: tuple[float, float] | None) -> bool | None:
    """Whether a paragraph begins with this line: it is indented, or nothing full stands before it."""
    if margins is None:
        return None
    left, right = margins
    if line.box[0] - left > INDENT * line.height:
        return True
    if not isinstance(before, Line) or LEADERS.search(before.text):
        return True
    if max(line.height, before.height) > OTHER_SIZE * min(line.height, before.height):
        return True
    return right - before.box[2] > SHORT * before.height
