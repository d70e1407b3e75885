"""A site, from a lake to its folder: pages by region, year and department, downloads, search, what machines are told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from msgspec import Struct

from mingzhang.corpus import Lake, LakeError, connect
from mingzhang.corpus.dictionary import TABLES
from mingzhang.corpus.export import CSV, export
from mingzhang.corpus.lake import DAMAGED
from mingzhang.problems import InputError, Problem
from mingzhang.staging import replace_whole
from mingzhang.web.site.comparison import Year, total_of, years_of_region
from mingzhang.web.site.contents import Contents, Entry, Partition, contents_of, count
from mingzhang.web.site.crew import Job, write_documents
from mingzhang.web.site.downloads import Download, zip_folder
from mingzhang.web.site.metadata import dataset, write_metadata
from mingzhang.web.site.pages import ABOUT, DATA, INDEX, SEARCH, Pages, write_assets
from mingzhang.web.site.search import Index
from mingzhang.web.site.settings import SiteSettings

MARKER = ".mingzhang-site"
_FEW = 60  # documents that the first page lists one by one
_DATA = "data"

Say = Callable[[str], None]
Compared = dict[Partition, list[Year]]


class Published(Struct, frozen=True):
    """What a site became: documents, files and bytes, and in how many cells private data were masked."""

    documents: int
    files: int
    size: int
    masked: int


def publish_site(
    lake: Lake, folder: Path, settings: SiteSettings, say: Say = lambda text: None, workers: int = 0
) -> Published:
    """Write the site of a lake into a folder, whole or not at all; one that is there already is replaced.

    `workers` processes write pages (0: as many as there are processors). The same lake gives the same bytes. Raises LakeError if there is no lake or its files cannot be read, InputError if it has no document, for an address that is
    none, or if the folder cannot be written or holds other things.
    """
    settings = settings.checked()
    _refuse_the_lake(lake, folder)
    try:
        site = _Site(lake, settings, say, workers or os.cpu_count() or 1)
        with site.database:
            replace_whole(folder, MARKER, site.fill)
    except duckdb.IOException as error:
        raise LakeError(DAMAGED) from error
    return Published(len(site.contents.entries), len(site.sizes), sum(site.sizes), site.masked)


def _refuse_the_lake(lake: Lake, folder: Path) -> None:
    if lake.storage.local:
        held, given = Path(lake.storage.root).resolve(), folder.resolve()
        if held == given or held.is_relative_to(given) or given.is_relative_to(held):
            raise InputError([Problem("输出文件夹不能与数据湖相同，也不能一个在另一个里面，请换一个", str(folder))])


class _Site:
    def __init__(self, lake: Lake, settings: SiteSettings, say: Say, workers: int) -> None:
        self.lake, self.settings, self.say, self.workers = lake, settings, say, workers
        self.masked = 0
        self.database: duckdb.DuckDBPyConnection = connect(lake, veiled=True)
        self.contents: Contents = contents_of(self.database)

    def fill(self, folder: Path) -> None:
        """Write everything."""
        assets = write_assets(folder)
        self.pages = Pages(folder, self.settings, self.contents, assets)
        self.index = Index(folder, self.contents)
        self.say("正在比较")
        places = list(self.contents.by_partition)
        years = {place: years_of_region(self.database, self.contents, *place) for place in places}
        for place in places:
            self._partition(*place, years[place])
        self._documents(Job(self.lake.storage.uri, str(folder), self.settings, self.contents, years, assets))
        for region in self.contents.regions:
            self._region(region, years)
        for year in self.contents.years:
            self._year(year, years)
        self.say("正在建立检索")
        self.index.close()
        downloads = self._export(folder)
        self._front(years, downloads)
        write_metadata(folder, self.settings, self.contents, self.pages.paths)
        self.sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]

    def _partition(self, region: str, year: int, compared: list[Year]) -> None:
        """Write the page of a region's year."""
        entries, label = self.contents.by_partition[region, year], self.contents.labels[region]
        page = self.contents.partition_page(region, year)
        data = self._dataset(page, f"{label}{year}年部门预算公开", (), [year], [label])
        given = {"region": region, "year": year, "entries": entries, "compared": compared}
        self.pages.write(page, "site_partition.html.j2", [(label, self.contents.region_page(region))], data, **given)

    def _documents(self, job: Job) -> None:
        """Write the pages of the documents, and tell the index of them."""
        whole = len(self.contents.entries)
        self.say(f"正在生成页面，共 {whole} 份")
        for done in write_documents(job, self.lake, self.workers):
            self.masked += done.masked
            for number, grams in zip(done.numbers, done.grams, strict=True):
                self.index.add(number, grams)
                self.pages.paths.append(self.contents.entries[number].page)
            self.say(f"正在生成页面 {done.numbers[-1] + 1}/{whole}")

    def _region(self, region: str, years: Compared) -> None:
        own = [year for year in self.contents.years if (region, year) in years]
        matrix: dict[tuple[str, str], dict[int, Entry]] = {}
        for year in own:
            for entry in self.contents.by_partition[region, year]:
                matrix.setdefault((entry.name, entry.kind), {})[year] = entry
        ordered = sorted(matrix.items(), key=lambda item: min(entry.path.split("/")[-1] for entry in item[1].values()))
        page, label = self.contents.region_page(region), self.contents.labels[region]
        totals = {year: total_of(years[region, year]) for year in own}
        data = self._dataset(page, f"{label}部门预算公开", (), own, [label])
        self.pages.write(page, "site_region.html.j2", (), data, region=region, years=own, matrix=ordered, totals=totals)

    def _year(self, year: int, years: Compared) -> None:
        regions = [region for region in self.contents.regions if (region, year) in years]
        totals = {region: total_of(years[region, year]) for region in regions}
        self.pages.write(self.contents.year_page(year), "site_year.html.j2", year=year, regions=regions, totals=totals)

    def _export(self, folder: Path) -> list[Download]:
        """Write the whole lake's data package; give its files."""
        done = export(
            self.lake, folder / _DATA, [CSV], progress=self.say, findings=self.settings.findings, for_people=True
        )
        self.say("正在压缩数据包")
        zip_folder(folder / _DATA, folder / "data.zip")
        found = [
            Download(
                "data.zip", "全部数据（数据包，压缩文件）", (folder / "data.zip").stat().st_size, "application/zip"
            )
        ]
        for file in done.files:
            kind = {".csv": "text/csv", ".json": "application/json"}.get(file.suffix, "text/plain")
            label = f"{TABLES[file.stem]}（{file.name}）" if file.stem in TABLES else file.name
            found.append(Download(f"{_DATA}/{file.name}", label, file.stat().st_size, kind))
        return found

    def _front(self, years: Compared, downloads: list[Download]) -> None:
        totals = {place: total_of(found) for place, found in years.items()}
        entries = self.contents.entries
        data = self._dataset(INDEX, self.settings.title, downloads, self.contents.years, self.contents.labels.values())
        counts = {key: count(entries, key) for key in ("facts", "projects", "indicators")}
        listed = entries if len(entries) <= _FEW else ()
        self.pages.write(INDEX, "site_index.html.j2", (), data, totals=totals, counts=counts, listed=listed)
        self.pages.write(SEARCH, "site_search.html.j2")
        self.pages.write(DATA, "site_data.html.j2", (), data, downloads=downloads)
        self.pages.write(ABOUT, "site_about.html.j2", counts=counts)
        self.pages.write_lost("site_404.html.j2")

    def _dataset(self, page: str, name: str, downloads: Any, years: Any, places: Any) -> dict[str, Any]:
        described = f"{name}：各部门（单位）公开的预算收支、“三公”经费、项目支出、绩效目标和情况说明，可查询、比较和下载，个人信息已遮盖。"
        part_of = "" if page == INDEX else INDEX
        return dataset(self.settings, page, name, described, downloads, years=years, places=places, part_of=part_of)
