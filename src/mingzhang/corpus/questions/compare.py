"""Departments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, chosen, one, ratio, rows, settle
from mingzhang.corpus.questions.measures import BY, By, amounts, measures, staff
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb

FEW = 20  # documents that a chart can show


def compare(
    database: duckdb.DuckDBPyConnection,
    names: Sequence[str] = (),
    *,
    region: str = "",
    year: int | None = None,
    by: By = "total",
    kind: Kinds = "budget",
    per_staff: bool = False,
) -> Answer:
    """Departments side by side, item by item: amount (万元), share of the whole and rank among those compared.

    `names` are parts of names or patterns with * and ?; none means all. `per_staff` ranks by the amount for each member of
    staff, of the departments whose overall form prints their number.
    Raises InputError for a department, region or year that the lake does not have.
    """
    if by not in BY:
        raise InputError([Problem(f"不能按“{by}”比较，请填：{'、'.join(BY)}")])
    scope = settle(database, Scope(tuple(names), region, year, kind))
    bound = Bound()
    per_head = ratio("amount", "staff", digits=4)
    query = f"""
    WITH chosen AS MATERIALIZED ({chosen(scope, bound)}),
    amounts AS ({amounts([by], scope, bound)}),
    people AS ({staff(scope, bound)}),
    named AS (
      SELECT CASE WHEN code <> '' THEN code ELSE item END AS id, place, code, amount, whole, line, page, staff,
        {ratio("amount", "whole", times=100)} AS share, {per_head} AS per_staff,
        region, fiscal_year, name, source, doc, max(item) OVER (PARTITION BY id) AS item
      FROM amounts JOIN chosen USING (doc) LEFT JOIN people USING (doc)
      {"WHERE staff > 0" if per_staff else ""}
    )
    SELECT *, rank() OVER (PARTITION BY id ORDER BY {"per_staff" if per_staff else "amount"} DESC)::INTEGER AS rank
    FROM named ORDER BY place, code, sum(amount) OVER (PARTITION BY id) DESC, item, rank, name, doc
    """
    found = rows(database, query, bound)
    return answer(
        _title(scope, by, per_staff),
        _columns(by),
        found,
        tuple(_notes(database, scope, by, per_staff)),
        _chart(len(set(found["doc"].to_pylist())), per_staff),
    )


def _columns(by: By) -> tuple[Column, ...]:
    whole = next((view.whole[0] for own in measures().values() if (view := own.view(by))), "")
    return (
        Column("item", "项目"),
        Column("region", "地区"),
        Column("name", "部门（单位）"),
        Column("amount", "金额（万元）", "amount"),
        Column("share", f"占{whole}", "percent"),
        Column("rank", "名次", "count"),
        Column("staff", "在职人数", "count"),
        Column("per_staff", "人均（万元）", "amount"),
        *PLACE,
    )


def _title(scope: Scope, by: By, per_staff: bool) -> str:
    view = next(view for own in measures().values() if (view := own.view(by)))
    return f"{scope.region}{scope.year}年部门比较：{view.title}{'（人均）' if per_staff else ''}"


def _notes(database: duckdb.DuckDBPyConnection, scope: Scope, by: By, per_staff: bool) -> list[str]:
    """What was left out, or must not be added up."""
    bound = Bound()
    families = ", ".join(bound(family) for family, own in measures().items() if own.view(by)) or "''"
    query = f"""
    WITH chosen AS ({chosen(scope, bound)}), people AS ({staff(scope, bound)})
    SELECT count(*) FILTER (family NOT IN ({families})), count(*) FILTER (kind LIKE 'unit%'), count(*),
      count(*) FILTER (staff IS NULL OR staff = 0) FROM chosen LEFT JOIN people USING (doc)
    """
    other, units, count, unknown = one(database, query, bound)
    notes = []
    if other:
        notes.append(f"{other} 份公开的表式没有这种比较的口径，未列入")
    if units and units != count:
        notes.append(f"其中 {units} 份是单位的公开，其金额可能已含在主管部门的金额里，不要相加")
    if unknown:
        notes.append(f"{unknown} 份公开没有印出在职人数，{'未列入' if per_staff else '不计算人均'}")
    return notes


def _chart(documents: int, per_staff: bool) -> Chart | None:
    if documents > FEW:
        return None
    value, unit = ("per_staff", "万元/人") if per_staff else ("amount", "万元")
    return Chart("bar", "name", value, unit, series="item")
