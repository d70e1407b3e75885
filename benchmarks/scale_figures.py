"""The figures that docs/scale.md reckons with, measured here, and the country worked out from them.

    python benchmarks/scale_figures.py [--documents N] [--write]

Made-up departments as in the suite (tests/realistic.py) are compiled, written as Markdown, DOCX, PDF and pictures, read, checked,
staged, committed and exported, all in this process. What is counted is processor time, so that other work on the machine
disturbs little, and bytes. With --write the tables between the marks of docs/scale.md are replaced.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import pyarrow as pa
import pyarrow.parquet as pq
import pypdfium2

from mingzhang.check import Candidate, Checked, check
from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, connect
from mingzhang.corpus.export import export
from mingzhang.corpus.records import tables_of
from mingzhang.corpus.schema import SCHEMAS
from mingzhang.disclosure import Disclosure
from mingzhang.publish import publish
from mingzhang.read import read
from realistic import ledger

PAGE = Path(__file__).parent.parent / "docs" / "scale.md"
BATCH = 8
FILES = 2_000

# What is assumed of the country: published documents a year, how they are published, prices.
DOCUMENTS = 1_000_000
SHARES = {"pdf": 0.70, "docx": 0.20, "scan": 0.10}
COUNTIES = 3_200
YUAN_CORE_HOUR, YUAN_GB_MONTH = 0.25, 0.12
SEASON_HOURS, NIGHT_HOURS = 20 * 24, 10

Figures = dict[str, float]
# Symbol -> what it is, its unit.
TOLD = {
    "pages": ("pages of a document as PDF", ""),
    "facts": ("facts of a document", ""),
    "read_md": ("read a document from text", "s"),
    "read_docx": ("read a document from DOCX", "s"),
    "read_pdf": ("read a page of PDF", "s"),
    "read_scan": ("recognise and read a scanned page", "s"),
    "check": ("check a document (batches of 8)", "s"),
    "stage": ("turn a document into rows and stage it", "s"),
    "commit": ("commit a document, in the one process that does it", "s"),
    "export": ("export a document (CSV and DuckDB)", "s"),
    "bytes_pdf": ("bytes of a document as PDF", "B"),
    "bytes_staged": ("bytes of a staged document", "B"),
    "bytes_lake": ("bytes of a document in the lake", "B"),
    "bytes_csv": ("bytes of a document exported as CSV", "B"),
    "open_file": ("open a lake and count its documents, for each Parquet file of `documents`", "s"),
    "memory": ("most memory of the process that did all this", "B"),
}


@contextmanager
def spent(figures: Figures, name: str, share: float) -> Iterator[None]:
    """Count the processor time of this process, divided by `share`."""
    begun = time.process_time()
    yield
    figures[name] = (time.process_time() - begun) / share


def measure(documents: int, folder: Path) -> Figures:
    """All figures, from so many documents."""
    figures: Figures = {}
    few = max(2, documents // 8)
    made = [compile_ledger(ledger(seed)) for seed in range(documents)]
    figures["facts"] = mean(len(one.facts) for one in made)
    files = _published(made, few, folder)
    read([files["md"][0]])
    with spent(figures, "read_md", documents):
        disclosures = [read([file])[0].disclosure for file in files["md"]]
    with spent(figures, "read_docx", few):
        for file in files["docx"]:
            read([file])
    pages = [len(pypdfium2.PdfDocument(file)) for file in files["pdf"]]
    figures["pages"] = mean(pages)
    figures["bytes_pdf"] = mean(file.stat().st_size for file in files["pdf"])
    with spent(figures, "read_pdf", sum(pages)):
        for file in files["pdf"]:
            read([file])
    figures["read_scan"] = _scanned(files["pdf"][0], folder)
    _lake(figures, disclosures, folder)
    figures["open_file"] = _opened(folder / "files")
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return figures


def _published(made: list[Disclosure], few: int, folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {"md": [], "docx": [], "pdf": []}
    for number, one in enumerate(made):
        formats = ["md", "docx", "pdf"] if number < few else ["md"]
        for file in publish(one, folder / "published" / str(number), formats):
            found[file.suffix[1:]].append(file)
    return found


def _scanned(file: Path, folder: Path) -> float:
    """Processor time of recognising a page: the difference that a second and third page make."""
    document = pypdfium2.PdfDocument(file)
    pictures = []
    for number in range(3):
        pictures.append(folder / f"{number}.png")
        document[number + 2].render(scale=2).to_pil().save(pictures[-1])
    figures: Figures = {}
    read([pictures[0]])
    with spent(figures, "scan", 2):
        read(pictures[1:])
    return figures["scan"]


def _lake(figures: Figures, disclosures: list[Disclosure], folder: Path) -> None:
    """Check, stage, commit and export."""
    count = len(disclosures)
    checked: list[Checked] = []
    with spent(figures, "check", count):
        for start in range(0, count, BATCH):
            some = disclosures[start : start + BATCH]
            report = check([Candidate(one.name, one) for one in some])
            checked += report.checked
    lake = Lake(str(folder / "lake"))
    with spent(figures, "stage", count):
        for number, one in enumerate(checked):
            doc = f"{number:032x}"
            lake.stage(doc, tables_of(doc, f"{doc}.md", one, report.book, region="140000"))
    figures["bytes_staged"] = _size(folder / "lake") / count
    with spent(figures, "commit", count):
        lake.commit()
    figures["bytes_lake"] = _size(folder / "lake") / count
    with spent(figures, "export", count):
        export(lake, folder / "out", every_version=True)
    figures["bytes_csv"] = sum(file.stat().st_size for file in (folder / "out").glob("*.csv")) / count


def _opened(folder: Path) -> float:
    """Processor time that a query spends on each file of a lake of many small ones."""
    lake = Lake(str(folder))
    schema = SCHEMAS["documents"]
    row = pa.table([pa.nulls(1, field.type) for field in schema], schema=schema)
    names = [f"tables/documents/region={number}/fiscal_year=2026/run-00001.parquet" for number in range(FILES)]
    for name in names:
        sink = pa.BufferOutputStream()
        pq.write_table(row, sink)
        lake.storage.write(name, sink.getvalue().to_pybytes())
    lake._replace({"format": 1, "run": 1, "files": {"documents": names}})
    figures: Figures = {}
    with spent(figures, "open", FILES):
        connect(lake).execute("SELECT count(*) FROM documents").fetchall()
    return figures["open"]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def measured(figures: Figures, documents: int) -> str:
    """The table of what was measured."""
    machine = f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    rows = [f"Measured {time.strftime('%Y-%m-%d')} over {documents} made-up documents ({machine}).", ""]
    rows += ["| symbol | | measured |", "| --- | --- | ---: |"]
    rows += [f"| `{name}` | {told} | {_shown(figures[name], unit)} |" for name, (told, unit) in TOLD.items()]
    return "\n".join(rows)


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"
    if unit == "B":
        return f"{value / 1e6:,.0f} MB" if value >= 1e7 else f"{value / 1e3:,.1f} kB"
    return f"{value:,.0f}"


def reckoned(f: Figures) -> str:
    """The country from those figures, by the formulas of the page."""
    each = {
        "pdf": f["pages"] * f["read_pdf"],
        "docx": f["read_docx"],
        "scan": f["pages"] * f["read_scan"],
    }
    hours = {kind: DOCUMENTS * share * each[kind] / 3600 for kind, share in SHARES.items()}
    rest = DOCUMENTS * (f["check"] + f["stage"]) / 3600
    whole = sum(hours.values()) + rest
    lake, source = DOCUMENTS * f["bytes_lake"] / 1e9, DOCUMENTS * f["bytes_pdf"] / 1e9
    rows = [
        *((f"core hours, {kind} ({share:.0%})", f"{hours[kind]:,.0f}") for kind, share in SHARES.items()),
        ("core hours, check and stage", f"{rest:,.0f}"),
        ("**core hours, all**", f"**{whole:,.0f}**"),
        ("cores, in the 20 days of the season", f"{whole / SEASON_HOURS:,.1f}"),
        ("cores, in one night of 10 hours", f"{whole / NIGHT_HOURS:,.0f}"),
        ("hours of the one process that commits", f"{DOCUMENTS * f['commit'] / 3600:,.1f}"),
        ("facts", f"{DOCUMENTS * f['facts'] / 1e6:,.0f} million"),
        ("sources", f"{source:,.0f} GB"),
        ("staged at once, at most", f"{DOCUMENTS * f['bytes_staged'] / 1e9:,.0f} GB"),
        ("lake", f"{lake:,.0f} GB"),
        ("exported as CSV", f"{DOCUMENTS * f['bytes_csv'] / 1e9:,.0f} GB"),
        ("Parquet files of a table, one run", f"{COUNTIES:,}"),
        ("to open them, once a question", f"{COUNTIES * f['open_file']:,.1f} s"),
        ("to open them after 50 runs", f"{50 * COUNTIES * f['open_file']:,.0f} s"),
        ("yuan for computing", f"{whole * YUAN_CORE_HOUR:,.0f}"),
        ("yuan a year for keeping sources and lake", f"{12 * YUAN_GB_MONTH * (lake + source):,.0f}"),
    ]
    return "\n".join(["| | |", "| --- | ---: |", *(f"| {told} | {value} |" for told, value in rows)])


def write(name: str, table: str) -> None:
    """Put a table between its marks on the page."""
    text = PAGE.read_text("utf-8")
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    new = marked.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)
    PAGE.write_text(new, "utf-8")


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=48)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(given.documents, Path(folder))
    for name, table in (("measured", measured(figures, given.documents)), ("reckoned", reckoned(figures))):
        print(table, end="\n\n")
        if given.write:
            write(name, table)


if __name__ == "__main__":
    main()
