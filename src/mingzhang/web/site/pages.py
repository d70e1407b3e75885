"""The pages of a site: templates, the policy that each page declares, links that work wherever the site lies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mingzhang.check.reports.words import clean
from mingzhang.web.site.comparison import amount
from mingzhang.web.site.contents import Contents
from mingzhang.web.site.metadata import FEED, json_ld
from mingzhang.web.site.names import link, relative
from mingzhang.web.site.settings import SiteSettings

# Nothing but the site's own style, scripts and pictures, and no request by script at all.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
)
INDEX, SEARCH, ABOUT, DATA, LOST = "index.html", "search.html", "about.html", "data.html", "404.html"
_ASSETS = {
    "site.css": "static/site.css",
    "site.js": "static/site.js",
    "search.js": "static/site_search.js",
    "explore.css": "static/explore.css",
    "explore.js": "static/explore.js",
    "icon.svg": "static/icon.svg",
}
Crumb = tuple[str, str]


class Pages:
    """Writes pages into the site's folder; `paths` are those that people and machines should find."""

    def __init__(self, folder: Path, settings: SiteSettings, contents: Contents, assets: dict[str, str]) -> None:
        """`assets` are the paths that `write_assets` gave."""
        self.folder, self.settings, self.contents = folder, settings, contents
        self.paths: list[str] = []
        self._assets = assets

    def write(
        self, path: str, template: str, crumbs: Sequence[Crumb] = (), data: dict[str, Any] | None = None, **given: Any
    ) -> None:
        """Write a page. `crumbs` are title and path of the pages above it; `data` is what machines are told."""

        def to(target: str) -> str:
            return relative(target, path)

        self._render(path, template, to, crumbs, data, given)
        self.paths.append(path)

    def write_lost(self, template: str) -> None:
        """Write the page for an address that is none. It is shown at any depth, so that its links are of the server's root."""
        base = self.settings.base

        def to(target: str) -> str:
            return base + relative(target, LOST)

        self._render(LOST, template, to, (), None, {})

    def _render(
        self,
        path: str,
        template: str,
        to: Any,
        crumbs: Sequence[Crumb],
        data: dict[str, Any] | None,
        given: dict[str, Any],
    ) -> None:
        known = {
            "to": to,
            "asset": lambda name: to(self._assets[name]),
            "path": path,
            "link": link,
            "crumbs": crumbs,
            "data": json_ld(data) if data else Markup(),
            "settings": self.settings,
            "contents": self.contents,
            "feed": FEED,
            "policy": POLICY,
            "places": {"index": INDEX, "search": SEARCH, "about": ABOUT, "data": DATA},
        }
        text = environment().get_template(template).render(known | given)
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The site's templates."""
    loader = PackageLoader("mingzhang.web")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clean": clean, "amount": amount, "size": _size, "count": "{:,}".format}
    return made


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"


def write_assets(folder: Path) -> dict[str, str]:
    """Write style, scripts and icon under names that tell their content, so that browsers may keep them; give their paths."""
    found = {}
    (folder / "assets").mkdir()
    for name, source in _ASSETS.items():
        content = files("mingzhang.web").joinpath(source).read_bytes()
        stem, _, ending = name.rpartition(".")
        found[name] = f"assets/{stem}-{sha256(content).hexdigest()[:8]}.{ending}"
        (folder / found[name]).write_bytes(content)
    return found
