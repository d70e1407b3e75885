"""The words that all reports share: severities, categories, where something stands, what the numbers are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mingzhang.check.findings import SEVERITIES, Category, Checked, Finding, Place, Report, Severity, Waiver
from mingzhang.disclosure import Kind
from mingzhang.families import families, load_family

SEVERITY: Final[Mapping[Severity, str]] = {"error": "错误", "warning": "警告", "info": "提示"}
CATEGORY: Final[Mapping[Category, str]] = {
    "arithmetic": "表内勾稽",
    "cross_table": "表间勾稽",
    "narrative_vs_table": "文表不符",
    "year_mismatch": "年度错误",
    "change_math": "增减计算",
    "performance_vs_budget": "绩效与预算不符",
    "performance_form": "绩效目标表",
    "performance_quality": "绩效指标质量",
    "privacy": "个人信息",
    "completeness": "完整性",
    "classification": "科目分类",
    "duplicate": "重复",
    "naming": "名称",
    "typo": "文字",
    "other": "其他",
}
KIND: Final[Mapping[Kind, str]] = {
    "department_budget": "部门预算",
    "unit_budget": "单位预算",
    "department_final_accounts": "部门决算",
    "unit_final_accounts": "单位决算",
}
ACCEPTED: Final = "已认可"
MISREADING: Final = "疑似识读有误"
_SIDES = {"income": "收入", "expense": "支出"}
_FORMS = {
    "overall": "整体支出绩效目标表",
    "contents": "目录",
    "cover": "封面",
    "catalogue": "政府购买服务目录",
    "form": "项目支出绩效目标表",
}
# What a terminal, XML or a spreadsheet would not take for text: control characters, and those that turn the direction
# of writing, by which a document could make a report read otherwise than it is.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_SPACE = re.compile(r"[\s\x85]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Counts(Struct, frozen=True):
    """How many findings there are of each severity; an accepted one counts only as that."""

    error: int = 0
    warning: int = 0
    info: int = 0
    accepted: int = 0


def counts(findings: Iterable[Finding]) -> Counts:
    """Count the findings."""
    found = dict.fromkeys((*SEVERITIES, "accepted"), 0)
    for finding in findings:
        found["accepted" if finding.accepted else finding.severity] += 1
    return Counts(**found)


def summary(report: Report) -> str:
    """The report in one line.

    A document without findings is told, too: "检查 1 份文件，没有发现问题".
    """
    total = counts(finding for one in report.checked for finding in one.findings)
    documents = f"检查 {len(report.checked)} 份文件"
    if not any((total.error, total.warning, total.info, total.accepted)):
        return f"{documents}，没有发现问题"
    return f"{documents}：{count_words(total)}"


def count_words(total: Counts) -> str:
    """The counts in words: 错误 2 个，警告 0 个，提示 3 个, and the accepted ones if there are any."""
    told = [f"{SEVERITY[severity]} {getattr(total, severity)} 个" for severity in SEVERITIES]
    return "，".join([*told, f"{ACCEPTED} {total.accepted} 个"] if total.accepted else told)


def book_title(book: str) -> str:
    """The rule books of a report (its `book`) as people call them: 山西省部门（单位）预算公开 2026.11 版."""
    told = []
    for one in filter(None, book.split("、")):
        family, _, version = one.rpartition(" ")
        told.append(f"{load_family(family).title} {version} 版" if family in families() else one)
    return clean("、".join(told))


def document_title(checked: Checked) -> str:
    """What a document is: department, year and kind; its own name behind that where it says something else."""
    disclosure = checked.disclosure
    name = clean(disclosure.name)
    if not name:
        return clean(checked.name)
    year = f"{disclosure.fiscal_year}年度" if disclosure.fiscal_year else ""
    title = f"{name}{year}{KIND[disclosure.kind]}"
    return title if checked.name in ("", disclosure.name) else f"{title}（{clean(checked.name)}）"


def encodable(text: str) -> str:
    """The text without lone surrogates, which the name of a file can bring in and UTF-8 cannot hold."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def clean(text: str) -> str:
    """A text of a document on one line, without characters that are no text."""
    text = encodable(text)
    return _SPACE.sub(" ", _CONTROL.sub(lambda match: " " if match[0] in "\t\n\r\v\f\x85" else "", text)).strip()


def number(value: Decimal) -> str:
    """A decimal as a plain number, never in scientific notation.

    >>> number(Decimal("1E+3")), number(Decimal("0.0050"))
    ('1000', '0.0050')
    """
    return format(value, "f")


def measures(finding: Finding) -> str:
    """The difference, without its sign, and what rounding could explain of it; empty if the finding has neither."""
    told = [f"相差 {number(abs(finding.difference))}"] if finding.difference is not None else []
    if finding.bound is not None:
        told.append(f"四舍五入允许 {number(finding.bound)}")
    return "，".join(told)


def waiver_words(waiver: Waiver) -> str:
    """Who accepted a finding, why, and until when."""
    until = f"，至 {clean(waiver.until)}" if waiver.until else ""
    return f"{clean(waiver.who)}：{clean(waiver.why)}{until}"


def place_title(place: Place) -> str:
    """What the table, section or form is called."""
    if place.label:
        return clean(place.label)
    if place.form == "form" and place.seq is not None:
        return f"第{place.seq}张{_FORMS['form']}"
    form = re.fullmatch(r"([A-Za-z]+)(\d+)", place.form)
    if form and form[1] == "T":
        return f"表{form[2]}"
    if form and form[1] == "n":
        return f"情况说明第{form[2]}节"
    return _FORMS.get(place.form, clean(place.form))


def place_cell(place: Place) -> str:
    """Side, row and column, as much as there is of them."""
    parts = [_SIDES.get(place.side, clean(place.side)), clean(place.row), clean(place.column)]
    return " / ".join(part.rstrip("：:") for part in parts if part)


def place_value(place: Place, room: int = 60) -> str:
    """The printed value, or the passage around it."""
    if place.text:
        return f"“{passage(place.text, place.value, room)}”"
    return clean(place.value)


def place_source(place: Place, with_file: bool = False) -> str:
    """Where in the file it stands: its line, or sheet, or page."""
    told = [clean(place.file)] if with_file and place.file else []
    if place.sheet:
        told.append(f"工作表“{clean(place.sheet)}”")
    if place.page is not None:
        told.append(f"第{place.page}页")
    if place.line is not None:
        told.append(f"第{place.line}行")
    return " ".join(told)


def place_words(place: Place, with_file: bool = False, room: int = 60) -> str:
    """A place for a person: 表三 2026年预算支出总表［合计 / 基本支出］329.83（第152行）."""
    cell = place_cell(place)
    source = place_source(place, with_file)
    value = place_value(place, room)
    suggested = f"，应为 {clean(place.suggested)}" if place.suggested else ""
    head = place_title(place) + (f"［{cell}］" if cell else "")
    if head and value and not cell:
        value = f"：{value}"
    return f"{head}{value}{suggested}{f'（{source}）' if source else ''}"


def several_files(findings: Sequence[Finding]) -> bool:
    """Whether the findings cite more than one file, so that each place has to say which."""
    return len({place.file for finding in findings for place in finding.where if place.file}) > 1


def passage(text: str, value: str = "", room: int = 60) -> str:
    """The part of a text around a value, so many characters of it.

    >>> passage("本部门2025年度无其他说明事项", "2025", 12)
    '本部门2025年度无其他…'
    """
    text, value = clean(text), clean(value)
    if len(text) <= room:
        return text
    at = max(text.find(value), 0) if value else 0
    start = max(0, min(at - (room - len(value)) // 2, len(text) - room))
    end = start + room
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that count, errors first, each severity in the order that the check gave."""
    open_ = [finding for finding in findings if not finding.accepted]
    return sorted(open_, key=lambda finding: SEVERITIES.index(finding.severity))
