"""A lake as a DuckDB database that can only be read: a view for each table, columns with Chinese comments.

`documents` tells versions apart (the same department, year and kind published again) and which is the latest; `current` are the
latest documents that could be read. Questions join `current`, so that a corrected publication replaces the old one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.lake import DAMAGED, Lake, LakeError
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, SCHEMAS
from mingzhang.corpus.veil import Veil

_READING = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE")
# What a query may ask for that is none of the lake's views.
_COUNTING = ("range", "generate_series", "unnest")
# Functions that tell of settings, of what stands behind the views (plans, statistics), or write; those of PostgreSQL's catalog too.
_TELLING = ("current_setting", "getenv", "getvariable", "json_serialize_plan", "stats", "write_log")
_CATALOG = ("duckdb_", "pg_", "pragma_", "sqlite_")  # begin the names of what every database has
_DOCUMENTS = """
SELECT * EXCLUDE (version),
  row_number() OVER again AS version,
  row_number() OVER (PARTITION BY status, region, name, kind, fiscal_year ORDER BY run DESC, source DESC, doc DESC) = 1 AS latest
FROM {source}
WINDOW again AS (PARTITION BY status, region, name, kind, fiscal_year ORDER BY run, source, doc)
"""


def connect(lake: Lake, veiled: bool = False, memory: str = "") -> duckdb.DuckDBPyConnection:
    """A database over the lake; nothing outside the lake can be read through it, and nothing written.

    `veiled` masks private data in all views (veil.py), `memory` bounds what queries take (2GB), which then lay nothing aside
    on the disk. Raises LakeError if there is no lake, or files of it are missing or damaged.
    """
    if not lake.exists:
        raise LakeError(f"“{lake.storage.uri}”里没有数据湖，请先用 mingzhang corpus add 建立")
    try:
        return _connected(lake, veiled, memory)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise LakeError(DAMAGED) from error


def _connected(lake: Lake, veiled: bool, memory: str) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    if not lake.storage.local:
        database.register_filesystem(lake.storage.for_duckdb("lake"))
    if memory:
        database.execute(f"SET memory_limit = '{memory}'; SET temp_directory = ''")
    sources = {table: _source(table, lake.files(table), lake.storage.local) for table in SCHEMAS}
    veil = Veil(database, sources[FINDINGS]) if veiled else None
    for table, source in sources.items():
        _view(database, table, source, veil.columns(table) if veil else "*")
    database.execute("CREATE VIEW current AS SELECT * FROM documents WHERE latest AND status = 'read'")
    _close(database, lake)
    return database


def reads_only(query: str) -> bool:
    """Whether a query is one statement that reads. COPY, for one, could write beside the lake's files, which must be
    reachable; it can stand inside a SELECT (WITH … AS (COPY …)), so the whole of the parsed query is looked through.

    Raises duckdb.Error if it is no SQL.
    """
    statements = duckdb.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        return False
    return _reads(_parsed(query))


def stays_within(query: str) -> bool:
    """Whether a query that `reads_only` asks for nothing but the lake's views: no file of the lake by its name, no settings, no
    table behind the views. What it asks others for is not masked, and tells where the server keeps things.

    Raises duckdb.Error if it is no SQL.
    """
    parsed = _parsed(query)
    # A name that is no word could be a file's, wherever the query gives it to a part of its own.
    # A name of the catalog's own means the catalog wherever the query's part of that name is not seen.
    own = {name.lower() for name in _own_names(parsed) if name.isidentifier()}
    own = {name for name in own if not name.startswith(_CATALOG)}
    return _within(parsed, {*SCHEMAS, "current", *own})


def _parsed(query: str) -> object:
    with duckdb.connect() as database:
        row = database.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchone()
    assert row is not None
    return json.loads(row[0])


def _parts(parsed: object) -> Iterator[dict[str, Any]]:
    """All objects in a parsed query."""
    if isinstance(parsed, dict):
        yield parsed
    for part in parsed.values() if isinstance(parsed, dict) else parsed if isinstance(parsed, list) else ():
        yield from _parts(part)


def _own_names(parsed: object) -> Iterator[str]:
    """The names that a query gives to parts of its own (WITH)."""
    for part in _parts(parsed):
        yield from (str(one["key"]) for one in (part.get("cte_map") or {}).get("map", ()))


def _within(parsed: object, known: set[str]) -> bool:
    for part in _parts(parsed):
        kind = part.get("type")
        if kind == "BASE_TABLE":
            *schema, name = part["qualified_name"]["path"]
            if schema not in ([], ["main"]) or name.lower() not in known:
                return False
        if kind == "SHOW_REF" and part["query"] is None and part["table_name"] != '"tables"':
            return False
        if kind == "TABLE_FUNCTION" and part["function"]["function_name"].lower() not in _COUNTING:
            return False
        if kind == "FUNCTION" and str(part.get("function_name", "")).lower().startswith((*_TELLING, *_CATALOG)):
            return False
    return True


def _reads(parsed: object) -> bool:
    """Whether a parsed query, and all that stands in it, is made of queries alone."""
    if isinstance(parsed, list):
        return all(map(_reads, parsed))
    if not isinstance(parsed, dict):
        return True
    kind = parsed.get("type")
    if parsed.get("error") is True or (isinstance(kind, str) and kind.endswith("_NODE") and kind not in _READING):
        return False
    return all(map(_reads, parsed.values()))


def _source(table: str, files: Sequence[str], local: bool) -> str:
    """Where a table's rows are, as SQL."""
    if files:
        names = ", ".join(f"'{_quoted(file if local else f'lake://{file}')}'" for file in files)
        return f"read_parquet([{names}], hive_partitioning = false)"
    columns = ", ".join(f'NULL::{_sql(str(field.type))} AS "{field.name}"' for field in SCHEMAS[table])
    return f"(SELECT {columns} LIMIT 0)"


def _view(database: duckdb.DuckDBPyConnection, table: str, source: str, columns: str) -> None:
    if table == DOCUMENTS:
        # Every question joins the documents: they are few, and told apart by version once.
        database.execute(f"CREATE SCHEMA held; CREATE TABLE held.{table} AS {_DOCUMENTS.format(source=source)}")
        source = f"held.{table}"
    database.execute(f"CREATE VIEW {table} AS SELECT {columns} FROM {source}")
    database.execute(f"COMMENT ON VIEW {table} IS '{TABLES[table]}'")
    for name in SCHEMAS[table].names:
        database.execute(f"COMMENT ON COLUMN {table}.\"{name}\" IS '{COLUMNS[name]}'")


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _sql(kind: str) -> str:
    if kind.startswith("decimal"):
        return kind.replace("decimal128", "DECIMAL")
    return {"string": "VARCHAR", "int32": "INTEGER", "float": "FLOAT", "bool": "BOOLEAN"}[kind]


def _close(database: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Let the database reach the lake's folder and nothing else."""
    if lake.storage.local:
        database.execute(f"SET allowed_directories = ['{_quoted(lake.storage.path('tables'))}/']")
        database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
