"""An ingest on a real Dask cluster: the bytes of the local run, also when workers are killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from mingzhang.compile import compile_ledger
from mingzhang.corpus import LakeError, Options, add
from mingzhang.corpus.lake import STAGED
from mingzhang.problems import InputError
from published import as_text, published
from realistic import DISTINCT, ledger

pytest.importorskip("distributed", reason="pip install 'mingzhang[cluster]'")

COUNT = 24
WORKERS = 2


class Cluster(NamedTuple):
    """A scheduler's address, and the processes of the workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for number in range(COUNT):
        text = as_text(published(compile_ledger(ledger(DISTINCT + number, projects=2))))
        (folder / f"{number:02}.txt").write_text(text, "utf-8")
    (folder / "damaged.docx").write_bytes(b"PK\3\4 not all there")
    return folder


@pytest.fixture(scope="module")
def undisturbed(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a lake that this machine made."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    assert add([sources], Options(str(lake))).added == COUNT
    return files(lake)


def files(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and workers, each a process of its own. Workers have no nanny that would start them again."""
    told = tmp_path / "scheduler.json"
    started = [start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told), folder=tmp_path)]
    try:
        wait_for(told.exists)
        words = ("--scheduler-file", str(told), "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
        started += [start("worker", *words, folder=tmp_path) for _ in range(WORKERS)]
        import json

        yield Cluster(json.loads(told.read_text())["address"], started[0], started[1:])
    finally:
        for process in started:
            process.kill()
            process.wait()


def start(what: str, *words: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
    with (folder / f"{what}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def wait_for(so: object, seconds: float = 40) -> None:
    assert callable(so)
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end
        time.sleep(0.02)


def command(sources: Path, lake: Path, address: str) -> list[str]:
    words = ["corpus", "add", str(sources), "--to", str(lake), "--scheduler", address]
    return [sys.executable, "-m", "mingzhang", *words]


def test_a_cluster_makes_the_same_lake(
    cluster: Cluster, sources: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    done = subprocess.run(command(sources, lake, cluster.address), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files(lake) == undisturbed
    again = subprocess.run(command(sources, lake, cluster.address), capture_output=True, text=True, check=False)
    assert f"已在库中 {COUNT + 1} 个" in again.stdout
    assert files(lake) == undisturbed


def test_a_killed_worker_of_the_cluster_changes_nothing(
    cluster: Cluster, sources: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """One Dask worker is killed when the first documents are staged; its own processes end with it."""
    lake = tmp_path / "lake"
    process = subprocess.Popen(command(sources, lake, cluster.address), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: (lake / STAGED).exists() and bool(list((lake / STAGED).iterdir())))
    wait_for(lambda: psutil.Process(cluster.workers[0].pid).children())
    its = psutil.Process(cluster.workers[0].pid).children()
    cluster.workers[0].kill()
    assert not (lake / "lake.json").exists()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told.decode()
    assert not psutil.wait_procs(its, timeout=5)[1]
    assert files(lake) == undisturbed


def test_a_document_that_crashes_the_reader_takes_no_dask_worker_with_it(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if any('corpus.worker' in word for word in sys.orig_argv):\n"
        "    import mingzhang.corpus.work as work\n"
        "    sound = work.open_documents\n"
        "    work.open_documents = lambda paths: os._exit(3) if paths[0].name == '03.txt' else sound(paths)\n",
        "utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    cluster: Cluster = request.getfixturevalue("cluster")
    some = tmp_path / "in"
    shutil.copytree(sources, some, ignore=lambda _, names: {name for name in names if not name.startswith("0")})
    done = add([some], Options(str(tmp_path / "lake")), scheduler=cluster.address)
    assert done.added == 9
    assert [(one.source, "意外退出" in one.reason) for one in done.failures] == [("03.txt", True)]
    assert all(worker.poll() is None for worker in cluster.workers)


def test_what_other_machines_cannot_see_is_not_recorded_as_failed(
    cluster: Cluster, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sources nor a lake that the workers have not."""
    monkeypatch.setattr("mingzhang.corpus.units.Path.absolute", lambda path: Path("/another/machine") / path.name)
    with pytest.raises(InputError, match=r"/another/machine/.*集群的机器上没有这个文件"):
        add([sources], Options(str(tmp_path / "lake")), scheduler=cluster.address)
    monkeypatch.undo()
    monkeypatch.setattr("mingzhang.corpus.ingest.replace", lambda options, lake: Options(str(tmp_path / "elsewhere")))
    with pytest.raises(LakeError, match="没有到数据湖"):
        add([sources / "00.txt"], Options(str(tmp_path / "lake")), scheduler=cluster.address)
    assert os.listdir(tmp_path / "lake") == [".lock"]


def test_a_lost_scheduler_is_told_and_nothing_is_lost(cluster: Cluster, sources: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    process = subprocess.Popen(command(sources, lake, cluster.address), stderr=subprocess.PIPE, text=True)
    wait_for(lambda: (lake / STAGED).exists() and bool(list((lake / STAGED).iterdir())))
    cluster.scheduler.kill()
    _, told = process.communicate(timeout=40)
    assert process.returncode == 2
    assert "连接断了" in told
    assert add([sources], Options(str(lake))).added == COUNT


def test_without_dask_or_scheduler_it_says_what_to_do(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(str(tmp_path / "lake"))
    monkeypatch.setattr("mingzhang.corpus.cluster._TIMEOUT", 1)
    with pytest.raises(InputError, match=r"连不上 Dask 调度器“tcp://127.0.0.1:9”"):
        add([sources], options, scheduler="tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'mingzhang\[cluster\]'"):
        add([sources], options, scheduler="tcp://127.0.0.1:9")
    assert os.listdir(tmp_path / "lake") == [".lock"]
