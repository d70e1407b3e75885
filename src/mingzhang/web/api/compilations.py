"""Compilations: a ledger is handed in, followed, and what came of it fetched."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.publish import FORMATS
from mingzhang.web import compilation
from mingzhang.web.api.access import may_change
from mingzhang.web.api.jobs import JobId, job_record
from mingzhang.web.api.models import CompilationOut, CompilationSubmittedOut, FindingsOut, PageOut
from mingzhang.web.api.outcomes import CategoryParam, RuleParam, SeverityParam, findings_reply
from mingzhang.web.api.parameters import CursorParam, FormParam, LimitParam
from mingzhang.web.api.replies import XLSX, files, operation, refusals, reply, tables
from mingzhang.web.api.rows import TableName, paged, report_table
from mingzhang.web.compilation import Made
from mingzhang.web.downloads import TYPES, attached
from mingzhang.web.jobs import bench_of, done, known, removed
from mingzhang.web.refused import Refused
from mingzhang.web.results import report_of
from mingzhang.web.security import address, named, owner
from mingzhang.web.store import Job
from mingzhang.web.uploads import laid_aside, taken
from mingzhang.web.work import PRIOR

router = APIRouter(prefix="/compilations", tags=["编制"], generate_unique_id_function=operation)
Changes = [Depends(may_change)]
_MADE = ("md", "html", "docx", "xlsx", "pdf", "zip")
MadeForm = Literal["data", "md", "html", "docx", "xlsx", "pdf"]


@router.get(
    "/template.xlsx", response_class=Response, summary="台账模板", responses=refusals(404, 503) | files(xlsx=XLSX)
)
def download_template(
    request: Request, year: Annotated[int, Query(title="年度", description="预算年度", ge=1990, le=2100)]
) -> Response:
    """填写说明和示例在工作簿里。"""
    if year not in compilation.template_years():
        told = "、".join(map(str, compilation.template_years()))
        raise Refused(404, f"没有{year}年度的科目表，可以选的年度：{told}")
    return _saved(compilation.template(bench_of(request), year))


@router.post(
    "",
    status_code=202,
    response_model=CompilationSubmittedOut,
    summary="提交台账",
    responses=refusals(403, 413, 503),
    dependencies=Changes,
)
def submit_compilation(
    request: Request,
    ledger: Annotated[UploadFile, File(title="台账", description="填好的工作簿（.xlsx），或台账文件夹的 zip")],
    prior: Annotated[UploadFile | None, File(title="上年的公开或台账", description="与上年比较，可不给")] = None,
) -> Response:
    """编制在后台进行。用响应里的地址跟踪进度，完成后取公开文件；台账有问题时逐条列出所在的单元格。"""
    bench = bench_of(request)
    with laid_aside(bench.settings) as folder:
        own = taken([ledger], folder, bench.settings)
        before = taken([prior] if prior else [], folder, bench.settings, PRIOR)
        job = compilation.submitted_ledger(bench, owner(request), own, before, folder)
    bench.store.audit(named(request), address(request), "compile", job.title)
    record = _record(request, job)
    return reply({"job": record}, 202, {"Location": record["links"]["self"]})


@router.get("/{job_id}", response_model=CompilationOut, summary="一个编制任务的状态", responses=refusals(404))
def read_compilation(request: Request, job_id: JobId) -> Response:
    """状态、进度；没有编成时台账的全部问题，编成后公开的标题、个数和要留意的地方。"""
    return reply(_record(request, known(request, job_id, "compile")))


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="删除编制任务和它的文件",
    responses=refusals(403, 404, 409),
    dependencies=Changes,
)
def delete_compilation(request: Request, job_id: JobId) -> Response:
    """上传的台账和编出的文件一起删除，不能恢复。还在处理的任务不能删除。"""
    removed(request, known(request, job_id, "compile"))
    return Response(status_code=204)


@router.get(
    "/{job_id}/problems.xlsx",
    response_class=Response,
    summary="标出问题的台账",
    responses=refusals(404, 409, 503) | files(xlsx=XLSX),
)
def download_problems(request: Request, job_id: JobId) -> Response:
    """台账的副本，有问题的单元格标出。编成的任务没有。"""
    job = known(request, job_id, "compile")
    if not job.over:
        raise Refused(409, "还在编制，请稍后再取")
    return _saved(compilation.marked_ledger(bench_of(request), job))


@router.get(
    "/{job_id}/files/{form}",
    response_class=Response,
    summary="编出的公开",
    responses=refusals(404, 409) | files(**{form: TYPES[form] for form in _MADE}),
)
def download_made(request: Request, job_id: JobId, form: Annotated[MadeForm, Path(title="格式")]) -> Response:
    """一种格式的公开文件；`data` 是数据包的 zip。"""
    return _saved(compilation.made(bench_of(request), done(request, job_id, "compile"), form))


@router.get(
    "/{job_id}/all.zip",
    response_class=Response,
    summary="编出的公开，全部格式",
    responses=refusals(404, 409) | files(zip="application/zip"),
)
def download_all_made(request: Request, job_id: JobId) -> Response:
    """各种格式装在一个 zip 里。"""
    return _saved(compilation.all_made(bench_of(request), done(request, job_id, "compile")))


@router.get("/{job_id}/findings", response_model=FindingsOut, summary="编出的公开的问题", responses=refusals(404, 409))
def list_compilation_findings(
    request: Request,
    job_id: JobId,
    severity: SeverityParam = None,
    category: CategoryParam = None,
    rule: RuleParam = None,
) -> Response:
    """编出的公开经同一本规则检查，与检查任务的 findings 相同。"""
    report = report_of(request, done(request, job_id, "compile"))
    return findings_reply(report, severity, category, rule)


@router.get(
    "/{job_id}/tables/{table}",
    response_model=PageOut,
    summary="编出的公开的一张表",
    responses=refusals(404, 409) | tables(),
)
def read_compilation_table(
    request: Request,
    job_id: JobId,
    table: Annotated[TableName, Path(title="表")],
    format: FormParam = "json",
    limit: LimitParam = 1000,
    cursor: CursorParam = "",
) -> Response:
    """栏次与数据湖相同。`facts` 的金额是万元，`projects` 的是元。CSV 和 XLSX 给出全部行。"""
    report = report_of(request, done(request, job_id, "compile"))
    return paged(report_table(report.checked[0], report.book, table), format, limit, cursor)


def _saved(file: Made) -> Response:
    return attached(file.content, file.name)


def _record(request: Request, job: Job) -> dict[str, Any]:
    """A job with what came of it, or what is wrong with its ledger."""
    record = job_record(request, job)
    if job.status == "failed":
        faults = compilation.faults(bench_of(request), job)
        record["problems"] = [_problem(one.problem) | {"cell": one.cell} for one in faults]
        if faults:
            record["links"]["problems.xlsx"] = f"{record['links']['self']}/problems.xlsx"
    if job.status == "done":
        made = compilation.compiled(job)
        told = ("title", "name", "year", "unit", "facts", "figures", "projects")
        record["compiled"] = {key: getattr(made, key) for key in told} | {
            "warnings": list(map(_problem, made.warnings))
        }
        names = [*(f"files/{form}" for form in FORMATS), "all.zip", "findings"]
        record["links"] |= {name: f"{record['links']['self']}/{name}" for name in names}
    return record


def _problem(problem: Any) -> dict[str, Any]:
    return {key: getattr(problem, key) for key in ("message", "file", "sheet", "row", "column", "severity")}
