"""Some of a lake's questions put to Datasette on SQLite and to pandas, beside the lake: what `corpus_questions.py --beside` runs.

SQLite gets the tables that are asked, indexed for what is asked; Datasette serves it on 127.0.0.1 and is asked by its JSON API. pandas has
them in memory (`beside_pandas.py`). All three must give as many rows and the same sum. The lake's questions give more than
the others (ranks among all, places, notes) and still count as they are.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from mingzhang.corpus import Lake, connect, questions
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS

RUNS, SEARCHED, MOST = 5, "路灯维护", 200
PAGE = (
    "facts",
    "narrative",
    "projects",
    "findings",
)  # of a department; the others would only make SQLite three times as large
TABLES = (DOCUMENTS, *PAGE)
THREE_PUBLIC = "'合计', '因公出国（境）费', '公务接待费', '①公务用车购置费', '②公务用车运行维护费'"
_INDEXES = (
    'CREATE INDEX facts_cell ON facts ("table", "column", row_name)',
    'CREATE INDEX facts_code ON facts ("table", "column", row_code)',
    "CREATE INDEX documents_year ON documents (fiscal_year, doc)",
    "CREATE INDEX findings_rule ON findings (fiscal_year, rule)",
    *(f"CREATE INDEX {table}_doc ON {table} (doc)" for table in TABLES),
)
_LATEST = "fiscal_year = 2026 AND kind IN ('department_budget', 'unit_budget')"
_WHOLE = """SELECT doc, value AS whole FROM facts WHERE "table" = 'T3' AND "column" = 'total' AND row_name = '合计'"""
_COMPARED = f"""
WITH chosen AS MATERIALIZED (SELECT doc, name FROM documents WHERE {_LATEST}), wholes AS MATERIALIZED ({_WHOLE})
SELECT name, {{item}} AS item, value, round(100.0 * value / whole, 2) AS share,
  rank() OVER (PARTITION BY {{item}} ORDER BY value DESC) AS place
FROM facts JOIN chosen USING (doc) LEFT JOIN wholes USING (doc) WHERE {{cells}} ORDER BY item, place
"""
_GROWTH = f"""
WITH there AS MATERIALIZED (
  SELECT doc, fiscal_year, region, name AS department, coalesce(nullif(department_code, ''), name) AS id FROM documents
  WHERE fiscal_year IN (2025, 2026) AND kind IN ('department_budget', 'unit_budget')
),
amounts AS MATERIALIZED (
  SELECT doc, row_name, sum(value) AS amount FROM facts
  WHERE "table" IN ('T12', 'T13') AND "column" = 'total' AND level = 'project' GROUP BY doc, row_name
),
found AS MATERIALIZED (
  SELECT *, replace(replace(row_name, fiscal_year, ''), fiscal_year - 1, '') AS same FROM amounts JOIN there USING (doc)
),
before AS MATERIALIZED (
  SELECT region, id, same, fiscal_year + 1 AS fiscal_year, max(amount) AS before FROM found
  GROUP BY region, id, same, fiscal_year HAVING count(*) = 1
)
SELECT department, row_name, amount, before, amount - before AS change FROM found JOIN before USING (region, id, same, fiscal_year)
WHERE amount > before ORDER BY change DESC LIMIT {MOST}
"""

Result = tuple[int, float]


class Question(NamedTuple):
    """A question: how the lake is asked (rows and a sum to compare), and SQL with the column whose sum it is (blank: none)."""

    label: str
    ask: Callable[[], Result]
    sql: tuple[str, ...]
    column: str


class Took(NamedTuple):
    """The shortest wall time and least processor time of some runs, and what came of it."""

    wall: float
    work: float
    result: Result


def beside(lake: Lake, python: Path, folder: Path) -> None:
    """Put the questions to all three and print a table."""
    asked = _questions(lake)
    store = folder / "lake.sqlite"
    begun = time.perf_counter()
    _sqlite(lake, store)
    size = sum(file.stat().st_size for file in Path(lake.storage.root).rglob("*") if file.is_file())
    print(
        f"SQLite: {store.stat().st_size / 1e6:,.0f} MB in {time.perf_counter() - begun:.0f} s; the lake: {size / 1e6:,.0f} MB"
    )
    own = [_timed(question.ask, time.process_time) for question in asked]
    with _datasette(python, store) as (fetch, work):
        served = [_timed(partial(_fetched, fetch, question), work) for question in asked]
    frames = _pandas(python, lake, asked)
    print("| question | rows | lake | Datasette | pandas |\n| --- | ---: | ---: | ---: | ---: |")
    for question, mine, theirs, frame in zip(asked, own, served, frames, strict=True):
        for other in (theirs, frame):
            same = (
                mine.result[0] == other.result[0]
                and abs(mine.result[1] - other.result[1]) <= 1e-6 * abs(mine.result[1]) + 0.01
            )
            assert same, (question.label, mine.result, other.result)
        cells = (f"{_ms(one.wall)} ({one.wall / mine.wall:.1f}×)" for one in (theirs, frame))
        print(f"| {question.label} | {mine.result[0]:,} | {_ms(mine.wall)} | {' | '.join(cells)} |")
        cells = (f"{_ms(one.work)} ({one.work / mine.work:.1f}×)" for one in (theirs, frame))
        print(f"| … of processors | | {_ms(mine.work)} | {' | '.join(cells)} |")


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def _timed(ask: Callable[[], Result], work: Callable[[], float]) -> Took:
    walls, works = [], []
    for _ in range(RUNS):
        begun, before = time.perf_counter(), work()
        result = ask()
        walls.append(time.perf_counter() - begun)
        works.append(work() - before)
    return Took(min(walls), min(works), result)


def _questions(lake: Lake) -> list[Question]:
    database = connect(lake)
    name, doc, region = database.execute(
        "SELECT name, doc, region FROM current WHERE fiscal_year = 2026 AND kind = 'department_budget' ORDER BY name LIMIT 1"
    ).fetchall()[0]

    def summed(answer: questions.Answer, column: str) -> Result:
        return answer.rows.num_rows, float(sum(answer.rows[column].to_pylist(), Decimal(0)))

    def found() -> Result:
        query = "SELECT doc, name FROM projects WHERE contains(name, $text)"
        return database.cursor().sql(query, params={"text": SEARCHED}).to_arrow_table().num_rows, 0.0

    def page() -> Result:
        tables = questions.department(database, lake, name, region=region, year=2026, only=PAGE).tables
        return sum(table.num_rows for table in tables.values()), 0.0

    cells = f""""table" = 'T10' AND "column" = 'total' AND row_name IN ({THREE_PUBLIC})"""
    classes = """"table" = 'T3' AND "column" = 'total' AND length(row_code) = 3 AND value <> 0"""
    return [
        Question(
            "compare --by three_public",
            lambda: summed(questions.compare(database, by="three_public"), "amount"),
            (_COMPARED.format(item="row_name", cells=cells),),
            "value",
        ),
        Question(
            "compare --by function",
            lambda: summed(questions.compare(database, by="function"), "amount"),
            (_COMPARED.format(item="row_code", cells=classes),),
            "value",
        ),
        Question(
            f"projects --growth (the first {MOST})",
            lambda: summed(questions.projects(database, growth=True), "change"),
            (_GROWTH,),
            "change",
        ),
        Question(
            "findings --by rule",
            lambda: summed(questions.findings(database, by="rule"), "errors"),
            (
                "SELECT rule, title, category, sum(severity = 'error') AS errors, sum(severity = 'warning') AS warnings, "
                f"sum(severity = 'info') AS infos, count(DISTINCT doc) AS documents FROM findings WHERE doc IN (SELECT doc FROM documents WHERE {_LATEST}) "
                "GROUP BY rule, title, category ORDER BY errors DESC",
            ),
            "errors",
        ),
        Question(
            f"project names with {SEARCHED}",
            found,
            (f"SELECT doc, name FROM projects WHERE instr(name, '{SEARCHED}')",),
            "",
        ),
        Question(
            "a department's page",
            page,
            tuple(f"SELECT * FROM {table} WHERE doc = '{doc}' ORDER BY part" for table in PAGE),
            "",
        ),
    ]  # fmt: skip


def _sqlite(lake: Lake, file: Path) -> None:
    """The tables in SQLite, decimals as floating numbers."""
    database = connect(lake)
    store = sqlite3.connect(file)
    store.execute("PRAGMA journal_mode = off")
    store.execute("PRAGMA synchronous = off")
    for table in TABLES:
        schema = SCHEMAS[table]
        names = [f'"{name}"' for name in schema.names]
        kinds = [str(field.type) for field in schema]
        read = (
            f"{name}::DOUBLE" if kind.startswith("decimal") else name for name, kind in zip(names, kinds, strict=True)
        )
        store.execute(f"CREATE TABLE {table} ({', '.join(names)})")
        cursor = database.cursor().execute(f"SELECT {', '.join(read)} FROM {table}")
        while part := cursor.fetchmany(100_000):
            store.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", part)
    for index in _INDEXES:
        store.execute(index)
    store.execute("ANALYZE")
    store.commit()
    store.close()


@contextmanager
def _datasette(python: Path, store: Path) -> Iterator[tuple[Callable[[str], Any], Callable[[], float]]]:
    """A Datasette that serves the file: how it is asked, and the processor time that it has taken."""
    import psutil

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limits = ["--setting", "sql_time_limit_ms", "600000", "--setting", "max_returned_rows", "1000000"]
    command = [str(python), "-m", "datasette", "serve", str(store), "-h", "127.0.0.1", "-p", str(port), *limits]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fetch(query: str) -> Any:
        asked = urlencode({"sql": query, "_shape": "arrays"})
        with urlopen(f"http://127.0.0.1:{port}/{store.stem}.json?{asked}") as answer:
            return json.load(answer)

    def work() -> float:
        spent = psutil.Process(server.pid).cpu_times()
        return float(spent.user + spent.system)

    try:
        for _ in range(200):
            try:
                fetch("SELECT 1")
                break
            except OSError:
                assert server.poll() is None, "datasette did not start"
                time.sleep(0.1)
        yield fetch, work
    finally:
        server.terminate()
        server.wait()


def _fetched(fetch: Callable[[str], Any], question: Question) -> Result:
    count, summed = 0, 0.0
    for query in question.sql:
        answer = fetch(query)
        assert not answer.get("truncated"), question.label
        count += len(answer["rows"])
        if question.column:
            place = answer["columns"].index(question.column)
            summed += sum(row[place] for row in answer["rows"])
    return count, summed


def _pandas(python: Path, lake: Lake, asked: list[Question]) -> list[Took]:
    """The same in pandas, in a process of its own."""
    script = Path(__file__).with_name("beside_pandas.py")
    files = {table: lake.files(table) for table in TABLES}
    given = json.dumps({"files": files, "runs": RUNS, "searched": SEARCHED, "most": MOST})
    done = subprocess.run([str(python), str(script)], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(f"pandas: loaded in {told['load']:.0f} s, {told['memory'] / 1e6:,.0f} MB")
    took = [Took(one["wall"], one["work"], (one["rows"], one["sum"])) for one in told["took"]]
    assert len(took) == len(asked)
    return took
