"""What no identity can say: small functions over a document, which rule books name.

Importing this package makes all of them known.
"""

from mingzhang.check.functions import (
    catalogue,
    changes,
    classification,
    completeness,
    copies,
    economic,
    forms,
    identity,
    lists,
    names,
    overall,
    privacy,
    project_rows,
    projects,
    quality,
    targets,
    wording,
    years,
)

__all__ = [
    "catalogue",
    "changes",
    "classification",
    "completeness",
    "copies",
    "economic",
    "forms",
    "identity",
    "lists",
    "names",
    "overall",
    "privacy",
    "project_rows",
    "projects",
    "quality",
    "targets",
    "wording",
    "years",
]
