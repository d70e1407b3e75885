"""What a copied text leaves behind: instructions of the form, years of another document, the name of another office."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from mingzhang.check.likeness import folded, same_name
from mingzhang.check.prose import any_of, pattern, plain
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Text

_SHOWN = 40
_SHORTEST = 4
_BRACKETED = re.compile(r"\([^()]*\)$")
_SLOTS = {
    "{name}": r"(?P<name>[\u4e00-\u9fff()]{2,40}?)",
    "{year}": r"(?P<year>20\d\d)",
    "{date}": r"20\d\d年\d{1,2}月\d{1,2}日",
}
_SLOT = re.compile(r"(\{name\}|\{year\}|\{date\})")


@registered
def form_instructions(subject: Subject, *, words: Sequence[str]) -> Iterator[Hit]:
    """Passages with words that only the blank form has. A document without amounts is the blank form itself."""
    marks = pattern(any_of([plain(word) for word in words]))
    for text in subject.disclosure.texts if subject.disclosure.facts else ():
        said = plain(text.text)
        match = marks.search(said)
        if match:
            start = max(0, match.start() - _SHOWN // 2)
            shown = said[start : start + _SHOWN]
            told = f"{subject.labels.form(text.section)}留有“{shown}”，是填写说明，公开时应当删去或者填写"
            yield Hit(told, (subject.text(text, text.text.strip()[:_SHOWN]),))


@cache
def _template(text: str) -> tuple[str, re.Pattern[str]]:
    """The pattern of a phrase with slots, and the words that are always in it."""
    parts = _SLOT.split(plain(text))
    words = max((part for part in parts if part not in _SLOTS), key=len)
    return words, re.compile("".join(_SLOTS.get(part, re.escape(part)) for part in parts))


def _matches(
    subject: Subject, sections: Sequence[str], templates: Sequence[str]
) -> Iterator[tuple[Text, re.Match[str]]]:
    for section in sections:
        for text in subject.texts.get(section, ()):
            said = plain(text.text) if not text.style.startswith("heading") else ""
            for words, template in map(_template, templates) if said else ():
                for match in template.finditer(said) if words in said else ():
                    yield text, match


@registered
def years_in_phrases(subject: Subject, *, sections: Sequence[str], phrases: Sequence[str]) -> Iterator[Hit]:
    """Phrases that name another year than the document's where it must stand; `{year}` is the year, `{name}` a name."""
    seen: set[tuple[int, int]] = set()
    for text, match in _matches(subject, sections, phrases) if subject.year else ():
        place = id(text), match.start("year")
        if int(match["year"]) != subject.year and place not in seen:
            seen.add(place)
            told = f"“{match[0]}”写的是{match['year']}年，本文件是{subject.year}年度"
            yield Hit(told, (subject.text(text, f"{match['year']}年"),))


@registered
def other_offices(
    subject: Subject, *, sections: Sequence[str], phrases: Sequence[str], units: Sequence[str], known: Sequence[str]
) -> Iterator[Hit]:
    """Sentences about another office: a `{name}` in one of the `phrases` that is neither the document's nor that of a
    unit told in the sections `units`, nor one of the words `known`.

    Where most sentences agree on a name that is not on the cover, the cover is what differs.
    """
    found = [(text, _office(match["name"])) for text, match in _matches(subject, sections, phrases)]
    found = [(text, name) for text, name in found if not name.endswith(tuple(known))]
    listed = "".join(folded(text.text) for section in units for text in subject.texts.get(section, ()))
    counts = Counter(name for _, name in found)
    usual, many = counts.most_common(1)[0] if counts else ("", 0)
    own = _office(plain(subject.disclosure.name))
    seen: set[tuple[str, str]] = set()
    for text, name in found:
        most = usual if 2 * many > len(found) > 1 else own
        same = not own or _one(name, own) or _one(name, most) or _told(name, listed)
        if same or (name, text.section) in seen:
            continue
        seen.add((name, text.section))
        told = f"{subject.labels.form(text.section)}写的是“{name}”，本文件是“{subject.disclosure.name}”"
        yield Hit(told, (subject.text(text, name),), suspected_misreading=_one_letter(name, own))
    if own and usual and 2 * many > len(found) > 1 and not _one(usual, own):
        text = next(text for text, name in found if name == usual)
        told = f"封面写的是“{subject.disclosure.name}”，情况说明{many}处写的是“{usual}”"
        yield Hit(told, (subject.text(text, usual),))


def _office(name: str) -> str:
    """A name without what stands in brackets behind it (本级)."""
    return _BRACKETED.sub("", name)


def _told(name: str, listed: str) -> bool:
    """Whether a name, or its end (behind 其中 and the like), is one of those that are listed."""
    return any(name[start:] in listed for start in range(max(1, len(name) - _SHORTEST + 1)))


def _one(name: str, other: str) -> bool:
    return same_name(name, other) or name in other or other in name


def _one_letter(name: str, other: str) -> bool:
    return len(name) == len(other) and sum(a != b for a, b in zip(name, other, strict=True)) == 1
