"""A document's rows as one file, so that it is in the lake whole or not at all: a zip of Parquet files, always the same bytes."""

from __future__ import annotations

import io
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import pyarrow as pa
import pyarrow.parquet as pq

from mingzhang.corpus.records import Tables
from mingzhang.corpus.schema import SCHEMAS

_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(tables: Tables) -> bytes:
    """The tables as a bundle; empty ones are left out."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name in SCHEMAS:
            if tables[name].num_rows:
                sink = io.BytesIO()
                pq.write_table(tables[name], sink, compression="zstd", write_statistics=False)
                archive.writestr(ZipInfo(name, _NO_TIME), sink.getvalue())
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, pa.Table]:
    """The tables of a bundle, those with rows."""
    with ZipFile(io.BytesIO(data)) as archive:
        return {name: pq.read_table(io.BytesIO(archive.read(name)), schema=SCHEMAS[name]) for name in archive.namelist()}
