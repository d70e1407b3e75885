"""Workers of one machine: batches are given to them, and what one of them dies of is found out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mingzhang.corpus.lake import Lake, LakeError
from mingzhang.corpus.records import failed
from mingzhang.corpus.units import Unit
from mingzhang.corpus.work import Options
from mingzhang.corpus.worker import Died, NotStarted, Unable, Worker

# A unit that brings nothing new for so long is given up: a scanned disclosure of 150 pages takes a quarter of an hour.
LIMIT = 1800.0

Batch = Sequence[Unit]


class Stopped(Exception):
    """The crew was stopped while a batch was being done."""


class Crew:
    """Workers that are started when there is work, and kept. Any number of threads may bring batches."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._stopped = False

    def run(self, batch: Batch, options: Options) -> int:
        """Do a batch; give the number of its units. If a worker dies of it, each unit is tried alone, once more if it was alone;
        a unit that a worker dies of again is recorded as failed.

        Raises LakeError if the lake cannot be written.
        """
        try:
            self._begun(batch, options)
        except Died:
            for unit in batch:
                self._alone(unit, options)
        return len(batch)

    def _begun(self, batch: Batch, options: Options) -> None:
        """Have a worker do a batch; one that was killed before it was ready is replaced once: no document is to blame."""
        try:
            try:
                self._attempt(batch, options)
            except NotStarted:
                self._attempt(batch, options)
        except Unable as error:
            raise LakeError(f"不能写入数据湖“{options.lake}”：{error}") from error

    def _alone(self, unit: Unit, options: Options) -> None:
        try:
            self._begun([unit], options)
        except Died as died:
            given_up(unit, options, str(died))

    def _attempt(self, batch: Batch, options: Options) -> None:
        worker = self._take()
        fit = False
        try:
            fit = worker.run(batch, options, self._limit)
        except (Died, Unable):
            if self._stopped:
                raise Stopped from None
            raise
        finally:
            self._give_back(worker, fit)

    def _take(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise Stopped
            worker = self._idle.pop() if self._idle else Worker()
            if not worker.alive:  # it had nothing to do for long, and ended
                worker.close()
                worker = Worker()
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: Worker, fit: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if fit and not self._stopped:
                self._idle.append(worker)
                return
        worker.close()

    def stop(self) -> None:
        """End all workers; what they have staged stays."""
        with self._lock:
            self._stopped = True
            workers = [*self._idle, *self._busy]
            self._idle = []
        for worker in workers:
            worker.kill()


def given_up(unit: Unit, options: Options, reason: str) -> None:
    """Record a unit as failed that no worker could do."""
    Lake(options.lake).stage(unit.doc, failed(unit.doc, unit.source, reason), options.key)


def here(batches: Iterable[Batch], options: Options, workers: int) -> Iterator[int]:
    """Have batches done by so many workers of this machine; give the number of units of each as it is done."""
    crew, threads = Crew(), ThreadPoolExecutor(workers)
    try:
        yield from bounded(batches, lambda batch: threads.submit(crew.run, batch, options), 2 * workers)
    finally:
        crew.stop()
        threads.shutdown(cancel_futures=True)


def bounded(batches: Iterable[Batch], submit: Callable[[Batch], Future[int]], most: int) -> Iterator[int]:
    """Submit batches so that no more than so many wait or are being done; give the results as they come."""
    running: set[Future[int]] = set()
    for batch in batches:
        running.add(submit(batch))
        if len(running) >= most:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in finished)
    while running:
        finished, running = wait(running, return_when=FIRST_COMPLETED)
        yield from (one.result() for one in finished)
