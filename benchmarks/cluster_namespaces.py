"""A Dask cluster over several network namespaces of this machine: the lake must be that of the local run, byte by byte.

    sudo python benchmarks/cluster_namespaces.py CACHE [--documents 60] [--workers 3]

Scheduler, client and each worker are in a network namespace of their own, joined by a bridge in the scheduler's; addresses are of
the range for benchmarks (198.18.0.0/15), and the machine's own network is not touched. Three runs: undisturbed; a worker killed
(SIGKILL) when the first documents are staged; a worker cut off (its link taken down) then. Needs root and `ip`; ends what it
started and removes its namespaces.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from made_texts import texts

LIMIT = 240.0
NETWORK = "198.18.77"
# A worker that says nothing for so long is given up by the scheduler, and its batches go to another.
ENVIRONMENT = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "8s"}


def ip(*words: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *words], check=True)


@contextmanager
def namespaces(names: list[str]) -> Iterator[None]:
    """Namespaces joined by a bridge in the first of them: .1 is the first, .2 the second, and so on."""
    hub = names[0]
    made = []
    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", hub, "link", "add", "hub", "type", "bridge")
        ip("-n", hub, "addr", "add", f"{NETWORK}.1/24", "dev", "hub")
        ip("-n", hub, "link", "set", "hub", "up")
        for number, name in enumerate(names[1:], 2):
            port = f"port{number}"
            ip("link", "add", port, "netns", hub, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-n", hub, "link", "set", port, "master", "hub", "up")
            ip("-n", name, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        yield
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False)


class Cluster:
    """Scheduler and workers, each in its namespace."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self.names, self.folder = names, folder
        self.address = f"tcp://{NETWORK}.1:8786"
        self.scheduler = self._start(names[0], "scheduler", "--host", f"{NETWORK}.1", "--port", "8786")
        time.sleep(3)
        self.workers = [
            self._start(name, "worker", self.address, "--host", f"{NETWORK}.{number}", "--nthreads", "1", "--no-nanny",
                        "--local-directory", str(folder / name))
            for number, name in enumerate(names[2:], 3)
        ]  # fmt: skip

    def _start(self, name: str, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(["ip", "netns", "exec", name, *command], stdout=log, stderr=log, env=ENVIRONMENT)

    def add(self, sources: Path, lake: Path, disturb: Callable[[Cluster], None] | None) -> float:
        """Run the command in the client's namespace; give the seconds it took."""
        words = ["corpus", "add", str(sources), "--to", str(lake), "--scheduler", self.address]
        begun = time.monotonic()
        process = subprocess.Popen(["ip", "netns", "exec", self.names[1], sys.executable, "-m", "mingzhang", *words])
        try:
            while disturb and not list((lake / "staged").glob("*")):
                if time.monotonic() - begun > LIMIT:
                    raise TimeoutError
                time.sleep(0.02)
            if disturb:
                disturb(self)
            if process.wait(LIMIT):
                raise RuntimeError(f"the command failed, see {self.folder / 'log'}")
        finally:
            process.kill()
            process.wait()
        return time.monotonic() - begun

    def end(self) -> None:
        """End what was started."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def kill(cluster: Cluster) -> None:
    """Kill a worker."""
    cluster.workers[0].kill()


def cut(cluster: Cluster) -> None:
    """Cut a worker off."""
    ip("-n", cluster.names[2], "link", "set", "eth0", "down")


def files(lake: Path) -> dict[str, bytes]:
    """All files of a lake but for what a worker that was cut off may still have staged after the commit."""
    found = (path for path in lake.rglob("*") if path.is_file() and path.parent.name != "staged")
    return {str(path.relative_to(lake)): path.read_bytes() for path in found}


def main() -> None:
    """Make the lake here and on the cluster, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--workers", type=int, default=3)
    given = parser.parse_args()
    if os.geteuid() or not shutil.which("ip"):
        sys.exit("needs root and `ip`")
    differ = False
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sources, local = folder / "in", folder / "local"
        sources.mkdir()
        for path in texts(given.cache, given.documents):
            shutil.copy(path, sources)
        words = ["corpus", "add", str(sources), "--to", str(local)]
        subprocess.run([sys.executable, "-m", "mingzhang", *words], check=True)
        names = [f"mz{os.getpid()}-{part}" for part in ("hub", "client", *map(str, range(1, given.workers + 1)))]
        for told, disturb in (("undisturbed", None), ("a worker killed", kill), ("a worker cut off", cut)):
            with namespaces(names):
                cluster = Cluster(names, folder)
                try:
                    seconds = cluster.add(sources, folder / told, disturb)
                finally:
                    cluster.end()
            same = files(folder / told) == files(local)
            differ |= not same
            print(
                f"{given.workers} namespaces, {told}: {seconds:.1f} s, {'the same bytes' if same else 'DIFFERS'}",
                flush=True,
            )
    sys.exit(differ)


if __name__ == "__main__":
    main()
