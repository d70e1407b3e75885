"""What no identity can say: small functions over a document, which rule books name.

Importing this package makes all of them known.
"""

from mingzhang.check.functions import (
    changes,
    catalogue,
    classification,
    completeness,
    copies,
    forms,
    identity,
    lists,
    overall,
    privacy,
    projects,
    quality,
    targets,
    wording,
    years,
)

__all__ = [
    "changes",
    "catalogue",
    "classification",
    "completeness",
    "copies",
    "forms",
    "identity",
    "lists",
    "overall",
    "privacy",
    "projects",
    "quality",
    "targets",
    "wording",
    "years",
]
