"""The code lists, their import, the mappings and the catalogue editions."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from platformdirs import user_data_path

from mingzhang import taxonomy
from mingzhang.problems import InputError
from mingzhang.taxonomy import (
    KIND_TITLES,
    KINDS,
    Code,
    MissingCodeList,
    admissible_government_codes,
    edition_in_force,
    editions,
    explain,
    fund_functions,
    load,
    load_catalogue,
    years,
)
from mingzhang.taxonomy.bundle import bundled_rows
from mingzhang.taxonomy.importing import import_codes
from mingzhang.taxonomy.store import home_folder

HELD = [(kind, year) for kind in KINDS for year in (2024, 2025, 2026)]

SMALL = [
    ["科目编码", "科目名称"],
    ["201", "一般公共服务支出"],
    ["20101", "人大事务"],
    ["2010101", "行政运行"],
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as MINGZHANG_HOME, so that no test sees or touches the user's lists."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MINGZHANG_HOME", str(folder))
    return folder


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_xlsx(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def problems(path: Path, year: int = 2027, kind: str | None = None, amend: bool = False) -> list[str]:
    """What an import that must fail says, each as printed."""
    with pytest.raises(InputError) as raised:
        import_codes(path, year, kind, amend)
    return [str(problem) for problem in raised.value.problems]


# The bundled lists


def test_exports_are_sorted_and_there() -> None:
    names = taxonomy.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert all(hasattr(taxonomy, name) for name in names)


@pytest.mark.parametrize(("kind", "year"), HELD)
def test_a_bundled_list_is_sound(kind: str, year: int) -> None:
    codes = load(kind, year)
    listed = list(codes)
    assert len(listed) == len(bundled_rows(kind, f"{year}.csv")), "no code twice"
    assert [code.code for code in listed] == sorted(code.code for code in listed)
    for code in listed:
        assert code.name
        assert code.name == code.name.strip()
        assert code.parent == (code.code[:-2] if len(code.code) > 3 else "")
        assert not code.parent or code.parent in codes
        assert code.level == {3: "类", 5: "款", 7: "项"}[len(code.code)]
        assert code.certainty in {"attested", "attested_2008", "attested_local", "recalled", "unsure"}
        assert code.source
        assert "seed" not in code.source


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_functional_budget_agrees_with_its_parent(year: int) -> None:
    codes = load("functional", year)
    for code in codes:
        parent = codes.get(code.parent)
        assert parent is None or parent.budget in ("mixed", code.budget)


def test_looking_up_a_code() -> None:
    codes = load("functional", 2025)
    health = codes.get("210")
    assert health is not None
    assert health.name == "卫生健康支出"
    assert health.former_names == ("医疗卫生与计划生育支出",)
    assert codes.get("999") is None
    assert "20101" in codes
    assert {child.parent for child in codes.children("20101")} == {"20101"}
    assert [child.level for child in codes.children("")] == ["类"] * 30
    assert codes.children("2010101") == []


def test_certainty_is_carried() -> None:
    codes = load("functional", 2025)
    by_certainty = {code.certainty: code for code in codes}
    standing = {name: (code.certain, code.firm_name) for name, code in by_certainty.items()}
    assert standing == {
        "attested": (True, True),
        "attested_2008": (True, True),
        "attested_local": (True, True),
        "recalled": (True, False),
        "unsure": (False, False),
    }
    assert Code("201", "甲", "类").firm_name, "what a user imports is official"


def test_an_unknown_item_under_a_known_parent_is_local() -> None:
    codes = load("functional", 2025)
    assert codes.get("2010188") is None
    assert codes.resolve("2010188") == Code("2010188", "", "项", "20101", "gpb", "", "local")
    assert codes.resolve("2010101") == codes.get("2010101")
    assert codes.resolve("2019801") is None, "its 款 is unknown"
    assert codes.resolve("20197") is None, "only a 项 may be local"
    assert codes.resolve("20101AB") is None
    assert load("revenue", 2025).resolve("1010188") is None


def test_suggestions() -> None:
    codes = load("functional", 2025)
    assert "210" in [code.code for code in codes.suggest("医疗卫生与计划生育支出")]
    assert [code.parent for code in codes.suggest("2010110")] == ["20101"] * 3
    assert codes.suggest("行政运行")[0].name == "行政运行"
    assert codes.suggest("完全无关的话") == []


@given(st.text(max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_looking_up_anything_never_raises(text: str) -> None:
    codes = load("functional", 2025)
    found = codes.resolve(text)
    assert found is None or found.code == text
    assert len(codes.suggest(text)) <= 3


def test_explaining_a_code() -> None:
    found = explain("30101")
    assert [(kind, year, code.name) for kind, year, code in found] == [
        ("economic_department", year, "基本工资") for year in (2024, 2025, 2026)
    ]
    assert [year for _, year, _ in explain("2170404")] == [2025, 2026], "new in 财预〔2025〕41号"
    assert explain("") == explain("99999") == []


def test_a_missing_year_is_an_error_that_says_so() -> None:
    for kind in KINDS:
        assert years(kind) == (2024, 2025, 2026)
        with pytest.raises(
            MissingCodeList, match=f"没有2027年度的{KIND_TITLES[kind]}.*2024、2025、2026.*taxonomy import"
        ):
            load(kind, 2027)
        with pytest.raises(MissingCodeList):
            load(kind, 2023)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="没有“function”这种科目表"):
        load("function", 2025)


# Import


@pytest.mark.parametrize(("kind", "year"), HELD)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_list_survives_the_round_trip(tmp_path: Path, kind: str, year: int, ending: str) -> None:
    bundled = list(load(kind, year))
    header = ["编码", "名称", "级次", "预算"]
    rows = [header, *([code.code, code.name, code.level, code.budget] for code in bundled)]
    path = tmp_path / f"科目{ending}"
    write_csv(path, rows) if ending == ".csv" else write_xlsx(path, 科目=rows)

    report = import_codes(path, year)

    assert (report.kind, report.year) == (kind, year)
    assert (report.added, report.changed, report.kept, report.removed) == (0, 0, len(bundled), 0)
    imported = list(load(kind, year))
    plain = [(c.code, c.name, c.level, c.parent, c.budget, c.former_names) for c in imported]
    assert plain == [(c.code, c.name, c.level, c.parent, c.budget, c.former_names) for c in bundled]
    assert {code.certainty for code in imported} == {"official"}
    assert {code.source for code in imported} == {f"import:科目{ending}"}


def test_a_new_year_takes_budgets_and_former_names_from_the_year_before(tmp_path: Path, home: Path) -> None:
    rows: list[list[object]] = [
        ["2027年政府收支分类科目"],
        [],
        ["功能分类科目编码", "科目名称", "备注"],
        [205, "　教育支出(新)", ""],
        [20501, "　　教育管理\n事务", "x"],
        [2050101, "行政运行", ""],
        [20588, "新款", ""],
        [2058801, "新项", ""],
        [20598, "超长期特别国债安排的支出", ""],
        [2059801, "新项", ""],
    ]
    report = import_codes(write_xlsx(tmp_path / "a.xlsx", 说明=[["科目说明"]], 科目=rows), 2027)
    assert (report.kind, report.added, report.changed, report.kept) == ("functional", 7, 0, 0)
    assert report.path == home / "taxonomy" / "functional" / "2027.csv"
    codes = load("functional", 2027)
    assert [(code.name, code.budget) for code in codes] == [
        ("教育支出（新）", "mixed"),
        ("教育管理事务", "gpb"),
        ("行政运行", "gpb"),
        ("新款", ""),
        ("新项", ""),
        ("超长期特别国债安排的支出", "gov_fund"),
        ("新项", "gov_fund"),
    ]
    assert codes.get("205") == Code(
        "205", "教育支出（新）", "类", "", "mixed", "import:a.xlsx", "official", ("教育支出",)
    ), "the old name was attested, so it is a former name"
    assert years("functional") == (2024, 2025, 2026, 2027)
    with pytest.raises(MissingCodeList):
        load("revenue", 2027)


def test_given_budgets_are_kept_and_a_parent_becomes_mixed(tmp_path: Path) -> None:
    rows = [
        ["代码", "名称", "所属预算"],
        ["201", "一般公共服务支出", ""],
        ["20188", "甲", "政府性基金预算"],
        ["2018801", "乙", ""],
    ]
    import_codes(write_csv(tmp_path / "a.csv", rows), 2027)
    assert [code.budget for code in load("functional", 2027)] == ["mixed", "gov_fund", "gov_fund"]


def test_an_imported_list_has_precedence_and_can_be_replaced_again(tmp_path: Path, home: Path) -> None:
    before = load("functional", 2026)
    import_codes(write_csv(tmp_path / "a.csv", SMALL), 2026)
    assert len(load("functional", 2026)) == 3
    report = import_codes(write_csv(tmp_path / "b.csv", [*SMALL[:2], ["20101", "人大"]]), 2026)
    assert (report.added, report.changed, report.kept, report.removed) == (0, 1, 1, 1)
    assert [code.name for code in load("functional", 2026)] == ["一般公共服务支出", "人大"]
    assert os.listdir(home / "taxonomy" / "functional") == ["2026.csv"], "no temporary file is left"
    report.path.unlink()
    assert len(load("functional", 2026)) == len(before)


def test_the_home_argument_wins_over_the_environment(tmp_path: Path) -> None:
    other = tmp_path / "other"
    import_codes(write_csv(tmp_path / "a.csv", SMALL), 2027, home=other)
    assert len(load("functional", 2027, home=other)) == 3
    with pytest.raises(MissingCodeList):
        load("functional", 2027)


def test_without_a_home_the_platform_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGZHANG_HOME", "")
    assert home_folder() == user_data_path("mingzhang", appauthor=False)


def test_amending_lays_the_file_over_the_list_of_that_year(tmp_path: Path) -> None:
    before = load("functional", 2026)
    rows = [
        ["code", "name"],
        ["2010101", "行政运行（改）"],
        ["2010188", "新项"],
        ["2010102", "一般行政管理事务"],
    ]
    report = import_codes(write_csv(tmp_path / "通知.csv", rows), 2026, amend=True)
    assert (report.added, report.changed, report.kept, report.removed) == (1, 1, len(before) - 1, 0)
    after = load("functional", 2026)
    assert after.get("2010188") == Code("2010188", "新项", "项", "20101", "gpb", "import:通知.csv", "official")
    confirmed, untouched = after.get("2010102"), after.get("2010103")
    assert confirmed is not None
    assert confirmed.certainty == "official"
    assert untouched == before.get("2010103"), "rows that the file does not name keep their certainty"


def test_amending_a_year_without_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingCodeList, match=r"没有2027年度的支出功能分类科目表可供增补.*2024、2025、2026"):
        import_codes(write_csv(tmp_path / "a.csv", SMALL), 2027, amend=True)
    with pytest.raises(MissingCodeList):
        load("functional", 2027)


def test_revenue_may_have_a_fourth_level(tmp_path: Path) -> None:
    rows = [["科目编码", "科目名称"], ["103", "甲"], ["10301", "乙"], ["1030148", "丙"], ["103014801", "丁"]]
    assert import_codes(write_csv(tmp_path / "a.csv", rows), 2027).kind == "revenue"
    assert [code.level for code in load("revenue", 2027)] == ["类", "款", "项", "目"]


def test_a_csv_of_the_office_suite_is_read(tmp_path: Path) -> None:
    import_codes(write_csv(tmp_path / "a.csv", SMALL, encoding="gb18030"), 2027)
    assert len(load("functional", 2027)) == 3


NAMES = st.text(alphabet="支出事务管理（）运行", min_size=1, max_size=8)


@given(st.dictionaries(st.integers(1, 99), NAMES, min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_whatever_is_imported_is_what_is_loaded(tmp_path: Path, names: dict[int, str]) -> None:
    wanted = {"201": "类名"} | {f"201{number:02}": name for number, name in names.items()}
    write_csv(tmp_path / "a.csv", [["科目编码", "科目名称"], *wanted.items()])
    import_codes(tmp_path / "a.csv", 2027)
    assert {code.code: code.name for code in load("functional", 2027)} == wanted


# Bad files


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["20101X", "甲"], "“科目编码”栏：编码“20101X”不全是数字，请改正；若是标题或注释，请删去这一行。"),
        (["", "小计"], "“科目编码”栏：“小计”没有科目编码，请补上编码；若是标题或注释，请删去这一行。"),
        (
            ["2010", "甲"],
            "“科目编码”栏：编码2010有4位，支出功能分类只有3位（类）、5位（款）、7位（项），请改正。",
        ),
        (
            ["301", "甲"],
            "“科目编码”栏：编码301不属于支出功能分类（应以2开头），请改正，或移到另一张表单独导入。",
        ),
        (["20102", " "], "“科目名称”栏：编码20102没有科目名称，请补上名称。"),
        (["20101", "甲"], "“科目编码”栏：编码20101与第3行重复，请只留一行。"),
        (["2010201", "甲"], "“科目编码”栏：编码2010201的上级款20102不在表中，请补上20102这一行。"),
        (
            ["20102", "甲", "项"],
            "“级次”栏：级次写的是“项”，而编码20102有5位，应是“款”，请改级次或编码。",
        ),
        (
            ["20102", "甲", "款", "自有资金"],
            "“预算”栏：不认识预算“自有资金”，请改为一般公共预算、政府性基金预算、国有资本经营预算、社会保险基金预算、多本预算之一，或留空。",
        ),
    ],
)
def test_each_kind_of_bad_row(tmp_path: Path, home: Path, row: list[str], message: str) -> None:
    rows = [["科目编码", "科目名称", "级次", "预算"], *SMALL[1:], row]
    assert problems(write_csv(tmp_path / "a.csv", rows)) == [f"a.csv 第5行 {message}"]
    assert problems(write_xlsx(tmp_path / "a.xlsx", 科目=rows)) == [f"a.xlsx “科目”表 第5行 {message}"]
    assert not home.exists(), "nothing is written"


def test_all_problems_come_at_once_in_row_order(tmp_path: Path) -> None:
    rows = [*SMALL, ["20x", "甲"], ["2010101", ""], ["2020101", "乙"], ["2020102", "丙"]]
    found = problems(write_csv(tmp_path / "a.csv", rows))
    assert [text.split(" ")[1] for text in found] == ["第5行", "第6行", "第6行", "第7行"]
    assert found[-1].endswith("编码2020101等2个科目的上级款20201不在表中，请补上20201这一行。")


def test_an_amended_list_supplies_parents_but_not_missing_ones(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [SMALL[0], ["2010188", "新项"], ["2019801", "孤项"]])
    assert len(problems(path, 2026)) == 2
    assert problems(path, 2026, amend=True) == [
        "a.csv 第3行 “科目编码”栏：编码2019801的上级款20198不在表中，请补上20198这一行。"
    ]


@pytest.mark.parametrize("rows", [[], [["科目", "金额"], ["201", "1"]]])
def test_a_file_without_a_header(tmp_path: Path, rows: list[list[str]]) -> None:
    path = write_csv(tmp_path / "a.csv", rows)
    assert problems(path) == ["a.csv：没有找到表头，请在数据上面写一行表头，至少有“科目编码”和“科目名称”两栏。"]


def test_a_header_without_rows(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [SMALL[0], ["", ""]])
    assert problems(path, kind="functional") == ["a.csv 第1行：表头下面没有科目，请填入科目后再导入。"]
    assert "看不出是哪一种科目表" in problems(path)[0]


def test_a_header_with_two_columns_for_one_role(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["编码", "代码", "名称"], ["201", "201", "甲"]])
    assert problems(path) == ["a.csv 第1行 “代码”栏：“编码”和“代码”两栏作用相同，请只留一栏。"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "b.csv").write_bytes(b"\xff\xff\xff\x00")
    assert "不能作为工作簿打开" in problems(tmp_path / "a.xlsx")[0]
    assert "请用 UTF-8 编码另存" in problems(tmp_path / "b.csv")[0]
    assert "不认识“.pdf”文件" in problems(tmp_path / "c.pdf")[0]
    assert "文件不能读取" in problems(tmp_path / "none.csv")[0]
    assert "文件不能读取" in problems(tmp_path / "none.xlsx")[0]


def test_a_year_that_is_none_and_a_kind_that_is_none(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", SMALL)
    assert "预算年度“27”不对" in problems(path, 27)[0]
    assert "没有“budget”这种科目表" in problems(path, kind="budget")[0]
    assert "不属于收入分类" in problems(path, kind="revenue")[0]


def test_a_damaged_user_list_is_not_passed_over(home: Path) -> None:
    path = home / "taxonomy" / "functional" / "2026.csv"
    path.parent.mkdir(parents=True)
    for damaged in ("", "code,name\n201,甲\n", "\x00"):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(InputError, match="重新导入"):
            load("functional", 2026)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="写不进去"):
        import_codes(write_csv(tmp_path / "a.csv", SMALL), 2027, home=blocked)


# Mappings


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_mapped_code_is_in_the_lists(year: int) -> None:
    department, government = load("economic_department", year), load("economic_government", year)
    for row in bundled_rows("economic_mapping.csv"):
        for codes, code, name in (
            (department, row["department_code"], row["department_name"]),
            (government, row["government_code"], row["government_name"]),
        ):
            found = codes.get(code)
            assert found is not None
            assert found.name == name
    revenue, functional = load("revenue", year), load("functional", year)
    for row in bundled_rows("fund_revenue_to_function.csv"):
        assert row["revenue_code"] in revenue
        for code in fund_functions(row["revenue_code"]):
            found = functional.get(code)
            assert found is not None
            assert found.budget == "gov_fund"


def test_the_mappings() -> None:
    assert admissible_government_codes("30101") == {"50101", "50501"}
    assert admissible_government_codes("99999") == frozenset()
    assert fund_functions("1030148") == fund_functions("103014801") == ("21208",)
    assert fund_functions("1030149") == ("20822", "21372")
    assert fund_functions("9") == ()


# Catalogues


def test_each_edition_loads() -> None:
    sizes = {edition.id: len(load_catalogue(edition.id, "shanxi").entries) for edition in editions("shanxi")}
    assert sizes == {"2021-1": 1003, "2023": 1835, "2024": 1934, "2025": 2036}
    for edition in editions("shanxi"):
        flags = {flag for entry in load_catalogue(edition.id, "shanxi").entries for flag in entry.flag.split(";")}
        assert not {flag for flag in flags if flag.startswith(("only_", "differs", "code_differs"))}


def test_editions_follow_and_replace_one_another() -> None:
    for older, newer in pairwise(editions("shanxi")):
        assert older.issued < newer.issued
        assert older.document_number in newer.replaces


@pytest.mark.parametrize(
    ("year", "edition"),
    [(2021, None), (2022, "2021-1"), (2023, "2021-1"), (2024, "2023"), (2025, "2024"), (2026, "2025"), (2027, "2025")],
)
def test_the_edition_in_force_was_issued_before_the_year_began(year: int, edition: str | None) -> None:
    found = edition_in_force(year, "shanxi")
    assert (found.id if found else None) == edition


def test_finding_an_entry_prefers_the_section() -> None:
    catalogue = load_catalogue("2025", "shanxi")
    everywhere = catalogue.find("A180701")
    assert len({entry.section for entry in everywhere}) > 1
    section = everywhere[-1].section
    assert [entry.section for entry in catalogue.find("A180701", section)] == [section]
    assert catalogue.find("A180701", "没有的部门") == everywhere
    assert catalogue.find("Z") == []
    assert len(catalogue.sections) == 56


def test_an_unknown_region_or_edition_is_refused() -> None:
    with pytest.raises(InputError, match=r"没有地区“hebei”.*shanxi"):
        editions("hebei")
    with pytest.raises(InputError, match=r"没有“2022”版.*2021-1、2023、2024、2025"):
        load_catalogue("2022", "shanxi")
