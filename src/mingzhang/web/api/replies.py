"""How the API replies: JSON, tables in each of their formats, and what it says of a refusal."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.corpus.results import Answer, render, to_record
from mingzhang.web.api.models import ErrorReply
from mingzhang.web.downloads import TYPES, attached
from mingzhang.web.refused import Refused

Form = Literal["json", "csv", "xlsx"]
CSV, XLSX = TYPES["csv"], TYPES["xlsx"]
UNSTABLE = "Mingzhang-Stability"
REFUSALS = {
    400: "请求的内容不能用",
    401: "没有口令，或口令不对",
    403: "来自别的网站，或缺少页面的令牌",
    404: "没有要找的内容",
    409: "任务还没有完成",
    413: "上传的内容太大或太多",
    421: "地址不是本工作台的地址",
    422: "参数不对，或任务没有做成",
    429: "口令错误次数太多",
    503: "现在太忙，请稍后再试",
}
_ALWAYS = (400, 401, 421, 422, 429)
Responses = dict[int | str, dict[str, Any]]


class Unstable(APIRoute):
    """A route whose replies say that their shape may change."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the header on what it gives."""
        handler = super().get_route_handler()

        async def marked(request: Request) -> Response:
            response = await handler(request)
            response.headers[UNSTABLE] = "unstable"
            return response

        return marked


def operation(route: APIRoute) -> str:
    """The operation of a route: its function's name."""
    return route.name


def refusals(*statuses: int) -> Responses:
    """The refusals that an end point knows, for its description; those that all know are among them."""
    return {one: {"model": ErrorReply, "description": REFUSALS[one]} for one in sorted({*_ALWAYS, *statuses})}


def files(**kinds: str) -> Responses:
    """The description of a reply that is one of several kinds of files."""
    schema = {"type": "string", "format": "binary"}
    plain = {kind.partition(";")[0] for kind in kinds.values()}
    described: dict[str, Any] = {kind: {} if "json" in kind else {"schema": schema} for kind in sorted(plain)}
    return {200: {"description": "文件", "content": described}}


def tables() -> Responses:
    """The description of a table's other formats."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"content": {kind.partition(";")[0]: {"schema": schema} for kind in (CSV, XLSX)}}}


def reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON."""
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(content, status, headers, media_type="application/json")


def table(given: Answer, form: Form, **more: object) -> Response:
    """An answer in a format; `more` stands beside it in JSON."""
    if form == "json":
        return reply(to_record(given) | more)
    return attached(render(given, form), f"{given.title}.{form}")


def cursor_of(*values: object) -> str:
    """A cursor: where a page of rows ended."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def told_by(cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """What a cursor says. Raises Refused if it is none of this end point's."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or tuple(map(type, values)) != kinds:
        raise Refused(400, "cursor 不对，请用上一页给出的 next")
    return values
