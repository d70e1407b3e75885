"""The workbench: check, compile and explore in a browser, on this machine or for a bureau."""

from mingzhang.web.app import create_app
from mingzhang.web.serving import serve
from mingzhang.web.settings import Limits, Settings

__all__ = ["Limits", "Settings", "create_app", "serve"]
