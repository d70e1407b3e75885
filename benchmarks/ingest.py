"""How fast, how large and how even an ingest from text is: 500, 2,000 and 10,000 made-up disclosures.

    python benchmarks/ingest.py CACHE [N …] [--workers 2] [--batch N]

The texts are made once and kept in CACHE (10,000: 600 MB, some minutes). Each N is a run of its own into a new lake. Other work on the
machine disturbs the clock, so processor time counts, too: the rate that it comes to on quiet cores is

    N / (processor time of the workers / workers + processor time of the parent)

as if the parent worked only while the workers wait. Memory is the sum of what all processes hold (RSS, so that shared
libraries count more than once), sampled five times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from made_texts import texts

_RUN = """
import json, os, sys
from pathlib import Path
from mingzhang.corpus import Options, add, ingest

if int(sys.argv[4]):
    ingest.BATCH = int(sys.argv[4])
done = add([Path(sys.argv[1])], Options(sys.argv[2]), workers=int(sys.argv[3]))
spent = os.times()
told = {"added": done.added, "failed": len(done.failures), "parent": spent.user + spent.system,
        "workers": spent.children_user + spent.children_system}
print(json.dumps(told))
"""


def measured(cache: Path, count: int, workers: int, batch: int) -> str:
    """Ingest so many texts; what it took, as a line."""
    with tempfile.TemporaryDirectory(dir=cache.parent) as place:
        sources, lake = Path(place) / "in", Path(place) / "lake"
        for path in texts(cache, count):
            (sources / path.parent.name).mkdir(parents=True, exist_ok=True)
            os.link(path, sources / path.parent.name / path.name)
        begun = time.perf_counter()
        command = [sys.executable, "-c", _RUN, str(sources), str(lake), str(workers), str(batch)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        most = _watched(process)
        wall = time.perf_counter() - begun
        assert process.stdout
        told = json.loads(process.stdout.read())
        size = sum(file.stat().st_size for file in lake.rglob("*") if file.is_file())
        shutil.rmtree(lake)
    assert told["added"] == count, told
    quiet = count / (told["workers"] / workers + told["parent"])
    return (
        f"{count:6} documents: {count / wall:5.1f}/s by the clock, {quiet:5.1f}/s by processor time; each "
        f"{1000 * told['workers'] / count:.0f} ms in workers, {1000 * told['parent'] / count:.1f} ms in the parent, "
        f"{size / count / 1000:.1f} kB; {most / 1e6:,.0f} MB at most"
    )


def _watched(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process; the most memory that it and its children held."""
    watched, most = psutil.Process(process.pid), 0
    while process.poll() is None:
        held = 0
        for one in [watched, *watched.children(recursive=True)]:
            try:
                held += one.memory_info().rss
            except psutil.Error:
                continue
        most = max(most, held)
        time.sleep(0.2)
    return most


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("counts", type=int, nargs="*", default=[500, 2000, 10_000], metavar="N")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=0)
    given = parser.parse_args()
    for count in given.counts:
        print(measured(given.cache, count, given.workers, given.batch), flush=True)
        print(f"        (load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors)", flush=True)


if __name__ == "__main__":
    main()
