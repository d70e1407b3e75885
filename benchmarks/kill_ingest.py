"""Kill a running ingest at random moments, resume it, and compare the lake with that of an undisturbed run, byte by byte.

    python benchmarks/kill_ingest.py CACHE [--documents 60] [--kills 20] [--seed N]

Each lake is made by `mingzhang corpus add` with two workers, killed (SIGKILL) once to three times: at any moment of the run's usual
length, and in every third lake in the commit, when some number of its Parquet files are there. CACHE keeps the texts.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from made_texts import texts

Files = dict[str, bytes]


def command(sources: Path, lake: Path) -> list[str]:
    """The command as a user gives it."""
    words = ["corpus", "add", str(sources), "--to", str(lake), "--workers", "2"]
    return [sys.executable, "-m", "mingzhang", *words]


def files(lake: Path) -> Files:
    """All files of a lake."""
    return {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


def killed(sources: Path, lake: Path, moment: float, written: int) -> str:
    """Run and kill: after so many seconds, or when the commit has written so many Parquet files. Tell what was there."""
    started, begun = time.time(), time.monotonic()
    process = subprocess.Popen(command(sources, lake), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and time.monotonic() - begun < moment and _parquet(lake, started) < written:
        time.sleep(0.001)
    process.kill()
    ended = process.wait() == 0
    staged = len(list((lake / "staged").glob("*"))) if (lake / "staged").exists() else 0
    there = _parquet(lake, 0)
    counted = " and the manifest" if (lake / "lake.json").exists() else ""
    return (
        f"{'ended' if ended else f'{time.monotonic() - begun:.2f} s'}: {staged} staged, {there} Parquet files{counted}"
    )


def _parquet(lake: Path, since: float) -> int:
    """How many Parquet files there are, written since some time."""
    found = 0
    for folder, _, names in os.walk(lake / "tables"):
        for name in names:
            with suppress(FileNotFoundError):
                found += name.endswith(".parquet") and os.stat(f"{folder}/{name}").st_mtime >= since
    return found


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    drawn, kills, differ = random.Random(given.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        sources, whole = Path(folder) / "in", Path(folder) / "whole"
        sources.mkdir()
        for path in texts(given.cache, given.documents):
            os.symlink(path.absolute(), sources / path.name)
        begun = time.monotonic()
        subprocess.run(command(sources, whole), check=True, capture_output=True)
        length, expected = time.monotonic() - begun, files(whole)
        print(f"undisturbed: {length:.1f} s, {len(expected)} files, {sum(map(len, expected.values())):,} bytes")
        number = 0
        while kills < given.kills:
            number += 1
            lake = Path(folder) / f"lake-{number}"
            for _ in range(drawn.randrange(1, 4)):
                by_files = number % 3 == 0
                moment = float("inf") if by_files else drawn.uniform(0.2, length)
                enough = drawn.randrange(1, len(expected)) if by_files else sys.maxsize
                print(f"lake {number} killed after {killed(sources, lake, moment, enough)}", flush=True)
                kills += 1
            subprocess.run(command(sources, lake), check=True, capture_output=True)
            same = files(lake) == expected
            differ += not same
            print(f"lake {number} resumed: {'the same bytes' if same else 'DIFFERS'}", flush=True)
    print(f"{kills} kills, {number} lakes, {differ} differ")
    sys.exit(bool(differ))


if __name__ == "__main__":
    main()
