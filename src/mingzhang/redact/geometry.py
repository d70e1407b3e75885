"""From the page as a reader sees it upright to the page's own space, and from a scan set straight to the scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mingzhang.disclosure import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mingzhang.read.sources.ocr import Engine

    Picture = NDArray[Any]

Point = tuple[float, float]
Turn = Callable[[float, float], Point]


def frame_of(page: Any) -> Box:
    """What a pdfium page shows of its space: left, bottom, right, top."""
    import pypdfium2.raw as pdfium

    rect = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, rect):
        return (0, 0, 595, 842)
    return (rect.left, rect.bottom, rect.right, rect.top)


def seen(frame: Box, quarters: int) -> Turn:
    """How a point of the page's space (upwards) is seen after so many quarter turns clockwise (downwards)."""
    left, bottom, right, top = frame
    return (
        lambda x, y: (x - left, top - y),
        lambda x, y: (y - bottom, x - left),
        lambda x, y: (right - x, y - bottom),
        lambda x, y: (top - y, right - x),
    )[quarters]


def unseen(frame: Box, quarters: int) -> Turn:
    """The reverse."""
    left, bottom, right, top = frame
    return (
        lambda x, y: (left + x, top - y),
        lambda x, y: (left + y, bottom + x),
        lambda x, y: (right - x, bottom + y),
        lambda x, y: (right - y, top - x),
    )[quarters]


def moved(box: Box, *turns: Turn) -> Box:
    """The box around where a box comes to lie."""
    points = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    for turn in turns:
        points = [turn(*point) for point in points]
    return around(points)


def around(points: Sequence[Point]) -> Box:
    """The box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


def larger(box: Box, across: float, down: float) -> Box:
    """A box that reaches further on each side."""
    return (box[0] - across, box[1] - down, box[2] + across, box[3] + down)


def back_on_scan(picture: Picture, engine: Engine | None) -> Turn:
    """From the picture as the reader sets it upright and straight (scanned_page) to the picture itself, in pixels.

    `engine` is None for a part of a page, which the reader does not turn.
    """
    import numpy

    from mingzhang.read.sources.scan import SMALLEST

    if min(picture.shape) < SMALLEST:
        return lambda x, y: (x, y)
    upright = picture if engine is None else engine.upright(picture)
    quarters = next(turn for turn in range(4) if numpy.array_equal(numpy.rot90(picture, turn), upright))
    height, width = picture.shape
    lean = _levelled(upright)
    turned: Turn = (
        lambda x, y: (x, y),
        lambda x, y: (width - y, x),
        lambda x, y: (width - x, height - y),
        lambda x, y: (y, height - x),
    )[quarters]
    return lambda x, y: turned(*lean(x, y))


def _levelled(upright: Picture) -> Turn:
    """From the picture with its lines made level back to how they lay."""
    import cv2

    # The reader's own measure: any other would put the boxes elsewhere.
    from mingzhang.read.sources.scan import skew_of

    angle = skew_of(upright)
    if abs(angle) < 0.03:
        return lambda x, y: (x, y)
    height, width = upright.shape
    back = cv2.invertAffineTransform(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0))
    (a, b, c), (d, e, f) = back.tolist()
    return lambda x, y: (a * x + b * y + c, d * x + e * y + f)
