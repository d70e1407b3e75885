"""Numbers of documents as they are cited: their brackets, their issuer, one number in two places; brackets of names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mingzhang.check.findings import Place
from mingzhang.check.passages import Passage, clear_texts, form_texts
from mingzhang.check.references import Reference, references
from mingzhang.check.subject import Hit, Subject, registered

_PAIRS = {"）": "（", ")": "（", "】": "【", "]": "[", "］": "[", "〕": "〔", "》": "《", "〉": "〈", "”": "“"}
_OPENING = {"（": "（", "(": "（", "【": "【", "[": "[", "［": "[", "〔": "〔", "《": "《", "〈": "〈", "“": "“"}
_BRACKETS = re.compile(f"[{re.escape(''.join({*_PAIRS, *_OPENING}))}]")
_LISTED = re.compile(r"(?<![（(\d])\d{1,2}[）)]|(?<![（(一二三四五六七八九十])[一二三四五六七八九十]{1,2}[）)]")
_BARE = re.compile(r"[\u4e00-\u9fff]{2,}(20\d\d)(\d{1,3})[号次]")
_LONGEST = 40

Cited = tuple[Reference, str, Place]
"""A document number, the text that cites it, and where."""


def _citations(passages: Iterator[Passage]) -> list[Cited]:
    return [(cited, text, place(cited.printed)) for text, place in passages for cited in references(text)]


def _rows(subject: Subject, tables: Sequence[str]) -> Iterator[Passage]:
    """The names of projects in `tables`, each row once."""
    for row in subject.rows:
        if row.head.table in tables and row.head.level == "project":
            yield row.head.row_name, lambda value, head=row.head: subject.fact(head, value)  # type: ignore[misc]


@registered
def bad_years(subject: Subject, *, tables: Sequence[str]) -> Iterator[Hit]:
    """Document numbers whose year has not four digits, with the same number where it is cited otherwise."""
    cited = _citations(_rows(subject, tables)) + _citations(form_texts(subject, names=True))
    told: set[str] = set()
    for one, text, place in cited:
        key = f"{one.issuer}{one.year}{one.number}"
        if len(one.year) == 4 or key in told:
            continue
        told.add(key)
        twins = [other for other in cited if other[0].issuer == one.issuer and other[0].number == one.number]
        others = [other for other in twins if other[0].year != one.year]
        also = f"，另一处是“{others[0][0].printed}”" if others else ""
        places = [other[2] for other in twins if other[0].year == one.year]
        yield Hit(
            f"“{_short(text)}”的文号年份是{one.year}{also}", (place, *places[1:4], *(other[2] for other in others[:2]))
        )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


@registered
def issuers_apart(subject: Subject, *, tables: Sequence[str]) -> Iterator[Hit]:
    """One year and number of a document with issuers that one character tells apart (the same document, misspelt)."""
    found: dict[tuple[str, str], dict[str, Cited]] = defaultdict(dict)
    for one in _citations(_rows(subject, tables)) + _citations(form_texts(subject, names=True, least=0)):
        if len(one[0].issuer) == 3:
            found[one[0].year, one[0].number].setdefault(one[0].issuer, one)
    for citations in found.values():
        first, *rest = citations.values()
        for other in rest:
            if sum(a != b for a, b in zip(first[0].issuer, other[0].issuer, strict=True)) == 1:
                told = f"“{first[0].printed}”与“{other[0].printed}”应是同一文件"
                yield Hit(told, (first[2], other[2]), suspected_misreading=True)


@registered
def mixed_brackets(subject: Subject, *, tables: Sequence[str]) -> Iterator[Hit]:
    """Document numbers with several kinds of brackets in the names of projects of `tables`."""
    kinds: dict[str, list[Cited]] = defaultdict(list)
    for one in _citations(_rows(subject, tables)):
        kinds[one[0].brackets].append(one)
    if len(kinds) > 1:
        told = "、".join(
            f"“{citations[0][0].printed}”等{len(citations)}处用{kind}" for kind, citations in kinds.items()
        )
        yield Hit(told, tuple(one[2] for citations in kinds.values() for one in citations[:4]))


@registered
def cited_two_ways(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """One document number that `sections` print with two kinds of brackets."""
    found: dict[tuple[str, str, str], dict[str, Cited]] = defaultdict(dict)
    for one in _citations(clear_texts(subject, sections)):
        if one[0].issuer:
            found[one[0].issuer, one[0].year, one[0].number].setdefault(one[0].brackets, one)
    for citations in found.values():
        if len(citations) > 1:
            told = "、".join(f"“{one[0].printed}”" for one in citations.values())
            yield Hit(f"同一文号写作{told}", tuple(one[2] for one in citations.values()))


@registered
def bare_numbers(subject: Subject, *, years: int) -> Iterator[Hit]:
    """Document numbers without brackets around the year (某政发202512号), of the last so many `years`."""
    for text, place in form_texts(subject, names=True):
        for match in _BARE.finditer(text):
            if subject.year and subject.year - years <= int(match[1]) <= subject.year:
                printed = match[0][-14:]
                yield Hit(f"“{printed}”的年份{match[1]}没有括号", (place(printed),), suspected_misreading=True)


@registered
def no_issuer(subject: Subject) -> Iterator[Hit]:
    """Document numbers in performance forms that do not say who issued the document ((2025)12号)."""
    for text, place in form_texts(subject):
        for cited in references(text):
            if not cited.code:
                told = text[max(0, text.find(cited.printed) - 20) : text.find(cited.printed)] + cited.printed
                yield Hit(f"“…{told}”没有发文机关代字", (place(cited.printed),))


@registered
def unbalanced(subject: Subject, *, tables: Sequence[str], sections: Sequence[str]) -> Iterator[Hit]:
    """Brackets and quotation marks that do not close, or were never opened, in names of projects, texts of performance
    forms, and `sections`.
    """
    seen: set[str] = set()
    for passages in (_rows(subject, tables), form_texts(subject, names=True), clear_texts(subject, sections)):
        for text, place in passages:
            lone = _lone(text)
            if lone and text not in seen:
                seen.add(text)
                at = text.find(lone)
                told = text if len(text) <= _LONGEST else f"…{text[max(0, at - 20) : at + 20]}…"
                yield Hit(f"“{told}”中的“{lone}”不成对", (place(told),))


def _lone(text: str) -> str:
    """The first bracket that has no partner, empty if all have one. Brackets of lists (1） and (一) are none."""
    plain = _LISTED.sub("", text)
    opened: list[str] = []
    for char in _BRACKETS.findall(plain):
        if char in _OPENING:
            opened.append(char)
        elif not opened or _OPENING[opened[-1]] != _PAIRS[char]:
            return str(char)
        else:
            opened.pop()
    return opened[-1] if opened else ""
