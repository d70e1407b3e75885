"""What a file is, told by its content; its name only has to agree."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import PurePath
from typing import Literal
from zipfile import BadZipFile, ZipFile

from msgspec import Struct

from mingzhang.problems import InputError, Problem

Kind = Literal["text", "html", "docx", "doc", "rtf", "odt", "xlsx", "xls", "ods", "pdf", "image"]

_NAMES: dict[Kind, str] = {
    "text": "纯文本（.txt）",
    "html": "网页（.html）",
    "docx": "Word 文档（.docx）",
    "doc": "旧版 Word 文档（.doc）",
    "rtf": "RTF 文档（.rtf）",
    "odt": "ODF 文档（.odt）",
    "xlsx": "Excel 工作簿（.xlsx）",
    "xls": "旧版 Excel 工作簿（.xls）",
    "ods": "ODF 工作簿（.ods）",
    "pdf": "PDF 文件（.pdf）",
    "image": "图片（.png 或 .jpg）",
}
_TEXTS: tuple[Kind, ...] = ("text", "html")
# What a file with this extension may be; any other extension promises nothing.
_PROMISES: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown", ".tsv", ".csv"), _TEXTS),
    **dict.fromkeys((".html", ".htm", ".shtml", ".xhtml"), _TEXTS),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"), ("image",)),
    ".doc": ("doc",),
    ".wps": ("doc", "docx"),
    ".et": ("xls", "xlsx"),
    **{f".{kind}": (kind,) for kind in ("docx", "rtf", "odt", "xlsx", "xls", "ods", "pdf")},
}
# Files that a folder of a published disclosure may hold; CSV files are those of a data package.
ENDINGS = frozenset(_PROMISES) - {".csv"}
_WEB = (".html", ".htm", ".shtml", ".xhtml")
_HEAD = 4096
_PDF = re.compile(rb"%PDF-\d")
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.DOTALL | re.I)
_XML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE\b)")
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_BITMAP_HEADERS = (12, 40, 108, 124)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENTRY = 128  # bytes, on which directory entries are aligned
_FOREIGN = (
    (b"Rar!", "压缩包，请先解压"),
    (b"7z\xbc\xaf", "压缩包，请先解压"),
    (b"\x1f\x8b", "压缩包，请先解压"),
    (b"GIF8", "GIF 图片，请另存为 PNG"),
    (b"RIFF", "WebP 图片或音视频，图片请另存为 PNG"),
    (b"MZ", "程序，不是公开文件"),
    (b"\x7fELF", "程序，不是公开文件"),
)
_MACROS = "文件带有宏，为安全起见不打开，请另存为不带宏的 .docx 或 .xlsx 后重试"
LOCKED = "文件加了密码，请取消密码后重试"
BROKEN = "文件已损坏或没有下载完整，请重新下载，或用 Office、WPS 打开后另存"


class Content(Struct, frozen=True):
    """A file's bytes and what they are; for what is a zip archive, the archive, which has been found sound."""

    name: str
    data: bytes
    kind: Kind
    archive: ZipFile | None = None


def recognise(data: bytes, name: str) -> Content:
    """Tell what a file is. Raises InputError if nothing can be made of it, or if its extension says otherwise."""
    if not data.strip(b"\0 \t\r\n") or data in (BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE):
        raise refused("文件是空的", name)
    content = _binary(data, name) or Content(name, data, _text_kind(data, name))
    suffix = PurePath(name).suffix.lower()
    promised = _PROMISES.get(suffix, ())
    if promised and content.kind not in promised:
        raise refused(f"扩展名是 {suffix}，内容却是“{_NAMES[content.kind]}”，请改正扩展名后重试", name)
    return content


def refused(message: str, name: str) -> InputError:
    """The error that says this about a file."""
    return InputError([Problem(message, name)])


def _binary(data: bytes, name: str) -> Content | None:
    for start, what in _FOREIGN:
        if data.startswith(start) and (start != b"MZ" or b"\0" in data[:_HEAD]):
            raise refused(f"这是{what}后重试" if "请" in what else f"这是{what}", name)
    if data.startswith(_IMAGES) or (data.startswith(b"BM") and data[14:18] in _bitmap_headers()):
        return Content(name, data, "image")
    if data.startswith(_OLE):
        return Content(name, data, _ole_kind(data, name))
    if data.startswith(b"PK"):
        return _packed(data, name)
    if data.lstrip().startswith(b"{\\rtf"):
        return Content(name, data, "rtf")
    if _PDF.search(data, 0, 1024):
        return Content(name, data, "pdf")
    return None


def _bitmap_headers() -> list[bytes]:
    return [size.to_bytes(4, "little") for size in _BITMAP_HEADERS]


def _ole_kind(data: bytes, name: str) -> Kind:
    """An old Office file says by the names of its streams what it is; the main one stands first."""
    if _stream(data, "EncryptedPackage") is not None:
        raise refused(LOCKED, name)
    if any(_stream(data, one) is not None for one in ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros")):
        raise refused(_MACROS, name)
    kinds: tuple[tuple[str, Kind], ...] = (("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"))
    found = [(place, kind) for one, kind in kinds if (place := _stream(data, one)) is not None]
    if not found:
        message = "演示文稿不是公开文件的格式" if _stream(data, "PowerPoint Document") is not None else BROKEN
        raise refused(message, name)
    return min(found)[1]


def _stream(data: bytes, stream: str) -> int | None:
    """Where the directory names a stream or storage, if it does."""
    wanted = stream.encode("utf-16-le") + b"\0\0"
    place = data.find(wanted)
    while place >= 0 and place % _OLE_ENTRY:
        place = data.find(wanted, place + 1)
    return place if place >= 0 else None


def _packed(data: bytes, name: str) -> Content:
    from mingzhang.archive import open_archive

    try:
        archive = open_archive(data, name)
        return Content(name, data, _packed_kind(archive, name), archive)
    except BadZipFile as error:
        raise refused(BROKEN, name) from error


def _packed_kind(archive: ZipFile, name: str) -> Kind:
    names = archive.namelist()
    types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    odf = archive.read("mimetype")[:100] if "mimetype" in names else b""
    if b"macroEnabled" in types or any(one.lower().endswith("vbaproject.bin") for one in names):
        raise refused(_MACROS, name)
    if any(one.startswith("Basic/") for one in names):
        raise refused(_MACROS, name)
    if b"wordprocessingml" in types or "word/document.xml" in names:
        return "docx"
    if "xl/workbook.bin" in names:
        raise refused("二进制工作簿（.xlsb）不能读，请另存为 .xlsx 后重试", name)
    if b"spreadsheetml" in types or "xl/workbook.xml" in names:
        return "xlsx"
    if b"opendocument.spreadsheet" in odf:
        return "ods"
    if b"opendocument.text" in odf:
        return "odt"
    if b"presentationml" in types:
        raise refused("演示文稿不是公开文件的格式", name)
    if "OFD.xml" in names:
        raise refused("OFD 版式文件还不能读，请用阅读器另存为 PDF 后重试", name)
    raise refused("这是压缩包，请先解压后重试", name)


def _text_kind(data: bytes, name: str) -> Kind:
    suffix = PurePath(name).suffix.lower()
    utf16 = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    head = data[:_HEAD].decode("utf-16" if utf16 else "utf-8-sig", "ignore")
    if _PAGE.match(head) or (suffix in _WEB and "<" in head):
        return "html"
    if _XML.match(head):
        raise refused("这是 XML 文件，请用 Office 或 WPS 打开后另存为 .docx 或 .xlsx", name)
    if b"\0" in data[:_HEAD] and not utf16:
        promised = _PROMISES.get(suffix, _TEXTS)
        raise refused("内容不是文本，也不是认得的格式" if promised is _TEXTS else BROKEN, name)
    return "text"
