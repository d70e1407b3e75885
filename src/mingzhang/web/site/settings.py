"""What a site is told besides its data."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from mingzhang.problems import InputError, Problem


class SiteSettings(Struct, frozen=True):
    """The site's title, who publishes it, the data's licence, where it will stand (blank: not known), whether findings are shown."""

    title: str = "部门预算公开数据"
    publisher: str = ""
    licence: str = ""
    url: str = ""
    findings: bool = False

    def checked(self) -> SiteSettings:
        """The settings with the address ending in a slash. Raises InputError for an address that is none."""
        if not self.url:
            return self
        parts = urlsplit(self.url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or parts.query
            or parts.fragment
            or "@" in parts.netloc
        ):
            message = f"网址“{self.url}”不对，请写成 https://www.example.gov.cn/yusuan/ 这样"
            raise InputError([Problem(message)])
        return SiteSettings(self.title, self.publisher, self.licence, self.url.rstrip("/") + "/", self.findings)

    @property
    def base(self) -> str:
        """The path under which the site stands on its server; blank if not known."""
        return urlsplit(self.url).path if self.url else ""

    @property
    def licence_address(self) -> str:
        """The licence, if it is told by its address; else blank."""
        return self.licence if self.licence.startswith(("https://", "http://")) else ""
