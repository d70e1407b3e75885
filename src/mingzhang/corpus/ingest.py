"""Files into a lake: read, checked and staged by several processes or a cluster, then committed.

A unit of work is a file, a data package, or a folder of a few files (the attachments of one disclosure). Units go to the
workers in batches, so that a batch runs through the rule book together; each document is staged by itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from msgspec import Struct

from mingzhang.check import Candidate, check
from mingzhang.corpus.lake import Lake
from mingzhang.corpus.records import failed, tables_of
from mingzhang.datapackage import is_package
from mingzhang.intake import Document, open_documents
from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.kinds import ENDINGS

BATCH = 8
# More files than this in one folder are documents of their own, not attachments of one.
MOST_ATTACHMENTS = 6


class Unit(Struct, frozen=True):
    """Files that are read together; `source` is what the lake calls them, `doc` the hash of their content."""

    paths: tuple[str, ...]
    source: str
    doc: str


class Options(Struct, frozen=True):
    """What an ingest is told: the lake, the region of all documents (blank: what each tells), dates by source."""

    lake: str
    region: str = ""
    dates: dict[str, tuple[str, str]] = {}


class Outcome(Struct, frozen=True):
    """What came of a unit: how many documents were staged, and why it failed if it did."""

    source: str
    documents: int
    reason: str = ""


class Result(Struct, frozen=True):
    """What came of an ingest."""

    added: int
    skipped: int
    failures: tuple[Outcome, ...]


Progress = Callable[[int, int], None]


def units(paths: Sequence[Path]) -> Iterator[Unit]:
    """The units of work below some paths, in order. Raises InputError for a path that is not there."""
    for path in paths:
        if not path.exists():
            raise InputError([Problem("没有这个文件或文件夹，请检查路径", str(path))])
        base = path.parent if path.is_file() else path
        for files in _grouped(path):
            source = str(files[0].relative_to(base)) if files[0] != base else path.name
            content = [hashlib.sha256(_bytes(file)).hexdigest() for file in files]
            doc = content[0] if len(content) == 1 else hashlib.sha256("".join(sorted(content)).encode()).hexdigest()
            yield Unit(tuple(map(str, files)), source, doc[:32])


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


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        return b"".join(file.read_bytes() for file in sorted(path.iterdir()) if file.is_file())
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([Problem("不能读这个文件，请检查权限", str(path))]) from error


def add(
    paths: Sequence[Path],
    options: Options,
    progress: Progress = lambda done, whole: None,
    workers: int = 0,
    scheduler: str = "",
) -> Result:
    """Add everything below the paths to the lake, and commit.

    `workers` processes work here (0: as many as there are processors), or the Dask cluster at `scheduler`. What is in the
    lake already is passed over; a document that cannot be read is recorded with its reason.
    """
    lake = Lake(options.lake)
    all_units = list({unit.doc: unit for unit in units(paths)}.values())
    there = lake.known() | lake.staged()
    waiting = [unit for unit in all_units if unit.doc not in there]
    batches = [waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)]
    run = _on_cluster(batches, options, scheduler) if scheduler else _here(batches, options, workers or os.cpu_count() or 1)
    done, failures = 0, []
    for outcomes in run:
        done += len(outcomes)
        failures += [outcome for outcome in outcomes if outcome.reason]
        progress(done, len(waiting))
    lake.commit()
    return Result(done - len(failures), len(all_units) - len(waiting), tuple(sorted(failures, key=lambda one: one.source)))


def _here(batches: Sequence[Sequence[Unit]], options: Options, workers: int) -> Iterator[list[Outcome]]:
    """The batches by processes of this machine; only a few wait at a time, so that memory stays bounded."""
    if workers == 1 or len(batches) <= 1:
        for batch in batches:
            yield work(batch, options)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from _bounded(batches, lambda batch: pool.submit(work, batch, options), 2 * workers)


def _bounded(
    batches: Iterable[Sequence[Unit]], submit: Callable[[Sequence[Unit]], Future[list[Outcome]]], most: int
) -> Iterator[list[Outcome]]:
    running: set[Future[list[Outcome]]] = set()
    for batch in batches:
        running.add(submit(batch))
        if len(running) >= most:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in finished)
    yield from (one.result() for one in wait(running).done)


def _on_cluster(batches: Sequence[Sequence[Unit]], options: Options, scheduler: str) -> Iterator[list[Outcome]]:
    """The batches by a Dask cluster; a batch whose worker dies is done by another."""
    from distributed import Client, as_completed

    with Client(scheduler, set_as_default=False) as client:
        futures = client.map(work, batches, options=options, pure=False, retries=3)
        finished: Any = as_completed(futures)
        for future in finished:
            yield future.result()
            future.release()


def work(batch: Sequence[Unit], options: Options) -> list[Outcome]:
    """Read, check and stage a batch of units; runs in a worker."""
    lake = Lake(options.lake)
    opened: list[tuple[Unit, Document]] = []
    outcomes = []
    for unit in batch:
        documents, reason = _open(unit)
        outcomes.append(Outcome(unit.source, len(documents), reason))
        if reason:
            lake.stage(unit.doc, failed(unit.doc, unit.source, reason))
        opened += [(unit, document) for document in documents]
    report = check([Candidate(document.name, document.disclosure) for _, document in opened])
    for (unit, document), checked in zip(opened, report.checked, strict=True):
        doc = unit.doc if len(_own(unit, opened)) == 1 else _part(unit, document)
        dates = options.dates.get(unit.source, ("", ""))
        lake.stage(doc, tables_of(doc, unit.source, checked, report.book, options.region, dates))
    return outcomes


def _own(unit: Unit, opened: Sequence[tuple[Unit, Document]]) -> list[Document]:
    return [document for one, document in opened if one is unit]


def _part(unit: Unit, document: Document) -> str:
    """The hash of one of several disclosures in a unit."""
    return hashlib.sha256(f"{unit.doc}{document.name}".encode()).hexdigest()[:32]


def _open(unit: Unit) -> tuple[tuple[Document, ...], str]:
    """The documents of a unit, or why there are none. Whatever goes wrong is the document's fault, never the run's."""
    try:
        intake = open_documents([Path(path) for path in unit.paths])
    except Exception as error:  # one bad file must not end the reading of ten thousand
        return (), f"读取时出错：{type(error).__name__}: {error}"
    if not intake.documents:
        return (), "；".join(str(problem) for problem in intake.problems) or "里面没有可读的公开"
    return intake.documents, ""
