"""Everything that a document prints reaches the disclosure: contents page, footers, loose lines, titles and notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from example_ledgers import example
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.publish import publish
from mingzhang.publish.document import Heading
from mingzhang.publish.layout import lay_out
from mingzhang.read import read, read_source
from mingzhang.read.sources.text import read_text
from published import as_text, assert_same, published

FAMILY = load_family()
EXAMPLE = "jincheng-construction-2026"


def from_text(text: str) -> Disclosure:
    return read_source([read_text(text, "公开.txt")])


def lines_of(disclosure: Disclosure, section: str) -> list[tuple[str, int | None]]:
    """The texts of a section, each with its line."""
    return [
        (one.text, one.provenance.line if one.provenance else None)
        for one in disclosure.texts
        if one.section == section
    ]


@pytest.mark.parametrize("entry", ["{}{}\t{}", "<b>{}{}</b>\t<b>{}</b>", "{}{}.....{}", "{} {} {}"])
def test_each_entry_of_the_contents_page_is_kept_as_printed(entry: str) -> None:
    """A contents page that was copied from last year names last year: that must be seen, line by line."""
    compiled = example(EXAMPLE)
    headings = [block for block in lay_out(compiled, FAMILY).blocks if isinstance(block, Heading) and block.level < 3]
    titles = [heading.text.replace("2026年", "2025年") if heading.titles else heading.text for heading in headings]
    marks = [f"表{number}" if heading.titles else "" for number, heading in enumerate(headings)]
    contents = [
        entry.format(mark, title, page) for page, (mark, title) in enumerate(zip(marks, titles, strict=True), 3)
    ]
    pages = published(compiled)
    disclosure = from_text(as_text([*pages[:2], ["目　录"], contents, *pages[2:]]))
    assert_same(disclosure, compiled)
    kept = lines_of(disclosure, "contents")
    assert [line for _, line in kept] == [5, *range(7, 7 + len(titles))]
    assert all(title.replace("　", " ") in text for title, (text, _) in zip(titles, kept[1:], strict=True))


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_contents_page_of_other_formats_is_kept_too(kind: str, tmp_path: Path) -> None:
    publish(example(EXAMPLE), tmp_path, [kind])
    (reading,) = read([tmp_path / f"disclosure.{kind}"])
    kept = "\n".join(text for text, _ in lines_of(reading.disclosure, "contents"))
    assert all(table.title.format(year=2026) in kept for table in FAMILY.tables)
    assert len(kept.splitlines()) > len(FAMILY.tables) + len(FAMILY.parts)


# Short texts that show one thing each, as a rule's example is written: what must be read of them.
FORM = "某市级预算部门（单位）项目支出绩效目标表\n（2026年度）\n项目名称\t\t路灯维护\t\t\t\t\t\n"
SNIPPETS = {
    "2026年预算收支总表\n一、一般公共预算\t9.00\t一、一般公共服务支出\t8.00\t8.00\t\n收入总计\t9.00\t支出总计\t8.00\t8.00\t\n": {
        "T1.income.一、一般公共预算.amount": "9.00",
        "T1.income.收入总计.amount": "9.00",
        "T1.expense.一、一般公共服务支出.total": "8.00",
        "T1.expense.一、一般公共服务支出.current": "8.00",
        "T1.expense.支出总计.total": "8.00",
        "T1.expense.支出总计.current": "8.00",
    },
    "2026年预算支出总表\n2019901\t某某支出\t10.00\t\t9.00\n": {
        "T3..某某支出.total": "10.00",
        "T3..某某支出.project": "9.00",
    },
    "2026年财政拨款安排“三公”经费支出预算表\n公务接待费\t1.00\t1.00\t\t\n合计\t2.00\t2.00\t\t\n": {
        "T10..公务接待费.total": "1.00",
        "T10..公务接待费.gpb": "1.00",
        "T10..合计.total": "2.00",
        "T10..合计.gpb": "2.00",
    },
    "三、支出预算情况说明\n2026年支出预算9.00万元，其中：基本支出5.00万元，占55.56%。\n": {
        "n3.total": "9.00",
        "n3.basic": "5.00",
        "n3.basic_pct": "55.56",
    },
    "十、绩效管理情况\n2026年某局纳入绩效目标管理的二级项目3个，共计金额9.00万元。\n": {
        "n10.projects": "3",
        "n10.projects_amount": "9.00",
    },
    FORM + "项目资金（元）\t\t实施期资金总额：\t500\t年度资金总额：\t400\t\t\n": {
        "路灯维护.total": "500",
        "路灯维护.annual": "400",
    },
    FORM
    + "绩效指标\t一级指标\t二级指标\t三级指标\t指标值\t二级指标\t三级指标\t指标值\n"
    + "\t产出指标\t数量指标\t路灯\t≥10盏\t数量指标\t路灯\t≥9盏\n\t\t质量指标\t完好率\t≥95%\t质量指标\t完好率\t≥95%\n": {
        "total.数量指标.路灯": "≥10盏",
        "total.质量指标.完好率": "≥95%",
        "annual.数量指标.路灯": "≥9盏",
        "annual.质量指标.完好率": "≥95%",
    },
    "目录\n表一2025年预算收支总表\t4\n表二2025年预算收入总表\t5\n": {},
}


@pytest.mark.parametrize("text", SNIPPETS)
def test_a_few_lines_are_read_like_a_whole_document(text: str) -> None:
    disclosure = from_text(text)
    assert disclosure.family == FAMILY.id
    found = {f"{one.table}.{one.side}.{one.row_name}.{one.column}": f"{one.value:.2f}" for one in disclosure.facts}
    found |= {figure.key: figure.value for figure in disclosure.narrative}
    for project in disclosure.projects:
        found |= {f"{project.name}.{key}": f"{value:f}" for key, value in project.funds.items() if value is not None}
    found |= {f"{one.horizon}.{one.level2}.{one.level3}": one.value for one in disclosure.indicators}
    assert found == SNIPPETS[text]


def test_a_few_entries_under_the_heading_are_a_contents_page() -> None:
    disclosure = from_text("目录\n表一2025年预算收支总表\n\n2026年预算收支总表\n一、一般公共预算\t9.00\t\t\t\t\n")
    assert lines_of(disclosure, "contents") == [("目录", 1), ("表一2025年预算收支总表", 2)]
    assert (disclosure.fiscal_year, disclosure.facts[0].table) == (2026, "T1")
