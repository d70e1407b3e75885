"""The way in: the first page, signing in and out, and what watches over the server asks."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from mingzhang.web.answers import page
from mingzhang.web.security import address, same, same_page, visitor

router = APIRouter(include_in_schema=False)
_ENTRIES = 500
_ACTIONS = {
    "login": "登录",
    "login-failed": "登录失败",
    "check": "提交检查",
    "compile": "提交编制",
    "accept": "认可问题",
    "withdraw": "取消认可",
    "remove": "删除",
}


@router.get("/")
def first() -> Response:
    """The first page is the check."""
    return RedirectResponse("/check", 303)


@router.get("/login")
def ask(request: Request, next: str = "/") -> Response:
    """The form to sign in."""
    visitor(request)
    return page(request, "login.html.j2", next=_own(next), wrong="")


@router.post("/login", dependencies=[Depends(same_page)])
def sign_in(
    request: Request,
    password: Annotated[str, Form(max_length=1000)],
    who: Annotated[str, Form(max_length=50)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Sign in with the workbench's password; the name is for the audit log."""
    source, state = address(request), request.app.state
    state.tries.check(source)
    name = " ".join(who.split())
    if not same(password, state.settings.password) or not name:
        if name:
            state.tries.wrong(source)
            state.bench.store.audit(name, source, "login-failed", "")
        wrong = "口令不对，请向管理员核实" if name else "请填写姓名，操作记录里会用到"
        return page(request, "login.html.j2", 403, next=_own(next), wrong=wrong)
    request.session.clear()  # an identity from before means nothing now
    visitor(request)
    request.session.update({"in": True, "who": name})
    state.bench.store.audit(name, source, "login", "")
    return RedirectResponse(_own(next), 303)


@router.post("/logout", dependencies=[Depends(same_page)])
def sign_out(request: Request) -> Response:
    """Sign out."""
    request.session.clear()
    return RedirectResponse("/", 303)


@router.get("/audit")
def audit(request: Request) -> Response:
    """Who did what: the latest entries of the audit log."""
    entries = request.app.state.bench.store.entries(_ENTRIES)
    return page(request, "audit.html.j2", entries=entries, actions=_ACTIONS)


@router.get("/healthz")
async def alive() -> Response:
    """Whether the program runs, however busy its threads are."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Whether it can take work: the database answers, and the threads are there that do it."""
    try:
        fit = bool(request.app.state.bench.ready)
    except Exception:  # whatever keeps the database from answering
        fit = False
    return JSONResponse({"status": "ok" if fit else "unavailable"}, 200 if fit else 503)


def _own(target: str) -> str:
    """A path of this workbench, and no other site's."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target
