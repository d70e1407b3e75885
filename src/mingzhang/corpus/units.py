"""What is read together: a file, a data package, or a folder of a few files (the attachments of one disclosure).

A document is called by the content of the files that it was read from, so that the same content is the same document, whatever
its name and whatever lies beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from msgspec import Struct

from mingzhang.datapackage import is_package
from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.kinds import ENDINGS

# More files than this in one folder are documents of their own, not attachments of one.
MOST_ATTACHMENTS = 6
_LENGTH = 32


class File(Struct, frozen=True):
    """A file or data package: where it lies, what the lake calls it, the hash of its content, its bytes."""

    path: str
    source: str
    content: str
    size: int


class Unit(Struct, frozen=True):
    """Files that are read together."""

    files: tuple[File, ...]

    @property
    def source(self) -> str:
        """What the lake calls the unit."""
        return self.files[0].source

    @property
    def doc(self) -> str:
        """The identity of all its content."""
        return identity(self.files)


def identity(files: Sequence[File]) -> str:
    """What a document read from these files is called: their content, in whatever order and under whatever names."""
    if len(files) == 1:
        return files[0].content
    return hashlib.sha256("".join(sorted(file.content for file in files)).encode()).hexdigest()[:_LENGTH]


def settled(unit: Unit, known: Container[str]) -> bool:
    """Whether every file of a unit belongs to a known document, alone or with others of the unit."""
    covered: set[File] = set()
    for size in range(1, len(unit.files) + 1):
        for some in combinations(unit.files, size):
            if identity(some) in known:
                covered.update(some)
    return len(covered) == len(unit.files)


def units(paths: Sequence[Path]) -> Iterator[Unit]:
    """The units below some paths, in order. Raises InputError for a path that is not there."""
    for path in paths:
        if not path.exists():
            raise InputError([Problem("没有这个文件或文件夹，请检查路径", str(path))])
    for path in paths:
        base = path.parent if path.is_file() else path
        for group in _grouped(path):
            yield Unit(tuple(_file(one, base) for one in group))


def _file(path: Path, base: Path) -> File:
    source = path.relative_to(base).as_posix() if path != base else path.absolute().name
    content, size = _content(path)
    return File(str(path.absolute()), source, content, size)


def _grouped(path: Path) -> Iterator[list[Path]]:
    if path.is_file() or is_package(path):
        yield [path]
        return
    files = sorted(file for file in path.iterdir() if file.is_file() and _readable(file))
    if 1 < len(files) <= MOST_ATTACHMENTS:
        yield files
    else:
        yield from ([file] for file in files)
    for folder in sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith(".")):
        yield from _grouped(folder)


def _readable(file: Path) -> bool:
    return not file.name.startswith((".", "~$")) and file.suffix.lower() in ENDINGS


def _content(path: Path) -> tuple[str, int]:
    """The hash of a file's content (of all files of a package), and its size. What cannot be read now has its path for content."""
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    whole, size = hashlib.sha256(), 0
    try:
        for file in files:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    whole.update(block)
                    size += len(block)
    except OSError:
        whole, size = hashlib.sha256(f"unreadable {path.absolute()}".encode()), 0
    return whole.hexdigest()[:_LENGTH], size
