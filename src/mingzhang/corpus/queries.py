"""A lake as a DuckDB database that can only be read: a view for each table, columns with Chinese comments.

`documents` tells versions apart (the same department, year and kind published again) and which is the latest; `current` are the
latest documents that could be read. Questions join `current`, so that a corrected publication replaces the old one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb

from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.lake import Lake, LakeError
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS

_READING = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE")
_DOCUMENTS = """
SELECT * EXCLUDE (version),
  row_number() OVER again AS version,
  row_number() OVER (PARTITION BY status, region, name, kind, fiscal_year ORDER BY run DESC, source DESC, doc DESC) = 1 AS latest
FROM {source}
WINDOW again AS (PARTITION BY status, region, name, kind, fiscal_year ORDER BY run, source, doc)
"""


def connect(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A database over the lake; nothing outside the lake can be read through it, and nothing written.

    Raises LakeError if there is no lake.
    """
    if not lake.exists:
        raise LakeError(f"“{lake.storage.uri}”里没有数据湖，请先用 mingzhang corpus add 建立")
    database = duckdb.connect()
    if not lake.storage.local:
        database.register_filesystem(lake.storage.for_duckdb("lake"))
    for table in SCHEMAS:
        _view(database, table, lake.files(table), lake.storage.local)
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
    parsed = duckdb.connect().execute("SELECT json_serialize_sql($query)", {"query": query}).fetchone()
    return parsed is not None and _reads(json.loads(parsed[0]))


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


def _view(database: duckdb.DuckDBPyConnection, table: str, files: Sequence[str], local: bool) -> None:
    if files:
        names = ", ".join(f"'{_quoted(file if local else f'lake://{file}')}'" for file in files)
        source = f"read_parquet([{names}], hive_partitioning = false)"
    else:
        columns = ", ".join(f'NULL::{_sql(str(field.type))} AS "{field.name}"' for field in SCHEMAS[table])
        source = f"(SELECT {columns} LIMIT 0)"
    if table == DOCUMENTS:
        # Every question joins the documents: they are few, and told apart by version once.
        database.execute(f"CREATE SCHEMA held; CREATE TABLE held.{table} AS {_DOCUMENTS.format(source=source)}")
        source = f"held.{table}"
    database.execute(f"CREATE VIEW {table} AS SELECT * FROM {source}")
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
