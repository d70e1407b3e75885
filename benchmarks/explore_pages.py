"""How fast the pages that explore a lake are: each kind of page many times, over HTTP from this machine alone.

    python benchmarks/explore_pages.py LAKE [--times N] [--port P]

The workbench is started on the lake as its users start it, asked page after page by one visitor, and ended. Departments, regions and
words are drawn anew for each request, so that most pages are made and not remembered; what everyone asks first (`first`) is asked as it
stands. Each line tells the median, the 95th percentile and the slowest answer in milliseconds, the server's processor time for an answer
(which other work on the machine does not change), and the largest page.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from mingzhang.corpus import Lake, connect

STARTS, WARM = 60, 90
TICKS = os.sysconf("SC_CLK_TCK")
WORDS = ("平台", "维修", "培训", "信息化", "补助", "运转", "农村", "安全", "宣传", "监测", "采购", "评估")
SAID = ("办公用房", "公务用车", "增加的原因", "绩效评价", "政府采购", "因公出国", "职工养老", "结转", "机关运行经费")


@contextmanager
def server(lake: str, port: int) -> Iterator[int]:
    """The workbench on a lake, until the block ends; gives its process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mingzhang", "serve", "--data", folder, "--port", str(port), "--no-browser"]
        with subprocess.Popen(
            [*command, "--lake", lake], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            try:
                _wait(port)
                yield running.pid
            finally:
                running.terminate()


def _wait(port: int) -> None:
    for _ in range(STARTS):
        time.sleep(1)
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit("the server does not start")


def pages(lake: str, draw: random.Random) -> dict[str, Callable[[], str]]:
    """Each kind of page: gives the address of one that is drawn."""
    database = connect(Lake(lake))
    found = database.execute("SELECT region, name, fiscal_year FROM current ORDER BY doc").fetchall()
    regions = sorted({region for region, _, _ in found})

    def address(page: str, **given: object) -> str:
        return f"/explore{page}?{urlencode(given)}"

    def one(view: str) -> Callable[[], str]:
        def drawn() -> str:
            region, name, year = draw.choice(found)
            return address("/department", region=region, name=name, year=year, view=view)

        return drawn

    views = ("overview", "tables", "projects", "texts", "findings")
    first = {f"first: {name}": (lambda name=name: f"/explore/{name}") for name in
             ("departments", "compare", "projects", "copies", "outliers", "coverage", "findings")}  # fmt: skip
    return {
        "glance": lambda: "/explore",
        **{f"department: {view}": one(view) for view in views},
        **first,
        "departments by name": lambda: address("/departments", name=draw.choice(found)[1][2:6], order="errors"),
        "compare three": lambda: address(
            "/compare", name=" ".join(draw.choice(found)[1] for _ in range(3)), by=draw.choice(("function", "total"))
        ),
        "compare a region": lambda: address(
            "/compare", region=draw.choice(regions), by=draw.choice(("function", "split"))
        ),
        "trend": lambda: address("/trend", **dict(zip(("region", "name"), draw.choice(found), strict=False))),
        "projects by word": lambda: address("/projects", text=draw.choice(WORDS) + draw.choice(WORDS)[:1]),
        "projects of a region": lambda: address("/projects", text=draw.choice(WORDS), region=draw.choice(regions)),
        "projects like": lambda: address("/projects", text=draw.choice(WORDS) + draw.choice(WORDS), fuzzy=1),
        "growth": lambda: address("/projects", growth=1, region=draw.choice(regions)),
        "texts": lambda: address("/texts", text=draw.choice(SAID), region=draw.choice(["", *regions])),
        "copies of a region": lambda: address("/copies", region=draw.choice(regions)),
        "outliers of a region": lambda: address("/outliers", region=draw.choice(regions)),
        "coverage of a region": lambda: address("/coverage", region=draw.choice(regions)),
        "findings, each": lambda: address("/findings", by="message", region=draw.choice(["", *regions])),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lake")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--port", type=int, default=8799)
    given = parser.parse_args()
    kinds = pages(given.lake, random.Random(7))
    every: list[float] = []
    with server(given.lake, given.port) as process:
        _warmed(process)
        for name, drawn in kinds.items():
            took, sizes, before = [], [], _worked(process)
            for _ in range(given.times):
                seconds, status, size = _ask(given.port, drawn())
                if status not in (200, 404):  # no department of that name in that year: said in as long
                    raise SystemExit(f"{name}: {status}")
                took.append(1000 * seconds)
                sizes.append(size)
            every += took
            worked = 1000 * (_worked(process) - before) / given.times
            print(f"{name:24} {_told(took)}  processor {worked:6.1f} ms  {max(sizes) / 1000:7,.0f} kB", flush=True)
    print(f"{'all':24} {_told(every)}")


def _told(took: list[float]) -> str:
    high = statistics.quantiles(took, n=20)[-1]
    return f"median {statistics.median(took):6.1f}  p95 {high:6.1f}  slowest {max(took):6.1f} ms"


def _ask(port: int, address: str) -> tuple[float, int, int]:
    begun = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", address)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return time.perf_counter() - begun, answer.status, size


def _worked(process: int) -> float:
    """The processor time that a process has taken so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _warmed(process: int) -> None:
    """Wait until the server has asked itself what everyone asks, and rests."""
    for _ in range(WARM):
        before = _worked(process)
        time.sleep(2)
        if _worked(process) - before < 0.05:
            return


if __name__ == "__main__":
    main()
