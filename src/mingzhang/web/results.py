"""The page of a result: the report's own cards and evidence, with the pages of a PDF, and a form to accept each finding."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check import Checked, Finding, Report, Waiver
from mingzhang.check.reports.page import View, view
from mingzhang.check.reports.words import clean
from mingzhang.disclosure import Disclosure
from mingzhang.redact import private_places, without_private_data
from mingzhang.web.answers import page
from mingzhang.web.jobs import bench_of
from mingzhang.web.security import address, named
from mingzhang.web.store import Acceptance, Job
from mingzhang.web.work import load_report, recognised
from mingzhang.web.workbench import own_names


class Box(Struct, frozen=True):
    """A place of a finding on a page, in points."""

    at: str
    state: str
    left: float
    top: float
    width: float
    height: float


class Sheet(Struct, frozen=True):
    """A page of a PDF: its file as it is called here and by its owner, its number, its size in points, what is marked on it."""

    stored: str
    file: str
    number: int
    width: float
    height: float
    boxes: tuple[Box, ...]


def result_page(request: Request, job: Job, report: Report, accepted: Mapping[str, Acceptance]) -> Response:
    """The page; private data are masked in its texts."""
    shown = view(shown_report(report, accepted))
    return page(
        request,
        "result.html.j2",
        job=job,
        view=shown,
        names=own_names(job),
        sheets=_sheets(job, shown),
        fingerprint=fingerprint,
        today=date.today().isoformat(),
        recognised=dict.fromkeys(filter(None, (recognised(one.disclosure) for one in report.checked))),
        private=any(private_places(checked) for checked in report.checked),
    )


def shown_report(report: Report, accepted: Mapping[str, Acceptance]) -> Report:
    """The report with what is accepted marked as such, and private data masked."""
    shown = without_private_data(report)
    today = date.today().isoformat()
    return replace(shown, checked=tuple(_marked(one, accepted, today) for one in shown.checked))


def report_of(request: Request, job: Job) -> Report:
    """The report of a job as it may be shown: private data masked, what is accepted marked."""
    bench = bench_of(request)
    return shown_report(load_report(bench.folder(job.id)), bench.store.accepted(job.id))


def listed(shown: Report) -> Report:
    """The same without what was read, for a list of many documents' findings: it takes little memory."""
    return replace(shown, checked=tuple(replace(one, disclosure=_bare(one.disclosure)) for one in shown.checked))


def _bare(read: Disclosure) -> Disclosure:
    return Disclosure(read.family, read.kind, read.fiscal_year, read.department_code, read.name)


def fingerprint(finding: Finding) -> str:
    """What a finding is accepted by: the rule and what it says."""
    return sha256(f"{finding.rule}\n{finding.document}\n{finding.message}".encode()).hexdigest()[:32]


def in_words(shown: Report, fingerprinted: str) -> str:
    """The finding of this fingerprint as the audit log tells it; blank if the report has none."""
    found = (one for checked in shown.checked for one in checked.findings if fingerprint(one) == fingerprinted)
    return next((f"{one.rule} {clean(one.message)}" for one in found), "")


def accepted_in(request: Request, job: Job, given: Acceptance, told: str) -> None:
    """Accept a finding of a job; `told` is the finding in words, for the audit log."""
    store = bench_of(request).store
    store.accept(job.id, given)
    store.audit(named(request), address(request), "accept", f"{job.title} {told}。理由：{given.why}")


def withdrawn_in(request: Request, job: Job, fingerprinted: str, told: str) -> None:
    """Take back that a finding of a job is accepted; `told` is the finding in words, for the audit log."""
    store = bench_of(request).store
    store.withdraw(job.id, fingerprinted)
    store.audit(named(request), address(request), "withdraw", f"{job.title} {told}")


def _marked(checked: Checked, accepted: Mapping[str, Acceptance], today: str) -> Checked:
    findings = [_waived(finding, accepted.get(fingerprint(finding)), today) for finding in checked.findings]
    return replace(checked, findings=tuple(sorted(findings, key=lambda finding: finding.accepted is not None)))


def _waived(finding: Finding, given: Acceptance | None, today: str) -> Finding:
    if given is None or (given.until and given.until < today):
        return finding
    return replace(finding, accepted=Waiver(given.who, given.why, given.until))


def _sheets(job: Job, shown: View) -> dict[int, list[Sheet]]:
    """The pages of the PDFs, by the number of the document that they belong to."""
    sizes: dict[str, Sequence[tuple[float, float]]] = json.loads(job.outcome)["pages"]
    if not sizes or len(shown.documents) != 1:  # which file belongs to which document is not told
        return {}
    names = own_names(job)
    boxes: dict[tuple[str, int], list[Box]] = {}
    for card in shown.documents[0].cards:
        for number, place in enumerate(card.finding.where, 1):
            if place.page and place.bbox:
                left, top, right, bottom = place.bbox
                box = Box(f"{card.id}-{number}", card.state, left, top, right - left, bottom - top)
                boxes.setdefault((place.file, place.page), []).append(box)
    only = names[next(iter(sizes))] if len(sizes) == 1 else ""
    return {
        1: [
            Sheet(stored, names[stored], number, width, height, tuple(_of(boxes, names[stored], only, number)))
            for stored, pages in sizes.items()
            for number, (width, height) in enumerate(pages, 1)
        ]
    }


def _of(boxes: Mapping[tuple[str, int], list[Box]], file: str, only: str, number: int) -> list[Box]:
    """The boxes of a page; a place that names no file is in the only one."""
    return [*boxes.get((file, number), ()), *(boxes.get(("", number), ()) if file == only else ())]
