"""Texts that were copied: fields that say the same, texts that say nothing, forms that are alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from mingzhang.check.aims import Aim, bare
from mingzhang.check.findings import Place
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.telling import form_of, short, told_forms
from mingzhang.disclosure import Project

# Two texts are the same but for what a scanner or a hand changed: the shorter one nearly fills the longer, or nearly
# all pairs of neighbouring letters are common to both.
_FILLS = 0.85
_COMMON = 0.85
_CITATION = re.compile(r"《[^》]*》|[\u3400-\u9fff]{0,12}[〔【\[(（](?:19|20)\d\d年?[〕】\])）]第?\d+[号次]?|\d+号")


def _alike(first: str, second: str) -> bool:
    """Whether two texts (see `bare`) are the same."""
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _FILLS * len(longer) * 0.8:
        return False
    if shorter in longer and len(shorter) >= _FILLS * len(longer):
        return True
    one, other = _neighbours(first), _neighbours(second)
    return len(shorter) > 4 and 2 * (one & other).total() >= _COMMON * (one.total() + other.total())


@lru_cache(maxsize=4096)
def _neighbours(text: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(text))


def _forms(subject: Subject) -> Iterator[Project]:
    return (project for project in subject.disclosure.projects if project.legible != "no")


def _text(project: Project, field: str) -> str:
    return project.name if field == "name" else project.texts.get(field, "")


@lru_cache(maxsize=1)
def _plain(subject: Subject) -> dict[tuple[int, str], str]:
    """The bare texts of all forms, and their names, by ordinal and field."""
    return {
        (project.seq, field): bare(text)
        for project in _forms(subject)
        for field, text in (*project.texts.items(), ("name", project.name))
    }


def _told(subject: Subject, found: Sequence[tuple[Project, str]]) -> Iterator[Hit]:
    """Forms with the field that is told of them, together."""
    if found:
        first = {project.seq: (project, field) for project, field in reversed(found)}
        told = [f"{form_of(subject, seq)}：“{short(_text(*first[seq]))}”" for seq in sorted(first)]
        yield Hit(told_forms(told), tuple(subject.form(project, field) for project, field in found))


@registered
def fields_alike(subject: Subject, fields: list[str], least: int, model: str = "") -> Iterator[Hit]:
    """Forms in which `least` or more of these fields (columns of projects.csv) carry one text, that of `model` if given."""
    found, plain = [], _plain(subject)
    for project in _forms(subject):
        texts = {field: plain.get((project.seq, field), "") for field in fields}
        for text in [plain.get((project.seq, model), "")] if model else texts.values():
            same = [field for field, other in texts.items() if _alike(text, other)]
            if len(same) >= least:
                found += [(project, field) for field in same]
                break
    yield from _told(subject, found)


@registered
def only_cites(subject: Subject, fields: list[str], longest: int, like: str = "") -> Iterator[Hit]:
    """Fields that are nothing but the title or number of a document, with `longest` other letters at most.

    With `like`, only those that say the same as that field.
    """
    found = []
    for project in _forms(subject):
        for field in fields:
            text = _text(project, field)
            rest = _CITATION.sub("", text)
            same = not like or _alike(bare(text), bare(_text(project, like)))
            if text and rest != text and same and len(bare(rest)) <= longest:
                found.append((project, field))
    yield from _told(subject, found)


@registered
def cites_nothing(subject: Subject, field: str, sources: str) -> Iterator[Hit]:
    """Bases that name no document: no number, no title, none of the words for `sources` (a pattern)."""
    found = []
    for project in _forms(subject):
        text = _text(project, field)
        if bare(text) and not _CITATION.search(text) and not re.search(sources, text):
            found.append((project, field))
    yield from _told(subject, found)


@registered
def only_phrases(subject: Subject, fields: list[str], phrases: str, longest: int) -> Iterator[Hit]:
    """Fields of which set `phrases` (a pattern) leave `longest` letters at most, or that are no longer than that."""
    found, plain = [], _plain(subject)
    for project in _forms(subject):
        for field in fields:
            text = plain.get((project.seq, field), "")
            if text and len(re.sub(phrases, "", text)) <= longest:
                found.append((project, field))
    yield from _told(subject, found)


@registered
def phrases_left(subject: Subject, fields: list[str], phrases: str) -> Iterator[Hit]:
    """Fields in which one of `phrases` (a pattern) stands."""
    found = [
        (project, field) for project in _forms(subject) for field in fields if re.search(phrases, _text(project, field))
    ]
    yield from _told(subject, found)


@registered
def copied_texts(subject: Subject, fields: list[str], least: int) -> Iterator[Hit]:
    """Texts of `least` letters or more that forms of different projects share word for word."""
    plain = _plain(subject)
    places: dict[str, list[tuple[Project, str]]] = defaultdict(list)
    for project in _forms(subject):
        seen = set()
        for field in fields:
            text = plain.get((project.seq, field), "")
            if len(text) >= least and text not in seen:
                seen.add(text)
                places[text].append((project, field))
    for shared in places.values():
        if len({bare(project.name) for project, _ in shared}) > 1:
            told = "、".join(form_of(subject, project.seq) for project, _ in shared)
            passage = short(_text(*shared[0]))
            yield Hit(f"{told}都写“{passage}”", tuple(subject.form(project, field) for project, field in shared))


@registered
def claimed_twice(
    subject: Subject, level2: list[str], shortest: int, least: int, common: str, not_unit: str
) -> Iterator[Hit]:
    """One quantity of `least` or more that the forms of two projects both claim, under a name of some length that is not
    a `common` one (a pattern, as is `not_unit`)."""
    claims: dict[tuple[str, str], list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        named = aim.seq and aim.level2 in level2 and len(aim.plain) >= shortest and not re.search(common, aim.plain)
        if not named or aim.value is None or aim.value.number is None or aim.value.number < least:
            continue
        if aim.value.unit and not re.search(not_unit, aim.value.unit):
            claims[aim.plain, aim.text].append(aim)
    for aims in claims.values():
        first = {subject.project_name(aim.seq): aim for aim in reversed(aims)}
        if len(first) > 1:
            told = "、".join(form_of(subject, aim.seq) for aim in first.values())
            yield Hit(f"{told}都有“{aims[0].name}”{aims[0].text}", tuple(subject.aim(aim) for aim in aims))


@registered
def same_rate_twice(subject: Subject, level2: list[str], shortest: int, common: str) -> Iterator[Hit]:
    """One rate that the forms of two projects both claim with one value: its name is the other's, shortened.

    Equal names are none: they tend to be general.
    """
    rates = [aim for aim in _first_of_forms(subject, level2) if len(aim.plain) >= shortest and aim.plain.endswith("率")]
    rates = [aim for aim in rates if not re.search(common, aim.plain)]
    by_value: dict[str, list[Aim]] = defaultdict(list)
    for aim in rates:
        by_value[aim.text].append(aim)
    for aims in by_value.values():
        for number, one in enumerate(aims):
            for other in aims[number + 1 :]:
                if one.seq != other.seq and one.plain != other.plain and _shortened(one.plain, other.plain, shortest):
                    told = f"{form_of(subject, one.seq)}的“{one.name}”与{form_of(subject, other.seq)}的“{other.name}”都是{one.text}"
                    yield Hit(told, (subject.aim(one), subject.aim(other)))


def _first_of_forms(subject: Subject, level2: list[str]) -> Iterable[Aim]:
    first: dict[tuple[int, str], Aim] = {}
    for aim in subject.aims:
        if aim.seq and aim.level2 in level2 and aim.value and aim.value.number is not None:
            first.setdefault((aim.seq, aim.plain), aim)
    return first.values()


def _shortened(one: str, other: str, kept: int) -> bool:
    """Whether one name is the other with letters left out in the middle, the first two and the last `kept` − 2 kept."""
    shorter, longer = sorted((one, other), key=len)
    if shorter[:2] != longer[:2] or shorter[2 - kept :] != longer[2 - kept :]:
        return False
    letters = iter(longer)
    return all(letter in letters for letter in shorter)


@registered
def same_sets(subject: Subject, not_level2: list[str], least: int, smallest: int) -> Iterator[Hit]:
    """`least` or more forms of different projects with the same indicators and values, `smallest` or more, money apart."""
    sets: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    for aim in subject.aims:
        if aim.seq and aim.level2 not in not_level2:
            sets[aim.seq].add((aim.level2, aim.plain, aim.text))
    groups: dict[frozenset[tuple[str, str, str]], list[int]] = defaultdict(list)
    for seq, aims in sets.items():
        if len(aims) >= smallest:
            groups[frozenset(aims)].append(seq)
    for seqs in groups.values():
        if len({subject.project_name(seq) for seq in seqs}) >= least:
            told = told_forms([form_of(subject, seq) for seq in seqs])
            yield Hit(told, tuple(subject.form(subject.projects[seq]) for seq in seqs))


@registered
def empty_names(subject: Subject, names: str) -> Iterator[Hit]:
    """Projects, of forms and of tables, whose whole name (a pattern) does not say what the money is for."""
    forms = [project for project in subject.disclosure.projects if re.fullmatch(names, bare(project.name))]
    told = [f"第{project.seq}份“{project.name}”" for project in forms]
    places: list[Place] = [subject.form(project, "name", project.name) for project in forms]
    known = {bare(project.name) for project in forms}
    for row in subject.rows:
        name = row.head.row_name
        if row.head.level == "project" and bare(name) not in known and re.fullmatch(names, bare(name)):
            places.append(subject.fact(row.head))
            told.append(f"{subject.labels.form(row.head.table)}的“{name}”")
    if places:
        yield Hit("、".join(told[:4]), tuple(places))
