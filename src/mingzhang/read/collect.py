"""Files to disclosures: a folder's files, the attachments of one disclosure, copies of one in several formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from mingzhang.disclosure import Disclosure, Note
from mingzhang.problems import InputError, Problem
from mingzhang.read.assemble import assemble
from mingzhang.read.blocks import Source
from mingzhang.read.recognise import fits
from mingzhang.read.sources.files import load
from mingzhang.read.sources.kinds import ENDINGS

Progress = Callable[[str], None]
_HIDDEN = (".", "~$")


class Reading(Struct, frozen=True):
    """A disclosure with the names of the files that it was read from."""

    disclosure: Disclosure
    files: tuple[str, ...]


class _Read(Struct, frozen=True):
    """A source and what it holds by itself."""

    source: Source
    disclosure: Disclosure

    @property
    def parts(self) -> frozenset[str]:
        """The tables, sections and forms that it holds."""
        held = self.disclosure
        parts = {*(fact.table for fact in held.facts), *held.empty_tables, *(one.section for one in held.narrative)}
        return frozenset(parts | ({"forms"} if held.projects else set()))

    @property
    def records(self) -> int:
        """How much it holds."""
        held = self.disclosure
        return len(held.facts) + len(held.narrative) + len(held.projects) + len(held.indicators)


def read(paths: Sequence[Path], progress: Progress = lambda text: None) -> list[Reading]:
    """Read published files: each disclosure among them once, its attachments put together, a copy of it left out.

    A folder stands for the readable files in it; one of them that cannot be read is told in a note. Files of one
    department and year, and files that do not say whose they are, belong together. Raises InputError if a file that is
    named, or all files of the folders, cannot be read.
    """
    sources, notes = _sources(paths, progress)
    progress("正在识别")
    if len(sources) == 1:
        return [Reading(read_source(sources, notes), (sources[0].name,))]
    readings = []
    for group in _groups([_Read(source, read_source([source])) for source in sources]):
        kept, left_out = _without_copies(group)
        told = [*notes, *left_out]
        readings.append(Reading(read_source(kept, told), tuple(source.name for source in kept)))
        notes = []
    return readings


def read_source(sources: Sequence[Source], notes: Sequence[Note] = ()) -> Disclosure:
    """The disclosure that the blocks of one or several sources make up. `notes` are told with it."""
    blocks = [block for source in sources for block in source.blocks]
    return assemble(blocks, fits(blocks), [*(note for source in sources for note in source.notes), *notes])


def _sources(paths: Sequence[Path], progress: Progress) -> tuple[list[Source], list[Note]]:
    sources: list[Source] = []
    problems: list[Problem] = []
    for path, named in _files(paths):
        progress(f"正在读取 {path.name}")
        try:
            sources.append(load(path, progress))
        except InputError as error:
            if named:
                raise
            problems += error.problems
    if not sources:
        raise InputError(problems or [Problem("文件夹里没有可读的文件，请检查路径", "、".join(map(str, paths)))])
    return sources, [Note("unread", f"没有读“{problem.file}”：{problem.message}") for problem in problems]


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files to read, and whether each was named by itself."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith(_HIDDEN) and file.suffix.lower() in ENDINGS:
                yield file, False


def _groups(all_read: Sequence[_Read]) -> list[list[_Read]]:
    """What belongs to one disclosure; what does not say whose it is belongs to the only one, or stands alone."""
    groups: dict[tuple[str, int, str], list[_Read]] = {}
    loose: list[_Read] = []
    for one in all_read:
        held = one.disclosure
        if held.name and held.fiscal_year:
            groups.setdefault((held.name, held.fiscal_year, held.family), []).append(one)
        else:
            loose.append(one)
    if len(groups) < 2:
        return [list(all_read)]
    return [*groups.values(), *([one] for one in loose)]


def _without_copies(group: Sequence[_Read]) -> tuple[list[Source], list[Note]]:
    """The sources of a group in order, without those that hold what a fuller one holds already."""
    kept: list[_Read] = []
    notes: list[Note] = []
    for one in sorted(group, key=lambda one: -one.records):
        whole = next((other for other in kept if one.parts and 2 * len(one.parts & other.parts) > len(one.parts)), None)
        if whole is None:
            kept.append(one)
        else:
            message = f"“{one.source.name}”与“{whole.source.name}”是同一份公开，没有重复读取"
            notes.append(Note("recognised", message))
    held = {id(one) for one in kept}
    return [one.source for one in group if id(one) in held], notes
