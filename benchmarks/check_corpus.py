"""How fast the rule book's identities run over many disclosures: generated facts, growing numbers of documents.

    python benchmarks/check_corpus.py [DOCUMENTS…]

The facts and figures of compiled ledgers are multiplied into so many documents, one of twenty with one amount changed. Each line gives documents, facts, seconds of wall and process time, violations, and memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from example_ledgers import EXAMPLES, example
from generate import large_ledger
from mingzhang.check.book import bound_lines, load_book
from mingzhang.check.cells import Store
from mingzhang.check.engine import violations
from mingzhang.compile import compile_ledger
from mingzhang.families import load_family

SIZES = (1_000, 3_000, 10_000)
BATCH = 500
BASES = (*map(example, EXAMPLES), *(compile_ledger(large_ledger(projects, 2)) for projects in (10, 25, 40)))


def generate(folder: Path, documents: int) -> int:
    """Write the facts, figures and tables of so many documents as Parquet; give the number of facts."""
    family = load_family()
    base = Store(family)
    for number, disclosure in enumerate(BASES):
        base.add(number, disclosure)
    base.db.execute(
        f"CREATE TABLE docs AS SELECT i::INTEGER AS new, (i % {len(BASES)})::INTEGER AS old FROM range({documents}) t(i)"
    )
    wrong = "CASE WHEN new % 20 = 0 AND ref = 100 THEN 10 ELSE 0 END"
    base.db.execute(
        "COPY (SELECT * EXCLUDE (new, old) REPLACE (new AS doc, "
        f"(value + {wrong})::DECIMAL(18,4) AS value) FROM facts JOIN docs ON doc = old ORDER BY new) "
        f"TO '{folder}/facts.parquet'"
    )
    base.db.execute(
        "COPY (SELECT new AS doc, key, value, ref FROM figures JOIN docs ON doc = old ORDER BY new) "
        f"TO '{folder}/figures.parquet'"
    )
    base.db.execute(
        f"COPY (SELECT new AS doc, form FROM present JOIN docs ON doc = old ORDER BY new) TO '{folder}/present.parquet'"
    )
    (count,) = base.db.execute(
        f"SELECT (SELECT count(*) FROM '{folder}/facts.parquet') + (SELECT count(*) FROM '{folder}/figures.parquet')"
    ).fetchone() or (0,)
    return int(count)


def run(folder: Path, documents: int) -> int:
    """All identities over the documents, batch by batch; give the number of violations."""
    family, book = load_family(), load_book(load_family().id)
    lines = [bound.line for bound in bound_lines(family.id)]
    found = 0
    for start in range(0, documents, BATCH):
        store = Store(family, book.loose)
        for table in ("facts", "figures", "present"):
            store.db.execute(
                f"INSERT INTO {table} SELECT * FROM '{folder}/{table}.parquet' WHERE doc >= {start} AND doc < {start + BATCH}"
            )
        store.make_cells()
        found += len(violations(store, lines))
    return found


def main() -> None:
    """Print a line for each number of documents."""
    for documents in [int(size) for size in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            facts = generate(folder, documents)
            wall, process = time.perf_counter(), time.process_time()
            found = run(folder, documents)
            wall, process = time.perf_counter() - wall, time.process_time() - process
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{documents:,} documents, {facts:,} facts: {wall:.1f} s ({process:.1f} s of process), {found:,} violations, {memory} MB"
            )


if __name__ == "__main__":
    main()
