"""A workbench that runs as a program of its own, as its users start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(data: Path, *options: str, environment: dict[str, str] | None = None) -> Iterator[Served]:
    """`mingzhang serve` on a free port; ended, gently, with the block."""
    server = Served(data, *options, environment=environment)
    try:
        yield server
    finally:
        server.end()


class Served:
    """A running workbench: its address, its process, what it has logged."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        command = [
            sys.executable,
            "-m",
            "mingzhang",
            "serve",
            "--data",
            str(data),
            "--port",
            "0",
            "--no-browser",
            *options,
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | (environment or {})
        )
        self.data = data
        self.log: list[str] = []
        assert self.process.stdout
        assert self.process.stderr
        self._reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr or ()), daemon=True)
        self._reader.start()
        told = self.process.stdout.readline()
        found = re.search(r"http://\S+?(?=（)", told)
        assert found, told + "".join(self.log)
        self.url = found[0]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return code
