"""The catalogue of service purchases: the edition in force, what the text says of it, an annexed copy without gaps."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from msgspec import Struct

from mingzhang.check.findings import Place
from mingzhang.check.likeness import folded
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import CatalogueLine
from mingzhang.taxonomy import CatalogueEntry, Edition, edition_in_force, editions, load_catalogue

_FORM = "catalogue"
# A jump beyond so many entries is sure if the next line follows, too.
_NEAR = 3
# Entries whose code is sure enough: those that copies print alike, or but one copy prints.
_SOUND = ("", "copies_differ", "single_copy")


def _annexed(subject: Subject) -> list[CatalogueLine]:
    """The lines of an annexed copy of an edition; the list of a year's own purchases is none."""
    return [line for line in subject.disclosure.catalogue if not line.project and line.amount is None]


def _place(line: CatalogueLine) -> Place:
    label = f"目录“{line.section}”部分"
    return Place(form=_FORM, label=label, row=line.name, value=f"{line.code} {line.name}").at(line.provenance)


@registered
def catalogue_edition(subject: Subject, *, section: str) -> Iterator[Hit]:
    """A catalogue annexed, or quoted in `section`, that a later edition had replaced before the fiscal year."""
    region = subject.family.catalogue_region
    force = edition_in_force(subject.year, region) if region and subject.year else None
    if force is None:
        return
    held = {edition.id: edition for edition in editions(region)}
    annexed = _annexed(subject)
    used = held.get(annexed[0].edition) if annexed else _quoted(subject, section, list(held.values()))
    if used is None or used.issued >= force.issued:
        return
    places = [
        subject.text(text, used.document_number)
        for text in subject.texts.get(section, ())
        if folded(used.document_number) in folded(text.text)
    ]
    told = (
        f"{'所附' if annexed else '所引'}目录是{used.document_number}，{subject.year}年度应执行{force.document_number}"
    )
    told += "（已废止前者）" if used.document_number in force.replaces else ""
    yield Hit(told, (*map(_place, annexed[:1]), *places))


def _quoted(subject: Subject, section: str, held: Sequence[Edition]) -> Edition | None:
    """The edition that a section quotes, the latest if it quotes several."""
    told = folded("".join(text.text for text in subject.texts.get(section, ())))
    return next((edition for edition in reversed(held) if folded(edition.document_number) in told), None)


@registered
def catalogue_denied(
    subject: Subject, *, section: str, words: Sequence[str], unless: Sequence[str] = ()
) -> Iterator[Hit]:
    """A text of `section` that says by one of the `words` that there is none, where a whole edition is annexed.

    A text with one of the words `unless` says something else.
    """
    annexed = _annexed(subject)
    for text in subject.texts.get(section, ()) if annexed else ():
        word = next((word for word in words if word in text.text), "")
        if word and not any(other in text.text for other in unless):
            told = f"正文说“{text.text.strip()}”，后面却附有目录{len(annexed)}条"
            yield Hit(told, (subject.text(text, word), _place(annexed[0]), _place(annexed[-1])))
            return


@registered
def catalogue_of_all(subject: Subject, *, section: str, title: str, sections: int) -> Iterator[Hit]:
    """An annexed copy of the catalogue of all departments (of at least so many `sections`), no list of one's own.

    `title` is the word by which the text that introduces it is found.
    """
    annexed = _annexed(subject)
    headed = dict.fromkeys(line.section for line in annexed)
    if len(headed) >= sections:
        said = [subject.text(text, title) for text in subject.texts.get(section, ()) if title in text.text]
        told = f"所附目录有{len(headed)}个部门、{len(annexed)}条，是全省各部门的目录，没有列本部门的购买事项"
        yield Hit(told, (*said[:3], _place(annexed[0]), _place(annexed[-1])))


class _Match(Struct, frozen=True):
    """A printed line and its place among the entries of the edition."""

    line: CatalogueLine
    at: int


@registered
def catalogue_gaps(subject: Subject, *, entries: int) -> Iterator[Hit]:
    """Runs of at least so many entries of the edition that an annexed copy lacks: lost pages."""
    printed, held = _aligned(subject)
    for before, behind in pairwise(printed):
        missing = held[before.at + 1 : behind.at]
        if len(missing) >= entries:
            first, last = missing[0], missing[-1]
            told = f"“{before.line.code} {before.line.name}”与“{behind.line.code} {behind.line.name}”之间"
            told += f"缺{len(missing)}条（{first.section}{first.code}至{last.section}{last.code}）"
            lost = "、".join(dict.fromkeys(entry.section for entry in missing if len(entry.code) == 1))
            told += f"，{lost}的标题也不见了" if lost else ""
            yield Hit(told, (_place(before.line), _place(behind.line)), suspected_misreading=True)


@registered
def catalogue_codes(subject: Subject) -> Iterator[Hit]:
    """Codes of an annexed copy other than those of the edition, below a code that its section has not, or twice in it."""
    printed, held = _aligned(subject)
    entries = {id(match.line): held[match.at] for match in printed}
    names, whole = {folded(entry.name) for entry in held}, {(entry.section, entry.code) for entry in held}
    seen: dict[tuple[str, str], CatalogueLine] = {}
    above: set[str] = set()
    for line in _annexed(subject) if printed else ():
        above = {line.code} if len(line.code) == 1 else above | {line.code}
        entry = entries.get(id(line))
        if entry is None and folded(line.name) not in names:
            continue
        section = entry.section if entry else line.section
        told = _slip(line, entry, above, whole)
        twin = seen.setdefault((section, line.code), line)
        if not told and len(line.code) > 3 and folded(twin.name) != folded(line.name):
            told = f"“{line.name}”的代码是{line.code}，与“{twin.name}”重复"
        if told:
            yield Hit(told, (_place(line),), suspected_misreading=True)


def _slip(line: CatalogueLine, entry: CatalogueEntry | None, above: set[str], whole: set[tuple[str, str]]) -> str:
    """What is wrong with a line's code, empty if nothing is. `above` are the codes since the section's first."""
    if entry is not None and line.code != entry.code:
        return f"“{line.name}”的代码是{line.code}，目录原文是{entry.code}" if entry.flag in _SOUND else ""
    parent = line.code[:-2]
    known = parent in above if entry is None else (entry.section, parent) in whole
    return "" if known or len(parent) < 2 else f"“{line.name}”的代码是{line.code}，前面没有上级{parent}"


@lru_cache(maxsize=1)
def _aligned(subject: Subject) -> tuple[list[_Match], tuple[CatalogueEntry, ...]]:
    """The lines of an annexed copy that are entries of its edition, in the edition's order, and those entries."""
    annexed, region = _annexed(subject), subject.family.catalogue_region
    edition = annexed[0].edition if annexed else ""
    if not region or edition not in {one.id for one in editions(region)}:
        return [], ()
    held = load_catalogue(edition, region).entries
    exact, named = _index(edition, region)
    found: list[_Match] = []
    next_at = 0
    for number, line in enumerate(annexed):
        name = folded(line.name)
        at = _next(exact.get((line.code, name), ()), next_at)
        if at is None or (at - next_at > _NEAR and not _follows(annexed, number, held, at)):
            at = _next(named.get(name, ()), next_at)
            at = at if at is not None and at - next_at <= _NEAR else None
        if at is not None:
            found.append(_Match(line, at))
            next_at = at + 1
    return found, held


@cache
def _index(edition: str, region: str) -> tuple[dict[tuple[str, str], list[int]], dict[str, list[int]]]:
    """Where the entries of an edition stand, by code and name and by name."""
    exact: dict[tuple[str, str], list[int]] = defaultdict(list)
    named: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(load_catalogue(edition, region).entries):
        exact[entry.code, folded(entry.name)].append(number)
        named[folded(entry.name)].append(number)
    return exact, named


def _next(places: Sequence[int], start: int) -> int | None:
    number = bisect_left(places, start)
    return places[number] if number < len(places) else None


def _follows(annexed: Sequence[CatalogueLine], number: int, held: Sequence[CatalogueEntry], at: int) -> bool:
    """Whether the line behind one is the entry behind the other, too."""
    if number + 1 >= len(annexed) or at + 1 >= len(held):
        return False
    return folded(annexed[number + 1].name) == folded(held[at + 1].name)
