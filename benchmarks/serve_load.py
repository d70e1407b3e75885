"""Many users check at once: 50 visitors each hand in files at the same moment and follow them to the end.

    python benchmarks/serve_load.py [USERS] [--files N] [--workers N] [--text FILE]

Starts a workbench of its own on loopback, ends it, and ends by itself. Tells errors, how long the first and the last user waited for
their first and last result, the times of the pages meanwhile, and the most memory that the server and all its processes held.
Without --text the example of the repository is compiled; a file of your own tells more.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import psutil
import requests

from example_ledgers import example
from published import as_text, published
from serving import Served, served

PATIENCE = 900
POLL = 1.0


class User:
    """A visitor: hands in files, and asks every second how far they are, as the page does."""

    def __init__(self, server: Served, content: bytes, files: int) -> None:
        self._server, self._content, self._files = server, content, files
        self.pages: list[float] = []
        self.first = self.last = 0.0
        self.wrong: list[str] = []

    def run(self, start: threading.Barrier) -> None:
        """Hand in, follow, look at the last result."""
        with requests.Session() as session:
            token = re.search(r'name="csrf" value="([^"]+)"', self._get(session, "/check").text)
            assert token
            start.wait()
            begun = time.perf_counter()
            files = [("files", (f"{number}.txt", self._content)) for number in range(self._files)]
            answer = session.post(f"{self._server.url}/check", files=files, data={"csrf": token[1]}, timeout=PATIENCE)
            if answer.status_code != 200:
                self.wrong.append(f"{answer.status_code} on handing in")
                return
            path = answer.url.removeprefix(self._server.url)
            while time.perf_counter() - begun < PATIENCE:
                states = re.findall(r'<li class="job (\w+)">', self._get(session, path).text)
                if not self.first and {"done", "failed"} & {*states}:
                    self.first = time.perf_counter() - begun
                if states and not {"queued", "running"} & {*states}:
                    break
                time.sleep(POLL)
            self.last = time.perf_counter() - begun
            self.wrong += [state for state in states if state != "done"]
            result = re.search(r'href="(/check/[0-9a-f]{32})"', self._get(session, path).text)
            if result:
                self._get(session, result[1])

    def _get(self, session: requests.Session, path: str) -> requests.Response:
        begun = time.perf_counter()
        answer = session.get(self._server.url + path, timeout=PATIENCE)
        self.pages.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            self.wrong.append(f"{answer.status_code} on {path}")
        return answer


def memory(process: psutil.Process) -> tuple[int, int]:
    """What the server holds by itself, and with all its processes."""
    held = [process.memory_info().rss]
    for child in process.children(recursive=True):
        try:
            held.append(child.memory_info().rss)
        except psutil.Error:
            continue
    return held[0], sum(held)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("users", type=int, nargs="?", default=50)
    parser.add_argument("--files", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--text", type=Path)
    given = parser.parse_args()
    content = given.text.read_bytes() if given.text else as_text(published(example("xiaoyi-industry-2026"))).encode()
    with (
        tempfile.TemporaryDirectory() as place,
        served(Path(place) / "data", "--workers", str(given.workers)) as server,
    ):
        users = [User(server, content, given.files) for _ in range(given.users)]
        start, done = threading.Barrier(given.users), threading.Event()
        most = [0, 0]

        def watch() -> None:
            process = psutil.Process(server.process.pid)
            while not done.wait(0.2):
                most[:] = map(max, most, memory(process))

        watcher = threading.Thread(target=watch)
        watcher.start()
        begun = time.perf_counter()
        with ThreadPoolExecutor(given.users) as threads:
            list(threads.map(lambda user: user.run(start), users))
        whole = time.perf_counter() - begun
        done.set()
        watcher.join()
    pages = sorted(page for user in users for page in user.pages)
    wrong = [one for user in users for one in user.wrong]
    count = given.users * given.files
    print(
        f"{given.users} users, {count} files of {len(content) / 1000:.0f} kB, {given.workers} workers: {whole:.1f} s, {count / whole:.1f} files/s"
    )
    print(f"errors: {len(wrong)} {wrong[:3] if wrong else ''}")
    for name, times in (("first", [user.first for user in users]), ("last", [user.last for user in users])):
        print(
            f"{name} result: after {min(times):.1f} s for the first user, {statistics.median(times):.1f} s in the middle, {max(times):.1f} s for the last"
        )
    print(
        f"pages meanwhile: median {1000 * statistics.median(pages):.0f} ms, 95th percentile {1000 * pages[int(0.95 * len(pages))]:.0f} ms"
    )
    print(
        f"most memory: server {most[0] / 1e6:.0f} MB, with its processes {most[1] / 1e6:.0f} MB (shared pages count more than once)"
    )


if __name__ == "__main__":
    main()
