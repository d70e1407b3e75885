"""What is looked up, as JSON values: the rule books with their examples, the catalogues of service purchases."""

from __future__ import annotations

from typing import Any

from mingzhang.check import Rule, load_book, load_examples
from mingzhang.families import families, load_family
from mingzhang.taxonomy import editions, load_catalogue
from mingzhang.taxonomy.catalogue_search import search

LATEST = "latest"


def books() -> dict[str, str]:
    """The version of each family's rule book."""
    return {family: load_book(family).version for family in families()}


def rules(text: str = "", category: str | None = None, severity: str | None = None) -> list[dict[str, Any]]:
    """The rules that hold a text and are of a category and severity, those of all families."""
    wanted = text.lower()
    return [
        _rule(family, one)
        for family in families()
        for one in load_book(family).rules
        if category in (None, one.category)
        and severity in (None, one.worst)
        and any(wanted in part.lower() for part in (one.id, one.title, one.says, one.basis))
    ]


def explained(rule_id: str) -> list[dict[str, Any]]:
    """The rules of a number with their lines and examples; books of several families may have one of the same number."""
    return [
        _rule(family, one)
        | {"lines": list(one.lines), "when": list(one.when)}
        | {"passes": load_examples(family)[one.id].passes, "breaks": load_examples(family)[one.id].breaks}
        for family in families()
        for one in load_book(family).rules
        if one.id.lower() == rule_id.lower()
    ]


def catalogue_editions() -> list[str]:
    """The editions that there are, oldest first."""
    return [one.id for one in editions(load_family().catalogue_region)]


def catalogue_matches(edition: str, text: str, most: int) -> dict[str, Any] | None:
    """Entries of an edition (its id, its document number, or LATEST) that fit a text; None if there is no such edition."""
    region = load_family().catalogue_region
    held = editions(region)
    ids = {one.id: one.id for one in held} | {one.document_number: one.id for one in held} | {LATEST: held[-1].id}
    if edition not in ids:
        return None
    catalogue = load_catalogue(ids[edition], region)
    names = ("code", "name", "level", "above", "sections", "exact", "score", "flag")
    entries = [{name: getattr(one, name) for name in names} for one in search(text, catalogue, None, most)]
    told = catalogue.edition
    return {"edition": told.id, "title": told.title, "document_number": told.document_number, "entries": entries}


def _rule(family: str, rule: Rule) -> dict[str, Any]:
    names = ("id", "title", "says", "basis", "category", "since")
    return {name: getattr(rule, name) for name in names} | {"family": family, "severity": rule.worst}
