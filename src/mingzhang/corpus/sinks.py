"""Where the rows of an export go, batch by batch: CSV files, a DuckDB database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import CSVWriter

from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.schema import DOCUMENTS
from mingzhang.datapackage import inert

_MEMORY = "1GB"
_LIVE = r"^[=+\-@\t\r]"  # what a formula may begin with
_KINDS = {"string": "VARCHAR", "int32": "INTEGER", "float": "FLOAT", "bool": "BOOLEAN"}


class Sink(Protocol):
    """Takes the rows of all tables; `names` are the files that are there once it is closed."""

    names: list[str]

    def write(self, table: str, rows: pa.RecordBatch) -> None:
        """Add rows to a table."""

    def close(self) -> None:
        """Finish."""


class CsvFiles:
    """A CSV file for each table: UTF-8, texts in quotes, blank where there is nothing, decimals exact.

    `for_people` who open them in a spreadsheet no cell is a live formula.
    """

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema], for_people: bool = False) -> None:
        self._for_people = for_people
        self.names = [_file(table) for table in schemas]
        self._writers = {table: CSVWriter(str(folder / _file(table)), schema) for table, schema in schemas.items()}

    def write(self, table: str, rows: pa.RecordBatch) -> None:
        """Add rows to a table."""
        columns = [_text(column, self._for_people) for column in rows.columns]
        self._writers[table].write(pa.RecordBatch.from_arrays(columns, schema=rows.schema))

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()

    @staticmethod
    def told(folder: Path, table: str) -> dict[str, Any]:
        """What a descriptor tells of a table's file: its path, size and hash."""
        file = folder / _file(table)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"path": file.name, "bytes": file.stat().st_size, "hash": f"sha256:{digest}"}


def _file(table: str) -> str:
    return f"{table}.csv"


def _text(column: pa.Array, for_people: bool) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    if for_people and pc.any(pc.match_substring_regex(column, _LIVE)).as_py():
        column = pa.array([inert(value) for value in column.to_pylist()], column.type)
    return pc.if_else(pc.equal(column, ""), None, column)


class Database:
    """A DuckDB file with the tables, their Chinese comments, and the view `current` of the latest documents."""

    def __init__(self, file: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self.names = [file.name]
        self._database = duckdb.connect(str(file), config={"memory_limit": _MEMORY})
        for table, schema in schemas.items():
            columns = ", ".join(f'"{field.name}" {_kind(field.type)}' for field in schema)
            self._database.execute(f"CREATE TABLE {table} ({columns})")
            self._comment(table, schema)
        self._database.execute(f"CREATE VIEW current AS SELECT * FROM {DOCUMENTS} WHERE latest AND status = 'read'")
        self._database.execute("COMMENT ON VIEW current IS '最新版本的公开文件'")

    def _comment(self, table: str, schema: pa.Schema) -> None:
        self._database.execute(f"COMMENT ON TABLE {table} IS '{TABLES[table]}'")
        for name in schema.names:
            self._database.execute(f"COMMENT ON COLUMN {table}.\"{name}\" IS '{COLUMNS[name]}'")

    def write(self, table: str, rows: pa.RecordBatch) -> None:
        """Add rows to a table."""
        self._database.register("batch", pa.Table.from_batches([rows]))
        self._database.execute(f"INSERT INTO {table} SELECT * FROM batch")
        self._database.unregister("batch")

    def close(self) -> None:
        """Finish the file."""
        self._database.close()


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return _KINDS[str(kind)]
