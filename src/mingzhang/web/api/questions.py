"""Ready questions to the lake, with the parameters of `mingzhang corpus`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check import Category, Severity
from mingzhang.corpus import questions
from mingzhang.corpus.questions import Each
from mingzhang.corpus.results import Answer
from mingzhang.web.api.models import TableOut
from mingzhang.web.api.parameters import (
    ByParam,
    FormParam,
    KindParam,
    MostParam,
    NameParam,
    NamesParam,
    RegionParam,
    YearParam,
)
from mingzhang.web.api.replies import Form, operation, refusals, table, tables
from mingzhang.web.lake import opened_lake
from mingzhang.web.refused import Refused, asking

if TYPE_CHECKING:
    import duckdb

router = APIRouter(prefix="/questions", tags=["数据湖查询"], generate_unique_id_function=operation)
Ask = Callable[["duckdb.DuckDBPyConnection"], Answer]


def _answer(request: Request, form: Form, ask: Ask, searched: bool = False) -> Response:
    """What is `searched` by its words is searched as it is shown: what is found tells nothing of what is masked."""
    lake = opened_lake(request)
    asked_for = {one.alias for one in request.scope["route"].dependant.query_params} - {"format"}
    key = (request.url.path, tuple(sorted(pair for pair in request.query_params.multi_items() if pair[0] in asked_for)))
    with asking():
        given = lake.answer(key, lambda: ask(lake.masked if searched else lake.unmasked))
    return table(given, form)


@router.get("/compare", summary="部门之间的比较", response_model=TableOut, responses=refusals(404, 503) | tables())
def compare_departments(
    request: Request,
    name: NamesParam = None,
    region: RegionParam = "",
    year: YearParam = None,
    kind: KindParam = "budget",
    by: ByParam = "total",
    per_staff: Annotated[bool, Query(title="按人均排名")] = False,
    format: FormParam = "json",
) -> Response:
    """金额（万元）、占比、名次、人均（万元）。"""
    return _answer(
        request,
        format,
        lambda lake: questions.compare(
            lake, name or (), region=region, year=year, by=by, kind=kind, per_staff=per_staff
        ),
    )


@router.get("/trend", summary="一个部门历年的变化", response_model=TableOut, responses=refusals(404, 503) | tables())
def follow_department(
    request: Request,
    name: NameParam,
    region: RegionParam = "",
    kind: KindParam = "budget",
    by: ByParam = "total",
    format: FormParam = "json",
) -> Response:
    """改名的部门接上；金额为万元。"""
    return _answer(request, format, lambda lake: questions.trend(lake, name, region=region, by=by, kind=kind))


@router.get("/projects", summary="查找项目", response_model=TableOut, responses=refusals(404, 503) | tables())
def find_projects(
    request: Request,
    text: Annotated[str, Query(title="项目名称", description="其中一部分；不给为全部", max_length=100)] = "",
    name: NamesParam = None,
    region: RegionParam = "",
    year: Annotated[int | None, Query(title="年度", description="不给为各年度", ge=1990, le=2100)] = None,
    fuzzy: Annotated[bool, Query(title="名称近似的也列出", description="项目名称至少两个字")] = False,
    growth: Annotated[bool, Query(title="比上年增长最多的")] = False,
    most: MostParam = 200,
    format: FormParam = "json",
) -> Response:
    """年度资金、上年资金、增减，均为万元。"""
    if fuzzy and len(text.strip()) < 2:
        raise Refused(422, "参数“项目名称”（text）至少两个字，才能查找近似的名称")
    return _answer(
        request,
        format,
        lambda lake: questions.projects(
            lake, text, names=name or (), region=region, year=year, fuzzy=fuzzy, growth=growth, most=most
        ),
        searched=bool(text),
    )


@router.get(
    "/copies", summary="部门之间雷同的绩效目标", response_model=TableOut, responses=refusals(404, 503) | tables()
)
def find_copies(
    request: Request,
    name: NamesParam = None,
    region: RegionParam = "",
    year: YearParam = None,
    most: MostParam = 500,
    format: FormParam = "json",
) -> Response:
    """指标相同或大部分相同、文字相同的绩效目标表，按组列出。"""
    return _answer(
        request,
        format,
        lambda lake: questions.copies(lake, name or (), region=region, year=year, most=most),
    )


@router.get(
    "/outliers", summary="与同类部门相差悬殊的指标", response_model=TableOut, responses=refusals(404, 503) | tables()
)
def find_outliers(
    request: Request,
    name: NamesParam = None,
    region: RegionParam = "",
    year: YearParam = None,
    kind: KindParam = "budget",
    format: FormParam = "json",
) -> Response:
    """占比（%）和人均（万元）与同类部门中位数的偏离。"""
    return _answer(
        request, format, lambda lake: questions.outliers(lake, name or (), region=region, year=year, kind=kind)
    )


@router.get("/coverage", summary="公开的及时和完整", response_model=TableOut, responses=refusals(404, 503) | tables())
def read_coverage(
    request: Request,
    name: NamesParam = None,
    region: RegionParam = "",
    year: YearParam = None,
    kind: KindParam = "budget",
    format: FormParam = "json",
) -> Response:
    """谁公开了、何时、是否按时、是否完整；缺的年度；未读出的文件。"""
    return _answer(
        request, format, lambda lake: questions.coverage(lake, name or (), region=region, year=year, kind=kind)
    )


@router.get(
    "/findings", summary="数据湖里检查发现的问题", response_model=TableOut, responses=refusals(404, 503) | tables()
)
def list_lake_findings(
    request: Request,
    name: NamesParam = None,
    region: RegionParam = "",
    year: YearParam = None,
    kind: KindParam = "budget",
    by: Annotated[
        Each, Query(title="汇总方式", description="department（部门）、rule（规则）、category（类别）、message（逐条）")
    ] = "department",
    rule: Annotated[str, Query(title="规则编号", max_length=50)] = "",
    category: Annotated[Category | None, Query(title="类别")] = None,
    severity: Annotated[Severity | None, Query(title="级别")] = None,
    most: MostParam = 1000,
    format: FormParam = "json",
) -> Response:
    """个数，或逐条列出，重的在前。"""
    return _answer(
        request,
        format,
        lambda lake: questions.findings(
            lake,
            name or (),
            region=region,
            year=year,
            kind=kind,
            by=by,
            rule=rule,
            category=category or "",
            severity=severity or "",
            most=most,
        ),
    )
