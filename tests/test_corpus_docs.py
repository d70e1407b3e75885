"""Every command of docs/corpus.md, on a lake of both examples and, where the machine has them, the seeds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from example_ledgers import ROOT, SHARED
from mingzhang.cli import commands

PAGE = ROOT / "docs" / "corpus.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
COMMANDS = [name for name in commands().names() if name.startswith("corpus ")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples and the published files that there are."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "examples").symlink_to(ROOT / "examples")
    for seed in sorted((SHARED / "seeds").glob("*.txt")):
        (folder / "公开" / seed.stem).mkdir(parents=True)
        shutil.copy(seed, folder / "公开" / seed.stem)
    return folder


def test_every_command_of_the_page_runs(place: Path) -> None:
    """Block after block, as a reader would; all end with 0 and say nothing of a failure."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = {}
    for block in BLOCKS:
        for command in block.replace("\\\n", " ").strip().splitlines():
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=place,
                env=os.environ | {"PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            said[command] = done.stdout
    names = {path.name for path in (place / "开放数据").iterdir()}
    assert {"datapackage.json", "facts.csv", "lake.duckdb", "数据字典.md"} <= names
    read = 2 + len(list((SHARED / "seeds").glob("*.txt")))
    documents = next(text for command, text in said.items() if "FROM documents" in command)
    assert sum(bool(re.search(r"\b20\d\d\b", line)) for line in documents.splitlines()) == read


def test_the_page_has_every_command_of_the_corpus() -> None:
    text = "\n".join(BLOCKS)
    for command in COMMANDS:
        assert f"mingzhang {command} " in text, command
