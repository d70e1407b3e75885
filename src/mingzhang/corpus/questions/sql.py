"""Questions in SQL: one statement that reads."""

from __future__ import annotations

from threading import Timer
from typing import TYPE_CHECKING

from msgspec import Struct

from mingzhang.corpus.dictionary import COLUMNS
from mingzhang.corpus.queries import reads_only, stays_within
from mingzhang.corpus.results import Answer, Column, Kind
from mingzhang.corpus.schema import SCHEMAS
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Strict(Struct, frozen=True):
    """How far the queries of others may go: `rows` and `size` (bytes) that they get, `seconds` that they take.

    They are asked of the lake's views alone.
    """

    rows: int
    seconds: float
    size: int = 20_000_000


def sql(database: duckdb.DuckDBPyConnection, query: str, strict: Strict | None = None) -> Answer:
    """The result of a query over the lake's views; columns that are the lake's get their Chinese headings.

    `strict` is for the queries of others; a result that is cut short says so in its notes. Raises InputError for what is wrong
    with the query, goes too far, or is none: COPY, for one, would write into the lake.
    """
    import duckdb

    try:
        if not reads_only(query):
            raise InputError([Problem("只能用一条查询语句（SELECT、FROM、DESCRIBE、SHOW），不能修改数据")])
        if strict is None:
            return _told(database.cursor().sql(query).to_arrow_table())
        if not stays_within(query):
            raise InputError(
                [Problem(f"只能查询数据湖的视图（{'、'.join((*SCHEMAS, 'current'))}），不能查询文件、设置和其他表")]
            )
        return _bounded(database.cursor(), query, strict)
    except duckdb.InterruptException as error:
        assert strict is not None
        raise InputError(
            [Problem(f"查询超过 {strict.seconds:g} 秒没有完成，已停止，请缩小范围（如加地区、年度的条件）")]
        ) from error
    except duckdb.Error as error:
        raise InputError([Problem(f"查询语句有误（DuckDB：{' '.join(str(error).split())}）")]) from error


def _bounded(cursor: duckdb.DuckDBPyConnection, query: str, strict: Strict) -> Answer:
    timer = Timer(strict.seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        found = cursor.sql(query).limit(strict.rows + 1).to_arrow_table()
    finally:
        timer.cancel()
    if found.nbytes > strict.size:
        raise InputError([Problem(f"结果超过 {strict.size // 1_000_000} MB，请少取几栏或几行")])
    if found.num_rows <= strict.rows:
        return _told(found)
    return _told(found.slice(0, strict.rows), (f"结果超过 {strict.rows} 行，只给出前 {strict.rows} 行",))


def _told(table: pa.Table, notes: tuple[str, ...] = ()) -> Answer:
    table = _unique(table)
    columns = tuple(
        Column(field.name, COLUMNS.get(field.name, field.name), _kind(field.type)) for field in table.schema
    )
    return Answer("查询结果", columns, table, notes)


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
