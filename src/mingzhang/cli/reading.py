"""The command of those who want the data of what others published: `read`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from mingzhang.cli.progress import progress
from mingzhang.disclosure import Disclosure, Note
from mingzhang.usage import Commands


def declare(declared: Commands) -> None:
    """Declare `read`."""
    one = declared.add("read", "读取已公开的文件：把预算（决算）公开还原为数据，每个数据都带出处。", _read)
    told = "公开的文件（文本、Markdown、网页、Word、Excel、PDF、扫描件）或文件夹；同一部门同一年度的多个附件合成一份"
    one.add_argument("files", type=Path, nargs="+", metavar="FILE", help=told)
    told = "输出文件夹；读出几份公开，就每份一个子文件夹"
    one.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help=told)


def _read(given: argparse.Namespace) -> None:
    """The command `read`."""
    from mingzhang.datapackage import write_package
    from mingzhang.read import read

    with progress() as say:
        readings = read(given.files, say)
    for reading in readings:
        disclosure = reading.disclosure
        folder = given.output / _folder(disclosure) if len(readings) > 1 else given.output
        write_package(disclosure, folder)
        for note in _told(disclosure.notes):
            print(note, file=sys.stderr)
        print(
            f"{disclosure.name or reading.files[0]}{disclosure.fiscal_year or ''}年度：读出 {len(disclosure.facts)} 个表内数据、"
            f"{len(disclosure.narrative)} 个说明数据、{len(disclosure.projects)} 个项目、"
            f"{len(disclosure.indicators)} 个绩效指标，已写在 {folder}"
        )


def _folder(disclosure: Disclosure) -> str:
    """A folder's name for a disclosure, without what a file system may refuse."""
    return re.sub(r"[^\w（）()-]", "_", f"{disclosure.name}-{disclosure.fiscal_year}")[:80]


def _told(notes: Sequence[Note]) -> Iterator[str]:
    """The reader's notes for a terminal: the first of each kind, then how many more there are."""
    for _, same in groupby(sorted(notes, key=lambda note: _NOTE_ORDER.index(note.kind)), key=lambda note: note.kind):
        held = list(same)
        for note in held[:_MOST_NOTES]:
            where = f"（第{note.provenance.line}行）" if note.provenance and note.provenance.line else ""
            if note.provenance and note.provenance.page:
                where = f"（第{note.provenance.page}页）"
            yield f"提示：{note.message}{where}"
        if len(held) > _MOST_NOTES:
            yield f"提示：还有 {len(held) - _MOST_NOTES} 处同类情况，见 notes.csv"


_NOTE_ORDER = ("recognised", "missing", "suspect", "unread", "repaired")
_MOST_NOTES = 10
