"""Pictures: boxes blacked out, everything beside the pixels (EXIF, comments) gone."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from mingzhang.disclosure import Box
from mingzhang.read.sources.image import BROKEN, LANDSCAPE_WIDTH, MOST_FRAMES, MOST_PIXELS, PORTRAIT_WIDTH, TOO_LARGE
from mingzhang.read.sources.kinds import refused
from mingzhang.redact.geometry import back_on_scan, larger, moved
from mingzhang.redact.records import Area

# The reader places the characters of a line by their usual widths: so much (in points) a box of them may be off.
BESIDE, ABOVE = 6.0, 2.0
_QUALITY = 90
_NO_PAGE = "要涂黑的位置不在这张图片上"


def redact_picture(data: bytes, name: str, areas: Sequence[Area]) -> bytes:
    """The picture with the boxes blacked out, in its format; of a TIFF every page. Raises InputError if it is broken."""
    from PIL import Image, UnidentifiedImageError

    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(data)) as image,
        ):
            kind = "JPEG" if image.format == "MPO" else image.format or "PNG"
            total = min(getattr(image, "n_frames", 1), MOST_FRAMES) if kind == "TIFF" else 1
            if any(not 1 <= area.page <= total for area in areas):
                raise refused(_NO_PAGE, name)
            frames = []
            for index in range(total):
                image.seek(index)
                if image.width * image.height > MOST_PIXELS:
                    raise refused(TOO_LARGE, name)
                frames.append(_frame(image, name, [area.box for area in areas if area.page == index + 1]))
            return _saved(frames, kind, image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refused(TOO_LARGE, name) from error
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError) as error:
        raise refused(BROKEN, name) from error


def _frame(image: Any, name: str, boxes: Sequence[Box]) -> Any:
    """One page, as its camera says upright, blacked out: nothing but its pixels."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    clean = Image.new(upright.mode, upright.size)
    if upright.mode == "P":
        clean.putpalette(upright.palette or b"")
    clean.paste(upright)
    if "transparency" in upright.info:
        clean.info["transparency"] = upright.info["transparency"]
    if boxes:
        black_out(clean, _on_picture(image, clean, name, boxes))
    return clean


def _on_picture(image: Any, upright: Any, name: str, boxes: Sequence[Box]) -> list[Box]:
    """The boxes in pixels."""
    # The very picture that the reader looks at: it may be smaller, and is set straight.
    from mingzhang.read.sources.image import grey
    from mingzhang.read.sources.ocr import engine

    looked_at = grey(image)
    height, width = looked_at.shape
    points = (LANDSCAPE_WIDTH if width > height else PORTRAIT_WIDTH) / width
    back = back_on_scan(looked_at, engine(name))
    factor = upright.width / width
    grown = [larger(box, BESIDE, ABOVE) for box in boxes]
    return [
        moved(box, lambda x, y: (x / points, y / points), back, lambda x, y: (x * factor, y * factor)) for box in grown
    ]


def black_out(image: Any, boxes: Iterable[Box]) -> None:
    """Paint boxes (pixels) black, whatever the picture's mode."""
    from PIL import ImageDraw

    if image.mode == "P":
        palette = image.getpalette() or []
        shades = [sum(palette[at : at + 3]) for at in range(0, len(palette), 3)]
        colour: Any = shades.index(min(shades)) if shades else 0
    else:
        colour = {"RGBA": (0, 0, 0, 255), "LA": (0, 255), "CMYK": (0, 0, 0, 255)}.get(image.mode, 0)
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom in boxes:
        draw.rectangle((int(left), int(top), int(right) + 1, int(bottom) + 1), fill=colour)


def _saved(frames: Sequence[Any], kind: str, source: Any) -> bytes:
    """The frames in the format of their source, and nothing of it but its resolution and colours."""
    options: dict[str, Any] = {"dpi": source.info["dpi"]} if "dpi" in source.info and kind != "BMP" else {}
    if "icc_profile" in source.info:
        options["icc_profile"] = source.info["icc_profile"]
    if kind == "JPEG":
        from PIL.JpegImagePlugin import get_sampling

        tables = getattr(source, "quantization", None)
        sampling = get_sampling(source) if source.format in ("JPEG", "MPO") else -1
        options |= {"qtables": tables} if tables else {"quality": _QUALITY}
        options |= {"subsampling": sampling} if sampling >= 0 else {}
    elif kind == "TIFF":
        options |= {"save_all": True, "append_images": frames[1:]}
        options["compression"] = "group4" if all(frame.mode == "1" for frame in frames) else "tiff_lzw"
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, **options)
    return buffer.getvalue()
