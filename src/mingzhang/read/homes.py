"""Which unit a project belongs to, by its performance form: a first look, and a second when the forms are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mingzhang.disclosure import Project
from mingzhang.families import Family
from mingzhang.read.blocks import Block, Grid
from mingzhang.read.printed import fold, name_of
from mingzhang.read.tables import Homes

_NAME, _UNIT = "{name}", "{unit}"


def homes_of(blocks: Sequence[Block], family: Family, department: str) -> Homes:
    """The units that the forms name, and each project's: what stands behind the labels of the name and of the unit."""
    labels = {slot: _label(family, slot) for slot in (_NAME, _UNIT)}
    units, projects, project = {fold(department)}, dict[str, str](), ""
    for block in blocks:
        if not isinstance(block, Grid):
            continue
        for label, value in _pairs(block):
            if label == labels[_NAME]:
                project = fold(value)
            elif label == labels[_UNIT]:
                units.add(fold(value))
                projects.setdefault(project, value)
    return Homes(frozenset(units - {""}), projects, fold(department))


def homes_told(projects: Sequence[Project], homes: Homes) -> Homes:
    """The same by forms that have been read; a name that several units' forms bear tells nothing."""
    units: dict[str, set[str]] = {}
    for project in projects:
        if project.name and project.unit:
            units.setdefault(fold(project.name), set()).add(project.unit)
    told = {name: min(own) for name, own in units.items() if len(own) == 1}
    named = {fold(unit) for own in units.values() for unit in own}
    return Homes(homes.units | named, told, homes.department)


def _label(family: Family, slot: str) -> str:
    for row in family.forms.project.rows:
        for label, cell in pairwise(row):
            if cell.partition("|")[0] == slot:
                return fold(label.lstrip("!").partition("|")[0])
    return ""


def _pairs(grid: Grid) -> Iterator[tuple[str, str]]:
    for row in grid.rows:
        texts = [cell.text for cell in row if cell.text.strip()]
        for label, value in pairwise(texts):
            yield fold(label), name_of(value)
