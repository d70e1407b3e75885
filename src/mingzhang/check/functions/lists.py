"""Lists and counts in sentences against the rows of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TypedDict

from mingzhang.amounts import ZERO
from mingzhang.check.cells import fold, number
from mingzhang.check.findings import Place
from mingzhang.check.prose import NUMBER, Passage, amount, any_of, counts, passages, pattern
from mingzhang.check.subject import Hit, Row, Subject, registered

_ALIKE = 0.75
_HUNDRED = Decimal(100)
_HALF_A_DIGIT = Decimal("0.005")
_SEPARATORS = re.compile(r"[、，,]")
_MOST_NAMES = 12


class NameList(TypedDict):
    """Names listed behind some words, and the column of the table whose rows they are."""

    words: str
    table: str
    column: str


@registered
def names_listed(
    subject: Subject, section: str, opening: str, closing: Sequence[str], lists: Sequence[NameList]
) -> Iterator[Hit]:
    """Lists of names in a section that are not the second-level rows with money in a column.

    A list stands behind its words, an amount and the `opening`, up to a mark of punctuation; `closing` words end it.
    """
    for wanted in lists:
        told = _listed(subject, section, wanted["words"], opening, closing)
        rows = [one for one in subject.rows if one.head.table == wanted["table"] and one.head.row_name2]
        if told and rows:
            yield from _compared(subject, *told, wanted, rows)


def _listed(
    subject: Subject, section: str, words: str, opening: str, closing: Sequence[str]
) -> tuple[Passage, list[str]] | None:
    found = pattern(rf"{re.escape(words)}{NUMBER}万元[,，]?{re.escape(opening)}:?([^。;:]+)")
    for passage in passages(subject.texts.get(section, ())):
        match = found.search(passage.text)
        if match:
            names = match[1].rstrip("，,、")
            for word in closing:
                names = names.removesuffix(word)
            return passage, list(filter(None, map(fold, _SEPARATORS.split(names))))
    return None


def _compared(
    subject: Subject, passage: Passage, names: Sequence[str], wanted: NameList, rows: Sequence[Row]
) -> Iterator[Hit]:
    printed = {fold(row.head.row_name): row for row in rows if wanted["column"] in row.cells}
    due = {name: row for name, row in printed.items() if row.value(wanted["column"])}
    missing = [name for name in due if name not in names and not _alike(name, names)]
    extra = [name for name in dict.fromkeys(names) if name not in printed and not _alike(name, due)]
    if not missing and not extra:
        return
    column = subject.labels.column(wanted["table"], "", wanted["column"])
    parts = [f"少列“{'、'.join(missing[:_MOST_NAMES])}”"] if missing else []
    parts += [f"多列“{'、'.join(extra[:_MOST_NAMES])}”"] if extra else []
    told = f"“{wanted['words']}”与{subject.labels.form(wanted['table'])}{column}有数的科目相比，{'，'.join(parts)}"
    places = [subject.text(passage.source, name) for name in extra] or [subject.text(passage.source, wanted["words"])]
    yield Hit(told, (*places, *(subject.fact(due[name].cells[wanted["column"]]) for name in missing)))


def _alike(name: str, others: Sequence[str] | dict[str, Row]) -> bool:
    """Whether a name is another one with a letter misread or left out."""
    return any(SequenceMatcher(None, name, other, autojunk=False).ratio() >= _ALIKE for other in others)


@registered
def shares(subject: Subject, total: str, shares: Sequence[str]) -> Iterator[Hit]:
    """Percentages of one whole that do not add up to 100; one that ends in a full stop stands for a list's."""
    keys = [key for one in shares for key in _keys(subject, one)]
    printed = {key: value for key in keys if (value := subject.amount(key)) is not None}
    whole = subject.amount(total)
    if len(printed) < 2 or len(printed) < len(shares) or not whole:
        return
    gap = sum(printed.values(), ZERO) - _HUNDRED
    # Each percentage is rounded (one printed as 0 is none at all), and so are the amounts of which it is the quotient.
    parts = sum(1 for key in printed if subject.figures[key].value != "0")
    if abs(gap) > _HALF_A_DIGIT * (parts + (len(printed) + 1) * _HUNDRED / whole):
        places = tuple(subject.figure(key) for key in printed)
        yield Hit(f"{len(printed)}项占比之和为{gap + _HUNDRED:f}%", places, gap)


def _keys(subject: Subject, key: str) -> list[str]:
    return [one for one in subject.figures if one.startswith(key)] if key.endswith(".") else [key]


class Said(TypedDict):
    """The words that a figure stands behind in a section, and its key."""

    section: str
    words: str
    key: str


@registered
def said_again(subject: Subject, figures: Sequence[Said]) -> Iterator[Hit]:
    """Figures that their section says again with another number."""
    for said in figures:
        printed, seen = subject.amount(said["key"]), set[Decimal]()
        found = pattern(rf"{re.escape(said['words'])}(?:为|是)?({NUMBER})万元")
        for passage in passages(subject.texts.get(said["section"], ())) if printed is not None else ():
            for match in found.finditer(passage.text):
                again = amount(match[1])
                if printed is not None and again != printed and again not in seen:
                    seen.add(again)
                    told = f"“{said['words']}”一处为{printed:f}万元，一处为{again:f}万元"
                    yield Hit(
                        told, (subject.text(passage.source, match[1]), subject.figure(said["key"])), again - printed
                    )


class SaidNone(TypedDict):
    """Words of what a section may say that there is none of, and the cell of a table that then must be empty."""

    section: str
    words: Sequence[str]
    cell: str


@registered
def said_none(subject: Subject, none: Sequence[str], told: Sequence[SaidNone]) -> Iterator[Hit]:
    """Sections that say that there is none of something for which a table has an amount, and print no amount of it."""
    for one in told:
        value = subject.value(one["cell"])
        found = pattern(rf"(?:{any_of(none)})[^。;，,]{{0,12}}?(?:{any_of(one['words'])})")
        printed = any(
            number(figure.value) for key, figure in subject.figures.items() if key.startswith(f"{one['section']}.")
        )
        for passage in passages(subject.texts.get(one["section"], ())) if value and not printed else ():
            match = found.search(passage.text)
            if match:
                place = subject.text(passage.source, match[0])
                yield Hit(
                    f"说明称“{match[0]}”，{subject.labels.form(one['cell'][: one['cell'].index('[')].partition('.')[0])}合计为{value:f}万元",
                    (place, *_total(subject, one["cell"])),
                )
                break


def _total(subject: Subject, cell: str) -> Iterator[Place]:
    """The place of the cell that a reference names, by its row's name."""
    where, _, column = cell.partition("]")
    form, _, name = where.partition("[")
    table, _, side = form.partition(".")
    for row in subject.rows:
        fact = row.cells.get(column.removeprefix("."))
        if fact and (row.head.table, row.head.side, row.head.row_name) == (table, side, name):
            yield subject.fact(fact)


@registered
def units_counted(
    subject: Subject, section: str, counters: Sequence[str], kinds: Sequence[str], table: str
) -> Iterator[Hit]:
    """A number of units told by kind (1家行政单位、2家参公事业单位) that is not that of a table's unit rows."""
    rows = _unit_rows(subject, table)
    if not rows or table in subject.disclosure.empty_tables:
        return
    least = sum(1 for row in rows if any(fact.value for fact in row.cells.values()))
    for passage in passages(subject.texts.get(section, ())):
        told = list(counts(passage.text, "", f"(?:{any_of(counters)})(?:{any_of(kinds)})"))
        total = sum(count for count, _ in told)
        if told and not least <= total <= len(rows):
            places = (subject.text(passage.source, told[0][1]), *_first_cells(subject, rows))
            yield Hit(
                f"说明称“{'、'.join(words for _, words in told)}”，{subject.labels.form(table)}列出{len(rows)}个单位",
                places,
            )
            return


def _unit_rows(subject: Subject, table: str) -> list[Row]:
    """The rows of units in a table of projects or of agencies."""
    side = next((side for one in subject.family.tables if one.id == table for side in one.side), None)
    rows = [row for row in subject.rows if row.head.table == table]
    if side is not None and side.rows == "agencies":
        return [row for row in rows if fold(row.head.row_name) != fold(side.total)]
    return [row for row in rows if row.head.level == "unit"]


def _first_cells(subject: Subject, rows: Sequence[Row]) -> Iterator[Place]:
    return (subject.fact(next(iter(row.cells.values()))) for row in rows[:_MOST_NAMES])


@registered
def units_told(subject: Subject, section: str, words: str, tables: Sequence[str]) -> Iterator[Hit]:
    """A number of all budget units, told behind `words`, that is smaller than that of a table's unit rows."""
    told = [
        (passage, count, printed)
        for passage in passages(subject.texts.get(section, ()))
        for count, printed in counts(passage.text, re.escape(words), "个")
    ]
    for passage, count, printed in told[:1]:
        for table in tables:
            rows = _unit_rows(subject, table)
            if len(rows) > count:
                found = f"说明称“{printed}”，{subject.labels.form(table)}列出{len(rows)}个单位"
                yield Hit(found, (subject.text(passage.source, printed), *_first_cells(subject, rows)))


@registered
def disclosed_parts(
    subject: Subject, section: str, after: str, kinds: Sequence[str], count: str, money: str
) -> Iterator[Hit]:
    """Kinds of disclosed projects whose numbers or amounts do not add up to the disclosed ones.

    The kinds are told behind the words `after`, each with a number and an amount.
    """
    for passage in passages(subject.texts.get(section, ())):
        _, found, rest = passage.text.partition(after)
        parts = [
            pattern(rf"{re.escape(kind)}(\d{{1,4}})个[,，]涉及(?:项目)?金额({NUMBER})万元").search(rest)
            for kind in kinds
        ]
        told = [part for part in parts if part]
        if not found or len(told) < len(kinds):
            continue
        for key, place, unit, bound in ((count, 1, "个", ZERO), (money, 2, "万元", Decimal("0.01") * (len(kinds) + 1))):
            whole = subject.amount(key)
            values = [Decimal(part[place].replace(",", "")) for part in told]
            gap = sum(values, ZERO) - whole if whole is not None else ZERO
            if whole is not None and abs(gap) > bound:
                sums = "＋".join(f"{value:f}" for value in values)
                words = f"公开的{'、'.join(kinds)}{sums}＝{gap + whole:f}{unit}，公开的共{whole:f}{unit}"
                yield Hit(
                    words, (subject.figure(key), *(subject.text(passage.source, part[place]) for part in told)), gap
                )


@registered
def units_overall(subject: Subject, section: str, units: str, some: str, money: str, total: str) -> Iterator[Hit]:
    """The money of the units' own overall targets, where all units have them, that is not that of the whole."""
    whole = subject.amount(total)
    found = pattern(
        rf"{re.escape(units)}(\d{{1,4}})个[,，]{re.escape(some)}(\d{{1,4}})个[^。;]{{0,60}}?{re.escape(money)}({NUMBER})万元"
    )
    for passage in passages(subject.texts.get(section, ())) if whole is not None else ():
        match = found.search(passage.text)
        if whole is not None and match and match[1] == match[2]:
            gap = amount(match[3]) - whole
            if abs(gap) > Decimal("0.02"):
                told = f"{match[2]}个单位全部编报，{money}{amount(match[3]):f}万元，部门整体涉及{whole:f}万元"
                yield Hit(told, (subject.text(passage.source, match[3]), subject.figure(total)), gap)


@registered
def at_most(subject: Subject, section: str, less: str, more: str, unless: Sequence[str]) -> Iterator[Hit]:
    """A figure that is larger than another of which it is a part, unless a word says that they are of two kinds."""
    part, whole = subject.amount(less), subject.amount(more)
    if part is None or whole is None or part <= whole:
        return
    if not any(word in one.text for one in subject.texts.get(section, ()) for word in unless):
        told = f"{subject.labels.figure(less)}{part:f}大于{subject.labels.figure(more)}{whole:f}"
        yield Hit(told, (subject.figure(less), subject.figure(more)), part - whole)
