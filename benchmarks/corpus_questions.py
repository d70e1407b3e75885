"""How fast a lake answers: every ready question, a department's page and a search, on a lake of 10,000 documents.

    python benchmarks/corpus_questions.py [DOCUMENTS] [--lake DIR] [--beside PYTHON]

About a hundred made-up departments are compiled, published as text and added to a lake; SQL multiplies them into so many
documents of twenty regions and two years, names, texts and amounts varied, and the lake's own writer writes them. 15,000 documents have
5 million cells of tables. Other work on the machine disturbs the clock, so each line gives the shortest of five runs, their median, and the
least processor time of all threads; a bound is missed if no run keeps it.

`--beside` puts some of the questions to Datasette and to pandas, too (`beside_lake.py`): PYTHON is an interpreter that has both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from beside_lake import beside

from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, Options, add, connect, questions
from mingzhang.corpus.parquet import written
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.corpus.storage import Storage
from published import as_text, published
from realistic import ledger

BASE, REGIONS, YEARS, RUNS = 100, 20, (2025, 2026), 5
SIZES = (20, 35, 46, 60, 90)

# What is made different in each copy: names by region and number, amounts by a factor, texts by a number in them.
_FACTOR = "(0.4 + hash(new, year) % 1000 / 700.0)"
_SIGN = "chr(19968 + (hash(new, {0}) % 20000)::INTEGER) || chr(19968 + (hash({0}, new) % 20000)::INTEGER)"
# One form in fifty keeps its texts and indicators: those are copies.
_MARKS = "chr(19968 + (hash(seq, new_doc) % 20000)::INTEGER) || chr(19968 + (hash(new_doc, seq) % 20000)::INTEGER)"
_OWN = "CASE WHEN hash(seq, new_doc) % 50 = 0 THEN {0} ELSE {0} || " + _MARKS + " END"
_VARIED = {
    "documents": {
        "source": "year || '/' || new || name || '.txt'",
        "name": "region || (new % 500) || '区' || name",
        "department_code": "(new % 500)::VARCHAR",
        "approved": "'2026-01-10'",
        "published": "'2026-0' || (1 + new % 2) || '-' || (10 + new % 20)",
        "run": "1",
    },
    "facts": {
        "value": f"(value * {_FACTOR})::DECIMAL(18, 4)",
        "row_name": f"CASE WHEN level = 'project' THEN row_name || {_SIGN.format('row_name')} ELSE row_name END",
    },
    "projects": {
        "name": f"name || {_SIGN.format('name')}",
        "annual": f"(annual * {_FACTOR})::DECIMAL(18, 4)",
        **{text: _OWN.format(text) for text in ("overview", "necessity", "total_goal", "annual_goal")},
    },
    "indicators": {"level3": _OWN.format("level3")},
}


def base_lake(folder: Path) -> Path:
    """A lake of the compiled departments."""
    texts = folder / "texts"
    texts.mkdir()
    for seed in range(BASE):
        disclosure = compile_ledger(ledger(seed, SIZES[seed % len(SIZES)]))
        (texts / f"{seed:03}{disclosure.name}.txt").write_text(as_text(published(disclosure)), "utf-8")
    add([texts], Options(str(folder / "base")))
    return folder / "base"


def multiply(base: Path, target: Path, documents: int) -> None:
    """Write the lake of so many documents."""
    source = duckdb.connect()
    for table in SCHEMAS:
        files = Lake(str(base)).files(table)
        empty = ", ".join(f'NULL::VARCHAR AS "{name}"' for name in SCHEMAS[table].names)
        read = (
            f"SELECT * FROM read_parquet({files!r}, hive_partitioning = false)" if files else f"SELECT {empty} LIMIT 0"
        )
        source.execute(f"CREATE TABLE base_{table} AS {read}")
    # The compiled departments are sound: twenty findings are put into each.
    source.execute(
        "INSERT INTO base_findings BY NAME SELECT doc, i AS part, 'X' || (i % 60) AS rule, '规则' || (i % 60) AS title, "
        "['arithmetic', 'completeness', 'performance_form'][1 + i % 3] AS category, ['error', 'warning', 'info'][1 + i % 3] AS severity, "
        '\'合计与各行之和不符\' || i AS message, i AS difference, \'[{"label": "表一", "line": \' || i || \'}]\' AS "where", false AS '
        "suspected_misreading FROM base_documents, range(20) t(i)"
    )
    source.execute("CREATE TABLE old AS SELECT doc, row_number() OVER (ORDER BY doc) - 1 AS nr FROM base_documents")
    storage, manifest = Storage(str(target)), dict[str, list[str]]()
    each = documents // (REGIONS * len(YEARS))
    for place in range(REGIONS * len(YEARS)):
        region, year = "甲乙丙丁戊己庚辛壬癸"[place // 2 % 10] + ("县" if place < REGIONS else "市"), YEARS[place % 2]
        source.execute(
            f"CREATE OR REPLACE TABLE chosen AS SELECT i AS new, old.doc AS old_doc, md5('{region}{year}' || i) AS new_doc, "
            f"{year} AS year FROM range({each}) t(i) JOIN old ON old.nr = (i * 7 + {place // 2}) % {BASE}"
        )
        tables = {table: _multiplied(source, table, region) for table in SCHEMAS}
        bundles = ({table: rows[doc] for table, rows in tables.items() if doc in rows} for doc in tables[DOCUMENTS])
        folder = f"region={quote(region)}/fiscal_year={year}/run-00001.parquet"
        for table, name in written(storage, bundles, lambda table, folder=folder: f"tables/{table}/{folder}", 1):
            manifest.setdefault(table, []).append(name)
    (target / "lake.json").write_text(json.dumps({"format": 1, "run": 1, "files": manifest}), "utf-8")


def _multiplied(source: duckdb.DuckDBPyConnection, table: str, region: str) -> dict[str, pa.Table]:
    """The rows of the chosen documents, by document in its order."""
    varied = {"doc": "new_doc", "fiscal_year": "year::INTEGER", **_VARIED.get(table, {})}
    columns = ", ".join(_column(name, varied, region) for name in SCHEMAS[table].names)
    order = "new_doc" if table == DOCUMENTS else "new_doc, part"
    query = f"SELECT {columns} FROM base_{table} base JOIN chosen ON base.doc = old_doc ORDER BY {order}"
    rows = source.sql(query).to_arrow_table().cast(SCHEMAS[table])
    runs = pc.run_end_encode(rows["doc"].combine_chunks())
    begins = [0, *runs.run_ends.to_pylist()]
    return {
        doc: rows.slice(begin, end - begin)
        for doc, begin, end in zip(runs.values.to_pylist(), begins, begins[1:], strict=False)
    }


def _column(name: str, varied: dict[str, str], region: str) -> str:
    said = f"'{region}'" if name == "region" else varied.get(name, f'"{name}"')
    return f'({said.replace("region ||", f"{region!r} ||") if name != "region" else said}) AS "{name}"'


def timed(label: str, ask: Callable[[], object], limit: float) -> None:
    """Print the shortest and median wall time of some runs, and the least processor time of all threads."""
    walls, works = [], []
    for _ in range(RUNS):
        wall, work = time.perf_counter(), time.process_time()
        ask()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    told = f"{min(walls):6.3f} s, median {statistics.median(walls):6.3f} s, processor {min(works):6.3f} s"
    print(f"{label:38} {told}{'' if min(walls) <= limit else f'   over {limit} s'}", flush=True)


def ask_all(folder: Path) -> None:
    """Each ready question over the whole of a lake, or its latest year."""
    begun = time.perf_counter()
    lake = Lake(str(folder))
    database = connect(lake)
    print(f"{'open':38} {time.perf_counter() - begun:6.3f} s")
    name = str(
        questions.sql(database, "SELECT min(name) AS name FROM current WHERE kind LIKE 'department%'").rows["name"][0]
    )
    for by in questions.BY:
        timed(f"compare --by {by}", partial(questions.compare, database, by=by), 1)
    timed("compare 水利局 --by function", lambda: questions.compare(database, ["水利局"], by="function"), 1)
    timed("trend", lambda: questions.trend(database, name), 1)
    timed("projects 路灯维护", lambda: questions.projects(database, "路灯维护"), 1)
    timed("project names with 路灯维护", lambda: names_with(database, "路灯维护"), 0.2)
    timed("projects 背街小巷修整 --fuzzy", lambda: questions.projects(database, "背街小巷修整", fuzzy=True), 1)
    timed("projects --growth", lambda: questions.projects(database, growth=True), 1)
    timed("copies", lambda: questions.copies(database), 1)
    timed("outliers", lambda: questions.outliers(database), 1)
    timed("coverage", lambda: questions.coverage(database), 1)
    for each in questions.EACH:
        timed(f"findings --by {each}", partial(questions.findings, database, by=each), 1)
    timed("department", lambda: questions.department(database, lake, name), 0.05)


def names_with(database: duckdb.DuckDBPyConnection, text: str) -> pa.Table:
    """The names of all projects' forms that hold a text."""
    query = "SELECT doc, name FROM projects WHERE contains(name, $text)"
    return database.cursor().sql(query, params={"text": text}).to_arrow_table()


def main() -> None:
    """Build the lake, unless there is one, and ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("documents", type=int, nargs="?", default=10_000)
    parser.add_argument("--lake", type=Path, help="where the lake is kept, or is already")
    parser.add_argument("--beside", type=Path, metavar="PYTHON", help="an interpreter with datasette and pandas")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.lake or Path(name) / "lake"
        if not (folder / "lake.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            multiply(base_lake(Path(name)), folder, given.documents)
        counts = {
            table: questions.sql(connect(Lake(str(folder))), f"SELECT count(*) AS n FROM {table}").rows["n"][0]
            for table in SCHEMAS
        }
        print(", ".join(f"{count.as_py():,} {table}" for table, count in counts.items()))
        ask_all(folder)
        if given.beside:
            beside(Lake(str(folder)), given.beside, Path(name))


if __name__ == "__main__":
    main()
