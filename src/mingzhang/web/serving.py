"""Running the workbench as a server."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from mingzhang.problems import InputError, Problem
from mingzhang.web.app import create_app
from mingzhang.web.logs import set_up
from mingzhang.web.settings import Settings

_GRACE = 10  # seconds that requests have to end when the server does


def serve(settings: Settings, begun: Callable[[str], None] = lambda url: None) -> None:
    """Serve until the program is ended; `begun` is told the address when it listens.

    Raises InputError if the settings are not safe, or the address is taken.
    """
    app = create_app(settings)
    set_up()
    listening = _listen(settings)
    port = listening.getsockname()[1]
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        proxy_headers=settings.secure,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _Server(config, lambda: begun(f"http://{shown}:{port}")).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that tells when it answers, and can be ended."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._begun()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        told = f"不能在 {settings.host}:{settings.port} 上监听（{error.strerror}），可能已有程序在用，请用 --port 换一个端口"
        raise InputError([Problem(told)]) from error
    return listening
