"""The departments of a lake as a list, and what the lake has at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import pyarrow as pa
from msgspec import Struct

from mingzhang.check.reports.words import KIND
from mingzhang.corpus.questions.asking import Bound, named, rows
from mingzhang.corpus.results import Answer, Column, answer
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb

Order = Literal["name", "year", "errors", "projects", "facts"]
ORDERS: tuple[Order, ...] = get_args(Order)
_ORDERED: dict[Order, str] = {
    "name": "region, name, fiscal_year DESC",
    "year": "fiscal_year DESC, region, name",
    "errors": "errors DESC, warnings DESC, region, name",
    "projects": "projects DESC, region, name",
    "facts": "facts DESC, region, name",
}


class Glance(Struct, frozen=True):
    """A lake at a glance: how much there is, documents by region and year, kinds, how many files could not be read."""

    documents: int
    departments: int
    failed: int
    errors: int
    years: tuple[int, ...]
    regions: tuple[tuple[str, tuple[int, ...]], ...]
    kinds: tuple[tuple[str, str, int], ...]


def glance(database: duckdb.DuckDBPyConnection) -> Glance:
    """What a lake has. Regions come by name, each with its number of documents in each of the years."""
    counted = rows(
        database,
        "SELECT region, fiscal_year AS year, count(*) AS n, sum(errors) AS e FROM current GROUP BY ALL",
        Bound(),
    ).to_pylist()
    years = tuple(sorted({row["year"] for row in counted}, reverse=True))
    by_place = {(row["region"], row["year"]): row["n"] for row in counted}
    regions = sorted({row["region"] for row in counted})
    kinds = rows(database, "SELECT kind, count(*) AS n FROM current GROUP BY kind ORDER BY n DESC", Bound()).to_pylist()
    whole = rows(
        database,
        "SELECT (SELECT count(DISTINCT (region, name)) FROM current) AS departments, "
        "(SELECT count(*) FROM documents WHERE status = 'failed') AS failed",
        Bound(),
    ).to_pylist()[0]
    return Glance(
        sum(row["n"] for row in counted),
        whole["departments"],
        whole["failed"],
        sum(int(row["e"] or 0) for row in counted),
        years,
        tuple((region, tuple(by_place.get((region, year), 0) for year in years)) for region in regions),
        tuple((row["kind"], KIND.get(row["kind"], row["kind"]), row["n"]) for row in kinds),
    )


def departments(
    database: duckdb.DuckDBPyConnection,
    *,
    name: str = "",
    region: str = "",
    year: int | None = None,
    kind: str = "",
    order: Order = "name",
) -> Answer:
    """The documents of a lake: the latest version of each, by region, year, kind and a part of the name (or a pattern).

    Raises InputError for an order that there is none of.
    """
    if order not in ORDERS:
        raise InputError([Problem(f"不能按“{order}”排序，请填：{'、'.join(ORDERS)}")])
    bound = Bound()
    parts = [f"region = {bound(region)}"] if region else []
    parts += [f"fiscal_year = {bound(year)}"] if year is not None else []
    parts += [f"kind = {bound(kind)}"] if kind else []
    parts += [named(name.strip(), "name", bound)] if name.strip() else []
    query = f"""
    SELECT name, region, fiscal_year, kind, facts, projects, errors, warnings, published, source, doc
    FROM current {"WHERE " + " AND ".join(parts) if parts else ""} ORDER BY {_ORDERED[order]}, doc
    """
    found = rows(database, query, bound)
    said = pa.array([KIND.get(one, one) for one in found["kind"].to_pylist()], pa.string())
    found = found.set_column(found.schema.get_field_index("kind"), "kind", said)
    heads = (
        Column("name", "部门（单位）"),
        Column("region", "地区"),
        Column("fiscal_year", "年度", "plain"),
        Column("kind", "种类"),
        Column("facts", "表内数据", "count"),
        Column("projects", "项目", "count"),
        Column("errors", "错误", "count"),
        Column("warnings", "警告", "count"),
        Column("published", "公开日期"),
        Column("source", "来源文件"),
        Column("doc", "文件标识", shown=False),
    )
    return answer("部门（单位）", heads, found)
