"""Work on what others have handed in, in a process of its own: it may use so much memory and time, and may die.

Processes are forked from a server process that has the libraries loaded already and nothing else, so that one costs some ten
milliseconds; where there is no fork they are started anew.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from threading import Event
from typing import Any

from msgspec import Struct

from mingzhang.problems import InputError, Problem

_WORK = ("mingzhang.web.work", "mingzhang.web.ledger_work", "mingzhang.web.lake_work")
_TICK = 0.2


class Bounds(Struct, frozen=True):
    """What a process may take: bytes of memory and of a written file, seconds."""

    memory: int
    written: int
    seconds: float


class Died(Exception):
    """The process ended before it was done; the message says in Chinese why."""


class Stopped(Exception):
    """The process was ended because the program ends."""


def context() -> ForkServerContext | SpawnContext:
    """How processes are started here."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([*_WORK])
    return forking


def isolated(
    name: str,
    given: tuple[Any, ...],
    bounds: Bounds,
    say: Callable[[str], None] = lambda text: None,
    stop: Event | None = None,
) -> Any:
    """What the function of that name in `work.py` or a module beside it (`_WORK`) gives, run in a process of its own.

    The function is called with `say`, which tells how far it is, and `given`. Raises InputError as the function does, Died if the
    process ended or was ended by its bounds, Stopped if `stop` was set.
    """
    processes = context()
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=_run, args=(sender, name, given, bounds), daemon=True)
    process.start()
    sender.close()
    try:
        return _followed(process, receiver, bounds.seconds, say, stop)
    finally:
        _end(process)
        receiver.close()


def _followed(
    process: BaseProcess, receiver: Connection, seconds: float, say: Callable[[str], None], stop: Event | None
) -> Any:
    """Listen to a process until it has said what it gives."""
    last = time.monotonic() + seconds
    while True:
        if stop is not None and stop.is_set():
            raise Stopped
        if time.monotonic() > last:
            raise Died(f"超过 {seconds:g} 秒没有处理完，已停止；文件可能太大，请拆开再试")
        if not receiver.poll(_TICK):
            continue
        try:
            kind, value = receiver.recv()
        except (EOFError, OSError):
            process.join(_TICK * 10)
            raise Died(_ended(process.exitcode)) from None
        if kind == "said":
            say(value)
        elif kind == "problems":
            raise InputError(value)
        elif kind == "died":
            raise Died(value)
        else:
            return value


def _ended(code: int | None) -> str:
    if code is not None and -code == getattr(signal, "SIGXCPU", 0):
        return "用时太长，已停止；文件可能太大，请拆开再试"
    return "处理时程序意外退出，文件可能已损坏，或要用的内存超过限制"


def _end(process: BaseProcess) -> None:
    """End a process with all that it has started."""
    if process.pid is not None:
        with suppress(OSError, AttributeError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    process.close()


def _run(sender: Connection, name: str, given: tuple[Any, ...], bounds: Bounds) -> None:
    """What the process does."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        os.setsid()
    threading.Thread(target=_end_with, args=(sender,), daemon=True).start()
    _bind(bounds)
    try:
        value = _function(name)(lambda text: sender.send(("said", text)), *given)
        sender.send(("done", value))
    except InputError as error:
        sender.send(("problems", list(error.problems)))
    except MemoryError:
        sender.send(("died", "要用的内存超过限制，文件可能太大，请拆开再试"))
    except RecursionError:
        sender.send(("problems", [Problem("文件的层次嵌套过深，不能读取")]))


def _end_with(sender: Connection) -> None:
    """End this process when the one that waits for it has ended: the pipe has lost its other end."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sender.fileno(), 0)
        poll.poll()
        os._exit(1)


def _function(name: str) -> Callable[..., Any]:
    modules = map(import_module, _WORK)
    found: Callable[..., Any] = next(getattr(module, name) for module in modules if hasattr(module, name))
    return found


def _bind(bounds: Bounds) -> None:
    """Bind this process to its bounds, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    seconds = int(bounds.seconds)
    wanted = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, bounds.written),
        (resource.RLIMIT_CPU, 4 * seconds),  # several threads may be at work
    ]
    if sys.platform == "linux":  # elsewhere the limit of address space is not kept, or refused
        wanted.append((resource.RLIMIT_AS, bounds.memory))
    for what, most in wanted:
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))
