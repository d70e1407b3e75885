"""A real browser, and what every page must keep: no error, nothing from elsewhere, no serious fault of accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from example_ledgers import program

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = 1440, 390


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def clean_page(browser: Browser, base: str, width: int = DESKTOP) -> Iterator[Page]:
    """A page of a visitor of its own; at the end nothing must have gone wrong and nothing have been asked of another site."""
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=base, locale="zh-CN")
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((base, "data:")) else wrong.append(request.url))
    yield page
    assert not wrong
    context.close()


def sound(page: Page) -> None:
    """What is shown fits its width, and axe finds no serious fault."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not grave, [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in grave]
