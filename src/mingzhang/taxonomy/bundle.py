"""The files bundled in the package's `data` folder, found through importlib.resources."""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from importlib.resources.abc import Traversable


def bundled(*parts: str) -> Traversable:
    """A bundled file or folder by its path below `data`; it may not exist."""
    return files(__package__).joinpath("data", *parts)


def bundled_rows(*parts: str) -> list[dict[str, str]]:
    """The rows of a bundled CSV file, each as column name to text.

    Raises FileNotFoundError when there is no such file.
    """
    return list(csv.DictReader(io.StringIO(bundled(*parts).read_text(encoding="utf-8"))))
