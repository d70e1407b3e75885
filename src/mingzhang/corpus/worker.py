"""A worker: a process of its own that does one batch after another, and the one who gives it work.

Frames go through the standard input and output, four bytes of length before each. The worker ends when its input ends, so that
none is left when the program that started it is killed; a batch that it dies of, or is silent over for too long, is told by
an exception.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

import msgspec
from msgspec import Struct

from mingzhang.corpus.lake import LakeError
from mingzhang.corpus.units import Unit
from mingzhang.corpus.work import Options, work

# A worker that has done so many units, or taken so many bytes, is replaced by a fresh one.
RECYCLE_UNITS, RECYCLE_BYTES = 1000, 700_000_000
IDLE, START = 60.0, 120.0


class Job(Struct, frozen=True):
    """A batch of units and what is to be done with them."""

    units: tuple[Unit, ...]
    options: Options


class Answer(Struct, frozen=True):
    """What a worker says: that it lives, that a batch is done (and whether it wants to be replaced), that it cannot go on."""

    done: bool = False
    tired: bool = False
    error: str = ""


class Died(Exception):
    """The worker ended in the middle of a batch; the message says in Chinese how."""


class Unable(Exception):
    """The worker could not start, or not write into the lake: no document is to blame."""


class NotStarted(Unable):
    """The worker ended, or said nothing, before it was ready."""


class Worker:
    """A running worker process."""

    def __init__(self) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from mingzhang.corpus.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": paths},
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(self._process.stdout, self._answers), daemon=True).start()
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(self, units: Sequence[Unit], options: Options, limit: float) -> bool:
        """Have a batch done; give whether the worker can take another.

        Raises Died if it ended, or was ended because it said nothing for `limit` seconds; NotStarted if that was before it was ready; Unable
        if it cannot work at all.
        """
        if not self._ready:
            self._begin()
        assert self._process.stdin
        with suppress(OSError):  # if it has died, the next answer tells
            _send(self._process.stdin, msgspec.msgpack.encode(Job(tuple(units), options)))
        while True:
            answer = self._answer(limit)
            if answer.error:
                raise Unable(answer.error)
            if answer.done:
                return not answer.tired

    def _begin(self) -> None:
        try:
            self._answer(START)
        except Died as died:
            raise NotStarted(f"工作进程没有启动：{died}") from None
        self._ready = True

    def _answer(self, limit: float) -> Answer:
        try:
            frame = self._answers.get(timeout=limit)
        except queue.Empty:
            self.kill()
            raise Died(f"超过 {limit:g} 秒没有进展，已放弃") from None
        if frame is None:
            code = self._process.wait()
            told = f"信号 {-code}" if code < 0 else f"代码 {code}"
            raise Died(f"读取程序意外退出（{told}），可能是文件损坏或内存不足")
        return msgspec.msgpack.decode(frame, type=Answer)

    def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self.close()


def _send(stream: IO[bytes], frame: bytes) -> None:
    stream.write(len(frame).to_bytes(4, "big") + frame)
    stream.flush()


def _receive(stream: IO[bytes], frames: queue.SimpleQueue[bytes | None]) -> None:
    """Put the frames of a stream into a queue, None at its end."""
    with stream:
        while len(head := stream.read(4)) == 4:
            frames.put(stream.read(int.from_bytes(head, "big")))
    frames.put(None)


def main() -> None:
    """Work off the batches that come in."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who gives the work ends it
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    jobs: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_feed, args=(jobs,), daemon=True).start()
    # Documents make few cycles, and looking for them takes a seventh of the time: it is done between batches.
    gc.freeze()
    gc.disable()
    _answer(out, Answer())
    done = 0
    while True:
        try:
            frame = jobs.get(timeout=IDLE)
        except queue.Empty:
            return
        job = msgspec.msgpack.decode(frame or b"", type=Job)
        try:
            work(job.units, job.options, lambda: _answer(out, Answer()))
        except (OSError, LakeError) as error:
            _answer(out, Answer(error=str(error)))
            return
        done += len(job.units)
        gc.collect()
        _answer(out, Answer(done=True, tired=done >= RECYCLE_UNITS or _taken() > RECYCLE_BYTES))


def _feed(jobs: queue.SimpleQueue[bytes | None]) -> None:
    """Take in jobs; when there are no more, the program that gave them has ended, and so does this one, at once."""
    _receive(sys.stdin.buffer, jobs)
    os._exit(0)


def _answer(out: IO[bytes], answer: Answer) -> None:
    _send(out, msgspec.msgpack.encode(answer))


def _taken() -> int:
    """The most memory that this process has taken, in bytes; nothing where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
