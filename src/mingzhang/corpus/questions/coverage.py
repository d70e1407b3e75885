"""Who has published, when, how late and how completely; who has not; which files could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, chosen, condition, narrowed, ratio, rows, settle
from mingzhang.corpus.questions.measures import measures
from mingzhang.corpus.results import Answer, Chart, Column, answer
from mingzhang.families import families, load_family

if TYPE_CHECKING:
    import duckdb

DAYS = 20  # within which a budget is to be published after its approval (预算法 art. 14)
READ, MISSING, FAILED, NO_DATE = "已公开", "缺这一年", "未读出", "未填日期"


def coverage(
    database: duckdb.DuckDBPyConnection,
    names: Sequence[str] = (),
    *,
    region: str = "",
    year: int | None = None,
    kind: Kinds = "budget",
) -> Answer:
    """The documents of a year (the latest if none is given), the departments that have none, and the files that failed.

    The completeness score (0 to 100) is the mean of the shares of the prescribed tables, of the sections, and of the projects
    with a performance form. Raises InputError if the lake has no such department or year.
    """
    everyone = settle(database, Scope((), region, year, kind))
    scope = Scope(tuple(names), region, everyone.year, kind)
    if names:
        settle(database, Scope(tuple(names), region, None, kind))
    bound = Bound()
    failed = "" if names or region else f"UNION ALL BY NAME ({_failed()})"
    query = f"""
    WITH chosen AS MATERIALIZED ({chosen(scope, bound)}), {_counted(scope, bound)},
    published AS ({_published(bound)})
    SELECT * FROM published UNION ALL BY NAME ({_missing(scope, bound)}) {failed}
    ORDER BY CASE status WHEN '{MISSING}' THEN 0 WHEN '{FAILED}' THEN 1 ELSE 2 END, score, days DESC NULLS LAST, region, name, source, doc
    """
    found = rows(database, query, bound)
    return answer(
        f"{scope.region}{scope.year}年公开情况",
        (
            Column("status", "状态"),
            Column("region", "地区"),
            Column("fiscal_year", "年度", "plain"),
            Column("name", "部门（单位）"),
            Column("approved", "批准日期"),
            Column("published", "公开日期"),
            Column("in_time", "是否按时"),
            Column("days", "批准后天数", "count"),
            Column("score", "完整程度（%）", "score"),
            Column("tables", "表", "text"),
            Column("sections", "部分", "text"),
            Column("forms", "项目绩效目标表", "text"),
            Column("lacks", "完整性问题", "count"),
            Column("reason", "未读出的原因"),
            Column("source", "来源文件"),
            Column("doc", "文件标识", shown=False),
        ),
        found,
        tuple(_notes(found["status"].to_pylist(), found["in_time"].to_pylist())),
        Chart("bar", "name", "score", "分"),
    )


def _counted(scope: Scope, bound: Bound) -> str:
    """What each chosen document has of what its family prescribes: doc, tables, sections, forms, each with the whole."""
    here = narrowed(scope, bound)
    prescribed = ", ".join(
        f"({bound(family)}, {len(load_family(family).tables)}, {len(load_family(family).sections)})"
        for family in families()
    )
    sections = " OR ".join(
        f"(family = {bound(family)} AND section IN ({', '.join(bound(one.id) for one in load_family(family).sections)}))"
        for family in families()
    )
    listed = [
        f"SELECT doc, count(DISTINCT hash(unit, row_name)) AS listed FROM facts SEMI JOIN (SELECT doc FROM chosen WHERE family = "
        f'{bound(family)}) USING (doc) WHERE {here} AND "table" IN ({", ".join(bound(table) for table in own.projects.tables)}) '
        f"AND level = {bound(own.projects.level)} GROUP BY doc"
        for family, own in measures().items()
        if own.projects
    ]
    return f"""
    prescribed(family, all_tables, all_sections) AS (VALUES {prescribed}),
    has_tables AS (SELECT doc, count(DISTINCT "table") AS has_tables FROM facts SEMI JOIN chosen USING (doc) WHERE {here} GROUP BY doc),
    has_sections AS (
      SELECT doc, count(DISTINCT section) AS has_sections FROM texts JOIN (SELECT doc, family FROM chosen) USING (doc)
      WHERE {here} AND ({sections}) GROUP BY doc
    ),
    listed AS ({" UNION ALL ".join(listed)}),
    lacking AS (SELECT doc, count(*) AS lacks FROM findings SEMI JOIN chosen USING (doc) WHERE {here} AND category = 'completeness' GROUP BY doc),
    counted AS (
      SELECT chosen.*, coalesce(has_tables, 0) AS has_tables, all_tables, coalesce(has_sections, 0) AS has_sections, all_sections,
        least(projects, listed) AS has_forms, listed, coalesce(lacks, 0)::INTEGER AS lacks
      FROM chosen JOIN prescribed USING (family) LEFT JOIN has_tables USING (doc) LEFT JOIN has_sections USING (doc)
        LEFT JOIN listed USING (doc) LEFT JOIN lacking USING (doc)
    )"""


def _published(bound: Bound) -> str:
    days = "date_diff('day', TRY_CAST(nullif(approved, '') AS DATE), TRY_CAST(nullif(published, '') AS DATE))"
    allowed = bound(DAYS)
    parts = "has_tables / all_tables + has_sections / all_sections + coalesce(has_forms / listed, 0)"
    score = ratio(f"({parts})::DECIMAL(18, 4)", "CASE WHEN listed > 0 THEN 3 ELSE 2 END", digits=1, times=100)
    return f"""
    SELECT '{READ}' AS status, region, fiscal_year, name, approved, published, days::INTEGER AS days, {score} AS score,
      CASE WHEN days IS NULL THEN '{NO_DATE}' WHEN days < 0 THEN '公开早于批准'
        WHEN days > {allowed} THEN '迟' || (days - {allowed}) || '天' ELSE '按时' END AS in_time,
      has_tables || '/' || all_tables AS tables, has_sections || '/' || all_sections AS sections,
      CASE WHEN listed > 0 THEN has_forms || '/' || listed ELSE '' END AS forms, lacks, '' AS reason, source, doc
    FROM (SELECT *, {days} AS days FROM counted)"""


def _missing(scope: Scope, bound: Bound) -> str:
    """Departments that another year has, neither by name nor by code in this one."""
    others = condition(Scope(scope.names, scope.region, None, scope.kind), bound)
    here = condition(Scope((), scope.region, scope.year, scope.kind), bound)
    return f"""
    SELECT '{MISSING}' AS status, region, {bound(scope.year)}::INTEGER AS fiscal_year, arg_max(name, fiscal_year) AS name,
      '最近一次公开是' || max(fiscal_year) || '年' AS reason
    FROM (SELECT * FROM current WHERE {others} AND fiscal_year <> {bound(scope.year)}) other
    WHERE NOT EXISTS (SELECT 1 FROM current here WHERE {here.replace("region =", "here.region =")} AND here.region = other.region
      AND (here.name = other.name OR here.department_code <> '' AND here.department_code = other.department_code))
    GROUP BY region, CASE WHEN department_code <> '' THEN department_code ELSE name END"""


def _failed() -> str:
    return f"SELECT '{FAILED}' AS status, any_value(reason) AS reason, source, doc FROM documents WHERE status = 'failed' GROUP BY source, doc"


def _notes(statuses: list[str], in_time: list[str | None]) -> list[str]:
    counts = [f"{status} {statuses.count(status)} 份" for status in (READ, MISSING, FAILED) if status in statuses]
    late = sum((said or "").startswith("迟") for said in in_time)
    notes = [
        "，".join([*counts, f"迟于批准后 {DAYS} 日 {late} 份"])
        + "。完整程度是表、部分、项目绩效目标表三者齐全程度的平均"
    ]
    if NO_DATE in in_time:
        notes.append(
            f"{in_time.count(NO_DATE)} 份没有公开日期和批准日期，不能判断是否按时；入库时可用日期表（--dates）提供"
        )
    return notes
