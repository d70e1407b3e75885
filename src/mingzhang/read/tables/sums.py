"""A table as an error-correcting code: where its sums prove which cell was misread, and what it must have been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.disclosure import Fact
from mingzhang.read.tables.fitting import holds
from mingzhang.read.tables.layouts import Layout, SideLayout

_MOST_CHANGED = 2


class _Identity(Struct, frozen=True):
    """A cell that is the sum of others; cells are places in the list of facts, those that print nothing are left out."""

    total: int | None
    parts: tuple[int, ...]


def suggest(facts: Sequence[Fact], layout: Layout) -> list[Fact]:
    """The facts, with a suggested reading where two sums at least agree on another one and the digits are alike.

    The printed value stays as it is.
    """
    identities = [*_rows(facts, layout), *_columns(facts, layout)]
    values = [fact.value for fact in facts]
    sound: dict[int, int] = defaultdict(int)
    broken: dict[int, list[Decimal]] = defaultdict(list)
    for one in identities:
        cells = (one.total, *one.parts) if one.total is not None else one.parts
        total = values[one.total] if one.total is not None else ZERO
        parts = [values[part] for part in one.parts]
        if holds(total, parts):
            for cell in cells:
                sound[cell] += 1
            continue
        missing = total - sum(parts, ZERO)
        for cell in cells:
            broken[cell].append(values[cell] - missing if cell == one.total else values[cell] + missing)
    result = list(facts)
    for cell, implied in broken.items():
        if sound[cell] or len(implied) < 2 or len(set(implied)) > 1:
            continue
        held = facts[cell].provenance
        if held is not None and _misreading(values[cell], implied[0]):
            result[cell] = replace(facts[cell], provenance=replace(held, suggested=f"{implied[0]:f}"))
    return result


def _misreading(printed: Decimal, implied: Decimal) -> bool:
    """Whether a scanner could have made one number of the other: few digits differ, or the point was lost."""
    if implied <= 0:
        return False
    a, b = f"{abs(printed):.2f}", f"{implied:.2f}"
    if a.replace(".", "").strip("0") == b.replace(".", "").strip("0"):
        return True
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) <= _MOST_CHANGED


def _rows(facts: Sequence[Fact], layout: Layout) -> Iterator[_Identity]:
    rows: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for place, fact in enumerate(facts):
        rows[fact.side, fact.row][fact.column] = place
    for side in layout.sides:
        for column in side.spec.columns:
            if column.sum:
                for (key, _), cells in rows.items():
                    if key == side.spec.key:
                        parts = tuple(cells[part] for part in column.sum if part in cells)
                        if parts or column.key in cells:
                            yield _Identity(cells.get(column.key), parts)


def _columns(facts: Sequence[Fact], layout: Layout) -> Iterator[_Identity]:
    for side in layout.sides:
        own: dict[str, list[tuple[int, Fact]]] = defaultdict(list)
        for place, fact in enumerate(facts):
            if fact.side == side.spec.key:
                own[fact.column].append((place, fact))
        for cells in own.values():
            match side.spec.rows:
                case "function_tree" | "revenue_tree":
                    yield from _tree(cells, side)
                case "projects":
                    yield from _levels(cells)
                case "fixed" | "function_classes":
                    yield from _declared(cells, side)
                case _:
                    continue


def _tree(cells: list[tuple[int, Fact]], side: SideLayout) -> Iterator[_Identity]:
    """合计 is the sum of the classes, a class of its subclasses, a subclass of its items."""
    children: dict[str, list[int]] = defaultdict(list)
    own: dict[str, int] = {}
    for place, fact in cells:
        if fact.row_code:
            own.setdefault(fact.row_code, place)
            children[fact.row_code[:-2] if len(fact.row_code) > 3 else ""].append(place)
        elif fact.row_name == side.spec.total:
            own[""] = place
    for parent, parts in children.items():
        if parent in own:
            yield _Identity(own[parent], tuple(parts))


def _levels(cells: list[tuple[int, Fact]]) -> Iterator[_Identity]:
    department = [place for place, fact in cells if fact.level == "department"]
    units = {fact.row_name: place for place, fact in cells if fact.level == "unit"}
    projects: dict[str, list[int]] = defaultdict(list)
    for place, fact in cells:
        if fact.level == "project":
            projects[fact.unit].append(place)
    if department:
        parts = tuple(units.values()) or tuple(projects.get("", ()))
        if parts:
            yield _Identity(department[0], parts)
    for name, place in units.items():
        if projects.get(name):
            yield _Identity(place, tuple(projects[name]))


def _declared(cells: list[tuple[int, Fact]], side: SideLayout) -> Iterator[_Identity]:
    places = {fact.row_name: place for place, fact in cells}
    foot = {spec.printed for spec in side.spec.foot}
    for spec in (*side.spec.fixed, *side.spec.foot):
        if not spec.sum:
            continue
        names = [name for name in places if name not in foot] if spec.sum == ("*",) else list(spec.sum)
        parts = tuple(places[name] for name in names if name in places and name != spec.name)
        if parts and spec.name in places:
            yield _Identity(places[spec.name], parts)
