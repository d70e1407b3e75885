"""A report in SARIF 2.1.0, the format in which code hosts and editors take findings."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from mingzhang.check.findings import Consequence, Finding, Place, Report, Severity
from mingzhang.check.reports.data import Record, known
from mingzhang.check.reports.words import (
    CATEGORY,
    MISREADING,
    clean,
    document_title,
    measures,
    number,
    place_cell,
    place_title,
    place_words,
    waiver_words,
)

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_ORDER = ("note", "warning", "error")


def to_sarif(report: Report) -> str:
    """The report as a SARIF log of one run."""
    findings = [finding for checked in report.checked for finding in checked.findings]
    rules = _rules(findings)
    at = {rule["id"]: number for number, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": known(
                {"name": "mingzhang", "fullName": "明账", "language": "zh-CN", "rules": rules, "properties": {"book": report.book}}
            )
        },
        "language": "zh-CN",
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            {"location": {"uri": quote(_uri(name))}, "description": {"text": text}} for name, text in _artifacts(report)
        ],
        "results": [_result(finding, at[_rule_id(finding)], seen) for finding in findings],
    }  # fmt: skip
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _uri(name: str) -> str:
    """A name as a relative path that quote can take."""
    return name.replace("\\", "/").encode("utf-8", "replace").decode() or "-"


def _artifacts(report: Report) -> list[tuple[str, str]]:
    return [(checked.name, document_title(checked) or "-") for checked in report.checked]


def _rule_id(finding: Finding) -> str:
    return clean(finding.rule) or "-"


def _rules(findings: list[Finding]) -> list[Record]:
    """What is to be known of each rule; its default level is the gravest at which it was found."""
    rules: dict[str, Record] = {}
    for finding in findings:
        key, level = _rule_id(finding), _LEVELS[finding.severity]
        if key in rules:
            before = rules[key]["defaultConfiguration"]["level"]
            rules[key]["defaultConfiguration"]["level"] = max(before, level, key=_ORDER.index)
            continue
        title = clean(finding.title) or key
        rules[key] = known(
            {
                "id": key,
                "name": title,
                "shortDescription": {"text": title},
                "help": {"text": f"依据：{clean(finding.basis)}"} if clean(finding.basis) else None,
                "defaultConfiguration": {"level": level},
                "properties": {"category": finding.category, "tags": [CATEGORY[finding.category]]},
            }
        )
    return list(rules.values())


def _result(finding: Finding, index: int, seen: Counter[str]) -> Record:
    places = finding.where
    first, rest = places[:1], places[1:]
    return known(
        {
            "ruleId": _rule_id(finding),
            "ruleIndex": index,
            "level": _LEVELS[finding.severity],
            "message": {"text": _message(finding)},
            "locations": [_location(place, finding.document) for place in first] or [_document(finding)],
            "relatedLocations": [
                {"id": number, **_location(place, finding.document), "message": {"text": place_words(place) or "-"}}
                for number, place in enumerate(rest, 1)
            ],
            "partialFingerprints": {"mingzhang/v1": _fingerprint(finding, seen)},
            "suppressions": _suppressions(finding),
            "properties": known(
                {
                    "category": finding.category,
                    "difference": None if finding.difference is None else number(finding.difference),
                    "bound": None if finding.bound is None else number(finding.bound),
                    "basis": clean(finding.basis),
                    "suspectedMisreading": finding.suspected_misreading,
                    "also": [_also(one) for one in finding.also],
                }
            ),
        }
    )


def _message(finding: Finding) -> str:
    doubt = f"（{MISREADING}）" if finding.suspected_misreading else ""
    told = f"（{measures(finding)}）" if measures(finding) else ""
    return f"{clean(finding.message)}{told}{doubt}" or "-"


def _also(one: Consequence) -> Record:
    return {"rule": clean(one.rule), "message": clean(one.message)}


def _suppressions(finding: Finding) -> list[Record]:
    if finding.accepted is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": waiver_words(finding.accepted)}]


def _document(finding: Finding) -> Record:
    return {"physicalLocation": {"artifactLocation": {"uri": quote(_uri(finding.document))}}}


def _location(place: Place, document: str) -> Record:
    """The line in the file, if it has lines; and the table, cell and page by name."""
    file: Record = {"artifactLocation": {"uri": quote(_uri(place.file or document))}}
    if place.line is not None and place.line > 0:
        snippet = clean(place.text or place.value)
        file["region"] = known({"startLine": place.line, "snippet": {"text": snippet} if snippet else None})
    title, cell = place_title(place), place_cell(place)
    names = [{"name": title, "kind": "table" if place.form.startswith("T") else "section"}] if title else []
    if cell:
        names.append({"name": cell, "fullyQualifiedName": f"{title}/{cell}", "kind": "cell"})
    if place.sheet:
        names.append({"name": clean(place.sheet) or "-", "kind": "sheet"})
    if place.page is not None:
        names.append({"name": f"第{place.page}页", "kind": "page"})
    where: dict[str, Any] = {"page": place.page, "bbox": place.bbox, "seq": place.seq, "value": clean(place.value)}
    return known({"physicalLocation": file, "logicalLocations": names, "properties": known(where) or None})


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """What tells a finding from others and stays when lines move or amounts are mended; like ones are counted."""
    cells = [f"{place.form}|{place.side}|{place.seq}|{place.row}|{place.column}" for place in finding.where]
    plain = "\n".join([finding.rule, finding.document, *cells])
    digest = sha256(plain.encode("utf-8", "replace")).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
