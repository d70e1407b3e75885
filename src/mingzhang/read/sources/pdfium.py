"""A PDF's pages through pdfium: characters with their boxes, lines and filled areas, as a reader sees them upright."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from typing import Any

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.sources.page import Glyph, Page, Rule

Matrix = tuple[float, float, float, float, float, float]
Turn = Callable[[float, float, float, float], Box]

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
# A filled rectangle this thin is a line, and so is a stroke this wide (points).
THIN = 3.0
# Between lines and drawings: more objects than any table has are a picture.
MOST_OBJECTS = 30_000
MOST_DEPTH = 8
# Components of a colour from here on, on white paper, show nothing.
WHITE = 250
# A form object scaled up this much is drawn on a unit square, where pdfium overlooks narrow characters.
UNIT_FORM = 20.0
# Text leaning further than this from the page's direction (radians) is a watermark.
LEAN = math.radians(8)


class Drawn(Struct, frozen=True):
    """A page as pdfium has it: what is drawn as text and lines, where pictures stand, and how many drawings there
    are and characters without a known text."""

    page: Page
    pictures: list[Box]
    paths: int
    unmapped: int


def drawn_page(page: Any, number: int) -> Drawn:
    """What a pdfium page (pypdfium2.PdfPage) shows."""
    import pypdfium2.raw as pdfium

    rect = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, rect):
        rect.left, rect.bottom, rect.right, rect.top = 0, 0, 595, 842
    frame = (rect.left, rect.bottom, rect.right, rect.top)
    _enlarge_forms(page)
    raw, unmapped = _characters(page)
    turns = _direction(raw) if raw else pdfium.FPDFPage_GetRotation(page)
    turn = _turned(frame, turns)
    width, height = rect.right - rect.left, rect.top - rect.bottom
    if turns % 2:
        width, height = height, width
    upright = Page(number, width, height)
    upright.glyphs = _glyphs(raw, turn, upright)
    strokes = _Strokes(upright, turn)
    strokes.draw(page)
    return Drawn(upright, strokes.pictures, strokes.paths, unmapped)


def _enlarge_forms(page: Any) -> None:
    """Draw form objects that are drawn tiny and scaled up larger, to the same effect."""
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    for index in range(min(pdfium.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        form = pdfium.FPDFPage_GetObject(page, index)
        if pdfium.FPDFPageObj_GetType(form) != pdfium.FPDF_PAGEOBJ_FORM:
            continue
        if not pdfium.FPDFPageObj_GetMatrix(form, matrix):
            continue
        scale = max(abs(matrix.a), abs(matrix.b), abs(matrix.c), abs(matrix.d))
        if not UNIT_FORM < scale < 1e6:
            continue
        for inner in range(pdfium.FPDFFormObj_CountObjects(form)):
            pdfium.FPDFPageObj_Transform(pdfium.FPDFFormObj_GetObject(form, inner), scale, 0, 0, scale, 0, 0)
        parts = (part / scale for part in (matrix.a, matrix.b, matrix.c, matrix.d))
        pdfium.FPDFPageObj_SetMatrix(form, pdfium.FS_MATRIX(*parts, matrix.e, matrix.f))


def _turned(frame: Box, quarters: int) -> Turn:
    """How a box of the page's own space (upwards) is seen after so many quarter turns clockwise (downwards)."""
    left, bottom, right, top = frame
    if quarters == 1:
        return lambda x0, y0, x1, y1: (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if quarters == 2:
        return lambda x0, y0, x1, y1: (right - x1, y0 - bottom, right - x0, y1 - bottom)
    if quarters == 3:
        return lambda x0, y0, x1, y1: (top - y1, right - x1, top - y0, right - x0)
    return lambda x0, y0, x1, y1: (x0 - left, top - y1, x1 - left, top - y0)


def _characters(page: Any) -> tuple[list[tuple[float, float, float, float, str, float]], int]:
    """Each character as left, bottom, right, top, text, angle, and how many have no known text."""
    import pypdfium2.raw as pdfium

    text_page = pdfium.FPDFText_LoadPage(page)
    found = []
    unmapped = 0
    try:
        rect = pdfium.FS_RECTF()
        by_reference = ctypes.byref(rect)
        for index in range(pdfium.FPDFText_CountChars(text_page)):
            if pdfium.FPDFText_IsGenerated(text_page, index) == 1:
                continue
            code = pdfium.FPDFText_GetUnicode(text_page, index)
            if code in (0, 0xFFFD, 0xFFFE):
                unmapped += 1
                continue
            if code < 32 or not pdfium.FPDFText_GetLooseCharBox(text_page, index, by_reference):
                continue
            angle = pdfium.FPDFText_GetCharAngle(text_page, index)
            found.append((rect.left, rect.bottom, rect.right, rect.top, _plain(code), angle))
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    return found, unmapped


def _plain(code: int) -> str:
    """A character; the forms of radicals that some fonts map to become the ideographs they look like."""
    if 0x2E80 <= code < 0x2FE0 or 0xF900 <= code < 0xFB00:
        return unicodedata.normalize("NFKC", chr(code))
    if code == 0xA0 or 0x2000 <= code < 0x200B:
        return " "
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _direction(raw: list[tuple[float, float, float, float, str, float]]) -> int:
    """In which direction most of the text runs, in quarter turns (clockwise) that set it upright."""
    quarters = Counter(round(-angle / (math.pi / 2)) % 4 for *_, angle in raw)
    return max(quarters.items(), key=lambda item: item[1])[0]


def _glyphs(raw: list[tuple[float, float, float, float, str, float]], turn: Turn, page: Page) -> list[Glyph]:
    glyphs = []
    level = (one for one in raw if abs(math.remainder(one[5], math.pi / 2)) <= LEAN)
    # The characters of a ligature (——) have one box: each gets its share.
    for (x0, y0, x1, y1), together in groupby(level, key=lambda one: one[:4]):
        left, top, right, bottom = turn(x0, y0, x1, y1)
        inside = -1 <= (left + right) / 2 <= page.width + 1 and -1 <= (top + bottom) / 2 <= page.height + 1
        if not inside or bottom <= top:
            continue
        texts = [one[4] for one in together]
        width = (right - left) / len(texts)
        for place, text in enumerate(texts):
            if text:
                glyphs.append(Glyph(left + place * width, top, left + (place + 1) * width, bottom, text))
    return glyphs


class _Strokes:
    """Gathers the straight lines and filled areas of a page, those inside form objects too."""

    def __init__(self, page: Page, turn: Turn) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.page = page
        self.turn = turn
        self.pictures: list[Box] = []
        self.paths = 0
        self.seen = 0
        self._numbers = [ctypes.c_float() for _ in range(4)]
        self._colour = [ctypes.c_uint() for _ in range(4)]
        self._mode, self._stroked = ctypes.c_int(), ctypes.c_int()
        self._matrix = pdfium.FS_MATRIX()

    def draw(self, page: Any) -> None:
        """Gather what the page's objects draw."""
        pdfium = self.pdfium
        objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(pdfium.FPDFPage_CountObjects(page)))
        self._draw_all(objects, IDENTITY, 0)

    def _draw_all(self, objects: Iterator[Any], outer: Matrix, depth: int) -> None:
        pdfium = self.pdfium
        for one in objects:
            self.seen += 1
            if self.seen > MOST_OBJECTS:
                return
            kind = pdfium.FPDFPageObj_GetType(one)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._path(one, outer)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                self._picture(one, outer)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MOST_DEPTH:
                count = pdfium.FPDFFormObj_CountObjects(one)
                inner = _times(self._matrix_of(one), outer)
                self._draw_all((pdfium.FPDFFormObj_GetObject(one, index) for index in range(count)), inner, depth + 1)

    def _matrix_of(self, one: Any) -> Matrix:
        matrix = self._matrix
        if not self.pdfium.FPDFPageObj_GetMatrix(one, matrix):
            return IDENTITY
        return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)

    def _picture(self, one: Any, outer: Matrix) -> None:
        """Note where a picture stands; one as thin as a line is a line."""
        matrix = _times(self._matrix_of(one), outer)
        corners = [_at(matrix, x, y) for x in (0, 1) for y in (0, 1)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        left, top, right, bottom = self.turn(min(xs), min(ys), max(xs), max(ys))
        if min(right - left, bottom - top) <= THIN:
            self._area(left, top, right, bottom)
            return
        left, top = max(left, 0.0), max(top, 0.0)
        right, bottom = min(right, self.page.width), min(bottom, self.page.height)
        if right > left and bottom > top:
            self.pictures.append((left, top, right, bottom))

    def _path(self, one: Any, outer: Matrix) -> None:
        pdfium = self.pdfium
        self.paths += 1
        if not pdfium.FPDFPath_GetDrawMode(one, self._mode, self._stroked):
            return
        stroked = bool(self._stroked.value) and not self._is_white(pdfium.FPDFPageObj_GetStrokeColor, one)
        filled = bool(self._mode.value) and not self._is_white(pdfium.FPDFPageObj_GetFillColor, one)
        if not (stroked or filled):
            return
        matrix = _times(self._matrix_of(one), outer)
        if stroked:
            width = self._numbers[0]
            pdfium.FPDFPageObj_GetStrokeWidth(one, width)
            stroked = width.value * math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2])) <= 2 * THIN
        for points in self._outlines(one, matrix):
            if stroked:
                for first, second in pairwise(points):
                    self._line(*first, *second)
            elif filled:
                xs, ys = [x for x, _ in points], [y for _, y in points]
                self._area(*self.turn(min(xs), min(ys), max(xs), max(ys)))

    def _is_white(self, colour_of: Callable[..., int], one: Any) -> bool:
        red, green, blue, alpha = self._colour
        if not colour_of(one, red, green, blue, alpha):
            return False
        return alpha.value == 0 or min(red.value, green.value, blue.value) >= WHITE

    def _outlines(self, path: Any, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
        """The path's strings of straight segments, curves left out."""
        pdfium = self.pdfium
        x, y = self._numbers[:2]
        points: list[tuple[float, float]] = []
        begin = (0.0, 0.0)
        for index in range(min(pdfium.FPDFPath_CountSegments(path), MOST_OBJECTS)):
            segment = pdfium.FPDFPath_GetPathSegment(path, index)
            if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                continue
            point = _at(matrix, x.value, y.value)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_LINETO and points:
                points.append(point)
            else:
                if len(points) > 1:
                    yield points
                points = [point]
                if kind == pdfium.FPDF_SEGMENT_MOVETO:
                    begin = point
            if pdfium.FPDFPathSegment_GetClose(segment):
                points.append(begin)
        if len(points) > 1:
            yield points

    def _line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        left, top, right, bottom = self.turn(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        if min(right - left, bottom - top) <= 1.0:
            self._area(left, top, right, bottom)

    def _area(self, left: float, top: float, right: float, bottom: float) -> None:
        """A filled box: a rule along its length if it is thin, else an area."""
        width, height = right - left, bottom - top
        if height <= THIN and height <= width:
            self.page.horizontal.append(Rule((top + bottom) / 2, left, right))
        elif width <= THIN:
            self.page.vertical.append(Rule((left + right) / 2, top, bottom))
        else:
            self.page.fills.append((left, top, right, bottom))


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies `inner` first."""
    if outer is IDENTITY:
        return inner
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return (a * x + c * y + e, b * x + d * y + f)
