"""Form families: kinds of disclosure as data (a folder of TOML files each), and their loader."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
import tomli

from mingzhang.families.model import Family

DEFAULT_FAMILY = "shanxi-department-budget"


@cache
def families() -> tuple[str, ...]:
    """The ids of all families there are, the default one first, then by name."""
    found = {folder.name for folder in files(__name__).iterdir() if (folder / "family.toml").is_file()}
    return (DEFAULT_FAMILY, *sorted(found - {DEFAULT_FAMILY}))


def folder_of(family_id: str) -> Traversable:
    """The folder of a family's data. Raises KeyError if there is none."""
    if family_id not in families():
        raise KeyError(family_id)
    return files(__name__) / family_id


@cache
def load_family(family_id: str = DEFAULT_FAMILY) -> Family:
    """Load a family by the name of its folder. Raises KeyError if there is none, ValidationError if its data are wrong."""
    folder = folder_of(family_id)
    narrative = _data(folder, "narrative")
    parts = {
        "tables": _data(folder, "tables")["table"],
        "figures": narrative["figures"],
        "phrases": narrative["phrases"],
        "sections": narrative["section"],
    }
    return msgspec.convert(_data(folder, "family") | parts | _optional(folder), Family)


def _optional(folder: Traversable) -> dict[str, Any]:
    """The charts and the performance forms, which not every kind of document has."""
    found = {}
    if (folder / "charts.toml").is_file():
        found["charts"] = _data(folder, "charts")["charts"]
    if (folder / "forms.toml").is_file():
        found["forms"] = _data(folder, "forms")
    return found


def _data(folder: Traversable, name: str) -> dict[str, Any]:
    return tomli.loads((folder / f"{name}.toml").read_text("utf-8"))


__all__ = ["DEFAULT_FAMILY", "Family", "families", "folder_of", "load_family"]
