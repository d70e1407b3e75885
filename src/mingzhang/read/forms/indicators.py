"""Which second level every indicator of a table stands under.

A label is printed once for its block; the lines below it follow. Labels may be lost, printed one line off, or stand on
one side only: the two sides of a form hold the same set in another order, and the family's tree prints every label, so
that what is missing or misplaced shows. An indicator whose label is lost stays without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mingzhang.disclosure import Horizon
from mingzhang.families.model import IndicatorBranch
from mingzhang.read.forms.indicator_rows import Half, Sides
from mingzhang.read.forms.labels import alike, simple
from mingzhang.read.forms.lines import Line
from mingzhang.read.printed import close_up, fold

_NEIGHBOUR = "按另一侧的同名指标归类"
_LOST = "二级指标名称缺失"


class Entry(Struct):
    """An indicator as read: its side, line and texts, and the second level that it stands under ("" lost)."""

    horizon: Horizon
    line: Line
    at: int
    half: Half
    level2: str
    name: str
    value: str
    level1: str = ""
    repair: str = ""
    suggested: str = ""
    confidence: float = 1.0


class Tree:
    """The family's tree of indicators, and the words that tell a second level."""

    def __init__(self, branches: Sequence[IndicatorBranch], hints: Mapping[str, Sequence[str]]) -> None:
        self.order = [level2 for branch in branches for level2 in branch.level2]
        self.place = {level2: at for at, level2 in enumerate(self.order)}
        self.level1 = {level2: branch.level1 for branch in branches for level2 in branch.level2}
        self.hints = hints

    def between(self, first: str, second: str | None) -> list[str]:
        """The second levels between two that are printed one after the other."""
        start = self.place.get(first, len(self.order)) + 1
        return self.order[start : self.place.get(second, len(self.order)) if second else len(self.order)]


def entries(sides: Sequence[Sides], tree: Tree, horizons: Sequence[Horizon], usual: frozenset[str]) -> list[Entry]:
    """All indicators of a table with their second level. `usual` are the labels that the document always prints."""
    found: dict[Horizon, list[Entry]] = {}
    printed = [{half.label for half in column if half.label} for column in _columns(sides, len(horizons))]
    for number, horizon in enumerate(horizons):
        own = list(_columns(sides, len(horizons))[number])
        other = list(_columns(sides, len(horizons))[1 - number]) if len(horizons) > 1 else []
        found[horizon] = _follow(own, other, printed[number], sides, horizon, tree)
    known = set().union(*printed)
    for own_entries in found.values():
        _drop_lost(own_entries, tree, known, usual)
    if len(horizons) > 1:
        first, second = (found[horizon] for horizon in horizons)
        moves = [*_moves(first, second), *_moves(second, first)]
        for entry, level2 in moves:
            entry.level2, entry.repair, entry.confidence = level2, _NEIGHBOUR, 0.8
            entry.level1 = tree.level1.get(level2, entry.level1)
    return [entry for horizon in horizons for entry in found[horizon]]


def _columns(sides: Sequence[Sides], count: int) -> list[list[Half]]:
    return [[one.left for one in sides], [one.right for one in sides]][:count]


def _follow(
    own: Sequence[Half], other: Sequence[Half], printed: set[str], sides: Sequence[Sides], horizon: Horizon, tree: Tree
) -> list[Entry]:
    """Give each indicator the label above it; a label whose own line is empty has no indicators."""
    found: list[Entry] = []
    declared = _behind([half.label if half.label in tree.place else "" for half in own])
    labels = _behind([half.label or _others(other, at, printed) for at, half in enumerate(own)])
    current, waiting = "", True
    for at, half in enumerate(own):
        label = half.label
        if not label and half.printed:
            label = (other[at].label if other else "") or _misread(half, declared[at], tree, current)
        elif not label:
            label = _others(other, at, printed)
        doubled = half.label and not half.value and tree.place.get(half.label) is not None and _same(half)
        blank = half.blank or bool(doubled)
        if label:
            current, waiting = label, blank and not sides[at].pending and bool(half.label)
        if blank:
            continue
        level2 = current
        if waiting and not label:
            level2 = _next_label(labels[at], tree, current)
        found.append(
            Entry(
                horizon,
                sides[at].line,
                at,
                half,
                level2,
                close_up(half.name),
                close_up(half.value),
                tree.level1.get(level2 or current, ""),
            )
        )
    return found


def _behind(labels: Sequence[str]) -> list[str]:
    """For each place the first label behind it, blank if there is none."""
    found = [""]
    for label in reversed(labels[1:]):
        found.append(label or found[-1])
    return found[::-1]


def _others(other: Sequence[Half], at: int, printed: set[str]) -> str:
    """The label that only the other side prints in the line."""
    return other[at].label if other and other[at].label not in printed else ""


def _misread(half: Half, following: str, tree: Tree, current: str) -> str:
    """The label that a misread one is: of those that may stand before the following one it is most like."""
    options = tree.between(current, following) if current else tree.order[: tree.place.get(following)]
    text = simple(half.printed)
    return max(options, key=lambda label: alike(text, simple(label)), default="")


def _same(half: Half) -> bool:
    return fold(half.name).removesuffix("指标") == fold(half.label).removesuffix("指标")


def _next_label(label: str, tree: Tree, current: str) -> str:
    """The next label that is printed, for lines above it that belong to no other; blank if it is lost or none."""
    if not label:
        return ""
    missing = tree.between(current, label) if current else tree.order[: tree.place.get(label, 0)]
    return label if not missing else ""


def _drop_lost(found: Sequence[Entry], tree: Tree, known: set[str], usual: frozenset[str]) -> None:
    """Where a label that is always printed is missing, the lines that may stand under it lose theirs."""
    blocks: list[list[Entry]] = []
    for entry in found:
        if not blocks or blocks[-1][-1].level2 != entry.level2:
            blocks.append([])
        blocks[-1].append(entry)
    for block in blocks:
        label = block[0].level2
        if label not in tree.place:
            continue
        following = next((one for one in tree.order[tree.place[label] + 1 :] if one in known), None)
        lost = [level2 for level2 in tree.between(label, following) if level2 in usual]
        if not lost:
            continue
        start = 1
        if all(level2 in tree.hints for level2 in lost):
            words = [word for level2 in lost for word in tree.hints[level2]]
            start = next(
                (at for at, one in enumerate(block) if at and any(word in one.name for word in words)), len(block)
            )
        for entry in block[start:]:
            entry.level2, entry.repair, entry.confidence = "", _LOST, 0.6


def _moves(found: Sequence[Entry], other: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Indicators at the edge of their block that the other side has well inside the neighbouring block."""
    inside = {entry.name: entry.level2 for at, entry in enumerate(other) if not _edges(other, at)}
    moves = []
    for at, entry in enumerate(found):
        level2 = inside.get(entry.name)
        if level2 and entry.level2 and level2 != entry.level2 and level2 in _edges(found, at):
            moves.append((entry, level2))
    return moves


def _edges(found: Sequence[Entry], at: int) -> list[str]:
    """The second levels of the neighbouring blocks that an indicator borders on; none if it is well inside its own."""
    level2 = found[at].level2
    neighbours = [found[place].level2 for place in (at - 1, at + 1) if 0 <= place < len(found)]
    return [neighbour for neighbour in neighbours if neighbour != level2]
