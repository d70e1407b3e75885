"""What may change: the lake in SQL, and the search through its texts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.web.api.access import may_change
from mingzhang.web.api.models import QueryIn, TableOut
from mingzhang.web.api.parameters import FormParam, KindParam, NamesParam, RegionParam, Word
from mingzhang.web.api.replies import Unstable, operation, refusals, reply, table, tables
from mingzhang.web.jobs import bench_of
from mingzhang.web.lake import lake_of, opened_lake
from mingzhang.web.passages import passages
from mingzhang.web.refused import asking
from mingzhang.web.security import address, named

router = APIRouter(tags=["自由查询"], route_class=Unstable, generate_unique_id_function=operation)


class QueryOut(TableOut):
    """What a query gives; a value may be a list or a record where the query makes one."""

    rows: list[dict[str, Any]] = Field(title="各行")


@router.post(
    "/sql",
    response_model=QueryOut,
    summary="用 SQL 查询数据湖",
    responses=refusals(403, 404, 503),
    dependencies=[Depends(may_change)],
)
def query_lake(request: Request, given: QueryIn) -> Response:
    """只读，只能查询数据湖的视图，个人信息已遮盖。最多 20 秒；行数超过 `rows` 时只给出前面的，`notes` 里说明。

    语句在单独的进程里执行，内存和时间有限制。
    """
    lake, bench = lake_of(request), bench_of(request)
    bench.store.audit(named(request), address(request), "sql", given.query[:1000])
    return reply(bench.call("query_lake", lake.uri, given.query, given.rows))


@router.get("/search", response_model=TableOut, summary="查找文字", responses=refusals(404, 503) | tables())
def search_texts(
    request: Request,
    q: Annotated[Word, Query(title="要找的文字", min_length=2)],
    name: NamesParam = None,
    region: RegionParam = "",
    year: Annotated[int | None, Query(title="年度", description="不给为各年度", ge=1990, le=2100)] = None,
    kind: KindParam = "budget",
    format: FormParam = "json",
) -> Response:
    """公开的说明里含有它的段落，年度近的在前，最多 500 处。"""
    with asking():
        answer = passages(opened_lake(request).masked, q, names=name or (), region=region, year=year, kind=kind)
    return table(answer, format)
