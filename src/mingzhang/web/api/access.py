"""Who may change something through the API.

A program shows the password as a bearer; on this machine, where there is none, it shows nothing. A browser that has a session shows the
token of its page besides, for it sends its cookie whoever made it ask. What pages of other sites send is refused before (`Guard`).
"""

from __future__ import annotations

from starlette.requests import Request

from mingzhang.web.refused import Refused
from mingzhang.web.security import bearer, same


def may_change(request: Request) -> None:
    """A dependency of all that is not only read. Raises Refused for a session without its token."""
    if bearer(request, request.app.state.settings):
        return
    wanted = str(request.session.get("csrf", ""))
    if wanted and not same(request.headers.get("x-csrf-token", ""), wanted):
        raise Refused(
            403,
            "用浏览器的登录状态修改数据，请在请求头 X-CSRF-Token 里给出页面的令牌；程序请用 Authorization: Bearer 口令",
        )
