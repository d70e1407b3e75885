"""A lake on object storage over the real protocol: a server of S3 on the loopback, pyarrow's own client, the real commands.

    python -m venv VENV && VENV/bin/pip install "moto[s3]" flask flask-cors
    python benchmarks/lake_on_s3.py VENV/bin/moto_server

The server is no dependency of the suite because it wants an older `python-dateutil`. Shown: the lake at s3://… has the bytes of the lake in
a folder; adding again changes nothing; SQL and a ready question answer alike; a second writer is noticed whether it comes before
or after the first has written its rows, and the next run makes up for it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import pyarrow.fs as pafs

from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, LakeError, Options, add, connect, lake, questions
from mingzhang.corpus.storage import Storage
from published import as_text, published
from realistic import DISTINCT, ledger

COUNT = 3
COUNTED = "SELECT count(*) AS n, sum(value) AS s FROM facts"


def sources(folder: Path) -> list[Path]:
    """Made-up disclosures, the last of which comes late."""
    made = [folder / str(number) for number in range(COUNT + 1)]
    for number, place in enumerate(made):
        place.mkdir(parents=True)
        text = as_text(published(compile_ledger(ledger(DISTINCT + number, projects=2))))
        (place / "预算.txt").write_text(text, "utf-8")
    return made


@contextmanager
def server(program: str, log: Path) -> Iterator[int]:
    """A server with a bucket; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with log.open("wb") as stream:
        process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=stream, stderr=stream)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        Storage(address(port, "")).filesystem.create_dir("lakes")
        yield port
    finally:
        process.terminate()
        process.wait()


def address(port: int, name: str) -> str:
    """A lake's address on the server."""
    told = f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1&allow_bucket_creation=true"
    return f"s3://key:secret@lakes/{name}?{told}"


def mingzhang(*words: str) -> str:
    """What a command prints."""
    done = subprocess.run([sys.executable, "-m", "mingzhang", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(uri: str) -> dict[str, bytes]:
    """All objects of a lake but the lock, which only a folder has."""
    storage = Storage(uri)
    found = storage.filesystem.get_file_info(pafs.FileSelector(storage.root, recursive=True))
    names = [one.path.removeprefix(f"{storage.root}/") for one in found if one.type == pafs.FileType.File]
    return {name: storage.read(name) or b"" for name in names if name != ".lock"}


def the_lake_of_a_folder(first: list[Path], there: str, here: str) -> None:
    """By the commands on S3, by the library in a folder: the same bytes and answers."""
    words = [str(path) for path in first]
    assert f"入库 {COUNT} 个" in mingzhang("corpus", "add", *words, "--to", there, "--workers", "2")
    add(first, Options(here), workers=1)
    assert objects(there) == objects(here)
    print(f"the same {len(objects(here))} files, byte by byte")
    assert f"已在库中 {COUNT} 个" in mingzhang("corpus", "add", *words, "--to", there)
    assert objects(there) == objects(here)
    print("added again: nothing changed")
    told = [mingzhang("corpus", "sql", uri, COUNTED, "--format", "csv") for uri in (there, here)]
    assert told[0] == told[1], told
    answers = [questions.compare(connect(Lake(uri)), by="three_public").rows for uri in (there, here)]
    assert answers[0].num_rows
    assert answers[0].equals(answers[1])
    print("SQL and a ready question answer alike")


def a_second_writer(first: list[Path], late: Path, there: str, after: bool) -> None:
    """Another adds a document, and with it what this one has staged, before or after this one has written its rows."""
    written = lake.written

    def overtaken(*given: object) -> object:
        with patch.object(lake, "written", written):
            files = list(written(*given)) if after else None  # type: ignore[arg-type]
            add([late], Options(there), workers=1)
            return written(*given) if files is None else files  # type: ignore[arg-type]

    with patch.object(lake, "written", overtaken):
        told = ""
        try:
            add(first, Options(there), workers=1)
        except LakeError as error:
            told = str(error)
    assert "另一个程序同时写了数据湖" in told, told
    again = add(first, Options(there), workers=1)
    assert (again.added + again.skipped, again.failures) == (COUNT, ())
    held = connect(Lake(there)).execute("SELECT count(*), count(DISTINCT doc) FROM documents").fetchall()
    assert held == [(COUNT + 1, COUNT + 1)], held
    assert not Lake(there).staged(Options(there).key)
    print(
        f"a second writer {'after' if after else 'before'} the rows were written is noticed, and nothing lost or doubled"
    )


def main() -> None:
    """Show it all."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        *first, late = sources(Path(name) / "sources")
        with server(sys.argv[1], Path(name) / "log") as port:
            the_lake_of_a_folder(first, address(port, "数据/湖"), str(Path(name) / "lake"))
            a_second_writer(first, late, address(port, "before"), after=False)
            a_second_writer(first, late, address(port, "after"), after=True)
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
