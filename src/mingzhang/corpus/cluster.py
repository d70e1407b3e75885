"""Workers on a Dask cluster. Each machine reads the sources and writes the lake at the same paths.

A Dask worker gives its batches to worker processes of its own, as a single machine does: a document that crashes the reader takes no
Dask worker with it, and reading needs no threads. Tasks return nothing but a number; a worker that dies has its batches done by another.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from functools import cache
from typing import Any

from mingzhang.corpus.crew import Batch, Crew, given_up
from mingzhang.corpus.work import Options
from mingzhang.problems import InputError, Problem

# Batches that wait at the scheduler for each thread there is.
_AHEAD = 3
_TIMEOUT = 20


@cache
def _crew() -> Crew:
    return Crew()


def task(batch: Batch, options: Options) -> int:
    """Do a batch, on a worker of the cluster. Raises InputError for a file that this machine does not have."""
    for unit in batch:
        for file in unit.files:
            if not os.path.exists(file.path):
                raise InputError([Problem("集群的机器上没有这个文件：各台机器要在同一路径下读得到来源文件", file.path)])
    return _crew().run(batch, options)


def on_cluster(batches: Iterable[Batch], options: Options, scheduler: str) -> Iterator[int]:
    """Have batches done by the cluster; give the number of units of each as it is done.

    Raises InputError if there is no Dask here, or no scheduler there.
    """
    dask = _dask()
    # Dask's own log tells of lost connections in tracebacks; what a person has to know is raised.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = dask.Client(scheduler, timeout=_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError([Problem(f"连不上 Dask 调度器“{scheduler}”，请检查地址和网络")]) from error
    with client, client.as_current():
        yield from _bounded(dask, client, batches, options)


def _dask() -> Any:
    try:
        import distributed
    except ImportError as error:
        message = "用集群要先安装 Dask，请运行 pip install 'mingzhang[cluster]'"
        raise InputError([Problem(message)]) from error
    return distributed


def _bounded(dask: Any, client: Any, batches: Iterable[Batch], options: Options) -> Iterator[int]:
    """As many batches at the scheduler as keep its workers busy, however many batches there are."""
    waiting, running = iter(batches), dask.as_completed()
    of: dict[str, Batch] = {}

    def submit(batch: Batch) -> None:
        future = client.submit(task, batch, options, pure=False)
        of[future.key] = batch
        running.add(future)

    while True:
        while len(of) < _AHEAD * max(1, sum(client.nthreads().values())):
            batch = next(waiting, None)
            if batch is None:
                break
            submit(batch)
        if not of:
            return
        future = next(running)
        batch = of.pop(future.key)
        try:
            yield future.result()
        except CancelledError as error:
            message = f"和 Dask 调度器“{client.scheduler.address}”的连接断了；读完的都留着，再运行会接着做"
            raise InputError([Problem(message)]) from error
        except ImportError as error:
            message = f"集群的机器上没有装同一版本的 mingzhang（{error}）"
            raise InputError([Problem(message)]) from error
        except dask.KilledWorker as error:
            # Dask gives a task up that several of its workers died of: the batch is taken apart, the culprit recorded.
            if len(batch) > 1:
                for unit in batch:
                    submit([unit])
            else:
                given_up(batch[0], options, f"集群上处理它的工作进程多次意外退出：{error.last_worker}")
                yield 1
        future.release()
