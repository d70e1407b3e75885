"""Exploring a lake: what it has, a department's pages, questions with their tables, figures and downloads. Every view has its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.check.reports.words import clean
from mingzhang.corpus.questions import KINDS, Department, Kinds
from mingzhang.corpus.questions.asking import KINDS_OF
from mingzhang.corpus.questions.identity import SAME_NAME
from mingzhang.corpus.results import Answer, render
from mingzhang.disclosure import Fact
from mingzhang.families import load_family
from mingzhang.problems import InputError, Problem
from mingzhang.publish.layout import lay_out
from mingzhang.publish.xlsx import to_xlsx
from mingzhang.web import department as shown
from mingzhang.web.answer_view import answer_view
from mingzhang.web.answers import page
from mingzhang.web.asking import QUESTIONS, Asked, Choices, year_of
from mingzhang.web.charts.figure import Figure
from mingzhang.web.downloads import attached
from mingzhang.web.lake import HeldLake, Opened, opened_lake
from mingzhang.web.listing import Glance, glance
from mingzhang.web.refused import Refused, asking, told
from mingzhang.web.security import visitor
from mingzhang.web.site.downloads import package_zip, to_json
from mingzhang.web.site.rebuilt import rebuilt
from mingzhang.web.structure import figures, highlights, over_years

router = APIRouter(prefix="/explore", include_in_schema=False)
NAV = ("/explore", "查询")
_PER_SIGN = 5  # bytes that what a page shows takes, for each sign of it
_VIEWS = {"overview": "概览", "tables": "报表", "projects": "项目", "texts": "说明", "findings": "检查"}
_NEEDS = {
    "overview": (shown.FACTS,),
    "tables": (shown.FACTS, shown.CATALOGUE),
    "projects": (shown.PROJECTS, shown.INDICATORS, shown.OVERALL),
    "texts": (shown.TEXTS,),
    "findings": (shown.FINDINGS,),
}


def held(uri: str) -> HeldLake | None:
    """The lake of a workbench, None if it has none. Raises InputError if there is no lake at the address."""
    return HeldLake(uri, _warm) if uri else None


def _warm(opened: Opened) -> None:
    """Ask what many will: every question as it first stands, for all and for each region."""
    opened.search_in_memory()
    has = _choices(opened)
    for region in ("", *has.regions[:50]):
        for name, question in QUESTIONS.items():
            if opened.over.is_set():
                return
            if not question.waits:
                with suppress(InputError):
                    _asked(opened, name, Asked({"region": region}, question.fields(has)))


def _asked(opened: Opened, name: str, asked: Asked) -> Answer:
    """The answer to a question, kept. Raises InputError as the question does."""
    question = QUESTIONS[name]
    database = opened.searched if name == "projects" else opened.unmasked
    return opened.answer((name, asked.key), lambda: question.ask(database, asked), asked.sought(question.searches))


def _lake(request: Request) -> Opened:
    """The lake as it is now. Raises Refused if there is none."""
    visitor(request)
    return opened_lake(request)


def _choices(opened: Opened) -> Choices:
    whole = _glance(opened)
    held = {key for key, _, _ in whole.kinds}
    kinds = tuple(kind for kind in KINDS if held & set(KINDS_OF[kind]))
    return Choices(tuple(region for region, _ in whole.regions), whole.years, kinds)


def _glance(opened: Opened) -> Glance:
    return opened.kept.get("glance", lambda: glance(opened.unmasked), lambda made: 10_000)


def _addresses(opened: Opened) -> Mapping[str, str]:
    """The address of each document's page."""

    def make() -> dict[str, str]:
        rows = opened.rows(
            "SELECT doc, region, name, fiscal_year, kind, version, latest FROM documents WHERE status = 'read'"
        )
        return {row["doc"]: _address(row) for row in rows}

    return opened.kept.get("addresses", make, lambda made: 500 * len(made))


def _address(row: Mapping[str, Any], **more: object) -> str:
    """The address of a document's page: region, name, year; kind and version where they are not the usual ones."""
    parts = {"region": row["region"], "name": row["name"], "year": row["fiscal_year"]}
    if row["kind"] in KINDS_OF["final"]:
        parts["kind"] = "final"
    if not row["latest"]:
        parts["version"] = row["version"]
    return f"/explore/department?{urlencode({**parts, **more})}"


@router.get("")
def start(request: Request) -> Response:
    """The lake at a glance, and the ways into it."""
    opened = _lake(request)
    return page(request, "explore.html.j2", glance=_glance(opened), questions=QUESTIONS)


@router.get("/department")
def department(request: Request) -> Response:
    """A department's year: `view` says which part of it, `format` gives it as a file."""
    opened, query = _lake(request), request.query_params
    view = query.get("view", "overview")
    if view not in _VIEWS:
        raise Refused(404, f"没有“{clean(view)[:20]}”这种页面，请选：{'、'.join(_VIEWS.values())}")
    name, region, kind = query.get("name", ""), query.get("region", ""), query.get("kind", "budget")
    if kind not in KINDS:
        raise Refused(400, f"没有“{clean(kind)[:20]}”这种文件，请填：{'、'.join(KINDS)}")
    version = query.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < 6):
        raise Refused(400, f"“{clean(version)[:20]}”不是版本，请写数字")
    year, which = year_of(query.get("year", "")), int(version) if version else None
    form = query.get("format", "")
    with asking():
        if form:
            return _download(opened.department(name, region, year, kind, which), form)
        key = ("department", name, region, year, kind, which, view)
        given = opened.kept.get(
            key, lambda: _parts(opened, name, region, year, kind, which, view), lambda made: _PER_SIGN * len(repr(made))
        )
    return page(request, "explore_department.html.j2", **given)


def _parts(
    opened: Opened, name: str, region: str, year: int | None, kind: Kinds, version: int | None, view: str
) -> dict[str, Any]:
    """What a department's page shows of its view."""
    given = opened.department(name, region, year, kind, version, _NEEDS[view])
    row = cast(Mapping[str, Any], given.document)
    addresses = _addresses(opened)
    own = addresses[row["doc"]]
    family = row["family"]
    parts: dict[str, Any] = {
        "about": shown.identity(given),
        "view": view,
        "own": own,
        "tables_page": f"{own}&view=tables",
        "views": [
            (word, own if key == "overview" else f"{own}&view={key}", key == view) for key, word in _VIEWS.items()
        ],
        "years": [
            (f"{one['year']}年", addresses[str(one["doc"])], one["year"] == row["fiscal_year"]) for one in given.years
        ],
        "versions": [
            (f"第{one['version']}版", addresses[str(one["doc"])], one["doc"] == row["doc"]) for one in given.versions
        ],
        "region_page": f"/explore/departments?{urlencode({'region': row['region']})}",
    }
    if view in ("overview", "tables"):
        facts = shown.facts_of(given)
        if view == "tables":
            return parts | {"tables": shown.tables(given, facts), "catalogue": shown.catalogue(given)}
        return parts | {
            "highlights": highlights(family, facts, parts["tables_page"]),
            "figures": figures(family, facts, parts["tables_page"]),
            "lines": _over_years(opened, given, facts),
        }
    if view == "projects":
        return parts | {"projects": shown.projects(given), "overall": shown.overall(given)}
    if view == "texts":
        return parts | {"sections": shown.sections(given)}
    return parts | {"findings": shown.findings(given)}


def _over_years(opened: Opened, given: Department, facts: Sequence[Fact]) -> tuple[Figure, ...]:
    """The totals and 三公 of a department's years, each leading to its cell in its year."""
    if len(given.years) < 2:
        return ()
    addresses, row = _addresses(opened), cast(Mapping[str, Any], given.document)
    years: dict[int, tuple[Sequence[Fact], str]] = {}
    for one in given.years:
        doc, year = str(one["doc"]), cast(int, one["year"])
        own = facts if doc == row["doc"] else shown.facts(opened.facts(row["region"], year, doc))
        years[year] = (own, f"{addresses[doc]}&view=tables")
    notes = [
        f"{one['year']}年的名称是“{one['name']}”，因{one['how']}视为同一部门"
        for one in given.years
        if one["how"] != SAME_NAME
    ]
    return over_years(row["family"], years, notes)


def _download(given: Department, form: str) -> Response:
    row = cast(Mapping[str, Any], given.document)
    makers: dict[str, Callable[[], bytes]] = {
        "zip": lambda: package_zip(rebuilt(row, given.tables)),
        "xlsx": lambda: to_xlsx(lay_out(rebuilt(row, given.tables), load_family(row["family"]))),
        "json": lambda: to_json(row, given.tables),
    }
    if form not in makers:
        raise Refused(404, f"没有“{clean(form)[:20]}”这种格式，可以下载的有：{'、'.join(makers)}")
    return attached(makers[form](), f"{clean(row['name'])}{row['fiscal_year']}年.{form}")


@router.get("/{name}")
def question(request: Request, name: str) -> Response:
    """A question's page; `page` is the page of its rows, `format` gives it as a file."""
    opened = _lake(request)
    if name not in QUESTIONS:
        raise Refused(404, "没有这个页面，请检查地址")
    wanted = QUESTIONS[name]
    fields = wanted.fields(_choices(opened))
    asked = Asked(request.query_params, fields)
    given: dict[str, Any] = {
        "name": name,
        "question": wanted,
        "fields": fields,
        "asked": asked.values,
        "address": _own(name, asked),
    }
    if wanted.waits and not asked.text(wanted.waits):
        return page(request, "explore_question.html.j2", answer=None, marked="", failed="", **given)
    marked = asked.sought(wanted.searches)[1]
    try:
        answer = _asked(opened, name, asked)
        form = request.query_params.get("format", "")
        if form:
            return _file(answer, form)
        view = answer_view(answer, _page_of(request), lambda doc: _addresses(opened).get(doc, ""), marked)
    except InputError as error:
        if request.query_params.get("format"):
            raise Refused(404, told(error.problems), error.problems) from error
        return page(
            request, "explore_question.html.j2", 404, answer=None, marked=marked, failed=told(error.problems), **given
        )
    return page(request, "explore_question.html.j2", answer=view, marked=marked, failed="", **given)


def _own(name: str, asked: Asked) -> str:
    """The address of what is asked, to which more can be added."""
    values = urlencode(asked.key)
    return f"/explore/{name}?{values}{'&' if values else ''}"


def _page_of(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InputError([Problem(f"“{clean(text)[:20]}”不是页码，请写数字")])
    return int(text)


def _file(answer: Answer, form: str) -> Response:
    forms = ["csv", "xlsx", "json", *(["svg"] if answer.chart else [])]
    if form not in forms:
        raise Refused(404, f"没有“{clean(form)[:20]}”这种格式，可以下载的有：{'、'.join(forms)}")
    return attached(render(answer, form), f"{clean(answer.title)}.{form}")
