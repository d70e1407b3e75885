"""How fast text is read: whole processes over disclosures of growing length.

    python benchmarks/read_text.py [FILE…]

Without files, made-up disclosures are compiled, printed as text and read back. Each line gives characters, process time
(user and system) of the whole command, seconds for 100,000 characters beyond the start of the program, and memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from generate import large_ledger
from mingzhang.compile import compile_ledger
from published import as_text, published

SIZES = (10, 40, 80, 160, 320)


def texts(folder: Path) -> list[Path]:
    """Made-up disclosures of growing length."""
    files = []
    for projects in SIZES:
        disclosure = compile_ledger(large_ledger(projects, max(1, projects // 20)))
        files.append(folder / f"{projects}个项目.txt")
        files[-1].write_text(as_text(published(disclosure)), "utf-8")
    return files


def run(arguments: list[str]) -> tuple[float, int]:
    """Process time in seconds and the largest memory in MB of a command."""
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main() -> None:
    """Print a line for each file."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(name) for name in sys.argv[1:]] or texts(Path(folder))
        command = [sys.executable, "-m", "mingzhang"]
        start = min(run([*command, "--version"])[0] for _ in range(3))
        print(f"start of the program: {start:.2f} s")
        for number, file in enumerate(files):
            characters = len(file.read_text("utf-8"))
            runs = [run([*command, "read", str(file), "-o", f"{folder}/{number}-{again}"]) for again in range(3)]
            seconds, memory = min(runs)
            rate = (seconds - start) / characters * 100_000
            print(f"{file.name}: {characters:,} characters, {seconds:.2f} s, {rate:.2f} s/100,000, {memory} MB")


if __name__ == "__main__":
    main()
