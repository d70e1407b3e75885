"""The page of a department's year, with its downloads; and what the search knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from msgspec import Struct

from mingzhang.check.reports.words import clean
from mingzhang.corpus.questions import Department
from mingzhang.corpus.questions.identity import SAME_NAME
from mingzhang.families import load_family
from mingzhang.publish.layout import lay_out
from mingzhang.web import department as view
from mingzhang.web.charts.figure import Figure
from mingzhang.web.charts.lines import lines
from mingzhang.web.site.comparison import Compared, Year
from mingzhang.web.site.contents import Entry, OtherYear, Partition, other_years
from mingzhang.web.site.downloads import write_downloads
from mingzhang.web.site.metadata import dataset, summary
from mingzhang.web.site.pages import INDEX, Crumb, Pages
from mingzhang.web.site.rebuilt import rebuilt
from mingzhang.web.site.search import Said
from mingzhang.web.structure import figures, highlights

if TYPE_CHECKING:
    import duckdb

# What the page of a published document does not tell: it is the checker's.
_OWN_LABELS = ("规则版本",)


class Shown(Struct, frozen=True):
    """What a department's page shows besides its downloads, each as `web.department` has it."""

    about: tuple[tuple[str, str], ...]
    highlights: Sequence[object]
    figures: Sequence[Figure]
    lines: Sequence[Figure]
    tables: Sequence[view.TableView]
    overall: view.TableView | None
    projects: Sequence[view.ProjectView]
    sections: Sequence[view.SectionView]
    catalogue: Sequence[tuple[str, ...]]
    findings: Sequence[view.FindingView] | None


def write_department(
    pages: Pages,
    database: duckdb.DuckDBPyConnection,
    compared: Mapping[Partition, list[Year]],
    entry: Entry,
    tables: Mapping[str, pa.Table],
    crumbs: list[Crumb],
) -> Said:
    """Write the page and the downloads of a document; give what the search is to know of it.

    `tables` are its rows, masked; `compared` is what all regions and years compare, from which its years are drawn.
    """
    years = other_years(database, pages.contents, entry)
    shown = _shown(entry, tables, years, compared, pages.settings.findings)
    disclosure = rebuilt(entry.row, tables)
    document = lay_out(disclosure, load_family(disclosure.family))
    downloads = write_downloads(pages.folder, entry.path, disclosure, document, entry.row, tables)
    data = dataset(
        pages.settings,
        entry.page,
        f"{entry.title}公开",
        summary(entry),
        downloads,
        years=[entry.year],
        places=[clean(entry.row["region_name"] or entry.region)],
        published=entry.published,
        creator=entry.name,
        part_of=INDEX,
    )
    pages.write(
        entry.page,
        "site_department.html.j2",
        crumbs,
        data,
        entry=entry,
        shown=shown,
        years=years,
        downloads=downloads,
    )
    return _said(shown)


def _shown(
    entry: Entry,
    tables: Mapping[str, pa.Table],
    years: Sequence[OtherYear],
    compared: Mapping[Partition, list[Year]],
    findings: bool,
) -> Shown:
    row = {**entry.row, "latest": True}
    given = Department(row, dict(tables), (), (row,))
    facts = view.facts_of(given)
    about = view.identity(given).about
    return Shown(
        about if findings else tuple(one for one in about if one[0] not in _OWN_LABELS),
        highlights(entry.row["family"], facts),
        figures(entry.row["family"], facts),
        _lines(years, compared),
        view.tables(given, facts),
        view.overall(given),
        view.projects(given),
        view.sections(given),
        view.catalogue(given),
        view.findings(given) if findings else None,
    )


def _lines(years: Sequence[OtherYear], compared: Mapping[Partition, list[Year]]) -> list[Figure]:
    """A department's totals and 三公 over the years; nothing where there is one year."""
    notes = [
        f"{one.entry.year}年的名称是“{one.entry.name}”，因{one.how}视为同一部门"
        for one in years
        if one.how != SAME_NAME
    ]
    found = []
    for key in ("totals", "three_public"):
        series: dict[str, dict[int, Decimal]] = {}
        title = ""
        for one in years:
            for year in compared[one.entry.region, one.entry.year]:
                given: Compared = getattr(year, key)
                title = title or given.title
                for head, value in zip(given.heads, given.amounts.get(one.entry.doc, ()), strict=False):
                    if value is not None:
                        series.setdefault(clean(head), {})[one.entry.year] = value
        figure = lines(f"years-{key.replace('_', '-')}", f"历年：{title}", series, tuple(notes))
        if figure:
            found.append(figure)
    return found


def _said(shown: Shown) -> Said:
    projects = [(one.name, f"{one.annual} 元" if one.annual else "", one.id) for one in shown.projects]
    texts = {one.name: "" for one in shown.projects}  # what is said again is found once
    for section in shown.sections:
        for passage in section.passages:
            texts.setdefault(passage.text, section.id)
    for one in shown.projects:
        for _, text in one.goals:
            texts.setdefault(text, one.id)
        for part in one.indicators[-1:]:
            for row in part.rows:
                texts.setdefault(f"{row[2]}：{row[3]}", one.id)
    return Said(projects, [(text, place) for text, place in texts.items() if place])
