"""Whether indicators can be judged: direction, number, unit, placeholder names.

What makes a target poor is data: a rule describes it in the fields of `Poor`, and all targets like that are one finding.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from mingzhang.check.aims import Aim, bare
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.telling import form_of, told_forms, told_together


class Poor(Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule looks for in targets; what is left blank does not matter.

    `level1`, `level2` and `names` (whole, without punctuation) are lists of which one must be met. `name`, `value`, `words` (before
    the number) and `unit` are patterns to be found, those in `not_…` must not be. `sign` lists comparison signs, blank
    for none. `number` says whether the value holds a number, which lies from `least` to `most`.
    """

    level1: tuple[str, ...] = ()
    level2: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    name: str = ""
    not_name: str = ""
    value: str = ""
    not_value: str = ""
    words: str = ""
    unit: str = ""
    not_unit: str = ""
    sign: tuple[str, ...] = ()
    number: bool | None = None
    least: Decimal | None = None
    most: Decimal | None = None


class _Sought(Struct, frozen=True):
    """What a rule looks for, with its patterns compiled: found in each text of `found`, and in none of `missed`."""

    poor: Poor
    names: frozenset[str]
    found: tuple[tuple[str, re.Pattern[str]], ...]
    missed: tuple[tuple[str, re.Pattern[str]], ...]


@registered
def poor_targets(subject: Subject, **given: Any) -> Iterator[Hit]:
    """Targets of which all holds that `given` (see Poor) says."""
    sought = _sought(msgspec.json.encode(given))
    yield from told_together(subject, [aim for aim in _placed(subject, sought) if _said(aim, sought)])


def _placed(subject: Subject, sought: _Sought) -> Iterator[Aim]:
    """The indicators at the levels that are looked for, in order."""
    poor, placed = sought.poor, _by_level(subject)
    for level1, level2 in placed:
        if (not poor.level1 or level1 in poor.level1) and (not poor.level2 or level2 in poor.level2):
            yield from placed[level1, level2]


@lru_cache(maxsize=1)
def _by_level(subject: Subject) -> dict[tuple[str, str], list[Aim]]:
    placed: dict[tuple[str, str], list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        if aim.value is not None:
            placed[aim.level1, aim.level2].append(aim)
    return placed


@lru_cache(maxsize=256)
def _sought(given: bytes) -> _Sought:
    poor = msgspec.json.decode(given, type=Poor, strict=False)
    found = {"name": poor.name, "value": poor.value, "words": poor.words, "unit": poor.unit}
    missed = {"name": poor.not_name, "value": poor.not_value, "unit": poor.not_unit}
    return _Sought(poor, frozenset(poor.names), _compiled(found), _compiled(missed))


def _compiled(patterns: dict[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((what, re.compile(pattern)) for what, pattern in patterns.items() if pattern)


def _said(aim: Aim, sought: _Sought) -> bool:
    """Whether an indicator's name and value are such as are looked for."""
    value, poor = aim.value, sought.poor
    if value is None or value.is_date or (sought.names and aim.plain not in sought.names):
        return False
    if (poor.number is not None and poor.number != (value.number is not None)) or not _within(value.number, poor):
        return False
    if poor.sign and value.sign not in poor.sign:
        return False
    texts = {"name": aim.plain, "value": aim.text, "words": value.words, "unit": value.unit}
    if not all(pattern.search(texts[what]) for what, pattern in sought.found):
        return False
    return not any(pattern.search(texts[what]) for what, pattern in sought.missed)


def _within(number: Decimal | None, poor: Poor) -> bool:
    if number is None:
        return poor.least is None and poor.most is None
    return (poor.least is None or number >= poor.least) and (poor.most is None or number <= poor.most)


@registered
def amount_as_quantity(subject: Subject, level2: list[str], names: list[str]) -> Iterator[Hit]:
    """A quantity that is the project's own money: the form's funds, or an amount under one of `names`."""
    found = []
    for aim in subject.aims:
        yuan = aim.value.yuan if aim.value and aim.level2 in level2 else None
        project = subject.projects.get(aim.seq)
        if (
            yuan
            and project
            and (aim.plain in names or yuan in (project.funds.get("total"), project.funds.get("annual")))
        ):
            found.append(aim)
    yield from told_together(subject, found)


@registered
def odd_sign(subject: Subject, level2: list[str], usual: str, odd: str, least: int) -> Iterator[Hit]:
    """The one target with the sign `odd` where at least `least` others of its level have the `usual` one."""
    aims = [aim for aim in subject.aims if aim.level2 in level2 and aim.value]
    others = {aim.seq for aim in aims if aim.value and aim.value.sign == usual}
    strange = [aim for aim in aims if aim.value and aim.value.sign == odd]
    if len(others) >= least and len({aim.seq for aim in strange}) == 1:
        yield from told_together(subject, strange, f"，其他目标表都用“{usual}”")


@registered
def value_repeats(
    subject: Subject, level1: list[str], level2: list[str], verbs: str, levels: dict[str, list[str]]
) -> Iterator[Hit]:
    """Values that only repeat the indicator's name or level, or say nothing but a verb (a pattern for the whole value).

    `levels` are the words that a level's value should not be.
    """
    verb = re.compile(verbs)
    found = []
    for aim in subject.aims:
        if aim.value is None or aim.value.number is not None or not (aim.level1 in level1 or aim.level2 in level2):
            continue
        value = bare(aim.text)
        if value and (verb.fullmatch(value) or value == aim.plain or value in levels.get(aim.level2, ())):
            found.append(aim)
    yield from told_together(subject, found)


@registered
def value_is_text(subject: Subject, fields: list[str], least: int) -> Iterator[Hit]:
    """Values that are the project's name or the beginning of it, or one of its texts (columns of projects.csv)."""
    found = []
    for aim in subject.aims:
        project = subject.projects.get(aim.seq)
        if project is None or aim.value is None or aim.value.number is not None:
            continue
        value = bare(aim.text)
        texts = (bare(project.texts.get(field, "")) for field in fields)
        if len(value) >= least and (value in bare(project.name) or _is_one(value, texts)):
            found.append(aim)
    yield from told_together(subject, found)


def _is_one(value: str, texts: Iterable[str]) -> bool:
    """Whether a value is one of the texts, but for a letter or two that a scanner put before or behind."""
    return any(text and value[:-1] in text and len(text) <= len(value) + 2 for text in texts)


@registered
def beyond_year(subject: Subject, horizon: str) -> Iterator[Hit]:
    """Targets of the year that are only reached in a later one."""
    late = (aim for aim in subject.aims if aim.horizon == horizon and aim.value and aim.value.is_date and subject.year)
    yield from told_together(subject, [aim for aim in late if aim.value and aim.value.year > subject.year])


@registered
def all_the_same(subject: Subject, value: str, level2: list[str], least: int, horizon: str) -> Iterator[Hit]:
    """Forms whose indicators at these levels, `least` or more, all have one and the same value (a pattern)."""
    by_form: dict[int, list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        if aim.horizon == horizon and aim.level2 in level2 and aim.text:
            by_form[aim.seq].append(aim)
    same = [
        aims for aims in by_form.values() if len(aims) >= least and all(re.fullmatch(value, aim.text) for aim in aims)
    ]
    if same:
        told = told_forms([f"{form_of(subject, aims[0].seq)}（{len(aims)}项）" for aims in same])
        yield Hit(told, tuple(subject.aim(aim) for aims in same for aim in aims))


@registered
def copied_target(subject: Subject, level1: list[str], least: int, share: float, common: str) -> Iterator[Hit]:
    """One target, a percentage or words, in the forms of `least` or more of a unit's projects, at least a `share` of them.

    One whose name is a `common` one (a pattern) is another matter, and so is one number of things, which may be a chance.
    """
    units = Counter(project.unit for project in subject.disclosure.projects)
    copies: dict[tuple[str, str, str, str], list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        project, value = subject.projects.get(aim.seq), aim.value
        if project and value and aim.level1 in level1 and (value.number is None or value.percent is not None):
            copies[project.unit, aim.level2, aim.plain, aim.text].append(aim)
    for (unit, level2, plain, text), aims in copies.items():
        names = {subject.project_name(aim.seq) for aim in aims}
        if plain and len(names) >= max(least, share * units[unit]) and not re.search(common, plain):
            told = told_forms([form_of(subject, seq) for seq in dict.fromkeys(aim.seq for aim in aims)])
            yield Hit(f"{level2}“{aims[0].name}”为“{text}”，{told}", tuple(subject.aim(aim) for aim in aims))
