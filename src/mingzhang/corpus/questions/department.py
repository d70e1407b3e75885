"""Everything that the lake has of one department in one year: what a page about it shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import Struct

from mingzhang.corpus.questions.asking import Kinds
from mingzhang.corpus.questions.identity import year_among, years_of
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS, TABLES
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from mingzhang.corpus.lake import Lake


class Department(Struct, frozen=True):
    """A department's year: the row of its document, the tables that it has, its years (year, name, doc, how), and all versions of the year."""

    document: dict[str, object]
    tables: dict[str, pa.Table]
    years: tuple[dict[str, object], ...]
    versions: tuple[dict[str, object], ...]


def department(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    name: str,
    *,
    region: str = "",
    year: int | None = None,
    kind: Kinds = "budget",
    version: int | None = None,
    only: Collection[str] = TABLES,
) -> Department:
    """The rows of a department's document of a year (the latest if none is given), table by table in the document's order.

    `version` chooses one that was published before, `only` the tables. Only the files of its region and year are read.
    Raises InputError if no department or several have the name, or it has no document of the year, or no such version.
    """
    years = years_of(database, name, region, kind)
    wanted = year_among(years, name, year)
    cursor = database.cursor()
    versions = _versions(cursor, wanted.doc)
    row = next((one for one in versions if one["doc"] == wanted.doc), {})
    if version is not None:
        row = next((one for one in versions if one["version"] == version), {})
        if not row:
            raise InputError([Problem(f"“{name}”{wanted.year}年的公开只有 {len(versions)} 版，没有第 {version} 版")])
    tables = {
        table: document_rows(cursor, lake, table, str(row["region"]), wanted.year, str(row["doc"]))
        for table in SCHEMAS
        if table != DOCUMENTS and table in only
    }
    return Department(row, tables, tuple(one.told for one in years), versions)


def _versions(cursor: duckdb.DuckDBPyConnection, doc: str) -> tuple[dict[str, object], ...]:
    """The documents of the same department, year and kind, the first one first."""
    query = """
    SELECT other.* FROM documents other JOIN (SELECT * FROM documents WHERE doc = $doc) own
    USING (status, region, name, kind, fiscal_year) ORDER BY other.version
    """
    return tuple(cursor.sql(query, params={"doc": doc}).to_arrow_table().to_pylist())


def document_rows(
    cursor: duckdb.DuckDBPyConnection, lake: Lake, table: str, region: str, year: int, doc: str
) -> pa.Table:
    """A document's rows of a table in its own order, from the files of its region and year."""
    files = lake.partition(table, region, year)
    if not files:
        return SCHEMAS[table].empty_table()
    prefix = "" if lake.storage.local else "lake://"
    names = [f"{prefix}{file}" for file in files]
    query = "SELECT * FROM read_parquet($files, hive_partitioning = false) WHERE doc = $doc ORDER BY part"
    return cursor.sql(query, params={"files": names, "doc": doc}).to_arrow_table()
