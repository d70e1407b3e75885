"""Reports: every format holds every finding, whatever the documents hold; the page stands beside its evidence."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import io
import json
import re
import runpy
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]  # comes with frictionless
import lxml.html
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from example_ledgers import SHARED, example
from mingzhang.check.findings import SEVERITIES, Checked, Consequence, Finding, Place, Report, Waiver
from mingzhang.check.reports import FORMATS, render, summary
from mingzhang.check.reports.document import parts
from mingzhang.check.reports.places import Finder
from mingzhang.check.reports.text import columns, wrap
from mingzhang.check.reports.words import CATEGORY, clean
from mingzhang.disclosure import Fact, Figure, Provenance, Text

NAME = "建设部.txt"
T3 = Place("T3", "", "表三 2026年预算支出总表", "合计", "合计", "8277.83", file=NAME, line=152)
T1 = Place("T1", "expense", "表一 2026年预算收支总表", "支出总计", "2026年合计", "8277.83", file=NAME, line=101)
N3 = Place(
    "n3", "", "三、支出预算情况说明", value="8,277.83", text="2026年度支出预算总额8,277.83万元", file=NAME, line=410
)
FORM = Place("form", label="第7张绩效目标表", row="年度资金总额", column="金额", value="700,000", seq=7, line=531)
FINDINGS = (
    Finding(
        "B0301", "支出总表与情况说明一致", "narrative_vs_table", "error", "情况说明为8617.83，表三合计为8277.83，相差340.00。",
        NAME, (N3, T3, T1), Decimal("3.4E+2"), Decimal("0.01"), "预算法第十四条", True,
        (Consequence("B0302", "占比之和不是100%。"), Consequence("B0303", "与表一不符。")),
    ),
    Finding("P0101", "绩效目标表资金", "performance_form", "warning", "成本指标900000元超过年度资金700,000元。", NAME, (FORM,)),
    Finding("Y0101", "年度", "year_mismatch", "info", "“2025年度”疑应为“2026年度”。", NAME, (Place("n12", text="本部门2025年度", value="2025"),)),
    Finding("Q0101", "满意度", "performance_quality", "warning", "只有一个满意度指标。", NAME, (FORM,), accepted=Waiver("张三", "已核实", "2026-12-31")),
)  # fmt: skip


def report(*findings: Finding, documents: int = 1) -> Report:
    """A report over the example, once or several times, with these findings in the first."""
    disclosure = example("jincheng-construction-2026")
    found = [Checked(NAME, disclosure, findings or FINDINGS)]
    for number in range(1, documents):
        name = f"{number}-{NAME}"
        found.append(Checked(name, disclosure, tuple(replace(one, document=name) for one in FINDINGS)))
    return Report(tuple(found), "山西省部门（单位）预算公开 1")


def text(given: Report, format: str = "text", **options: Any) -> str:
    rendered = render(given, format, **options)
    assert isinstance(rendered, str)
    return rendered


# Strings that documents could hold to do harm, or that formats cannot hold.
HOSTILE = st.one_of(
    st.sampled_from(
        [
            "=1+1", "+cmd|' /C calc'!A0", "-1", "@SUM(A1)", "\t=1", "https://example.invalid/", "<script>alert(1)</script>",
            "</script><script>", "{{ 7*7 }}", "]]>", "&amp;", "\x00\x1b[31m\x07", "\u202e反转", "\ud800", "名" * 200, "￾", "\u2028", "",
        ]
    ),
    st.text(max_size=40),
)  # fmt: skip


@st.composite
def hostile(draw: st.DrawFn) -> tuple[Finding, ...]:
    """Findings whose every text is what HOSTILE draws."""
    texts = st.builds(
        Place, form=st.sampled_from(["T1", "T3", "form", "n5", "contents", ""]), label=HOSTILE, row=HOSTILE, column=HOSTILE,
        value=HOSTILE, text=HOSTILE, file=HOSTILE, seq=st.none() | st.integers(0, 3), line=st.none() | st.integers(1, 9),
    )  # fmt: skip
    findings = st.builds(
        Finding, rule=HOSTILE, title=HOSTILE, category=st.sampled_from(sorted(CATEGORY)), severity=st.sampled_from(SEVERITIES),
        message=HOSTILE, document=st.just("x"), where=st.lists(texts, max_size=3).map(tuple), basis=HOSTILE,
        difference=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        also=st.lists(st.builds(Consequence, HOSTILE, HOSTILE), max_size=2).map(tuple),
        accepted=st.none() | st.builds(Waiver, HOSTILE, HOSTILE, HOSTILE),
    )  # fmt: skip
    return tuple(draw(st.lists(findings, min_size=1, max_size=3)))


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_data_hold_what_the_benchmark_reads(format: str) -> None:
    rendered = text(report(), format)
    found = json.loads(rendered)["findings"] if format == "json" else [*map(json.loads, rendered.splitlines())]
    first, second, third, last = found
    assert list(first)[:6] == ["rule", "title", "category", "severity", "message", "document"]
    assert (first["difference"], first["bound"], first["suspected_misreading"]) == ("340", "0.01", True)
    assert first["also"][0] == {"rule": "B0302", "message": "占比之和不是100%。"}
    assert [place["line"] for place in first["where"]] == [410, 152, 101]
    assert second["where"] == [
        {"form": "form", "label": "第7张绩效目标表", "row": "年度资金总额", "column": "金额", "value": "700,000", "line": 531, "seq": 7}
    ]  # fmt: skip
    assert not third.keys() & {"difference", "bound", "basis", "suspected_misreading", "also", "accepted"}
    assert last["accepted"] == {"who": "张三", "why": "已核实", "until": "2026-12-31"}


def test_json_tells_book_and_documents() -> None:
    found = json.loads(text(report(documents=2), "json"))
    assert found["book"] == "山西省部门（单位）预算公开 1"
    assert len(found["findings"]) == 8
    assert found["documents"][0] == {
        "name": NAME, "fiscal_year": 2026, "department": "晋城经济技术开发区建设管理部",
        "family": "shanxi-department-budget", "errors": 1, "warnings": 1, "infos": 1, "accepted": 1,
    }  # fmt: skip


def test_the_benchmark_scores_our_findings() -> None:
    path = SHARED / "bench" / "score.py"
    if not path.exists():
        pytest.skip("the benchmark is not at hand")
    truth = [{"id": "1", "category": "narrative_vs_table", "where": "line 410", "what": "8617.83 against 8277.83", "certainty": "certain"}]  # fmt: skip
    score = runpy.run_path(str(path))["score_defects"](json.loads(text(report(), "json"))["findings"], truth)
    assert (score["recall"], score["findings_matched"]) == (1, 1)


def test_text_is_grouped_and_summed_up() -> None:
    lines = text(report()).splitlines()
    assert lines[0] == "晋城经济技术开发区建设管理部2026年度部门预算（建设部.txt）"
    assert [line.split()[0] for line in lines if line[:2] in ("错误", "警告", "提示")] == [
        "错误",
        "错误",
        "警告",
        "提示",
        "警告",
    ]
    assert "- 三、支出预算情况说明：“2026年度支出预算总额8,277.83万元”（第410行）" in lines[4]
    assert "- 表三 2026年预算支出总表［合计 / 合计］8277.83（第152行）" in lines[5]
    joined = "\n".join(lines)
    assert "相差 340，四舍五入允许 0.01；依据：预算法第十四条" in joined
    assert "同一原因还违反：B0302 占比之和不是100%；B0303 与表一不符" in joined
    assert "（疑似识读有误）" in joined
    assert "（张三：已核实，至 2026-12-31）" in joined.partition("已认可的问题")[2]
    assert lines[-1] == summary(report()) == "检查 1 份文件：错误 1 个，警告 1 个，提示 1 个，已认可 1 个"
    assert "\x1b" not in joined


def test_text_is_short_unless_all_is_asked_for() -> None:
    hints = tuple(replace(FINDINGS[2], rule=f"Y{number}", where=(T3,) * 20) for number in range(30))
    short, whole = text(report(*hints)), text(report(*hints), whole=True)
    assert "另有 20 个提示未列出，加 --all 全部列出" in short
    assert short.count("表三") == 40
    assert short.count("等 20 处") == 10
    assert whole.count("表三") == 600
    assert "未列出" not in whole


def test_a_clean_report_says_so() -> None:
    clean = replace(report(), checked=(replace(report().checked[0], findings=()),))
    assert text(clean).splitlines()[-1] == "检查 1 份文件，没有发现问题"
    for format in FORMATS:
        assert render(clean, format) or format == "jsonl"


@given(hostile(), st.integers(40, 120), st.booleans())
def test_text_keeps_to_the_terminal(findings: tuple[Finding, ...], width: int, colour: bool) -> None:
    rendered = text(report(*findings), colour=colour, width=width)
    assert all(columns(line) <= width for line in rendered.split("\n"))
    plain = rendered.replace("\x1b[", "") if colour else rendered
    assert all(character.isprintable() or character == "\n" for character in plain if ord(character) < 0xA0)
    assert "\u202e" not in rendered


def test_wrapping_keeps_numbers_whole_and_punctuation_back() -> None:
    lines = list(wrap("表三合计数为8,277.83万元，与情况说明（8,617.83万元）不符。", 20, "  "))
    assert "".join(line.strip() for line in lines) == "表三合计数为8,277.83万元，与情况说明（8,617.83万元）不符。"
    assert all(columns(line) <= 20 for line in lines)
    assert not any(line.strip()[0] in "，。）" or line[-1] == "（" for line in lines)
    assert any("8,617.83" in line for line in lines)


@given(hostile())
def test_data_come_back_as_they_were(findings: tuple[Finding, ...]) -> None:
    mended = "\N{REPLACEMENT CHARACTER}"
    for format in ("json", "jsonl"):
        rendered = text(report(*findings), format)
        assert rendered.encode()
        found = json.loads(rendered)["findings"] if format == "json" else [*map(json.loads, rendered.splitlines())]
        wanted = [one.message.encode("utf-8", "replace").decode() for one in findings]
        assert [one.get("message", "").replace(mended, "?") for one in found] == [
            one.replace(mended, "?") for one in wanted
        ]


@pytest.mark.parametrize(("format", "spared"), [("text", ("rich", "jinja2", "xlsxwriter", "xml")), ("json", ("rich", "jinja2", "xlsxwriter", "xml"))])  # fmt: skip
def test_a_format_loads_only_what_it_needs(format: str, spared: tuple[str, ...]) -> None:
    program = (
        "import sys; from mingzhang.check.findings import Report; from mingzhang.check.reports import render\n"
        f"render(Report((), ''), {format!r}); print(*({{*{spared!r}}} & {{*sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# What SARIF 2.1.0 requires of what we write (the official schema, cut down to it; nothing else is let in).
_TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}
_ARTIFACT = {
    "type": "object",
    "required": ["uri"],
    "additionalProperties": False,
    "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": _TEXT,
        "properties": {"type": "object"},
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": _ARTIFACT,
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "additionalProperties": False,
                    "properties": {"startLine": {"type": "integer", "minimum": 1}, "snippet": _TEXT},
                },
            },
        },
        "logicalLocations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {key: {"type": "string"} for key in ("name", "fullyQualifiedName", "kind")},
            },
        },
    },
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RULE = {
    "type": "object",
    "required": ["id", "name", "shortDescription", "defaultConfiguration"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "shortDescription": _TEXT,
        "help": _TEXT,
        "properties": {"type": "object"},
        "defaultConfiguration": {"type": "object", "properties": {"level": _LEVEL}},
    },
}
_RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer"},
        "level": _LEVEL,
        "message": _TEXT,
        "properties": {"type": "object"},
        "locations": {"type": "array", "items": _LOCATION},
        "relatedLocations": {"type": "array", "uniqueItems": True, "items": _LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"enum": ["inSource", "external"]},
                    "status": {"enum": ["accepted", "underReview", "rejected"]},
                    "justification": {"type": "string"},
                },
            },
        },
    },
}
SARIF = {
    "type": "object", "required": ["version", "runs", "$schema"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"}, "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["tool", "results"], "additionalProperties": False,
            "properties": {
                "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {"type": "object", "required": ["name"], "properties": {"rules": {"type": "array", "uniqueItems": True, "items": _RULE}}}}},
                "language": {"const": "zh-CN"}, "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "artifacts": {"type": "array", "items": {"type": "object", "properties": {"location": _ARTIFACT, "description": _TEXT}}},
                "results": {"type": "array", "items": _RESULT},
            },
        }},
    },
}  # fmt: skip


def sarif(given: Report) -> dict[str, Any]:
    """The only run of the SARIF log, which keeps to the schema."""
    log = json.loads(text(given, "sarif"))
    jsonschema.validate(log, SARIF)
    return log["runs"][0]  # type: ignore[no-any-return]


def test_sarif_tells_rules_lines_and_suppressions() -> None:
    run = sarif(report())
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["B0301", "P0101", "Y0101", "Q0101"]
    first, _, third, last = run["results"]
    assert (first["level"], third["level"]) == ("error", "note")
    where = first["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "%E5%BB%BA%E8%AE%BE%E9%83%A8.txt"
    assert where["region"]["startLine"] == 410
    assert [one["logicalLocations"][0]["name"] for one in first["relatedLocations"]] == [T3.label, T1.label]
    assert "region" not in third["locations"][0]["physicalLocation"]
    assert last["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "张三：已核实，至 2026-12-31"}]  # fmt: skip


def test_sarif_fingerprints_outlast_lines_and_amounts() -> None:
    def prints(*findings: Finding) -> list[str]:
        return [one["partialFingerprints"]["mingzhang/v1"] for one in sarif(report(*findings))["results"]]

    moved = replace(
        FINDINGS[0], message="别的数。", where=tuple(replace(one, line=9, value="1") for one in FINDINGS[0].where)
    )
    assert prints(FINDINGS[0]) == prints(moved)
    assert len({*prints(*FINDINGS, FINDINGS[0])}) == 5


def test_junit_fails_by_errors_alone() -> None:
    tree = ElementTree.fromstring(text(report(documents=2), "junit"))
    assert [tree.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["8", "2", "0", "2"]
    suite = tree[0]
    assert (suite.tag, suite.get("name"), suite.get("tests")) == ("testsuite", NAME, "4")
    first, second, third, last = suite
    assert [one.tag for one in first] == ["failure"]
    assert "表三 2026年预算支出总表" in (first[0].text or "")
    assert [[one.tag for one in case] for case in (second, third, last)] == [["system-out"], ["system-out"], ["skipped", "system-out"]]  # fmt: skip
    assert "警告：成本指标" in (second[0].text or "")


def sheets(given: Report) -> openpyxl.Workbook:
    rendered = render(given, "xlsx")
    assert isinstance(rendered, bytes)
    assert rendered == render(given, "xlsx")
    return openpyxl.load_workbook(io.BytesIO(rendered))


def test_workbook_is_the_list_that_a_bureau_sends_back() -> None:
    book = sheets(report(documents=2))
    page, total = book["问题清单"], book["汇总"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=3)]
    assert rows[0] == [
        "序号", "部门（单位）", "级别", "类别", "规则", "问题", "位置", "原文/数值", "差额", "依据", "整改要求", "整改情况", "整改期限", "备注",
    ]  # fmt: skip
    assert len(rows) == 9
    assert rows[1][:4] == [1, "晋城经济技术开发区建设管理部", "错误", "文表不符"]
    assert rows[1][6].split("\n")[1] == "2. 表三 2026年预算支出总表［合计 / 合计］（第152行）"
    assert rows[1][7].split("\n")[1:] == ["2. 8277.83", "3. 8277.83"]
    assert rows[1][8] == "340"
    assert rows[1][10:13] == [None] * 3
    assert "疑似识读有误" in rows[1][13]
    assert "已认可：张三：已核实，至 2026-12-31" in rows[4][13]
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A4", "A3:N11", "$3:$3")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", 9, True)  # fmt: skip
    assert page["F4"].alignment.wrap_text
    assert [cell.value for cell in total[3]][:8] == [
        "序号",
        "部门（单位）",
        "文件",
        "错误",
        "警告",
        "提示",
        "已认可",
        "合计",
    ]
    assert [cell.value for cell in total[4]][:8] == [1, "晋城经济技术开发区建设管理部", NAME, 1, 1, 1, 1, 4]
    assert [cell.value for cell in total[6]][3:8] == [2, 2, 2, 2, 8]


def test_workbook_holds_very_long_texts() -> None:
    long = replace(FINDINGS[0], message="长" * 40_000, where=(T3,) * 2_000)
    row = [cell.value for cell in sheets(report(long))["问题清单"][4]]
    assert row[5].startswith("长长")
    assert row[6].endswith("等 2000 处")


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_other_formats_take_any_text(findings: tuple[Finding, ...]) -> None:
    given = report(*findings)
    assert len(sarif(given)["results"]) == len(findings)
    assert ElementTree.fromstring(text(given, "junit").encode()).get("tests") == str(
        len({one.rule for one in findings})
    )
    page = sheets(given)["问题清单"]
    assert page.max_row == 3 + len(findings)
    for cell in (cell for row in page.iter_rows(min_row=4) for cell in row):
        assert cell.data_type in ("s", "n")
        assert cell.hyperlink is None
        assert cell.column == 1 or cell.data_type == "s" or cell.value is None


def open_page(browser: Browser, path: Path, given: Report, width: int) -> tuple[Page, list[str], list[str]]:
    """The report in a browser, with the errors and the requests that it makes."""
    path.write_text(text(given, "html"), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    errors: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.goto(path.as_uri())
    return page, errors, requests


def marked(page: Page) -> list[str]:
    """The texts of what is marked for the finding that is selected."""
    return page.eval_on_selector_all(".paper .on", "all => all.map(one => one.textContent)")  # type: ignore[no-any-return]


def test_page_stands_beside_its_evidence(browser: Browser, tmp_path: Path) -> None:
    page, errors, requests = open_page(browser, tmp_path / "报告.html", report(), 1440)
    assert marked(page) == ["8277.83"] * 3  # the text prints no separators, the finding does
    cell = page.locator(".paper td.on.now, .paper mark.on.now")
    assert cell.inner_text().endswith("8277.83")
    page.keyboard.press("ArrowRight")
    assert "第 2 / 3 处" in page.locator(".steps output").inner_text()
    assert page.evaluate("document.querySelector('.paper .now').closest('.part').querySelector('h3').textContent").startswith("表三")  # fmt: skip
    box = page.locator(".paper .now").bounding_box()
    assert box
    assert 0 < box["y"] < 900
    page.keyboard.press("j")
    assert page.locator(".card.selected").get_attribute("data-category") == "performance_form"
    assert marked(page) == ["700,000"]
    page.keyboard.press("k")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.card').id") == "f2"
    assert page.url.endswith("#f2")
    page.locator(".paper td.hit", has_text="8277.83").first.click()
    assert page.locator(".card.selected").get_attribute("id") == "f1"
    assert not errors
    assert len(requests) == 1
    page.close()


def test_page_filters(browser: Browser, tmp_path: Path) -> None:
    page, errors, _ = open_page(browser, tmp_path / "r.html", report(documents=3), 1440)
    shown = page.locator(".card:not([hidden])")
    assert shown.count() == 12
    page.get_by_role("button", name="错误").first.click()
    assert shown.count() == 9
    page.get_by_label("按类别筛选").select_option("year_mismatch")
    assert shown.count() == 3
    page.get_by_label("按类别筛选").select_option("")
    page.get_by_label("在问题中查找").fill("成本指标")
    expect(shown).to_have_count(3)
    assert "显示 3 / 12 条" in page.locator(".shown").inner_text()
    page.keyboard.press("Escape")
    for _ in range(5):
        page.keyboard.press("j")
    assert page.locator(".card.selected").get_attribute("id") == shown.last.get_attribute("id")
    assert page.locator(".source-document").get_attribute("data-document") == "3"
    assert marked(page) == ["700,000"]
    assert not errors
    page.close()


def test_page_on_a_phone_shows_the_excerpt_under_its_finding(browser: Browser, tmp_path: Path) -> None:
    page, errors, requests = open_page(browser, tmp_path / "r.html", report(), 390)
    page.locator(".card .head").first.click()
    excerpts = page.locator(".card.selected .excerpt")
    assert excerpts.count() == 3
    assert excerpts.nth(1).locator(".on").inner_text() == "8277.83"
    assert "支出" in excerpts.nth(1).locator("thead").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert (errors, len(requests)) == ([], 1)
    page.close()


def test_page_is_safe_with_any_text(browser: Browser, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=https://example.invalid/ onerror=alert(2)>\"'{{7*7}}</template>"
    place = replace(T3, label=evil, row=evil, value=evil, text=evil, suggested=evil, file=evil)
    finding = replace(FINDINGS[0], rule=evil, title=evil, message=evil, basis=evil, where=(place,), also=(Consequence(evil, evil),), accepted=Waiver(evil, evil, evil))  # fmt: skip
    disclosure = example("jincheng-construction-2026")
    texts = (*disclosure.texts, Text("n3", "paragraph", evil))
    project = dataclasses.replace(disclosure.projects[0], name=evil, texts={"overview": evil})
    hostile = dataclasses.replace(disclosure, name=evil, texts=texts, projects=(project,))
    given = Report(
        (Checked(evil, hostile, (finding, replace(finding, where=(FORM, replace(N3, text=evil))))),) * 2, evil
    )
    page, errors, requests = open_page(browser, tmp_path / "r.html", given, 1440)
    for _ in range(3):
        page.keyboard.press("j")
    assert "<script>alert(1)</script>" in page.locator(".paper").inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert (errors, len(requests)) == ([], 1)
    page.close()


def test_page_needs_no_family_and_no_script() -> None:
    disclosure = dataclasses.replace(example("jincheng-construction-2026"), family="")
    rendered = text(Report((Checked(NAME, disclosure, FINDINGS),), "书"), "html")
    assert rendered.count("8277.83") > 10
    assert re.search(r'<td[^>]*class="n hit error" data-at="1-2">8277.83</td>', rendered)
    assert not re.search(r"\s(style|on\w+)=|https?://", rendered)
    for kind in ("style", "script"):
        (content,) = re.findall(f"<{kind}>(.*?)</{kind}>", rendered, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in html.unescape(rendered)


@given(hostile())
def test_page_holds_every_finding(findings: tuple[Finding, ...]) -> None:
    rendered = text(report(*findings), "html")
    tree = lxml.html.document_fromstring(rendered)
    assert [re.sub(r"\s+", " ", node.text_content()).strip() for node in tree.find_class("message")] == [
        re.sub(r"\s+", " ", clean(one.message)).strip()
        for one in sorted(findings, key=lambda one: (one.accepted is not None, not one.accepted and SEVERITIES.index(one.severity)))
    ]  # fmt: skip


def test_places_are_found_as_a_document_prints_them() -> None:
    """By line where two rows are called alike, by words with other spaces and punctuation, by an amount in a long text."""

    def at(line: int) -> Provenance:
        return Provenance(NAME, line)

    alike = [Fact("T3", "total", Decimal(1), row, row_name="其他", provenance=at(row)) for row in (5, 6)]
    long = "一" * 30 + "每年服务费30万元。年初申请70万元。"
    base = example("jincheng-construction-2026")
    given = dataclasses.replace(
        base,
        facts=(*alike, Fact("T99", "new", Decimal(2), 1, row_name="甲", provenance=Provenance(column="新列"))),
        texts=(Text("contents", "paragraph", "第四部分 名词解释 12", at(40)), Text("n3", "paragraph", "支出 8 277.83 万元，其中8277.83", at(50))),
        projects=(dataclasses.replace(base.projects[0], seq=1, texts={"overview": long}),),
    )  # fmt: skip
    found = parts(given)
    finder = Finder(found)

    def shown(**place: Any) -> str:
        finding = shown.calls = getattr(shown, "calls", 0) + 1  # type: ignore[attr-defined]
        if not finder.mark(Place(**place), finding, 1):
            return ""
        spot, mark = next((spot, mark) for part in found for spot in part.spots() for mark in spot.marks if mark.finding == finding)  # fmt: skip
        line = f"@{min(spot.lines)[1]}" if spot.lines else ""
        return (spot.text[mark.start : mark.end] if mark.end else spot.text) + line

    assert shown(form="T3", row="其 他", column="合计", value="1.00", line=6, file=NAME) == "1.00@6"
    assert shown(form="T3", row="其他", column="合计", value="1.00", line=5, file=NAME) == "1.00@5"
    assert shown(form="T99", row="甲", column="新列") == "2.00"
    assert shown(form="T3", column="项目支出").startswith("项目支出")
    assert shown(form="contents", text="第四部分名词解释") == "第四部分 名词解释@40"
    assert shown(line=40, file=NAME) == "第四部分 名词解释 12@40"
    assert shown(form="n3", value="8,277.83", text="支出8277.83万元") == "8 277.83@50"
    assert shown(form="n3", value="8277.83") == "8277.83@50"
    assert shown(form="form", seq=1, row="项目概况", value="30万元", text="每年服务费30万元") == "30万元"
    assert shown(form="T3", row="没有的行", value="9.99").endswith("2026年预算支出总表")
    assert shown(form="n12", line=40, file="别的文件") == ""


def test_equal_amounts_of_a_page_are_told_apart_by_their_boxes() -> None:
    def box(top: float, left: float) -> Provenance:
        return Provenance(NAME, page=2, bbox=(left, top, left + 40, top + 12), raw="21.07")

    given = dataclasses.replace(
        example("jincheng-construction-2026"),
        texts=(
            Text("n9", "paragraph", "采购21.07万元，其中货物21.07万元。", box(100, 80)),
            Text("n9", "paragraph", "预留21.07万元。", box(200, 80)),
        ),
        narrative=tuple(Figure(str(at), "21.07", "n9", box(*at)) for at in ((100, 110), (115.0, 60), (200, 110))),
    )
    found = parts(given)
    finder = Finder(found, given.narrative)
    for number, figure in enumerate(given.narrative, 1):
        finder.mark(Place("n9", row="采购", value="21.07").at(figure.provenance), number, 1)
    marks = {
        mark.finding: (spot.text[:2], mark.start) for part in found for spot in part.spots() for mark in spot.marks
    }
    assert marks == {1: ("采购", 2), 2: ("采购", 14), 3: ("预留", 2)}
    finder.mark(replace(N3, form="n9", text="", value="21.07", line=None), 9, 1)
    finder.mark(replace(N3, form="n9", text="", value="21.07", line=None), 9, 2)
    assert [mark.start for part in found for spot in part.spots() for mark in spot.marks if mark.finding == 9] == [
        2,
        14,
    ]
