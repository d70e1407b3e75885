"""The ledger: workbook and folder load alike, and each kind of mistake is named with its place and its mend."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

import mingzhang.ledger as ledger_package
from mingzhang.compile import advise, compile_ledger
from mingzhang.families import load_family
from mingzhang.ledger import load_ledger
from mingzhang.ledger.schema import SHEETS
from mingzhang.ledger.source import RawSheet
from mingzhang.ledger.workbook import STARTER, new_ledger, write_workbook
from mingzhang.problems import InputError
from mingzhang.publish import publish
from mingzhang.publish.layout import lay_out
from mingzhang.publish.markdown import to_markdown
from mingzhang.taxonomy.importing import import_codes
from strategies import YEAR, build, raw_ledgers

STARTER_FOLDER = Path(ledger_package.__file__).parent / "starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STARTER_FOLDER, tmp_path / "ledger"))


def edit(folder: Path, sheet: str, row: int, **cells: str) -> None:
    """Change cells of a CSV sheet; `row` is the line as a person sees it (the header is 1)."""
    file = folder / f"{sheet}.csv"
    with file.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    rows[row - 2] |= cells
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def retext(folder: Path, old: str, new: str, name: str = "ledger.toml") -> None:
    file = folder / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def messages(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        compile_ledger(load_ledger(path))
    return [str(problem) for problem in caught.value.problems if problem.severity == "error"]


def rename_local_item(folder: Path) -> None:
    for row, name in ((2, "甲"), (3, "乙")):
        edit(folder, "budget", row, exp_func_code="2130188", exp_func_name=name)


MISTAKES: list[tuple[str, Callable[[Path], None], str]] = [
    ("unknown code", lambda f: edit(f, "budget", 2, exp_func_code="2987601"), "budget.csv “预算明细”表 第2行 “支出功能分类科目编码”栏：2026年支出功能分类没有“2987601”"),
    ("code too short", lambda f: edit(f, "budget", 2, exp_func_code="21301"), "第2行 “支出功能分类科目编码”栏：科目编码“21301”只有5位，请填到项级（7位）"),
    ("wrong name", lambda f: edit(f, "budget", 3, exp_func_name="行政运行"), "第3行 “支出功能分类科目编码”栏：科目“2080505”的名称应为“机关事业单位基本养老保险缴费支出”"),
    ("no number", lambda f: edit(f, "budget", 4, amount="十万"), "第4行 “金额（元）”栏：“十万”不是金额"),
    ("negative", lambda f: edit(f, "budget", 4, amount="-5"), "第4行 “金额（元）”栏：金额不能为负数"),
    ("zero", lambda f: edit(f, "budget", 4, amount="0"), "第4行 “金额（元）”栏：金额为0"),
    ("too many decimals", lambda f: edit(f, "budget", 4, amount="1.005"), "第4行 “金额（元）”栏：金额最多到分"),
    ("no unit", lambda f: edit(f, "budget", 5, agency_code=""), "第5行 “单位编码”栏：不能为空"),
    ("unknown unit", lambda f: edit(f, "budget", 5, agency_code="999"), "第5行 “单位编码”栏：单位编码“999”不在“单位”表里"),
    ("unit's name", lambda f: edit(f, "budget", 5, agency_name="别的局"), "第5行 “单位名称”栏：单位编码“101001”的名称"),
    ("wrong year", lambda f: edit(f, "budget", 6, fiscal_year="2025"), "第6行 “预算年度”栏：预算年度是2025年，“部门信息”是2026年"),
    ("duplicate line", lambda f: edit(f, "budget", 3, exp_func_code="2130101", exp_func_name="", dep_bgt_eco_code="30101", dep_bgt_eco_name="", gov_bgt_eco_code="50101", gov_bgt_eco_name="", amount="1203456.00"), "第3行：与第2行完全相同"),
    ("basic carry-over", lambda f: edit(f, "budget", 2, is_carryover="是"), "第2行 “上年结转”栏：上年结转只能是项目支出"),
    ("carry-over of own funds", lambda f: edit(f, "budget", 12, fund_type="单位资金"), "第12行 “上年结转”栏：上年结转的项目支出表只列财政拨款结转"),
    ("basic without item", lambda f: edit(f, "budget", 2, dep_bgt_eco_code="", dep_bgt_eco_name=""), "第2行 “部门预算支出经济分类科目编码”栏：基本支出"),
    ("fund of another code", lambda f: edit(f, "budget", 13, fund_type="一般公共预算"), "第13行 “资金性质”栏：科目“2120815"),
    ("unknown choice", lambda f: edit(f, "budget", 2, pro_category="基本支出"), "第2行 “项目类别”栏：“基本支出”不在可选范围内，请填：人员类、公用经费"),
    ("line without project", lambda f: edit(f, "budget", 11, pro_code="101-9"), "“预算明细”表 第11行 “项目编码”栏：项目“农业技术培训”（101-9）在“项目”表里没有"),
    ("project without lines", lambda f: edit(f, "budget", 11, pro_code="101-9"), "“项目”表 第3行 “项目编码”栏：项目“农业技术培训”在“预算明细”中没有预算"),
    ("other project name", lambda f: edit(f, "budget", 11, pro_name="培训"), "第11行 “项目名称”栏：项目名称“培训”与“项目”表的“农业技术培训”不一致"),
    ("other category", lambda f: edit(f, "budget", 11, pro_category="特定目标类"), "第11行 “项目类别”栏：项目类别与“项目”表第3行不一致"),
    ("funds by level", lambda f: edit(f, "projects", 3, annual_local="170000"), "“项目”表 第3行 “年度：市县（区）财政资金（元）”栏：年度各级资金之和170,000元不等于“预算明细”中该项目的180,000元，相差10,000元"),
    ("whole below annual", lambda f: edit(f, "projects", 3, total_local="1000"), "实施期各级资金之和1,000元小于年度的180,000元"),
    ("no goal", lambda f: edit(f, "projects", 2, annual_goal=""), "“年度目标”栏：项目“高标准农田管护”没有年度目标"),
    ("no indicator", lambda f: retext(f, "101001,101-004,,", "101001,101-004,年度,", "indicators.csv"), "项目“村级公益设施补助”没有实施期绩效指标"),
    ("indicator's project", lambda f: edit(f, "indicators", 6, pro_code="101-9"), "“绩效指标”表 第6行 “项目编码”栏：项目编码“101-9”不在“项目”表里"),
    ("indicator's kind", lambda f: edit(f, "indicators", 6, level2="数量"), "“绩效指标”表 第6行 “二级指标”栏：二级指标“数量”不在绩效目标表中，请填：数量指标"),
    ("revenue missing", lambda f: (f / "revenue.csv").unlink(), "政府性基金预算当年收入0元与“预算明细”当年支出300,000元不等"),
    ("services without code", lambda f: edit(f, "budget", 10, purchase_code=""), "第10行 “政府购买服务目录代码”栏：政府采购服务必须填写"),
    ("code not in force", lambda f: edit(f, "budget", 10, purchase_code="Z9999"), "第10行 “政府购买服务目录代码”栏：现行政府购买服务目录（晋财综〔2025〕28号）没有代码“Z9999”"),
    ("doubled project", lambda f: edit(f, "projects", 5, pro_code="101-001"), "“项目”表 第5行 “项目编码”栏：项目编码“101-001”与第2行重复"),
    ("missing key", lambda f: retext(f, 'office_area = "860.5"', ""), "ledger.toml “国有资产”表 “办公用房建筑面积（平方米）”栏：不能为空"),
    ("not a date", lambda f: retext(f, 'office_area', 'as_of = "2025-13-31"\noffice_area'), "“统计截止日期”栏：“2025-13-31”不是日期"),
    ("half a prior year", lambda f: retext(f, 'gpb = "4900000.00"', ""), "“上年数”表 “上年一般公共预算当年支出（元）”栏：填了上年数就要逐项填写"),
    ("broken TOML", lambda f: retext(f, "[assets]", "[assets"), "不符合 TOML 的写法"),
    ("sheet missing", lambda f: (f / "budget.csv").unlink(), "缺少“预算明细”（budget），请补上"),
    ("column missing", lambda f: retext(f, "pro_category", "category", "budget.csv"), "budget.csv “预算明细”表：缺少“项目类别”栏"),
    ("unknown edition", lambda f: retext(f, 'catalogue_section', 'catalogue_edition = "1999"\ncatalogue_section'), "没有“1999”这一版政府购买服务目录"),
    ("two units in a unit budget", lambda f: retext(f, "部门预算", "单位预算"), "“单位”表：单位预算只能有一个单位"),
    ("unquoted separators", lambda f: retext(f, ",300000.00", ",300,000.00", "revenue.csv"), "“收入明细”表 第2行：这一行的内容比表头多"),
    ("no header", lambda f: retext(f, ",", ";", "revenue.csv"), "revenue.csv “收入明细”表：没有认出表头"),
    ("too large", lambda f: edit(f, "budget", 4, amount="9" * 30), "第4行 “金额（元）”栏：金额过大"),
    ("invisible", lambda f: edit(f, "projects", 3, pro_name="农业\u202e培训"), "第3行 “项目名称”栏：含有看不见的字符（U+202E）"),
    ("endless", lambda f: edit(f, "projects", 3, pro_name="长" * 600), "第3行 “项目名称”栏：有600个字，太长了"),
    ("long junk", lambda f: edit(f, "budget", 4, amount="乱" * 100), f"“{'乱' * 29}…”不是金额"),
    ("not a table", lambda f: retext(f, "[department]", "notes = 1\n[department]"), "ledger.toml：“notes”应当写成一节，以 [notes] 开头"),
    ("not a text", lambda f: retext(f, 'region_name = "示例县"', "region_name = true"), "“region_name”栏：请填文字、数字、日期或文字的列表"),
    ("two names", rename_local_item, "第3行 “支出功能分类科目名称”栏：科目“2130188”在别的行叫“甲”"),
    ("goods with a code", lambda f: edit(f, "budget", 10, procurement="货物", purchase_code="A0101"), "只有采购服务才填政府购买服务目录代码"),
    ("code too coarse", lambda f: edit(f, "budget", 10, purchase_code="A01"), "目录代码“A01”太粗"),
    ("same unit name", lambda f: edit(f, "agencies", 3, agency_name="示例县农业农村局"), "单位名称“示例县农业农村局”重复"),
    ("unit's overall indicator", lambda f: edit(f, "indicators", 2, agency_code="101001"), "整体绩效指标不填单位编码"),
    ("no code list", lambda f: retext(f, "fiscal_year = 2026", "fiscal_year = 2031"), "没有2031年度的支出功能分类科目表"),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "expected"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_mistake_is_named_with_place_and_mend(folder: Path, break_it: Callable[[Path], None], expected: str) -> None:
    break_it(folder)
    found = messages(folder)
    assert any(expected in message for message in found), found


def test_all_mistakes_are_reported_at_once(folder: Path) -> None:
    edit(folder, "budget", 4, amount="十万")
    edit(folder, "budget", 5, agency_code="")
    assert len(messages(folder)) == 2


def test_starter_has_no_warning() -> None:
    assert load_ledger(STARTER_FOLDER).warnings == ()


def test_new_workbook_compiles_as_it_stands(tmp_path: Path) -> None:
    path = new_ledger(tmp_path, YEAR, "shanxi")
    assert path.name == STARTER
    assert compile_ledger(load_ledger(path)) == compile_ledger(load_ledger(STARTER_FOLDER))
    with pytest.raises(InputError, match="已经有这个文件"):
        new_ledger(tmp_path, YEAR, "shanxi")


def test_new_workbook_offers_lists_and_choices(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(new_ledger(tmp_path, YEAR, "shanxi"))
    assert book.sheetnames[: len(SHEETS)] == [sheet.label for sheet in SHEETS]
    rules = [str(rule.formula1) for rule in book["预算明细"].data_validations.dataValidation]
    assert any("人员类,公用经费" in rule for rule in rules)
    assert any("科目表!$A$2" in rule for rule in rules)
    codes = {str(cell.value).partition(" ")[0] for cell in book["科目表"]["A"]}
    assert {"201", "2130101"} <= codes


def test_codes_picked_from_the_list_lose_their_names(tmp_path: Path) -> None:
    path = new_ledger(tmp_path, YEAR, "shanxi")
    book = openpyxl.load_workbook(path)
    page = book["预算明细"]
    column = [cell.value for cell in page[1]].index("支出功能分类科目编码*") + 1
    page.cell(2, column).value = "2130101 行政运行"
    book.save(path)
    assert load_ledger(path).budget[0].exp_func_code == "2130101"


def test_chinese_and_english_headers_are_the_same(folder: Path) -> None:
    expected = load_ledger(folder)
    for sheet in SHEETS:
        file = folder / f"{sheet.key}.csv"
        if not sheet.pairs and file.exists():
            head, _, rest = file.read_text("utf-8").partition("\n")
            labels = {column.key: column.label for column in sheet.columns}
            file.write_bytes(("\n".join([",".join(labels[key] for key in head.split(",")), rest])).encode("gb18030"))
    assert load_ledger(folder) == expected


def test_unknown_column_is_said(folder: Path) -> None:
    retext(folder, "mof_div_code", "备注", "budget.csv")
    (warning,) = load_ledger(folder).warnings
    assert "没有“备注”这一栏，这栏的内容没有使用" in str(warning)


def test_change_without_reason_and_misspent_revenue_are_said(folder: Path) -> None:
    ledger = load_ledger(folder)
    assert advise(ledger, compile_ledger(ledger)) == []
    retext(folder, 'agency_operating = "按定额标准核增公用经费"', "")
    edit(folder, "revenue", 2, revenue_code="1030178", revenue_name="污水处理费收入")
    ledger = load_ledger(folder)
    reason, revenue = map(str, advise(ledger, compile_ledger(ledger)))
    assert reason.startswith("“变动原因”表 “机关运行经费变动原因”栏：比上年变动1.30万元，没有填写")
    assert "收入科目1030178的收入300,000元，一般用于科目21214，这些科目的当年支出是0元" in revenue


def test_purchase_code_below_a_known_one_is_listed_and_said(folder: Path) -> None:
    edit(folder, "budget", 10, purchase_code="A010499")
    ledger = load_ledger(folder)
    disclosure = compile_ledger(ledger)
    assert [(line.code, line.amount) for line in disclosure.catalogue] == [("A010499", Decimal("235.00"))]
    assert "目录中没有见到代码“A010499”，暂列在“A0104”之下" in str(advise(ledger, disclosure)[0])


def test_class_without_a_row_in_the_forms_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGZHANG_HOME", str(tmp_path))
    official = tmp_path / "notice.csv"
    official.write_text("科目编码,科目名称\n299,新设类\n29901,新设款\n2990101,新设项\n", "utf-8")
    import_codes(official, YEAR, amend=True)
    edit(folder, "budget", 2, exp_func_code="2990101", exp_func_name="新设项")
    assert messages(folder) == [
        "“预算明细”表 第2行 “支出功能分类科目编码”栏：收支总表没有“299”类的行次，请核对科目编码"
    ]


def test_unsure_and_local_codes_cause_no_error(folder: Path) -> None:
    edit(folder, "budget", 2, exp_func_code="2130188", exp_func_name="地方自设项")
    facts = compile_ledger(load_ledger(folder)).facts
    assert {fact.row_name for fact in facts if fact.row_code == "2130188"} == {"地方自设项"}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=raw_ledgers(agencies=3, lines=12))
def test_workbook_and_folder_load_to_the_same(
    raw: dict[str, RawSheet], tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("book") / "ledger.xlsx"
    write_workbook(target, raw, YEAR, "shanxi")
    book, direct = load_ledger(target), build(raw)
    assert compile_ledger(book) == compile_ledger(direct)
    assert replace(book, path=None, warnings=()) == replace(direct, path=None, warnings=())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", "不是工作簿".encode()])
def test_file_that_is_no_workbook_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(content)
    (message,) = messages(path)
    assert message.startswith("台账.xlsx：不能作为工作簿打开")


def test_toml_may_have_a_mark_or_be_gb18030(folder: Path) -> None:
    expected = load_ledger(folder)
    text = (folder / "ledger.toml").read_text("utf-8")
    for encoding in ("utf-8-sig", "gb18030"):
        (folder / "ledger.toml").write_bytes(text.encode(encoding))
        assert load_ledger(folder) == expected


def test_reason_may_begin_as_the_sentence_does(folder: Path) -> None:
    retext(folder, 'reception = "从严', 'reception = "主要原因是从严')
    text = "".join(one.text for one in compile_ledger(load_ledger(folder)).texts)
    assert "，主要原因是从严控制公务接待；" in text


def test_category_that_its_item_contradicts_is_said(folder: Path) -> None:
    edit(folder, "budget", 5, pro_category="人员类")
    ledger = load_ledger(folder)
    (warning,) = advise(ledger, compile_ledger(ledger))
    assert "经济科目“30201”在表中列为公用经费，与项目类别不一致" in str(warning)


def test_workbook_with_a_far_cell_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = new_ledger(tmp_path, YEAR, "shanxi")
    book = openpyxl.load_workbook(path)
    book["预算明细"]["XFD1048576"] = "x"
    book.save(path)
    assert "伸到了很远的行或列" in messages(path)[0]


def test_prior_year_from_last_years_ledger(folder: Path) -> None:
    last = Path(shutil.copytree(folder, folder.parent / "last"))
    for file in last.iterdir():
        file.write_text(file.read_text("utf-8").replace("2026", "2025"), "utf-8")
    edit(last, "budget", 4, amount="44414.72")
    head, _, rest = (folder / "ledger.toml").read_text("utf-8").partition("[prior]")
    reasons = rest.partition("[reasons]")[2]
    (folder / "ledger.toml").write_text(f'{head}[prior]\nsource = "../last"\n\n[reasons]{reasons}', "utf-8")
    figures = {figure.key: figure.value for figure in compile_ledger(load_ledger(folder)).narrative}
    assert (figures["n1.income_change"], figures["n5.change"], figures["n7.change"]) == ("10.00", "10.00", "0")
    edit(last, "budget", 4, amount="-1")
    assert messages(folder)[0].startswith("上年资料 ../last budget.csv “预算明细”表 第4行")


def test_prior_package_that_is_cut_short_is_refused(folder: Path) -> None:
    package = folder.parent / "last"
    last = replace(compile_ledger(load_ledger(folder)), fiscal_year=YEAR - 1)
    publish(last, package, ["data"])
    head, _, rest = (folder / "ledger.toml").read_text("utf-8").partition("[prior]")
    reasons = rest.partition("[reasons]")[2]
    (folder / "ledger.toml").write_text(f'{head}[prior]\nsource = "../last"\n\n[reasons]{reasons}', "utf-8")
    assert compile_ledger(load_ledger(folder)).narrative
    facts = package / "facts.csv"
    facts.write_text("".join(facts.read_text("utf-8").splitlines(keepends=True)[:50]), "utf-8")
    assert "facts.csv：数据包的这个文件不完整" in messages(folder)[0]


def test_unit_budget_speaks_of_the_unit(folder: Path) -> None:
    """A unit's own disclosure says 单位 throughout, has no unit row over its projects and its own overall form."""
    for name in ("agencies", "budget", "projects", "indicators"):
        file = folder / f"{name}.csv"
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "101002" not in line), "utf-8")
    retext(folder, 'kind = "部门预算"', 'kind = "单位预算"')
    disclosure = compile_ledger(load_ledger(folder))
    text = "\n".join(one.text for one in disclosure.texts)
    assert "一、单位预算收支数据变动情况及原因" in text
    assert "本单位2026年机关运行经费财政拨款预算20.30万元" in text
    assert "本部门" not in text
    levels = {(fact.table, fact.level) for fact in disclosure.facts if fact.level}
    assert levels == {(table, level) for table in ("T12", "T13") for level in ("department", "project")}
    overall = {entry.key: entry.value for entry in disclosure.overall}
    assert (overall["unit"], overall["unit_code"], overall["funds_prior"]) == ("示例县农业农村局", "101001", "510.00")
    document = to_markdown(lay_out(disclosure, load_family()))
    assert "2026年度单位预算公开" in document
    assert "预算单位整体支出绩效目标申报表" in document
    assert "单位名称：示例县农业农村局 单位：万元" in document


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("../ledger", "上年资料是2026年的，应为2025年"),
        ("../nowhere", "找不到上年资料“../nowhere”"),
        ("../other", "上年资料是“示例县农业农村局”（999）的，不是本台账的部门或单位"),
    ],
)
def test_prior_source_must_be_last_years_and_the_same_departments(folder: Path, source: str, sentence: str) -> None:
    other = Path(shutil.copytree(folder, folder.parent / "other"))
    for file in other.iterdir():
        file.write_text(file.read_text("utf-8").replace("2026", "2025"), "utf-8")
    retext(other, 'department_code = "101"', 'department_code = "999"')
    head, _, rest = (folder / "ledger.toml").read_text("utf-8").partition("[prior]")
    reasons = rest.partition("[reasons]")[2]
    (folder / "ledger.toml").write_text(f'{head}[prior]\nsource = "{source}"\n\n[reasons]{reasons}', "utf-8")
    assert any(sentence in message for message in messages(folder))
