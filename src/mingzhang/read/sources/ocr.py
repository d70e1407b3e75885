"""Character recognition: the models of the rapidocr-onnxruntime wheel, on this machine's own processors."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mingzhang.disclosure import Box
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

NO_LIBRARY = "识别扫描件的图像库不能载入：请先安装系统库（如 apt-get install libgl1 libglib2.0-0）再重试"
# The longer side of the picture in which a page's direction is looked for, and how many lines tell it.
GLANCE = 900
WITNESSES = 12
# The models stretch a narrow picture until it is wide enough for them: beyond these sizes and shapes they take gigabytes.
MOST_PIXELS = 3_000_000
NARROWEST = 2
LONGEST_LINE = 100


class Reading(NamedTuple):
    """What a line of text was read as, and how sure that is."""

    text: str
    confidence: float


class Engine:
    """The three models: where text stands, which way up it is, what it says."""

    def __init__(self) -> None:
        from rapidocr_onnxruntime import RapidOCR

        self._models: Any = RapidOCR(intra_op_num_threads=_processors())
        # Most cells are short numbers: narrower and larger batches than usual take two thirds of the time.
        self._models.text_rec.rec_image_shape = [3, 48, 200]
        self._models.text_rec.rec_batch_num = 12

    def upright(self, picture: Picture) -> Picture:
        """A page's picture, turned so that its text can be read."""
        import cv2
        import numpy

        factor = min(GLANCE / max(picture.shape), 1.0)
        boxes = self.find(smaller(picture, factor))
        lying = sum(
            max(right - left, bottom - top) * (bottom - top > right - left) for left, top, right, bottom in boxes
        )
        everything = sum(max(right - left, bottom - top) for left, top, right, bottom in boxes)
        sideways = lying > everything / 2
        if sideways:
            picture = numpy.ascontiguousarray(numpy.rot90(picture))
            width = picture.shape[0] * factor
            boxes = [(top, width - right, bottom, width - left) for left, top, right, bottom in boxes]
        boxes.sort(key=lambda box: box[0] - box[2])
        lines = []
        for box in boxes[:WITNESSES]:
            left, top, right, bottom = (max(round(value / factor), 0) for value in box)
            lines.append(cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_GRAY2BGR))
        if not lines:
            return picture
        _, verdicts, _ = self._models.text_cls(lines)
        votes = sum(score if label == "180" else -score for label, score in verdicts)
        return numpy.ascontiguousarray(picture[::-1, ::-1]) if votes > 0 else picture

    def find(self, picture: Picture) -> list[Box]:
        """The boxes of the lines of text in a picture."""
        import cv2

        longer = max(picture.shape)
        area = longer * max(min(picture.shape), longer / NARROWEST)
        factor = min((MOST_PIXELS / area) ** 0.5, 1.0)
        picture = smaller(picture, factor)
        height, width = picture.shape
        below, beside = (max(max(height, width) // NARROWEST - side, 0) for side in (height, width))
        padded = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=255)
        found, _ = self._models.text_det(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR))
        boxes = ((box.min(axis=0) / factor, box.max(axis=0) / factor) for box in (() if found is None else found))
        return [(float(left), float(top), float(right), float(bottom)) for (left, top), (right, bottom) in boxes]

    def read(self, pieces: list[Picture]) -> list[Reading]:
        """What lines of text say."""
        import cv2

        if not pieces:
            return []
        squeezed = [
            cv2.resize(piece, (piece.shape[0] * LONGEST_LINE, piece.shape[0]), interpolation=cv2.INTER_AREA)
            if piece.shape[1] > piece.shape[0] * LONGEST_LINE
            else piece
            for piece in pieces
        ]
        found, _ = self._models.text_rec([cv2.cvtColor(piece, cv2.COLOR_GRAY2BGR) for piece in squeezed])
        return [Reading(text, float(score)) for text, score in found]


def smaller(picture: Picture, factor: float) -> Picture:
    """A picture made smaller by this factor; nothing of it gets lost altogether."""
    import cv2

    if factor >= 1:
        return picture
    width, height = (max(round(side * factor), 1) for side in reversed(picture.shape))
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def engine(file: str) -> Engine:
    """The engine, loaded once; `file` is what has to be recognised, for the message if that cannot be."""
    try:
        return _engine()
    except ImportError as error:
        raise InputError([Problem(NO_LIBRARY, file)]) from error


@cache
def _engine() -> Engine:
    return Engine()


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
