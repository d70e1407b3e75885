"""The rows of a lake as a site shows them: the latest version of each document, private data masked, a region's year at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mingzhang.corpus import Lake
from mingzhang.corpus.masking import PRIVACY, Masker, long_numbers, secrets
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, SCHEMAS

Tables = dict[str, pa.Table]
_BATCH = 32_768


class Rows:
    """Reads masked rows; `masked` tells in how many cells private data were masked so far."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._masker = Masker(long_numbers(secrets(self._batches(lake.files(FINDINGS)))))

    @property
    def masked(self) -> int:
        """In how many cells private data were masked."""
        return self._masker.count

    def tables(self, region: str, year: int, wanted: Sequence[str]) -> Iterator[tuple[str, Tables]]:
        """Each wanted document of a region's year with its rows of all tables, in the order asked for.

        Findings on private data are left out: where they stand is where the private data stand.
        """
        self._masker.begin(secrets(self._batches(self._lake.partition(FINDINGS, region, year))))
        held = {table: self._by_document(table, region, year, wanted) for table in SCHEMAS if table != DOCUMENTS}
        for doc in wanted:
            yield doc, {table: rows.get(doc, SCHEMAS[table].empty_table()) for table, rows in held.items()}

    def _by_document(self, table: str, region: str, year: int, wanted: Sequence[str]) -> dict[str, pa.Table]:
        chosen = pa.array(wanted, pa.string())
        parts: dict[str, list[pa.RecordBatch]] = {}
        for batch in self._batches(self._lake.partition(table, region, year)):
            rows = batch.filter(pc.is_in(batch["doc"], value_set=chosen))
            if table == FINDINGS:
                rows = rows.filter(pc.not_equal(rows["category"], PRIVACY))
            if rows.num_rows:
                rows = self._masker.masked(rows)
                for doc, first, count in _runs(rows["doc"]):
                    parts.setdefault(doc, []).append(rows.slice(first, count))
        return {doc: pa.Table.from_batches(batches).sort_by("part") for doc, batches in parts.items()}

    def _batches(self, files: Sequence[str]) -> Iterator[pa.RecordBatch]:
        for path in files:
            with self._lake.storage.filesystem.open_input_file(path) as stream:
                yield from pq.ParquetFile(stream).iter_batches(batch_size=_BATCH)


def _runs(docs: pa.Array) -> Iterator[tuple[str, int, int]]:
    """The runs of one document in a column: the document, the first row, how many."""
    encoded = pc.run_end_encode(docs)
    first = 0
    for doc, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
        yield doc, first, end - first
        first = end
