"""A report as JUnit XML, which every CI shows: a suite a document, a case a rule that found something."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mingzhang.check.findings import Checked, Finding, Report
from mingzhang.check.reports.words import (
    ACCEPTED,
    CATEGORY,
    SEVERITY,
    clean,
    document_title,
    measures,
    place_words,
    several_files,
    waiver_words,
)


def to_junit(report: Report) -> str:
    """The report as XML. A rule fails by an error that nobody accepted; warnings and hints are its output."""
    suites = Element("testsuites", name="mingzhang")
    for checked in report.checked:
        _suite(suites, checked)
    for key in ("tests", "failures", "skipped"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    suites.set("errors", "0")
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, "unicode")}\n'


def _suite(suites: Element, checked: Checked) -> None:
    rules: dict[str, list[Finding]] = {}
    for finding in checked.findings:
        rules.setdefault(finding.rule, []).append(finding)
    suite = SubElement(
        suites, "testsuite", name=clean(checked.name) or document_title(checked), package="mingzhang.check"
    )
    with_file = several_files(checked.findings)
    for findings in rules.values():
        _case(suite, findings, with_file)
    found = {
        kind: len(suite.findall(f"testcase/{tag}")) for kind, tag in (("failures", "failure"), ("skipped", "skipped"))
    }
    for key, value in {"tests": len(rules), "errors": 0, **found}.items():
        suite.set(key, str(value))


def _case(suite: Element, findings: Sequence[Finding], with_file: bool) -> None:
    first = findings[0]
    name = " ".join(filter(None, (clean(first.rule), clean(first.title)))) or "-"
    case = SubElement(
        suite, "testcase", name=name, classname=f"{suite.get('name')}.{CATEGORY[first.category]}", time="0"
    )
    errors = [one for one in findings if one.severity == "error" and not one.accepted]
    others = [one for one in findings if one.severity != "error" and not one.accepted]
    accepted = [one for one in findings if one.accepted]
    if errors:
        more = f"（等 {len(errors)} 个）" if len(errors) > 1 else ""
        failure = SubElement(case, "failure", message=clean(errors[0].message) + more, type=errors[0].category)
        failure.text = _told(errors, with_file)
    elif accepted and not others:
        waiver = accepted[0].accepted
        SubElement(case, "skipped", message=f"{ACCEPTED}：{waiver_words(waiver) if waiver else ''}")
    if others or accepted:
        SubElement(case, "system-out").text = _told([*others, *accepted], with_file)


def _told(findings: Sequence[Finding], with_file: bool) -> str:
    lines = []
    for finding in findings:
        state = f"{ACCEPTED}（{waiver_words(finding.accepted)}）" if finding.accepted else SEVERITY[finding.severity]
        lines.append(f"{state}：{clean(finding.message)}")
        lines += [f"  - {place_words(place, with_file)}" for place in finding.where]
        lines += [f"  {measures(finding)}"] if measures(finding) else []
        lines += [f"  同一原因还违反：{clean(one.rule)} {clean(one.message)}" for one in finding.also]
    return "\n".join(lines)
