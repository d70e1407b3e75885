"""Everything that a document prints reaches the disclosure: contents page, footers, loose lines, titles and notes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from example_ledgers import EXAMPLES, SHARED, example
from mingzhang.datapackage import read_package, write_package
from mingzhang.disclosure import FOOTER_KEYS, Disclosure, Project
from mingzhang.families import Family, load_family
from mingzhang.publish import publish
from mingzhang.publish.document import Block, Cell, Document, Grid, Heading, Paragraph
from mingzhang.publish.layout import lay_out
from mingzhang.read import read, read_source
from mingzhang.read.sources.text import read_text
from published import as_lines, as_text, assert_same, published, read_pages

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


FOOTER = ("负责人：", "张某甲", "经办人：", "", "联系电话：", "13900000001", "填报日期：", "20260114110758")
LOOSE = "本页由李某乙校对"


def with_footers(disclosure: Disclosure) -> Document:
    """A document whose forms have the footer that the budget system prints, and a loose line behind each."""
    document = lay_out(disclosure, FAMILY)
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Grid) and block.form and block.id != "overall":
            blocks += [replace(block, body=(*block.body, tuple(map(Cell, FOOTER)))), Paragraph(LOOSE)]
        else:
            blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def footer_of(project: Project) -> dict[str, str]:
    return {key: project.texts[key] for key in FOOTER_KEYS if key in project.texts}


@pytest.mark.parametrize("kind", ["txt", "md", "html", "docx", "pdf"])
def test_footers_and_loose_lines_are_read_from_every_format(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A blank behind a printed label is told from a label that is not printed; a line between forms is a text."""
    compiled = example(EXAMPLE)
    file = tmp_path / f"disclosure.{kind}"
    if kind == "txt":
        file.write_text(as_text(as_lines(with_footers(compiled))), "utf-8")
    else:
        monkeypatch.setattr("mingzhang.publish.lay_out", lambda disclosure, family: with_footers(disclosure))
        publish(compiled, tmp_path, [kind])
    (reading,) = read([file])
    projects = reading.disclosure.projects
    wanted = dict(zip(FOOTER_KEYS, FOOTER[1::2], strict=True))
    assert [footer_of(project) for project in projects] == [wanted] * len(compiled.projects)
    assert all(project.sources["handler"].column == "经办人：" for project in projects)
    assert sum(LOOSE in text for text, _ in lines_of(reading.disclosure, "forms")) == len(projects)
    write_package(reading.disclosure, tmp_path / "data")
    again = read_package(tmp_path / "data")
    assert again.projects == projects
    assert [one.sources.keys() for one in again.projects] == [one.sources.keys() for one in projects]


ROWS = "项目属性\t\t一次性项目\t\t项目期\t\t1年\n"
FOOTERS = {
    "负责人：\t\t经办人：\t\t联系电话：\t\t填报日期：20260113113002\t": ("", "", "", "20260113113002"),
    "负责人：张某甲 经办人：李某乙 联系电话：13900000001 填报日期：2026年1月13日": (
        "张某甲",
        "李某乙",
        "13900000001",
        "2026年1月13日",
    ),
    "负责人：\t张某甲\t经办人：\t\t联系电话：\t139****0001": ("张某甲", "", "139****0001", None),
    "\n负责人：\n\n张某甲\n\n经办人：\n\n填报日期: 20260113113002": ("张某甲", "", None, "20260113113002"),
    "\n负 责 人：张某甲\t联 系 电 话：0351-1234567": ("张某甲", None, "0351-1234567", None),
    "负点人:\t张某甲\t经办人:\t\t联系电话:\t13900000001\t1/4 W):\t20260205183044": (
        "张某甲",
        "",
        "13900000001",
        "20260205183044",
    ),
    "\n13900000001": (None, None, "13900000001", None),
    "\n某某市某某局": (None, None, None, None),
}


@pytest.mark.parametrize("footer", FOOTERS)
def test_footers_are_read_however_they_stand(footer: str) -> None:
    (project,) = from_text(f"{FORM}{ROWS}{footer}\n").projects
    wanted = {key: text for key, text in zip(FOOTER_KEYS, FOOTERS[footer], strict=True) if text is not None}
    assert footer_of(project) == wanted
    assert project.sources.keys() >= wanted.keys()


NOISE = {
    "form": (FORM + "某某专用章\t13900000001\n" + ROWS, [("某某专用章\t13900000001", 4)]),
    "seal": (FORM + ROWS + "\n某某专用章\n", [("某某专用章", 6)]),
    "between": (
        FORM + ROWS + "\n电话13900000001\n\n甲\t乙\n\n" + FORM + ROWS,
        [("电话13900000001", 6), ("甲\t乙", 8)],
    ),
}


@pytest.mark.parametrize("name", NOISE)
def test_what_no_reader_claims_in_forms_is_a_text(name: str) -> None:
    text, wanted = NOISE[name]
    kept = lines_of(from_text(text), "forms")
    assert [one for one in kept if "绩效目标表" not in one[0] and "年度" not in one[0]] == wanted


def test_titles_and_years_of_forms_are_texts() -> None:
    assert lines_of(from_text(FORM + ROWS), "forms") == [
        ("某市级预算部门（单位）项目支出绩效目标表", 1),
        ("（2026年度）", 2),
    ]


def test_what_stands_around_and_inside_a_table_is_its_text() -> None:
    text = (
        "预算公开表3\n2026年预算支出总表\n部门名称：某局\n单位：万元\n"
        "科目编码\t科目名称\t2025年合计\t基本支出\t项目支出\n"
        "201\t一般公共服务支出\t9.00\t\t9.00\n说明：没有数据的仍保留该表格式\t\t\t\t\n\n注：尾差\n"
    )
    disclosure = from_text(text)
    assert lines_of(disclosure, "T3") == [
        ("预算公开表3", 1),
        ("2026年预算支出总表", 2),
        ("部门名称：某局", 3),
        ("单位：万元", 4),
        ("2025年合计", 5),
        ("说明：没有数据的仍保留该表格式", 7),
        ("注：尾差", 9),
    ]
    assert len(disclosure.facts) == 2


@pytest.mark.parametrize("kind", ["md", "html", "docx", "pdf", "xlsx"])
def test_headings_keep_their_numbers_in_every_format(kind: str, tmp_path: Path) -> None:
    compiled = example(EXAMPLE)
    publish(compiled, tmp_path, [kind])
    (reading,) = read([tmp_path / f"disclosure.{kind}"])
    headings = {one.section: one.text for one in reading.disclosure.texts if one.style == "heading2"}
    wanted = {one.section: one.text for one in compiled.texts if one.style == "heading2"}
    assert wanted == {section: headings[section] for section in wanted}
    assert all(headings[table.id] == table.title.format(year=2026) for table in FAMILY.tables)


@pytest.mark.parametrize("title", ["2026年预算支出总表", "2026年预算收支总表", "三、支出预算情况说明"])
def test_what_is_printed_twice_is_told(title: str) -> None:
    pages = published(example(EXAMPLE))
    start = pages.index([title])
    end = start + (2 if title.startswith("三") else 4)
    once, twice = read_pages(pages), read_pages([*pages[:end], *pages[start:end], *pages[end:]])
    (note,) = set(twice.notes) - set(once.notes)
    assert note.kind == "suspect"
    assert title in note.message
    assert len(twice.facts) + len(twice.mentions) > len(once.facts) + len(once.mentions)


def test_a_section_of_the_catalogue_goes_on_over_a_page() -> None:
    head = "代码\t一级目录\t二级目录\t三级目录\t四级目录\n"
    text = f"{head}A\t公共服务\t\t\t\n某某部门\t\t\t\t\n\n{head}A01\t\t公共安全服务\t\t\n印章\t1\t\t\t\n"
    disclosure = from_text(text)
    assert [(line.code, line.section) for line in disclosure.catalogue] == [("A", ""), ("A01", "某某部门")]
    assert lines_of(disclosure, "catalogue") == [("印章\t1", 7)]


def said_anywhere(disclosure: Disclosure) -> str:
    """Everything that the records of a disclosure say, and the printed text of each, without blanks."""
    parts: list[object] = []
    for name in ("facts", "narrative", "projects", "indicators", "overall", "catalogue", "texts", "mentions"):
        for record in getattr(disclosure, name):
            parts += [record, record.provenance, *getattr(record, "sources", {}).values()]
    return "".join("".join(map(str, parts)).replace("\\t", "").split())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", EXAMPLES)
def test_whatever_is_printed_anywhere_is_in_some_record(name: str, seed: int) -> None:
    """Lines between the blocks and cells in the tables and forms that do not belong there are kept."""
    random = Random(seed)
    pages = published(example(name))
    printed = [f"印迹{number}甲乙" for number in range(20)]
    for mark in printed:
        at = random.randrange(2, len(pages))
        if "\t" in pages[at][0] and random.random() < 0.7:
            row = random.randrange(len(pages[at]))
            cells = pages[at][row].split("\t")
            blank = [place for place, cell in enumerate(cells) if not cell.strip()]
            if blank:
                cells[random.choice(blank)] = mark
            else:
                cells.append(mark)
            pages[at][row] = "\t".join(cells)
        else:
            pages.insert(at, [mark])
    said = said_anywhere(read_pages(pages))
    assert [mark for mark in printed if mark not in said] == []


@pytest.mark.parametrize("kind", ["md", "html", "docx", "xlsx", "pdf"])
def test_whatever_is_printed_in_a_cell_is_in_some_record_in_every_format(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, printed = Random(5), list[str]()

    def marked(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        blank = [at for at, cell in enumerate(row) if not cell.text.strip()]
        if not blank or random.random() < 0.8:
            return row
        at = random.choice(blank)
        printed.append(f"印迹{len(printed)}甲乙")
        return (*row[:at], replace(row[at], text=printed[-1], kind="text"), *row[at + 1 :])

    def laid_out(disclosure: Disclosure, family: Family) -> Document:
        document = lay_out(disclosure, family)
        blocks = (
            replace(block, body=tuple(map(marked, block.body))) if isinstance(block, Grid) else block
            for block in document.blocks
        )
        return replace(document, blocks=tuple(blocks))

    monkeypatch.setattr("mingzhang.publish.lay_out", laid_out)
    publish(example(EXAMPLE), tmp_path, [kind])
    (reading,) = read([tmp_path / f"disclosure.{kind}"])
    said = said_anywhere(reading.disclosure)
    assert len(printed) > 20
    assert [mark for mark in printed if mark not in said] == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real disclosures are not on this machine")
@pytest.mark.parametrize("file", sorted(SHARED.glob("seeds/*.txt")), ids=lambda file: file.name[:3])
def test_every_telephone_number_of_a_real_disclosure_is_in_a_record(file: Path) -> None:
    (reading,) = read([file])
    disclosure = reading.disclosure
    found = [(one.text, one.provenance) for one in disclosure.texts]
    found += [
        (project.texts.get(key, ""), project.sources.get(key)) for project in disclosure.projects for key in FOOTER_KEYS
    ]
    by_line: dict[int | None, str] = {}
    for text, source in found:
        if source is not None:
            by_line[source.line] = by_line.get(source.line, "") + f" {text} "
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        for phone in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", line):
            assert phone in by_line.get(number, ""), (number, line)
