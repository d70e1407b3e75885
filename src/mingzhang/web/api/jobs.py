"""Jobs as the API tells of them, whatever they do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request

from mingzhang.web.refused import Refused
from mingzhang.web.security import address, named
from mingzhang.web.store import Job, JobKind
from mingzhang.web.workbench import Workbench, own_names

ROOT = "/api/v1"
COLLECTIONS: dict[JobKind, str] = {"check": "checks", "compile": "compilations"}
GONE = "没有这份结果，可能已过保存期限，请重新提交"
JobId = Annotated[str, Path(title="任务标识", pattern=r"^[0-9a-f]{32}$")]
_LINKS = (
    *("findings", "report.json", "report.xlsx", "report.html", "report.sarif", "report.junit", "data.zip", "accepted"),
    *("tables/facts", "tables/narrative", "tables/projects", "tables/indicators", "tables/overall", "tables/texts"),
    "tables/catalogue",
)


def bench_of(request: Request) -> Workbench:
    """The workbench that a request is put to."""
    bench: Workbench = request.app.state.bench
    return bench


def known(request: Request, job_id: str, kind: JobKind) -> Job:
    """A job by its identity. Raises Refused if there is none of the kind."""
    job = bench_of(request).store.job(job_id)
    if job is None or job.kind != kind:
        raise Refused(404, GONE)
    return job


def done(request: Request, job_id: str, kind: JobKind) -> Job:
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


def job_record(request: Request, job: Job) -> dict[str, Any]:
    """A job as JSON values."""
    outcome = json.loads(job.outcome) if job.outcome and job.kind == "check" else None
    told = outcome if isinstance(outcome, dict) else {}
    place = f"{ROOT}/{COLLECTIONS[job.kind]}/{job.id}"
    links = {"self": place, "page": f"/{job.kind}/{job.id}"}
    if job.status == "done" and job.kind == "check":
        links |= {name: f"{place}/{name}" for name in _LINKS}
    return {
        "id": job.id,
        "kind": job.kind,
        "status": job.status,
        "title": job.title,
        "files": list(own_names(job).values()),
        "progress": bench_of(request).progress(job),
        "message": job.message,
        "problems": outcome if isinstance(outcome, list) else [],
        "summary": str(told.get("summary", "")),
        "documents": told.get("documents", []),
        "created": _moment(job.created),
        "ended": _moment(job.ended) if job.ended else None,
        "links": links,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
