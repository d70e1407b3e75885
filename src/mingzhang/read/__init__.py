"""Read: any published file back into a disclosure, every figure with its place and how sure the reader is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError, Problem
from mingzhang.read.blocks import Source

Progress = Callable[[str], None]
_HIDDEN = (".", "~$")


class Reading(Struct, frozen=True):
    """A disclosure with the names of the files that it was read from."""

    disclosure: Disclosure
    files: tuple[str, ...]


def read(paths: Sequence[Path], progress: Progress = lambda text: None) -> list[Reading]:
    """Read published files: each disclosure among them once, its attachments put together.

    A folder stands for the files in it. Files of one department and year, and files that do not say whose they are,
    belong together. Raises InputError if a file cannot be read.
    """
    from mingzhang.read.sources.files import load

    sources = []
    for path in _files(paths):
        progress(f"正在读取 {path.name}")
        sources.append(load(path, progress))
    progress("正在识别")
    return [_reading(group) for group in _groups(sources)]


def read_source(sources: Sequence[Source]) -> Disclosure:
    """The disclosure that the blocks of one or several sources make up."""
    from mingzhang.read.assemble import assemble
    from mingzhang.read.recognise import fits

    blocks = [block for source in sources for block in source.blocks]
    notes = [note for source in sources for note in source.notes]
    return assemble(blocks, fits(blocks), notes)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    found = False
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and not file.name.startswith(_HIDDEN):
                    found = True
                    yield file
        else:
            found = True
            yield path
    if not found:
        raise InputError([Problem("文件夹里没有可读的文件，请检查路径", "、".join(map(str, paths)))])


def _groups(sources: Sequence[Source]) -> list[list[Source]]:
    """Sources by the disclosure that they belong to; one that does not say joins the one before it."""
    if len(sources) == 1:
        return [list(sources)]
    groups: dict[tuple[str, int, str], list[Source]] = {}
    loose: list[Source] = []
    for source in sources:
        disclosure = read_source([source])
        if disclosure.name and disclosure.fiscal_year:
            groups.setdefault((disclosure.name, disclosure.fiscal_year, disclosure.family), []).append(source)
        else:
            loose.append(source)
    if not groups:
        return [loose]
    if len(groups) == 1:
        chosen = {id(source) for source in (*loose, *next(iter(groups.values())))}
        return [[source for source in sources if id(source) in chosen]]
    return [*groups.values(), *([source] for source in loose)]


def _reading(sources: Sequence[Source]) -> Reading:
    return Reading(read_source(sources), tuple(source.name for source in sources))


__all__ = ["Progress", "Reading", "read", "read_source"]
