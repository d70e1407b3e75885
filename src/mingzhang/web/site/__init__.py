"""The public site: a lake as static pages that any web server can host."""

from mingzhang.web.site.build import Published, publish_site
from mingzhang.web.site.settings import SiteSettings

__all__ = ["Published", "SiteSettings", "publish_site"]
