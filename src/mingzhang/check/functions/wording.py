"""How sentences are written: numbers, marks, what a template left, what breaks off, words that are misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from mingzhang.check.findings import Place
from mingzhang.check.likeness import folded
from mingzhang.check.passages import Passage, clear_texts, form_texts
from mingzhang.check.subject import Hit, Subject, registered

_NUMBER = re.compile(r"\d[\d.,]*[.,][\d.,]*(?=\s*(?:万元|元|%|％))")
_SOUND = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_CELL = re.compile(r"-?[\d.,]+")
_NO_UNIT = re.compile(r"(?<![\d.,])\d[\d,]*\.\d\d(?=[，,。；;])")
_MARKS = re.compile(r"[。；，、：,;]*[。；，、：][。；，、：,;]+|[,;]+[。；，、：][。；，、：,;]*")
_ENGLISH = re.compile(r"(?<=[\u4e00-\u9fff])\s*(and|or|of|the|with|for|to)\s*(?=[\u4e00-\u9fff])")
_WORD_END = re.compile(r"[\u4e00-\u9fff\d]$")
_LONGEST = 30


def _around(text: str, start: int, end: int) -> str:
    """A place in a text with what stands around it."""
    return text[max(0, start - 12) : min(len(text), end + 8)].strip()


def _matches(passages: Iterator[Passage], pattern: re.Pattern[str]) -> Iterator[tuple[str, str, Place]]:
    """What a pattern finds: the match, with what stands around it, and the place."""
    for text, place in passages:
        for match in pattern.finditer(text):
            yield match[0].strip(), _around(text, match.start(), match.end()), place(match[0].strip())


@registered
def malformed_numbers(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """Amounts and percentages whose marks cannot be right (35.949.39), in sentences and in cells of tables."""
    for printed, around, place in _matches(clear_texts(subject, sections), _NUMBER):
        if not _SOUND.fullmatch(printed.strip(".,")):
            yield Hit(f"“{around}”中的数字{printed}写法不对", (place,), suspected_misreading=True)
    for fact in subject.disclosure.facts:
        raw = "".join(fact.provenance.raw.split()) if fact.provenance else ""
        number = raw.lstrip("-")
        if ("," in number or number.count(".") > 1) and _CELL.fullmatch(raw) and not _SOUND.fullmatch(number):
            told = f"{subject.labels.form(fact.table)}{fact.row_name}的数字{raw}写法不对"
            yield Hit(told, (subject.fact(fact, raw),), suspected_misreading=True)


@registered
def no_unit(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """Amounts in sentences without a unit behind them, where others have one."""
    for printed, around, place in _matches(clear_texts(subject, sections), _NO_UNIT):
        yield Hit(f"“{around}”中的{printed}没有写单位", (place,))


@registered
def doubled_marks(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """Two marks of punctuation one behind the other (。。, ；。), in sentences and in performance forms."""
    for passages in (clear_texts(subject, sections), form_texts(subject)):
        for printed, around, place in _matches(passages, _MARKS):
            yield Hit(f"“{around}”中标点重复“{printed}”", (place,))


@registered
def no_stop(subject: Subject, *, sections: Sequence[str], least: int) -> Iterator[Hit]:
    """Last paragraphs of `sections`, of at least so many characters, without a mark at their end."""
    for section in sections:
        last = next((text for text in reversed(subject.texts.get(section, ())) if text.style == "paragraph"), None)
        said = last.text.strip() if last else ""
        if last and len(said) >= least and _WORD_END.search(said):
            yield Hit(f"“…{said[-_LONGEST:]}”后面没有句号", (subject.text(last, said[-_LONGEST:]),))


@registered
def residue(subject: Subject, *, sections: Sequence[str], patterns: Sequence[str]) -> Iterator[Hit]:
    """What a template left behind: one of the `patterns`."""
    for printed, around, place in _matches(clear_texts(subject, sections), _either(tuple(patterns))):
        yield Hit(f"“{around}”中留有模板文字“{printed}”", (place,))


@cache
def _either(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


@registered
def broken_off(
    subject: Subject, *, sections: Sequence[str], endings: Sequence[str], unless: Sequence[str]
) -> Iterator[Hit]:
    """Passages and fields of performance forms that end in one of the `endings` (patterns): they are not finished.

    An ending whose last clause has one of the words `unless` may be one (这是必要的。).
    """
    pattern = re.compile(rf"(?:{'|'.join(endings)})[。；;]?\s*$")
    for passages in (clear_texts(subject, sections), form_texts(subject)):
        for text, place in passages:
            match = pattern.search(text)
            clause = re.split(r"[，,。；;]", text[: match.start()])[-1] if match else ""
            if match and not any(word in clause for word in unless):
                told = text[-_LONGEST:].strip()
                yield Hit(f"“…{told}”没有写完", (place(told),))


@registered
def english_words(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """English words within a Chinese sentence, which stand for Chinese ones."""
    for passages in (clear_texts(subject, sections), form_texts(subject)):
        for printed, around, place in _matches(passages, _ENGLISH):
            yield Hit(f"“{around}”中夹有英文“{printed}”", (place,), suspected_misreading=True)


@registered
def found_in_forms(subject: Subject, *, patterns: Sequence[str], told: str) -> Iterator[Hit]:
    """Names of projects and texts of performance forms in which one of the `patterns` stands; `told` says what is wrong."""
    pattern = _either(tuple(patterns))
    seen: set[str] = set()
    for text, place in form_texts(subject, names=True):
        for match in pattern.finditer(text):
            if match[0] not in seen:
                seen.add(match[0])
                said = _around(text, match.start(), match.end())
                yield Hit(f"“{said}”{told}", (place(match[0]),), suspected_misreading=True)


@registered
def swapped_terms(subject: Subject, *, terms: Sequence[str], unless: Mapping[str, Sequence[str]]) -> Iterator[Hit]:
    """Terms of the field two of whose characters have changed places (养老险保).

    A term before one of the words that `unless` has for it is another.
    """
    said = [*clear_texts(subject, ()), *form_texts(subject, names=True)]
    whole = "\n".join("".join(text.split()) for text, _ in said)
    swapped = {wrong: right for wrong, right in _swapped(tuple(terms)).items() if wrong in whole}
    found: dict[str, list[Place]] = {}
    for text, place in said if swapped else ():
        plain = "".join(text.split())
        for wrong in swapped:
            at = plain.find(wrong)
            if at >= 0 and not plain.startswith(tuple(unless.get(wrong, ())), at + len(wrong)):
                found.setdefault(wrong, []).append(place(wrong))
    for wrong, places in found.items():
        yield Hit(f"“{wrong}”应为“{swapped[wrong]}”", tuple(places[:12]))


@cache
def _swapped(terms: tuple[str, ...]) -> dict[str, str]:
    """Each term with two neighbours swapped, and the term."""
    found = {}
    for term in terms:
        for at in range(len(term) - 1):
            wrong = term[:at] + term[at + 1] + term[at] + term[at + 2 :]
            if wrong != term:
                found[wrong] = term
    return found


@registered
def misspelt_names(subject: Subject, *, names: Sequence[str], followers: Sequence[str]) -> Iterator[Hit]:
    """Names of leaders with one character wrong, before one of the words `followers` that tell that they are meant."""
    pattern, found = _misspelt(tuple(names), tuple(followers)), dict[str, list[Place]]()
    for passages in (clear_texts(subject, ()), form_texts(subject, least=0)):
        for text, place in passages:
            for match in pattern.finditer("".join(text.split())):
                if match[1] not in names:
                    found.setdefault(match[1], []).append(place(match[1]))
    for wrong, places in found.items():
        right = next(name for name in names if _apart(wrong, name) == 1)
        told = f"“{wrong}”应为“{right}”，{len(places)}处"
        yield Hit(told, tuple(places[:16]), suspected_misreading=True)


@cache
def _misspelt(names: tuple[str, ...], followers: tuple[str, ...]) -> re.Pattern[str]:
    near = [
        re.escape(name[:at]) + "[\u4e00-\u9fff]" + re.escape(name[at + 1 :])
        for name in names
        for at in range(len(name))
    ]
    return re.compile(rf"({'|'.join(near)})(?={'|'.join(followers)})")


def _apart(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(folded(one), folded(other), strict=False)) + abs(len(one) - len(other))
