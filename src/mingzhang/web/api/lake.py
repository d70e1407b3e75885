"""The lake: what it holds, its documents with their tables, its departments, its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.corpus.dictionary import TABLES
from mingzhang.corpus.questions.asking import KINDS_OF, Bound, Kinds, named, one, rows
from mingzhang.corpus.questions.identity import year_among, years_of
from mingzhang.corpus.results import to_record
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.web.api.jobs import ROOT
from mingzhang.web.api.models import DepartmentOut, LakeDocumentOut, LakeOut, PageOut
from mingzhang.web.api.parameters import (
    CursorParam,
    FormParam,
    KindParam,
    LimitParam,
    NameParam,
    RegionParam,
    Word,
    YearParam,
)
from mingzhang.web.api.replies import cursor_of, operation, refusals, reply, table, tables, told_by
from mingzhang.web.api.rows import table_answer
from mingzhang.web.lake import opened_lake
from mingzhang.web.refused import Refused, asking

if TYPE_CHECKING:
    import duckdb

router = APIRouter(tags=["数据湖"], generate_unique_id_function=operation)
LakeTable = Literal["facts", "narrative", "projects", "indicators", "overall", "texts", "catalogue", "findings"]
DocParam = Annotated[
    str, Path(title="文件标识", description="内容哈希，见 documents 的 doc", pattern=r"^[0-9a-f]{8,64}$")
]
_ORDER = "region, -fiscal_year, name, doc"


@router.get("/lake", response_model=LakeOut, summary="数据湖里有什么", responses=refusals(404, 503))
def describe_lake(request: Request) -> Response:
    """各地区、年度的公开份数，未读出的文件数，各表的名称。"""
    database = opened_lake(request).masked.cursor()
    count = "SELECT max(run), count(*) FILTER (status = 'read'), count(*) FILTER (status = 'failed') FROM documents"
    run, read, failed = one(database, count, Bound())
    query = "SELECT region, fiscal_year, count(*)::INTEGER AS documents FROM current GROUP BY ALL ORDER BY ALL"
    places = rows(database, query, Bound()).to_pylist()
    return reply({"run": run or 0, "documents": read, "failed": failed, "places": places, "tables": TABLES})


@router.get("/documents", response_model=PageOut, summary="公开文件", responses=refusals(404, 503) | tables())
def list_documents(
    request: Request,
    name: Annotated[Word | None, Query(title="部门", description="部门名称或其中一部分，可用 * 和 ?")] = None,
    region: RegionParam = "",
    year: Annotated[int | None, Query(title="年度", ge=1990, le=2100)] = None,
    kind: Annotated[Kinds | None, Query(title="种类", description="budget（预算）或 final（决算）；不给为两者")] = None,
    status: Annotated[
        Literal["read", "failed"] | None, Query(title="状态", description="读出或未读出；不给为两者")
    ] = None,
    latest: Annotated[bool, Query(title="只要最新版本")] = True,
    format: FormParam = "json",
    limit: LimitParam = 100,
    cursor: CursorParam = "",
) -> Response:
    """按地区、年度（近的在前）、名称排列。"""
    bound = Bound()
    parts = [f"region = {bound(region)}"] if region else []
    parts += [f"fiscal_year = {bound(year)}"] if year is not None else []
    parts += [named(name, "name", bound)] if name else []
    parts += [f"kind IN ({', '.join(bound(one) for one in KINDS_OF[kind])})"] if kind else []
    parts += [f"status = {bound(status)}"] if status else []
    parts += ["latest"] if latest else []
    if cursor:
        parts.append(f"({_ORDER}) > ({', '.join(bound(value) for value in told_by(cursor, (str, int, str, str)))})")
    query = f"SELECT * FROM documents WHERE {' AND '.join(parts) or 'true'} ORDER BY {_ORDER}"
    if format == "json":
        query += f" LIMIT {limit + 1}"
    found = rows(opened_lake(request).masked.cursor(), query, bound)
    following = None
    if format == "json" and found.num_rows > limit:
        found = found.slice(0, limit)
        last = found.slice(limit - 1, 1).to_pylist()[0]
        following = cursor_of(last["region"], -last["fiscal_year"], last["name"], last["doc"])
    answer = table_answer(found, DOCUMENTS)
    return table(answer, format, next=following) if format == "json" else table(answer, format)


@router.get("/documents/{doc}", response_model=LakeDocumentOut, summary="一份公开文件", responses=refusals(404, 503))
def read_document(request: Request, doc: DocParam) -> Response:
    """文件的说明，各表的行数和地址。"""
    database = opened_lake(request).masked.cursor()
    return reply(_document(database, _found(database, doc)))


@router.get(
    "/documents/{doc}/tables/{table}",
    response_model=PageOut,
    summary="一份公开文件的一张表",
    responses=refusals(404, 503) | tables(),
)
def read_document_table(
    request: Request,
    doc: DocParam,
    table: Annotated[LakeTable, Path(title="表")],
    format: FormParam = "json",
    limit: LimitParam = 1000,
    cursor: CursorParam = "",
) -> Response:
    """`facts` 的金额是万元，`projects` 的是元；每行末尾是它在原文件里的位置。CSV 和 XLSX 给出全部行。"""
    database = opened_lake(request).masked.cursor()
    bound = Bound()
    after = told_by(cursor, (int,))[0] if cursor else 0
    where = _of(_found(database, doc), bound)
    query = f'SELECT * FROM "{table}" WHERE {where} AND part > {bound(min(max(after, 0), 2**31 - 1))} ORDER BY part'
    if format == "json":
        query += f" LIMIT {limit + 1}"
    found = rows(database, query, bound)
    more = format == "json" and found.num_rows > limit
    found = found.slice(0, limit) if more else found
    return _table(found, table, format, cursor_of(found["part"][-1].as_py()) if more else None)


def _table(found: Any, name: str, form: Any, following: str | None) -> Response:
    answer = table_answer(found, name)
    return table(answer, form, next=following) if form == "json" else table(answer, form)


@router.get("/departments", response_model=DepartmentOut, summary="一个部门一年的公开", responses=refusals(404, 503))
def read_department(
    request: Request, name: NameParam, region: RegionParam = "", year: YearParam = None, kind: KindParam = "budget"
) -> Response:
    """部门最新版本的公开，各表的行数和地址，改名前后的各个年度。"""
    database = opened_lake(request).masked.cursor()
    with asking():
        years = years_of(database, name, region, kind)
        wanted = year_among(years, name, year)
    return reply(_document(database, _found(database, wanted.doc)) | {"years": [one.told for one in years]})


def _found(database: duckdb.DuckDBPyConnection, doc: str) -> dict[str, Any]:
    """The row of a document. Raises Refused if the lake has none of the identity."""
    bound = Bound()
    found = rows(database, f"SELECT * FROM documents WHERE doc = {bound(doc)}", bound)
    if not found.num_rows:
        raise Refused(404, "数据湖里没有这份文件，请从 documents 里取文件标识")
    row: dict[str, Any] = to_record(table_answer(found, DOCUMENTS))["rows"][0]
    return row


def _of(row: dict[str, Any], bound: Bound) -> str:
    """The condition that rows are of a document; region and year let files be passed over unread."""
    return " AND ".join(f"{key} = {bound(row[key])}" for key in ("region", "fiscal_year", "doc"))


def _document(database: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> dict[str, Any]:
    bound = Bound()
    where = _of(row, bound)
    kept = [name for name in SCHEMAS if name != DOCUMENTS]
    counts = one(
        database, "SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}" WHERE {where})' for name in kept), bound
    )
    sheets = {
        name: {"title": TABLES[name], "rows": count, "address": f"{ROOT}/documents/{quote(row['doc'])}/tables/{name}"}
        for name, count in zip(kept, counts, strict=True)
    }
    return {"document": row, "tables": sheets}
