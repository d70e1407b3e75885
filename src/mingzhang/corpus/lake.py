"""The lake: Parquet by region and fiscal year, one manifest that says which files count.

    lake.json                                         the manifest, replaced whole
    staged/<doc>                                      documents of a run that is not committed yet
    tables/<table>/region=<r>/fiscal_year=<y>/run-<n>.parquet

A run stages each document as one file, then commits: it writes the run's Parquet files, and last the manifest. Whatever
happens before that leaves the lake as it was, and the staged documents are taken up by the next run.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from mingzhang.corpus.bundle import pack, unpack
from mingzhang.corpus.records import Tables
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.corpus.storage import Storage

MANIFEST, STAGED = "lake.json", "staged"
FORMAT = 1
# Rows are collected to about so many before a row group is written: bounded memory, and groups that queries can skip.
_GROUP = 60_000

Partition = tuple[str, int]


class LakeError(Exception):
    """A lake that cannot be used; the message says in Chinese why."""


class Lake:
    """A lake at a local path or a URI of object storage. It comes into being with its first commit."""

    def __init__(self, uri: str) -> None:
        """Raises LakeError if what is there is no lake of this format."""
        self.storage = Storage(uri)
        self._manifest: dict[str, Any] = self.storage.json(MANIFEST) or {"format": FORMAT, "run": 0, "files": {}}
        if self._manifest.get("format") != FORMAT:
            raise LakeError(f"“{uri}”是另一种格式的数据湖，请用建它的版本打开")

    @property
    def exists(self) -> bool:
        """Whether anything was ever committed."""
        return bool(self._manifest["run"])

    @property
    def run(self) -> int:
        """The number of the last committed run."""
        return int(self._manifest["run"])

    def files(self, table: str) -> list[str]:
        """The paths of a table's files, in order."""
        return [self.storage.path(name) for name in self._manifest["files"].get(table, [])]

    def partition(self, table: str, region: str, year: int) -> list[str]:
        """The paths of a table's files of one region and year, in order."""
        folder = _folder(table, region, year)
        names = self._manifest["files"].get(table, [])
        return [self.storage.path(name) for name in names if name.startswith(folder)]

    def known(self) -> set[str]:
        """The documents that are committed."""
        found: set[str] = set()
        for file in self.files(DOCUMENTS):
            found.update(pq.read_table(file, columns=["doc"], filesystem=self.storage.filesystem)["doc"].to_pylist())
        return found

    def staged(self) -> set[str]:
        """The documents that a run which did not finish has staged."""
        return set(self.storage.names(STAGED))

    def stage(self, doc: str, tables: Tables) -> None:
        """Stage a document: from now on it will be in the next commit, even if the program ends here."""
        self.storage.write(f"{STAGED}/{doc}", pack(tables))

    def commit(self) -> int:
        """Make everything that is staged part of the lake; give the number of documents."""
        known = self.known()
        staged = self.staged()
        fresh = sorted(staged - known)
        if fresh:
            run = self.run + 1
            files = {table: list(names) for table, names in self._manifest["files"].items()}
            for partition, docs in sorted(self._by_partition(fresh).items()):
                for table, name in self._write(partition, docs, run):
                    files.setdefault(table, []).append(name)
            manifest = {"format": FORMAT, "run": run, "files": {table: sorted(files[table]) for table in sorted(files)}}
            self._replace(manifest)
        for doc in staged:
            self.storage.delete(f"{STAGED}/{doc}")
        return len(fresh)

    def _replace(self, manifest: dict[str, Any]) -> None:
        import json

        self.storage.write(MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
        self._manifest = manifest

    def _by_partition(self, docs: list[str]) -> dict[Partition, list[str]]:
        """Documents by region and year; in each by name, so that a department's rows lie together."""
        found: dict[Partition, list[tuple[str, str]]] = defaultdict(list)
        for doc in docs:
            row = self._unpack(doc)[DOCUMENTS].slice(0, 1).to_pylist()[0]
            found[row["region"], row["fiscal_year"]].append((row["name"], doc))
        return {partition: [doc for _, doc in sorted(named)] for partition, named in found.items()}

    def _unpack(self, doc: str) -> Tables:
        data = self.storage.read(f"{STAGED}/{doc}")
        assert data is not None
        return unpack(data)

    def _write(self, partition: Partition, docs: list[str], run: int) -> Iterator[tuple[str, str]]:
        """Write a partition's files; give table and name of each."""
        writers = {table: _Writer(schema) for table, schema in SCHEMAS.items()}
        for doc in docs:
            for table, rows in self._unpack(doc).items():
                writers[table].add(_of_run(rows, run) if table == DOCUMENTS else rows)
        region, year = partition
        for table, writer in writers.items():
            data = writer.close()
            if data:
                name = f"{_folder(table, region, year)}run-{run:05}.parquet"
                self.storage.write(name, data)
                yield table, name


def _folder(table: str, region: str, year: int) -> str:
    return f"tables/{table}/region={quote(region, safe='')}/fiscal_year={year}/"


def _of_run(rows: pa.Table, run: int) -> pa.Table:
    place = rows.schema.get_field_index("run")
    return rows.set_column(place, rows.schema.field(place), pa.array([run] * rows.num_rows, pa.int32()))


class _Writer:
    """A Parquet file in the making, row group by row group."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._sink = io.BytesIO()
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def add(self, rows: pa.Table) -> None:
        """Add rows."""
        self._waiting.append(rows)
        self._rows += rows.num_rows
        if self._rows >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd", compression_level=9)
        self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting, self._rows = [], 0

    def close(self) -> bytes:
        """The file; nothing if there was no row."""
        if self._waiting:
            self._flush()
        if self._writer is None:
            return b""
        self._writer.close()
        return self._sink.getvalue()
