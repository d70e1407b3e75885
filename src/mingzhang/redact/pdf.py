"""PDF: pages that hold a secret become pictures of themselves, so that nothing of their text is left to take out.

Taking single characters out of a page's drawing is where redaction goes wrong: text is drawn in pieces, twice, under
pictures, in parts that pages share. So a page with a secret is drawn anew as a picture at 200 dpi (a scan at its own
resolution up to 300), the secret under a black box. It loses its text layer: it cannot be searched, and reading it
again takes recognition. All other pages stay as they are. Titles, notes, fields, metadata and scripts are masked as
texts; attachments, electronic signatures and older versions of the document are not kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pikepdf
from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.pdf import DAMAGED, FEW_GLYPHS, LOCKED, ranges
from mingzhang.redact.geometry import back_on_scan, frame_of, larger, moved, unseen
from mingzhang.redact.patterns import Finder
from mingzhang.redact.pdf_objects import Objects, contents_of, drop
from mingzhang.redact.pdf_pages import Picture, replace_page
from mingzhang.redact.pdf_text import characters, found_on, page_texts
from mingzhang.redact.pictures import ABOVE, BESIDE
from mingzhang.redact.records import Area

# What a document that is not as it should be may lead to, in qpdf and in what is made of its objects.
_BROKEN = (pikepdf.PdfError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_PICTURES = "第{}页含有脱敏内容，已改成图像，不再有文字层"
_NO_PAGE = "要涂黑的位置所在的页不在这个文件中"
_HIDDEN = "第{}页的文字层以外藏有要脱敏的内容，已去掉，但页面上找不到它的位置，请人工核对这一页"


class Copy(Struct):
    """A redacted PDF: its bytes, how often each secret was masked, which pages are pictures now, what was lost."""

    data: bytes
    counts: list[int]
    pages: list[int]
    notes: list[str]


def redact_pdf(data: bytes, name: str, finder: Finder, areas: Sequence[Area]) -> Copy:
    """A PDF masked. Raises InputError if it is locked or broken."""
    with _pikepdf(data, name) as document:
        objects = Objects(document, finder, name)
        objects.mask_all()
        _blank_forms(document, finder, _appearances(document), objects)
        boxes, hidden = _places(data, document, name, objects, areas)
        _draw(_saved(document), document, boxes, name)
        document.remove_unreferenced_resources()
        result = _saved(document)
        pages = sorted(boxes)
        if pages:
            objects.notes.insert(0, _PICTURES.format(ranges(pages)))
        if hidden:
            objects.notes.append(_HIDDEN.format(ranges(hidden)))
    with _pikepdf(result, name) as document:
        if _blank_forms(document, finder, _forms(document), objects):
            result = _saved(document)
    return Copy(result, objects.counts, pages, objects.notes)


@contextmanager
def _pikepdf(data: bytes, name: str) -> Iterator[pikepdf.Pdf]:
    """A document, or one sentence on why it cannot be opened. Streams unpack to bounded sizes."""
    with _bounded():
        try:
            with pikepdf.open(io.BytesIO(data)) as document:
                if not len(document.pages):
                    raise InputError([Problem(DAMAGED, name)])
                yield document
        except pikepdf.PasswordError as error:
            raise InputError([Problem(LOCKED, name)]) from error
        except _BROKEN as error:
            raise InputError([Problem(DAMAGED, name)]) from error


_MOST_UNPACKED = 300_000_000


@contextmanager
def _bounded() -> Iterator[None]:
    from pikepdf.settings import set_qpdf_limits

    before = set_qpdf_limits(
        flate_max_memory=_MOST_UNPACKED,
        png_max_memory=_MOST_UNPACKED,
        run_length_max_memory=_MOST_UNPACKED,
        tiff_max_memory=_MOST_UNPACKED,
        dct_max_memory=_MOST_UNPACKED,
    )
    try:
        yield
    finally:
        set_qpdf_limits(**before)  # type: ignore[arg-type]


def _saved(document: pikepdf.Pdf) -> bytes:
    """The document without its older versions and what nothing refers to, and without encryption."""
    buffer = io.BytesIO()
    document.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


@contextmanager
def _pdfium(data: bytes, name: str) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise InputError([Problem(DAMAGED, name)]) from error
    try:
        document.init_forms()
        yield document
    finally:
        document.close()


def _places(
    data: bytes, document: pikepdf.Pdf, name: str, objects: Objects, areas: Sequence[Area]
) -> tuple[dict[int, list[Box]], list[int]]:
    """The boxes on each page that has something to hide, and the pages that hide it where nobody sees it."""
    import pypdfium2

    boxes: dict[int, list[Box]] = {}
    hidden = []
    with _pdfium(data, name) as drawn:
        if len(drawn) != len(document.pages):
            raise InputError([Problem(DAMAGED, name)])
        if any(not 1 <= area.page <= len(drawn) for area in areas):
            raise InputError([Problem(_NO_PAGE, name)])
        for number, page in enumerate(document.pages, start=1):
            try:
                pdf_page = drawn[number - 1]
            except pypdfium2.PdfiumError as error:
                raise InputError([Problem(f"第{number}页已损坏，不能脱敏", name)]) from error
            found = found_on(pdf_page, number, objects.finder, name)
            for one in found:
                objects.counts[one.secret] += 1
            here = [box for one in found for box in one.boxes]
            here += areas_on(pdf_page, number, name, [area.box for area in areas if area.page == number])
            if not found and _is_hidden(page, objects):
                hidden.append(number)
            if here or number in hidden:
                boxes[number] = here
            pdf_page.close()
    return boxes, hidden


def _is_hidden(page: pikepdf.Page, objects: Objects) -> bool:
    """Whether a page's drawing holds a secret beside what it draws: as the actual text of a part, in a comment."""
    if any(objects.held(objects.bytes_of(part)) for part in contents_of(page)):
        return True
    try:
        marks = pikepdf.parse_content_stream(page, "BDC DP")
    except pikepdf.PdfError:
        return False
    texts = (
        str(value)
        for mark in marks
        for operand in mark.operands
        if isinstance(operand, pikepdf.Dictionary)
        for value in operand.values()
        if isinstance(value, pikepdf.String)
    )
    return any(objects.finder.hits(text, "lines") for text in texts)


def areas_on(page: Any, number: int, name: str, boxes: Sequence[Box]) -> list[Box]:
    """Boxes as the reader gives them in the page's own space."""
    if not boxes:
        return []
    from mingzhang.read.sources.ocr import engine
    from mingzhang.read.sources.page import within
    from mingzhang.read.sources.pdf import is_scan, pasted_boxes, rendered
    from mingzhang.read.sources.pdfium import drawn_page

    drawn = drawn_page(page, number)
    frame = frame_of(page)
    turns = characters(page)[1]
    scan = is_scan(drawn)
    pasted = [box for box in pasted_boxes(drawn) if not scan and len(within(drawn.page.glyphs, box)) < FEW_GLYPHS]
    if not scan and not pasted:
        return [moved(larger(box, 1, 1), unseen(frame, turns)) for box in boxes]
    picture, scale = rendered(page)
    to_pixels, to_points = (lambda x, y: (x / scale, y / scale)), (lambda x, y: (x * scale, y * scale))
    if scan:
        back = back_on_scan(picture, engine(name))
        onto_page = unseen(frame, page.get_rotation() // 90)
        return [moved(larger(box, BESIDE, ABOVE), to_pixels, back, to_points, onto_page) for box in boxes]
    found = []
    for box in boxes:
        grown = larger(box, BESIDE, ABOVE)
        for left, top, right, bottom in pasted:
            if left <= (box[0] + box[2]) / 2 <= right and top <= (box[1] + box[3]) / 2 <= bottom:
                l0, t0, r0, b0 = (max(round(value / scale), 0) for value in (left, top, right, bottom))
                back = back_on_scan(picture[t0:b0, l0:r0], None)
                inner = moved((grown[0] - left, grown[1] - top, grown[2] - left, grown[3] - top), to_pixels, back)
                grown = moved((inner[0] + l0, inner[1] + t0, inner[2] + l0, inner[3] + t0), to_points)
                break
        found.append(moved(grown, unseen(frame, turns)))
    return found


def _draw(data: bytes, document: pikepdf.Pdf, boxes: dict[int, list[Box]], name: str) -> None:
    """Replace the pages by their pictures. `data` is the document with its notes and fields masked already."""
    if not boxes:
        return
    with _pdfium(data, name) as drawn:
        for number, here in boxes.items():
            page = drawn[number - 1]
            replace_page(document, document.pages[number - 1], Picture(page, here))
            page.close()


def _appearances(document: pikepdf.Pdf) -> list[pikepdf.Stream]:
    """What notes and fields look like, in all their states."""
    found = []
    for page in document.pages:
        for one in page.obj.get("/Annots", []):
            waiting = [one.get("/AP")] if isinstance(one, pikepdf.Dictionary) else []
            while waiting:
                look = waiting.pop()
                if isinstance(look, pikepdf.Stream):
                    found.append(look)
                elif isinstance(look, pikepdf.Dictionary):
                    waiting += list(look.values())
    return found


def _forms(document: pikepdf.Pdf) -> list[pikepdf.Stream]:
    """Everything that can be drawn and is no page."""
    return [one for one in document.objects if isinstance(one, pikepdf.Stream) and "/BBox" in one]


def _blank_forms(document: pikepdf.Pdf, finder: Finder, forms: Sequence[pikepdf.Stream], objects: Objects) -> bool:
    """Empty what would show a secret: a note's or field's looks, a part of a page that nothing uses any more."""
    blanked = False
    if not forms:
        return blanked
    with pikepdf.new() as scratch:
        for form in forms:
            left, bottom, right, top = (float(one) for one in form.get("/BBox", [0, 0, 1, 1]))
            scratch.add_blank_page(page_size=(max(abs(right - left), 3), max(abs(top - bottom), 3)))
            page = scratch.pages[-1].obj
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=scratch.copy_foreign(form)))
            page.Resources.XObject.F.Subtype = pikepdf.Name.Form
            page.Contents = scratch.make_stream(b"/F Do")
        data = _saved(scratch)
    with _pdfium(data, objects.name) as drawn:
        for form, page in zip(forms, drawn, strict=True):
            counts = [0] * len(finder.secrets)
            for text in page_texts(page):
                counts = [max(*pair) for pair in zip(counts, finder.count(finder.hits(text, "lines")), strict=True)]
            if any(counts) or objects.held(objects.bytes_of(form)):
                form.write(b"")
                drop(form, "/Resources")
                objects.counts = [first + second for first, second in zip(objects.counts, counts, strict=True)]
                blanked = True
            page.close()
    return blanked
