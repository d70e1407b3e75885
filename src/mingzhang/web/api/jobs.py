"""Jobs as the API tells of them, whatever they do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request

from mingzhang.web.jobs import bench_of
from mingzhang.web.store import Job, JobKind
from mingzhang.web.workbench import own_names

ROOT = "/api/v1"
COLLECTIONS: dict[JobKind, str] = {"check": "checks", "compile": "compilations"}
JobId = Annotated[str, Path(title="任务标识", pattern=r"^[0-9a-f]{32}$")]
_LINKS = (
    *("findings", "report.json", "report.xlsx", "report.html", "report.sarif", "report.junit", "data.zip", "accepted"),
    *("tables/facts", "tables/narrative", "tables/projects", "tables/indicators", "tables/overall", "tables/texts"),
    "tables/catalogue",
)


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
