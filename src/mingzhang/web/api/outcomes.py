"""What a check found in a job, whether files were checked or a ledger compiled: findings, tables."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from mingzhang.check import Category, Finding, Report, Severity
from mingzhang.check.reports.data import finding_record, report_record
from mingzhang.web.api.replies import reply
from mingzhang.web.refused import Refused
from mingzhang.web.results import fingerprint

SeverityParam = Annotated[list[Severity] | None, Query(title="级别", description="只要这些级别，可多次给出")]
CategoryParam = Annotated[list[Category] | None, Query(title="类别", description="只要这些类别，可多次给出")]
RuleParam = Annotated[list[str] | None, Query(title="规则编号", description="只要这些规则，可多次给出")]
DocumentParam = Annotated[int, Query(title="第几份公开", description="一个任务有几份公开时，从 1 起", ge=1, le=10_000)]


def findings_reply(
    report: Report, severity: list[Severity] | None, category: list[Category] | None, rule: list[str] | None
) -> Response:
    """The findings that are wanted, with the documents that were checked."""
    rules = {one.lower() for one in rule or ()}

    def wanted(finding: Finding) -> bool:
        return (
            (not severity or finding.severity in severity)
            and (not category or finding.category in category)
            and (not rules or finding.rule.lower() in rules)
        )

    found = [finding for checked in report.checked for finding in checked.findings if wanted(finding)]
    records = [{"id": fingerprint(finding)} | finding_record(finding) for finding in found]
    return reply(report_record(report) | {"findings": records})


def day(text: str, title: str) -> str:
    """A day as text, blank if none is given. Raises Refused if it is none."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise Refused(422, f"参数“{title}”不是日期，请写成 YYYY-MM-DD") from None
