"""A small lake of published files that programs ask: both examples, one with a person's telephone in its text and in the name of
a project.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from example_ledgers import EXAMPLES, example
from mingzhang.corpus import Options, add
from published import as_text, published

FIRST, SECOND = sorted(EXAMPLES)
TELEPHONE, SHOWN = "13912345678", "139****5678"


def published_files(factory: pytest.TempPathFactory) -> list[Path]:
    """Both examples as text files; the second tells whom to call. For all modules of a run the same."""
    return _published(factory.getbasetemp())


def small_lake(factory: pytest.TempPathFactory) -> Path:
    """A lake of them."""
    return _lake(factory.getbasetemp())


@cache
def _published(place: Path) -> list[Path]:
    folder = place / "公开"
    folder.mkdir()
    files = []
    for name in (FIRST, SECOND):
        text = as_text(published(example(name)))
        if name == SECOND:
            text = re.sub(r"(项目名称\t\t[^\t]+)", rf"\1（电话{TELEPHONE}）", text, count=1)
            text += f"\n联系人：某同志，联系电话：{TELEPHONE}\n"
        files.append(folder / f"{name}.txt")
        files[-1].write_text(text, "utf-8")
    return files


@cache
def _lake(place: Path) -> Path:
    add(_published(place), Options(str(place / "湖")), workers=1)
    return place / "湖"
