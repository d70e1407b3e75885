"""Answers that are alike everywhere: pages from templates, refusals as a page or as JSON."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from mingzhang.check.reports.words import clean
from mingzhang.web.assets import static
from mingzhang.web.refused import Refused

API = "/api/"
_CUT_OFF = (408, 413)


def page(request: Request, template: str, status: int = 200, **given: Any) -> HTMLResponse:
    """A page from a template."""
    known = {
        "request": request,
        "path": request.url.path,
        "csrf": request.session.get("csrf", "") if "session" in request.scope else "",
        "who": request.session.get("who", "") if "session" in request.scope else "",
        "app": request.app.state if "app" in request.scope else None,
    }
    return HTMLResponse(environment().get_template(template).render(known | given), status)


def moved(request: Request, target: str) -> Response:
    """Lead a browser, or htmx in it, to another page."""
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def refusal(request: Request, refused: Refused) -> Response:
    """A refusal: JSON for programs, a fragment for a part of a page, a page for people.

    The connection of a request that was not taken in whole ends with it, so that the rest is not sent for nothing.
    """
    answer = _refusal(request, refused)
    if refused.status_code in _CUT_OFF:
        answer.headers["Connection"] = "close"
    return answer


def _refusal(request: Request, refused: Refused) -> Response:
    if request.url.path.startswith(API):
        problems = [one.known for one in refused.problems]
        error = {"status": refused.status_code, "message": refused.message, "problems": problems}
        return JSONResponse({"error": error}, refused.status_code)
    if request.headers.get("hx-request"):
        return page(request, "refused_part.html.j2", refused.status_code, refused=refused)
    return page(request, "refused.html.j2", refused.status_code, refused=refused)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: the workbench's own, and those of the check's reports under `report/`."""
    loader = ChoiceLoader(
        [PackageLoader("mingzhang.web"), PrefixLoader({"report": PackageLoader("mingzhang.check.reports")})]
    )
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clean": clean, "moment": _moment, "size": _size}
    made.globals["static"] = static
    return made


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%m月%d日 %H:%M") if seconds else ""


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, count // 1000)} kB"
