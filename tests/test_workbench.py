"""The workbench in a real browser: files are dropped, followed, and each stands beside its findings; as users do it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import DESKTOP, PHONE, clean_page, sound
from example_ledgers import EXAMPLES, SHARED, example
from mingzhang.publish import publish
from published import as_text, published
from serving import Served, served

ENDINGS = ("docx", "html", "md", "pdf", "xlsx")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("workbench") / "data", "--workers", "2") as server:
        yield server


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One example in every format but PDF, the other as PDF; and as text, with its largest amount of a table changed."""
    folder = tmp_path_factory.mktemp("published")
    first, second = (example(name) for name in sorted(EXAMPLES))
    made = {
        path.suffix[1:]: path for path in publish(first, folder / "first", [one for one in ENDINGS if one != "pdf"])
    }
    facts = list(second.facts)
    largest = max(range(len(facts)), key=lambda number: facts[number].value)
    facts[largest] = replace(facts[largest], value=facts[largest].value + 1)
    (folder / "改动.txt").write_text(as_text(published(replace(second, facts=tuple(facts)))), "utf-8")
    [pdf] = publish(second, folder / "second", ["pdf"])
    return made | {"pdf": pdf, "txt": folder / "改动.txt"}


def seeds() -> list[Path]:
    """The real disclosures, where the machine has them."""
    return sorted((SHARED / "seeds").glob("*")) if SHARED.exists() else []


def drop(page: Page, *paths: Path) -> None:
    page.goto("/check")
    page.set_input_files("input[name=files]", list(paths))
    page.get_by_role("button", name="开始检查").click()


def submitted(page: Page, *paths: Path) -> None:
    drop(page, *paths)
    page.wait_for_selector("#batch:not([hx-get])", timeout=120_000)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_many_files_are_followed_and_each_has_its_result(
    browser: Browser, server: Served, files: dict[str, Path], width: int
) -> None:
    chosen = [*files.values(), *(seeds() if width == DESKTOP else [])]
    with clean_page(browser, server.url, width) as page:
        page.goto("/")
        sound(page)
        submitted(page, *chosen)
        sound(page)
        assert page.locator(".job.done").count() == len(chosen)
        for name in (path.name for path in chosen):
            expect(page.get_by_role("link", name=name)).to_be_visible()
        _assert_one_list(page, len(chosen))
        page.get_by_role("link", name=chosen[-1].name).click()
        expect(page.locator("h1")).to_have_text("检查结果")
        page.get_by_role("link", name="同批文件").click()
        page.get_by_role("link", name=chosen[-1].name).click()
        sound(page)
        page.goto("/check")
        assert page.locator(".recent .job").count() == len(chosen)  # each visitor has a list of their own


def _assert_one_list(page: Page, files: int) -> None:
    """The workbook that goes back to the departments has all findings of the files that came together."""
    counted = [
        int(one) for text in page.locator(".found:not(.note)").all_inner_texts() for one in re.findall(r" (\d+)", text)
    ]
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载全部文件的问题清单").click()
    assert waiting.value.suggested_filename == f"检查结果-{files}份文件.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    assert book["问题清单"].max_row == 3 + sum(counted)


def test_a_result_is_stepped_filtered_accepted_and_downloaded(
    browser: Browser, server: Served, files: dict[str, Path]
) -> None:
    path = files["txt"]
    command = [sys.executable, "-m", "mingzhang", "check", str(path), "-f", "json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)["findings"]
    errors = sum(one["severity"] == "error" for one in told)
    assert errors
    with clean_page(browser, server.url) as page:
        drop(page, path)
        page.wait_for_url(re.compile(r"/check/[0-9a-f]{32}$"), timeout=60_000)  # a single file leads to its result
        cards = page.locator(".card")
        assert cards.count() == len(told)
        sound(page)
        # With the keyboard from finding to finding; its cells are marked in the document.
        page.keyboard.press("j")
        assert "selected" in str(cards.nth(1 if len(told) > 1 else 0).get_attribute("class"))
        page.keyboard.press("k")
        marked = page.locator(".paper .hit.on")
        assert marked.count() >= 1
        expect(marked.first).to_be_in_viewport()
        # Filters.
        for severity in ("warning", "info"):
            button = page.locator(f".filter.{severity}")
            if button.count():
                button.click()
        assert page.locator(".card:visible").count() == errors
        # Accepted with a reason, it no longer counts.
        cards.first.get_by_text("认可这个问题").click()
        card = cards.first
        card.get_by_label("认可人").fill("王审核")
        card.get_by_label("理由").fill("机构改革，口径已说明")
        card.get_by_role("button", name="认可", exact=True).click()
        expect(page.locator(".card.accepted")).to_contain_text("王审核")
        page.locator(".menu > summary").click()
        with page.expect_download() as got:
            page.get_by_role("link", name="检查结果（JSON）").click()
        found = json.loads(Path(got.value.path()).read_text("utf-8"))["findings"]
        assert [one["accepted"]["who"] for one in found if "accepted" in one] == ["王审核"]
        plain = [{key: value for key, value in one.items() if key != "accepted"} for one in found]
        assert sorted(map(_key, plain)) == sorted(map(_key, told))
        job = page.url.partition("#")[0]
        book = openpyxl.load_workbook(io.BytesIO(page.request.get(f"{job}/report.xlsx").body()))
        assert any("王审核" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
        report = page.request.get(f"{job}/report.html")
        assert "attachment" in report.headers["content-disposition"]
        assert "王审核" in report.text()
        archive = zipfile.ZipFile(io.BytesIO(page.request.get(f"{job}/data.zip").body()))
        assert "1/facts.csv" in archive.namelist()
        assert path.name in archive.read("1/facts.csv").decode()  # where each figure stood, by its owner's name
        # Taken back.
        page.locator(".card.accepted .head").click()
        page.get_by_role("button", name="取消认可").click()
        expect(page.locator(".card.accepted")).to_have_count(0)
        # The log tells in words what was done.
        page.goto("/audit")
        [accepted] = [one for one in found if "accepted" in one]
        for action, more in (("认可问题", "机构改革，口径已说明"), ("取消认可", "")):
            row = page.locator("tr", has_text=action).first
            expect(row).to_contain_text(f"{accepted['rule']} {accepted['message']}")
            expect(row).to_contain_text(more)


def _key(finding: dict[str, object]) -> str:
    return json.dumps(finding, ensure_ascii=False, sort_keys=True)


def test_a_pdf_shows_its_own_pages_with_the_places_drawn(browser: Browser, server: Served) -> None:
    with clean_page(browser, server.url) as page:
        page.goto("/check")
        page.get_by_role("button", name="用一份示例公开试试").click()
        page.wait_for_url(re.compile(r"/check/[0-9a-f]{32}$"), timeout=60_000)
        box = page.locator(".sheet rect.on").first
        expect(box).to_be_in_viewport()
        picture = box.locator("xpath=ancestor::*[contains(@class, 'sheet')]//img")
        page.wait_for_timeout(100)
        expect(picture).to_have_js_property("complete", True, timeout=20_000)
        assert picture.evaluate("image => image.naturalWidth") > 1000
        sound(page)
        page.get_by_role("button", name="数据", exact=True).click()
        expect(page.locator(".paper td.hit.on").first).to_be_in_viewport()
        page.get_by_role("button", name="原页", exact=True).click()
        expect(page.locator(".sheet rect.on").first).to_be_in_viewport()


def test_files_of_one_disclosure_and_last_years(browser: Browser, server: Served, files: dict[str, Path]) -> None:
    with clean_page(browser, server.url) as page:
        page.goto("/check")
        page.set_input_files("input[name=files]", [files["docx"], files["xlsx"]])
        page.get_by_text("更多选项").click()
        page.get_by_label("这些文件是同一份公开").check()
        page.get_by_role("button", name="开始检查").click()
        page.wait_for_url(re.compile(r"/check/[0-9a-f]{32}$"), timeout=60_000)
        assert page.locator(".list .document").count() == 1
        # The same year is not last year's.
        page.goto("/check")
        page.set_input_files("input[name=files]", files["md"])
        page.get_by_text("更多选项").click()
        page.set_input_files("input[name=prior]", files["html"])
        page.get_by_role("button", name="开始检查").click()
        expect(page.locator(".job.failed")).to_contain_text("请换成上年的文件", timeout=60_000)


def test_a_file_that_cannot_be_read_says_why_and_is_removed(
    browser: Browser, server: Served, files: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "坏了.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + bytes(500))
    with clean_page(browser, server.url) as page:
        submitted(page, broken, files["md"])
        expect(page.locator(".job.failed")).to_contain_text("坏了.pdf")
        assert page.locator(".job.done").count() == 1
        page.goto("/check")
        page.get_by_role("button", name="删除 坏了.pdf").click()
        expect(page.get_by_text("坏了.pdf")).to_have_count(0)
        page.get_by_role("link", name="操作记录").click()
        expect(page.locator("tbody tr").first).to_contain_text("删除")
        sound(page)
