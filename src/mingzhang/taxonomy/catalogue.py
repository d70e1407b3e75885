"""Catalogues of government purchase of services (政府购买服务指导性目录), by region and edition.

Source: the catalogues that provincial finance departments issue under 政府购买服务管理办法 (财政部令第102号), as
annexed to published budgets. In an edition each department has its own section, and one code may bear different names
in several.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from mingzhang.problems import InputError, Problem
from mingzhang.taxonomy.bundle import bundled, bundled_rows

_FOLDER: Final = "catalogue"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition; `issued` is an ISO day, or only a year; `replaces` are the document numbers that it repeals."""

    id: str
    title: str
    document_number: str
    issued: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One row: `level` is 一级 to 四级; `flag` says what is doubtful about the reading, "" if nothing."""

    section: str
    code: str
    level: str
    name: str
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The entries of an edition, in its order."""

    edition: Edition
    entries: tuple[CatalogueEntry, ...]
    _by_code: dict[str, list[CatalogueEntry]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code: dict[str, list[CatalogueEntry]] = {}
        for entry in self.entries:
            by_code.setdefault(entry.code, []).append(entry)
        object.__setattr__(self, "_by_code", by_code)

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections (departments), in the order of the edition."""
        return tuple(dict.fromkeys(entry.section for entry in self.entries))

    def find(self, code: str, section: str | None = None) -> list[CatalogueEntry]:
        """The entries with that code; those of `section` alone where it has any, else those of all sections."""
        entries = self._by_code.get(code, [])
        return [entry for entry in entries if entry.section == section] or list(entries)


@cache
def editions(region: str) -> tuple[Edition, ...]:
    """The editions held for a region, oldest first.

    Raises InputError for a region without catalogues.
    """
    file = bundled(_FOLDER, region, "editions.toml")
    if not file.is_file():
        held = "、".join(sorted(entry.name for entry in bundled(_FOLDER).iterdir() if entry.is_dir()))
        raise InputError([Problem(f"没有地区“{region}”的政府购买服务指导性目录，请改用已有的地区：{held}。")])
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["edition"]
    return tuple(Edition(**{**table, "replaces": tuple(table["replaces"])}) for table in tables)


def edition_in_force(year: int, region: str) -> Edition | None:
    """The latest edition issued before the fiscal year begins (1 January); None where none had been issued.

    Raises InputError for a region without catalogues.
    """
    issued = [edition for edition in editions(region) if int(edition.issued[:4]) < year]
    return issued[-1] if issued else None


@cache
def load_catalogue(edition_id: str, region: str) -> Catalogue:
    """The catalogue of an edition. Cached.

    Raises InputError for an unknown region or edition.
    """
    known = {edition.id: edition for edition in editions(region)}
    if edition_id not in known:
        message = f"没有“{edition_id}”版的政府购买服务指导性目录，请改用已有的版本：{'、'.join(known)}。"
        raise InputError([Problem(message)])
    rows = bundled_rows(_FOLDER, region, f"{edition_id}.csv")
    return Catalogue(known[edition_id], tuple(CatalogueEntry(**row) for row in rows))
