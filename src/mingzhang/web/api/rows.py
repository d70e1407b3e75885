"""Tables of a document as replies: whole as a file, page by page as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace
from starlette.responses import Response

from mingzhang.check import Checked
from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.records import tables_of
from mingzhang.corpus.results import Answer, Column
from mingzhang.web.api.replies import Form, cursor_of, table, told_by

if TYPE_CHECKING:
    import pyarrow as pa

TableName = Literal["facts", "narrative", "projects", "indicators", "overall", "texts", "catalogue"]


def report_table(checked: Checked, book: str, name: str) -> Answer:
    """A table of a document that was checked, with the columns of a lake's but those that tell documents apart."""
    return table_answer(tables_of("", "", checked, book)[name].drop_columns(["region", "doc"]), name)


def table_answer(rows: pa.Table, name: str) -> Answer:
    """A table with the Chinese headings of its columns."""
    columns = tuple(
        Column(key, COLUMNS.get(key, key), _kind(str(rows.schema.field(key).type))) for key in rows.column_names
    )
    return Answer(TABLES[name], columns, rows)


def paged(given: Answer, form: Form, limit: int, cursor: str) -> Response:
    """Rows from a cursor on as JSON, or all of them as a file."""
    if form != "json":
        return table(given, form)
    start = told_by(cursor, (int,))[0] if cursor else 0
    start = max(0, min(start, given.rows.num_rows))
    end = start + limit
    following = cursor_of(end) if end < given.rows.num_rows else None
    return table(replace(given, rows=given.rows.slice(start, limit)), form, next=following)


def _kind(kind: str) -> Literal["plain", "score", "text"]:
    return "score" if kind.startswith("decimal") else "plain" if kind.startswith(("int", "float")) else "text"
