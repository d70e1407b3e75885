"""Made-up disclosures as text files, made once and kept: what the benchmarks of the corpus read.

    python benchmarks/made_texts.py FOLDER N

Seeds from `realistic.DISTINCT` on, another department each; the files lie by region. In a third of them an error is planted, in
one of the ways of plant_errors.py.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from plant_errors import WAYS

from mingzhang.compile import compile_ledger
from published import as_text, published
from realistic import DISTINCT, ledger

PLANTED = 3  # one document in so many has an error


def make_text(folder: Path, number: int) -> Path:
    """Write the text of a made-up disclosure."""
    disclosure = compile_ledger(ledger(DISTINCT + number))
    pages = published(disclosure)
    if number % PLANTED == 0:
        way = list(WAYS)[number // PLANTED % len(WAYS)]
        WAYS[way](pages, Random(number))
    path = folder / disclosure.region_name / f"{number:05}-{disclosure.name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(as_text(pages), "utf-8")
    os.replace(part, path)
    return path


def texts(folder: Path, count: int) -> list[Path]:
    """So many texts in a folder; what is missing is made."""
    there = {int(path.name[:5]): path for path in folder.glob("*/*.txt")}
    missing = [number for number in range(count) if number not in there]
    if missing:
        with ProcessPoolExecutor() as pool:
            made = pool.map(partial(make_text, folder), missing, chunksize=8)
            there |= dict(zip(missing, made, strict=True))
    return [there[number] for number in range(count)]


if __name__ == "__main__":
    texts(Path(sys.argv[1]), int(sys.argv[2]))
