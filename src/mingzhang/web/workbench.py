"""The workbench behind its pages: jobs are taken in, worked off by threads that each watch over a process, kept, and thrown away."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from msgspec import Struct

from mingzhang.problems import InputError, Problem
from mingzhang.web.isolation import Bounds, Died, Stopped, isolated
from mingzhang.web.refused import told
from mingzhang.web.settings import Settings
from mingzhang.web.store import Job, JobKind, Store
from mingzhang.web.work import IN

_log = logging.getLogger("mingzhang.web")
INCOMING = "incoming"  # where uploads are until a job takes them
_FUNCTIONS: dict[JobKind, str] = {"check": "check_files", "compile": "compile_workbook"}
_IDLE, _SWEEP = 0.5, 600.0
_BUSY = "现在太忙，请稍后再试"
_PAGES = 4  # pictures of pages that are made at once, more wait
_WAITING = 60  # these and those that wait: each holds a thread that answers requests


class Busy(Exception):
    """There is no room for more jobs now; the message says so in Chinese."""


class Given(Struct, frozen=True):
    """A file that was handed in: what its owner calls it, what it is called here, and where it lies for now."""

    name: str
    stored: str
    path: Path


class Workbench:
    """Jobs and the threads that work them off. `start` before anything is expected of it, `stop` in the end."""

    def __init__(self, settings: Settings) -> None:
        """Raises InputError if another workbench uses the folder."""
        self.settings = settings
        self._jobs = settings.data / "jobs"
        self._jobs.mkdir(parents=True, exist_ok=True)
        settings.data.chmod(0o700)
        self._lock = FileLock(settings.data / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InputError(
                [Problem("已有一个工作台在用这个文件夹，请先关闭它，或用 --data 换一个文件夹", str(settings.data))]
            ) from None
        self.store = Store(settings.database_url)
        self._progress: dict[str, str] = {}
        self._stop = threading.Event()
        self._work = threading.Condition()
        self._calls = threading.BoundedSemaphore(_PAGES)
        self._callers = threading.BoundedSemaphore(_WAITING)
        self._threads: list[threading.Thread] = []

    # Life

    def start(self) -> None:
        """Take up what was left, and work."""
        for job in self.store.resume():
            self.store.finish(job.id, "failed", "处理这个文件时程序两次意外退出，已放弃；文件可能已损坏")
        self._forget_strays()
        for number in range(self.settings.workers):
            self._begin(self._worker, f"worker-{number}")
        self._begin(self._sweeper, "sweeper")

    def _begin(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """End what is being done; it is begun again at the next start. What is done stays done."""
        self._stop.set()
        with self._work:
            self._work.notify_all()
        for thread in self._threads:
            thread.join()
        self.store.close()
        self._lock.release()

    @property
    def ready(self) -> bool:
        """Whether the database answers and all threads are alive."""
        self.store.ping()
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    # Jobs

    def submit(self, owner: str, kind: JobKind, groups: Sequence[Sequence[Given]]) -> str:
        """Take in jobs, the files of a group each, and give the batch that they are; the files are moved away.

        Raises Busy if too many wait, or the disk is full.
        """
        self._admit(owner, len(groups))
        batch, moment = secrets.token_hex(16), time.time()
        jobs = []
        try:
            for number, group in enumerate(groups):
                job = Job(
                    secrets.token_hex(16),
                    batch,
                    kind,
                    owner,
                    _title(group),
                    _names(group),
                    created=moment + number / 1000,
                )
                jobs.append(job)
                folder = self.folder(job.id)
                (folder / IN).mkdir(parents=True)
                for given in group:
                    os.replace(given.path, folder / IN / given.stored)
            self.store.add(jobs)
        except BaseException:
            for job in jobs:
                shutil.rmtree(self.folder(job.id), ignore_errors=True)
            raise
        with self._work:
            self._work.notify_all()
        return batch

    def _admit(self, owner: str, count: int) -> None:
        limits, waiting = self.settings.limits, self.store.waiting()
        if waiting[owner] + count > limits.waiting_each:
            raise Busy(f"您还有 {waiting[owner]} 份文件在等待处理，一次最多 {limits.waiting_each} 份，请稍后再提交")
        if sum(waiting.values()) + count > limits.waiting:
            raise Busy("现在等待处理的文件太多，请过几分钟再提交")
        if _size(self._jobs) > limits.disk:
            raise Busy("服务器的存储空间已满，请联系管理员，或过一段时间再提交")

    def folder(self, job_id: str) -> Path:
        """Where the files of a job are."""
        return self._jobs / job_id

    def progress(self, job: Job) -> str:
        """How far a job is, in words."""
        return self._progress.get(job.id, "")

    def remove(self, job: Job) -> None:
        """Throw a job away with all its files."""
        self.store.remove(job.id)
        shutil.rmtree(self.folder(job.id), ignore_errors=True)

    def call(self, name: str, *given: Any) -> Any:
        """What a function of `work.py` gives, done now in a process of its own. Raises InputError, Died and Busy."""
        if not self._callers.acquire(blocking=False):
            raise Busy(_BUSY)
        try:
            return self._called(name, given)
        finally:
            self._callers.release()

    def _called(self, name: str, given: tuple[Any, ...]) -> Any:
        limits = self.settings.limits
        if not self._calls.acquire(timeout=limits.call_seconds):
            raise Busy(_BUSY)
        try:
            return isolated(name, given, Bounds(limits.memory, limits.written, limits.call_seconds), stop=self._stop)
        finally:
            self._calls.release()

    # Threads

    def _worker(self) -> None:
        while not self._stop.is_set():
            job = self._next()
            if job is not None:
                self._do(job)

    def _next(self) -> Job | None:
        try:
            job = self.store.claim()
        except Exception:  # the database is away: it may come back, and the thread has to be there then
            _log.exception("claim", extra={"event": "claim"})
            self._stop.wait(5)
            return None
        if job is None:
            with self._work:
                self._work.wait(_IDLE)
        return job

    def _do(self, job: Job) -> None:
        begun = time.monotonic()
        try:
            self._progress[job.id] = "开始处理"
            self._conclude(job)
        except Stopped:
            self.store.release(job.id)
        except Exception:
            _log.exception("job", extra={"event": "job", "job": job.id})
            with suppress(Exception):
                self.store.finish(job.id, "failed", "处理时发生意外错误，已记录，请联系管理员")
        finally:
            self._progress.pop(job.id, None)
            took = round(time.monotonic() - begun, 3)
            _log.info("job", extra={"event": "job", "job": job.id, "kind": job.kind, "seconds": took})

    def _conclude(self, job: Job) -> None:
        """Do a job and record what came of it."""
        limits = self.settings.limits
        bounds = Bounds(limits.memory, limits.written, limits.job_seconds)

        def say(text: str) -> None:
            self._progress[job.id] = text

        folder = self.folder(job.id)
        try:
            outcome = isolated(_FUNCTIONS[job.kind], (str(folder), own_names(job)), bounds, say, self._stop)
        except InputError as error:
            self.store.finish(
                job.id,
                "failed",
                told(error.problems),
                json.dumps([one.known for one in error.problems], ensure_ascii=False),
            )
        except Died as died:
            self.store.finish(job.id, "failed", str(died))
        else:
            self.store.finish(job.id, "done", outcome=outcome)

    def _sweeper(self) -> None:
        while not self._stop.is_set():
            with suppress(Exception):
                self.sweep()
            self._stop.wait(_SWEEP)

    def sweep(self) -> int:
        """Throw away the jobs that have been kept long enough; give their number."""
        old = self.store.older(time.time() - self.settings.keep_hours * 3600)
        for job in old:
            self.remove(job)
        return len(old)

    def _forget_strays(self) -> None:
        """What was left when the program was killed: uploads half taken in, folders that no job was recorded for."""
        shutil.rmtree(self.settings.data / INCOMING, ignore_errors=True)
        for folder in self._jobs.iterdir():
            if self.store.job(folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)


def own_names(job: Job) -> dict[str, str]:
    """What the owner calls the files of a job, by what they are called here."""
    return dict(line.split("\t", 1) for line in job.names)


def _title(group: Sequence[Given]) -> str:
    own = [given for given in group if not given.stored.startswith("prior")]
    return own[0].name + (f"等 {len(own)} 个文件" if len(own) > 1 else "")


def _names(group: Sequence[Given]) -> tuple[str, ...]:
    return tuple(f"{given.stored}\t{given.name}" for given in group)


def _size(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(place, name)).st_size
    return total
