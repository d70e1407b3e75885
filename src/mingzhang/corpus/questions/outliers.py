"""Departments whose shares or amounts per head are far from those of their peers.

Peers are the documents of one year whose largest function class is the same. How far is told by the robust z-score: the
distance from the median, by the median of those distances (MAD), scaled so that 1 is a standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Kinds, Scope, chosen, condition, one, ratio, rows, settle
from mingzhang.corpus.questions.measures import By, amounts, measures, staff
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer

if TYPE_CHECKING:
    import duckdb

FAR = 3.5  # after Iglewicz and Hoaglin (1993)
PEERS = 5  # the fewest documents that make a group
_SCALE, _MEAN_SCALE = (
    0.6745,
    1.253314,
)  # where more than half of the peers are the same, the mean distance stands for the MAD
_VIEWS: tuple[By, ...] = ("total", "three_public", "function", "economic")
_COLUMNS = (
    Column("region", "地区"),
    Column("name", "部门（单位）"),
    Column("item", "项目"),
    Column("measure", "指标"),
    Column("value", "数值", "score"),
    Column("middle", "同类中位数", "score"),
    Column("score", "偏离", "score"),
    Column("peer_group", "同类（主要功能科目）"),
    Column("peers", "同类数", "count"),
    Column("amount", "金额（万元）", "amount"),
    *PLACE,
)


def outliers(
    database: duckdb.DuckDBPyConnection,
    names: Sequence[str] = (),
    *,
    region: str = "",
    year: int | None = None,
    kind: Kinds = "budget",
    far: float = FAR,
) -> Answer:
    """What is far from the peers' median, the farthest first: shares (%) and amounts per head (万元), with the group.

    `names` keeps those departments; their peers are all. Raises InputError if the lake has no such department or year.
    """
    scope = settle(database, Scope(tuple(names), region, year, kind))
    everyone = Scope((), region, scope.year, kind)
    bound = Bound()
    query = f"""
    {_measured(everyone, bound)},
    grouped AS MATERIALIZED (SELECT *, hash(class, kind, measure, item) AS peer_group, value::DOUBLE AS number FROM measured),
    medians AS (SELECT peer_group, median(number) AS middle, count(*) AS peers FROM grouped GROUP BY peer_group HAVING peers >= {PEERS}),
    distances AS MATERIALIZED (SELECT *, number - middle AS distance FROM grouped JOIN medians USING (peer_group)),
    spread AS (SELECT peer_group, median(abs(distance)) AS mad, avg(abs(distance)) AS mean FROM distances GROUP BY peer_group),
    scored AS (
      SELECT *, CASE WHEN mad > 0 THEN {_SCALE} * distance / mad WHEN mean > 0 THEN distance / ({_MEAN_SCALE} * mean) END AS z
      FROM distances JOIN spread USING (peer_group)
    )
    SELECT chosen.region, chosen.name, measure, item, value, round(middle, 4)::DECIMAL(18, 4) AS middle, round(z, 2)::DECIMAL(18, 2) AS score,
      class AS peer_group, peers::INTEGER AS peers, amount, line, page, source, doc
    FROM scored JOIN chosen USING (doc) WHERE abs(z) >= {bound(far)}
      AND doc IN (SELECT doc FROM current WHERE {condition(scope, bound)})
    ORDER BY abs(z) DESC, name, measure, item, doc
    """
    found = rows(database, query, bound)
    return answer(
        f"{scope.region}{scope.year}年与同类部门相差悬殊的指标",
        _COLUMNS,
        found,
        tuple(_notes(database, everyone, far)),
        Chart("dot", "name", "score", "", series="item"),
    )


def _measured(scope: Scope, bound: Bound) -> str:
    """Every share and amount per head: doc, class, kind, measure, item, value, amount, line, page."""
    # The first item of 三公 is its sum, which stands among the totals already.
    wholes = {by: view.whole[0] for own in reversed(measures().values()) for by in _VIEWS if (view := own.view(by))}
    shares = " ".join(f"WHEN {bound(by)} THEN {bound(f'占{whole}（%）')}" for by, whole in wholes.items())
    return f"""
    WITH chosen AS MATERIALIZED ({chosen(scope, bound)}),
    people AS ({staff(scope, bound)}),
    amounts AS MATERIALIZED ({amounts(_VIEWS, scope, bound)}),
    classes AS (SELECT doc, arg_max(item, (amount, code)) AS class FROM amounts WHERE view = 'function' GROUP BY doc),
    measured AS (
      SELECT doc, class, kind, CASE view {shares} END AS measure, item, {ratio("amount", "whole", times=100)} AS value, amount, line, page
      FROM amounts JOIN classes USING (doc) JOIN (SELECT doc, kind FROM chosen) USING (doc)
      WHERE whole <> 0 AND amount <> whole AND NOT (view = 'three_public' AND place = 0)
      UNION ALL
      SELECT doc, class, kind, '人均（万元）', item, {ratio("amount", "staff", digits=4)}, amount, line, page
      FROM amounts JOIN classes USING (doc) JOIN (SELECT doc, kind FROM chosen) USING (doc) JOIN people USING (doc)
      WHERE staff > 0 AND (view = 'total' OR view = 'three_public' AND place > 0)
    )"""


def _notes(database: duckdb.DuckDBPyConnection, scope: Scope, far: float) -> list[str]:
    """By what far is meant, and which groups are too small."""
    bound = Bound()
    query = f"""
    WITH chosen AS MATERIALIZED ({chosen(scope, bound)}),
    classes AS (SELECT doc, arg_max(item, (amount, code)) AS class FROM ({amounts(["function"], scope, bound)}) GROUP BY doc),
    sizes AS (SELECT class, kind, count(*) AS size FROM classes JOIN (SELECT doc, kind FROM chosen) USING (doc) GROUP BY ALL)
    SELECT count(*), coalesce(sum(size), 0)::BIGINT FROM sizes WHERE size < {PEERS}
    """
    groups, documents = one(database, query, bound)
    notes = [f"偏离是与中位数之差除以中位绝对偏差（稳健Z值），绝对值不小于 {far:g} 的列出；只与也列有这一项的同类比"]
    if groups:
        notes.append(f"{groups} 类共 {documents} 份公开同类不足 {PEERS} 份，没有比较")
    return notes
