"""Headings and paragraphs that hold a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Scope, narrowed, rows
from mingzhang.corpus.results import PLACE, Answer, Column, answer

if TYPE_CHECKING:
    import duckdb

MOST = 50
_AROUND = 60  # characters on each side of what was found
_COLUMNS = (
    Column("fiscal_year", "年度", "plain"),
    Column("region", "地区"),
    Column("name", "部门（单位）"),
    Column("section", "所在部分"),
    Column("passage", "文字"),
    *PLACE,
)


def texts(
    database: duckdb.DuckDBPyConnection, text: str, *, region: str = "", year: int | None = None, most: int = MOST
) -> Answer:
    """Where a text stands among the headings and paragraphs, the latest years first, each with what stands around it."""
    bound = Bound()
    where = narrowed(Scope(region=region, year=year), bound)
    wanted = bound(text)
    query = f"""
    WITH found AS (
      SELECT doc, part, section, line, page, text, instr(text, {wanted}) AS place FROM texts
      WHERE {where} AND contains(text, {wanted})
    )
    SELECT fiscal_year, region, name, section, source, line, page, doc, count(*) OVER () AS count,
      CASE WHEN place > {_AROUND + 1} THEN '…' ELSE '' END
        || substring(text, greatest(1, place - {_AROUND})::BIGINT, {2 * _AROUND} + length({wanted}))
        || CASE WHEN place + {_AROUND} + length({wanted}) <= length(text) THEN '…' ELSE '' END AS passage
    FROM found JOIN (SELECT doc, fiscal_year, region, name, source FROM current) USING (doc)
    ORDER BY fiscal_year DESC, region, name, doc, part LIMIT {bound(most)}
    """
    table = rows(database, query, bound)
    count = table["count"][0].as_py() if table.num_rows else 0
    notes = (f"共 {count} 处，只列出前 {most} 处",) if count > most else ()
    return answer(f"文字里的“{text}”", _COLUMNS, table, notes)
