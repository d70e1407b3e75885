"""The workbench as a web application: pages, the JSON API, and what stands before both."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.corpus import LakeError
from mingzhang.corpus.lake import DAMAGED
from mingzhang.problems import InputError
from mingzhang.web import api, assets, checking, compiling, entrance, exploring
from mingzhang.web.answers import refusal
from mingzhang.web.isolation import Died, Stopped
from mingzhang.web.refused import Refused, told
from mingzhang.web.security import Guard, Tries, address
from mingzhang.web.settings import Settings
from mingzhang.web.workbench import Busy, Workbench

_log = logging.getLogger("mingzhang.web")
_SAID = {
    400: "请求的格式不对：可能是上传中断，或文件名太长，请改短文件名后再试",
    404: "没有这个页面，请检查地址",
    405: "这个地址不能这样请求",
    413: "上传的内容太大，请分几次上传",
}
_TITLE = "明账工作台"
_WEEK = 7 * 24 * 3600
_THREADS = 100  # that answer requests: more than wait for a process of their own


def create_app(settings: Settings) -> FastAPI:
    """The application. Its jobs are worked off while it runs. Raises InputError if the settings are not safe."""
    settings.checked()
    bench, tries = Workbench(settings), Tries()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = _THREADS
        bench.start()
        try:
            yield
        finally:
            bench.stop()
            if app.state.lake:
                app.state.lake.close()

    app = FastAPI(
        title=_TITLE,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        middleware=[
            Middleware(
                SessionMiddleware,
                secret_key=_key(settings.data) + settings.password,  # a new password ends all sessions
                session_cookie="mingzhang",
                max_age=_WEEK,
                same_site="lax",
                https_only=settings.secure,
            ),
            Middleware(Guard, settings=settings, tries=tries),
        ],
    )
    app.state.bench, app.state.settings, app.state.tries = bench, settings, tries
    app.state.lake = exploring.held(settings.lake)
    app.state.nav = [("/check", "检查"), ("/compile", "编制"), *([exploring.NAV] if settings.lake else [])]
    for module in (assets, entrance, checking, compiling, exploring):
        app.include_router(module.router)
    app.include_router(api.pages)
    app.include_router(api.router)
    api.describe(app)
    _handle_errors(app)
    app.middleware("http")(_logged)
    return app


def _key(data: Path) -> str:
    """The key that session cookies are signed with: made once, readable for nobody else."""
    file = data / "key"
    if not file.exists():
        data.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), "ascii")
    return file.read_text("ascii")


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if isinstance(error, Refused):
            return refusal(request, error)
        answer = refusal(request, Refused(error.status_code, _SAID.get(error.status_code, "请求不能完成")))
        answer.headers.update(error.headers or {})  # what may be done instead
        return answer

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        problems = api.told_invalid(request, error.errors())
        return refusal(request, Refused(422, told(problems), problems))

    @app.exception_handler(InputError)
    async def _input(request: Request, error: InputError) -> Response:
        return refusal(request, Refused(400, told(error.problems), error.problems))

    @app.exception_handler(LakeError)
    @app.exception_handler(duckdb.IOException)
    async def _lake(request: Request, error: Exception) -> Response:
        _log.error("lake", exc_info=error, extra={"event": "lake"})
        return refusal(request, Refused(503, DAMAGED))

    @app.exception_handler(Busy)
    async def _busy(request: Request, error: Busy) -> Response:
        return refusal(request, Refused(503, str(error)))

    @app.exception_handler(Died)
    async def _died(request: Request, error: Died) -> Response:
        return refusal(request, Refused(422, str(error)))

    @app.exception_handler(Stopped)
    async def _stopped(request: Request, error: Stopped) -> Response:
        return refusal(request, Refused(503, "工作台正在关闭，请稍后再试"))


async def _logged(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Log a request; what goes wrong unexpectedly is told with a number by which the log can be searched."""
    begun, reference = time.monotonic(), ""
    try:
        response = await call(request)
    except Exception:
        reference = secrets.token_hex(4)
        _log.exception("failed", extra={"event": "failed", "path": request.url.path, "reference": reference})
        response = refusal(request, Refused(500, f"程序发生意外错误，已经记录（编号 {reference}），请联系管理员"))
    told_of = {
        "event": "request",
        "method": request.method,
        "path": request.url.path,
        "status": response.status_code,
        "seconds": round(time.monotonic() - begun, 3),
        "address": address(request),
    }
    if not request.url.path.startswith(("/static/", "/healthz", "/readyz")):
        _log.info("request", extra=told_of)
    return response
