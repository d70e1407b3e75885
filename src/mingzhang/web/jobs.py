"""Jobs as requests name them."""

from __future__ import annotations

from starlette.requests import Request

from mingzhang.web.refused import Refused
from mingzhang.web.security import address, named
from mingzhang.web.store import Job, JobKind
from mingzhang.web.workbench import Workbench

GONE = "没有这份结果，可能已过保存期限，请重新提交"


def bench_of(request: Request) -> Workbench:
    """The workbench that a request is put to."""
    bench: Workbench = request.app.state.bench
    return bench


def known(request: Request, job_id: str, kind: JobKind | None = None) -> Job:
    """A job by its identity. Raises Refused if there is none, or none of the kind."""
    job = bench_of(request).store.job(job_id)
    if job is None or (kind is not None and job.kind != kind):
        raise Refused(404, GONE)
    return job


def done(request: Request, job_id: str, kind: JobKind | None = None) -> Job:
    """A job that is done. Raises Refused if there is none, or it is not done, or came to nothing."""
    job = known(request, job_id, kind)
    if job.status == "failed":
        raise Refused(422, f"“{job.title}”没有做成：{job.message}")
    if job.status != "done":
        raise Refused(409, "还在处理，请稍后再取结果")
    return job


def removed(request: Request, job: Job) -> None:
    """Throw a job away. Raises Refused if it is not over."""
    bench = bench_of(request)
    if not job.over:
        raise Refused(409, "还在处理，完成后才能删除")
    bench.remove(job)
    bench.store.audit(named(request), address(request), "remove", job.title)


def batch_of(request: Request, batch: str) -> list[Job]:
    """The jobs that were handed in together. Raises Refused if there are none."""
    jobs = bench_of(request).store.batch(batch)
    if not jobs:
        raise Refused(404, GONE)
    return jobs
