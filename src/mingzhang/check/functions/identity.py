"""Who publishes: one name of the department everywhere, units that exist, one code, words of the right kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from mingzhang.check.findings import Place
from mingzhang.check.likeness import abbreviates, folded, likeness, same_name
from mingzhang.check.organisation import Listed, Words, listed_units, named_units, says_none
from mingzhang.check.subject import Hit, Subject, registered

_NEAR = 0.45
_FEW = 0.34
_MOST_PLACES = 12
_CLAUSE = re.compile("[，,。；;：:]")
_UNIT_KEY = re.compile(r"\.unit\.(.+?)\.[a-z_]+$")


@registered
def one_name(
    subject: Subject, *, labels: Sequence[str], sections: Sequence[str], ends: Sequence[str], known: Sequence[str]
) -> Iterator[Hit]:
    """Other names of the department than the document's: behind the `labels` above tables, and at the beginning of the
    sentences of `sections`, between the year and one of the words `ends`. The words `known` stand for the name.
    """
    name = subject.disclosure.name
    line, sentence = _name_line(tuple(labels)), _name_sentence(tuple(ends))
    tables = [table.id for table in subject.family.tables]
    patterns = [(tables, line), (sections, sentence)]
    for looked, pattern in patterns if name else ():
        for text in subject.passages(tuple(looked)):
            match = pattern.search(text.text)
            printed = match[1].strip() if match else ""
            if not printed or folded(name) in folded(printed) or printed in known or same_name(printed, name):
                continue
            told = f"{subject.labels.form(text.section)}写的是“{printed}”，本文件是“{name}”"
            yield Hit(told, (subject.text(text, printed),), suspected_misreading=_one_apart(printed, name))


@cache
def _name_line(labels: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(labels)})[：:]\s*(\S{{2,40}}?)\s*(?:单位\s*[：:]|$)")


@cache
def _name_sentence(ends: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"^\s*20\d\d年度?([\u4e00-\u9fff（）()]{{3,30}}?)(?:{'|'.join(ends)})")


def _one_apart(one: str, other: str) -> bool:
    a, b = folded(one), folded(other)
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


@registered
def unit_names(
    subject: Subject, *, words: dict[str, Any], tables: Sequence[str], totals: Sequence[str]
) -> Iterator[Hit]:
    """Units of tables and forms that 机构设置 does not list. `words` tell how it lists them (organisation.Words)."""
    told = msgspec.convert(words, Words)
    listed = listed_units(subject, told)
    if not listed and not says_none(subject, told):
        return
    names = [subject.disclosure.name, *(one.name for one in listed)]
    for unit, places in named_units(subject, tables, totals).items():
        if any(same_name(unit, name) for name in names):
            continue
        near = max(names, key=lambda name: likeness(unit, name))
        alike = likeness(unit, near) >= _NEAR
        if alike or listed:
            yield _foreign(subject, unit, places, near if alike else "", listed)


def _foreign(subject: Subject, unit: str, places: list[Place], near: str, listed: list[Listed]) -> Hit:
    names = "、".join(one.name for one in listed)
    forms = sum(place.seq is not None for place in places)
    where = [
        *dict.fromkeys(place.label for place in places if place.seq is None),
        *([f"{forms}份目标表"] if forms else []),
    ]
    told = f"{'、'.join(where)}的单位是“{unit}”，"
    told += f"机构设置所列单位（{names}）中没有" if listed else "机构设置说没有下属单位"
    told += f"，与“{near}”应是同一单位的两种写法" if near else ""
    said = [subject.text(one.text, one.name) for one in listed if not near or one.name == near]
    misread = bool(near) and _one_apart(unit, near)
    return Hit(told, (*places[:_MOST_PLACES], *said[:3]), suspected_misreading=misread)


@registered
def unit_count(
    subject: Subject, *, words: dict[str, Any], section: str, before: Sequence[str], tables: Sequence[str]
) -> Iterator[Hit]:
    """A count of units in `section`, behind one of the words `before`, other than what 机构设置 lists."""
    listed = listed_units(subject, msgspec.convert(words, Words))
    own = subject.disclosure.name
    counts = {len(listed), len(listed) + (not any(same_name(own, one.name) for one in listed))}
    for mention in subject.disclosure.mentions:
        if mention.section != section or not listed or not mention.before.endswith(tuple(before)):
            continue
        if not mention.value.isdigit() or int(mention.value) in counts:
            continue
        told = f"{subject.labels.form(section)}写的是{_CLAUSE.split(mention.before)[-1]}{mention.value}{mention.unit}"
        told += f"，机构设置列有{len(listed)}个单位（{'、'.join(one.name for one in listed)}）"
        units = named_units(subject, tables, ())
        places = [places[0] for places in units.values()]
        place = subject.labels.at(section, mention.provenance, f"{mention.value}{mention.unit}")
        yield Hit(told, (place, *(subject.text(one.text, one.name) for one in listed[:6]), *places[:4]))
        return


@registered
def short_unit_names(subject: Subject, *, tables: Sequence[str], totals: Sequence[str]) -> Iterator[Hit]:
    """Units that sentences call by a shortened name of what tables and forms call them."""
    units = named_units(subject, tables, totals)
    called = {match[1]: key for key in reversed(subject.figures) if (match := _UNIT_KEY.search(key))}
    for name, key in called.items():
        full = next((unit for unit in units if abbreviates(name, unit)), "")
        if full and not any(same_name(name, unit) for unit in units):
            told = f"{subject.labels.form(key.partition('.')[0])}称“{name}”，表中是“{full}”"
            yield Hit(told, (subject.figure(key), *units[full][:1]))


@registered
def one_code(subject: Subject, *, forms: int) -> Iterator[Hit]:
    """A department's code that differs in few of at least so many performance forms."""
    coded = [project for project in subject.disclosure.projects if project.department_code]
    counts = Counter(project.department_code for project in coded)
    if len(coded) < forms or len(counts) < 2:
        return
    usual, many = counts.most_common(1)[0]
    if len(coded) - many > _FEW * len(coded):
        return
    for project in coded:
        if project.department_code != usual:
            told = f"第{project.seq}份目标表的主管部门代码是{project.department_code}，其他{many}份是{usual}"
            yield Hit(
                told, (subject.form(project, "department_code", project.department_code),), suspected_misreading=True
            )


@registered
def foreign_words(
    subject: Subject, *, sections: Sequence[str], words: Sequence[str], told: str, unless: Sequence[str] = ()
) -> Iterator[Hit]:
    """Passages with one of the `words`, which do not fit the document; `told` says why. A document whose department's
    name has a word of `unless` may use them.
    """
    if any(word in subject.disclosure.name for word in unless):
        return
    for text in subject.passages(tuple(sections)):
        word = next((word for word in words if word in text.text), "")
        if word:
            yield Hit(f"{subject.labels.form(text.section)}写有“{word}”，{told}", (subject.text(text, word),))


@registered
def odd_labels(subject: Subject, *, label: str) -> Iterator[Hit]:
    """Tables whose label (预算公开表3) begins otherwise than those of most tables; `label` is what all have in common."""
    found = _labelled(subject, label)
    usual, many = Counter(head for head, _ in found.values()).most_common(1)[0] if found else ("", 0)
    for table, (head, place) in found.items():
        if head != usual and many > 1:
            told = f"{subject.labels.form(table)}的编号是“{place.value}”，其他表是“{usual}”"
            yield Hit(told, (place, *(other for one, other in found.values() if one == usual)))


@registered
def missing_labels(subject: Subject, *, label: str) -> Iterator[Hit]:
    """Tables without a label, where others have one."""
    found = _labelled(subject, label)
    tables = [table.id for table in subject.family.tables if table.id in subject.texts]
    missing = [table for table in tables if table not in found]
    if len(found) > 1 and missing:
        named = "、".join(subject.family.table(table).caption or table for table in missing)
        told = f"{named}没有编号，另{len(found)}张表有（如“{next(iter(found.values()))[1].value}”）"
        yield Hit(told, tuple(map(subject.table, missing)))


def _labelled(subject: Subject, label: str) -> dict[str, tuple[str, Place]]:
    """Tables with their label: what stands before its number, and its place."""
    pattern = _label(label)
    found: dict[str, tuple[str, Place]] = {}
    for table in subject.family.tables:
        for text in subject.texts.get(table.id, ()):
            match = pattern.fullmatch("".join(text.text.split()))
            if match:
                found.setdefault(table.id, (match[1], subject.text(text, text.text.strip())))
    return found


@cache
def _label(label: str) -> re.Pattern[str]:
    return re.compile(rf"([\u4e00-\u9fff]{{0,4}}{re.escape(label)})\d+")


@registered
def form_titles(subject: Subject, *, section: str, behind: str) -> Iterator[Hit]:
    """Performance forms whose titles name their level in several ways before the words `behind`."""
    found: dict[str, list[Place]] = {}
    for text in subject.texts.get(section, ()):
        head, at, _ = folded(text.text).partition(folded(behind))
        if at and text.style.startswith("heading"):
            found.setdefault(head, []).append(subject.text(text, text.text.strip()))
    # A title that is none of the usual one, longer or shorter, is misread.
    usual = max(found, key=lambda head: len(found[head]), default="")
    ordered = [
        (head, places)
        for head, places in sorted(found.items(), key=lambda one: len(one[1]))
        if len(places) > 1 or head == usual or usual.endswith(head) or head.endswith(usual)
    ]
    if len(ordered) < 2:
        return
    told = "、".join(f"“{head}{behind}”{len(places)}份" for head, places in ordered)
    yield Hit(f"表名的写法有{told}", tuple(place for _, places in ordered for place in places)[:_MOST_PLACES])
