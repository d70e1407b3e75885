"""The page in a real browser: wide, on a phone, in print, with charts that answer; nothing is fetched from anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from example_ledgers import EXAMPLES, example, example_document
from mingzhang.publish.html import to_html


@pytest.fixture(params=EXAMPLES)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.html"
    path.write_text(to_html(example_document(request.param)), "utf-8")
    return path


def open_page(browser: Browser, file: Path, width: int) -> tuple[Page, list[str], list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    return page, errors, requests


@pytest.mark.parametrize("width", [1280, 375])
def test_page_is_whole_at_any_width(browser: Browser, file: Path, width: int) -> None:
    page, errors, requests = open_page(browser, file, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert not errors
    assert requests == [file.as_uri()]
    assert page.locator("section[data-grid^=T]").count() == 13
    page.close()


def test_contents_lead_to_their_headings(browser: Browser, file: Path) -> None:
    page, _, _ = open_page(browser, file, 1280)
    targets = page.eval_on_selector_all("nav a[href^='#']", "links => links.map(link => link.getAttribute('href'))")
    assert len(targets) > 30
    missing = page.evaluate(
        "links => links.filter(link => !document.getElementById(decodeURIComponent(link.slice(1))))", targets
    )
    assert missing == []
    page.close()


def test_charts_answer(browser: Browser, file: Path) -> None:
    page, errors, _ = open_page(browser, file, 1280)
    bar = page.locator("svg g.bar").first
    bar.scroll_into_view_if_needed()
    bar.hover()
    tip = page.get_by_role("tooltip")
    tip.wait_for()
    assert "万元，占" in tip.inner_text()
    page.keyboard.press("Escape")
    bar.focus()
    tip.wait_for()
    assert not errors
    page.close()


def test_print_opens_every_form(browser: Browser, file: Path) -> None:
    page, _, _ = open_page(browser, file, 1280)
    page.emulate_media(media="print")
    projects = len(example(file.stem).projects)
    assert page.locator("section[data-grid^='form-']").count() == projects
    page.pdf(path=str(file.with_suffix(".pdf")), prefer_css_page_size=True)
    assert file.with_suffix(".pdf").stat().st_size > 50_000
    page.close()


def test_page_reads_without_script(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    text = page.locator("body").inner_text()
    assert example(file.stem).name in text
    assert "预算收入总计" in text
    context.close()
