"""Files into a lake: read, checked and staged by several processes or a cluster, then committed.

Units of work go to the workers in batches, so that a batch runs through the rule book together; each document is staged by
itself. However the work is shared out and however often it is interrupted, the same sources make the same lake.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mingzhang.corpus.crew import Batch, here
from mingzhang.corpus.lake import Lake, LakeError
from mingzhang.corpus.units import Unit, settled, units
from mingzhang.corpus.work import Options, work

# Units and bytes of a batch at most: the rule book's passes are shared, and a worker's memory stays bounded.
BATCH, BATCH_BYTES = 32, 64_000_000
# So many batches for each worker at least, so that none is idle while another has much to do.
_SHARES = 4

Progress = Callable[[int, int], None]
Say = Callable[[str], None]


class Outcome(Struct, frozen=True):
    """A document that could not be read, and why."""

    source: str
    reason: str


class Result(Struct, frozen=True):
    """What came of an ingest: documents added, units passed over because the lake has them, failures."""

    added: int
    skipped: int
    failures: tuple[Outcome, ...]


def add(
    paths: Sequence[Path],
    options: Options,
    progress: Progress = lambda done, whole: None,
    workers: int = 0,
    scheduler: str = "",
    say: Say = lambda text: None,
) -> Result:
    """Add everything below the paths to the lake, and commit.

    `workers` processes work here (0: as many as there are processors), or the Dask cluster at `scheduler`. What is in the
    lake already is passed over; a document that cannot be read is recorded with its reason. Raises LakeError if the lake cannot
    be used, InputError for a path that is not there.
    """
    lake = Lake(options.lake)
    if lake.storage.local:
        options = replace(options, lake=lake.storage.root)
    with lake.writing(lambda: say("另一个程序正在写这个数据湖，等它完成后继续")):
        known = lake.known()
        every = list(_once(units(paths)))
        fresh = [unit for unit in every if not settled(unit, known)]
        there = known | lake.staged(options.key)
        waiting = [unit for unit in fresh if not settled(unit, there)]
        count = workers or os.cpu_count() or 1
        batches = _batches(waiting, min(BATCH, -(-len(waiting) // (_SHARES * count))))
        done = 0
        for finished in _run(batches, options, count, scheduler, lake.storage.shared):
            done += finished
            progress(done, len(waiting))
        _must_be_staged(waiting, lake.staged(options.key) | lake.known(), lake)
        committed = lake.commit(options.key, {unit.doc for unit in fresh})
    failures = tuple(Outcome(source, reason) for source, reason in committed.failures)
    return Result(committed.read, len(every) - len(fresh), failures)


def _must_be_staged(done: Sequence[Unit], there: set[str], lake: Lake) -> None:
    """Another machine may take the same path for another place. Raises LakeError."""
    lost = [unit for unit in done if not settled(unit, there)]
    if lost:
        message = f"有 {len(lost)} 个文件处理后没有到数据湖“{lake.storage.uri}”，如 {lost[0].source}；各台机器要能写同一个地方"
        raise LakeError(message)


def _once(every: Iterable[Unit]) -> Iterator[Unit]:
    """The same content once, by its first name."""
    seen: set[str] = set()
    for unit in every:
        if unit.doc not in seen:
            seen.add(unit.doc)
            yield unit


def _run(batches: Iterable[Batch], options: Options, workers: int, scheduler: str, shared: bool) -> Iterator[int]:
    if scheduler:
        from mingzhang.corpus.cluster import on_cluster

        return on_cluster(batches, options, scheduler)
    return here(batches, options, workers) if shared else _in_this_process(batches, options)


def _in_this_process(batches: Iterable[Batch], options: Options) -> Iterator[int]:
    """For a lake in the memory of this process, which no other can reach."""
    for batch in batches:
        work(batch, options)
        yield len(batch)


def _batches(waiting: Sequence[Unit], most: int) -> Iterator[list[Unit]]:
    """Units in batches of so many at most, and not too many bytes."""
    batch: list[Unit] = []
    size = 0
    for unit in waiting:
        own = sum(file.size for file in unit.files)
        if batch and (len(batch) >= most or size + own > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(unit)
        size += own
    if batch:
        yield batch
