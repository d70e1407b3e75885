"""PDF files to blocks: text and tables as they are drawn, scanned pages and pasted pictures by recognition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mingzhang.disclosure import Box, Note, Provenance
from mingzhang.problems import InputError, Problem
from mingzhang.read.blocks import Source
from mingzhang.read.sources.margins import Sheet, blocks_of
from mingzhang.read.sources.page import Page, within
from mingzhang.read.sources.page_layout import items_of
from mingzhang.read.sources.pdfium import Drawn, drawn_page

Progress = Callable[[str], None]

DAMAGED = "PDF 文件已损坏或不完整，请重新下载或导出后重试"
LOCKED = "PDF 设有打开密码，请取消密码后重试"
POINTS_PER_INCH = 72
SCAN_DPI = 200
MOST_PIXELS = 10_000_000
# A page of fewer characters than this that pictures cover this far is a scan, whatever is stamped on it.
FEW_GLYPHS = 40
COVERED = 0.5
# A page without text and with this many drawings has its text drawn as outlines.
MANY_PATHS = 60
# If more than this share of a page's characters have no known text, the page is looked at instead.
UNMAPPED = 0.3
# A picture of this share of the page may be a table pasted as a picture.
PASTED = 0.06


def read_pdf(data: bytes, name: str, progress: Progress = lambda text: None) -> Source:
    """Read a PDF. Boxes are points from the upper left corner of the page as it is seen upright."""
    from pypdfium2 import PdfiumError

    sheets: list[Sheet] = []
    recognised: list[int] = []
    unread: list[int] = []
    with _opened(data, name) as document:
        total = len(document)
        for number in range(1, total + 1):
            try:
                pdf_page = document[number - 1]
            except PdfiumError:
                unread.append(number)
                continue
            drawn = drawn_page(pdf_page, number)
            page = drawn.page
            if is_scan(drawn) or pasted_boxes(drawn):
                progress(f"正在识别第 {number} 页，共 {total} 页")
                recognised.append(number)
                page = _seen(pdf_page, drawn, name)
            pdf_page.close()
            sheets.append(Sheet(number, page.width, page.height, items_of(page, name)))
    if not sheets:
        raise InputError([Problem(DAMAGED, name)])
    notes = [Note("unread", f"第{number}页已损坏，无法读取", Provenance(name, page=number)) for number in unread]
    if recognised:
        message = f"第{ranges(recognised)}页有扫描图像，其中的文字由识别得来，请对照原件"
        notes.append(Note("recognised", message, Provenance(name)))
    return Source(name, "pdf", blocks_of(sheets, name), pages=total, notes=notes)


def _opened(data: bytes, name: str) -> Any:
    """The document, or one sentence on why it cannot be opened."""
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == FPDF_ERR_PASSWORD
        raise InputError([Problem(LOCKED if locked else DAMAGED, name)]) from error
    if not len(document):
        document.close()
        raise InputError([Problem(DAMAGED, name)])
    return document


def is_scan(drawn: Drawn) -> bool:
    """Whether the page's text is to be recognised: it has none, or none that can be understood."""
    glyphs = len(drawn.page.glyphs)
    if drawn.unmapped > UNMAPPED * (glyphs + drawn.unmapped):
        return True
    if glyphs >= FEW_GLYPHS:
        return False
    covered = sum(_area(box) for box in drawn.pictures) >= COVERED * drawn.page.width * drawn.page.height
    return covered or (glyphs == 0 and drawn.paths >= MANY_PATHS)


def pasted_boxes(drawn: Drawn) -> list[Box]:
    """The larger pictures of a page."""
    return [box for box in drawn.pictures if _area(box) >= PASTED * drawn.page.width * drawn.page.height]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _seen(pdf_page: Any, drawn: Drawn, name: str) -> Page:
    """The page with what its pictures show."""
    from mingzhang.read.sources.ocr import engine
    from mingzhang.read.sources.scan import ruled, scanned_page

    page = drawn.page
    picture, scale = rendered(pdf_page)
    if is_scan(drawn):
        return scanned_page(picture, scale, page.number, engine(name))
    for box in pasted_boxes(drawn):
        left, top, right, bottom = (max(round(value / scale), 0) for value in box)
        part = picture[top:bottom, left:right]
        if not part.size:
            continue
        if len(within(page.glyphs, box)) >= FEW_GLYPHS:  # a scan that was recognised before: only its lines are new
            shown = Page(page.number, 0, 0)
            shown.horizontal, shown.vertical = ruled(part, scale)
        else:
            shown = scanned_page(part, scale, page.number, engine(name), turn=False)
        page.add(shown, box[0], box[1])
    return page


def rendered(pdf_page: Any) -> tuple[Any, float]:
    """A page as a grey picture, and points per pixel."""
    width, height = pdf_page.get_size()
    scale = min(SCAN_DPI / POINTS_PER_INCH, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = pdf_page.render(scale=scale, grayscale=True, may_draw_forms=False)
    picture = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).copy()
    bitmap.close()
    return picture, 1 / scale


def ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them.

    >>> ranges([1, 2, 3, 7])
    '1—3、7'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)
