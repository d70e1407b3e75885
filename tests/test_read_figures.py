"""The figures of the explanation, read back from its sentences: as compiled, damaged, and worded by others."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_ledgers import EXAMPLES, example
from mingzhang.compile import compile_ledger
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.ledger.source import RawSheet
from mingzhang.read.blocks import Paragraph, Place
from mingzhang.read.narrative import Explained, Names, read_figures
from strategies import build, raw_ledgers

FAMILY = load_family()
NAMES = Names("某市水务局", 2025, ("某市水务局", "某市河道管理中心", "某市节约用水办公室"))
FULL_WIDTH = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
# Sentences that people add: what they say is nothing that the form asks for.
ASIDES = (
    "以上数据均含上年结转资金。",
    "其中，安排全市防汛抗旱经费1,250.50万元，较好地保障了重点工作。",
    "我单位现有在职职工36人，离退休人员12人。",
    "根据《关于做好预算公开工作的通知》（财预〔2023〕17号）要求予以公开。",
    "主要是落实过紧日子要求，压减一般性支出。",
)


def paragraphs(disclosure: Disclosure) -> dict[str, list[str]]:
    """The explanation's paragraphs by section."""
    sections: dict[str, list[str]] = {}
    for text in disclosure.texts:
        if text.style in ("paragraph", "heading3"):
            sections.setdefault(text.section, []).append(text.text)
    return sections


def read(disclosure: Disclosure, sections: Mapping[str, Sequence[str]]) -> Explained:
    units = tuple({fact.row_name for fact in disclosure.facts if fact.level == "unit"})
    placed = {
        section: [Paragraph(line, Place("a.txt", number)) for number, line in enumerate(lines, 1)]
        for section, lines in sections.items()
    }
    return read_figures(placed, FAMILY, Names(disclosure.name, disclosure.fiscal_year, units))


def check(disclosure: Disclosure, sections: Mapping[str, Sequence[str]]) -> None:
    """Every figure is read back, with its value, and nothing else."""
    found = {figure.key: figure.value for figure in read(disclosure, sections).figures}
    assert found == {figure.key: figure.value for figure in disclosure.narrative}


def damaged(lines: Sequence[str], chance: random.Random) -> list[str]:
    """Lines as a scanner leaves them: blanks anywhere, digits of full width, breaks inside words and numbers."""
    found: list[str] = []
    for line in lines:
        text = "".join(character + " " * (chance.random() < 0.06) for character in line)
        text = "".join(character.translate(FULL_WIDTH) if chance.random() < 0.2 else character for character in text)
        while len(text) > 12 and chance.random() < 0.8:
            cut = chance.randint(6, min(len(text), 40))
            found.append(text[:cut])
            text = text[cut:]
        found.append(text)
    return found


def interrupted(lines: Sequence[str], chance: random.Random) -> list[str]:
    """Lines with sentences put in that nothing asks for."""
    return [
        "".join(
            f"{sentence}。{chance.choice(ASIDES) if chance.random() < 0.3 else ''}"
            for sentence in line.split("。")
            if sentence
        )
        for line in lines
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_read_back(name: str) -> None:
    check(example(name), paragraphs(example(name)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw_ledgers(lines=10), st.integers(0, 10**6).map(random.Random))
def test_any_explanation_is_read_back_however_damaged(raw: dict[str, RawSheet], chance: random.Random) -> None:
    disclosure = compile_ledger(build(raw))
    sections = paragraphs(disclosure)
    check(disclosure, sections)
    check(disclosure, {section: damaged(lines, chance) for section, lines in sections.items()})
    check(disclosure, {section: interrupted(lines, chance) for section, lines in sections.items()})
    both = {section: damaged(interrupted(lines, chance), chance) for section, lines in sections.items()}
    check(disclosure, both)


# The same sections as others word them: what they say, by key.
OTHERS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "n1",
        "2025年度某市水务局收入预算总计12345.67万元，其中本年收入12000.00万元，上年结转345.67万元，较2024年减少1,345.67万元，减幅9.83%，"
        "减少的原因是河道治理项目资金减少1500万元。本年部门支出预算总计12345.67万元，其中本年预算安排12000.00万元，上年结转345.67万元，"
        "较2024年减少1345.67万元，减幅9.83%。",
        {
            "income_total": "12345.67", "income_current": "12000.00", "income_carryover": "345.67",
            "income_change": "-1345.67", "income_change_pct": "-9.83",
            "expense_total": "12345.67", "expense_current": "12000.00", "expense_carryover": "345.67",
            "expense_change": "-1345.67", "expense_change_pct": "-9.83",
        },
    ),
    (
        "n1",
        "某市水务局2025年预算收入总计800万元，其中：本年收入780万元、上年结转20万元，与上年持平；某市河道管理中心因人员增加，2025年收入"
        "60万元，2024年收入40万元，比上年增加20万元，增长50%；某市节水办公室2025年收入30万元，2024年收入40万元，比上年减少10万元，"
        "下降25%。本年部门预算支出总计800万元，其中：本年预算安排780万元、上年结转20万元，与上年持平。",
        {
            "income_total": "800", "income_current": "780", "income_carryover": "20", "income_change": "0",
            "unit.某市河道管理中心.current": "60", "unit.某市河道管理中心.prior": "40",
            "unit.某市河道管理中心.change": "20", "unit.某市河道管理中心.change_pct": "50",
            "unit.某市节水办公室.current": "30", "unit.某市节水办公室.prior": "40",
            "unit.某市节水办公室.change": "-10", "unit.某市节水办公室.change_pct": "-25",
            "expense_total": "800", "expense_current": "780", "expense_carryover": "20", "expense_change": "0",
        },
    ),
    (
        "n2",
        "本单位2025年收入预算为300万元，其中：一般公共预算收入290万元，占比96.67%；单位资金10万元，占比3.33%。",
        {"total": "300", "gpb": "290", "gpb_pct": "96.67", "unit_funds": "10", "unit_funds_pct": "3.33"},
    ),
    (
        "n3",
        "2025年支出预算为500万元。其中：基本支出400万元，占总支出的80%，项目支出100万元，占总支出的20%。",
        {"total": "500", "basic": "400", "basic_pct": "80", "project": "100", "project_pct": "20"},
    ),
    (
        "n4",
        "某市水务局2025年财政拨款收支总预算500万元。收入包括：一般公共预算拨款480万元、政府性基金预算拨款20万元；其中当年财政拨款收入"
        "490万元、上年结转10万元。支出包括：社会保障和就业支出20万元、医疗卫生与计划生育支出10万元、农林水支出470万元。",
        {
            "total": "500", "gpb": "480", "gov_fund": "20", "current": "490", "carryover": "10",
            "by_function.社会保障和就业支出": "20", "by_function.医疗卫生与计划生育支出": "10", "by_function.农林水支出": "470",
        },
    ),
    (
        "n7",
        "2025年某市水务局“三公”经费预算15.50万元，比2024年预算数减少2.50万元，下降13.89%。其中：因公出国（境）费0万元，与上年持平；"
        "公务接待费1.50万元，比上年减少0.50万元，主要原因是厉行节约；公务用车购置及运行维护费14.00万元，比上年减少2.00万元，其中公务用车"
        "运行维护费14.00万元，比上年减少2.00万元，公务用车购置费0.00万元，与上年无变化。",
        {
            "total": "15.50", "change": "-2.50", "abroad": "0", "abroad_change": "0", "reception": "1.50",
            "reception_change": "-0.50", "vehicle": "14.00", "vehicle_change": "-2.00", "vehicle_run": "14.00",
            "vehicle_run_change": "-2.00", "vehicle_buy": "0.00", "vehicle_buy_change": "0",
        },
    ),
    (
        "n7",
        "2025年财政拨款安排“三公”经费预算10万元，比上年增加2万元。其中：公务用车购置费0万元，与上年相同；公务用车运行维护费8万元，比上年"
        "增加2万元；公务接待费2万元，与上年相同；因公出国（境）费用0万元。",
        {
            "total": "10", "change": "2", "vehicle_buy": "0", "vehicle_buy_change": "0", "vehicle_run": "8",
            "vehicle_run_change": "2", "reception": "2", "reception_change": "0", "abroad": "0",
        },
    ),
    ("n7", "本单位2025年无“三公”经费预算安排。", {}),
    (
        "n8",
        "某市水务局1家行政单位以及2家参公管理事业单位的机关运行经费预算为56.00万元，较2024年预算数60.00万元减少4.00万元，降幅6.67%。",
        {"total": "56.00", "prior": "60.00", "change": "-4.00", "change_pct": "-6.67"},
    ),
    (
        "n9",
        "2025年本单位政府采购预算总额120000元，其中：政府采购工程预算0万元、政府采购货物预算2万元、政府采购服务预算10万元。面向中小企业预留10万元。",
        {"total": "12", "works": "0", "goods": "2", "services": "10"},
    ),
    (
        "n10",
        "2025年我单位实行绩效管理的项目3个，涉及资金120万元。其中：其他运转类项目1个，金额20万元；特定目标类项目2个，金额100万元。公开绩效"
        "目标3个，涉及金额120万元，占项目支出总额的100%。",
        {
            "projects": "3", "projects_amount": "120", "operating": "1", "operating_amount": "20", "specific": "2",
            "specific_amount": "100", "disclosed": "3", "disclosed_amount": "120", "disclosed_pct": "100",
        },
    ),
    (
        "n11",
        "截至2024年底，某市水务局共有车辆8辆，其中：领导干部用车0辆、机要通信用车1辆、应急保障用车1辆、执法执勤用车4辆、特种专业技术用车1辆、"
        "其他用车1辆。办公用房建筑面积2,560.5平方米。单价50万元（含）以上通用设备3台（套），单价100万元以上专用设备1台（套）。",
        {
            "as_of": "2024-12-31", "vehicles": "8", "vehicles_leader": "0", "vehicles_confidential": "1",
            "vehicles_emergency": "1", "vehicles_enforcement": "4", "vehicles_special": "1", "vehicles_other": "1",
            "office_area": "2560.5", "equipment_500k": "3", "equipment_1m": "1",
        },
    ),
)  # fmt: skip


@pytest.mark.parametrize(("section", "text", "said"), OTHERS)
def test_what_others_word_is_understood(section: str, text: str, said: dict[str, str]) -> None:
    found = read_figures({section: [Paragraph(text)]}, FAMILY, NAMES).figures
    assert {figure.key.removeprefix(f"{section}."): figure.value for figure in found} == said


def test_each_item_of_final_accounts_has_its_figures() -> None:
    text = (
        "其中：\n1、农林水支出（类）水利（款）行政运行（项）。主要用于：日常运转。年初预算为900万元，支出决算为880万元，完成年初预算的\n"
        "97.78%。决算数小于预算数的主要原因：减少2人。\n2、农林水支出（类）水利（款）防汛（项）。年初预算为0万元，支出决算为200.00万元。"
        "决算数大于预算数的主要原因：追加200万元。"
    )
    explained = read_figures(
        {"n5": [Paragraph(line) for line in text.split("\n")]}, load_family("final-accounts"), NAMES
    )
    assert [(figure.key, figure.value) for figure in explained.figures] == [
        ("n5.item.农林水支出（类）水利（款）行政运行.original", "900"),
        ("n5.item.农林水支出（类）水利（款）行政运行.outturn", "880"),
        ("n5.item.农林水支出（类）水利（款）行政运行.done_pct", "97.78"),
        ("n5.item.农林水支出（类）水利（款）防汛.original", "0"),
        ("n5.item.农林水支出（类）水利（款）防汛.outturn", "200.00"),
    ]
    assert [(mention.value, mention.unit) for mention in explained.mentions] == [("2", "人"), ("200", "万元")]


def test_a_figure_knows_its_place_and_what_was_mended() -> None:
    text = "某市水务局支出预算500. 25万元，其中：基本支出1.400.25万元，占８０%；项目支出"
    edges = tuple(100.0 + 10 * place for place in range(len(text) + 1))
    lines = [
        Paragraph(text, Place("a.pdf", page=3, bbox=(100.0, 50.0, edges[-1], 62.0)), edges=edges, confidence=0.9),
        Paragraph("100万元，占2"),
        Paragraph("0%。另有3个项目待定。"),
    ]
    explained = read_figures({"n3": lines}, FAMILY, NAMES)
    total, basic, basic_pct, _, project_pct = (figure.provenance for figure in explained.figures)
    assert total
    assert basic
    assert basic_pct
    assert project_pct
    start = text.index("500")
    assert (total.page, total.bbox, total.raw) == (3, (edges[start], 50.0, edges[start + 7], 62.0), "500. 25")
    assert total.repair
    assert total.confidence < 0.9
    assert (explained.figures[1].value, basic.suggested) == ("1.400.25", "1400.25")
    assert (basic_pct.raw, basic_pct.repair, explained.figures[2].value) == ("８０", "", "80")
    assert (project_pct.raw, explained.figures[4].value) == ("20", "20")
    (mention,) = explained.mentions
    assert (mention.value, mention.unit, mention.before) == ("3", "个", "目支出100万元，占20%。另有")


@settings(deadline=None)
@given(
    st.text(
        alphabet="年月日.,，、。0123456789０٥²\x01\x05 增减少加万元%个（项）占比年度预算收支与上年相同无", max_size=120
    )
)
def test_no_text_is_too_odd(text: str) -> None:
    sections = {section.id: [Paragraph(line) for line in text.split("。")] for section in FAMILY.sections}
    for figure in read_figures(sections, FAMILY, NAMES).figures:
        assert figure.value
