"""Projects: found by a part of the name or a name like it, through the years, and those that grew most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Scope, condition, named, narrowed, ratio, rows, settle
from mingzhang.corpus.questions.measures import measures
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb

LIKE = 0.5  # the least share of a name's pairs of characters that a like name has
MOST = 200
# The year that a project's name says, or the one before, is no part of what it is called.
_SAME = "replace(replace(name, year_text, ''), before_text, '')"
_COLUMNS = (
    Column("fiscal_year", "年度", "plain"),
    Column("region", "地区"),
    Column("department", "部门（单位）"),
    Column("name", "项目名称"),
    Column("unit", "实施单位"),
    Column("amount", "年度资金（万元）", "amount"),
    Column("before", "上年（万元）", "amount"),
    Column("change", "增减（万元）", "amount"),
    Column("change_pct", "增减率", "percent"),
    Column("printed_in", "所列的表"),
    *PLACE,
)


def projects(
    database: duckdb.DuckDBPyConnection,
    text: str = "",
    *,
    names: Sequence[str] = (),
    region: str = "",
    year: int | None = None,
    fuzzy: bool = False,
    growth: bool = False,
    most: int = MOST,
) -> Answer:
    """Projects whose name holds `text` (all if blank), of all years, each with last year's amount where it was there then.

    Amounts are 万元: those of the performance form, or of the table of projects where there is no form. `fuzzy` finds
    names that have half of the text's pairs of neighbouring characters; `growth` gives those of a year (the latest if
    none is given) that were there the year before, by the increase. `names` are of departments. At most `most` rows.
    Raises InputError if the lake has no such department or year.
    """
    if fuzzy and len(text.strip()) < 2:
        raise InputError([Problem("模糊查找至少要两个字")])
    scope = Scope(tuple(names), region, year)
    settled = settle(database, scope)
    scope = settled if growth or year is not None else Scope(scope.names, region)
    bound = Bound()
    query = _query(text.strip(), scope, fuzzy, growth, most, bound)
    found = rows(database, query, bound)
    count = found["count"][0].as_py() if found.num_rows else 0
    notes = [f"共 {count} 个，只列出前 {most} 个"] if count > most else []
    if growth:
        notes.append("资金取自项目支出表；同一部门上年有同名项目的才列入，名称里的年份不计")
    return answer(
        _title(text, scope, fuzzy, growth),
        _COLUMNS,
        found,
        tuple(notes),
        Chart("bar", "name", "change" if growth else "amount", "万元"),
    )


def _title(text: str, scope: Scope, fuzzy: bool, growth: bool) -> str:
    what = f"名称{'近似' if fuzzy else '含'}“{text}”的" if text else ""
    year = f"{scope.year}年" if scope.year else ""
    return f"{scope.region}{year}{what}项目" + ("：增长最多的" if growth else "")


def _query(text: str, scope: Scope, fuzzy: bool, growth: bool, most: int, bound: Bound) -> str:
    order = "change DESC, name, doc" if growth else "likeness DESC, department_id, name, fiscal_year DESC, doc"
    # What grew is found among two years; a search looks at all, unless it is for one.
    years = f"fiscal_year IN ({bound(scope.year)}, {bound(scope.year - 1)})" if scope.year is not None else "true"
    here = f"{narrowed(Scope(region=scope.region), bound)} AND {years}"
    return f"""
    WITH documents_here AS MATERIALIZED (
      SELECT doc, region, fiscal_year, name AS department, source, coalesce(nullif(department_code, ''), name) AS department_id,
        fiscal_year::VARCHAR AS year_text, (fiscal_year - 1)::VARCHAR AS before_text, {condition(scope, bound)} AS wanted
      FROM current WHERE {condition(Scope((), scope.region), bound)} AND {years}
    ),
    found AS MATERIALIZED (
      SELECT *, hash(region, department_id, {_SAME}) AS same FROM ({_printed(text, fuzzy, growth, here, bound)}) JOIN documents_here USING (doc)
    ),
    before AS (
      SELECT same, fiscal_year + 1 AS fiscal_year, max(amount) AS before
      FROM found GROUP BY same, fiscal_year HAVING count(*) = 1
    ),
    compared AS (SELECT *, (amount - before)::DECIMAL(18, 4) AS change FROM found LEFT JOIN before USING (same, fiscal_year) WHERE wanted),
    shown AS (SELECT *, count(*) OVER () AS count FROM compared {"WHERE change > 0" if growth else ""} ORDER BY {order} LIMIT {bound(most)})
    SELECT *, {ratio("change", "before", times=100)} AS change_pct FROM shown ORDER BY {order}
    """


def _printed(text: str, fuzzy: bool, growth: bool, here: str, bound: Bound) -> str:
    """Projects by name: of the forms, and of the tables where the document has no form of that name.

    What grew is told by the tables alone: they are to hold every project, and amounts as they were approved.
    """
    likeness, like = _likeness(text, fuzzy, "name", bound)
    forms = (
        f"SELECT doc, name, unit, (annual * 0.0001::DECIMAL(5, 4))::DECIMAL(22, 8) AS amount, line, page, '绩效目标表' AS printed_in, "
        f"{likeness} AS likeness FROM projects WHERE {here} AND {like}"
    )
    parts = []
    for family, own in measures().items():
        if own.projects is None:
            continue
        tables = ", ".join(bound(table) for table in own.projects.tables)
        in_table, held = _likeness(text, fuzzy, "row_name", bound)
        parts.append(
            f"SELECT doc, row_name AS name, any_value(unit) AS unit, sum(value)::DECIMAL(22, 8) AS amount, min(line) AS line, "
            f"min(page) AS page, '项目支出表' AS printed_in, {in_table} AS likeness FROM facts "
            f'SEMI JOIN (SELECT doc FROM current WHERE family = {bound(family)}) USING (doc) WHERE {here} AND "table" IN ({tables}) '
            f'AND level = {bound(own.projects.level)} AND "column" = {bound(own.projects.column)} AND {held} GROUP BY doc, row_name'
        )
    tables_only = " UNION ALL ".join(parts)
    if growth:
        return tables_only
    return (
        f"WITH forms AS MATERIALIZED ({forms}), in_tables AS ({tables_only}) "
        "SELECT * FROM forms UNION ALL SELECT * FROM in_tables ANTI JOIN forms USING (doc, name)"
    )


def _likeness(text: str, fuzzy: bool, column: str, bound: Bound) -> tuple[str, str]:
    """How like a name is to a text (0 to 1), and the condition that it is like enough."""
    if not text:
        return "1.0", "true"
    if not fuzzy:
        return "1.0", named(text, column, bound)
    pairs = sorted({text[place : place + 2] for place in range(len(text) - 1)})
    common = " + ".join(f"contains({column}, {bound(pair)})::INTEGER" for pair in pairs)
    share = f"round(({common}) / {len(pairs)}.0, 2)"
    return share, f"{share} >= {LIKE}"
