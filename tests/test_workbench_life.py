"""The workbench lives on: killed, ended, its workers killed, its results grown old; with SQLite and with PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from example_ledgers import EXAMPLES, example, program
from mingzhang.web.store import Acceptance, Job, Store
from published import as_text, published
from serving import Served, served
from test_cli import run

TEXT = as_text(published(example(sorted(EXAMPLES)[1])))
PATIENCE = 90


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the suite's own, on a free port of this machine."""
    bin_folder = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
    initdb = bin_folder / "initdb" if bin_folder else Path(program("initdb"))
    folder = tmp_path_factory.mktemp("postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, "postgres")
        for parent in folder.parents[:3]:
            with suppress(PermissionError):
                parent.chmod(parent.stat().st_mode | 0o111)
    data = folder / "data"
    made = [str(initdb), "-D", str(data), "-A", "trust", "-U", "mingzhang", "-E", "UTF8"]
    subprocess.run(made, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)
    command = [
        str(initdb.with_name("postgres")),
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        str(folder),
        "-h",
        "127.0.0.1",
    ]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, user=user, stdout=silent, stderr=silent) as server:
        url = f"postgresql+psycopg://mingzhang@127.0.0.1:{port}/postgres"
        _until(lambda: _answers(url))
        yield url
        server.terminate()


def _answers(url: str) -> bool:
    try:
        Store(url).close()
    except Exception:
        return False
    return True


def _until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    last = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.05)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Options for a workbench with the one or the other database."""
    return () if request.param == "sqlite" else ("--database", request.getfixturevalue("postgres"))


class Batch:
    """Files that were handed in together."""

    def __init__(self, server: Served, count: int) -> None:
        self.session = requests.Session()
        token = re.search(r'name="csrf" value="([^"]+)"', self.session.get(f"{server.url}/check").text)
        assert token
        files = [("files", (f"{number}.txt", TEXT.encode())) for number in range(count)]
        answer = self.session.post(f"{server.url}/check", files=files, data={"csrf": token[1]})
        assert answer.status_code == 200
        self.path = answer.url.removeprefix(server.url)

    def states(self, server: Served) -> list[str]:
        page = self.session.get(server.url + self.path).text
        return re.findall(r'<li class="job (\w+)">', page)

    def results(self, server: Served) -> dict[str, str]:
        """What each finished file's JSON says, by its name."""
        page = self.session.get(server.url + self.path).text
        found = re.findall(r'<a href="(/check/[0-9a-f]{32})">([^<]+)</a>', page)
        return {name: self.session.get(f"{server.url}{path}/report.json").text for path, name in found}


def test_what_is_done_outlives_a_kill_and_the_rest_is_done_later(tmp_path: Path, database: tuple[str, ...]) -> None:
    options = ("--workers", "1", *database)
    with served(tmp_path / "data", *options) as server:
        batch = Batch(server, 6)
        _until(lambda: batch.states(server).count("done") >= 2)
        finished = batch.results(server)
        children = psutil.Process(server.process.pid).children(recursive=True)
        server.end(signal.SIGKILL)
        _until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    with served(tmp_path / "data", *options) as server:
        _until(lambda: batch.states(server) == ["done"] * 6)
        results = batch.results(server)
        assert len(results) == 6
        assert {name: results[name] for name in finished} == finished
        # It ends gently in the middle of work, and takes it up again.
        batch = Batch(server, 4)
        _until(lambda: "running" in batch.states(server))
        begun = time.monotonic()
        server.end()
        assert time.monotonic() - begun < 20
    with served(tmp_path / "data", *options) as server:
        _until(lambda: batch.states(server) == ["done"] * 4)


def test_a_killed_worker_is_one_failed_file(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", "1") as server:
        batch = Batch(server, 3)
        _until(lambda: _killed(server))
        _until(lambda: not {"queued", "running"} & {*batch.states(server)})
        assert sorted(batch.states(server)) == ["done", "done", "failed"]
        assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200


def _killed(server: Served) -> bool:
    """Kill the process that works on a file, if there is one now."""
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if os.getsid(child.pid) == child.pid:  # each job has a session of its own
                child.kill()
                return True
    return False


def test_results_are_thrown_away_in_time(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", "1") as server:
        batch = Batch(server, 1)
        _until(lambda: batch.states(server) == ["done"])
    with served(tmp_path / "data", "--workers", "1", "--keep", "0") as server:
        _until(lambda: batch.session.get(server.url + batch.path).status_code == 404)
        assert not list((tmp_path / "data" / "jobs").iterdir())
    store = Store(f"sqlite:///{tmp_path / 'data' / 'workbench.sqlite'}")
    assert [entry.action for entry in store.entries(10)] == ["check"]  # who did what is kept
    store.close()


def test_one_folder_has_one_workbench(tmp_path: Path) -> None:
    with served(tmp_path / "data"):
        second = run("serve", "--data", str(tmp_path / "data"), "--port", "0", "--no-browser")
    assert second.returncode == 2
    assert "已有一个工作台在用这个文件夹" in second.stderr


def test_jobs_are_served_in_turn(tmp_path: Path) -> None:
    """Who hands in forty files does not keep the others waiting."""
    store = Store(f"sqlite:///{tmp_path / 'state.sqlite'}")
    store.add([_job(f"a{number}", "甲", number) for number in range(4)])
    store.add([_job("b0", "乙", 10), _job("c0", "丙", 11)])
    order = []
    while (job := store.claim()) is not None:
        order.append(job.id)
        store.finish(job.id, "done")
    assert order == ["a0", "b0", "c0", "a1", "a2", "a3"]
    store.accept("a0", Acceptance("f", "王审核", "理由"))
    store.accept("a0", Acceptance("f", "李审核", "新的理由", "2027-01-01"))
    assert store.accepted("a0") == {"f": Acceptance("f", "李审核", "新的理由", "2027-01-01")}
    store.remove("a0")
    assert store.job("a0") is None
    assert store.accepted("a0") == {}
    store.close()


def test_a_job_is_given_out_once(tmp_path: Path, database: tuple[str, ...]) -> None:
    """However many ask for one at the same moment, whatever they ask of it."""
    store = Store(database[1] if database else f"sqlite:///{tmp_path / 'state.sqlite'}")
    jobs = [_job(f"{number:02}", f"用户{number % 3}", number) for number in range(60)]
    store.add(jobs)
    claimed: list[str] = []

    def work() -> None:
        while (job := store.claim()) is not None:
            claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [job.id for job in jobs]
    with ThreadPoolExecutor(8) as pool:  # nor do those who accept the same finding at once get into each other's way
        for number in range(10):
            given = Acceptance(f"f{number}", "王审核", "理由")
            for done in [pool.submit(store.accept, "00", given) for _ in range(8)]:
                done.result()
    assert len(store.accepted("00")) == 10
    for job in jobs:
        store.remove(job.id)
    store.close()


def _job(name: str, owner: str, created: float) -> Job:
    return Job(name, "batch", "check", owner, name, (f"0.txt\t{name}",), created=created)
