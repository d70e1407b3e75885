"""What the rule book found over the lake: by department, rule or category, and the messages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from mingzhang.check.findings import SEVERITIES
from mingzhang.check.reports.words import CATEGORY, SEVERITY
from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, chosen, rows, settle
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Each = Literal["department", "rule", "category", "message"]
EACH: tuple[Each, ...] = get_args(Each)
MOST = 1000
_CATEGORIES = {str(key): word for key, word in CATEGORY.items()}
_SEVERITIES = {str(key): word for key, word in SEVERITY.items()}
_COUNTS = tuple(Column(f"{severity}s", SEVERITY[severity], "count") for severity in SEVERITIES)


def findings(
    database: duckdb.DuckDBPyConnection,
    names: Sequence[str] = (),
    *,
    region: str = "",
    year: int | None = None,
    kind: Kinds = "budget",
    by: Each = "department",
    rule: str = "",
    category: str = "",
    severity: str = "",
    most: int = MOST,
) -> Answer:
    """Findings, worst first: counted by department, rule or category, or each `message` with its place.

    `rule` (its number), `category` (the word or its key) and `severity` narrow them down. At most `most` messages.
    Raises InputError for a word that is none of these, or if the lake has no such department or year.
    """
    if by not in EACH:
        raise InputError([Problem(f"不能按“{by}”列出，请填：{'、'.join(EACH)}")])
    scope = settle(database, Scope(tuple(names), region, year, kind))
    bound = Bound()
    parts = [f"lower(rule) = {bound(rule.lower())}"] if rule else []
    if category:
        parts.append(f"category = {bound(_key(category, _CATEGORIES, '类别'))}")
    if severity:
        parts.append(f"severity = {bound(_key(severity, _SEVERITIES, '级别'))}")
    found = f"""
    WITH chosen AS MATERIALIZED ({chosen(scope, bound)}),
    found AS (
      SELECT findings.* EXCLUDE (region, fiscal_year), chosen.region, chosen.fiscal_year, chosen.name, chosen.source
      FROM findings JOIN chosen USING (doc) {"WHERE " + " AND ".join(parts) if parts else ""}
    )"""
    title = f"{scope.region}{scope.year}年检查发现的问题"
    if by == "message":
        return _messages(database, found, title, most, bound)
    return _counted(database, found, title, by, bound)


def _key(word: str, words: dict[str, str], what: str) -> str:
    """A key by itself or by its Chinese word."""
    for key, said in words.items():
        if word in (key, said):
            return key
    raise InputError([Problem(f"没有“{word}”这个{what}，请填：{'、'.join(words.values())}")])


def _counted(database: duckdb.DuckDBPyConnection, found: str, title: str, by: Each, bound: Bound) -> Answer:
    counts = ", ".join(f"count(*) FILTER (severity = '{one}')::INTEGER AS {one}s" for one in SEVERITIES)
    worst = ", ".join(f"{one}s DESC" for one in SEVERITIES)
    if by == "department":
        heads = [Column("region", "地区"), Column("name", "部门（单位）")]
        more = [Column("source", "来源文件"), Column("doc", "文件标识", shown=False)]
        query = f"""{found}
        SELECT region, name, source, doc, {counts} FROM chosen LEFT JOIN (SELECT doc, severity FROM found) USING (doc)
        GROUP BY region, name, source, doc ORDER BY {worst}, name, doc"""
    else:
        heads = [Column("rule", "规则"), Column("title", "规则名称")] if by == "rule" else []
        heads.append(Column("category", "类别"))
        keys, more = ", ".join(head.key for head in heads), [Column("documents", "涉及公开数", "count")]
        query = f"""{found}
        SELECT {keys}, {counts}, count(DISTINCT doc)::INTEGER AS documents FROM found GROUP BY {keys} ORDER BY {worst}, {keys}"""
    label = {"department": "name", "rule": "title"}.get(by, "category")
    table = _worded(rows(database, query, bound))
    return answer(title, (*heads, *_COUNTS, *more), table, (), Chart("bar", label, "errors", "个错误"))


def _messages(database: duckdb.DuckDBPyConnection, found: str, title: str, most: int, bound: Bound) -> Answer:
    ranks = " ".join(f"WHEN '{severity}' THEN {place}" for place, severity in enumerate(SEVERITIES))
    query = f"""{found}
    SELECT region, name, severity, category, rule, title, message, difference, source, doc, count(*) OVER () AS count,
      coalesce("where"->'$[0]'->>'label', '') AS place, coalesce("where"->'$[0]'->>'file', '') AS file,
      TRY_CAST("where"->'$[0]'->>'line' AS INTEGER) AS line, TRY_CAST("where"->'$[0]'->>'page' AS INTEGER) AS page
    FROM found ORDER BY CASE severity {ranks} END, abs(coalesce(difference, 0)) DESC, name, rule, doc, part LIMIT {bound(most)}"""
    table = rows(database, query, bound)
    count = table["count"][0].as_py() if table.num_rows else 0
    heads = (
        Column("region", "地区"),
        Column("name", "部门（单位）"),
        Column("severity", "级别"),
        Column("category", "类别"),
        Column("rule", "规则"),
        Column("message", "问题"),
        Column("difference", "差额", "amount"),
        Column("place", "位置"),
        Column("file", "文件"),
        *PLACE,
    )
    return answer(title, heads, _worded(table), (f"共 {count} 个，只列出前 {most} 个",) if count > most else ())


def _worded(table: pa.Table) -> pa.Table:
    """Categories and severities in Chinese."""
    import pyarrow as pa

    for name, words in (("category", _CATEGORIES), ("severity", _SEVERITIES)):
        if name in table.column_names:
            said = pa.array([words.get(key, key) for key in table[name].to_pylist()], pa.string())
            table = table.set_column(table.schema.get_field_index(name), name, said)
    return table
