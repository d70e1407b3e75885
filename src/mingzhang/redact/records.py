"""What is to be masked, where, and what was done."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from mingzhang.disclosure import Box
from mingzhang.read.sources.kinds import Kind


class Secret(NamedTuple):
    """A text as the reader gave it, and what stands in its place afterwards."""

    text: str
    mask: str


class Area(NamedTuple):
    """A part of a page (from 1) of a PDF or picture to black out, its box as the reader gives it: points, seen upright."""

    page: int
    box: Box


class Redacted(Struct, frozen=True):
    """A copy that was written.

    `counts` says, secret by secret in the order given, in how many places it was masked; 0 means that the file's text
    does not hold it (it may still be in a picture). `areas` counts the boxes blacked out. `pages` are the pages of a
    PDF that are pictures now. `notes` tell in Chinese what else the copy has lost.
    """

    path: Path
    kind: Kind
    counts: tuple[int, ...]
    areas: int = 0
    pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
