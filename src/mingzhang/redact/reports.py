"""What a check has found of private data: the report as it may be passed on, and clean copies of the published files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from mingzhang.check import Checked, Place, Report
from mingzhang.redact.everywhere import masked
from mingzhang.redact.masks import mask
from mingzhang.redact.records import Area, Redacted, Secret
from mingzhang.redact.writing import redact

_PRIVACY = "privacy"
_TEXTS = (".txt", ".md", ".html", ".htm", ".docx", ".xlsx")


def private_places(checked: Checked) -> list[Place]:
    """Where private data stand in a document; the place's value is the datum."""
    return [place for one in checked.findings if one.category == _PRIVACY for place in one.where if place.value]


def without_private_data(report: Report, evidence: bool = True) -> Report:
    """The report as it may be passed on: what is private is masked in findings, and in the `evidence` if it is shown."""
    secrets = [place.value for checked in report.checked for place in private_places(checked)]
    if not secrets:
        return report
    if evidence:
        return masked(report, secrets)
    return replace(
        report,
        checked=tuple(replace(checked, findings=masked(checked.findings, secrets)) for checked in report.checked),
    )


def clean_copies(checked: Checked, files: Mapping[str, Path], folder: Path) -> list[Redacted]:
    """Write copies of a document's files into a folder, private data masked; `files` are by the names that its places tell.

    Files in which none were found have no copy.
    """
    places, copies = private_places(checked), []
    for name, file in files.items():
        own = [place for place in places if place.file in ("", name)]
        if not own:
            continue
        texts = dict.fromkeys(place.value for place in own)
        boxes = [Area(place.page, place.bbox) for place in own if place.page and place.bbox]
        areas = boxes if file.suffix.lower() not in _TEXTS else []
        copies.append(redact(file, [Secret(text, mask(text)) for text in texts], folder / file.name, areas))
    return copies
