"""XML parts of OOXML archives: parsed without entities, a document type or the network."""

from __future__ import annotations

from typing import Any
from zipfile import ZipFile

from mingzhang.problems import InputError, Problem

_LARGEST = 20_000_000
SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False}
"""How lxml's parsers are to treat what may do harm."""


def small_part(archive: ZipFile, path: str, name: str) -> Any:
    """The tree of a part, None if there is none. Raises InputError if it is far larger than such parts are."""
    from lxml import etree

    if path not in archive.namelist():
        return None
    if archive.getinfo(path).file_size > _LARGEST:
        raise too_large(name)
    return etree.fromstring(archive.read(path), etree.XMLParser(**SAFE))


def too_large(name: str) -> InputError:
    """The error that says so about a file."""
    return InputError([Problem("文档太大，请删去多余的内容或分成几个文件后重试", name)])
