"""Form families: kinds of disclosure as data (a folder of TOML files each), and their loader."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from mingzhang.families.model import Family

DEFAULT_FAMILY = "shanxi-department-budget"


@cache
def load_family(family_id: str = DEFAULT_FAMILY) -> Family:
    """Load a family by the name of its folder. Raises KeyError if there is none, ValidationError if its data are wrong."""
    folder = files(__name__) / family_id
    if not folder.is_dir():
        raise KeyError(family_id)
    data = {name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in _FILES}
    narrative = data["narrative"]
    return Family.model_validate(
        data["family"]
        | {
            "tables": data["tables"]["table"],
            "figures": narrative["figures"],
            "phrases": narrative["phrases"],
            "sections": narrative["section"],
            "charts": data["charts"]["charts"],
            "forms": data["forms"],
        }
    )


_FILES = ("family", "tables", "narrative", "charts", "forms")

__all__ = ["DEFAULT_FAMILY", "Family", "load_family"]
