"""Ready questions to a lake: each number is reckoned again in Python from what was compiled."""

from __future__ import annotations

import csv
import io
import json
import shutil
import statistics
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from mingzhang.cli import main
from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, Options, add, connect
from mingzhang.corpus.questions import (
    compare,
    copies,
    coverage,
    department,
    findings,
    outliers,
    projects,
    sql,
    trend,
)
from mingzhang.corpus.results import Answer, render
from mingzhang.datapackage import write_package
from mingzhang.disclosure import Disclosure, OverallEntry
from mingzhang.problems import InputError
from published import as_text, published
from realistic import ledger

PEERS = "水利局"
# Seeds of made-up departments of this kind.
TEXTS, RENAMED, STAFFED, COPIED, FAR = (3, 13, 24), 28, 32, 35, 43
FORMER = "水务管理局"
STAFF = 37
QUOTED = "甲'乙\"%_局; DROP VIEW facts --"


class World:
    """A lake and what went into it."""

    def __init__(self, folder: Path, disclosures: list[tuple[str, Disclosure]]) -> None:
        self.folder = folder
        self.lake = Lake(str(folder / "lake"))
        self.database = connect(self.lake)
        self.disclosures = [one for _, one in disclosures]
        self.sources = {(one.name, one.fiscal_year): source for source, one in disclosures}

    def of(self, year: int) -> list[Disclosure]:
        return [one for one in self.disclosures if one.fiscal_year == year]

    def get(self, name: str, year: int) -> Disclosure:
        return next(one for one in self.disclosures if (one.name, one.fiscal_year) == (name, year))


@cache
def compiled(seed: int, year: int) -> Disclosure:
    return compile_ledger(ledger(seed, 3 if year == 2025 else 4, year))


def made() -> list[Disclosure]:
    """All disclosures but those that are published as text."""
    renamed = compiled(RENAMED, 2025)
    staffed = compiled(STAFFED, 2026)
    entry = OverallEntry("staff_actual", str(STAFF))
    original = compiled(TEXTS[0], 2026)
    copied = compiled(COPIED, 2026)
    copied = replace(
        copied, projects=original.projects, indicators=tuple(replace(one, value="≥7") for one in original.indicators)
    )
    far = compiled(FAR, 2026)
    lavish = tuple(
        replace(fact, value=Decimal(5000)) if is_cell(fact, "T10", "total", "合计") else fact for fact in far.facts
    )
    fewer = tuple(
        replace(fact, value=half_up(fact.value / 3)) if fact.level == "project" else fact for fact in renamed.facts
    )
    return [
        replace(renamed, name=renamed.name.replace(PEERS, FORMER), facts=fewer),
        compiled(RENAMED, 2026),
        replace(staffed, overall=(*staffed.overall, entry)),
        copied,
        replace(far, facts=lavish),
        replace(compiled(FAR, 2025), name=QUOTED, department_code=""),
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("corpus")
    found = []
    for seed in TEXTS:
        for year in (2025, 2026):
            one = compiled(seed, year)
            file = folder / "in" / str(year) / one.name / "公开.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(as_text(published(one)), "utf-8")
            found.append((f"{year}/{one.name}/公开.txt", one))
    for number, one in enumerate(made()):
        write_package(one, folder / "in" / "packages" / str(number))
        found.append((f"packages/{number}", one))
    (folder / "in" / "bad.xlsx").write_bytes(b"no workbook")
    dates = {found[0][0]: ("2025-03-10", "2025-02-01"), found[1][0]: ("2026-02-10", "2026-02-01")}
    done = add([folder / "in"], Options(str(folder / "lake"), region="平川", dates=dates), workers=1)
    assert [one.source for one in done.failures] == ["bad.xlsx"]
    assert done.added == len(found)
    return World(folder, found)


def is_cell(fact: Any, table: str, column: str, row: str, side: str = "") -> bool:
    return (fact.table, fact.column, fact.row_name, fact.side) == (table, column, row, side)


def amount(one: Disclosure, table: str, column: str, row: str, side: str = "") -> Decimal:
    return next((fact.value for fact in one.facts if is_cell(fact, table, column, row, side)), Decimal(0))


def classes(one: Disclosure) -> dict[str, Decimal]:
    return {f.row_name: f.value for f in one.facts if f.table == "T3" and f.column == "total" and len(f.row_code) == 3}


def in_tables(one: Disclosure) -> dict[str, Decimal]:
    """The projects of the tables with their amounts."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for fact in one.facts:
        if fact.table in ("T12", "T13") and fact.level == "project" and fact.column == "total":
            found[fact.row_name] += fact.value
    return found


def half_up(value: Decimal, unit: str = "0.01") -> Decimal:
    return value.quantize(Decimal(unit), ROUND_HALF_UP)


def rows(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.rows.to_pylist()
    return found


def test_compare_gives_amount_share_and_rank(world: World) -> None:
    answer = compare(world.database, by="total", year=2026)
    got = {(row["item"], row["name"]): row for row in rows(answer)}
    expected = {one.name: amount(one, "T3", "project", "合计") for one in world.of(2026)}
    ranked = sorted(expected, key=lambda name: -expected[name])
    for one in world.of(2026):
        row = got["项目支出", one.name]
        whole = amount(one, "T1", "total", "支出总计", "expense")
        assert row["amount"] == expected[one.name]
        assert row["share"] == half_up(expected[one.name] * 100 / whole)
        assert row["rank"] == ranked.index(one.name) + 1
        assert row["source"] == world.sources[one.name, 2026]
    assert len({row["name"] for row in rows(answer)}) == len(world.of(2026))


def test_rows_lead_back_to_the_line_of_the_file(world: World) -> None:
    name = compiled(TEXTS[0], 2026).name
    row = next(row for row in rows(compare(world.database, [name], by="split")) if row["item"] == "基本支出")
    line = (world.folder / "in" / row["source"]).read_text("utf-8").splitlines()[row["line"] - 1]
    assert f"{row['amount']:.2f}" in line.replace(",", "")


def test_compare_by_function_and_economic_item(world: World) -> None:
    name = compiled(TEXTS[1], 2026).name
    one = world.get(name, 2026)
    got = {row["item"]: row["amount"] for row in rows(compare(world.database, [name], by="function", year=2026))}
    assert got == classes(one)
    items: dict[str, Decimal] = defaultdict(Decimal)
    for fact in one.facts:
        if fact.table == "T6" and fact.column == "total" and fact.row_name2:
            items[fact.row_name] += fact.value
    got = {row["item"]: row["amount"] for row in rows(compare(world.database, [name], by="economic", year=2026))}
    assert got == dict(items)


def test_compare_for_each_member_of_staff(world: World) -> None:
    answer = compare(world.database, by="split", per_staff=True)
    one = next(one for one in world.of(2026) if one.overall and any(e.key == "staff_actual" for e in one.overall))
    got = {row["item"]: (row["name"], row["staff"], row["per_staff"]) for row in rows(answer)}
    for item, column in (("基本支出", "basic"), ("项目支出", "project")):
        per_head = half_up(amount(one, "T3", column, "合计") / STAFF, "0.0001")
        assert got[item] == (one.name, STAFF, per_head)
    assert any("没有印出在职人数" in note for note in answer.notes)


def test_patterns_choose_departments(world: World) -> None:
    name = compiled(TEXTS[0], 2026).name
    assert {row["name"] for row in rows(compare(world.database, [f"{name[:2]}*{PEERS}"]))} == {
        one.name for one in world.of(2026) if one.name.startswith(name[:2])
    }
    with pytest.raises(InputError, match="没有名称含“%局”的部门"):
        compare(world.database, ["%局"], year=2026)


def test_trend_joins_a_renamed_department(world: World) -> None:
    now = compiled(RENAMED, 2026)
    answer = trend(world.database, now.name)
    got = {(row["item"], row["fiscal_year"]): row for row in rows(answer)}
    before = next(one for one in world.of(2025) if one.name.endswith(FORMER))
    for year, one in ((2025, before), (2026, now)):
        assert got["支出总计", year]["amount"] == amount(one, "T1", "total", "支出总计", "expense")
        assert got["支出总计", year]["name"] == one.name
    change = got["支出总计", 2026]["amount"] - got["支出总计", 2025]["amount"]
    assert got["支出总计", 2026]["change"] == change
    rate = half_up(change * 100 / got["支出总计", 2025]["amount"])
    assert got["支出总计", 2026]["change_pct"] == rate
    assert any(before.name in note and ("编码相同" in note or "名称相近" in note) for note in answer.notes)


def test_trend_does_not_take_another_department_for_the_same(world: World) -> None:
    """The department stands alone in 2026; others of 2025 have names as like as a place's departments have."""
    staffed = compiled(STAFFED, 2026).name
    assert {row["fiscal_year"] for row in rows(trend(world.database, staffed))} == {2026}


def test_search_finds_projects_with_last_years_amount(world: World) -> None:
    word = compiled(TEXTS[2], 2026).projects[0].name[2:6]
    expected = {
        (one.name, one.fiscal_year, project.name, (project.funds["annual"] or 0) / Decimal(10000))
        for one in world.disclosures
        for project in one.projects
        if word in project.name
    }
    got = rows(projects(world.database, word))
    forms = {
        (r["department"], r["fiscal_year"], r["name"], r["amount"]) for r in got if r["printed_in"] == "绩效目标表"
    }
    assert expected
    assert forms == expected
    for row in got:
        if row["before"] is not None:
            assert row["change"] == row["amount"] - row["before"]


def test_fuzzy_search_forgives_a_word(world: World) -> None:
    name = compiled(TEXTS[2], 2026).projects[0].name
    wrong = name[:2] + "之" + name[2:]
    assert not rows(projects(world.database, wrong))
    assert name in {row["name"] for row in rows(projects(world.database, wrong, fuzzy=True))}


def test_growth_compares_the_same_project_of_two_years(world: World) -> None:
    expected = {}
    for one in world.of(2026):
        before = {
            name: value
            for other in world.of(2025)
            if (other.department_code or other.name) == (one.department_code or one.name)
            for name, value in in_tables(other).items()
        }
        for name, now in in_tables(one).items():
            if name in before and now > before[name]:
                expected[one.name, name] = now - before[name]
    got = {(row["department"], row["name"]): row["change"] for row in rows(projects(world.database, growth=True))}
    assert expected
    assert got == expected
    changes = [row["change"] for row in rows(projects(world.database, growth=True))]
    assert changes == sorted(changes, reverse=True)


def test_copied_forms_are_found_whatever_their_numbers(world: World) -> None:
    original, copied = compiled(TEXTS[0], 2026).name, compiled(COPIED, 2026).name
    found = rows(copies(world.database, [copied]))
    by_group: dict[int, set[str]] = defaultdict(set)
    for row in found:
        by_group[row["group"]].add(row["department"])
    assert by_group
    assert all(copied in names and len(names) > 1 for names in by_group.values())
    assert any(original in names for names in by_group.values())
    assert {"指标", "文字"} == {row["alike_in"] for row in found}


def test_outliers_are_told_with_their_peers(world: World) -> None:
    answer = outliers(world.database, far=3.5)
    far = compiled(FAR, 2026).name
    row = next(
        r for r in rows(answer) if (r["name"], r["item"], r["measure"]) == (far, "“三公”经费", "占支出总计（%）")
    )
    main_class = {one.name: max(classes(one).items(), key=lambda pair: pair[1])[0] for one in world.of(2026)}
    kinds = {one.name: one.kind for one in world.of(2026)}
    shares = {
        one.name: float(
            half_up(amount(one, "T10", "total", "合计") * 100 / amount(one, "T1", "total", "支出总计", "expense"))
        )
        for one in world.of(2026)
        if (main_class[one.name], kinds[one.name]) == (main_class[far], kinds[far])
        and any(is_cell(fact, "T10", "total", "合计") for fact in one.facts)
    }
    middle = statistics.median(shares.values())
    distances = [abs(share - middle) for share in shares.values()]
    mad = statistics.median(distances)
    z = (
        0.6745 * (shares[far] - middle) / mad
        if mad
        else (shares[far] - middle) / (1.253314 * statistics.mean(distances))
    )
    assert row["peer_group"] == main_class[far]
    assert row["peers"] == len(shares)
    assert float(row["score"]) == pytest.approx(z, abs=0.01)


def test_coverage_tells_late_missing_and_failed(world: World) -> None:
    answer = coverage(world.database, year=2025)
    got = {(row["status"], row["name"]): row for row in rows(answer)}
    first = compiled(TEXTS[0], 2025).name
    assert (got["已公开", first]["days"], got["已公开", first]["in_time"]) == (37, "迟17天")
    second = compiled(TEXTS[1], 2025).name
    assert got["已公开", second]["in_time"] == "未填日期"
    assert got["已公开", first]["tables"] == "13/13"
    assert got["已公开", first]["score"] == 100
    codes = {one.department_code for one in world.of(2025)} - {""}
    names = {one.name for one in world.of(2025)}
    missing = {one.name for one in world.of(2026) if one.name not in names and one.department_code not in codes}
    assert missing
    assert {name for status, name in got if status == "缺这一年"} == missing
    failed = next(row for row in rows(answer) if row["status"] == "未读出")
    assert failed["source"] == "bad.xlsx"
    assert failed["reason"]


def test_findings_are_counted_and_told(world: World) -> None:
    counted = {(row["name"]): row for row in rows(findings(world.database, year=2026))}
    far = compiled(FAR, 2026).name
    assert counted[far]["errors"] > 0
    told = rows(findings(world.database, [far], by="message", severity="错误"))
    assert len(told) == counted[far]["errors"]
    assert all(row["source"] == world.sources[far, 2026] and row["message"] for row in told)
    by_rule = rows(findings(world.database, [far], by="rule"))
    assert sum(row["errors"] for row in by_rule) == counted[far]["errors"]
    assert {row["severity"] for row in told} == {"错误"}
    with pytest.raises(InputError, match="没有“胡说”这个类别"):
        findings(world.database, category="胡说")


def test_a_departments_page_has_all_its_rows(world: World) -> None:
    one = compiled(TEXTS[1], 2026)
    page = department(world.database, world.lake, one.name)
    assert page.document["name"] == one.name
    assert sum(1 for row in page.tables["facts"].to_pylist() if row["row_name"] != "EMPTY") == len(one.facts)
    assert page.tables["projects"].num_rows == len(one.projects)
    assert page.tables["indicators"].num_rows == len(one.indicators)
    assert [year["year"] for year in page.years] == [2025, 2026]
    with pytest.raises(InputError, match=r"没有“.*”2019年的公开，有的年度：2025、2026"):
        department(world.database, world.lake, one.name, year=2019)


def test_sql_reads_and_only_reads(world: World) -> None:
    answer = sql(world.database, "SELECT name, fiscal_year FROM current ORDER BY ALL")
    assert [column.heading for column in answer.columns] == ["名称", "年度"]
    assert len(rows(answer)) == len(world.disclosures)
    target = world.folder / "lake" / "tables" / "evil.parquet"
    for query in (
        f"COPY (SELECT 1) TO '{target}'",
        f"WITH a AS (COPY (SELECT 1) TO '{target}') SELECT 1",
        "DROP VIEW facts",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELEC 1",
        "",
    ):
        with pytest.raises(InputError, match="查询语句"):
            sql(world.database, query)
    assert not target.exists()


HOSTILE = ("'; DROP VIEW facts; --", QUOTED, "%", "_", "\\", '"', "$v0", "{0}", "\x00", "*" * 50)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words(world: World, text: str) -> None:
    asked: list[Callable[[], object]] = [
        lambda: compare(world.database, [text]),
        lambda: compare(world.database, region=text),
        lambda: trend(world.database, text),
        lambda: projects(world.database, text),
        lambda: projects(world.database, text * 2, fuzzy=True),
        lambda: copies(world.database, [text]),
        lambda: findings(world.database, rule=text),
        lambda: department(world.database, world.lake, text),
    ]
    for ask in asked:
        with suppress(InputError):
            ask()
    assert rows(compare(world.database, [QUOTED], year=2025))
    assert rows(trend(world.database, QUOTED))


def test_what_is_not_there_is_said_in_chinese(world: World) -> None:
    near = compiled(TEXTS[0], 2026).name
    with pytest.raises(InputError, match=rf"名称相近的有：.*{near}"):
        compare(world.database, [near + "局"])
    with pytest.raises(InputError, match="有的是：平川2025年、平川2026年"):
        compare(world.database, year=1999)
    with pytest.raises(InputError, match="的部门不止一个"):
        trend(world.database, PEERS)
    with pytest.raises(InputError, match="没有决算的公开文件"):
        compare(world.database, kind="final")


def test_an_empty_lake_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    add([tmp_path / "bad.xlsx"], Options(str(tmp_path / "lake")), workers=1)
    database = connect(Lake(str(tmp_path / "lake")))
    for ask in (compare, copies, outliers, coverage, findings):
        with pytest.raises(InputError, match="还没有读出的公开文件"):
            ask(database)
    with pytest.raises(InputError, match="没有名称含"):
        trend(database, "局")


def test_an_answer_in_every_format(world: World) -> None:
    answer = compare(world.database, by="three_public")
    expected = [row["amount"] for row in rows(answer)]
    text = render(answer, "table", width=100)
    assert isinstance(text, str)
    assert all(len(line.encode("gb18030")) <= 100 for line in text.splitlines()[:-2] if "说明" not in line)
    sheet = str(render(answer, "csv"))
    table = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert [Decimal(row["金额（万元）"]) for row in table] == expected
    said = json.loads(str(render(answer, "json")))
    assert [Decimal(row["amount"]) for row in said["rows"]] == expected
    data = render(answer, "xlsx")
    assert isinstance(data, bytes)
    cells = openpyxl.load_workbook(io.BytesIO(data)).active
    assert cells is not None
    heads = [cell.value for cell in cells[2]]
    column = heads.index("金额（万元）") + 1
    assert [Decimal(str(cells.cell(3 + n, column).value)) for n in range(len(expected))] == expected
    picture = ElementTree.fromstring(str(render(answer, "svg")))
    bars = picture.findall("{http://www.w3.org/2000/svg}g")
    assert len(bars) == min(30, len(expected))
    png = render(answer, "png")
    assert isinstance(png, bytes)
    assert png.startswith(b"\x89PNG")


def test_texts_never_become_formulas(world: World) -> None:
    answer = sql(world.database, "SELECT '=1+1' AS name, '@x' AS source")
    data = render(answer, "xlsx")
    assert isinstance(data, bytes)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")
    assert "'=1+1,'@x" in str(render(answer, "csv"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["sql", "{lake}", "SELECT count(*) FROM facts"],
        ["compare", "{lake}", "--by", "function"],
        ["trend", "{lake}", "{name}"],
        ["projects", "{lake}", "工程", "--fuzzy"],
        ["projects", "{lake}", "--growth", "--format", "json"],
        ["copies", "{lake}"],
        ["outliers", "{lake}", "--format", "csv"],
        ["coverage", "{lake}", "--year", "2025"],
        ["findings", "{lake}", "--by", "rule"],
    ],
)
def test_the_commands_answer(world: World, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    given = [one.format(lake=world.folder / "lake", name=compiled(TEXTS[0], 2026).name) for one in arguments]
    assert main(["corpus", *given]) == 0
    assert capsys.readouterr().out


def test_the_commands_say_what_is_wrong(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = str(world.folder / "lake")
    for arguments, said in (
        (["sql", lake, "SELECT nothing FROM facts"], "查询语句有误"),
        (["compare", lake, "没有这个局"], "没有名称含“没有这个局”的部门"),
        (["compare", lake, "--by", "x"], "不能按“x”比较"),
        (["compare", lake, "--format", "doc"], "没有“doc”这种格式"),
        (["coverage", str(tmp_path / "none")], "没有数据湖"),
        (["projects", lake, "x", "--most", "0"], "--most 的值不对"),
    ):
        assert main(["corpus", *arguments]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("table", ["documents", "facts"])
def test_a_damaged_lake_is_told(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str) -> None:
    for spoil in (Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:100])):
        lake = tmp_path / spoil.__name__
        shutil.copytree(world.folder / "lake", lake)
        spoil(next((lake / "tables" / table).rglob("*.parquet")))
        assert main(["corpus", "coverage", str(lake)]) == 2
        assert "文件不全或已损坏" in capsys.readouterr().err


def test_add_takes_dates_and_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = compiled(TEXTS[0], 2026)
    write_package(one, tmp_path / "in" / "甲")
    (tmp_path / "in" / "bad.xlsx").write_bytes(b"no workbook")
    dates = tmp_path / "dates.csv"
    dates.write_text("来源文件,公开日期,批准日期\n甲,2026-02-10,2026-02-01\n", "utf-8")
    command = ["corpus", "add", str(tmp_path / "in"), "--to", str(tmp_path / "lake"), "--workers", "1"]
    assert main([*command, "--dates", str(dates), "--region", "平川"]) == 0
    got = capsys.readouterr()
    assert "入库 1 个，未读出 1 个" in got.out
    assert "未读出：bad.xlsx：" in got.err
    row = rows(coverage(connect(Lake(str(tmp_path / "lake")))))[-1]
    assert (row["region"], row["days"], row["in_time"]) == ("平川", 9, "按时")
    assert main(command) == 0
    assert "已在库中 2 个" in capsys.readouterr().out
    dates.write_text("来源文件,公开日期\n甲,二月十日\n", "utf-8")
    assert main([*command, "--dates", str(dates)]) == 2
    assert "“二月十日”不是日期" in capsys.readouterr().err


def test_threads_may_ask_at_once(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    name = compiled(TEXTS[0], 2026).name
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: rows(trend(world.database, name)), range(12)))
    assert all(answer == answers[0] for answer in answers)
