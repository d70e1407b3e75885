"""Which documents of other years are the same department: by its name, its code, or a name that is nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, condition, limited, rows
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb

NEAR = 0.88  # the least Jaro-Winkler likeness of two names of one department
SAME_NAME, SAME_CODE, NEAR_NAME = "名称相同", "编码相同", "名称相近"


class Year(Struct, frozen=True):
    """A year of a department: its document, its name then, and by what it was taken for the same."""

    year: int
    region: str
    name: str
    doc: str
    how: str

    @property
    def told(self) -> dict[str, object]:
        """The year as it is told, without its region."""
        return {"year": self.year, "name": self.name, "doc": self.doc, "how": self.how}


class _Held(Struct, frozen=True):
    year: int
    region: str
    code: str
    name: str
    doc: str
    family: str
    likeness: float


def years_of(database: duckdb.DuckDBPyConnection, name: str, region: str = "", kind: Kinds = "budget") -> list[Year]:
    """A department through the years, oldest first.

    A year's document is the one of the same name; else of the same code; else the one whose name is most like it, if neither
    name stands beside the other in one year. Raises InputError if no department or several have the name.
    """
    target, around = _found(database, name, region, kind)
    taken = [Year(one.year, one.region, one.name, one.doc, SAME_NAME) for one in around if one.name == target.name]
    own = {one.year for one in taken}
    for year in sorted({one.year for one in around} - own):
        there = [one for one in around if one.year == year]
        taken += _renamed(target, there, {one.name for one in around if one.year in own})
    return sorted(taken, key=lambda one: one.year)


def year_among(years: Sequence[Year], name: str, year: int | None) -> Year:
    """A year of a department, the latest if none is given. Raises InputError if it has no such year: it names those that there are."""
    wanted = years[-1] if year is None else next((one for one in years if one.year == year), None)
    if wanted is None:
        told = "、".join(str(one.year) for one in years)
        raise InputError([Problem(f"数据湖里没有“{name}”{year}年的公开，有的年度：{told}")])
    return wanted


def _renamed(target: _Held, there: list[_Held], beside: set[str]) -> list[Year]:
    """The document of a year without the name that is the department's, if one is."""
    fresh = [one for one in there if one.name not in beside]
    same = [one for one in fresh if one.code and one.code == target.code]
    if len(same) == 1:
        return [Year(one.year, one.region, one.name, one.doc, SAME_CODE) for one in same]
    near = [one for one in fresh if one.likeness >= NEAR]
    if not near:
        return []
    best = max(near, key=lambda one: one.likeness)
    return [Year(best.year, best.region, best.name, best.doc, NEAR_NAME)]


def _found(database: duckdb.DuckDBPyConnection, name: str, region: str, kind: Kinds) -> tuple[_Held, list[_Held]]:
    """The department of that name, in its latest year, and all documents of its region."""
    if not name.strip():
        raise InputError([Problem("部门名称不能为空")])
    bound = Bound()
    where = condition(Scope(region=region, kind=kind), bound)
    query = f"""
    SELECT fiscal_year AS year, region, department_code AS code, name, doc, family, 0.0 AS likeness FROM current
    WHERE {where} AND contains(name, {bound(name)}) ORDER BY fiscal_year DESC, name
    """
    held = [_Held(**row) for row in rows(database, query, bound).to_pylist()]
    exact = [one for one in held if one.name == name] or held
    names = sorted({(one.region, one.name) for one in exact})
    if not names:
        raise InputError([_unknown(database, name, region, kind)])
    if len(names) > 1 and not _one_department(exact):
        told = limited([f"{place}{own}" if own[: len(place)] != place else own for place, own in names], 5)
        raise InputError([Problem(f"名称含“{name}”的部门不止一个：{told}，请写全名称，或指定地区")])
    return exact[0], _around(database, exact[0], kind)


def _one_department(held: list[_Held]) -> bool:
    """Whether several names are one department's through the years: one region and code, one name a year."""
    years = [one.year for one in held]
    return len({(one.region, one.code) for one in held}) == 1 and bool(held[0].code) and len(years) == len(set(years))


def _around(database: duckdb.DuckDBPyConnection, target: _Held, kind: Kinds) -> list[_Held]:
    bound = Bound()
    query = f"""
    SELECT fiscal_year AS year, region, department_code AS code, name, doc, family,
      jaro_winkler_similarity(name, {bound(target.name)}) AS likeness
    FROM current WHERE {condition(Scope(region=target.region, kind=kind), bound)} AND family = {bound(target.family)}
    ORDER BY fiscal_year, name, doc
    """
    return [_Held(**row) for row in rows(database, query, bound).to_pylist()]


def _unknown(database: duckdb.DuckDBPyConnection, name: str, region: str, kind: Kinds) -> Problem:
    bound = Bound()
    query = f"""
    SELECT name FROM current WHERE {condition(Scope(region=region, kind=kind), bound)} GROUP BY name
    ORDER BY jaro_winkler_similarity(name, {bound(name)}) DESC, name LIMIT 3
    """
    near = rows(database, query, bound)["name"].to_pylist()
    told = f"，名称相近的有：{'、'.join(near)}" if near else ""
    return Problem(f"没有名称含“{name}”的部门{told}")
