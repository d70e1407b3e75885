"""Pages per second: this reader beside pdfplumber's own tables and text of the same file.

    python benchmarks/read_pdf.py [FILE.pdf …]

Without a file, the PDF compiled from the larger example. The floor that the project promises: at least as fast.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pdfplumber

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from mingzhang.read.sources.pdf import read_pdf


def example() -> bytes:
    """The PDF of the example with the most pages."""
    from example_ledgers import example_document
    from mingzhang.publish.pdf import to_pdf

    return to_pdf(example_document("xiaoyi-industry-2026"))


def by_pdfplumber(data: bytes) -> int:
    """The pages of a file whose tables and text pdfplumber extracts."""
    import io

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.extract_tables()
            page.extract_text()
            page.close()
        return len(pdf.pages)


def by_mingzhang(data: bytes) -> int:
    """The pages of a file that this project reads."""
    return read_pdf(data, "benchmark.pdf").pages or 0


def rate(read: Callable[[bytes], int], data: bytes) -> float:
    """Pages in a second of process time."""
    begin = time.process_time()
    return read(data) / (time.process_time() - begin)


def main() -> None:
    files = {path: Path(path).read_bytes() for path in sys.argv[1:]} or {"compiled example": example()}
    for name, data in files.items():
        ours, theirs = rate(by_mingzhang, data), rate(by_pdfplumber, data)
        print(
            f"{name}: mingzhang {ours:.0f} pages/s, pdfplumber {theirs:.1f} pages/s, {ours / theirs:.0f} times as fast"
        )


if __name__ == "__main__":
    main()
