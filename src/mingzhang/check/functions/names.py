"""What indicators are called: the project's own name, a name cut off, a name of another level, one name twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from mingzhang.check.aims import Aim, bare
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.telling import told_together


@registered
def project_as_name(subject: Subject, level2: list[str], least: int) -> Iterator[Hit]:
    """Indicators that are called like their project; at these levels the first `least` letters or more are enough."""
    found = []
    for aim in subject.aims:
        project = bare(subject.project_name(aim.seq))
        begun = aim.level2 in level2 and len(aim.plain) >= least and project.startswith(aim.plain)
        if project and (begun or (aim.plain == project and len(project) >= least)):
            found.append(aim)
    yield from told_together(subject, found)


@registered
def cut_names(subject: Subject, level2: list[str], least: int, shortest: int) -> Iterator[Hit]:
    """Names that are cut off: the beginning, of `shortest` letters or more, of the name that the other horizon has at this
    level, or at the levels `level2` of the project's own, of `least` letters or more."""
    names: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for aim in subject.aims:
        names[aim.seq, aim.level2, aim.horizon].add(aim.plain)
    found = []
    for aim in subject.aims:
        other = names[aim.seq, aim.level2, "annual" if aim.horizon == "total" else "total"]
        whole = set() if aim.plain == bare(aim.level2) else other - names[aim.seq, aim.level2, aim.horizon]
        project = bare(subject.project_name(aim.seq)) if aim.level2 in level2 else ""
        begins = aim.plain not in other and any(one.startswith(aim.plain) for one in whole)
        begins_project = len(aim.plain) >= least and project.startswith(aim.plain) and project != aim.plain
        if len(aim.plain) >= shortest and (begins or begins_project):
            found.append(aim)
    yield from told_together(subject, found)


@registered
def names_of_another_level(subject: Subject, belongs: dict[str, list[str]]) -> Iterator[Hit]:
    """Names with a word (a pattern) that belongs to other levels than the one they stand at."""
    patterns = [(re.compile(word), levels) for word, levels in belongs.items()]
    found = [
        aim
        for aim in subject.aims
        if aim.level2 and any(word.search(aim.plain) and aim.level2 not in levels for word, levels in patterns)
    ]
    yield from told_together(subject, found)


@registered
def named_twice(subject: Subject, alike: bool) -> Iterator[Hit]:
    """Indicators that stand twice in a form and horizon, with the same value (`alike`) or with different ones."""
    named: dict[tuple[int, str, str, str], list[Aim]] = defaultdict(list)
    for aim in subject.aims:
        if aim.plain and aim.plain != bare(aim.level2) and aim.text:
            named[aim.seq, aim.horizon, aim.level2, aim.plain].append(aim)
    twice = [aims for aims in named.values() if len(aims) > 1 and (len({aim.text for aim in aims}) == 1) == alike]
    for aims in twice:
        project = subject.projects.get(aims[0].seq)
        doubtful = project is not None and project.legible != "yes"
        for hit in told_together(subject, aims):
            told = hit.told if alike else f"{hit.told}，又为“{aims[-1].text}”"
            yield Hit(told, hit.places, suspected_misreading=doubtful)


@registered
def unnamed(subject: Subject) -> Iterator[Hit]:
    """Values without an indicator's name, in forms that can be read."""
    found = []
    for aim in subject.aims:
        project = subject.projects.get(aim.seq)
        if project and project.legible == "yes" and not aim.plain and aim.value and aim.value.number is not None:
            found.append(aim)
    yield from told_together(subject, found)
