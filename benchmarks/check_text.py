"""How fast a text is read and checked: whole processes over disclosures of growing length, and the check's part of it.

    python benchmarks/check_text.py [FILE…]

Without files, made-up disclosures are compiled and printed as text. Each line gives characters, process time (user and
system) of `read` and of `check`, their difference, and memory.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from read_text import run, texts


def main() -> None:
    """Print a line for each file."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(name) for name in sys.argv[1:]] or texts(Path(folder))
        command = [sys.executable, "-m", "mingzhang"]
        for number, file in enumerate(files):
            characters = len(file.read_text("utf-8"))
            read, _ = min(run([*command, "read", str(file), "-o", f"{folder}/{number}-{again}"]) for again in range(3))
            both, memory = min(run([*command, "check", str(file), "-f", "json"]) for _ in range(3))
            print(
                f"{file.name}: {characters:,} characters, read {read:.2f} s, check {both:.2f} s, {both - read:+.2f} s, {memory} MB"
            )


if __name__ == "__main__":
    main()
