"""A document's rows as one file, so that it is in the lake whole or not at all: a zip of Arrow tables, quick to write."""

from __future__ import annotations

import io
from collections.abc import Container
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import pyarrow as pa

from mingzhang.corpus.records import Tables
from mingzhang.corpus.schema import SCHEMAS

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")
_READING = pa.ipc.IpcReadOptions(use_threads=False)
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(tables: Tables) -> bytes:
    """The tables as a bundle; empty ones are left out."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name, table in tables.items():
            if table.num_rows:
                sink = io.BytesIO()
                with pa.ipc.new_file(sink, table.schema, options=_OPTIONS) as writer:
                    writer.write_table(table)
                archive.writestr(ZipInfo(name, _NO_TIME), sink.getvalue())
    return buffer.getvalue()


def unpack(data: bytes, wanted: Container[str] = SCHEMAS) -> Tables:
    """The tables of a bundle, those that are wanted and have rows."""
    with ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name in wanted]
        return {name: pa.ipc.open_file(archive.read(name), options=_READING).read_all() for name in names}
