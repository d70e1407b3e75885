"""The fiscal year wherever a document prints it: titles, sentences, comparisons, dates, document numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

from mingzhang.check.findings import Place
from mingzhang.check.references import references
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Text

_YEAR = re.compile(r"(20\d\d)年")
_FORM_YEAR = re.compile(r"[（(]?(20\d\d)[）)]?年度?[）)]?")
_CLAUSE = re.compile(r"[^。；;]+")
_COMPARED = re.compile(r"(?:比|与|较)[^，,。；;、\d]{0,14}?(20\d\d)年")
_AS_OF = re.compile(r"截[至止]\s*(20\d\d)年(\d{1,2})月(\d{1,2})日")
_LONGEST = 60
_AROUND = 100


@registered
def years_of_titles(subject: Subject, *, sections: Sequence[str] = (), words: Sequence[str]) -> Iterator[Hit]:
    """Titles that name another year than the document's.

    They stand in the `sections` (the family's tables if none are given) and have one of the `words`.
    """
    looked = sections or [table.id for table in subject.family.tables]
    for section in looked:
        for text in subject.texts.get(section, ()):
            match = _YEAR.search(text.text)
            if not (sections or text.style == "heading2") or not any(word in text.text for word in words):
                continue
            if match and _other(subject, match[1]):
                yield _told(subject, text, match[1])


def _other(subject: Subject, year: str) -> bool:
    return bool(subject.year) and int(year) != subject.year


def _told(subject: Subject, text: Text, year: str, also: str = "") -> Hit:
    told = f"“{_short(text.text)}”写的是{year}年，本文件是{subject.year}年度{also}"
    return Hit(told, (subject.text(text, f"{year}年"),))


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


@registered
def years_of_forms(subject: Subject, *, section: str) -> Iterator[Hit]:
    """Years under the titles of performance forms (（2026年度）) that are not the document's."""
    found = [
        (text, match[1])
        for text in subject.texts.get(section, ())
        if text.style == "paragraph" and (match := _FORM_YEAR.fullmatch("".join(text.text.split())))
    ]
    for text, year in found:
        if _other(subject, year):
            yield _told(subject, text, year)


@registered
def years_of_sentences(subject: Subject, *, sections: Sequence[str], openings: Sequence[str]) -> Iterator[Hit]:
    """Sentences that open a paragraph with another year than the document's (2026年度某局预算收入…).

    The year stands before or behind the department's name or one of the `openings` (本部门).
    """
    opening = _opening((subject.disclosure.name, *openings))
    for text in subject.passages(tuple(sections)):
        match = opening.match(text.text.lstrip())
        year = match and (match[1] or match[2])
        # A paragraph that names the document's year as well compares the two.
        if year and _other(subject, year) and f"{subject.year}年" not in text.text:
            yield _told(subject, text, year)


@cache
def _opening(names: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(re.escape(name) for name in names if name)
    return re.compile(rf"(?:(20\d\d)年度?(?:{told})|(?:{told})(20\d\d)年)")


@registered
def compared_years(subject: Subject, *, sections: Sequence[str], words: Sequence[str]) -> Iterator[Hit]:
    """Comparisons with another year than the one before (比2024年…增加): a clause that has one of the `words`."""
    for text in subject.passages(tuple(sections)):
        for clause in _CLAUSE.finditer(text.text):
            match = _COMPARED.search(clause[0])
            if not match or not subject.year or not any(word in clause[0][match.end() :] for word in words):
                continue
            if int(match[1]) != subject.year - 1:
                told = f"“{_short(clause[0][match.start() :])}”与{match[1]}年比较，{subject.year}年度应与{subject.year - 1}年比较"
                yield Hit(told, (subject.text(text, clause[0][match.start() :][:_LONGEST]),))


@registered
def as_of(subject: Subject, *, sections: Sequence[str], years_back: int) -> Iterator[Hit]:
    """Sentences (截至2025年12月31日…) about another day than the last of the year so many back.

    A day of the months around it is none: whoever counted did so at another time, but took no old text over.
    """
    if not subject.year:
        return
    wanted = date(subject.year - years_back, 12, 31)
    for text in subject.passages(tuple(sections)):
        for match in _AS_OF.finditer(text.text):
            printed = _date(*match.groups())
            if printed and abs((printed - wanted).days) > _AROUND:
                told = f"“{match[0]}”，应截至{wanted.year}年12月31日"
                yield Hit(told, (subject.text(text, match[0]),))


@registered
def days_apart(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """Sentences of a section (截至2025年12月31日…) that name different days."""
    for section in sections:
        days: dict[str, Place] = {}
        for text in subject.passages((section,)):
            for match in _AS_OF.finditer(text.text):
                days.setdefault(match[0], subject.text(text, match[0]))
        if len(days) > 1:
            yield Hit(f"“{'”、“'.join(days)}”不是同一天", tuple(days.values()))


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@registered
def documents_ahead(subject: Subject, *, years: int = 0) -> Iterator[Hit]:
    """Document numbers of a year later than the document's (by more than so many `years`), each told once."""
    seen: set[str] = set()
    for project in subject.disclosure.projects:
        for field, text in (("name", project.name), *project.texts.items()):
            for cited in references(text) if subject.year else ():
                late = len(cited.year) == 4 and subject.year + years < int(cited.year) < 2100
                if late and cited.printed not in seen:
                    seen.add(cited.printed)
                    told = f"“{cited.printed}”是{cited.year}年的文件，晚于{subject.year}年度"
                    yield Hit(told, (subject.form(project, field, cited.printed),), suspected_misreading=True)


@registered
def documents_of_old(subject: Subject, *, tables: Sequence[str], years: int) -> Iterator[Hit]:
    """Projects of the `tables` (money carried over) whose document is more than so many `years` old."""
    for row in subject.rows:
        fact = row.head
        if fact.table not in tables or not subject.year:
            continue
        for cited in references(fact.row_name):
            if len(cited.year) == 4 and int(cited.year) < subject.year - years:
                told = f"“{fact.row_name}”的文件是{cited.year}年的，{subject.year}年度的上年结转不应出自这样早的文件"
                yield Hit(told, tuple(subject.fact(one) for one in row.cells.values())[:1], suspected_misreading=True)
