"""Exploring a lake in a real browser and over HTTP: pages, figures, places, downloads; private data masked, formulas dead."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import openpyxl
import pyarrow as pa
import pytest
from lxml import html
from playwright.sync_api import Browser, expect

from browsing import DESKTOP, PHONE, clean_page, sound
from example_ledgers import EXAMPLES, SHARED, example
from mingzhang.check.book import sample
from mingzhang.corpus import Options, add
from mingzhang.corpus.results import PLACE, Answer, Column
from mingzhang.datapackage import write_package
from mingzhang.disclosure import Disclosure, Text
from mingzhang.problems import InputError
from mingzhang.web.answer_view import ROWS, Shown, answer_view
from mingzhang.web.lake import HeldLake, Kept
from published import as_text, published
from serving import Served, served
from test_rules import read_as

FIRST, SECOND = (example(name) for name in sorted(EXAMPLES))
PHONE_NUMBER, MASKED = "13812345678", "138****5678"
HOSTILE = '=HYPERLINK("x","y")<script>alert(1)</script>'
REGION, FINAL = "平川", "final-accounts"
WORD = "绣花针"  # nothing else in the lake says it


def planted() -> Disclosure:
    """The second example of another year, with a telephone number and a formula where people could write them."""
    said = Text("n12", "paragraph", f"联系人电话{PHONE_NUMBER}，{WORD}采购咨询。")
    [project, *others] = SECOND.projects
    bad = replace(project, name=HOSTILE, texts={**project.texts, "overview": f"咨询电话：{PHONE_NUMBER}"})
    return replace(SECOND, fiscal_year=2025, texts=(*SECOND.texts, said), projects=(bad, *others))


@cache
def account() -> Disclosure:
    """A final account."""
    return read_as(sample(FINAL), FINAL)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    (folder / "in").mkdir()
    for name, one in (("first", FIRST), ("second", SECOND)):
        (folder / "in" / f"{name}.txt").write_text(as_text(published(one)), "utf-8")
    write_package(replace(FIRST, fiscal_year=2025), folder / "in" / "before")
    write_package(planted(), folder / "in" / "planted")
    write_package(account(), folder / "in" / "account")
    seeds = sorted((SHARED / "seeds").glob("*.txt")) if SHARED.exists() else []
    done = add([folder / "in", *seeds], Options(str(folder / "lake"), region=REGION), workers=1)
    assert not done.failures
    return folder / "lake"


@pytest.fixture(scope="module")
def server(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("explore") / "data", "--lake", str(lake)) as server:
        yield server


def get(server: Served, path: str) -> tuple[int, bytes]:
    """Status and content of an address, whose Chinese is encoded here."""
    try:
        with urlopen(server.url + quote(path, safe="/?&=%+")) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def of(one: Disclosure, **more: object) -> str:
    """The address of a department's page."""
    given = {"region": REGION, "name": one.name, "year": one.fiscal_year}
    return f"/explore/department?{urlencode({**given, **more})}"


PAGES = (
    "/explore",
    "/explore/departments",
    of(FIRST),
    of(FIRST, view="tables"),
    of(SECOND, view="projects"),
    of(SECOND, view="texts"),
    of(planted(), view="findings"),
    "/explore/compare?by=function",
    f"/explore/trend?name={quote(FIRST.name)}",
    "/explore/projects?growth=1",
    f"/explore/texts?text={quote('办公')}",
    "/explore/copies",
    "/explore/outliers",
    "/explore/coverage",
    "/explore/findings?by=message",
)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_page_is_sound_at_any_width(browser: Browser, server: Served, width: int) -> None:
    with clean_page(browser, server.url, width) as page:
        for address in PAGES if width == PHONE else PAGES[::3]:
            page.goto(address)
            assert page.locator("h1").count() == 1
            sound(page)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_from_a_search_to_the_place_of_a_figure(browser: Browser, server: Served, width: int) -> None:
    with clean_page(browser, server.url, width) as page:
        page.goto("/explore")
        page.get_by_label("找部门").get_by_role("searchbox").fill(SECOND.name[3:7])
        page.get_by_label("找部门").get_by_role("button").click()
        page.locator("tr", has_text="2026").get_by_role("link", name=SECOND.name).first.click()
        expect(page.locator("h1")).to_contain_text(f"{SECOND.name} 2026年")
        assert {"treemap", "sunburst", "sankey", "economic"} <= set(
            page.eval_on_selector_all(".chart", "charts => charts.map(chart => chart.id)")
        )
        # A part of the treemap is told, enlarged and left, by the keyboard alone.
        part = page.locator("#treemap svg:visible a.part").first
        part.focus()
        tip = page.get_by_role("tooltip")
        expect(tip).to_contain_text(re.compile(r"：[\d,.]+万元，占[\d.]+%"))
        whole = page.locator("#treemap .view:visible").get_attribute("id")
        page.keyboard.press("Enter")
        expect(page.locator("#treemap .view:visible")).not_to_have_id(str(whole))
        page.keyboard.press("Escape")
        expect(page.locator("#treemap .view:visible")).to_have_id(str(whole))
        # Its numbers lead to the cell in the tables, which tells its place in the file.
        page.locator("#sankey .numbers > summary").click()
        link = page.locator("#sankey .numbers td a").first
        amount = link.inner_text()
        link.click()
        page.wait_for_url(re.compile(r"view=tables#c-"))
        cell = page.locator("td:target")
        expect(cell).to_have_text(amount)
        expect(tip).to_contain_text(re.compile(r"出处：.+第\d+行"))
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.matches('td.told')")
        # Projects are narrowed down and opened.
        page.get_by_role("link", name="项目", exact=True).click()
        page.get_by_label("筛选项目").fill(SECOND.projects[-1].name)
        shown = page.locator("details.project:visible")
        expect(shown.first).to_contain_text(SECOND.projects[-1].name)
        assert shown.count() < len(SECOND.projects)
        shown.first.locator("summary").click()
        expect(shown.first).to_contain_text("绩效指标")


def test_parts_are_enlarged_without_a_script(browser: Browser, server: Served) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(of(SECOND))
    assert page.locator("#treemap .view:visible").count() == 1
    page.locator("#treemap .legend a").first.click()
    expect(page.locator("#treemap .view:visible")).to_have_count(1)
    page.locator("#treemap .view:visible .up").click()
    expect(page.locator("#treemap .view:visible .legend")).to_be_visible()
    context.close()


def test_every_cell_tells_its_place(server: Served) -> None:
    _, content = get(server, of(FIRST, view="tables"))
    page = html.fromstring(content)
    lines = as_text(published(FIRST)).splitlines()
    assert len(page.xpath("//section[@class='table']")) == 13
    cells = {cell.get("id"): cell for cell in page.xpath("//*[contains(@class, 'told')][starts-with(@id, 'c-')]")}
    assert len(cells) == len(FIRST.facts)
    for fact in FIRST.facts:
        cell = cells[f"c-{fact.table}-{fact.side or '0'}-{fact.row}-{fact.column}"]
        printed = cell.text_content()
        assert Decimal(printed.replace(",", "")) == fact.value
        place = re.fullmatch(r"出处：first\.txt 第(\d+)行", cell.get("title"))
        assert place
        assert f"{fact.value:.2f}" in lines[int(place[1]) - 1].replace(",", "")


def test_final_accounts_have_their_pages(server: Served) -> None:
    status, content = get(server, of(account(), kind="final"))
    assert status == 200
    charts = {chart.get("id") for chart in html.fromstring(content).xpath("//section[@class='chart']")}
    assert charts == {"treemap", "sunburst", "sankey", "three-public"}
    _, content = get(server, of(account(), kind="final", view="tables"))
    cells = html.fromstring(content).xpath("//td[starts-with(@id, 'c-')]")
    assert len(cells) == len(account().facts)
    _, content = get(server, "/explore/compare?kind=final")
    assert account().name in content.decode()


def test_years_are_lines_that_lead_to_their_year(server: Served) -> None:
    _, content = get(server, of(FIRST))
    [chart] = html.fromstring(content).xpath("//section[@id='years-total']")
    links = chart.xpath(".//td/a/@href")
    assert any("year=2025&" in link and "view=tables#c-" in link for link in links)
    assert any("year=2026&" in link for link in links)


DOWNLOADS = ("csv", "xlsx", "json")


@pytest.mark.parametrize("form", DOWNLOADS)
@pytest.mark.parametrize(
    "address", ["/explore/departments?", "/explore/compare?", "/explore/projects?", "/explore/findings?by=message&"]
)
def test_answers_are_downloaded_with_all_rows(server: Served, address: str, form: str) -> None:
    status, content = get(server, f"{address}format={form}")
    assert status == 200
    _, page = get(server, address)
    shown = re.search(r"共 ([\d,]+) 行", page.decode())
    assert shown
    count = int(shown[1].replace(",", ""))
    if form == "csv":
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) == count + 1
    elif form == "json":
        assert len(json.loads(content)["rows"]) == count
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert sum(row[0].value is not None for row in sheet.iter_rows(min_row=3)) >= count
    assert PHONE_NUMBER.encode() not in content


def members(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_private_data_are_masked_wherever_they_go_out(server: Served) -> None:
    seen = ""
    views = ("overview", "tables", "projects", "texts", "findings")
    addresses = [of(planted(), view=view) for view in views]
    addresses += [
        f"/explore/texts?text={quote(WORD)}",
        "/explore/findings?by=message",
        "/explore/projects?text=HYPERLINK",
    ]
    for address in addresses:
        status, content = get(server, address)
        assert status == 200
        seen += content.decode()
    for form in ("xlsx", "zip", "json"):
        status, content = get(server, of(planted(), format=form))
        assert status == 200
        seen += members(content) if form != "json" else content.decode()
    for form in ("csv", "json", "xlsx"):
        _, content = get(server, f"/explore/texts?text={quote(WORD)}&format={form}")
        seen += members(content) if form == "xlsx" else content.decode()
    assert PHONE_NUMBER not in seen
    assert seen.count(MASKED) > 8
    # Nobody can find out a number by searching for it.
    for text in (PHONE_NUMBER, PHONE_NUMBER[:7], PHONE_NUMBER[3:]):
        _, content = get(server, f"/explore/texts?text={text}")
        assert "没有符合的记录" in content.decode()


def test_what_a_document_says_is_text(browser: Browser, server: Served) -> None:
    with clean_page(browser, server.url) as page:
        for address in (of(planted(), view="projects"), "/explore/projects?text=HYPERLINK"):
            page.goto(address)
            expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    for address in ("/explore/projects?text=HYPERLINK&format=xlsx", of(planted(), format="xlsx")):
        _, content = get(server, address)
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert any(HOSTILE in str(cell.value) for cell in cells)
        assert not any(cell.data_type == "f" and "HYPERLINK" in str(cell.value) for cell in cells)
    _, content = get(server, "/explore/projects?text=HYPERLINK&format=csv")
    [_, row, *_] = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert f"'{HOSTILE}" in row
    _, content = get(server, of(planted(), format="zip"))
    for line in csv.reader(io.StringIO(members(content))):
        assert not any(one.startswith("=") for one in line)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/explore/department?name=无此局", 404, "没有名称含“无此局”的部门，名称相近的有"),
        (of(FIRST, year=1999), 404, "有的年度：2025、2026"),
        (of(FIRST, version=9), 404, "没有第 9 版"),
        (of(FIRST, version="x"), 400, "不是版本"),
        (of(FIRST, view="x"), 404, "没有“x”这种页面"),
        (of(FIRST, format="exe"), 404, "可以下载的有：zip、xlsx、json"),
        ("/explore/compare?year=abc", 400, "“abc”不是年度"),
        ("/explore/compare?by=x", 400, "“比较”没有“x”"),
        ("/explore/compare?name=无此局", 404, "名称相近的有"),
        ("/explore/compare?year=1990", 404, "数据湖里没有1990年预算的公开文件"),
        ("/explore/findings?page=99", 404, "没有第 99 页"),
        ("/explore/findings?page=x", 404, "不是页码"),
        ("/explore/findings?format=exe", 404, "没有“exe”这种格式"),
        ("/explore/nothing", 404, "没有这个页面"),
    ],
)
def test_what_is_not_there_is_said_in_chinese(server: Served, path: str, status: int, said: str) -> None:
    found, content = get(server, path)
    assert found == status
    assert said in html.fromstring(content).text_content()


def test_without_a_lake_there_is_nothing_to_explore(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "data") as bare, clean_page(browser, bare.url) as page:
        page.goto("/")
        expect(page.get_by_role("link", name="查询", exact=True)).to_have_count(0)
        status, content = get(bare, "/explore")
        assert status == 404
        assert "--lake" in content.decode()


def test_what_is_added_is_seen_without_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_package(FIRST, folder / "1")
    add([folder / "1"], Options(str(tmp_path / "lake")), workers=1)
    held = HeldLake(str(tmp_path / "lake"))
    before = held.now()
    assert len(before.rows("FROM current")) == 1
    write_package(SECOND, folder / "2")
    add([folder / "2"], Options(str(tmp_path / "lake")), workers=1)
    until = time.monotonic() + 10
    while held.now() is before and time.monotonic() < until:
        time.sleep(0.1)
    assert len(held.now().rows("FROM current")) == 2
    assert len(before.rows("FROM current")) == 1  # who still asks it keeps what there was
    held.close()


def test_no_lake_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有数据湖"):
        HeldLake(str(tmp_path / "none"))


def test_the_same_question_is_answered_once() -> None:
    kept, made = Kept(most=100), []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=kept.get, args=("key", make, lambda one: 60)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    kept.get("other", lambda: 0, lambda one: 60)  # too much for both
    assert kept.get("key", make, lambda one: 60) == 2


def test_long_questions_are_not_kept_for_nothing() -> None:
    kept, made = Kept(most=10_000), []
    questions = [f"{number}{'长' * 1000}" for number in range(20)]
    for question in questions * 2:
        kept.get(question, lambda: made.append(1), lambda one: 1)
    assert len(made) == 2 * len(questions)


def test_long_answers_are_paged() -> None:
    count = 2 * ROWS + 5
    rows = pa.table(
        {
            "name": [f"第{place}局" for place in range(count)],
            "amount": pa.array([Decimal(place) for place in range(count)], pa.decimal128(18, 4)),
            "source": ["甲.txt"] * count,
            "line": list(range(count)),
            "page": pa.nulls(count, pa.int32()),
            "doc": [f"d{place}" for place in range(count)],
        }
    )
    answer = Answer("问", (Column("name", "部门"), Column("amount", "金额", "amount"), *PLACE), rows)
    seen: list[tuple[Shown, ...]] = []
    for page in (1, 2, 3):
        view = answer_view(answer, page, lambda doc: f"/{doc}")
        assert (view.pages, view.count) == (3, count)
        assert [one.text for one in view.headings] == ["部门", "金额", "出处"]
        seen += view.rows
    assert len(seen) == count
    assert [one.text for one in seen[-1]] == [f"第{count - 1}局", f"{count - 1:.2f}", f"甲.txt 第{count - 1}行"]
    assert seen[-1][0].href == f"/d{count - 1}"
    with pytest.raises(InputError, match="没有第 4 页"):
        answer_view(answer, 4, str)
