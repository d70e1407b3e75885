"""Figures of an explanation that hang together: parts and wholes, counts and money, what is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations
from typing import TypedDict

from mingzhang.amounts import ZERO
from mingzhang.check.cells import fold
from mingzhang.check.prose import NUMBER, Passage, amount, passages, pattern, plain
from mingzhang.check.subject import Hit, Row, Subject, registered

_HALF = Decimal("0.005")
_ALIKE = 0.75
_SEPARATORS = re.compile(r"[、，,]")
_GAP = "[^。]{0,120}?"
_MOST_NAMES = 12
_WHOLE = Decimal(100)


class Whole(TypedDict):
    """A figure and those that make it up; parts that are not printed are zero."""

    total: str
    parts: Sequence[str]


@registered
def parts_of_whole(subject: Subject, *, wholes: Sequence[Whole]) -> Iterator[Hit]:
    """Figures whose printed parts do not add up to them."""
    for one in wholes:
        total = subject.amount(one["total"])
        parts = {key: value for key in one["parts"] if (value := subject.amount(key)) is not None}
        gap = sum(parts.values(), ZERO) - total if total is not None and parts else ZERO
        if total is not None and abs(gap) > _HALF * (len(parts) + 1):
            told = "＋".join(f"{value:f}" for value in parts.values())
            form = subject.labels.form(one["total"].partition(".")[0])
            said = f"{form}{subject.labels.figure(one['total'])}{total:f}万元，所列各项{told}＝{gap + total:f}万元"
            yield Hit(said, (subject.figure(one["total"]), *map(subject.figure, parts)), gap)


class Said(TypedDict):
    """A sentence of a section with `{}` for the number, `…` for what may stand between, and the figure's key."""

    section: str
    text: str
    key: str


@registered
def repeated_figures(subject: Subject, *, figures: Sequence[Said]) -> Iterator[Hit]:
    """Figures that their section prints again with another number."""
    for said in figures:
        figure = subject.amount(said["key"])
        found = _sentence(said["text"])
        for passage in passages(subject.texts.get(said["section"], ())) if figure is not None else ():
            for match in found.finditer(passage.text):
                if figure is not None and amount(match[1]) != figure:
                    name = subject.labels.figure(said["key"])
                    told = f"{name}一处为{figure:f}万元，“{match[0]}”一处为{amount(match[1]):f}万元"
                    places = (subject.text(passage.source, match[1]), subject.figure(said["key"]))
                    yield Hit(told, places, amount(match[1]) - figure)


def _sentence(text: str) -> re.Pattern[str]:
    parts = (_GAP.join(map(re.escape, part.split("…"))) for part in plain(text).split("{}"))
    return pattern(rf"({NUMBER})".join(parts))


class Counted(TypedDict):
    """The keys of a number of things and of the money for them."""

    count: str
    money: str


@registered
def counted_money(subject: Subject, *, pairs: Sequence[Counted]) -> Iterator[Hit]:
    """Money for nothing, or things without money: one of a pair is zero, the other is not."""
    for one in pairs:
        count, money = subject.amount(one["count"]), subject.amount(one["money"])
        if count is not None and money is not None and (count == 0) != (money == 0):
            names = subject.labels.figure(one["count"]), subject.labels.figure(one["money"])
            yield Hit(
                f"{names[0]}为{count:f}，{names[1]}为{money:f}万元",
                (subject.figure(one["count"]), subject.figure(one["money"])),
            )


@registered
def average_of_grades(subject: Subject, *, score: str, grades: Mapping[str, Sequence[int]]) -> Iterator[Hit]:
    """An average score that no scores of so many projects of each grade (its lowest and highest score) can have."""
    average = subject.amount(score)
    counts = {key: subject.amount(key) for key in grades}
    known = {key: count for key, count in counts.items() if count is not None}
    number = sum(known.values(), ZERO)
    if average is None or len(known) < len(grades) or not number:
        return
    low, high = (sum((count * grades[key][end] for key, count in known.items()), ZERO) / number for end in (0, 1))
    if not low - _HALF <= average <= high + _HALF:
        told = "、".join(f"“{subject.labels.figure(key)}”{count:f}个" for key, count in known.items() if count)
        said = f"平均得分{average:f}分，{told}的平均得分应在{low:.2f}至{high:.2f}之间"
        yield Hit(said, (subject.figure(score), *(subject.figure(key) for key, count in known.items() if count)))


@registered
def alike_counts(subject: Subject, *, pairs: Sequence[Counted], times: int) -> Iterator[Hit]:
    """Two figures of equally many projects whose money differs so many `times` or more."""
    told = [(one, subject.amount(one["count"]), subject.amount(one["money"])) for one in pairs]
    for (one, count, money), (other, again, also) in combinations(told, 2):
        if not count or count != again or not money or not also or max(money, also) < times * min(money, also):
            continue
        names = [subject.labels.figure(pair["money"]) for pair in (one, other)]
        said = f"都是{count:f}个项目，{names[0]}{money:f}万元，{names[1]}{also:f}万元"
        yield Hit(said, (subject.figure(one["money"]), subject.figure(other["money"])), money - also)


class ItemList(TypedDict):
    """Names listed behind some words and an amount, and the column of a table's side whose rows they are."""

    words: str
    table: str
    side: str
    column: str


@registered
def items_listed(
    subject: Subject, *, section: str, opening: str, closing: Sequence[str], lists: Sequence[ItemList]
) -> Iterator[Hit]:
    """Lists of names that the table has no money for, or (milder) that leave out rows with money.

    A list stands behind its words, an amount and the `opening`; one that ends in a `closing` word need not be complete.
    """
    for wanted in lists:
        found = pattern(rf"{re.escape(wanted['words'])}{NUMBER}万元[,，]?{re.escape(opening)}:?([^。;:]+)")
        rows = [row for row in subject.rows if (row.head.table, row.head.side) == (wanted["table"], wanted["side"])]
        for passage in passages(subject.texts.get(section, ())) if rows else ():
            match = found.search(passage.text)
            if match:
                yield from _listed(subject, passage, match[1], wanted, rows, tuple(closing))


def _listed(
    subject: Subject, passage: Passage, listed: str, wanted: ItemList, rows: Sequence[Row], closing: tuple[str, ...]
) -> Iterator[Hit]:
    names = [name for part in _SEPARATORS.split(listed) if (name := _bare(fold(part), closing))]
    values = {fold(row.head.row_name): row for row in rows if row.head.row_code}
    due = {name: row for name, row in values.items() if row.value(wanted["column"])}
    form = subject.labels.form(wanted["table"])
    for name in dict.fromkeys(names):
        row = values.get(name)
        if row is None and not _alike(name, due):
            yield Hit(f"列有“{name}”，{form}没有这个科目的支出", (subject.text(passage.source, name),))
        elif row is not None and name not in due:
            cell = row.cells.get(wanted["column"], row.head)
            said = f"列有“{name}”，{form}为{cell.value:f}"
            yield Hit(said, (subject.text(passage.source, name), subject.fact(cell)))
    told = {code[: len(code) - 2] or code for code in _codes(due, names)}
    missing = (
        [] if listed.endswith(closing) else [name for name, row in due.items() if _missing(row, name, names, told)]
    )
    if missing and told:
        amounts = "、".join(f"“{name}”{due[name].value(wanted['column']):f}万元" for name in missing[:_MOST_NAMES])
        places = tuple(subject.fact(due[name].cells[wanted["column"]]) for name in missing[:_MOST_NAMES])
        yield Hit(f"没有列{amounts}", (subject.text(passage.source, wanted["words"]), *places), milder=True)


def _bare(name: str, closing: tuple[str, ...]) -> str:
    for word in closing:
        name = name.removesuffix(word)
    return name


def _codes(due: Mapping[str, Row], names: Sequence[str]) -> Iterator[str]:
    """The codes below a class that a list names: who lists classes does not list items."""
    return (row.head.row_code for name, row in due.items() if name in names and row.head.row_code[3:])


def _missing(row: Row, name: str, names: Sequence[str], told: set[str]) -> bool:
    """Whether an item with money is neither listed nor one of a class that the list names as a whole."""
    code = row.head.row_code
    return len(code) > 3 and code[:3] in told and name not in names and not _alike(name, names)


def _alike(name: str, others: Sequence[str] | Mapping[str, Row]) -> bool:
    return any(SequenceMatcher(None, name, other, autojunk=False).ratio() >= _ALIKE for other in others)
