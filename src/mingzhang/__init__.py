"""Mingzhang (明账): compile, read, check, publish and explore the budget disclosures of Chinese local governments.

`import mingzhang as mz` gives the names below; docs/api.md shows them at work. They come from `mingzhang.api` when they are
first asked for, so that the import costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # what every command pays for is kept small: not even `typing` is imported
if TYPE_CHECKING:
    from typing import Any

    from mingzhang.api import Findings, LakeView, Publication, check, compile, open_lake, read, read_all
    from mingzhang.corpus import LakeError
    from mingzhang.problems import InputError

__all__ = [
    "Findings",
    "InputError",
    "LakeError",
    "LakeView",
    "Publication",
    "check",
    "compile",
    "open_lake",
    "read",
    "read_all",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("mingzhang.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Door(ModuleType):
    """The package's own module: three of its functions bear the names of packages below it.

    Python makes a package that is imported an attribute of the one above. Here the function keeps the name, whatever was
    imported before; `from mingzhang.read import …` finds the package all the same.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Door
