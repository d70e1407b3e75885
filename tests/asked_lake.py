"""A small lake of published files that programs ask: both examples, one with a person's telephone in its text."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

from example_ledgers import EXAMPLES, example
from mingzhang.corpus import Options, add
from published import as_text, published

FIRST, SECOND = sorted(EXAMPLES)
TELEPHONE, SHOWN = "13912345678", "139****5678"


@cache
def _place() -> Path:
    held = tempfile.TemporaryDirectory()
    atexit.register(held.cleanup)
    return Path(held.name)


@cache
def published_files() -> list[Path]:
    """Both examples as text files; the second tells whom to call. For all modules of a run the same."""
    folder = _place() / "公开"
    folder.mkdir()
    files = []
    for name in (FIRST, SECOND):
        text = as_text(published(example(name)))
        if name == SECOND:
            text += f"\n联系人：某同志，联系电话：{TELEPHONE}\n"
        files.append(folder / f"{name}.txt")
        files[-1].write_text(text, "utf-8")
    return files


@cache
def small_lake() -> Path:
    """A lake of them."""
    folder = _place() / "湖"
    add(published_files(), Options(str(folder)), workers=1)
    return folder
