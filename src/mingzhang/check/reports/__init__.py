"""Reports: what a check found, for a terminal, for programs, for a bureau that sends problems back, for a browser.

Each format is a module that is loaded only when it is asked for: text, json and jsonl need the standard library alone,
so that a check which finds nothing is over before xlsxwriter or jinja2 (50 ms each) would have been imported.
"""

from __future__ import annotations

from mingzhang.check.findings import Report
from mingzhang.check.reports.words import CATEGORY, SEVERITY, counts, document_title, encodable, summary

FORMATS = ("text", "json", "jsonl", "sarif", "junit", "xlsx", "html")


def render(
    report: Report, format: str = "text", *, colour: bool = False, width: int | None = None, whole: bool = False
) -> str | bytes:
    """Render the report in one of FORMATS: bytes for a workbook, else text that ends with a line break.

    The last three are for `text` alone, all other formats hold everything: `colour` puts ANSI colours in, `width` wraps
    at so many columns of a terminal (None leaves lines whole, for files and pipes), `whole` lists what a first look can
    do without: further hints, further places. Raises KeyError for any other format.
    """
    match format:
        case "text":
            from mingzhang.check.reports.text import to_text

            return encodable(to_text(report, colour, width, whole))
        case "json" | "jsonl":
            from mingzhang.check.reports.data import to_json, to_jsonl

            return encodable(to_json(report) if format == "json" else to_jsonl(report))
        case "sarif":
            from mingzhang.check.reports.sarif import to_sarif

            return encodable(to_sarif(report))
        case "junit":
            from mingzhang.check.reports.junit import to_junit

            return encodable(to_junit(report))
        case "xlsx":
            from mingzhang.check.reports.workbook import to_xlsx

            return to_xlsx(report)
        case "html":
            from mingzhang.check.reports.page import to_html

            return encodable(to_html(report))
    raise KeyError(format)


__all__ = ["CATEGORY", "FORMATS", "SEVERITY", "counts", "document_title", "render", "summary"]
