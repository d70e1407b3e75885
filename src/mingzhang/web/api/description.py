"""The OpenAPI description: what the API promises, how one signs in, and the one shape of every refusal."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

VERSION = "1.0"
_PROMISE = """\
检查、编制、查询预算（决算）公开的接口，与工作台的页面用同一套功能。

**保持不变的**：`/api/v1` 下的地址、参数和响应里已有的键，含义不变。**可能改变的**：会增加新的地址、可不填的参数和响应里的键，程序应忽略不认识的键；
问题的文字、规则的多少随规则版本变化。响应头有 `Mingzhang-Stability: unstable` 的接口（SQL、文字查找）还可能改变。

**金额**：表内数据（`facts`）和查询结果为万元，绩效目标表（`projects`）为元，栏名里写明；一律是字符串，保持精确，不用浮点数。

**口令**：工作台设了口令时，程序在请求头 `Authorization: Bearer 口令` 里给出；本机没有设口令时不需要。浏览器用登录后的会话修改数据时，另在
`X-CSRF-Token` 里给出页面的令牌。

**个人信息**：检查发现的个人信息在所有响应里都已遮盖。

**出错**：一律是 `{"error": {"status", "message", "problems"}}`，`message` 是一句中文，说明原因和办法。
"""
_TAGS = {
    "检查": "提交公开文件，跟踪进度，取得问题、报告和读出的数据。",
    "编制": "提交台账，取编出的公开。",
    "数据湖": "启动时用 --lake 指定的数据湖里的文件。",
    "数据湖查询": "现成的问题，与 `mingzhang corpus` 的命令相同。",
    "自由查询": "SQL 和文字查找；响应的格式还可能改变。",
    "规则和目录": "检查规则，政府购买服务指导性目录。",
}
_DONE = {"200": "成功", "201": "已记下", "202": "已收下，在后台处理", "204": "已删除"}


def describe(app: FastAPI) -> None:
    """Let an application tell its description as it is meant to be."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
    found = get_openapi(title="明账接口", version=VERSION, description=_PROMISE, tags=tags, routes=app.routes)
    schemas = found["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    found["components"]["securitySchemes"] = {
        "password": {"type": "http", "scheme": "bearer", "description": "工作台的口令；本机没有设口令时不需要"}
    }
    for one in (one for methods in found["paths"].values() for one in methods.values()):
        for status, said in _DONE.items():
            if status in one["responses"]:
                one["responses"][status]["description"] = said
    found["security"] = [{"password": []}, {}]
    return found
