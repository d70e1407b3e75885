"""One department over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, ratio, rows
from mingzhang.corpus.questions.identity import SAME_NAME, Year, years_of
from mingzhang.corpus.questions.measures import BY, By, amounts, measures
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb


def trend(
    database: duckdb.DuckDBPyConnection, name: str, *, region: str = "", by: By = "total", kind: Kinds = "budget"
) -> Answer:
    """A department over the years: amounts (万元) with the change against the year before, by item.

    Years under another name are joined by the department's code or by likeness of names; the notes say so.
    Raises InputError if no department or several have the name.
    """
    if by not in BY:
        raise InputError([Problem(f"不能按“{by}”列示，请填：{'、'.join(BY)}")])
    years = years_of(database, name, region, kind)
    bound = Bound()
    given = ", ".join(f"({bound(year.doc)}, {bound(year.how)})" for year in years)
    query = f"""
    WITH chosen AS MATERIALIZED (SELECT current.*, how FROM current JOIN (VALUES {given}) joined(doc, how) USING (doc)),
    amounts AS ({amounts([by], Scope(region=years[-1].region, kind=kind), bound)}),
    named AS (
      SELECT CASE WHEN code <> '' THEN code ELSE item END AS id, place, code, amount, line, page, fiscal_year, name, how, source, doc,
        arg_max(item, fiscal_year) OVER (PARTITION BY id) AS item,
        lag(amount) OVER years AS lagged, lag(fiscal_year) OVER years AS lagged_year
      FROM amounts JOIN chosen USING (doc)
      WINDOW years AS (PARTITION BY CASE WHEN code <> '' THEN code ELSE item END ORDER BY fiscal_year)
    ),
    changed AS (SELECT *, CASE WHEN lagged_year = fiscal_year - 1 THEN lagged END AS before FROM named)
    SELECT *, (amount - before)::DECIMAL(18, 4) AS change, {ratio("amount - before", "before", times=100)} AS change_pct
    FROM changed ORDER BY place, code, sum(amount) OVER (PARTITION BY id) DESC, item, fiscal_year
    """
    found = rows(database, query, bound)
    title = next((view.title for own in measures().values() if (view := own.view(by))), "")
    return answer(
        f"{years[-1].name}历年比较：{title}",
        (
            Column("item", "项目"),
            Column("fiscal_year", "年度", "plain"),
            Column("amount", "金额（万元）", "amount"),
            Column("change", "比上年增减（万元）", "amount"),
            Column("change_pct", "增减率", "percent"),
            Column("name", "当年名称"),
            Column("how", "对应依据"),
            *PLACE,
        ),
        found,
        tuple(_notes(years)),
        Chart("line", "fiscal_year", "amount", "万元", series="item"),
    )


def _notes(years: list[Year]) -> list[str]:
    """Which years were joined by what, and which are missing."""
    notes = [f"{year.year}年的名称是“{year.name}”，因{year.how}视为同一部门" for year in years if year.how != SAME_NAME]
    there = {year.year for year in years}
    missing = [year for year in range(min(there), max(there)) if year not in there]
    if missing:
        notes.append(f"数据湖里没有{'、'.join(map(str, missing))}年的公开")
    return notes
