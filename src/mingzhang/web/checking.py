"""The check: files are dropped, progress is told, and each document stands beside its findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check import Report
from mingzhang.check.reports import render
from mingzhang.web.answers import moved, page
from mingzhang.web.downloads import attached
from mingzhang.web.jobs import batch_of, bench_of, done, known, removed
from mingzhang.web.refused import Refused
from mingzhang.web.results import accepted_in, in_words, listed, report_of, result_page, withdrawn_in
from mingzhang.web.security import address, named, owner, same_page, visitor
from mingzhang.web.store import Acceptance, Job
from mingzhang.web.uploads import laid_aside, taken
from mingzhang.web.work import IN, PRIOR, load_report
from mingzhang.web.workbench import Given, own_names

router = APIRouter(include_in_schema=False)
Forms = [Depends(same_page)]
_RECENT = 20
_REPORTS = ("xlsx", "html", "json")


@router.get("/check")
def start(request: Request) -> Response:
    """Where files are dropped, and what was checked lately."""
    bench, owner = bench_of(request), visitor(request)
    return page(
        request,
        "check.html.j2",
        limits=bench.settings.limits,
        recent=bench.store.owned(owner, "check", _RECENT),
        keep=bench.settings.keep_hours,
    )


@router.post("/check", dependencies=Forms)
def submit(
    request: Request,
    files: Annotated[list[UploadFile], File()],
    prior: Annotated[list[UploadFile] | None, File()] = None,
    together: Annotated[bool, Form()] = False,
) -> Response:
    """Take in files to check: each is a document, or all `together` are one; `prior` is last year's."""
    batch = submitted(request, files, prior or [], together)
    return moved(request, f"/check/batches/{batch}")


def submitted(request: Request, files: Sequence[UploadFile], prior: Sequence[UploadFile], together: bool) -> str:
    """Take in files to check; give the batch. Raises Refused for what cannot be taken."""
    bench = bench_of(request)
    with laid_aside(bench.settings) as folder:
        own = taken(files, folder, bench.settings)
        before = taken(prior, folder, bench.settings, PRIOR)
        if not own:
            raise Refused(400, "没有选择文件，请选择要检查的公开文件")
        if before and len(own) > 1 and not together:
            raise Refused(400, "上年的文件只能用于检查一份公开：请一次只选一份，或勾选“这些文件是同一份公开”")
        groups = [[*own, *before]] if together or before else [[one] for one in own]
        batch = bench.submit(owner(request), "check", groups)
    bench.store.audit(named(request), address(request), "check", "、".join(one.name for one in own))
    return batch


@router.post("/check/example", dependencies=Forms)
def submit_example(request: Request) -> Response:
    """Check a made-up disclosure, for those who have none at hand."""
    bench, owner = bench_of(request), visitor(request)
    with laid_aside(bench.settings) as folder:
        path = folder / "0.pdf"
        path.write_bytes(bench.call("example"))
        batch = bench.submit(owner, "check", [[Given("示例单位预算公开（改动了一个数）.pdf", path.name, path)]])
    return moved(request, f"/check/batches/{batch}")


@router.get("/check/batches/{batch}")
def follow(request: Request, batch: str) -> Response:
    """How far the files are that were handed in together."""
    jobs = batch_of(request, batch)
    return page(request, "batch.html.j2", batch=batch, jobs=jobs, **_states(request, jobs))


@router.get("/check/batches/{batch}/status")
def follow_on(request: Request, batch: str) -> Response:
    """The same, as a part of the page, until all are done; a single one leads to its result."""
    jobs = batch_of(request, batch)
    if len(jobs) == 1 and jobs[0].status == "done":
        return moved(request, f"/check/{jobs[0].id}")
    return page(request, "batch_part.html.j2", batch=batch, jobs=jobs, **_states(request, jobs))


@router.get("/check/batches/{batch}/report.xlsx")
def download_batch(request: Request, batch: str) -> Response:
    """The findings of all files that were handed in together, in one workbook, private data masked."""
    jobs = [job for job in batch_of(request, batch) if job.status == "done"]
    if not jobs:
        raise Refused(404, "这一批还没有检查完的文件，请稍后再下载")
    reports = [listed(report_of(request, job)) for job in jobs]
    books = dict.fromkeys(book for report in reports for book in report.book.split("、"))
    whole = Report(tuple(one for report in reports for one in report.checked), "、".join(books))
    return attached(render(whole, "xlsx"), f"检查结果-{len(jobs)}份文件.xlsx")


@router.get("/check/{job_id}")
def result(request: Request, job_id: str) -> Response:
    """A document on one side, its findings on the other."""
    bench, job = bench_of(request), done(request, job_id)
    visitor(request)
    return result_page(request, job, load_report(bench.folder(job.id)), bench.store.accepted(job.id))


@router.get("/check/{job_id}/report.{form}")
def download(request: Request, job_id: str, form: str) -> Response:
    """The findings as a file, private data masked."""
    if form not in _REPORTS:
        raise Refused(404, f"没有这种格式，可以下载的有：{'、'.join(_REPORTS)}")
    job = done(request, job_id)
    return attached(render(report_of(request, job), form), f"检查结果-{job.title}.{form}")


@router.get("/check/{job_id}/data.zip")
def data(request: Request, job_id: str) -> Response:
    """What was read, as data packages."""
    bench, job = bench_of(request), done(request, job_id)
    content = bench.call("data_archive", str(bench.folder(job.id)))
    return attached(content, f"数据-{job.title}.zip")


@router.get("/check/{job_id}/clean.zip")
def clean(request: Request, job_id: str) -> Response:
    """The files with the private data masked that were found in them."""
    bench, job = bench_of(request), done(request, job_id)
    content = bench.call("clean_archive", str(bench.folder(job.id)), own_names(job))
    return attached(content, f"已遮盖个人信息-{job.title}.zip")


@router.get("/check/{job_id}/pages/{stored}/{number}.png")
def picture(request: Request, job_id: str, stored: str, number: int) -> Response:
    """A page of a PDF as it looks."""
    bench, job = bench_of(request), done(request, job_id)
    if stored not in own_names(job) or not stored.endswith(".pdf"):
        raise Refused(404, "没有这个文件")
    kept = bench.folder(job.id) / "out" / f"{stored}-{number}.png"
    if not kept.exists():
        content = bench.call("page_picture", str(bench.folder(job.id) / IN / stored), number)
        made = kept.with_name(f"{kept.name}.{id(content)}")
        made.write_bytes(content)
        made.replace(kept)
    return Response(kept.read_bytes(), media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/check/{job_id}/files/{stored}")
def original(request: Request, job_id: str, stored: str) -> Response:
    """A file as it was handed in."""
    bench, job = bench_of(request), known(request, job_id)
    names = own_names(job)
    if stored not in names:
        raise Refused(404, "没有这个文件")
    return attached((bench.folder(job.id) / IN / stored).read_bytes(), names[stored], "application/octet-stream")


@router.post("/check/{job_id}/accept", dependencies=Forms)
def accept(
    request: Request,
    job_id: str,
    finding: Annotated[str, Form(max_length=64)],
    who: Annotated[str, Form(max_length=50)],
    why: Annotated[str, Form(max_length=500)],
    until: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Accept a finding with a reason."""
    job = done(request, job_id)
    if not who.strip() or not why.strip():
        raise Refused(400, "请填写认可人和理由")
    if until:
        try:
            date.fromisoformat(until)
        except ValueError:
            raise Refused(400, "有效期的日期不对，请重新选择") from None
    told = _told(request, job, finding)
    accepted_in(request, job, Acceptance(finding, who.strip(), why.strip(), until), told)
    return moved(request, f"/check/{job.id}")


@router.post("/check/{job_id}/withdraw", dependencies=Forms)
def withdraw(request: Request, job_id: str, finding: Annotated[str, Form(max_length=64)]) -> Response:
    """Take back that a finding is accepted."""
    job = done(request, job_id)
    withdrawn_in(request, job, finding, _told(request, job, finding))
    return moved(request, f"/check/{job.id}")


@router.post("/jobs/{job_id}/remove", dependencies=Forms)
def remove(request: Request, job_id: str) -> Response:
    """Throw away a job and all its files."""
    job = known(request, job_id)
    removed(request, job)
    return moved(request, f"/{job.kind}")


def _told(request: Request, job: Job, fingerprinted: str) -> str:
    """A finding in words, private data masked. Raises Refused if the job has none of this fingerprint."""
    told = in_words(report_of(request, job), fingerprinted)
    if not told:
        raise Refused(404, "没有这个问题，请刷新页面后重试")
    return told


def _states(request: Request, jobs: Sequence[Job]) -> dict[str, Any]:
    """What a batch's page tells of its jobs."""
    bench = bench_of(request)
    return {
        "progress": {job.id: bench.progress(job) for job in jobs},
        "outcomes": {job.id: json.loads(job.outcome) for job in jobs if job.outcome},
        "over": all(job.over for job in jobs),
        "done": sum(job.over for job in jobs),
    }
