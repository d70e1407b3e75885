"""Search in the explanations of a lake's documents: the paragraphs with a text, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, condition, narrowed, rows, settle
from mingzhang.corpus.results import PLACE, Answer, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb

MOST = 500
_LEAST = 2


def passages(
    database: duckdb.DuckDBPyConnection,
    text: str,
    *,
    names: Sequence[str] = (),
    region: str = "",
    year: int | None = None,
    kind: Kinds = "budget",
) -> Answer:
    """Paragraphs that hold a text, of all years or one, the latest first; at most `MOST`.

    Raises InputError if the text has less than two characters, or the lake has no such department or year.
    """
    wanted = text.strip()
    if len(wanted) < _LEAST:
        raise InputError([Problem(f"请写出要查找的文字，至少{_LEAST}个字")])
    settled = settle(database, Scope(tuple(names), region, year, kind))
    scope = settled if year is not None else Scope(settled.names, region, None, kind)
    bound = Bound()
    query = f"""
    WITH chosen AS MATERIALIZED (
      SELECT doc, region, fiscal_year, name, source FROM current WHERE {condition(scope, bound)}
    ),
    found AS MATERIALIZED (
      SELECT doc, part, text, line, page FROM texts WHERE {narrowed(scope, bound)} AND style = 'paragraph' AND contains(text, {bound(wanted)})
    )
    SELECT chosen.*, text, line, page, count(*) OVER () AS count FROM found JOIN chosen USING (doc)
    ORDER BY fiscal_year DESC, region, name, doc, part LIMIT {bound(MOST)}
    """
    found = rows(database, query, bound)
    count = found["count"][0].as_py() if found.num_rows else 0
    heads = (
        Column("region", "地区"),
        Column("fiscal_year", "年度", "plain"),
        Column("name", "部门（单位）"),
        Column("text", "文字"),
        *PLACE,
    )
    notes = (f"共 {count} 处，只列出前 {MOST} 处",) if count > MOST else ()
    return answer(f"文字中含“{wanted}”的段落", heads, found, notes)
