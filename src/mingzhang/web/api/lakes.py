"""The lake as the API holds it: open, masked, and opened anew when something was added."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from starlette.requests import Request

from mingzhang.corpus import Lake, LakeError, connect
from mingzhang.web.refused import Refused

if TYPE_CHECKING:
    import duckdb

MEMORY = "2GB"


class OpenLake:
    """A lake's database with masked views. Any number of threads may ask it, each with a cursor of its own."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._lock = threading.Lock()
        self._run = -1
        self._database: duckdb.DuckDBPyConnection | None = None

    def database(self) -> duckdb.DuckDBPyConnection:
        """The database of what is committed now. Raises Refused if there is no lake."""
        with self._lock:
            try:
                lake = Lake(self.uri)
                if self._database is None or lake.run != self._run:
                    # Who still asks the one before keeps it alive.
                    self._database, self._run = connect(lake, veiled=True, memory=MEMORY), lake.run
            except LakeError as error:
                raise Refused(503, "数据湖现在打不开，请联系管理员") from error
            return self._database.cursor()


def lake_of(request: Request) -> OpenLake:
    """The workbench's lake. Raises Refused if it has none."""
    state = request.app.state
    if not state.settings.lake:
        raise Refused(404, "本工作台没有数据湖，启动时用 --lake 指定")
    if not hasattr(state, "api_lake"):
        state.api_lake = OpenLake(state.settings.lake)
    held: OpenLake = state.api_lake
    return held
