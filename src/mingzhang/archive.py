"""Zip archives: those that people hand in (OOXML, ODF) are opened only if what they unpack to is bounded and harmless; those that are
handed out have the same bytes for the same files.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mingzhang.problems import InputError, Problem

_LARGEST = 500_000_000
_MOST_ENTRIES = 20_000
_PIECE = 1 << 14  # unpacks to a thousand times as much at most
_ENCRYPTED = 1
_ORDINARY = 0o644 << 16  # who may do what with a file, once it is unpacked
# A document type could declare entities; no office program writes one.
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_LONGEST_DOCTYPE = max(map(len, _DOCTYPES))


def open_archive(data: bytes, file: str) -> ZipFile:
    """Open an archive whose every entry has been unpacked once, in small pieces, and found sound.

    Raises BadZipFile if it is broken, InputError if it is locked, unpacks to far too much (whatever it declares), or
    holds XML with a document type.
    """
    try:
        archive = ZipFile(io.BytesIO(data))
    except (OSError, ValueError, ArithmeticError, NotImplementedError, struct.error) as error:
        raise BadZipFile(file) from error
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _LARGEST:
        raise _refused("文件展开后太大，请删去多余的内容后重试", file)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise _refused("文件加了密码，请取消密码后重试", file)
        _check(data, entry, file)
    return archive


def _check(data: bytes, entry: ZipInfo, file: str) -> None:
    size, tail = 0, b""
    xml = entry.filename.endswith((".xml", ".rels"))
    for chunk in _unpacked(data, entry):
        size += len(chunk)
        if size > entry.file_size:
            raise _refused("文件展开后比它声明的大，不能安全地打开", file)
        if xml:
            window = tail + chunk
            if any(mark in window for mark in _DOCTYPES):
                message = "文件的 XML 中有文档类型声明（DOCTYPE），不能安全地打开，请用 Office 或 WPS 另存后重试"
                raise _refused(message, file)
            tail = window[-_LONGEST_DOCTYPE:]
    if size < entry.file_size:
        raise BadZipFile(entry.filename)


def _unpacked(data: bytes, entry: ZipInfo) -> Iterator[bytes]:
    """The content of an entry, bounded by nothing but the packed bytes: zipfile would stop at the declared size."""
    header = data[entry.header_offset : entry.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise BadZipFile(entry.filename)
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", header[26:]))
    end = start + entry.compress_size
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or end > len(data):
        raise BadZipFile(entry.filename)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == ZIP_DEFLATED else None
    try:
        for place in range(start, end, _PIECE):
            piece = data[place : min(place + _PIECE, end)]
            yield inflater.decompress(piece) if inflater else piece
    except zlib.error as error:
        raise BadZipFile(entry.filename) from error


def _refused(message: str, file: str) -> InputError:
    return InputError([Problem(message, file)])


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files by their names as an archive."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(member(name), content)
    return buffer.getvalue()


def member(name: str) -> ZipInfo:
    """An entry of an archive that is written: packed, without a time."""
    entry = ZipInfo(name)
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, _ORDINARY
    return entry
