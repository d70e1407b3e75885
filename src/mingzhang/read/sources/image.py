"""Pictures of pages (photographs, scans as JPEG, PNG, TIFF) to blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mingzhang.disclosure import Note, Provenance
from mingzhang.problems import InputError, Problem
from mingzhang.read.blocks import Source
from mingzhang.read.sources.margins import Sheet, blocks_of
from mingzhang.read.sources.page_layout import items_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

Progress = Callable[[str], None]

BROKEN = "图片已损坏或格式不受支持，请换成 JPG、PNG 或 PDF 后重试"
TOO_LARGE = "图片太大，请缩小到 5000 万像素以内后重试"
# A picture is taken for a page of A4, upright or lying, so that its boxes are points as a PDF's are.
PORTRAIT_WIDTH, LANDSCAPE_WIDTH = 595, 842
MOST_PIXELS = 50_000_000
MOST_FRAMES = 500
# More pixels than a page at this resolution only cost time.
MOST_DPI = 300
MOST_LOOKED_AT = 12_000_000


def read_image(data: bytes, name: str, progress: Progress = lambda text: None) -> Source:
    """Read a picture, or each page of a TIFF. Boxes are points of a page as wide as A4, seen upright."""
    from mingzhang.read.sources.ocr import engine
    from mingzhang.read.sources.scan import scanned_page

    sheets = []
    for number, total, picture in _frames(data, name):
        progress(f"正在识别第 {number} 页，共 {total} 页")
        height, width = picture.shape
        scale = (LANDSCAPE_WIDTH if width > height else PORTRAIT_WIDTH) / width
        page = scanned_page(picture, scale, number, engine(name))
        sheets.append(Sheet(number, page.width, page.height, items_of(page, name)))
    note = Note("recognised", "这是扫描图像，文字由识别得来，请对照原件", Provenance(name))
    return Source(name, "image", blocks_of(sheets, name), pages=len(sheets), notes=[note])


def _frames(data: bytes, name: str) -> Iterator[tuple[int, int, Picture]]:
    """The number, the count and the grey picture of each page."""
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            total = min(getattr(image, "n_frames", 1), MOST_FRAMES)
            for index in range(total):
                image.seek(index)
                if image.width * image.height > MOST_PIXELS:
                    raise InputError([Problem(TOO_LARGE, name)])
                yield index + 1, total, grey(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise InputError([Problem(BROKEN, name)]) from error


def grey(image: Any) -> Picture:
    """An image on white, turned as its camera says, no finer than a scan needs to be."""
    import numpy
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright.convert("RGBA"))
    most = round(LANDSCAPE_WIDTH / 72 * MOST_DPI)
    if max(upright.size) > most and min(upright.size) > PORTRAIT_WIDTH / 72 * MOST_DPI:
        upright.thumbnail((most, most))
    factor = (MOST_LOOKED_AT / (upright.width * upright.height)) ** 0.5
    if factor < 1:
        upright.thumbnail((max(upright.size) * factor, max(upright.size) * factor))
    return numpy.array(upright.convert("L"), dtype=numpy.uint8)
