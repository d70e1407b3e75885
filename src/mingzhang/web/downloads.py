"""Files to be saved: by what type a browser takes each, and how it is told to save and not to show it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

# By the ending of a file's name.
TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def attached(content: str | bytes, name: str, kind: str = "") -> Response:
    """A file to be saved under a name, and not to be shown here; its type is that of the name's ending if none is given."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    said = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(data, media_type=kind or TYPES[name.rpartition(".")[2]], headers={"Content-Disposition": said})
