"""The rows of many documents as one Parquet file a table, written group by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mingzhang.corpus.records import Tables
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.corpus.storage import Storage

# Rows are collected to about so many, or so many bytes, before a row group is written: bounded memory, and groups that a question
# about one document can skip without unpacking the long texts of others.
GROUP, GROUP_BYTES = 60_000, 10_000_000
_LEVEL = 9


def written(
    storage: Storage, bundles: Iterable[Tables], place: Callable[[str], str], run: int
) -> Iterator[tuple[str, str]]:
    """Write the tables of some bundles, each to the file that `place` gives it; give table and file of those with rows."""
    with ExitStack() as files:
        writers = {table: _Writer(schema, storage, place(table), files) for table, schema in SCHEMAS.items()}
        for bundle in bundles:
            for table, rows in bundle.items():
                writers[table].add(_of_run(rows, run) if table == DOCUMENTS else rows)
        used = [(table, writer.name) for table, writer in writers.items() if writer.close()]
    yield from used


def _of_run(rows: pa.Table, run: int) -> pa.Table:
    place = rows.schema.get_field_index("run")
    return rows.set_column(place, rows.schema.field(place), pa.array([run] * rows.num_rows, pa.int32()))


class _Writer:
    """A Parquet file in the making."""

    def __init__(self, schema: pa.Schema, storage: Storage, name: str, files: ExitStack) -> None:
        self.name = name
        self._schema, self._storage, self._files = schema, storage, files
        self._writer: Any = None
        self._waiting: list[pa.Table] = []
        self._rows = self._bytes = 0

    def add(self, rows: pa.Table) -> None:
        """Add rows."""
        self._waiting.append(rows)
        self._rows += rows.num_rows
        self._bytes += rows.nbytes
        if self._rows >= GROUP or self._bytes >= GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            stream = self._files.enter_context(self._storage.create(self.name))
            self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd", compression_level=_LEVEL)
        self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting, self._rows, self._bytes = [], 0, 0

    def close(self) -> bool:
        """Finish the file; whether there is one."""
        if self._waiting:
            self._flush()
        if self._writer is not None:
            self._writer.close()
        return self._writer is not None
