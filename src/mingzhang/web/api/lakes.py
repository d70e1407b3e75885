"""The lake that the API asks: the one that the pages show."""

from __future__ import annotations

from starlette.requests import Request

from mingzhang.web.lake import HeldLake, Opened
from mingzhang.web.refused import Refused


def lake_of(request: Request) -> HeldLake:
    """The workbench's lake. Raises Refused if it has none."""
    held: HeldLake | None = request.app.state.lake
    if held is None:
        raise Refused(404, "本工作台没有数据湖，启动时用 --lake 指定")
    return held


def opened(request: Request) -> Opened:
    """The lake as it is now, private data masked. Raises Refused if there is none, or it cannot be opened."""
    return lake_of(request).now()
