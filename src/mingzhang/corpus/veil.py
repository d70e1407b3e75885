"""A lake's database in which private data are masked: every view gives its texts masked, so that no query sees what they hide.

Masked is what `masking.py` masks. It happens when a cell is read: a query that cuts, counts or compares a text has the masked text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mingzhang.corpus.masking import PRIVACY, Masker, long_numbers, secrets
from mingzhang.corpus.schema import SCHEMAS

if TYPE_CHECKING:
    import duckdb

# Keys, codes and words of the lake's own: questions look for them, and no person is in them.
_OPEN = (
    *(
        "region",
        "doc",
        "status",
        "family",
        "kind",
        "department_code",
        "region_name",
        "published",
        "approved",
        "reader",
        "book",
    ),
    *(
        "table",
        "side",
        "level",
        "row_code",
        "column",
        "key",
        "section",
        "attribute",
        "legible",
        "category",
        "horizon",
        "style",
    ),
    *("edition", "rule", "title", "severity", "basis", "also"),
)
_WHERE, _ANY_NUMBER = "where", "[0-9]{11}"


def private_strings(database: duckdb.DuckDBPyConnection, findings: str) -> list[tuple[str, str]]:
    """Document and private string of all that the rule book found; `findings` is where the database finds the rows of that table."""
    query = f'SELECT doc, category, "where" FROM {findings} WHERE category = $private'
    rows = database.cursor().sql(query, params={"private": PRIVACY}).to_arrow_table()
    return list(secrets(rows.to_batches()))


class Veil:
    """What is masked in a lake; `columns` says how a view gives a table's columns."""

    def __init__(self, database: duckdb.DuckDBPyConnection, findings: str) -> None:
        """`findings` is where the database finds the rows of that table."""
        found = private_strings(database, findings)
        numbers = long_numbers(found)
        self._docs = ", ".join(f"'{doc}'" for doc in sorted({doc for doc, _ in found}))
        self._numbers = bool(numbers)
        if found:
            _teach(database, found, numbers)

    def columns(self, table: str) -> str:
        """The list of columns for SELECT."""
        texts = [field.name for field in SCHEMAS[table] if field.type == pa.string() and field.name not in _OPEN]
        if not self._docs:
            return "*"
        return f"* REPLACE ({', '.join(map(self._covered, texts))})"

    def _covered(self, column: str) -> str:
        near = f"doc IN ({self._docs})"
        if self._numbers:
            near += f" OR regexp_matches(\"{column}\", '{_ANY_NUMBER}')"
        function = "mask_places" if column == _WHERE else "mask_text"
        return f'CASE WHEN {near} THEN {function}(doc, "{column}") ELSE "{column}" END AS "{column}"'


def _teach(database: duckdb.DuckDBPyConnection, found: list[tuple[str, str]], numbers: frozenset[str]) -> None:
    """Give the database the functions that mask."""
    masker = Masker(numbers)
    masker.begin(found)

    def covering(column: str) -> Callable[..., Any]:
        return lambda docs, texts: _masked(masker, docs, texts, column)

    batched: dict[str, Any] = {"type": "arrow", "null_handling": "special"}
    for name, column in (("mask_text", "text"), ("mask_places", _WHERE)):
        database.create_function(name, covering(column), ["VARCHAR", "VARCHAR"], "VARCHAR", **batched)


def _masked(masker: Masker, docs: pa.ChunkedArray, texts: pa.ChunkedArray, column: str) -> pa.ChunkedArray:
    batches = pa.table({"doc": docs, column: texts}).to_batches()
    return pa.chunked_array([masker.masked(batch)[column] for batch in batches], pa.string())
