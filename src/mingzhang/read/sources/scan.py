"""A scanned page: its picture set upright, its ruling lines found, its text recognised where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mingzhang.read.sources.ocr import Engine, Reading, smaller
from mingzhang.read.sources.page import Glyph, Page, Rule
from mingzhang.read.sources.ruling import Lattice, lattices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

# Lengths in points, whatever the picture's resolution.
SHORTEST_ACROSS = 16.0
SHORTEST_DOWN = 9.0
# Lines no longer than this may be strokes of characters in a row, unless both their ends come this near to others.
STROKE_ACROSS = 60.0
STROKE_DOWN = 25.0
MEETS = 1.5
THICK = 2.0
DOT = 1.0
SMALLEST_INK = 1.6
INSET = 0.7
MARGIN = 2.0
# No page of tables has more lines across or down; the longest are kept.
MOST_RULES = 1000
# Gaps in heights of the line.
WIDE_GAP = 0.7
NARROW_GAP = 0.3
# Bands of ink no taller together than this, in usual heights of a line, are one line.
ONE_LINE = 1.15
# The resolution at which text outside of tables is looked for: finding needs less than reading.
FIND_DPI = 110
MOST_SKEW = 3.0
DOUBT = 0.6
# In fewer pixels than this nobody reads anything.
SMALLEST = 16


class _Piece(Struct, frozen=True):
    """A piece of the picture that holds one line of text, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def scanned_page(picture: Picture, scale: float, number: int, engine: Engine, turn: bool = True) -> Page:
    """What a grey picture of a page shows; `scale` is points per pixel. With `turn` it may lie on its side."""
    if min(picture.shape) < SMALLEST:
        return Page(number, picture.shape[1] * scale, picture.shape[0] * scale)
    upright = _straight(engine.upright(picture) if turn else picture)
    height, width = upright.shape
    page = Page(number, width * scale, height * scale)
    ink = _ink(upright)
    across, down = _lines(ink, scale)
    page.horizontal, page.vertical = _framed(_rules(across, scale, flat=True), _rules(down, scale, flat=False))
    drawn = _drawn(across, page.horizontal, scale, flat=True) | _drawn(down, page.vertical, scale, flat=False)
    text = _without(ink, drawn, scale)
    tables = [one for one in lattices(page.horizontal, page.vertical) if len(one.xs) > 2]
    held = [piece for table in tables for piece in _cell_pieces(text, table, scale)]
    free = _free_pieces(upright, text, tables, scale, engine)
    readings = engine.read([_crop(upright, text, piece) for piece in held + free])
    for number_of_piece, (piece, reading) in enumerate(zip(held + free, readings, strict=True)):
        # What stands in a cell counts, however doubtful; a guess outside of tables is a seal or a drawing.
        if number_of_piece < len(held) or reading.confidence >= DOUBT:
            page.glyphs += _glyphs(piece, _looked_again(reading, text, piece), scale)
    return page


def ruled(picture: Picture, scale: float) -> tuple[list[Rule], list[Rule]]:
    """The horizontal and vertical lines that a picture shows, for a scan that carries its text already."""
    across, down = _lines(_ink(picture), scale)
    return _framed(_rules(across, scale, flat=True), _rules(down, scale, flat=False))


def _ink(picture: Picture) -> Picture:
    """Where the picture is dark for its surroundings."""
    import cv2

    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    return cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 18)


def _straight(picture: Picture) -> Picture:
    """The picture turned by the few degrees that make its lines level."""
    import cv2

    angle = skew_of(picture)
    if abs(angle) < 0.03:
        return picture
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def skew_of(picture: Picture) -> float:
    """By how many degrees (counter-clockwise) to turn the picture: its rows are then darkest against its gaps."""
    import cv2
    import numpy

    factor = min(1600 / max(picture.shape), 1.0)
    small = smaller(picture, factor)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
    ys, xs = numpy.nonzero(ink)
    if len(ys) < 200:
        return 0.0
    if len(ys) > 60_000:
        chosen = numpy.linspace(0, len(ys) - 1, 60_000).astype(int)
        ys, xs = ys[chosen], xs[chosen]

    def sharpness(angle: float) -> float:
        levels = (ys - xs * numpy.tan(numpy.radians(angle)) + small.shape[1]).astype(int)
        counts = numpy.bincount(levels).astype(float)
        return float((counts * counts).sum())

    best = 0.0
    for step, reach in ((0.5, MOST_SKEW), (0.1, 0.5), (0.02, 0.1)):
        angles = best + numpy.arange(-reach, reach + step / 2, step)
        best = float(max(angles, key=sharpness))
    return best


def _lines(ink: Picture, scale: float) -> tuple[Picture, Picture]:
    """The parts of the ink that are long straight strokes: across and down."""
    import cv2

    def strokes(length: int, wide: bool) -> Picture:
        def bar(size: int, along: bool) -> Any:
            return cv2.getStructuringElement(cv2.MORPH_RECT, (max(size, 1), 1) if along == wide else (1, max(size, 1)))

        joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, bar(max(round(DOT / scale), 3), True))
        thick = cv2.dilate(joined, bar(3, False))
        return cv2.morphologyEx(thick, cv2.MORPH_OPEN, bar(length, True))

    return strokes(round(SHORTEST_ACROSS / scale), True), strokes(round(SHORTEST_DOWN / scale), False)


def _rules(strokes: Picture, scale: float, flat: bool) -> list[Rule]:
    import cv2

    _, _, boxes, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    rules = []
    for left, top, width, height, _ in boxes[1:].tolist():
        thickness, length = (height, width) if flat else (width, height)
        if thickness * scale > 6 or length < 3 * thickness:
            continue
        at = (top + height / 2 if flat else left + width / 2) * scale
        start = (left if flat else top) * scale
        rules.append(Rule(at, start, start + length * scale))
    return sorted(rules, key=lambda rule: rule.start - rule.end)[:MOST_RULES]


def _framed(across: list[Rule], down: list[Rule]) -> tuple[list[Rule], list[Rule]]:
    """The lines without the strokes of characters: short ones that end in the open and continue no long one."""
    while True:
        rows = _without_strokes(across, down, STROKE_ACROSS)
        columns = _without_strokes(down, rows, STROKE_DOWN)
        if len(rows) == len(across) and len(columns) == len(down):
            return rows, columns
        across, down = rows, columns


def _without_strokes(rules: list[Rule], crossing: list[Rule], stroke: float) -> list[Rule]:
    long = [rule for rule in rules if rule.end - rule.start > stroke]
    frame = [other for other in crossing if other.end - other.start > STROKE_DOWN]
    return [
        rule
        for rule in rules
        if rule.end - rule.start > stroke
        or any(abs(other.at - rule.at) <= MEETS for other in long)
        or all(
            any(abs(other.at - end) <= MEETS and other.start - MEETS <= rule.at <= other.end + MEETS for other in frame)
            for end in (rule.start, rule.end)
        )
    ]


def _drawn(strokes: Picture, rules: list[Rule], scale: float, flat: bool) -> Picture:
    """Of the strokes those that these lines are made of."""
    import cv2
    import numpy

    where = numpy.zeros_like(strokes)
    for rule in rules:
        low, high = round((rule.at - THICK) / scale), round((rule.at + THICK) / scale)
        start, end = round(rule.start / scale), round(rule.end / scale)
        corners = ((start, low), (end, high)) if flat else ((low, start), (high, end))
        cv2.rectangle(where, *corners, 255, -1)
    return strokes & where


def _without(ink: Picture, lines: Picture, scale: float) -> Picture:
    """The ink without the lines and without specks."""
    import cv2

    text = cv2.bitwise_and(ink, cv2.bitwise_not(lines))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(text, connectivity=8)
    smallest = max((SMALLEST_INK / scale) ** 2 / 4, 3)
    kept = boxes[:, cv2.CC_STAT_AREA] >= smallest
    kept[0] = False
    without: Picture = text * kept[labels].astype("uint8")
    return without


def _cell_pieces(text: Picture, table: Lattice, scale: float) -> list[_Piece]:
    """The lines of text in a table's cells, each cut close."""
    inner = max(round(INSET / scale), 1)
    areas = []
    for span in table.spans:
        left, top, right, bottom = (round(value / scale) for value in table.box_of(span))
        area = _Piece(left + inner, top + inner, right - inner, bottom - inner)
        bands = _bands(text[area.top : area.bottom, area.left : area.right])
        if bands:
            areas.append((area, bands))
    heights = sorted(last - first for _, bands in areas for first, last in bands)
    usual = heights[len(heights) * 3 // 4] if heights else 0
    return [
        piece
        for area, bands in areas
        for first, last in _whole_rows(bands, usual)
        if (piece := _cut_close(text, area, first, last, scale)) is not None
    ]


def _bands(part: Picture) -> list[tuple[int, int]]:
    """Where rows of pixels with ink begin and end."""
    import numpy

    filled = numpy.flatnonzero(part.any(axis=1)) if part.size else numpy.empty(0, int)
    if not len(filled):
        return []
    breaks = numpy.flatnonzero(numpy.diff(filled) > 1)
    starts, ends = filled[numpy.r_[0, breaks + 1]], filled[numpy.r_[breaks, len(filled) - 1]] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _whole_rows(bands: list[tuple[int, int]], usual: int) -> list[tuple[int, int]]:
    """Bands of ink that are lines of text: the strokes of a flat character (二, 三, ：) belong together."""
    limit = ONE_LINE * max(usual, *(last - first for first, last in bands), 1)
    rows = [bands[0]]
    for first, last in bands[1:]:
        if last - rows[-1][0] <= limit:
            rows[-1] = (rows[-1][0], last)
        else:
            rows.append((first, last))
    return rows


def _cut_close(text: Picture, area: _Piece, first: int, last: int, scale: float) -> _Piece | None:
    import numpy

    columns = numpy.flatnonzero(text[area.top + first : area.top + last, area.left : area.right].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    if max(last - first, right - left) * scale < SMALLEST_INK:
        return None
    margin = max(round(MARGIN / scale), 2)
    return _Piece(
        max(area.left + left - margin, area.left),
        max(area.top + first - margin, area.top),
        min(area.left + right + margin, area.right),
        min(area.top + last + margin, area.bottom),
    )


def _free_pieces(picture: Picture, text: Picture, tables: list[Lattice], scale: float, engine: Engine) -> list[_Piece]:
    """The lines of text outside of the tables."""

    free = picture.copy()
    for table in tables:
        left, top, right, bottom = (round(value / scale) for value in table.box)
        free[max(top - 3, 0) : bottom + 4, max(left - 3, 0) : right + 4] = 255
    if not text.any():
        return []
    factor = min(FIND_DPI * scale / 72, 1.0)
    small = smaller(free, factor)
    return [_Piece(*(round(value / factor) for value in box)) for box in engine.find(small)]


def _crop(picture: Picture, text: Picture, piece: _Piece) -> Picture:
    """The piece's picture, wide gaps (合　　计) narrowed: in blank paper the recogniser sees characters."""
    import numpy

    cut = picture[piece.top : piece.bottom, piece.left : piece.right]
    height = piece.bottom - piece.top
    filled = numpy.flatnonzero(text[piece.top : piece.bottom, piece.left : piece.right].any(axis=0))
    gaps = numpy.flatnonzero(numpy.diff(filled) > WIDE_GAP * height)
    if not len(gaps):
        return cut
    kept = numpy.ones(cut.shape[1], dtype=bool)
    half = round(NARROW_GAP * height / 2)
    for gap in gaps:
        kept[filled[gap] + half : filled[gap + 1] - half] = False
    return cut[:, kept]


def _looked_again(reading: Reading, text: Picture, piece: _Piece) -> Reading:
    """The reading, its first character corrected where the ink tells apart what the recogniser confuses.

    A sign of two strokes is ≤ or ≥, not < or >; a stroke before an ideograph is 一, since a dash would be double.
    """
    first, rest = reading.text[:1], reading.text[1:]
    if first == "—" and "\u4e00" <= rest[:1] <= "\u9fff":
        return Reading("一" + rest, reading.confidence)
    if first in ("<", ">") and rest and _strokes_of_first(text[piece.top : piece.bottom, piece.left : piece.right]) > 1:
        return Reading(("≤" if first == "<" else "≥") + rest, reading.confidence)
    return reading


def _strokes_of_first(part: Picture) -> int:
    """Of how many separate strokes, each at least half as wide as it, the first character of a line consists."""
    import cv2
    import numpy

    filled = numpy.flatnonzero(part.any(axis=0))
    breaks = numpy.flatnonzero(numpy.diff(filled) > 1)
    if not len(breaks):
        return 1
    first = numpy.ascontiguousarray(part[:, filled[0] : filled[breaks[0]] + 1])
    _, _, boxes, _ = cv2.connectedComponentsWithStats(first, connectivity=8)
    return int((boxes[1:, cv2.CC_STAT_WIDTH] >= first.shape[1] / 2).sum())


def _glyphs(piece: _Piece, reading: Reading, scale: float) -> list[Glyph]:
    """The characters of a line read, placed by their usual widths."""
    weights = [1.0 if character.isascii() else 2.0 for character in reading.text]
    unit = (piece.right - piece.left) * scale / max(sum(weights), 1.0)
    top, bottom = piece.top * scale, piece.bottom * scale
    glyphs = []
    left = piece.left * scale
    for character, weight in zip(reading.text, weights, strict=True):
        glyphs.append(Glyph(left, top, left + weight * unit, bottom, character, reading.confidence))
        left += weight * unit
    return glyphs
