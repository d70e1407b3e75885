"""How questions are put to a lake's database: bound values, chosen documents, exact ratios."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

from mingzhang.corpus.lake import DAMAGED
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Kinds = Literal["budget", "final"]
KINDS: tuple[Kinds, ...] = get_args(Kinds)
KINDS_OF: dict[Kinds, tuple[str, ...]] = {
    "budget": ("department_budget", "unit_budget"),
    "final": ("department_final_accounts", "unit_final_accounts"),
}
SUGGESTED = 3


class Bound:
    """The values of a query: each call binds one and gives the name that stands for it in the SQL."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def __call__(self, value: object) -> str:
        """Bind a value; the same value has one name."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value:
                return f"${name}"
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"


class Scope(Struct, frozen=True):
    """Which documents are asked: by region, year, kind, and by names (a part of a name, or a pattern with * and ?).

    Blank means all; of the years the latest that there is.
    """

    names: tuple[str, ...] = ()
    region: str = ""
    year: int | None = None
    kind: Kinds = "budget"


def rows(database: duckdb.DuckDBPyConnection, query: str, bound: Bound) -> pa.Table:
    """The result of a query with its bound values; each call has a cursor of its own, so that threads may ask at once.

    Raises InputError if files of the lake are missing or damaged.
    """
    import duckdb

    try:
        return database.cursor().sql(query, params=bound.values or None).to_arrow_table()
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise InputError([Problem(DAMAGED)]) from error


def one(database: duckdb.DuckDBPyConnection, query: str, bound: Bound) -> tuple[object, ...]:
    """The first row of a query; all None if there is none."""
    table = rows(database, query, bound)
    return tuple(column[0].as_py() if table.num_rows else None for column in table.columns)


def settle(database: duckdb.DuckDBPyConnection, scope: Scope) -> Scope:
    """The scope with its year filled in.

    Raises InputError, in Chinese, if the lake has no such document: it names what is near.
    """
    _said(scope)
    bound = Bound()
    year = scope.year
    if year is None:
        latest = one(database, f"SELECT max(fiscal_year) FROM current WHERE {_place(scope, bound)}", bound)[0]
        year = latest if isinstance(latest, int) else None
    if year is None or not _any(database, Scope((), scope.region, year, scope.kind)):
        raise InputError([_nothing(database, scope)])
    settled = Scope(scope.names, scope.region, year, scope.kind)
    problems = [
        _unknown(database, settled, name)
        for name in scope.names
        if not _any(database, Scope((name,), scope.region, year, scope.kind))
    ]
    if problems:
        raise InputError(problems)
    return settled


def _said(scope: Scope) -> None:
    if scope.kind not in KINDS:
        raise InputError([Problem(f"没有“{scope.kind}”这种文件，请填：{'、'.join(KINDS)}")])
    if any(not name.strip() for name in scope.names):
        raise InputError([Problem("部门名称不能为空")])


def chosen(scope: Scope, bound: Bound) -> str:
    """The query for the chosen documents, to stand in WITH chosen AS (…)."""
    return f"SELECT * FROM current WHERE {condition(scope, bound)}"


def condition(scope: Scope, bound: Bound) -> str:
    """The condition on `current` that a scope is."""
    parts = [_place(scope, bound)]
    if scope.year is not None:
        parts.append(f"fiscal_year = {bound(scope.year)}")
    if scope.names:
        parts.append("(" + " OR ".join(named(name, "name", bound) for name in scope.names) + ")")
    return " AND ".join(parts)


def narrowed(scope: Scope, bound: Bound) -> str:
    """The condition on any table of the lake that holds for all rows of a scope, by which files are passed over unread."""
    parts = [f"region = {bound(scope.region)}"] if scope.region else []
    parts += [f"fiscal_year = {bound(scope.year)}"] if scope.year is not None else []
    return " AND ".join(parts) or "true"


def _place(scope: Scope, bound: Bound) -> str:
    kinds = ", ".join(bound(kind) for kind in KINDS_OF[scope.kind])
    return f"kind IN ({kinds})" + (f" AND region = {bound(scope.region)}" if scope.region else "")


def named(name: str, column: str, bound: Bound) -> str:
    """The condition that a column holds a name: as a part, or as a whole by a pattern with * and ?."""
    if "*" not in name and "?" not in name:
        return f"contains({column}, {bound(name)})"
    pattern = "".join({"*": "%", "?": "_", "%": "\\%", "_": "\\_", "\\": "\\\\"}.get(sign, sign) for sign in name)
    return f"{column} LIKE {bound(pattern)} ESCAPE '\\'"


def _any(database: duckdb.DuckDBPyConnection, scope: Scope) -> bool:
    bound = Bound()
    return bool(one(database, f"SELECT count(*) FROM current WHERE {condition(scope, bound)}", bound)[0])


def _nothing(database: duckdb.DuckDBPyConnection, scope: Scope) -> Problem:
    places = rows(
        database, "SELECT DISTINCT region, fiscal_year FROM current ORDER BY ALL LIMIT 12", Bound()
    ).to_pylist()
    if not places:
        return Problem("数据湖里还没有读出的公开文件，请先用 mingzhang corpus add 入库")
    there = "、".join(f"{place['region']}{place['fiscal_year']}年" for place in places)
    asked = scope.region + (f"{scope.year}年" if scope.year else "") + ("决算" if scope.kind == "final" else "预算")
    return Problem(f"数据湖里没有{asked}的公开文件，有的是：{there}")


def _unknown(database: duckdb.DuckDBPyConnection, scope: Scope, name: str) -> Problem:
    """That no department has the name, with the names that are most like it."""
    bound = Bound()
    where = condition(Scope((), scope.region, scope.year, scope.kind), bound)
    query = (
        f"SELECT name FROM current WHERE {where} GROUP BY name "
        f"ORDER BY jaro_winkler_similarity(name, {bound(name)}) DESC, name LIMIT {SUGGESTED}"
    )
    near = "、".join(rows(database, query, bound)["name"].to_pylist())
    return Problem(f"没有名称含“{name}”的部门（{scope.year}年），名称相近的有：{near}")


def ratio(over: str, under: str, digits: int = 2, times: int = 1) -> str:
    """The SQL for over × times ÷ under as a decimal, exactly rounded half up; blank where `under` is zero or blank.

    Amounts have four decimals at most; nothing goes through a binary fraction.
    """
    first, second = (f"((({side})::DECIMAL(18, 4)) * 10000)::HUGEINT" for side in (over, under))
    scaled = f"(2 * abs({first}) * {times * 10**digits} + abs({second})) // (2 * abs({second}))"
    unit = f"{Decimal(1).scaleb(-digits)}::DECIMAL({digits + 1}, {digits})"
    return f"CASE WHEN {second} <> 0 THEN (sign({first}) * sign({second}) * ({scaled}) * {unit})::DECIMAL(18, {digits}) END"


def limited(names: Sequence[str], most: int = 3) -> str:
    """A few names of many, for a sentence."""
    return "、".join(names[:most]) + (f"等{len(names)}个" if len(names) > most else "")
