"""The pages of compiling: a template to fill in, the filled ledger handed in, what is wrong with it, what came of it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check import Report
from mingzhang.check.reports.words import SEVERITY, counts
from mingzhang.publish.charts import chart_svg
from mingzhang.publish.document import Chart
from mingzhang.web import compilation
from mingzhang.web.answers import moved, page
from mingzhang.web.changes import told
from mingzhang.web.compilation import Fault, Made
from mingzhang.web.downloads import TYPES, attached
from mingzhang.web.jobs import batch_of, bench_of, done, known
from mingzhang.web.ledger_work import FORMAT_NAMES, Compiled
from mingzhang.web.refused import Refused
from mingzhang.web.results import report_of
from mingzhang.web.security import address, named, same_page, visitor
from mingzhang.web.store import Job
from mingzhang.web.uploads import laid_aside, taken
from mingzhang.web.work import PRIOR
from mingzhang.web.workbench import own_names

router = APIRouter(include_in_schema=False)
Forms = [Depends(same_page)]
_RECENT = 20
_SHOWN = 500  # problems on a page; the workbook has them all
_FINDINGS = 8


@router.get("/compile")
def start(request: Request) -> Response:
    """Where a template is had and a ledger handed in."""
    bench, owner = bench_of(request), visitor(request)
    return page(
        request,
        "compile.html.j2",
        limits=bench.settings.limits,
        keep=bench.settings.keep_hours,
        years=compilation.template_years(),
        recent=bench.store.owned(owner, "compile", _RECENT),
    )


@router.get("/compile/template.xlsx")
def template(request: Request, year: int) -> Response:
    """The workbook to start from, with an example."""
    return saved(compilation.template(bench_of(request), year))


@router.post("/compile/template", dependencies=Forms)
def template_of(
    request: Request, year: Annotated[int, Form()], source: Annotated[list[UploadFile], File()]
) -> Response:
    """The workbook to start from, with what last year's ledger holds."""
    bench = bench_of(request)
    with laid_aside(bench.settings) as folder:
        given = taken(source, folder, bench.settings)
        if len(given) != 1:
            raise Refused(400, "请选择一份上年的台账")
        return saved(compilation.template(bench, year, given[0]))


@router.post("/compile", dependencies=Forms)
def submit(
    request: Request,
    ledger: Annotated[list[UploadFile], File()],
    prior: Annotated[list[UploadFile] | None, File()] = None,
    again: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Take in a ledger; `prior` is last year's file, `again` an earlier job whose last year's file serves again."""
    bench, owner = bench_of(request), visitor(request)
    with laid_aside(bench.settings) as folder:
        own = taken(ledger, folder, bench.settings)
        before = taken(prior or [], folder, bench.settings, PRIOR)
        job = compilation.submitted_ledger(bench, owner, own, before, folder, again)
    bench.store.audit(named(request), address(request), "compile", job.title)
    return moved(request, f"/compile/{job.id}")


@router.get("/compile/batches/{batch}")
def follow(request: Request, batch: str) -> Response:
    """The job that was handed in alone."""
    return moved(request, f"/compile/{batch_of(request, batch)[0].id}")


@router.get("/compile/{job_id}")
def result(request: Request, job_id: str, sheet: str = "") -> Response:
    """How far a job is; what is wrong with its ledger, or what came of it."""
    bench, job = bench_of(request), known(request, job_id, "compile")
    visitor(request)
    if job.status == "failed":
        return _faults_page(request, job, compilation.faults(bench, job), sheet)
    if job.status == "done":
        return _result_page(request, job, compilation.compiled(job), report_of(request, job))
    return page(request, "compile_progress.html.j2", job=job, progress=bench.progress(job))


@router.get("/compile/{job_id}/status")
def status(request: Request, job_id: str) -> Response:
    """How far a job is, as a part of the page; when it is over, its page."""
    job = known(request, job_id, "compile")
    if job.over:
        return moved(request, f"/compile/{job.id}")
    return page(request, "compile_progress_part.html.j2", job=job, progress=bench_of(request).progress(job))


@router.get("/compile/{job_id}/problems.xlsx")
def problems(request: Request, job_id: str) -> Response:
    """The ledger with its problems marked."""
    return saved(compilation.marked_ledger(bench_of(request), known(request, job_id, "compile")))


@router.get("/compile/{job_id}/preview")
def preview(request: Request, job_id: str) -> Response:
    """The disclosure as a page of no origin: what it holds cannot reach the workbench."""
    job = done(request, job_id, "compile")
    policy = compilation.compiled(job).preview_policy
    shown = compilation.made(bench_of(request), job, "html")
    return Response(shown.content, media_type=TYPES["html"], headers={"Content-Security-Policy": policy})


@router.get("/compile/{job_id}/files/{form}")
def download(request: Request, job_id: str, form: str) -> Response:
    """The disclosure in a format."""
    return saved(compilation.made(bench_of(request), done(request, job_id, "compile"), form))


@router.get("/compile/{job_id}/all.zip")
def download_all(request: Request, job_id: str) -> Response:
    """The disclosure in all formats."""
    return saved(compilation.all_made(bench_of(request), done(request, job_id, "compile")))


def saved(file: Made) -> Response:
    """A file to be saved under its name."""
    return attached(file.content, file.name)


def _faults_page(request: Request, job: Job, faults: list[Fault], sheet: str) -> Response:
    """What is wrong with a ledger, by sheet."""
    where = [fault.sheet for fault in faults]
    chosen = sheet if sheet in where else ""
    groups: dict[str, list[Fault]] = {}
    for name, fault in zip(where, faults, strict=True):
        if not chosen or name == chosen:
            groups.setdefault(name, []).append(fault)
    single = len(faults) <= 1 and not any(fault.problem.sheet for fault in faults)
    return page(
        request,
        "compile_problems.html.j2",
        job=job,
        single=single,
        groups={name: found[:_SHOWN] for name, found in groups.items()},
        sizes={name: len(found) for name, found in groups.items()},
        sheets=Counter(where),
        chosen=chosen,
        errors=sum(fault.problem.severity == "error" for fault in faults),
        warnings=sum(fault.problem.severity == "warning" for fault in faults),
        limits=bench_of(request).settings.limits,
        prior=next((name for stored, name in own_names(job).items() if stored.startswith(PRIOR)), ""),
    )


def _result_page(request: Request, job: Job, found: Compiled, report: Report) -> Response:
    """What came of a ledger."""
    findings = report.checked[0].findings
    return page(
        request,
        "compile_result.html.j2",
        job=job,
        compiled=found,
        formats=FORMAT_NAMES,
        sizes=compilation.made_sizes(bench_of(request), job),
        findings=findings[:_FINDINGS],
        counts=counts(findings),
        total=len(findings),
        severities=SEVERITY,
        draw=_drawn,
        told=told,
        unit=found.unit,
    )


def _drawn(chart: Chart, unit: str) -> Markup:
    return Markup(chart_svg(chart, unit))
