"""What is wrong with the parameters of a request, in Chinese, by the names that the description gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request

from mingzhang.problems import Problem

_MOST = 5


def told_invalid(request: Request, errors: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """A problem for each parameter; `errors` are as pydantic tells them."""
    titles = dict(_titles(request))
    told: dict[str, str] = {}
    for error in errors:
        place = [str(part) for part in error["loc"][1:] if not isinstance(part, int)]
        key = place[0] if place else ""
        title = titles.get(key, "")
        called = f"参数“{title}”（{key}）" if title else f"参数 {key}" if key else "请求的内容"
        told.setdefault(key, called + told_of(error))
    return [Problem(text) for text in list(told.values())[:_MOST]]


def _titles(request: Request) -> Iterator[tuple[str, str]]:
    """The Chinese titles of the parameters of the end point, by their names."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None:
        return
    for one in (*dependant.path_params, *dependant.query_params, *dependant.body_params):
        yield one.alias, one.field_info.title or ""
        fields = getattr(one.field_info.annotation, "model_fields", {})
        yield from ((name, field.title or "") for name, field in fields.items())


def told_of(error: Mapping[str, Any]) -> str:
    """What is wrong with a parameter, as pydantic tells it, to stand behind its name."""
    known = error.get("ctx", {})
    match str(error["type"]):
        case "missing":
            return "没有给出"
        case "literal_error" | "enum":
            words = re.findall("'([^']*)'", str(known.get("expected", "")))
            return f"不对，请填：{'、'.join(words)}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "应是整数"
        case "bool_parsing" | "bool_type":
            return "应是 true 或 false"
        case "greater_than_equal":
            return f"不能小于 {known['ge']}"
        case "less_than_equal":
            return f"不能大于 {known['le']}"
        case "string_too_long":
            return f"不能超过 {known['max_length']} 个字"
        case "string_too_short":
            return "不能为空"
        case "too_long":
            return f"不能超过 {known['max_length']} 个"
        case "json_invalid":
            return "不是 JSON"
        case _:
            return "格式不对"
