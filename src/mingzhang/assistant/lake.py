"""What an assistant asks of a lake: the ready questions, texts, a department, SQL. Private data are masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.questions import Kinds, Strict, sql
from mingzhang.corpus.questions.asking import Bound, rows
from mingzhang.corpus.questions.identity import year_among, years_of
from mingzhang.corpus.results import Answer, Column, to_record
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.problems import InputError, Problem
from mingzhang.web.lake import HeldLake
from mingzhang.web.refused import Refused

if TYPE_CHECKING:
    import duckdb

_SECONDS = 20
Ask = Callable[["duckdb.DuckDBPyConnection"], Answer]


class AskedLake:
    """A lake that is asked."""

    def __init__(self, uri: str) -> None:
        """Raises InputError if there is no lake."""
        self._held = HeldLake(uri)

    def _database(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._held.now().masked.cursor()
        except Refused as refused:
            raise InputError([Problem(refused.message)]) from refused

    def ask(self, ask: Ask, most: int) -> dict[str, Any]:
        """The answer to a question, at most so many rows of it. Raises InputError as the question does."""
        answer = ask(self._database())
        record = to_record(answer)
        if len(record["rows"]) > most:
            record["notes"].append(f"共 {len(record['rows'])} 行，只给出前 {most} 行；请缩小范围，或用 query_lake 汇总")
            record["rows"] = record["rows"][:most]
        return record

    def query(self, query: str, most: int) -> dict[str, Any]:
        """What a query in SQL gives. Raises InputError if it is wrong or goes too far."""
        return to_record(sql(self._database(), query, Strict(most, _SECONDS)))

    def department(
        self, name: str, region: str, year: int | None, kind: Kinds, table: str, most: int
    ) -> dict[str, Any]:
        """A department's document of a year, its other years, and the rows of a table of it if one is named."""
        database = self._database()
        years = years_of(database, name, region, kind)
        wanted = year_among(years, name, year)
        held = [name for name in SCHEMAS if name != DOCUMENTS]
        if table and table not in held:
            raise InputError([Problem(f"没有“{table}”这张表，请填：{'、'.join(held)}")])
        document = _records(database, DOCUMENTS, wanted.doc, "true")
        found: dict[str, Any] = {
            "document": document["rows"][0],
            "years": [one.told for one in years],
            "tables": {one: TABLES[one] for one in held},
        }
        if table:
            row = document["rows"][0]
            bound = Bound()
            near = f"region = {bound(row['region'])} AND fiscal_year = {bound(row['fiscal_year'])}"
            part = _records(database, table, wanted.doc, near, bound, most + 1)
            if len(part["rows"]) > most:
                part["rows"] = part["rows"][:most]
                part["notes"].append(f"只给出前 {most} 行，其余用 query_lake 取")
            found["table"] = part
        return found


def _records(
    database: duckdb.DuckDBPyConnection, table: str, doc: str, near: str, bound: Bound | None = None, most: int = 1
) -> dict[str, Any]:
    bound = bound or Bound()
    found = rows(database, f'SELECT * FROM "{table}" WHERE {near} AND doc = {bound(doc)} LIMIT {bound(most)}', bound)
    return to_record(Answer(TABLES[table], tuple(Column(key, COLUMNS[key]) for key in found.column_names), found))
