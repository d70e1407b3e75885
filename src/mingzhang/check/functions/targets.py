"""Which indicators a form must have, and whether its two horizons say the same."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from mingzhang.check.aims import Aim, bare
from mingzhang.check.findings import Place
from mingzhang.check.notation import FORM
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.telling import form_of, told_forms, told_together
from mingzhang.check.values import Value
from mingzhang.disclosure import HORIZON_LABELS, Project

_TOTAL, _ANNUAL = "total", "annual"
_UP, _DOWN = ("≥", ">"), ("≤", "<")


class _Tree(Struct, frozen=True):
    """A form that can be read whole, with its indicators."""

    project: Project
    aims: list[Aim]

    def levels(self, horizon: str = "") -> set[str]:
        """The second levels that have an indicator in a horizon, or in either."""
        return {aim.level2 for aim in self.aims if not horizon or aim.horizon == horizon}

    def names(self, horizon: str) -> set[str]:
        """The names of a horizon's indicators."""
        return {aim.plain for aim in self.aims if aim.horizon == horizon and aim.plain}


@lru_cache(maxsize=1)
def _trees(subject: Subject) -> tuple[_Tree, ...]:
    """Forms of which every indicator's place in the tree is known: what is missing in another may only be unread."""
    by_form: dict[int, list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        by_form[aim.seq].append(aim)
    return tuple(
        _Tree(project, by_form[project.seq])
        for project in subject.disclosure.projects
        if project.legible == "yes" and by_form[project.seq] and all(aim.level2 for aim in by_form[project.seq])
    )


def _gap(subject: Subject, tree: _Tree, level2: str, horizon: str = "") -> Place:
    """The place of an indicator that is not there: it can only be told by the row before it."""
    before = subject.form(tree.project)
    order = [level for branch in subject.family.indicators for level in branch.level2]
    earlier = order[: order.index(level2)] if level2 in order else []
    rows = [aim for aim in tree.aims if aim.level2 in earlier]
    nearest = max(rows, key=lambda aim: earlier.index(aim.level2), default=None)
    column = HORIZON_LABELS.get(horizon, "")
    place = Place(form=FORM, label=before.label, row=level2, column=column, seq=tree.project.seq)
    return place.at(nearest.source.provenance if nearest else tree.project.provenance)


@registered
def level_missing(subject: Subject, level2: str, beside: list[str], only: str = "") -> Iterator[Hit]:
    """Forms without an indicator at a level, though there are some at all levels `beside` it.

    With `only`, forms that lack it in that horizon alone.
    """
    other = _ANNUAL if only == _TOTAL else _TOTAL
    found = []
    for tree in _trees(subject):
        lacking = level2 not in tree.levels(only) and (not only or level2 in tree.levels(other))
        if lacking and set(beside) <= tree.levels(only):
            found.append(tree)
    if found:
        places = [
            place
            for tree in found
            for place in (subject.form(tree.project, only or _ANNUAL), _gap(subject, tree, level2, only))
        ]
        found.sort(key=lambda tree: -(tree.project.funds.get(only or _ANNUAL) or 0))
        yield Hit(told_forms([_with_funds(subject, tree.project, only or _ANNUAL) for tree in found]), tuple(places))


def _with_funds(subject: Subject, project: Project, horizon: str) -> str:
    funds = project.funds.get(horizon)
    return form_of(subject, project.seq) + (f"（{funds:,f}元）" if funds is not None else "")


@registered
def branch_missing(subject: Subject, level1: list[str]) -> Iterator[Hit]:
    """Forms whose indicators leave out a whole first level."""
    found = []
    for tree in _trees(subject):
        lacking = [level for level in level1 if level not in {aim.level1 for aim in tree.aims}]
        if lacking:
            found.append((tree.project, f"{form_of(subject, tree.project.seq)}没有{'、'.join(lacking)}"))
    if found:
        yield Hit(told_forms([told for _, told in found]), tuple(subject.form(project) for project, _ in found))


@registered
def no_indicators(subject: Subject) -> Iterator[Hit]:
    """Forms without any indicator, though others in the document have theirs."""
    with_aims = {aim.seq for aim in subject.aims}
    bare_forms = [one for one in subject.disclosure.projects if one.legible == "yes" and one.seq not in with_aims]
    if bare_forms and with_aims - {0}:
        told = told_forms([_with_funds(subject, project, _ANNUAL) for project in bare_forms])
        yield Hit(told, tuple(subject.form(project) for project in bare_forms))


@registered
def too_many(subject: Subject, most: int) -> Iterator[Hit]:
    """Forms with more than `most` indicators in a horizon."""
    found = []
    for tree in _trees(subject):
        count = Counter(aim.horizon for aim in tree.aims).most_common(1)[0][1]
        if count > most:
            found.append((tree.project, f"{form_of(subject, tree.project.seq)}{count}项"))
    if found:
        yield Hit(told_forms([told for _, told in found]), tuple(subject.form(project) for project, _ in found))


@registered
def unlike_the_others(subject: Subject, level2: list[str], share: float, least: int) -> Iterator[Hit]:
    """Forms that leave a level blank that at least a `share` of the document's forms, `least` or more, fill in."""
    trees = _trees(subject)
    counts = Counter(level for tree in trees for level in tree.levels() if level in level2)
    usual = [level for level in level2 if counts[level] >= max(least, share * len(trees))]
    gaps = [(tree, [level for level in usual if level not in tree.levels()]) for tree in trees]
    gaps = [(tree, lacking) for tree, lacking in gaps if lacking and tree.levels() & set(level2)]
    if gaps:
        told = told_forms([f"{form_of(subject, tree.project.seq)}没有{'、'.join(lacking)}" for tree, lacking in gaps])
        note = "、".join(f"{level}有{counts[level]}份填列" for level in usual)
        yield Hit(f"{told}（{note}）", tuple(_gap(subject, tree, level) for tree, lacking in gaps for level in lacking))


def _one_year(subject: Subject, period: str) -> list[_Tree]:
    return [tree for tree in _trees(subject) if re.search(period, tree.project.period)]


@registered
def horizons_differ(subject: Subject, period: str) -> Iterator[Hit]:
    """Forms of projects of one `period` (a pattern) in which a level is filled in for one horizon only."""
    found = []
    for tree in _one_year(subject, period):
        total, annual = tree.levels(_TOTAL), tree.levels(_ANNUAL)
        if total and annual and total != annual:
            found.append((tree, sorted(total ^ annual)))
    if found:
        told = told_forms([f"{form_of(subject, tree.project.seq)}的{'、'.join(levels)}" for tree, levels in found])
        places = [subject.aim(aim) for tree, levels in found for aim in tree.aims if aim.level2 in levels]
        yield Hit(told, tuple(places))


@registered
def names_differ(subject: Subject, period: str, shared: int, most: int) -> Iterator[Hit]:
    """Indicators of projects of one `period` that stand in one horizon only, where `shared` others or more stand in both.

    A name that the other horizon has in other words, and more than `most` of them in a form, are another matter.
    """
    found = []
    for tree in _one_year(subject, period):
        total, annual = tree.names(_TOTAL), tree.names(_ANNUAL)
        lonely = [aim for aim in tree.aims if aim.plain in total ^ annual and _one_more(tree, aim)]
        if len(total & annual) >= shared and len(lonely) <= most:
            found += lonely
    yield from told_together(subject, found)


def _one_more(tree: _Tree, aim: Aim) -> bool:
    """Whether an indicator's level has more indicators in its horizon than in the other, where it has some."""
    counts = Counter(one.horizon for one in tree.aims if one.level2 == aim.level2)
    return len(counts) > 1 and counts[aim.horizon] == max(counts.values()) > min(counts.values())


class _Pair(Struct, frozen=True):
    """The targets of both horizons for one indicator, with their numbers."""

    total: Aim
    annual: Aim
    first: Value
    second: Value
    before: Decimal
    after: Decimal

    @property
    def opposed(self) -> bool:
        """Whether both cannot hold: at most against at least, or a plain number beyond the cap."""
        if self.first.unit != self.second.unit:
            return False
        return _excludes(self.first, self.before, self.second, self.after) or _excludes(
            self.second, self.after, self.first, self.before
        )


def _excludes(one: Value, cap: Decimal, other: Value, number: Decimal) -> bool:
    fixed = not other.sign and not other.words
    return one.sign in _DOWN and (other.sign in _UP or (fixed and number > cap))


@registered
def targets_contradict(subject: Subject, period: str, not_level2: list[str], units: str) -> Iterator[Hit]:
    """Targets of one indicator that cannot both hold in a project of one `period`: at most against at least, a number
    beyond the cap, or another unit where one is of `units` (a pattern)."""
    found = []
    for pair in _pairs(subject, period, not_level2):
        both = [value.unit for value in (pair.first, pair.second)]
        other_unit = all(both) and both[0] != both[1] and any(re.fullmatch(units, unit) for unit in both)
        if pair.opposed or other_unit:
            found.append(pair)
    yield from _told_pairs(subject, found)


@registered
def horizons_fall(subject: Subject, period: str, not_level2: list[str]) -> Iterator[Hit]:
    """Targets of the year that are lower than those of the whole period in a project of one `period`."""
    found = []
    for pair in _pairs(subject, period, not_level2):
        first, second = pair.first, pair.second
        same = (first.unit, first.sign, first.words) == (second.unit, second.sign, second.words)
        if same and pair.after < pair.before and first.sign not in _DOWN:
            found.append(pair)
    yield from _told_pairs(subject, found)


def _pairs(subject: Subject, period: str, not_level2: list[str]) -> Iterator[_Pair]:
    """The targets of both horizons for one and the same indicator, where it stands once in each and both are numbers."""
    for tree in _one_year(subject, period):
        named: dict[tuple[str, str], list[Aim]] = defaultdict(list)
        for aim in tree.aims:
            if aim.level2 not in not_level2:
                named[aim.level2, aim.plain].append(aim)
        for aims in named.values():
            if [aim.horizon for aim in aims] == [_TOTAL, _ANNUAL]:
                first, second = aims[0].value, aims[1].value
                if first and second and first.number is not None and second.number is not None:
                    yield _Pair(aims[0], aims[1], first, second, first.number, second.number)


def _told_pairs(subject: Subject, pairs: Sequence[_Pair]) -> Iterator[Hit]:
    if not pairs:
        return
    first = {pair.total.seq: pair for pair in reversed(pairs)}
    told = [
        f"{form_of(subject, seq)}的{pair.total.name}实施期“{pair.total.text}”、年度“{pair.annual.text}”"
        for seq, pair in sorted(first.items())
    ]
    yield Hit(told_forms(told), tuple(subject.aim(aim) for pair in pairs for aim in (pair.total, pair.annual)))


@registered
def no_such_effect(subject: Subject, level2: str, words: str) -> Iterator[Hit]:
    """Percentages as targets of an effect of which nothing in the form speaks (`words`, a pattern)."""
    found = []
    for tree in _trees(subject):
        aims = [aim for aim in tree.aims if aim.level2 == level2 and aim.value and aim.value.percent is not None]
        names = (aim.plain for aim in tree.aims if aim.level2 != level2 or aim.plain != bare(level2))
        texts = [tree.project.name, *tree.project.texts.values(), *names]
        if aims and not any(re.search(words, text) for text in texts):
            found += aims
    yield from told_together(subject, found)
