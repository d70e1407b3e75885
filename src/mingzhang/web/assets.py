"""What pages are made of besides HTML: style, scripts, htmx; served from here and nowhere else."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mingzhang.web.refused import Refused

# Name: package, file in it.
_ASSETS = {
    "workbench.css": ("mingzhang.web", "static/workbench.css"),
    "compile.css": ("mingzhang.web", "static/compile.css"),
    "workbench.js": ("mingzhang.web", "static/workbench.js"),
    "explore.css": ("mingzhang.web", "static/explore.css"),
    "explore.js": ("mingzhang.web", "static/explore.js"),
    "report.css": ("mingzhang.check.reports", "templates/report.css"),
    "report.js": ("mingzhang.check.reports", "templates/report.js"),
    "htmx.js": ("js_lib_htmx", "static/htmx/htmx.min.js"),
    "icon.svg": ("mingzhang.web", "static/icon.svg"),
}
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_LASTING = "public, max-age=31536000, immutable"  # an address changes with the content

router = APIRouter(include_in_schema=False)


@lru_cache(maxsize=32)
def asset(name: str) -> tuple[bytes, str]:
    """A file by its name, with its type. Raises KeyError for another."""
    package, path = _ASSETS[name]
    return files(package).joinpath(path).read_bytes(), _TYPES[name.rpartition(".")[2]]


@lru_cache(maxsize=32)
def static(name: str) -> str:
    """The address of a file that the workbench serves, which changes with its content."""
    return f"/static/{name}?{sha256(asset(name)[0]).hexdigest()[:12]}"


@router.get("/static/{name}")
def serve_asset(name: str, request: Request) -> Response:
    """A file; it may be kept for good under an address that tells its content."""
    if name not in _ASSETS:
        raise Refused(404, "没有这个文件")
    content, kind = asset(name)
    return Response(content, media_type=kind, headers={"Cache-Control": _LASTING if request.url.query else "no-cache"})
