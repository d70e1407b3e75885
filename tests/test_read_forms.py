"""Performance forms read back: from every layout of ours as they were, from scans with what can be mended mended."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_ledgers import EXAMPLES, SHARED, example
from mingzhang.compile import compile_ledger
from mingzhang.disclosure import FUND_KEYS, Disclosure, Indicator, Project
from mingzhang.families import load_family
from mingzhang.publish import document
from mingzhang.publish.layout import lay_out
from mingzhang.read import read_source
from mingzhang.read.blocks import Block, Cell, Grid, Paragraph, Place, spread
from mingzhang.read.forms import Forms, Known, KnownProject, read_forms
from mingzhang.read.sources.text import read_text
from strategies import build, raw_ledgers

FAMILY = load_family()
# Floors of projects and indicators on the real disclosures.
FLOORS = {
    "s000": ("000_4819f9dbe1e2888d.txt", 0.99, 0.99),
    "s002": ("002_94777d6351210caf.txt", 0.99, 0.99),
    "s004": ("004_a288a431937ca0eb.txt", 0.97, 0.84),
}


def laid_out(disclosure: Disclosure) -> list[Block]:
    """The disclosure's forms as an aligned source gives them."""
    found: list[Block] = []
    for block in lay_out(disclosure, FAMILY).blocks:
        if isinstance(block, document.Grid) and block.form:
            rows = [[Cell(cell.text, Place(), cell.rows, cell.columns) for cell in row] for row in block.body]
            found += [Paragraph(block.title), Paragraph(block.subtitle), spread(rows)]
    return found


def printed(disclosure: Disclosure, breaks: int = 0) -> list[Block]:
    """The disclosure's forms as tab-separated text; a page break after every `breaks` rows, which spans do not outlive."""
    lines: list[str] = []
    for block in lay_out(disclosure, FAMILY).blocks:
        if isinstance(block, document.Grid) and block.form:
            lines += [block.title, "", block.subtitle, "", *_rows(block, breaks), ""]
    return read_text("\n".join(lines), "forms.txt").blocks


def _rows(grid: document.Grid, breaks: int) -> list[str]:
    lines: list[str] = []
    covered: set[tuple[int, int]] = set()
    width = len(grid.widths)
    for number, row in enumerate(grid.body):
        if breaks and number and number % breaks == 0:
            lines.append("")
            covered.clear()
        cells: list[str] = []
        for cell in row:
            while (number, len(cells)) in covered:
                cells.append("")
            place = len(cells)
            covered |= {
                (number + down, place + across) for down in range(1, cell.rows) for across in range(cell.columns)
            }
            cells += [cell.text.replace("\n", ""), *[""] * (cell.columns - 1)]
        lines.append("\t".join([*cells, *[""] * width][:width]))
    return lines


def whole(project: Project) -> tuple[Any, ...]:
    """What a printed form carries of a project."""
    texts = {key: text for key, text in project.texts.items() if text}
    head = (project.seq, project.name, project.department_code, project.department, project.unit)
    return (*head, project.attribute, project.period, dict(project.funds), texts, project.legible)


def assert_same(forms: Forms, disclosure: Disclosure, breaks: bool = False) -> None:
    assert [whole(one) for one in forms.projects] == [whole(one) for one in disclosure.projects]
    assert tuple(forms.indicators) == disclosure.indicators
    flat = str.maketrans("", "", "\n" if breaks else "")
    slots = "".join(cell for row in FAMILY.forms.overall[disclosure.kind].rows for cell in row)
    shown = [entry for entry in disclosure.overall if "/" in entry.key or f"{{{entry.key}}}" in slots]
    overall = {entry.key: entry.value.translate(flat) for entry in shown}
    assert {entry.key: entry.value for entry in forms.overall} == overall
    assert not forms.notes


@pytest.mark.parametrize("name", EXAMPLES)
def test_our_forms_come_back(name: str) -> None:
    blocks = laid_out(example(name))
    forms = read_forms(blocks, FAMILY, Known())
    assert_same(forms, example(name))
    assert forms.left == {place: [] for place, block in enumerate(blocks) if isinstance(block, Grid)}
    assert all(one.sources.keys() >= {"name", "unit", "total", "annual_local"} for one in forms.projects)


@pytest.mark.parametrize("breaks", [0, 7, 11, 23])
@pytest.mark.parametrize("name", EXAMPLES)
def test_our_forms_come_back_from_text(name: str, breaks: int) -> None:
    assert_same(read_forms(printed(example(name), breaks), FAMILY, Known()), example(name), breaks=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw_ledgers())
def test_any_forms_come_back(raw: Any) -> None:
    disclosure = compile_ledger(build(raw))
    assert_same(read_forms(laid_out(disclosure), FAMILY, Known()), disclosure)
    assert_same(read_forms(printed(disclosure), FAMILY, Known()), disclosure, breaks=True)


@pytest.mark.skipif(not SHARED.exists(), reason="the real disclosures are not at hand")
@pytest.mark.parametrize("name", FLOORS)
def test_real_disclosures(name: str) -> None:
    file, projects, indicators = FLOORS[name]
    read = read_source([read_text((SHARED / "seeds" / file).read_text("utf-8"), file)])
    score = _score()
    got = [_row(one) for one in read.projects]
    want = score.rows(SHARED / "bench" / name, "projects.csv")
    assert score.compare(score.project_cells(got, False), score.project_cells(want, True))["f1"] >= projects
    found = score.indicator_keys([_indicator(one) for one in read.indicators], got)
    truth = score.indicator_keys(score.rows(SHARED / "bench" / name, "indicators.csv"), want)
    assert score.compare(found, truth)["f1"] >= indicators


def _score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SHARED / "bench" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _row(project: Project) -> dict[str, str]:
    funds = {key: "" if (value := project.funds[key]) is None else f"{value:f}" for key in FUND_KEYS}
    head = {key: getattr(project, key) for key in ("name", "department_code", "unit", "attribute", "period")}
    return {"seq": str(project.seq), **head, **funds}


def _indicator(indicator: Indicator) -> dict[str, str]:
    keys = ("seq", "horizon", "level2", "level3", "value")
    return {key: str(getattr(indicator, key)) for key in keys}


# --- forms of our own, with one thing wrong each ---

HEAD = """\
项目名称		村道路灯维护
主管部门及代码		301-某县某局	实施单位	某县路灯所
项目属性		一次性项目（1年结束）	项目期	1年
项目资金（元）	实施期资金总额：	122,500	年度资金总额：	122,500
	其中：中央财政资金	0	其中：中央财政资金	0
	省级财政资金	0	省级财政资金	0
	市县（区）财政资金	122,500	市县（区）财政资金	122,500
	单位自筹	0	单位自筹	0
	其他资金		其他资金
项目概况		换灯
立项依据		有
项目设立必要性		有
保证项目实施的制度、措施		有
项目实施计划		上半年
实施期目标			年度目标
总体目标		亮	亮
"""
HEADER = "绩效指标\t一级指标\t二级指标\t三级指标\t指标值\t二级指标\t三级指标\t指标值\n"
TREE = """\
	产出指标	数量指标	路灯	90盏	数量指标	灯杆	80根
			灯杆	80根		路灯	90盏
		质量指标	亮灯率	≥95%	质量指标	亮灯率	≥95%
		时效指标	完工时间	6月	时效指标	完工时间	6月
		成本指标			成本指标
	效益指标	经济效益			经济效益
		社会效益	出行	方便	社会效益	出行	方便
		生态效益			生态效益
		可持续影响			可持续影响
	满意度指标	服务对象满意度	村民满意度	≥90%	服务对象满意度	村民满意度	≥90%
"""
# The same form as a scan makes it: labels in traditional forms and cut by borders, slivers between the cells.
SCAN = """\
W RO	_		(2026年度)
1.	项目名	[	村道路	灯维护	ŧ
=	主管部门及	代码	301-某县	某局	ç施单位	某县路	灯所
\\	项目属	性	一次性项目	(1年结束)	项目期	1年
[	;	_	实施期资金总额:	122, 500	年度资金总	额:	12	2, 500
		{	其中: 中央財政资金	0	其中: 中央	財政资金		0
	项目资	金	省级財政资金	0	省级	財政资金		0
	(元)	.	市县(区)財政资金	122, 500	市县	(区) 财政资金	12	2, 500
		'	单位自筹	0	单位	自筹		0
		'	其他资金		其他	资金
	项目概	况	换灯换灯
	立项依	据	有理由有
	项目设立必	要性	有理由有
保证	项目实施的制	度、措施	有理由有
	项目实施	计划	上半年完成
			实施期目标				年度目标
总体目标			村里亮			村里亮
	一级指标	二级指标	三级指标	指标值		二级指标	三级指标	指标值
"""
SCANNED_TREE = """\
		数量指标	数量指标	100%		数量指标	数量指标	100%
	产出指标	质量指标	质量指标	100%		质量指标	质量指标	100%
		时效指标	时效指标	100%		时效指标	时效指标	100%
		成木指标	成本指标	100%		成本指标	成本指标	100%
"""
KNOWN = Known(
    "某县某局",
    "301",
    ("某县某局", "某县路灯所"),
    (
        KnownProject("村道路灯维护", "某县路灯所", Decimal("12.25")),
        KnownProject("公厕管护", "某县某局", Decimal("3.00")),
    ),
)


def read(text: str, known: Known = KNOWN) -> Forms:
    return read_forms(read_text(text, "form.txt").blocks, FAMILY, known)


def one(text: str, known: Known = KNOWN) -> Project:
    (project,) = read(text, known).projects
    return project


def levels(text: str, horizon: str) -> list[tuple[str, str, str]]:
    return [(i.level2, i.level3, i.value) for i in read(text).indicators if i.horizon == horizon]


CLEAN = levels(HEAD + HEADER + TREE, "total")


def test_a_clean_form() -> None:
    project = one(HEAD + HEADER + TREE)
    assert (project.name, project.unit, project.period, project.legible) == ("村道路灯维护", "某县路灯所", "1年", "yes")
    assert project.funds["annual_local"] == 122500
    assert project.funds["annual_other"] is None
    assert project.texts["total_goal"] == "亮"
    assert CLEAN[:3] == [("数量指标", "路灯", "90盏"), ("数量指标", "灯杆", "80根"), ("质量指标", "亮灯率", "≥95%")]
    assert project.sources["total"].line == 4


def test_a_scan_is_put_together() -> None:
    project = one(SCAN + SCANNED_TREE)
    assert (project.name, project.department_code, project.unit) == ("村道路灯维护", "301", "某县路灯所")
    assert (project.attribute, project.period) == ("一次性项目(1年结束)", "1年")
    assert [project.funds[key] for key in ("total", "annual", "annual_local", "annual_self")] == [
        122500,
        122500,
        122500,
        0,
    ]
    assert project.sources["name"].repair
    assert project.sources["annual"].repair
    assert "村道路" in project.sources["name"].raw


def test_two_scans_in_one_grid() -> None:
    forms = read(SCAN + SCANNED_TREE + "负责人:\n" + HEAD + HEADER + TREE)
    assert [project.name for project in forms.projects] == ["村道路灯维护", "村道路灯维护"]


def test_a_page_upside_down() -> None:
    text = "\n".join(reversed((SCAN + SCANNED_TREE).rstrip("\n").split("\n")))
    assert one(text).funds == one(SCAN + SCANNED_TREE).funds
    assert one(text).name == "村道路灯维护"


def test_a_name_past_recognition_is_only_suggested() -> None:
    project = one((SCAN + SCANNED_TREE).replace("村道路\t灯维护", "林首珞\t火了雏"))
    assert (project.name, project.legible) == ("", "partly")
    assert project.sources["name"].suggested == "村道路灯维护"


def test_a_clear_name_stays_as_printed() -> None:
    assert one((HEAD + HEADER + TREE).replace("村道路灯维护", "村道T灯维护")).name == "村道T灯维护"


def test_half_of_an_amount_is_left_out() -> None:
    text = (SCAN + SCANNED_TREE).replace("(区) 财政资金\t12\t2, 500", "(区) 财政资金\t\t500")
    project = one(text)
    assert project.funds["annual_local"] is None
    assert project.funds["annual"] == 122500
    assert project.sources["annual_local"].suggested == "122500"


def test_a_clear_amount_stays_though_the_sums_want_another() -> None:
    project = one((HEAD + HEADER + TREE).replace("年度资金总额：\t122,500", "年度资金总额：\t122,600"))
    assert project.funds["annual"] == 122600
    assert project.sources["annual"].suggested == "122500"


def test_the_period_on_a_line_of_its_own() -> None:
    text = (HEAD + HEADER + TREE).replace("项目期\t1年\n", "项目期\n\t\t\t1年\n")
    assert one(text).period == "1年"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\t\t质量指标\t亮灯率\t≥95%", "\n质量指标\t亮灯率\t≥95%"),  # a page break takes the cells to its left along
        ("\t\t\t灯杆\t80根\t", "\n灯杆\t80根\t\t"),
        ("亮灯率\t≥95%\t质", "亮灯率 ≥95%\t\t质"),  # name and value in one cell
        ("完工时间\t6月\t时", "完工时间\t完工时间\t6月\t时"),  # the name doubled
        ("\t\t社会效益\t出行\t方便\t", "\t\t社会效益\t出行\t\t方便\t"),  # a blank between name and value
        ("质量指标\t亮灯率", "质旦指标\t亮灯率"),  # a label misread
        ("\t产出指标\t", "\t产出指囗\t"),
        ("\t产出指标\t数量指标\t路灯\t90盏\t数量指标\t灯杆\t80根", "\t产出指标\t\t路灯\t90盏\t数量指标\t灯杆\t80根"),
        ("\t\t\t灯杆\t80根\t\t路灯\t90盏\n\t\t质量指标\t", "\t\t质量指标\t灯杆\t80根\t\t路灯\t90盏\n\t\t\t"),
    ],
)
def test_indicators_find_their_places(before: str, after: str) -> None:
    text = HEAD + HEADER + TREE
    assert text.count(before)
    assert levels(text.replace(before, after, 1), "total") == CLEAN


def test_a_label_that_is_lost_stays_lost() -> None:
    lost = (HEAD + HEADER + TREE).replace("\t\t时效指标\t完工时间\t6月\t时效指标\t", "\t\t\t完工时间\t6月\t\t")
    found = levels(lost + "\n" + HEAD + HEADER + TREE + "\n" + HEAD + HEADER + TREE, "annual")
    assert ("", "完工时间", "6月") in found
    assert found.count(("时效指标", "完工时间", "6月")) == 2


def test_a_label_without_indicators_keeps_none() -> None:
    text = (HEAD + HEADER + TREE).replace("\t\t社会效益\t出行", "\t\t\t安全\t提高\t\t安全\t提高\n\t\t社会效益\t出行")
    assert ("社会效益", "安全", "提高") in levels(text, "total")


def test_what_is_no_form_is_left_to_others() -> None:
    text = (
        "表一\n\n科目\t金额\n一般公共服务\t1.00\n\n" + HEAD + HEADER + TREE + "\n某某专用章\n\n代码\t名称\nA01\t服务\n"
    )
    blocks = read_text(text, "form.txt").blocks
    forms = read_forms(blocks, FAMILY, Known())
    assert len(forms.projects) == 1
    left = [block for place, block in enumerate(blocks) if place not in forms.left]
    assert [block.text for block in left if isinstance(block, Paragraph)] == ["表一", "某某专用章"]
    assert [block.rows[0][0].text for block in left if isinstance(block, Grid)] == ["科目", "代码"]


CELLS = st.sampled_from(
    [*HEAD.split(), *HEADER.split(), *TREE.split(), "", "", "0", "1,2", "乱", "(", "٥", "9 0 1", "<b>x</b>"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=9), max_size=25), st.booleans())
def test_nothing_breaks_the_reader(rows: Sequence[Sequence[str]], aligned: bool) -> None:
    grid = Grid([[Cell(text) for text in row] for row in rows], aligned=aligned)
    forms = read_forms([Paragraph("项目支出绩效目标表"), grid, Paragraph("1年"), grid], FAMILY, KNOWN)
    assert forms.left.keys() <= set(range(4))
    assert {one.seq for one in forms.indicators} <= {one.seq for one in forms.projects}
