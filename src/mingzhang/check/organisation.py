"""The units of a department: those that 机构设置 lists, and those that tables and forms name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

from mingzhang.check.findings import Place
from mingzhang.check.likeness import same_name
from mingzhang.check.prose import count
from mingzhang.check.subject import Subject
from mingzhang.disclosure import Text

_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d{1,2})[）)、.．]\s*")
_BRACKETED = re.compile(r"[（(][^（()）]*[）)]")
_COUNTED = re.compile(r"(\d{1,2}|[一二三四五六七八九十]{1,3})\s*[个家所](?!股|科|内设|处室|职能)")
_BETWEEN = re.compile(r"[、，,；;。]")


class Words(Struct, frozen=True):
    """How 机构设置 lists units: the words before a list, the words that say there are none, how names end."""

    section: str
    leads: tuple[str, ...]
    none: tuple[str, ...]
    suffixes: tuple[str, ...]


class Listed(Struct, frozen=True):
    """A unit as 机构设置 lists it."""

    name: str
    text: Text


def listed_units(subject: Subject, words: Words) -> list[Listed]:
    """The units that 机构设置 lists, in a sentence or one a line behind it.

    Empty if it lists none, or says that there are more than it lists (下设五个事业单位：…等).
    """
    found: list[Listed] = []
    open_list, told = False, 0
    for text in subject.texts.get(words.section, ()):
        match = _lead(words.leads).search(text.text)
        if match:
            names = _BETWEEN.split(_BRACKETED.sub("", match[1]))
            found += _units(names, text, words.suffixes, found)
            open_list = not match[1].strip()
            told += sum(map(count, _COUNTED.findall(text.text[: match.end(1)])))
        elif open_list and _NUMBERED.match(text.text.strip()):
            found += _units([text.text], text, words.suffixes, found)
        else:
            open_list = False
    return found if not told or abs(told - len(found)) <= 1 else []


@cache
def _lead(leads: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(map(re.escape, leads))
    return re.compile(rf"(?:{told})[^。；;：:、，,]{{0,4}}(?:[：:]|分别[为是]|包括)([^。]*)")


def _units(names: Sequence[str], text: Text, suffixes: tuple[str, ...], found: Sequence[Listed]) -> Iterator[Listed]:
    for printed in names:
        name = _NUMBERED.sub("", _BRACKETED.sub("", printed).strip()).strip(" 。；;，,")
        if name.endswith(suffixes) and not any(same_name(name, one.name) for one in found):
            yield Listed(name, text)


def says_none(subject: Subject, words: Words) -> bool:
    """Whether 机构设置 says that there are no units below the department."""
    return any(word in text.text for text in subject.texts.get(words.section, ()) for word in words.none)


def named_units(subject: Subject, tables: Sequence[str], totals: Sequence[str]) -> dict[str, list[Place]]:
    """The units that `tables` and performance forms name, with where; rows called as one of the `totals` are none."""
    found: dict[str, list[Place]] = {}
    for row in subject.rows:
        fact = row.head
        if fact.table in tables and fact.level in ("", "unit") and fact.row_name and fact.row_name not in totals:
            found.setdefault(fact.row_name, []).append(subject.fact(fact, fact.row_name))
    for project in subject.disclosure.projects:
        if project.unit:
            found.setdefault(project.unit, []).append(subject.form(project, "unit", project.unit))
    return found
