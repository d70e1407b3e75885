"""Checks: files are handed in, followed, and their findings, reports and tables fetched."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Path, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check.reports import render
from mingzhang.web.api.access import may_change
from mingzhang.web.api.jobs import JobId, job_record
from mingzhang.web.api.models import AcceptanceIn, AcceptedOut, FindingsOut, JobOut, PageOut, SubmittedOut
from mingzhang.web.api.outcomes import (
    CategoryParam,
    DocumentParam,
    RuleParam,
    SeverityParam,
    day,
    findings_reply,
)
from mingzhang.web.api.parameters import CursorParam, FormParam, LimitParam
from mingzhang.web.api.replies import files, operation, refusals, reply, tables
from mingzhang.web.api.rows import TableName, paged, report_table
from mingzhang.web.checking import submitted
from mingzhang.web.downloads import TYPES, attached
from mingzhang.web.jobs import bench_of, done, known, removed
from mingzhang.web.refused import Refused
from mingzhang.web.results import accepted_in, in_words, report_of, withdrawn_in
from mingzhang.web.store import Acceptance, Job

router = APIRouter(prefix="/checks", tags=["检查"], generate_unique_id_function=operation)
Changes = [Depends(may_change)]
_TYPES = {
    **{form: TYPES[form] for form in ("json", "xlsx", "html")},
    "sarif": "application/sarif+json",
    "junit": "application/xml; charset=utf-8",
}
ReportForm = Literal["json", "xlsx", "html", "sarif", "junit"]


@router.post(
    "",
    status_code=202,
    response_model=SubmittedOut,
    summary="提交要检查的文件",
    responses=refusals(403, 413, 503),
    dependencies=Changes,
)
def submit_check(
    request: Request,
    files: Annotated[list[UploadFile], File(title="文件", description="要检查的公开文件，每个文件是一份公开")],
    prior: Annotated[list[UploadFile] | None, File(title="上年的公开", description="核对增减变动，可不给")] = None,
    together: Annotated[bool, Form(title="合为一份", description="各文件是同一份公开（正文和附件）")] = False,
) -> Response:
    """每份公开成为一个任务，按提交的次序处理。用响应里的地址跟踪进度，完成后取结果。"""
    batch = submitted(request, files, prior or [], together)
    jobs = [job_record(request, job) for job in bench_of(request).store.batch(batch)]
    return reply({"batch": batch, "jobs": jobs}, 202, {"Location": jobs[0]["links"]["self"]})


@router.get("/{job_id}", response_model=JobOut, summary="一个检查任务的状态", responses=refusals(404))
def read_check(request: Request, job_id: JobId) -> Response:
    """状态、进度、失败的原因；完成后有结果摘要和各结果的地址。"""
    return reply(job_record(request, known(request, job_id, "check")))


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="删除检查任务和它的文件",
    responses=refusals(403, 404, 409),
    dependencies=Changes,
)
def delete_check(request: Request, job_id: JobId) -> Response:
    """上传的文件和结果一起删除，不能恢复。还在处理的任务不能删除。"""
    removed(request, known(request, job_id, "check"))
    return Response(status_code=204)


@router.get("/{job_id}/findings", response_model=FindingsOut, summary="检查发现的问题", responses=refusals(404, 409))
def list_findings(
    request: Request,
    job_id: JobId,
    severity: SeverityParam = None,
    category: CategoryParam = None,
    rule: RuleParam = None,
) -> Response:
    """与 `mingzhang check --format json` 的结果相同，另有问题标识。个人信息已遮盖；金额和差额是字符串。"""
    return findings_reply(report_of(request, done(request, job_id, "check")), severity, category, rule)


@router.get(
    "/{job_id}/report.{form}",
    response_class=Response,
    summary="检查结果的文件",
    responses=refusals(404, 409) | files(**_TYPES),
)
def download_report(request: Request, job_id: JobId, form: Annotated[ReportForm, Path(title="格式")]) -> Response:
    """JSON、XLSX、HTML、SARIF 或 JUnit；个人信息已遮盖。"""
    job = done(request, job_id, "check")
    content = render(report_of(request, job), form)
    return attached(content, f"检查结果-{job.title}.{'xml' if form == 'junit' else form}", _TYPES[form])


@router.get(
    "/{job_id}/tables/{table}",
    response_model=PageOut,
    summary="读出的一张表",
    responses=refusals(404, 409) | tables(),
)
def read_check_table(
    request: Request,
    job_id: JobId,
    table: Annotated[TableName, Path(title="表")],
    document: DocumentParam = 1,
    format: FormParam = "json",
    limit: LimitParam = 1000,
    cursor: CursorParam = "",
) -> Response:
    """栏次与数据湖相同。`facts` 的金额是万元，`projects` 的是元。个人信息已遮盖。CSV 和 XLSX 给出全部行。"""
    report = report_of(request, done(request, job_id, "check"))
    if document > len(report.checked):
        raise Refused(404, f"这个任务只有 {len(report.checked)} 份公开")
    answer = report_table(report.checked[document - 1], report.book, table)
    return paged(answer, format, limit, cursor)


@router.get(
    "/{job_id}/data.zip",
    response_class=Response,
    summary="读出的全部数据",
    responses=refusals(404, 409) | files(zip="application/zip"),
)
def download_data(request: Request, job_id: JobId) -> Response:
    """每份公开一个文件夹，是一个 Frictionless 数据包。个人信息已遮盖。"""
    bench, job = bench_of(request), done(request, job_id, "check")
    return attached(bench.call("data_archive", str(bench.folder(job.id))), f"数据-{job.title}.zip")


@router.get("/{job_id}/accepted", response_model=AcceptedOut, summary="已认可的问题", responses=refusals(404))
def list_accepted(request: Request, job_id: JobId) -> Response:
    """按问题标识列出认可人、理由和有效期。"""
    return reply(_accepted(request, known(request, job_id, "check")))


@router.post(
    "/{job_id}/accepted",
    status_code=201,
    response_model=AcceptedOut,
    summary="认可一个问题",
    responses=refusals(403, 404, 409),
    dependencies=Changes,
)
def accept_finding(request: Request, job_id: JobId, given: AcceptanceIn) -> Response:
    """认可后问题仍列出，标明已认可，不再计入错误。再次认可以后一次为准。"""
    job = done(request, job_id, "check")
    told = in_words(report_of(request, job), given.finding)
    if not told:
        raise Refused(404, "没有这个问题，请从 findings 里取问题标识")
    until = day(given.until, "有效期")
    accepted_in(request, job, Acceptance(given.finding, given.who.strip(), given.why.strip(), until), told)
    return reply(_accepted(request, job), 201)


@router.delete(
    "/{job_id}/accepted/{finding}",
    status_code=204,
    summary="撤回认可",
    responses=refusals(403, 404, 409),
    dependencies=Changes,
)
def withdraw_acceptance(
    request: Request, job_id: JobId, finding: Annotated[str, Path(title="问题标识", pattern=r"^[0-9a-f]{32}$")]
) -> Response:
    """撤回后问题重新计入。"""
    bench, job = bench_of(request), done(request, job_id, "check")
    if finding not in bench.store.accepted(job.id):
        raise Refused(404, "这个问题没有认可过")
    withdrawn_in(request, job, finding, in_words(report_of(request, job), finding))
    return Response(status_code=204)


def _accepted(request: Request, job: Job) -> dict[str, Any]:
    held = bench_of(request).store.accepted(job.id)
    return {"accepted": {key: {"who": one.who, "why": one.why, "until": one.until} for key, one in held.items()}}
