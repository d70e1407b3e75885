"""Compile a department of 300 projects to every format: seconds and peak memory of the whole process.

    python benchmarks/compile_large.py [projects] [units]

The floor that the project promises: under 10 s and 500 MB on 2 cores.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from generate import large_sheets
from mingzhang.ledger.workbook import write_workbook
from strategies import YEAR


def main() -> None:
    projects, units = (int(text) for text in [*sys.argv[1:], "300", "40"][:2])
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.xlsx"
        write_workbook(ledger, large_sheets(projects, units), YEAR, "shanxi")
        begin = time.perf_counter()
        command = [sys.executable, "-m", "mingzhang", "compile", str(ledger), "-o", f"{folder}/out"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{projects} projects, {units} units: {seconds:.1f} s, {peak:.0f} MB at the peak")
        for file in sorted(Path(f"{folder}/out").iterdir()):
            print(f"  {file.name:20} {file.stat().st_size / 1024:8.0f} KB")


if __name__ == "__main__":
    main()
