"""Performance forms as grids: the family's cell notation filled with a project or with the overall form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from mingzhang.amounts import print_yuan
from mingzhang.disclosure import Disclosure, Indicator, Project
from mingzhang.families.model import Family, Form
from mingzhang.publish.document import Cell, Grid, Kind

_INDICATORS = "@indicators"
_SLOT = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An indicator as the tree prints it."""

    level1: str
    level2: str
    level3: str
    value: str


_BLANK = _Leaf("", "", "", "")


def project_grid(project: Project, indicators: Sequence[Indicator], family: Family, texts: Mapping[str, str]) -> Grid:
    """A project's form: both horizons side by side; amounts in yuan."""
    form = family.forms.project
    slots = dict(texts) | dict(project.texts)
    slots |= {key: getattr(project, key) for key in ("name", "department_code", "department", "unit", "attribute")}
    slots |= {"period": project.period}
    slots |= {f"funds.{key}": _yuan(value) for key, value in project.funds.items()}
    leaves: dict[str, Sequence[_Leaf]] = {
        horizon: [_Leaf(one.level1, one.level2, one.level3, one.value) for one in indicators if one.horizon == horizon]
        for horizon in form.horizons
    }
    return _grid(f"form-{project.seq}", form, family, slots, leaves)


def overall_grid(disclosure: Disclosure, family: Family, texts: Mapping[str, str]) -> Grid:
    """The overall form of the department or unit; amounts in 万元."""
    form = family.forms.overall[disclosure.kind]
    slots: dict[str, str] = dict(texts)
    leaves: list[_Leaf] = []
    for entry in disclosure.overall:
        if "/" in entry.key:
            level1, level2, level3 = entry.key.split("/", 2)
            leaves.append(_Leaf(level1, level2, level3, entry.value))
        else:
            slots[entry.key] = entry.value
    return _grid("overall", form, family, slots, {"annual": leaves})


def _yuan(value: Decimal | None) -> str:
    return "" if value is None else print_yuan(value)


def _grid(
    grid_id: str, form: Form, family: Family, slots: Mapping[str, str], leaves: Mapping[str, Sequence[_Leaf]]
) -> Grid:
    tree = list(_tree(family, [leaves[horizon] for horizon in form.horizons]))
    body: list[tuple[Cell, ...]] = []
    for row in form.rows:
        if row == (_INDICATORS,):
            body.extend(tree)
        else:
            body.append(tuple(_cell(notation, slots, len(tree)) for notation in row))
    return Grid(
        grid_id,
        _fill(form.title, slots),
        (),
        tuple(body),
        form.widths,
        subtitle=_fill(form.subtitle, slots),
        form=True,
    )


def _cell(notation: str, slots: Mapping[str, str], tree: int) -> Cell:
    """Read `!label|columns|rows`, `>amount`, `text`; `@` rows stand for the header row and the whole tree."""
    text, columns, rows = (*notation.split("|"), "", "")[:3]
    kind: Kind = "label" if text.startswith("!") else "number" if text.startswith(">") else "text"
    height = tree + 1 if rows == "@" else int(rows or 1)
    return Cell(_fill(text.lstrip("!>"), slots), kind, int(columns or 1), height)


def _fill(text: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: slots.get(match[1], ""), text)


def _tree(family: Family, sides: list[Sequence[_Leaf]]) -> Iterator[tuple[Cell, ...]]:
    """The tree's rows: first level once, then for each side second level, name and value."""
    for branch in family.indicators:
        blocks = [_branch_rows(level2, sides) for level2 in branch.level2]
        height = sum(map(len, blocks))
        first = Cell(branch.level1, "label", rows=height)
        for block in blocks:
            for row in block:
                yield (first, *row) if first.text else row
                first = Cell()


def _branch_rows(level2: str, sides: list[Sequence[_Leaf]]) -> list[tuple[Cell, ...]]:
    columns = [[leaf for leaf in side if leaf.level2 == level2] for side in sides]
    height = max(1, *map(len, columns))
    rows: list[tuple[Cell, ...]] = []
    for number, leaves in enumerate(zip_longest(*(column or [_BLANK] for column in columns), fillvalue=_BLANK)):
        cells: list[Cell] = []
        for leaf in leaves:
            if number == 0:
                cells.append(Cell(level2, "label", rows=height))
            cells += [Cell(leaf.level3), Cell(leaf.value)]
        rows.append(tuple(cells))
    return rows
