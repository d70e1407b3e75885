"""Reports: every format holds every finding, whatever the documents hold; the page stands beside its evidence."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from example_ledgers import SHARED, example
from mingzhang.check.findings import SEVERITIES, Checked, Consequence, Finding, Place, Report, Waiver
from mingzhang.check.reports import FORMATS, render, summary
from mingzhang.check.reports.text import columns, wrap
from mingzhang.check.reports.words import CATEGORY

NAME = "建设部.txt"
T3 = Place("T3", "", "表三 2026年预算支出总表", "合计", "合计", "8277.83", file=NAME, line=152)
T1 = Place("T1", "expense", "表一 2026年预算收支总表", "支出总计", "2026年合计", "8277.83", file=NAME, line=101)
N3 = Place(
    "n3", "", "三、支出预算情况说明", value="8,277.83", text="2026年度支出预算总额8,277.83万元", file=NAME, line=410
)
FORM = Place("form", label="第1张绩效目标表", row="年度资金总额", column="金额", value="700,000", seq=1, line=531)
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
        {"form": "form", "label": "第1张绩效目标表", "row": "年度资金总额", "column": "金额", "value": "700,000", "line": 531, "seq": 1}
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
    assert "- 三、支出预算情况说明“2026年度支出预算总额8,277.83万元”（第410行）" in lines[4]
    assert "- 表三 2026年预算支出总表［合计 / 合计］8277.83（第152行）" in lines[5]
    joined = "\n".join(lines)
    assert "相差 340，四舍五入允许 0.01；依据：预算法第十四条" in joined
    assert "同一原因还违反：B0302 占比之和不是100%；B0303 与表一不符" in joined
    assert "（疑似识读有误）" in joined
    assert "（张三：已核实，至 2026-12-31）" in joined.partition("已接受的问题")[2]
    assert lines[-1] == summary(report()) == "检查 1 份文件：错误 1 个，警告 1 个，提示 1 个，已接受 1 个"
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
