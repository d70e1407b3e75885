"""Who may ask what: host names, passwords, requests from other sites, sizes; and what a browser may do with an answer.

`Guard` stands before everything. A page's policy lets nothing in but what the workbench serves itself, without inline script or style.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict, deque
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mingzhang.web.answers import refusal
from mingzhang.web.refused import Refused
from mingzhang.web.settings import LOOPBACK, Settings

SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/login", "/static/", "/healthz", "/readyz")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TRIES, _WITHIN = 8, 300.0  # wrong passwords of one address, and in what time


class Guard:
    """Refuses what must not come in, before anything reads it; puts the headers on what goes out."""

    def __init__(self, app: ASGIApp, settings: Settings, tries: Tries) -> None:
        self._app = app
        self._settings = settings
        self._tries = tries
        self._hosts = {*settings.names, *LOOPBACK} if settings.local else set(settings.names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _guarded(MutableHeaders(scope=message), scope["path"])
            await send(message)

        request = Request(scope)
        try:
            self._admit(request)
            known = not self._settings.password or self._known(request)
        except Refused as refused:
            await refusal(request, refused)(scope, receive, sending)
            return
        if not known:
            if request.method == "GET" and not request.url.path.startswith("/api/"):
                answer = RedirectResponse(f"/login?next={_path(request)}", 303)
                await answer(scope, receive, sending)
            else:
                await refusal(request, Refused(401, "请先登录，或在请求头 Authorization: Bearer 里给出口令"))(
                    scope, receive, sending
                )
            return
        limited = _Limited(receive, self._settings)
        try:
            await self._app(scope, limited, sending)
        except Refused as refused:
            await refusal(request, refused)(scope, receive, sending)

    def _admit(self, request: Request) -> None:
        try:
            host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        except ValueError:
            raise Refused(400, "请求的主机名不对") from None
        if self._hosts and host not in self._hosts:
            raise Refused(421, "这个地址不是本工作台的地址，请用启动时显示的地址访问")
        length = request.headers.get("content-length", "0")
        if not length.isdigit():
            raise Refused(400, "请求的长度不对")
        if int(length) > self._settings.limits.request_bytes:
            raise _too_large(self._settings)
        _same_site(request)

    def _known(self, request: Request) -> bool:
        path = request.scope["path"]
        if path in OPEN or any(path.startswith(one) for one in OPEN if one.endswith("/")):
            return True
        if request.session.get("in"):
            return True
        if "authorization" not in request.headers:
            return False
        source = address(request)
        self._tries.check(source)
        if bearer(request, self._settings):
            return True
        self._tries.wrong(source)
        return False


def bearer(request: Request, settings: Settings) -> bool:
    """Whether a request carries the password itself, as programs do."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    shown = given.encode("latin-1", "replace").decode("utf-8", "replace")  # as headers are read, and as programs write
    return bool(settings.password) and scheme.lower() == "bearer" and same(shown, settings.password)


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how far they are."""
    return compare_digest(given.encode(), wanted.encode())


def _same_site(request: Request) -> None:
    """Refuse what a page of another site sends: browsers tell where a request comes from, programs have nothing to forge.

    A user may follow a link from there; a page may fetch nothing, which would keep the workbench at work.
    """
    headers: Headers = request.headers
    followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if request.method in SAFE and (followed or "sec-fetch-mode" not in headers):
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none") or (
        origin is not None and origin.partition("://")[2] != headers.get("host")
    ):
        raise Refused(403, "这个请求来自别的网站，已拒绝")


async def same_page(request: Request) -> None:
    """A dependency of all forms: the request carries the token of a page of this session. Raises Refused if not."""
    wanted = request.session.get("csrf", "")
    given = request.headers.get("x-csrf-token")
    if given is None:
        given = str((await request.form()).get("csrf", ""))
    if not wanted or not same(given, wanted):
        raise Refused(403, "页面已经过期，请刷新后再试")


def visitor(request: Request) -> str:
    """Who asks: the same for all requests of a browser. A new visitor gets an identity and a token for forms."""
    session = request.session
    if "id" not in session:
        session["id"] = secrets.token_hex(16)
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["id"])


def owner(request: Request) -> str:
    """Whose jobs a request hands in: those of the browser's session, or of a program by the address that it asks from."""
    held = str(request.session.get("id", ""))
    return held or sha256(f"program {address(request)}".encode()).hexdigest()[:32]


def named(request: Request) -> str:
    """Who asks, for the audit log: the name that was given when signing in."""
    session = request.session if "session" in request.scope else {}
    return str(session.get("who", "")) or ("本机" if request.app.state.settings.local else "接口")


def address(request: Request) -> str:
    """Where a request comes from, for the audit log."""
    return request.client.host if request.client else ""


class Tries:
    """Counts wrong passwords, so that nobody can try them all."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = defaultdict(deque)

    def check(self, source: str) -> None:
        """Raises Refused if there were too many lately."""
        wrong, since = self._wrong[source], time.monotonic() - _WITHIN
        while wrong and wrong[0] < since:
            wrong.popleft()
        if len(wrong) >= _TRIES:
            raise Refused(429, "口令错误次数太多，请五分钟后再试")

    def wrong(self, source: str) -> None:
        """Record a wrong one."""
        if len(self._wrong) > 10_000:
            self._wrong.clear()
        self._wrong[source].append(time.monotonic())


class _Limited:
    """Receives a request's body up to its limits of size and silence."""

    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._settings = settings
        self._taken = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # what waits for the other side to leave may wait long
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._settings.limits.receive_seconds)
        except TimeoutError:
            raise Refused(408, "上传中断，请检查网络后重试") from None
        self._taken += len(message.get("body", b""))
        if self._taken > self._settings.limits.request_bytes:
            raise _too_large(self._settings)
        self._whole = not message.get("more_body", False)
        return message


def _too_large(settings: Settings) -> Refused:
    return Refused(413, f"一次上传不能超过 {settings.limits.request_bytes // 1_000_000} MB，请分几次上传")


def _guarded(headers: MutableHeaders, path: str) -> None:
    headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if not path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")


def _path(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query, safe="")
