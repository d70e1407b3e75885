"""Pages of a PDF as pictures of themselves, with boxes blacked out."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf

from mingzhang.disclosure import Box
from mingzhang.read.sources.pdf import MOST_PIXELS, POINTS_PER_INCH, SCAN_DPI
from mingzhang.redact.geometry import frame_of
from mingzhang.redact.pdf_objects import drop
from mingzhang.redact.pictures import black_out

# A scan is not made coarser than it was, within reason.
_FINEST_DPI = 300
# From this share of the page on, its pictures are what it shows: a photograph is kept small as JPEG.
_SCANNED = 0.5
_QUALITY = 90
# What of a page's dictionary says what it showed, or belongs to it alone.
_DROPPED = ("/Thumb", "/PieceInfo", "/Metadata", "/AA", "/StructParents", "/Group", "/B", "/Resources", "/Contents")


class Picture:
    """A page's picture as a PDF holds it: its data, how they are packed, its size and place in the page's space."""

    def __init__(self, page: Any, boxes: Sequence[Box]) -> None:
        """Draw a pdfium page, upright in its own space, and black out the boxes (left, bottom, right, top)."""
        from PIL import Image

        self.frame = left, bottom, right, top = frame_of(page)
        dpi, scanned = _resolution(page)
        rotation = page.get_rotation()
        page.set_rotation(0)
        area = max((right - left) * (top - bottom), 1.0)
        scale = min(dpi / POINTS_PER_INCH, (MOST_PIXELS * (_FINEST_DPI / SCAN_DPI) ** 2 / area) ** 0.5)
        bitmap = page.render(scale=scale)
        image: Any = Image.fromarray(bitmap.to_numpy()[:, :, 2::-1].copy())
        bitmap.close()
        page.set_rotation(rotation)
        across, down = image.width / (right - left), image.height / (top - bottom)
        black_out(
            image, [((x0 - left) * across, (top - y1) * down, (x1 - left) * across, (top - y0) * down)
                    for x0, y0, x1, y1 in boxes],
        )  # fmt: skip
        red, green, blue = image.split()
        self.image = red if red.tobytes() == green.tobytes() == blue.tobytes() else image
        self.scanned = scanned

    def stream(self, document: pikepdf.Pdf) -> pikepdf.Stream:
        """The picture as an object of a document."""
        image, grey = self.image, self.image.mode == "L"
        one = pikepdf.Stream(document, b"")
        buffer = io.BytesIO()
        if self.scanned:
            image.save(buffer, "JPEG", quality=_QUALITY)
            one.write(buffer.getvalue(), filter=pikepdf.Name.DCTDecode)
        else:
            image.save(buffer, "PNG")
            predicted = pikepdf.Dictionary(
                Predictor=15, Colors=1 if grey else 3, BitsPerComponent=8, Columns=image.width
            )
            data = b"".join(_pixels_of_png(buffer.getvalue()))
            one.write(data, filter=pikepdf.Name.FlateDecode, decode_parms=predicted)
        one.Type, one.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        one.Width, one.Height, one.BitsPerComponent = image.width, image.height, 8
        one.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
        return one


def _resolution(page: Any) -> tuple[float, bool]:
    """How fine the page has to be drawn, and whether pictures are most of what it shows."""
    import pypdfium2.raw as pdfium

    dpi, covered = float(SCAN_DPI), 0.0
    for one in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = one.get_bounds()
        width, height = one.get_px_size()
        if right > left and top > bottom:
            covered += (right - left) * (top - bottom)
            dpi = max(dpi, min(max(width, height) / max(right - left, top - bottom) * POINTS_PER_INCH, _FINEST_DPI))
    frame = frame_of(page)
    return dpi, covered >= _SCANNED * (frame[2] - frame[0]) * (frame[3] - frame[1])


def _pixels_of_png(data: bytes) -> Iterator[bytes]:
    """The packed pixels of a PNG, which a PDF takes as they are."""
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += length + 12


def replace_page(document: pikepdf.Pdf, page: pikepdf.Page, picture: Picture) -> None:
    """Put the picture in the place of all that a page draws. Links stay; fields and notes are in the picture."""
    _own(page)
    obj = page.obj
    removed = []
    for one in list(obj.get("/Annots", [])):
        if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") != "/Link":
            removed.append(one)
    kept = [one for one in obj.get("/Annots", []) if isinstance(one, pikepdf.Dictionary) and one not in removed]
    drop(obj, *_DROPPED, "/Annots")
    if kept:
        obj.Annots = document.make_indirect(pikepdf.Array(kept))
    _without_fields(document, removed)
    left, bottom, right, top = picture.frame
    obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=picture.stream(document)))
    drawing = f"q {right - left:.4f} 0 0 {top - bottom:.4f} {left:.4f} {bottom:.4f} cm /Page Do Q"
    obj.Contents = document.make_stream(drawing.encode())


def _own(page: pikepdf.Page) -> None:
    """What a page has from its parents becomes its own, so that nothing changes with it."""
    for key in ("/MediaBox", "/CropBox", "/Rotate"):
        parent: Any = page.obj
        steps = 0
        while key not in parent and "/Parent" in parent and steps < 100:
            parent, steps = parent["/Parent"], steps + 1
        if key in parent and key not in page.obj:
            page.obj[key] = parent[key]


def _without_fields(document: pikepdf.Pdf, removed: Sequence[pikepdf.Object]) -> None:
    """Take the fields that stood on a page out of the form: they can be reached from there, too."""
    form = document.Root.get("/AcroForm")
    gone = {one.objgen for one in removed if one.is_indirect}
    if form is None or "/Fields" not in form or not gone:
        return
    form.Fields = pikepdf.Array([one for one in form.Fields if _remains(one, gone, 0)])


def _remains(field: Any, gone: set[tuple[int, int]], depth: int) -> bool:
    """Whether anything of a field is left."""
    if not isinstance(field, pikepdf.Dictionary) or field.objgen in gone or depth > 50:
        return False
    if "/Kids" not in field:
        return True
    field.Kids = pikepdf.Array([one for one in field.Kids if _remains(one, gone, depth + 1)])
    return len(field.Kids) > 0
