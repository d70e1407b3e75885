"""Questions in SQL: one statement that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mingzhang.corpus.dictionary import COLUMNS
from mingzhang.corpus.queries import reads_only
from mingzhang.corpus.results import Answer, Column, Kind
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def sql(database: duckdb.DuckDBPyConnection, query: str) -> Answer:
    """The result of a query over the lake's views; columns that are the lake's get their Chinese headings.

    Raises InputError for what is wrong with the query, or is none: COPY, for one, would write into the lake.
    """
    import duckdb

    try:
        if not reads_only(query):
            raise InputError([Problem("只能用一条查询语句（SELECT、FROM、DESCRIBE、SHOW），不能修改数据")])
        table = database.cursor().sql(query).to_arrow_table()
    except duckdb.Error as error:
        raise InputError([Problem(f"查询语句有误（DuckDB：{' '.join(str(error).split())}）")]) from error
    table = _unique(table)
    columns = tuple(
        Column(field.name, COLUMNS.get(field.name, field.name), _kind(field.type)) for field in table.schema
    )
    return Answer("查询结果", columns, table)


def _unique(table: pa.Table) -> pa.Table:
    """The table with a number behind a column's name that stands twice."""
    names: list[str] = []
    for name in table.column_names:
        times = sum(one == name or one.startswith(f"{name}:") for one in names)
        names.append(f"{name}:{times}" if times else name)
    return table.rename_columns(names)


def _kind(kind: pa.DataType) -> Kind:
    """How a value of a type is printed; a year is not told from other whole numbers, so none gets separators."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return "score"
    return "plain" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else "text"
