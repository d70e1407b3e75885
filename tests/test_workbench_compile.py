"""Compiling in the workbench, in a real browser: a template, a filled ledger, its problems by cell, what comes of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import DESKTOP, PHONE, clean_page, sound
from example_ledgers import ROOT, example
from mingzhang.amounts import round_half_up
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import read_package
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.ledger import load_ledger
from mingzhang.ledger.schema import SHEETS
from mingzhang.ledger.source import read_sheets
from mingzhang.ledger.workbook import new_ledger, write_workbook
from mingzhang.problems import InputError
from mingzhang.publish import publish
from mingzhang.web.ledger_work import compile_workbook, problem_workbook
from mingzhang.web.work import check_files
from serving import Served, served

XIAOYI, JINCHENG = "xiaoyi-industry-2026", "jincheng-construction-2026"
YEAR = 2026


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("workbench") / "data", "--workers", "2") as server:
        yield server


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The examples: one as a workbook, the other as an archive of its folder."""
    folder = tmp_path_factory.mktemp("ledgers")
    book = folder / "台账.xlsx"
    write_workbook(book, read_sheets(ROOT / "examples" / XIAOYI), YEAR, load_family().catalogue_region)
    packed = folder / "台账.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (ROOT / "examples" / JINCHENG).iterdir():
            archive.write(file, f"台账文件夹/{file.name}")
    return {XIAOYI: book, JINCHENG: packed}


def handed_in(page: Page, ledger: Path, *prior: Path) -> None:
    page.goto("/compile")
    page.set_input_files("input[name=ledger]", ledger)
    if prior:
        page.set_input_files("input[name=prior]", prior[0])
    page.get_by_role("button", name="开始编制").click()
    page.wait_for_url(re.compile(r"/compile/[0-9a-f]{32}"))
    page.wait_for_selector("iframe, .faults, .refused", timeout=60_000)


def downloaded(page: Page, name: str | re.Pattern[str]) -> tuple[str, bytes]:
    """What a link or a button gives: the name under which it is saved, and its content."""
    with page.expect_download() as waiting:
        page.locator("a, button", has_text=name).first.click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def at_both_widths(page: Page) -> None:
    """What is shown is sound on a phone, and on a desk."""
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        sound(page)


def test_the_template_opens_and_compiles_as_it_is(browser: Browser, server: Served, tmp_path: Path) -> None:
    with clean_page(browser, server.url) as page:
        page.goto("/check")
        page.get_by_role("link", name="编制").click()
        at_both_widths(page)
        page.get_by_label(re.compile("^预算年度")).select_option("2025")
        name, content = downloaded(page, "下载模板")
        assert name == "预算台账2025.xlsx"
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert {sheet.label for sheet in SHEETS} < set(book.sheetnames)
        (tmp_path / name).write_bytes(content)
        handed_in(page, tmp_path / name)
        expect(page.locator("h1")).to_have_text(re.compile(r"2025年度部门预算公开$"))


def test_last_years_ledger_is_where_the_next_begins(
    browser: Browser, server: Served, ledgers: dict[str, Path], tmp_path: Path
) -> None:
    with clean_page(browser, server.url) as page:
        page.goto("/compile")
        page.get_by_text("从上年的台账开始").click()
        page.get_by_label("新的预算年度").select_option("2025")
        page.set_input_files("input[name=source]", ledgers[JINCHENG])
        name, content = downloaded(page, "生成本年的台账")
        (tmp_path / name).write_bytes(content)
        begun, source = load_ledger(tmp_path / name), load_ledger(ROOT / "examples" / JINCHENG)
        assert (begun.fiscal_year, begun.budget) == (2025, source.budget)


@pytest.mark.parametrize("name", [XIAOYI, JINCHENG])
def test_a_ledger_becomes_a_disclosure_in_every_format(
    browser: Browser, server: Served, ledgers: dict[str, Path], tmp_path: Path, name: str
) -> None:
    wanted = example(name)
    title = f"{wanted.name}{YEAR}年度部门预算公开"
    with clean_page(browser, server.url) as page:
        handed_in(page, ledgers[name])
        expect(page.locator("h1")).to_have_text(title)
        # The preview has its tables, its script works, and it has no origin to reach the workbench from.
        preview = page.frame_locator("iframe")
        expect(preview.locator("section[data-grid^=T]")).to_have_count(13)
        expect(preview.locator("section[data-grid^=form-]")).to_have_count(len(wanted.projects))
        expect(preview.locator("html.js")).to_have_count(1)
        frame = page.frames[1]
        assert frame.evaluate("self.origin") == "null"
        at_both_widths(page)
        assert page.locator("#findings .notes li.error").count() == 0  # the examples are sound
        files = dict(downloaded(page, form) for form in ("Word", "PDF", "Excel", "网页", "Markdown", "数据"))
        assert set(files) == {f"{title}.{ending}" for ending in ("docx", "pdf", "xlsx", "html", "md")} | {
            f"{title}（数据）.zip"
        }
        _assert_whole(files, title, wanted, tmp_path)
        every, content = downloaded(page, "全部下载")
        assert every == f"{title}.zip"
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {one: archive.read(one) for one in archive.namelist()} == files
        page.get_by_role("link", name="对着原文逐条看").click()
        expect(page.locator("h1")).to_have_text("检查结果")
        page.get_by_role("link", name="回到编制").click()
        expect(page.locator("h1")).to_have_text(title)


def _assert_whole(files: dict[str, bytes], title: str, wanted: Disclosure, place: Path) -> None:
    """Each file opens with another's library and says what the ledger says."""
    cell = parse_cell(load_family(wanted.family).prior["income_total"])
    assert cell
    total = Facts(wanted.facts).value(cell)
    document = docx.Document(io.BytesIO(files[f"{title}.docx"]))
    assert len(document.tables) >= 13
    first = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert f"{total:.2f}" in first
    book = openpyxl.load_workbook(io.BytesIO(files[f"{title}.xlsx"]))
    assert len([name for name in book.sheetnames if re.match(r"表\d", name)]) == 13
    pdf = pypdfium2.PdfDocument(files[f"{title}.pdf"])
    assert f"{total:.2f}" in "".join(pdf[number].get_textpage().get_text_range() for number in range(12))
    assert all(f"{total:,.2f}".encode() in files[f"{title}.{ending}"] for ending in ("html", "md"))
    with zipfile.ZipFile(io.BytesIO(files[f"{title}（数据）.zip"])) as archive:
        archive.extractall(place)
    assert read_package(place).facts == wanted.facts


def test_mistakes_are_told_by_cell_marked_and_mended(
    browser: Browser, server: Served, ledgers: dict[str, Path], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(ledgers[XIAOYI])
    book["预算明细"]["P4"], book["预算明细"]["N6"], book["部门信息"]["B2"] = "三千", "一般预算", "二〇二六"
    right = book["预算明细"]["G5"].value
    book["预算明细"]["G5"] = None
    wrong = tmp_path / "填错的.xlsx"
    book.save(wrong)
    places = {"部门信息": ["B2"], "预算明细": ["P4", "G5", "N6"]}
    with clean_page(browser, server.url) as page:
        handed_in(page, wrong, _last_year(ledgers, tmp_path))
        expect(page.locator("h1")).to_have_text("台账有 4 处要改")
        at_both_widths(page)
        for sheet, cells in places.items():
            rows = page.locator(f"section.faults:has(h2:has-text('{sheet}')) tbody tr")
            assert rows.locator(".cell").all_inner_texts() == cells
        row = page.locator("tr", has=page.get_by_text("P4", exact=True))
        assert "金额（元）" in row.inner_text()
        assert "“三千”不是金额，请填以元为单位的数字" in row.inner_text()
        page.get_by_role("link", name="部门信息").click()
        assert page.locator(".faults tbody tr").count() == 1
        name, content = downloaded(page, "下载标出问题的台账")
        assert name == "填错的-标出问题.xlsx"
        _assert_marked(content, wrong.read_bytes(), places)
        # Mended in the marked copy, handed in on the same page; last year's file serves again.
        mended = openpyxl.load_workbook(io.BytesIO(content))
        mended["预算明细"]["P4"], mended["预算明细"]["N6"] = 1, "一般公共预算"
        mended["部门信息"]["B2"], mended["预算明细"]["G5"] = str(YEAR), right
        mended.save(tmp_path / "改好的.xlsx")
        expect(page.get_by_label("接着用刚才上传的“预算台账.xlsx”")).to_be_checked()
        page.set_input_files("input[name=ledger]", tmp_path / "改好的.xlsx")
        page.get_by_role("button", name="重新编制").click()
        page.wait_for_selector("iframe", timeout=60_000)
        expect(page.locator("#changes h3", has_text="按支出功能分类")).to_be_visible()


def _last_year(ledgers: dict[str, Path], folder: Path) -> Path:
    """A ledger of the year before."""
    return new_ledger(folder / "last", YEAR - 1, load_family().catalogue_region, ledgers[XIAOYI])


def _assert_marked(content: bytes, source: bytes, places: dict[str, list[str]]) -> None:
    """The cells are coloured under a condition, the list leads to them, and the parts that need no mark are as they were."""
    marked = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, cells in places.items():
        assert [str(one.sqref) for one in marked[sheet].conditional_formatting] == cells
    links = [
        cell.hyperlink.location for row in marked["问题清单"].iter_rows(min_row=3) for cell in row if cell.hyperlink
    ]
    assert links == [f"'{sheet}'!{cell}" for sheet, cells in places.items() for cell in cells]
    with zipfile.ZipFile(io.BytesIO(source)) as before, zipfile.ZipFile(io.BytesIO(content)) as after:
        assert set(before.namelist()) < set(after.namelist())
        kept = [
            name for name in before.namelist() if not re.search(r"workbook|styles|Content_Types|sheets/sheet", name)
        ]
        assert kept
        assert all(before.read(name) == after.read(name) for name in kept)


def test_a_copy_marked_again_has_only_the_new_marks(ledgers: dict[str, Path], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(ledgers[XIAOYI])
    book["预算明细"]["P4"], book["预算明细"]["P5"] = "三千", "四千"
    book.save(tmp_path / "0.xlsx")
    problems = _problems(tmp_path / "0.xlsx", tmp_path / "first")
    (tmp_path / "1.xlsx").write_bytes(problem_workbook(_silent, str(tmp_path / "0.xlsx"), "0.xlsx", problems.problems))
    again = problem_workbook(_silent, str(tmp_path / "1.xlsx"), "0.xlsx", problems.problems[:1])
    marked = openpyxl.load_workbook(io.BytesIO(again))
    assert [str(one.sqref) for one in marked["预算明细"].conditional_formatting] == ["P4"]
    assert [name for name in marked.sheetnames if "问题" in name] == ["问题清单"]
    assert marked["问题清单"].max_row == 3


def test_what_changed_against_last_year_is_drawn_and_told(
    browser: Browser, server: Served, ledgers: dict[str, Path], tmp_path: Path
) -> None:
    """Last year's published file stands beside a ledger that says nothing of last year: its amounts are filled in."""
    year, now = YEAR - 1, example(XIAOYI)
    before = compile_ledger(load_ledger(_last_year(ledgers, tmp_path)))
    cut = [
        replace(one, value=one.value / 2) if one.row_name.endswith("资源勘探工业信息等支出") else one
        for one in before.facts
    ]
    [published] = publish(replace(before, facts=tuple(cut)), tmp_path / "published", ["docx"])
    book = openpyxl.load_workbook(ledgers[XIAOYI])
    for row in range(2, book["上年数"].max_row + 1):
        book["上年数"].cell(row, 2).value = None
    book.save(tmp_path / "本年.xlsx")
    with clean_page(browser, server.url, PHONE) as page:
        handed_in(page, tmp_path / "本年.xlsx")
        assert "没有与上年的比较" in page.locator("#changes").inner_text()
        handed_in(page, tmp_path / "本年.xlsx", published)
        sound(page)
        change = page.locator(".change", has=page.get_by_role("heading", name="按支出功能分类"))
        line = change.locator("tr", has_text="资源勘探工业信息等支出")
        amount = next(
            one.value for one in now.facts if one.row_name.endswith("资源勘探工业信息等支出") and one.side == "expense"
        )
        told = line.locator("td").all_inner_texts()
        assert told[0] == f"{amount:,.2f}"
        half = round_half_up(amount / 2)
        assert told[1:] == [
            f"{half:,.2f}",
            f"+{amount - half:,.2f}",
            f"+{round_half_up((amount - half) / half * 100):f}%",
        ]
        bars = change.locator("svg g.bar")
        assert bars.count() == change.locator("tbody tr").count() > 3
        widths = (
            bars.filter(has_text="资源勘探工业信息等支出")
            .locator("rect[rx]")
            .evaluate_all("all => all.map(one => +one.getAttribute('width'))")
        )
        assert widths[0] > widths[1] > 0
        assert f"{year}年" in str(change.locator("svg").text_content())
        assert page.get_by_role("heading", name="按支出经济分类").count() == 1
        assert "与上年相同" in page.frame_locator("iframe").locator("main").inner_text()


def _silent(text: str) -> None:
    """Nobody listens."""


def _handed(folder: Path, *files: tuple[str, bytes]) -> str:
    """Compile files as a job does; the second one is last year's."""
    (folder / "in").mkdir(parents=True)
    names = {}
    for (called, content), stem in zip(files, ("0", "prior0"), strict=False):
        stored = stem + Path(called).suffix
        (folder / "in" / stored).write_bytes(content)
        names[stored] = called
    return compile_workbook(_silent, str(folder), names)


def _problems(file: Path, folder: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        _handed(folder, (file.name, file.read_bytes()))
    return caught.value


def _another_book(title: str) -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = title
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _with_macro(data: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return buffer.getvalue()


def _locked() -> bytes:
    """What a workbook with a password is: an old container with one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage\0".encode("utf-16-le") + bytes(512)


def test_what_is_no_ledger_is_told_in_a_sentence(ledgers: dict[str, Path], tmp_path: Path) -> None:
    good = ledgers[XIAOYI].read_bytes()
    made = {one.suffix[1:]: one.read_bytes() for one in publish(example(XIAOYI), tmp_path / "made", ["docx", "xlsx"])}
    bad = {
        "文档.docx": (made["docx"], "不是台账工作簿：请上传填好的台账"),
        "公开.xlsx": (made["xlsx"], "是已编好的公开表，不是预算台账"),
        "工资.xlsx": (_another_book("工资表"), "不是预算台账：没有“部门信息”"),
        "空.xlsx": (bytes(20), "文件是空的"),
        "断.xlsx": (good[: len(good) // 2], "文件已损坏或没有下载完整"),
        "密码.xlsx": (_locked(), "文件加了密码，请取消密码后重试"),
        "宏.xlsm": (_with_macro(good), "文件带有宏，为安全起见不打开"),
        "乱.xlsx": (b"hello", "扩展名是 .xlsx，内容却是"),
        "包.zip": (_zip({"a.csv": b"1"}), "这是压缩包"),
        "两份.zip": (_zip({"a/ledger.toml": b"", "b/ledger.toml": b""}), "不止一份台账"),
    }
    for name, (content, told) in bad.items():
        with pytest.raises(InputError) as caught:
            _handed(tmp_path / name, (name, content))
        [problem] = caught.value.problems
        assert str(problem).startswith(f"{name}：")
        assert told in problem.message
    for content, told in (
        (_zip({"datapackage.json": b'{"resources": [{"path": "../../../etc/passwd"}]}'}), "不是明账的数据包"),
        (_zip({"ledger.toml": b"="}), "不符合 TOML 的写法"),
    ):
        with pytest.raises(InputError, match=told) as caught:
            _handed(tmp_path / told, ("台账.xlsx", good), ("上年.zip", content))
        assert "上年.zip" in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    for name, told in (("今年.docx", "是2026年度的，上年应为2025年度"), ("错.txt", "不是上年的部门（单位）预算公开")):
        content = made["docx"] if name.endswith("docx") else "工资表".encode()
        with pytest.raises(InputError, match=re.escape(told)):
            _handed(tmp_path / name, ("台账.xlsx", good), (name, content))


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_path_in_a_ledger_is_not_followed(ledgers: dict[str, Path], tmp_path: Path) -> None:
    """What an upload names on the server's disk stays closed, be it there or not."""
    there = _last_year(ledgers, tmp_path)
    book = openpyxl.load_workbook(ledgers[XIAOYI])
    for row in range(2, book["上年数"].max_row + 1):
        book["上年数"].cell(row, 2).value = None
    told = set()
    for number, path in enumerate((str(there), "../../没有.xlsx")):
        book["上年数"]["B2"] = path
        book.save(tmp_path / "带路径.xlsx")
        told.add(str(_problems(tmp_path / "带路径.xlsx", tmp_path / f"job{number}")))
        with pytest.raises(InputError) as caught:  # a ledger may be handed in to be checked, too
            check_files(_silent, str(tmp_path / f"job{number}"), {"0.xlsx": "带路径.xlsx"})
        told.add(str(caught.value))
    assert len(told) == 1
    assert "“上年数”表 第2行 “上年资料”栏：工作台不能打开另一个文件的路径" in told.pop()


def test_a_bad_upload_leads_back_to_the_form(browser: Browser, server: Served, tmp_path: Path) -> None:
    (tmp_path / "工资.xlsx").write_bytes(_another_book("工资表"))
    with clean_page(browser, server.url, PHONE) as page:
        handed_in(page, tmp_path / "工资.xlsx")
        expect(page.get_by_role("alert")).to_contain_text("工资.xlsx：不是预算台账")
        expect(page.get_by_role("button", name="重新编制")).to_be_visible()
        sound(page)
        page.goto("/compile")
        assert "不是预算台账" in page.locator(".recent .job.failed").first.inner_text()
