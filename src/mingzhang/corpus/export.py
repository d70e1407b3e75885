"""A lake as open data: a CSV file for each table with a Frictionless descriptor, a DuckDB file, a data dictionary.

Rows are read partition by partition in batches, masked and written on, so that memory stays bounded whatever the lake's
size; they come in the lake's order, so that one lake gives the same CSV bytes whenever it is exported.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from mingzhang.corpus.describing import descriptor, dictionary_csv, dictionary_page, schema_of
from mingzhang.corpus.lake import Lake
from mingzhang.corpus.masking import Masker, long_numbers, secrets
from mingzhang.corpus.queries import connect
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, SCHEMAS
from mingzhang.corpus.sinks import CsvFiles, Database, Sink
from mingzhang.problems import InputError, Problem
from mingzhang.staging import write_whole

CSV, DUCKDB = "csv", "duckdb"
EXPORTS = (CSV, DUCKDB)
DATABASE = "lake.duckdb"
DICTIONARY = "数据字典"
_BATCH = 32_768

# The version of a document, and whether it is the latest, depend on what else is in the lake.
OUT: dict[str, pa.Schema] = {**SCHEMAS, DOCUMENTS: SCHEMAS[DOCUMENTS].append(pa.field("latest", pa.bool_()))}
# What is published of a document without what the check says of it.
CHECKED = ("errors", "warnings", "infos", "book")
_PUBLISHED = {
    table: pa.schema([field for field in schema if table != DOCUMENTS or field.name not in CHECKED])
    for table, schema in OUT.items()
    if table != FINDINGS
}

Partition = tuple[str, int]
Versions = dict[str, tuple[int, bool]]


class Exported(Struct, frozen=True):
    """What an export wrote: files, rows by table, and in how many cells private data were masked."""

    files: tuple[Path, ...]
    rows: dict[str, int]
    masked: int


def export(
    lake: Lake,
    folder: Path,
    formats: Sequence[str] = EXPORTS,
    every_version: bool = False,
    progress: Callable[[str], None] = lambda text: None,
    findings: bool = True,
    for_people: bool = False,
) -> Exported:
    """Export a lake into a folder, whole or not at all: the latest version of each document that could be read, or all.

    Without `findings` nothing goes out that the rule book said of a document, neither the table nor the counts.
    `for_people` who open CSV files in a spreadsheet no cell is a live formula.
    Raises LakeError if there is no lake, InputError for an unknown format, or if the folder cannot be written.
    """
    for name in formats:
        if name not in EXPORTS:
            raise InputError([Problem(f"没有“{name}”这种格式，请填：{'、'.join(EXPORTS)}")])
    if lake.storage.local and Path(lake.storage.root).resolve() == folder.resolve():
        raise InputError([Problem("这是数据湖所在的文件夹，请换一个输出文件夹", str(folder))])
    run = _Run(lake, every_version, progress, OUT if findings else _PUBLISHED, for_people)
    files = write_whole(folder, lambda staging: run.fill(staging, list(dict.fromkeys(formats))))
    return Exported(tuple(files), run.rows, run.masker.count)


class _Run:
    """One export: what is kept, what is masked, and how many rows were written."""

    def __init__(
        self,
        lake: Lake,
        every_version: bool,
        progress: Callable[[str], None],
        out: dict[str, pa.Schema],
        for_people: bool,
    ) -> None:
        self.lake, self.progress, self.out, self.for_people = lake, progress, out, for_people
        self.kept, self.families = _kept(lake, every_version)
        self.files = _by_partition(lake)
        self.masker = Masker(long_numbers(secrets(self._batches(lake.files(FINDINGS)))))
        self.rows = dict.fromkeys(out, 0)

    def fill(self, folder: Path, formats: Sequence[str]) -> list[str]:
        """Write everything into a folder; give the names."""
        sinks: dict[str, Sink] = {}
        try:
            if CSV in formats:
                sinks[CSV] = CsvFiles(folder, self.out, self.for_people)
            if DUCKDB in formats:
                sinks[DUCKDB] = Database(folder / DATABASE, self.out)
            for partition, tables in sorted(self.files.items()):
                self._partition(partition, tables, list(sinks.values()))
        finally:
            for sink in sinks.values():
                sink.close()
        texts = {
            f"{DICTIONARY}.md": dictionary_page(self.out, self.families),
            f"{DICTIONARY}.csv": dictionary_csv(self.out),
        }
        names = [name for sink in sinks.values() for name in sink.names]
        if CSV in formats:
            texts["datapackage.json"] = self._descriptor(folder)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8", newline="")
        return [*names, *texts]

    def _partition(self, partition: Partition, tables: dict[str, list[str]], sinks: Sequence[Sink]) -> None:
        """Write the rows of a region and year, those of each table in the lake's order."""
        kept = self.kept.get(partition, {})
        if not kept:
            return
        self.progress(f"正在导出 {partition[0]} {partition[1] or ''}")
        self.masker.begin(secrets(self._batches(tables.get(FINDINGS, []))))
        wanted = pa.array(list(kept), pa.string())
        for table, schema in self.out.items():
            for batch in self._batches(tables.get(table, [])):
                rows = batch.filter(pc.is_in(batch["doc"], value_set=wanted))
                if table == DOCUMENTS:
                    rows = _with_versions(rows, kept).select(schema.names)
                if rows.num_rows:
                    rows = self.masker.masked(rows)
                    self.rows[table] += rows.num_rows
                    for sink in sinks:
                        sink.write(table, rows)

    def _batches(self, files: Iterable[str]) -> Iterator[pa.RecordBatch]:
        for path in files:
            with self.lake.storage.filesystem.open_input_file(path) as stream:
                yield from pq.ParquetFile(stream).iter_batches(batch_size=_BATCH)

    def _descriptor(self, folder: Path) -> str:
        resources = [
            {"name": table, **CsvFiles.told(folder, table), "schema": schema_of(table, schema)}
            for table, schema in self.out.items()
        ]
        content = descriptor(resources, (year for _, year in self.kept), self.families)
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _kept(lake: Lake, every_version: bool) -> tuple[dict[Partition, Versions], set[str]]:
    """The documents to export by region and year, each with its version; and the kinds of disclosure among them."""
    database = connect(lake)
    source = "documents" if every_version else "current"
    found: dict[Partition, Versions] = defaultdict(dict)
    used = set()
    asked = database.execute(f"SELECT region, fiscal_year, doc, version, latest, family FROM {source}")
    while rows := asked.fetchmany(10_000):
        for region, year, doc, version, latest, family in rows:
            found[region, year][doc] = (version, latest)
            used.add(family)
    database.close()
    return found, used


def _by_partition(lake: Lake) -> dict[Partition, dict[str, list[str]]]:
    """The lake's files by region and year, then by table, in the order of its runs."""
    found: dict[Partition, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table in SCHEMAS:
        for path in lake.files(table):
            region, year = (part.partition("=")[2] for part in path.split("/")[-3:-1])
            found[unquote(region), int(year)][table].append(path)
    return found


def _with_versions(rows: pa.RecordBatch, kept: Versions) -> pa.RecordBatch:
    docs: list[Any] = rows["doc"].to_pylist()
    place = rows.schema.get_field_index("version")
    versions = pa.array([kept[doc][0] for doc in docs], pa.int32())
    columns = [*rows.columns, pa.array([kept[doc][1] for doc in docs], pa.bool_())]
    columns[place] = versions
    return pa.RecordBatch.from_arrays(columns, schema=OUT[DOCUMENTS])
