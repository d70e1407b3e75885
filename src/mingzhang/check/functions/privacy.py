"""Private data: numbers of persons and their names.

What a message tells is masked; the value of each place is the string as it is printed, so that it can be redacted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache, partial

from msgspec.structs import replace

from mingzhang.check.findings import Place
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Indicator

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－", "0123456789Xx-")
_DIGITS = re.compile(r"\d{7}|\d[ -]\d{4}")
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
_MOBILE = re.compile(r"(?<![\d.,-])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d.,]|[ -]\d|\s*(?:万?元|平方|吨|亩|度|千瓦))")
_FACTORS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# A name of three, 同志的, and a word before it.
_NAME_REACH = 10
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")

Passage = tuple[str, Callable[[str], Place]]
"""A text, and the place of a string in it."""


@lru_cache(maxsize=1)
def _passages(subject: Subject) -> tuple[Passage, ...]:
    return tuple(_said(subject))


def _said(subject: Subject) -> Iterator[Passage]:
    """All that a document says in words: texts, names, performance forms with what is below them, indicators."""
    found = subject.disclosure
    for text in found.texts:
        yield text.text, partial(subject.text, text)
    for row in subject.rows:
        if row.head.level == "project":
            yield row.head.row_name, partial(subject.fact, row.head)
    for project in found.projects:
        yield project.name, partial(subject.form, project, "name")
        for field, said in project.texts.items():
            if field != "filled_on":
                yield said, partial(subject.form, project, field)
    for indicator in found.indicators:
        raw = indicator.provenance.raw if indicator.provenance else ""
        yield f"{indicator.level3} {indicator.value} {raw}", partial(_indicator, subject, indicator)
    for entry in found.overall:
        yield entry.value, partial(subject.labels.at, "overall", entry.provenance)


def _indicator(subject: Subject, indicator: Indicator, value: str) -> Place:
    return replace(subject.indicator(indicator), value=value)


def _found(subject: Subject, pattern: re.Pattern[str], least: Callable[[str], bool]) -> dict[str, list[Place]]:
    """What a pattern with digits finds (its first group, or all of it), as printed, with its places."""
    found: dict[str, list[Place]] = {}
    for text, place in _passages(subject):
        if not _DIGITS.search(text):
            continue
        for match in pattern.finditer(text.translate(_WIDE)):
            start, end = match.span(match.lastindex or 0)
            if least(match[match.lastindex or 0]):
                found.setdefault(text[start:end], []).append(place(text[start:end]))
    return found


def _hits(found: dict[str, list[Place]], what: str, shown: int) -> Iterator[Hit]:
    for secret, places in found.items():
        times = f"，{len(places)}处" if len(places) > 1 else ""
        masked = f"{secret[:shown]}****{secret[-4:]}" if shown else "****"
        yield Hit(f"{what}{masked}{times}", tuple(places))


@registered
def identity_numbers(subject: Subject) -> Iterator[Hit]:
    """Identity numbers of residents, by their date and check digit."""
    yield from _hits(_found(subject, _IDENTITY, _checks), "身份证号", 6)


def _checks(number: str) -> bool:
    total = sum(int(digit) * factor for digit, factor in zip(number, _FACTORS, strict=False))
    return _CHECKS[total % 11] == number[-1].upper()


@registered
def mobile_numbers(subject: Subject) -> Iterator[Hit]:
    """Mobile telephone numbers."""
    yield from _hits(_found(subject, _MOBILE, bool), "手机号码", 3)


@registered
def bank_accounts(subject: Subject, *, words: Sequence[str], digits: Sequence[int]) -> Iterator[Hit]:
    """Numbers of bank accounts: behind one of the `words`, with at least and at most so many `digits`."""
    least, most = digits
    yield from _hits(
        _found(subject, _behind(tuple(words)), lambda number: least <= sum(map(str.isdigit, number)) <= most),
        "银行账号",
        4,
    )


@cache
def _behind(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(words)})[^\d，。；\n]{{0,12}}(\d[\d -]{{9,28}}\d)")


@registered
def home_addresses(subject: Subject, *, words: Sequence[str]) -> Iterator[Hit]:
    """Where persons live: behind one of the `words`."""
    pattern = _address(tuple(words))
    for text, place in _passages(subject):
        for match in pattern.finditer(text):
            yield Hit(f"{match[1]}：{match[2][:3]}****", (place(match[2]),))


@cache
def _address(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(words)})[：:为是\s]{{0,3}}([^，。；：:\s]{{4,40}}(?:号|室|户|单元|村|楼))")


@registered
def names_below_forms(subject: Subject, *, fields: dict[str, str], words: Sequence[str]) -> Iterator[Hit]:
    """Names of persons in the `fields` below performance forms; what has one of the `words` is none."""
    found: dict[tuple[str, str], list[Place]] = {}
    for project in subject.disclosure.projects:
        for field in fields:
            printed = project.texts.get(field, "")
            name = "".join(printed.split())
            if _HAN_NAME.fullmatch(name) and not any(word in name for word in words):
                found.setdefault((fields[field], printed.strip()), []).append(
                    subject.form(project, field, printed.strip())
                )
    for (label, name), places in found.items():
        told = f"第{'、'.join(str(place.seq) for place in places)}份目标表的{label}是{_masked(name)}"
        yield Hit(told, tuple(places))


def _masked(name: str) -> str:
    return name[0] + "*" * (len("".join(name.split())) - 1)


@registered
def named_persons(
    subject: Subject, *, surnames: str, before: Sequence[str], kinds: Sequence[str], words: Sequence[str], ends: str
) -> Iterator[Hit]:
    """Persons who are named with what is paid for them (a name before one of the `kinds`: 丧葬费).

    A name begins with one of the `surnames`, at the beginning or behind one of the words `before`; what begins with one
    of the `words`, ends in one of the characters `ends` or is part of the department's name is none.
    """
    kind, pattern = _either(tuple(kinds)), _named(surnames, tuple(before))
    own = f"{subject.disclosure.name}{subject.disclosure.region_name}"
    found: dict[str, tuple[str, list[Place]]] = {}
    for text, place in _passages(subject):
        for paid in kind.finditer(text):
            match = pattern.search(_before(text, paid.start()))
            name = match[1] if match else ""
            if name and not name.startswith(tuple(words)) and name[-1] not in ends and name[:2] not in own:
                found.setdefault(name, (paid[0], []))[1].append(place(name))
    for name, (what, places) in found.items():
        yield Hit(f"写有个人姓名“{_masked(name)}{what}”，{len(places)}处", tuple(places))


def _before(text: str, end: int) -> str:
    """What stands before a place; where it is cut off, behind a character that begins no name."""
    start = max(0, end - _NAME_REACH)
    return ("的" if start else "") + text[start:end]


@cache
def _either(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(words))


@cache
def _named(surnames: str, before: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[^\u4e00-\u9fff]|{'|'.join(before)})([{surnames}][\u4e00-\u9fff]{{1,2}})(?:同志)?的?$")
