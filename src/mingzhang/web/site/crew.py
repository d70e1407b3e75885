"""The pages of documents, written by several processes: a document's page has no need of another's.

Each process has the lake open for itself; what the search is to know comes back, and is put together in the order of the documents.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from pathlib import Path

from msgspec import Struct

from mingzhang.corpus import Lake, connect
from mingzhang.problems import InputError, Problem
from mingzhang.web.site.comparison import Year
from mingzhang.web.site.contents import Contents, Partition
from mingzhang.web.site.department import write_department
from mingzhang.web.site.pages import Pages
from mingzhang.web.site.rows import Rows
from mingzhang.web.site.search import Grams, write_said
from mingzhang.web.site.settings import SiteSettings

PART = 64  # documents that a process does at a time
FEW = 24  # so few are done before another process has started


class Job(Struct, frozen=True):
    """What each process is told: the lake, the site's folder, settings and contents, what is compared, the paths of style and scripts."""

    lake: str
    folder: str
    settings: SiteSettings
    contents: Contents
    compared: dict[Partition, list[Year]]
    assets: dict[str, str]


class Done(Struct, frozen=True):
    """Documents of which the pages are written: what the search finds them by, and in how many cells was masked."""

    numbers: tuple[int, ...]
    grams: tuple[Grams, ...]
    masked: int


class Writer:
    """Writes the pages of documents, with what it needs for that open."""

    def __init__(self, job: Job, lake: Lake | None = None) -> None:
        self._job, self._folder = job, Path(job.folder)
        self._lake = lake or Lake(job.lake)
        self._database = connect(self._lake, veiled=True)
        self._rows = Rows(self._lake)
        self._pages = Pages(self._folder, job.settings, job.contents, job.assets)

    def write(self, place: Partition, numbers: Sequence[int], stopped: Callable[[], bool] = lambda: False) -> Done:
        """Write the pages of some documents of a region's year; what is left of them is left out once it is `stopped`."""
        region, year = place
        contents, before = self._job.contents, self._rows.masked
        by_doc = {contents.entries[number].doc: contents.entries[number] for number in numbers}
        crumbs = [
            (contents.labels[region], contents.region_page(region)),
            (f"{year}年", contents.partition_page(region, year)),
        ]
        grams = []
        for doc, tables in self._rows.tables(region, year, list(by_doc)):
            if stopped():
                break
            said = write_department(self._pages, self._database, self._job.compared, by_doc[doc], tables, crumbs)
            grams.append(write_said(self._folder, contents, by_doc[doc], said))
        return Done(tuple(numbers), tuple(grams), self._rows.masked - before)


def write_documents(job: Job, lake: Lake, workers: int) -> Iterator[Done]:
    """Write the pages of all documents, by so many processes; give what is done in the order of the documents.

    Raises InputError if a process is ended from outside.
    """
    parts = [
        (place, tuple(entry.number for entry in entries[at : at + PART]))
        for place, entries in job.contents.by_partition.items()
        for at in range(0, len(entries), PART)
    ]
    if workers == 1 or len(job.contents.entries) < FEW or not lake.storage.shared:
        writer = Writer(job, lake)
        yield from (writer.write(*part) for part in parts)
        return
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    executor = ProcessPoolExecutor(min(workers, len(parts)), context, _begin, (job, stop))
    try:
        futures = [executor.submit(_write, *part) for part in parts]
        for future in futures:
            yield future.result()
    except BrokenProcessPool as error:
        message = "生成页面的进程意外结束，可能是内存不足，请用 --workers 减少进程数再运行"
        raise InputError([Problem(message)]) from error
    finally:
        stop.set()
        executor.shutdown(cancel_futures=True)


_own: tuple[Writer, Event] | None = None


def _begin(job: Job, stop: Event) -> None:
    """What a process does first. That it is interrupted is the first process's concern, which tells the others."""
    global _own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _own = Writer(job), stop


def _write(place: Partition, numbers: Sequence[int]) -> Done:
    assert _own is not None
    writer, stop = _own
    return writer.write(place, numbers, stop.is_set)
