"""A page that tells of the API from its description."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.web.answers import page
from mingzhang.web.security import visitor

router = APIRouter(include_in_schema=False)


@router.get("/api")
def tell(request: Request) -> Response:
    """All end points with their parameters, by subject."""
    visitor(request)
    described = request.app.openapi()
    return page(
        request,
        "api.html.j2",
        info=described["info"],
        paragraphs=described["info"]["description"].strip().split("\n\n"),
        groups=[(tag, _operations(described, tag["name"])) for tag in described["tags"]],
        address=str(request.base_url).rstrip("/"),
    )


def _operations(described: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    found = []
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            if tag in told.get("tags", ()):
                found.append({"method": method.upper(), "path": path, "inputs": _inputs(described, told), **told})
    return found


def _inputs(described: dict[str, Any], told: dict[str, Any]) -> list[dict[str, Any]]:
    """Parameters and parts of the body: name, title, what they say, whether they are needed."""
    given = [
        _input(one["name"], one["schema"], one.get("description", ""), one.get("required", False))
        for one in told.get("parameters", ())
    ]
    for content in told.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(described, content["schema"])
        needed = schema.get("required", ())
        given += [
            _input(name, part, part.get("description", ""), name in needed)
            for name, part in schema["properties"].items()
        ]
    return given


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _input(name: str, schema: dict[str, Any], text: str, needed: bool) -> dict[str, Any]:
    default = schema.get("default")
    shown = "" if default in (None, "") else str(default).lower() if isinstance(default, bool) else str(default)
    return {"name": name, "title": schema.get("title", ""), "text": text, "needed": needed, "default": shown}
