"""What machines are told of a site: schema.org data sets, the site map, the feed of documents, the robots' file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from markupsafe import Markup

from mingzhang.web.site.contents import Contents, Entry
from mingzhang.web.site.downloads import Download
from mingzhang.web.site.names import link, relative
from mingzhang.web.site.settings import SiteSettings

ROBOTS, SITEMAP, FEED = "robots.txt", "sitemap.xml", "feed.xml"
_SITEMAP_MOST = 40_000  # addresses of one file; the standard allows 50,000
_FEED_MOST = 500
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def json_ld(said: dict[str, Any]) -> Markup:
    """Data for `<script type="application/ld+json">`, in which nothing ends the script or begins another."""
    text = json.dumps({"@context": "https://schema.org", **said}, ensure_ascii=False, indent=1)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def dataset(
    settings: SiteSettings,
    page: str,
    name: str,
    description: str,
    downloads: Sequence[Download],
    *,
    years: Iterable[int],
    places: Iterable[str] = (),
    published: str = "",
    creator: str = "",
    part_of: str = "",
) -> dict[str, Any]:
    """A schema.org Dataset with its downloads; addresses are absolute where the site's is known, else relative to the page."""

    def at(path: str) -> str:
        return settings.url + link(path) if settings.url else relative(path, page)

    first, last = min(years := list(years)), max(years)
    said: dict[str, Any] = {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "temporalCoverage": f"{first}" if first == last else f"{first}/{last}",
        "keywords": ["部门预算", "预算公开", "财政"],
    }
    optional = {
        "url": settings.url + link(page) if settings.url else "",
        "license": _licence(settings),
        "datePublished": published,
        "spatialCoverage": sorted(set(places)),
        "creator": {"@type": "GovernmentOrganization", "name": creator} if creator else "",
        "publisher": {"@type": "Organization", "name": settings.publisher} if settings.publisher else "",
        "isPartOf": {"@type": "Dataset", "name": settings.title, "url": at(part_of)} if part_of else "",
        "distribution": [
            {
                "@type": "DataDownload",
                "name": one.label,
                "encodingFormat": one.type,
                "contentSize": f"{one.size} B",
                "contentUrl": at(one.path),
            }
            for one in downloads
        ],
    }
    return said | {key: value for key, value in optional.items() if value}


def _licence(settings: SiteSettings) -> object:
    """The licence as schema.org has it: an address, or a work with a name."""
    if not settings.licence or settings.licence_address:
        return settings.licence
    return {"@type": "CreativeWork", "name": settings.licence}


def write_metadata(folder: Path, settings: SiteSettings, contents: Contents, pages: Sequence[str]) -> None:
    """Write the robots' file, and, where the site's address is known, the site map and the feed."""
    robots = ["User-agent: *", "Allow: /"]
    if settings.url:
        _write_sitemap(folder, settings.url, contents, pages)
        (folder / FEED).write_text(_feed(settings, contents), "utf-8", newline="")
        robots.append(f"Sitemap: {settings.url}{SITEMAP}")
    (folder / ROBOTS).write_text("".join(f"{line}\n" for line in robots), "utf-8", newline="")


def _write_sitemap(folder: Path, url: str, contents: Contents, pages: Sequence[str]) -> None:
    dates = {entry.page: entry.published for entry in contents.entries}
    addresses = [_address("url", url + link(page), dates.get(page, "")) for page in pages]
    parts = [addresses[at : at + _SITEMAP_MOST] for at in range(0, len(addresses), _SITEMAP_MOST)]
    if len(parts) == 1:
        _write_map(folder / SITEMAP, "urlset", parts[0])
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        _write_map(folder / name, "urlset", part)
    _write_map(folder / SITEMAP, "sitemapindex", [_address("sitemap", url + name, "") for name in names])


def _write_map(file: Path, kind: str, lines: Iterable[str]) -> None:
    file.write_text(f'{_XML}<{kind} xmlns="{_SITEMAPS}">\n{"".join(lines)}</{kind}>\n', "utf-8", newline="")


def _address(tag: str, url: str, date: str) -> str:
    modified = f"<lastmod>{escape(date)}</lastmod>" if date else ""
    return f"<{tag}><loc>{escape(url)}</loc>{modified}</{tag}>\n"


def _feed(settings: SiteSettings, contents: Contents) -> str:
    """The documents as an Atom feed, the newest first; one without a day counts from the first of its fiscal year."""
    newest = sorted(contents.entries, key=lambda entry: (_moment(entry), -entry.number), reverse=True)[:_FEED_MOST]
    author = settings.publisher or settings.title
    head = (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">\n<id>{escape(settings.url)}</id>\n'
        f"<title>{escape(settings.title)}</title>\n<updated>{_moment(newest[0])}</updated>\n"
        f"<author><name>{escape(author)}</name></author>\n"
        f'<link rel="self" type="application/atom+xml" href="{escape(settings.url + FEED)}"/>\n'
        f'<link rel="alternate" type="text/html" href="{escape(settings.url)}"/>\n'
    )
    return head + "".join(_entry(settings.url, entry) for entry in newest) + "</feed>\n"


def _entry(url: str, entry: Entry) -> str:
    address = escape(url + link(entry.page))
    return (
        f"<entry><id>{address}</id><title>{escape(entry.title)}</title><updated>{_moment(entry)}</updated>"
        f'<link rel="alternate" type="text/html" href="{address}"/><author><name>{escape(entry.name)}</name></author>'
        f'<category term="{entry.row["kind"]}" label="{entry.kind}"/>'
        f"<summary>{escape(summary(entry))}</summary></entry>\n"
    )


def _moment(entry: Entry) -> str:
    """The day of publication as a moment, of China's time."""
    day = date.fromisoformat(entry.published) if entry.published else date(entry.year, 1, 1)
    return datetime.combine(day, time(), timezone(timedelta(hours=8))).isoformat()


def summary(entry: Entry) -> str:
    """A document in a sentence."""
    counts = f"各表金额 {entry.row['facts']} 项，项目绩效目标表 {entry.row['projects']} 份"
    return f"{entry.title}公开：预算收支、“三公”经费、项目支出和情况说明，{counts}，可下载数据。"
