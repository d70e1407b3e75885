"""From a published file to a clean copy of it, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.kinds import Content, Kind, recognise, refused
from mingzhang.redact.patterns import Finder
from mingzhang.redact.records import Area, Redacted, Secret
from mingzhang.redact.verifying import verify
from mingzhang.staging import write_whole

_LARGEST = 200_000_000
_INSTEAD: dict[Kind, str] = {"doc": ".docx", "rtf": ".docx", "odt": ".docx", "xls": ".xlsx", "ods": ".xlsx"}


class _Copy(Struct):
    data: bytes
    counts: list[int]
    pages: Sequence[int] = ()
    notes: Sequence[str] = ()


def redact(path: Path, secrets: Sequence[Secret], target: Path, areas: Sequence[Area] = ()) -> Redacted:
    """Write a copy of a published file with every secret masked wherever the file holds it.

    Text, Markdown, HTML, DOCX and XLSX change only where a secret stands. A PDF's pages with secrets become pictures
    (see `pdf`); `areas` are blacked out on pages and pictures. The copy is read again by other means: raises InputError,
    and leaves no file, if a secret is still found, if the file is of a kind that cannot be masked, is locked, broken or
    hostile, or if `target` is the file itself. Raises ValueError for a blank secret, and for a mask that holds one.
    """
    finder = Finder(secrets)
    content = recognise(_bytes(path), path.name)
    if _same(path, target):
        raise refused("脱敏后的文件不能覆盖原文件，请换一个输出位置", str(target))
    if content.kind in _INSTEAD:
        suffix = _INSTEAD[content.kind]
        raise refused(f"这种格式的文件不能直接脱敏，请先用 Office 或 WPS 另存为 {suffix} 后重试", path.name)
    if areas and content.kind not in ("pdf", "image"):
        raise ValueError("only pages of PDFs and pictures have areas")
    copy = _copy(content, finder, areas)

    def fill(folder: Path) -> list[str]:
        written = folder / target.name
        written.write_bytes(copy.data)
        verify(written, content.kind, finder)
        return [target.name]

    write_whole(target.absolute().parent, fill)
    return Redacted(target, content.kind, tuple(copy.counts), len(areas), tuple(copy.pages), tuple(copy.notes))


def _copy(content: Content, finder: Finder, areas: Sequence[Area]) -> _Copy:
    """The bytes of the copy, and what there is to tell."""
    data, name = content.data, content.name
    match content.kind:
        case "text":
            from mingzhang.redact.texts import redact_text

            return _Copy(*redact_text(data, name, finder))
        case "html":
            from mingzhang.redact.texts import redact_html

            return _Copy(*redact_html(data, name, finder))
        case "docx" | "xlsx":
            from mingzhang.redact.packages import redact_package

            return _Copy(*redact_package(data, name, finder))
        case "pdf":
            from mingzhang.redact.pdf import redact_pdf

            one = redact_pdf(data, name, finder, areas)
            return _Copy(one.data, one.counts, one.pages, one.notes)
        case _:
            from mingzhang.redact.pictures import redact_picture

            return _Copy(redact_picture(data, name, areas), [0] * len(finder.secrets))


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise refused("没有这个文件，请检查路径", str(path))
        if path.stat().st_size > _LARGEST:
            raise refused(f"文件太大（超过 {_LARGEST // 1_000_000} MB），请分成几个文件后重试", path.name)
        return path.read_bytes()
    except OSError as error:
        raise InputError([Problem("文件不能读取，请检查路径和权限", str(path))]) from error


def _same(path: Path, target: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(target) or (target.exists() and target.samefile(path))
