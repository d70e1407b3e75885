"""What a line says it is the title of: a table, a section, a part, a form, by the titles that a family declares."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal

from msgspec import Struct, field

from mingzhang.families import Family, load_family
from mingzhang.read.printed import fold, likeness

TitleKind = Literal["contents", "part", "table", "label", "section", "form"]

LONGEST_TITLE = 60
_YEAR = re.compile(r"20\d\d年?度?")
_SLOT = re.compile(r"\{year\}年?度?|\{\w+\}")
_ORDINAL = re.compile(
    r"(?:附?表[一二三四五六七八九十]+|[一二三四五六七八九十]+[,.]|附?表?\d+[.:,]|附?表\d{1,2}(?=20\d\d年|\D))"
)
_PAGE = re.compile(r"[.·…\s-]*(?:\d{1,3})?[.·…\s]*$")
_PART = re.compile(r"第([一二三四五六七八九十])部分")
_LEADER = ".…·．"
_SHORTEST_LEADER = 4
_SCOPE = re.compile(r"本?(?:部门|单位)")
_SUFFIX = re.compile(r"\([^()]*\)$")
_NUMBER = re.compile(r"\d+")
# What may stand between a section's title and its text on one line; the text is at least so long.
_BEHIND_TITLE = re.compile(r"\s+|(?=20\d\d年|本(?:部门|单位))")
_SHORTEST_TEXT = 6
_NUMERALS = "一二三四五六七八九十"


class Title(Struct, frozen=True):
    """What a line is the title of. `id` is the table, section or part; `exact` whether it stands as declared."""

    kind: TitleKind
    id: str
    exact: bool = True


class Titles(Struct):
    """The titles of a family, folded to their cores."""

    family: str
    tables: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    forms: dict[str, str] = field(default_factory=dict)
    contents: str = ""

    def match(self, text: str) -> Title | None:
        """What the line is the title of, if it is one; on a contents page also with dots and a page number behind."""
        if len(text) > LONGEST_TITLE:
            text = _without_leader(text)
        if not text or len(text) > LONGEST_TITLE:
            return None
        return _match(self.family, fold(text))

    def lead(self, text: str) -> int:
        """Where the text behind a section's title begins, if a line begins with one; else 0."""
        for behind in _BEHIND_TITLE.finditer(text, 4, LONGEST_TITLE):
            title = self.match(text[: behind.start()])
            if title and title.kind == "section" and len(text) - behind.end() >= _SHORTEST_TEXT:
                return behind.end()
        return 0

    def close(self, text: str) -> Title | None:
        """Like `match`, for a line that print or a scanner has changed: the nearest title, if it is near enough."""
        folded = fold(text)
        if not 5 <= len(folded) <= LONGEST_TITLE - 15:
            return None
        body = _PAGE.sub("", folded)
        if body.endswith(("表", "表)", ")")) and "表" in body:
            return _nearest(table_core(body), self.tables, "table")
        if _ORDINAL.match(body) and body[-1:] not in ".;,:":
            return _nearest(section_core(body), self.sections, "section")
        return None


def _without_leader(text: str) -> str:
    """A line of a contents page without the dots and the page number behind its title."""
    entry = text.rstrip().rstrip(string.digits).rstrip()
    title = entry.rstrip(_LEADER)
    return title if len(entry) - len(title) >= _SHORTEST_LEADER else text


@lru_cache(maxsize=8192)
def _match(family_id: str, folded: str) -> Title | None:
    titles = titles_of(family_id)
    if folded == titles.contents:
        return Title("contents", "")
    part = _PART.match(folded)
    if part:
        place = _NUMERALS.index(part[1])
        return Title("part", titles.parts[place] if place < len(titles.parts) else "")
    body = _PAGE.sub("", folded)
    if not body:
        return None
    if folded in titles.labels:
        return Title("label", titles.labels[folded])
    found = titles.tables.get(table_core(body))
    if found:
        return Title("table", found)
    section = titles.sections.get(section_core(body))
    if section:
        return Title("section", section)
    for core, form in titles.forms.items():
        if core in body and not body.endswith((".", ";")):
            return Title("form", form)
    return None


def _nearest(core: str, declared: dict[str, str], kind: TitleKind) -> Title | None:
    if len(core) < 4:
        return None
    scores = sorted(((likeness(core, known), one) for known, one in declared.items()), reverse=True)
    if not scores or scores[0][0] < 0.8:
        return None
    rivals = [score for score, one in scores if one != scores[0][1]]
    if rivals and scores[0][0] - rivals[0] < 0.04:
        return None
    return Title(kind, scores[0][1], exact=False)


def table_core(folded: str) -> str:
    """A folded table title without number, label and year."""
    text = _ORDINAL.sub("", folded, count=1) if _ORDINAL.match(folded) else folded
    return _YEAR.sub("", text)


def section_core(folded: str) -> str:
    """A folded section title without its ordinal, year, and the words for department and unit."""
    text = _ORDINAL.sub("", folded, count=1) if _ORDINAL.match(folded) else folded
    return _SCOPE.sub("", _YEAR.sub("", text))


@cache
def titles_of(family_id: str) -> Titles:
    """The titles of a family, ready to match."""
    family = load_family(family_id)
    titles = Titles(family_id, parts=tuple(part.id for part in family.parts), contents=fold(family.contents))
    for table in family.tables:
        for title in (table.title, *table.title_aliases):
            titles.tables[table_core(fold(_SLOT.sub("", title)))] = table.id
        for label in filter(None, (table.label, *table.label_aliases)):
            titles.labels[fold(label)] = table.id
            digits = _NUMBER.search(label)
            number = int(digits[0]) if digits else 0
            for other in (
                f"公开{number:02}表",
                f"公开{number}表",
                f"财决公开{number:02}表",
                f"表{number}",
                f"附表{number}",
            ):
                titles.labels.setdefault(other, table.id)
    titles.tables.update(_without_suffix(titles.tables))
    for section in family.sections:
        for title in (section.title, *section.title_aliases):
            core = section_core(fold(_SLOT.sub("", title)))
            if core:
                titles.sections.setdefault(core, section.id)
    titles.forms.update(_form_titles(family))
    return titles


def _without_suffix(tables: dict[str, str]) -> dict[str, str]:
    """Titles without the bracket behind them, where that leaves no doubt which table it is."""
    short: dict[str, set[str]] = {}
    for core, table in tables.items():
        short.setdefault(_SUFFIX.sub("", core), set()).add(table)
    return {core: min(ids) for core, ids in short.items() if len(ids) == 1 and core not in tables}


def _form_titles(family: Family) -> Iterator[tuple[str, str]]:
    if family.forms is None:
        return
    forms = [("project", family.forms.project), *(("overall", form) for form in family.forms.overall.values())]
    for kind, form in forms:
        core = fold(_SLOT.sub("", form.title))
        for text in (core, core.rpartition(")")[2], core.removeprefix("预算部门(单位)"), core.removeprefix("预算单位")):
            if len(text) > 6:
                yield text, kind
