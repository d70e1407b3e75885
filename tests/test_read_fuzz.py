"""No file does harm: damaged ones are read or refused, hostile ones refused by the command, long ones read in proportion."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fuzzing import Blind, Case, case
from long_texts import LONG
from mingzhang.cli import main
from mingzhang.datapackage import package_files
from mingzhang.problems import InputError
from mingzhang.read import read_source
from mingzhang.read.sources import ocr
from mingzhang.read.sources.files import load
from test_cli import run
from test_read_pdf import minimal_pdf
from test_read_sources import HOSTILE

# The suite takes a slice of what benchmarks/fuzz_read.py goes through: some of its cases, a few of its long texts.
SLICE = range(0, 100_000, 499)
LONG_SLICE = [name for number, name in enumerate(LONG) if " in a " not in name or number % 11 == 0]
LENGTH = 10_000

# Those that take long to make are not made twice.
HOSTILE_FILES = {name: (file, data) for name, (file, data, _) in HOSTILE.items() if isinstance(data, bytes)} | {
    "locked pdf": ("a.pdf", minimal_pdf(True, user=b"secret")),
    "truncated pdf": ("a.pdf", minimal_pdf(False)[:120]),
    "picture called pdf": ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "truncated picture": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
}


def seconds(one: Case, folder: Path) -> float:
    """The process time in which a case is read or refused; anything else than that fails."""
    path = folder / one.name
    path.write_bytes(one.data)
    begin = time.process_time()
    try:
        package_files(read_source([load(path)]))
    except InputError as error:
        (problem,) = error.problems
        assert problem.message
        assert "\n" not in problem.message
    return time.process_time() - begin


@pytest.mark.parametrize("number", SLICE)
def test_damaged_file_is_read_or_refused(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", Blind)
    one = case(number)
    assert seconds(one, tmp_path) < (15 if one.name.endswith(".pdf") else 5), one.how


@pytest.mark.parametrize("name", LONG_SLICE)
def test_long_text_takes_no_time(name: str, tmp_path: Path) -> None:
    assert seconds(Case("a.txt", LONG[name](LENGTH).encode(), name), tmp_path) < 2


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_file_is_refused_by_the_command(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, data = HOSTILE_FILES[name]
    (tmp_path / file).write_bytes(data)
    assert main(["read", str(tmp_path / file), "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    sentence, summary = told.err.splitlines()
    assert sentence.startswith("错误：")
    assert file in sentence
    assert summary == "没有完成：1 处要改"
    assert told.out == ""
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_refusal_of_the_real_command(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04")
    done = run("read", tmp_path / "a.docx", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
