"""The ingest holds what it promises: nothing lost, nothing doubled, the same bytes, whatever ends it and however it is shared out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pyarrow.parquet as pq
import pytest

from mingzhang.check import check as sound
from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, LakeError, Options, add, connect, ingest
from mingzhang.corpus.crew import Crew, Stopped, here
from mingzhang.corpus.lake import STAGED
from mingzhang.corpus.parquet import written
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.corpus.storage import Storage
from mingzhang.corpus.units import units
from mingzhang.corpus.worker import Worker
from mingzhang.problems import InputError
from published import as_text, published
from realistic import DISTINCT, ledger

COUNT = 9
Files = dict[str, bytes]


def text(number: int) -> str:
    return as_text(published(compile_ledger(ledger(DISTINCT + number, projects=2))))


def files(lake: Path | str) -> Files:
    """All files of a lake with their content."""
    return {str(path.relative_to(lake)): path.read_bytes() for path in Path(lake).rglob("*") if path.is_file()}


def rows(lake: Path | str, table: str, *without: str) -> list[dict[str, Any]]:
    """The rows of a table in any order, which is made one, without some columns."""
    held = Lake(str(lake))
    read = partial(pq.read_table, partitioning=None, filesystem=held.storage.filesystem)
    found = [row for file in held.files(table) for row in read(file).to_pylist()]
    return sorted(({key: row[key] for key in row if key not in without} for row in found), key=repr)


def command(sources: Path, lake: Path, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "mingzhang",
        "corpus",
        "add",
        str(sources),
        "--to",
        str(lake),
        "--workers",
        "2",
        *more,
    ]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up disclosures, and two files that are none."""
    folder = tmp_path_factory.mktemp("sources")
    for number in range(COUNT):
        (folder / f"{number:02}.txt").write_text(text(number), "utf-8")
    (folder / "damaged.docx").write_bytes(b"PK\3\4 not all there")
    (folder / "empty.xlsx").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def undisturbed(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a lake that one run made."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    done = add([sources], Options(str(lake)), workers=1)
    assert (done.added, done.skipped) == (COUNT, 0)
    assert [one.source for one in done.failures] == ["damaged.docx", "empty.xlsx"]
    return files(lake)


# The same bytes


def test_adding_twice_changes_nothing(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    add([sources], Options(str(tmp_path)), workers=2)
    assert files(tmp_path) == undisturbed
    again = add([sources], Options(str(tmp_path)))
    assert (again.added, again.skipped, again.failures) == (0, COUNT + 2, ())
    assert files(tmp_path) == undisturbed


def test_neither_batches_nor_the_place_of_the_sources_matter(
    sources: Path, undisturbed: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sources, tmp_path / "elsewhere")
    monkeypatch.setattr(ingest, "BATCH", 1)
    monkeypatch.chdir(tmp_path)
    add([Path("elsewhere")], Options("lake"), workers=3)
    assert files("lake") == undisturbed


def test_two_halves_hold_the_same_rows(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    """Only the numbers of the runs, and with them the files, tell that it was not done at once."""
    every = sorted(sources.iterdir())
    for half in (every[::2], every[1::2]):
        add(half, Options(str(tmp_path / "halves")), workers=1)
    write(undisturbed, tmp_path / "whole")
    for table in SCHEMAS:
        assert rows(tmp_path / "halves", table, "run") == rows(tmp_path / "whole", table, "run")
    assert {row["run"] for row in rows(tmp_path / "halves", DOCUMENTS)} == {1, 2}


def write(held: Files, folder: Path) -> None:
    for name, data in held.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


# What is the same document, and what is a new one


def test_the_same_content_counts_once(sources: Path, tmp_path: Path) -> None:
    """Under another name, in another folder, in the same run or a later one, and beside other files."""
    first = tmp_path / "in"
    first.mkdir()
    for name in ("a.txt", "b.txt", *(f"{number}.txt" for number in range(1, 7))):
        shutil.copy(sources / ("00.txt" if name > "9" else f"0{name}"), first / name)
    options = Options(str(tmp_path / "lake"))
    assert add([first], options, workers=1).added == 7
    folder = tmp_path / "attachments"
    folder.mkdir()
    shutil.copy(sources / "00.txt", folder / "renamed.txt")
    (folder / "new.txt").write_text(text(COUNT), "utf-8")
    assert add([folder], options, workers=1).added == 1
    assert add([folder], options, workers=1).skipped == 1
    named = {row["source"]: row["doc"] for row in rows(tmp_path / "lake", DOCUMENTS)}
    assert len(set(named.values())) == len(named) == 8
    assert {"a.txt", "new.txt"} <= named.keys()
    assert not {"b.txt", "renamed.txt"} & named.keys()


def test_a_file_that_cannot_be_read_beside_one_that_can_is_recorded(sources: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(sources / "00.txt", folder)
    shutil.copy(sources / "damaged.docx", folder)
    done = add([folder], Options(str(tmp_path / "lake")), workers=1)
    assert (done.added, [one.source for one in done.failures]) == (1, ["damaged.docx"])
    assert add([folder], Options(str(tmp_path / "lake"))).skipped == 1


def test_a_corrected_publication_is_a_new_version(sources: Path, tmp_path: Path) -> None:
    options = Options(str(tmp_path / "lake"))
    file = tmp_path / "预算.txt"
    shutil.copy(sources / "03.txt", file)
    add([file], options, workers=1)
    corrected = file.read_text("utf-8").replace("绩效", "绩 效", 1)
    file.write_text(corrected, "utf-8")
    assert add([file], options, workers=1).added == 1
    database = connect(Lake(options.lake))
    told = database.execute("SELECT version, latest, run FROM documents ORDER BY version").fetchall()
    assert told == [(1, False, 1), (2, True, 2)]
    assert database.execute("SELECT run FROM current").fetchall() == [(2,)]


# Failures


def test_a_failure_is_tried_again_only_by_another_reader(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a lake in memory, so that this process reads."""
    options = Options(f"memory://{tmp_path.name}/again")
    file = sources / "00.txt"
    with monkeypatch.context() as broken:
        broken.setattr("mingzhang.corpus.work.open_documents", lambda paths: 1 / 0)
        assert "ZeroDivisionError" in add([file], options).failures[0].reason
    assert add([file], options).skipped == 1
    monkeypatch.setattr("mingzhang.corpus.records.version", lambda name: "0.2")
    done = add([file], options)
    assert (done.added, done.failures) == (1, ())
    assert [(row["status"], row["run"], row["reader"]) for row in rows(options.lake, DOCUMENTS)] == [("read", 2, "0.2")]
    assert add([file], options).skipped == 1


def test_what_the_check_cannot_do_is_the_fault_of_one_document(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    culprit = compile_ledger(ledger(DISTINCT + 1, projects=2)).name

    def check(candidates: Sequence[Any]) -> Any:
        assert all(one.disclosure.name != culprit for one in candidates)
        return sound(candidates)

    monkeypatch.setattr("mingzhang.corpus.work.check", check)
    some = [sources / f"0{number}.txt" for number in range(3)]
    done = add(some, Options(f"memory://{tmp_path.name}/culprit"))
    assert done.added == 2
    assert [(one.source, one.reason[:5]) for one in done.failures] == [("01.txt", "检查时出错")]


def test_a_failed_commit_leaves_no_trace(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    """Whichever of its files cannot be written; what is staged stays."""
    options = Options(str(tmp_path / "lake"))
    add([sources / "00.txt"], options, workers=1)
    before = files(options.lake)
    for number in (1, 5, 30):
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("mingzhang.corpus.storage.Storage.create", failing_after(number))
            with pytest.raises(LakeError, match=r"不能写入数据湖.*磁盘满了"):
                add([sources], options, workers=1)
        left = {name: data for name, data in files(options.lake).items() if not name.startswith(STAGED)}
        assert left == before
        assert len(Lake(options.lake).staged(options.key)) == COUNT + 1
    assert add([sources], options, workers=1).added == COUNT - 1
    assert not (tmp_path / "lake" / STAGED).exists() or not list((tmp_path / "lake" / STAGED).iterdir())


def failing_after(number: int) -> Any:
    """Storage.create, but for Parquet files and the manifest after so many of them."""

    from mingzhang.corpus.storage import Storage

    sound, left = Storage.create, [number]

    @contextmanager
    def create(self: Storage, name: str) -> Any:
        if not name.startswith(STAGED):
            left[0] -= 1
            if not left[0]:
                raise OSError("磁盘满了")
        with sound(self, name) as stream:
            yield stream

    return create


def test_a_lake_that_cannot_be_written_or_opened_says_so(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", "nowhere://lake", "/proc/lake"):
        with pytest.raises(LakeError, match="数据湖"):
            add([sources / "00.txt"], Options(str(place)), workers=1)
    with pytest.raises(InputError, match="没有这个文件"):
        add([sources / "none.txt"], Options(str(tmp_path / "lake")))


# Ended from outside


@pytest.mark.parametrize("share", [0.4, 0.7, 0.92])
def test_killed_and_resumed_it_is_the_same_lake(
    share: float, sources: Path, undisturbed: Files, tmp_path: Path, whole: float
) -> None:
    lake = tmp_path / "lake"
    process = subprocess.Popen(command(sources, lake), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(share * whole)
    process.kill()
    process.wait()
    done = run(*command(sources, lake))
    assert done.returncode == 0, done.stderr
    assert files(lake) == undisturbed


@pytest.fixture(scope="module")
def whole(sources: Path, undisturbed: Files, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an undisturbed run of the command takes."""
    lake = tmp_path_factory.mktemp("whole") / "lake"
    begun = time.monotonic()
    assert run(*command(sources, lake)).returncode == 0
    assert files(lake) == undisturbed
    return time.monotonic() - begun


def test_ctrl_c_ends_it_and_keeps_what_is_staged(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    process = subprocess.Popen(
        command(sources, lake), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: (lake / STAGED).exists() and bool(list((lake / STAGED).iterdir())))
    its = psutil.Process(process.pid).children()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, told = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert told == "已中断；读完的都留着，再运行同一条命令会接着做\n"
    assert not psutil.wait_procs(its, timeout=5)[1]
    assert len(Lake(str(lake)).staged(Options("").key)) >= 1
    assert not (lake / "lake.json").exists()
    assert run(*command(sources, lake)).returncode == 0
    assert files(lake) == undisturbed


def wait_for(so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_files_left_half_written_do_not_matter(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    half = f".{'0' * 32}.tmp"
    region = next(name for name in undisturbed if name.startswith("tables/facts"))
    for name in (f"staged/abc{half}", f"lake.json{half}", f"{region}{half}", region, "tables/facts/stray.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / "of the user.tmp").write_bytes(b"kept")
    add([sources], Options(str(tmp_path)), workers=2)
    assert files(tmp_path) == undisturbed | {"of the user.tmp": b"kept"}


def test_two_at_a_time_wait_for_each_other(sources: Path, tmp_path: Path) -> None:
    """Half of what they add is the same."""
    every, lake = sorted(sources.glob("*.txt")), tmp_path / "lake"
    words = [sys.executable, "-m", "mingzhang", "corpus", "add", "--to", str(lake), "--workers", "1"]
    both = [subprocess.Popen([*words, *map(str, some)], stdout=subprocess.PIPE) for some in (every[:6], every[3:])]
    assert [process.communicate()[0] and process.returncode for process in both] == [0, 0]
    told = rows(lake, DOCUMENTS)
    assert len({row["doc"] for row in told}) == len(told) == COUNT
    assert {row["run"] for row in told} == {1, 2}


def test_who_waits_for_another_writer_is_told(sources: Path, tmp_path: Path) -> None:
    """Also where the messages go into a file: nothing else would show why nothing happens."""
    lake = tmp_path / "lake"
    with Lake(str(lake)).writing():
        process = subprocess.Popen(command(sources / "00.txt", lake), stderr=subprocess.PIPE, text=True)
        assert process.stderr
        assert process.stderr.readline() == "另一个程序正在写这个数据湖，等它完成后继续\n"
        assert process.poll() is None
    assert (process.communicate(timeout=60)[1], process.returncode) == ("", 0)


def test_what_was_staged_for_another_region_is_read_again(sources: Path, tmp_path: Path) -> None:
    file, lake = sources / "00.txt", tmp_path / "lake"
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Lake, "commit", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add([file], Options(str(lake)), workers=1)
    add([file], Options(str(lake), region="另一个市"), workers=1)
    assert [row["region"] for row in rows(lake, DOCUMENTS)] == ["另一个市"]


# Workers

CRASHING = """
import os, signal, sys, time
import mingzhang.corpus.work as work
sound = work.open_documents
def open_documents(paths):
    if "culprit" in paths[0].name:
        {}
    return sound(paths)
work.open_documents = open_documents
"""


@pytest.fixture
def crashing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let workers do something when they come to a file called culprit."""

    def so(what: str) -> None:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(CRASHING.format(what), "utf-8")
        monkeypatch.syspath_prepend(tmp_path / "site")

    return so


@pytest.fixture
def suspects(sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    shutil.copytree(sources, folder, ignore=lambda _, names: {name for name in names if not name.endswith(".txt")})
    (folder / "05.txt").rename(folder / "culprit.txt")
    return folder


@pytest.mark.parametrize("what", ["os.kill(os.getpid(), signal.SIGSEGV)", "os._exit(3)"])
def test_a_document_that_workers_die_of_is_found_and_recorded(
    what: str, crashing: Callable[[str], None], suspects: Path, tmp_path: Path
) -> None:
    crashing(what)
    done = add([suspects], Options(str(tmp_path / "lake")), workers=2)
    assert done.added == COUNT - 1
    assert [one.source for one in done.failures] == ["culprit.txt"]
    assert "意外退出" in done.failures[0].reason
    assert add([suspects], Options(str(tmp_path / "lake"))).skipped == COUNT


def test_a_document_that_takes_for_ever_is_given_up(
    crashing: Callable[[str], None], suspects: Path, tmp_path: Path
) -> None:
    crashing("time.sleep(600)")
    options, crew = Options(str(tmp_path / "lake")), Crew(limit=2)
    crew.run(list(units([suspects]))[-3:], options)
    crew.stop()
    done = Lake(options.lake).commit(options.key)
    assert (done.read, done.failures) == (2, (("culprit.txt", "超过 2 秒没有进展，已放弃"),))


def test_a_worker_that_cannot_start_blames_no_document(
    suspects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import os; os._exit(1)", "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(LakeError, match="工作进程没有启动"):
        add([suspects], Options(str(tmp_path / "lake")), workers=1)


def test_a_killed_worker_changes_nothing(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    """Nor does it when all are killed at once."""

    def kill() -> None:
        wait_for(lambda: (tmp_path / STAGED).exists() and bool(list((tmp_path / STAGED).iterdir())))
        for worker in workers():
            worker.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    done = add([sources], Options(str(tmp_path)), workers=2)
    killer.join()
    assert (done.added, len(done.failures)) == (COUNT, 2)
    assert files(tmp_path) == undisturbed


def workers() -> list[Any]:
    """The workers that this process has; one that has just ended is none."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "corpus.worker" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_a_worker_killed_before_it_is_ready_is_replaced_once(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, left = Worker._begin, [1]

    def killed(self: Worker) -> None:
        if left:
            left.pop()
            self._process.kill()
        begin(self)

    monkeypatch.setattr(Worker, "_begin", killed)
    options, crew = Options(str(tmp_path)), Crew()
    batch = list(units([sources / "00.txt"]))
    assert crew.run(batch, options) == 1
    assert len(list((tmp_path / STAGED).iterdir())) == 1
    crew.stop()
    left[:] = [1, 1]
    with pytest.raises(LakeError, match="工作进程没有启动"):
        Crew().run(batch, options)


def test_a_stopped_crew_ends_its_workers(sources: Path, tmp_path: Path) -> None:
    crew, options = Crew(), Options(str(tmp_path))
    batches = here([[unit] for unit in units([sources])], options, 2)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert not workers()
    crew.stop()
    with pytest.raises(Stopped):
        crew.run(list(units([sources / "00.txt"])), options)


# Other places


def test_a_lake_in_memory_or_at_an_address(sources: Path, undisturbed: Files, tmp_path: Path) -> None:
    """fsspec's filesystem in memory stands for object storage; there is no lock, but a writer notes another."""
    import fsspec

    add([sources], Options(f"memory://{tmp_path.name}/lake"))
    memory = fsspec.filesystem("memory")
    held = {name.partition("/lake/")[2]: memory.cat(name) for name in memory.find(f"/{tmp_path.name}/lake")}
    assert held == {name: data for name, data in undisturbed.items() if name != ".lock"}
    add([sources], Options(f"file://{tmp_path}/lake"), workers=1)
    assert files(tmp_path / "lake") == undisturbed
    late = Lake(f"memory://{tmp_path.name}/lake")

    def replaced(*given: object) -> list[tuple[str, str]]:
        late._replace(late._manifest | {"run": 2})
        return []

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr("mingzhang.corpus.lake.written", replaced)
        with pytest.raises(LakeError, match="另一个程序同时写了数据湖"):
            add([late_source(tmp_path)], Options(late.storage.uri))
    assert add([late_source(tmp_path)], Options(late.storage.uri)).added == 1
    there = Lake(f"memory://{tmp_path.name}/lake")
    database = duckdb.connect()
    database.register_filesystem(there.storage.for_duckdb("lake"))
    names = ", ".join(f"'lake://{file}'" for file in there.files(DOCUMENTS))
    assert database.execute(f"SELECT count(*) FROM read_parquet([{names}])").fetchall() == [(COUNT + 3,)]


def test_a_writer_whose_documents_another_commits_is_told(sources: Path, tmp_path: Path) -> None:
    """Without a lock another takes along what this one has staged; nothing is lost or doubled by that."""
    uri = f"memory://{tmp_path.name}/taken"

    def overtaken(*given: Any) -> Any:
        with pytest.MonkeyPatch.context() as undisturbed:
            undisturbed.setattr("mingzhang.corpus.lake.written", written)
            add([late_source(tmp_path)], Options(uri))
        return written(*given)

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr("mingzhang.corpus.lake.written", overtaken)
        with pytest.raises(LakeError, match="另一个程序同时写了数据湖"):
            add([sources / "00.txt"], Options(uri))
    assert add([sources / "00.txt"], Options(uri)).skipped == 1
    assert len({row["doc"] for row in rows(uri, DOCUMENTS)}) == len(rows(uri, DOCUMENTS)) == 2


def test_an_address_may_be_chinese(tmp_path: Path) -> None:
    place = Storage(f"file://{tmp_path}/数据 湖")
    assert (place.local, place.root) == (True, f"{tmp_path}/数据 湖")


def late_source(folder: Path) -> Path:
    """One document more."""
    file = folder / "late.txt"
    file.write_text(text(COUNT + 1), "utf-8")
    return file
