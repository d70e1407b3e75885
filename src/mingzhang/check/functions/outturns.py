"""What a final account says of each function item: its outturn against the table, against its budget, its purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from typing import NotRequired, TypedDict

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.check.cells import fold
from mingzhang.check.prose import NUMBER, Passage, amount, any_of, passages, pattern
from mingzhang.check.subject import Hit, Row, Subject, registered

_LEVELS = re.compile(r"[（(][类款项][)）]")
_CODES = (3, 5, 7)
_ALIKE = 0.75
_HALF = Decimal("0.005")
_CENT = Decimal("0.01")
_BEFORE = re.compile(r"[()。、.]")
_MOST_PLACES = 12


class Items(TypedDict):
    """Items of a section (`n5.item.`) and the table of which they are the lowest rows, with its column."""

    prefix: str
    table: str
    column: str


class _Told(Struct, frozen=True):
    """An item of the text: its key without the field, the names on its path, its outturn."""

    key: str
    path: tuple[str, ...]
    outturn: Decimal

    @property
    def name(self) -> str:
        return self.path[-1]


class _Printed(Struct, frozen=True):
    """The lowest row of a table with the names on its path, from its class down."""

    row: Row
    path: tuple[str, ...]


def _told(subject: Subject, prefix: str) -> list[_Told]:
    found = []
    for key in subject.figures:
        if key.startswith(prefix) and key.endswith(".outturn"):
            outturn = subject.amount(key)
            entry = key.removesuffix(".outturn")
            path = tuple(fold(name) for name in _LEVELS.split(entry.removeprefix(prefix)) if name)
            if outturn is not None and path:
                found.append(_Told(entry, path, outturn))
    return found


def _printed(subject: Subject, table: str) -> list[_Printed]:
    rows = {row.head.row_code: row for row in subject.rows if row.head.table == table and row.head.row_code}
    found = []
    for code, row in rows.items():
        if len(code) == _CODES[-1]:
            names = [fold(rows[code[:size]].head.row_name) for size in _CODES if code[:size] in rows]
            found.append(_Printed(row, tuple(names)))
    return found


def _matched(
    told: Sequence[_Told], printed: Sequence[_Printed]
) -> tuple[list[tuple[_Told, _Printed]], list[_Told], list[_Printed]]:
    """Items with their rows, by the same names, then by a name alike; and what is left on both sides."""
    pairs: list[tuple[_Told, _Printed]] = []
    left, rows = list(told), list(printed)
    for fits in (_same_path, _same_name, _like_name):
        for item in list(left):
            row = next((row for row in rows if fits(item, row)), None)
            if row is not None:
                pairs.append((item, row))
                left.remove(item)
                rows.remove(row)
    return pairs, left, rows


def _same_path(item: _Told, row: _Printed) -> bool:
    return item.path == row.path


def _same_name(item: _Told, row: _Printed) -> bool:
    return item.name == row.path[-1]


def _like_name(item: _Told, row: _Printed) -> bool:
    return SequenceMatcher(None, item.name, row.path[-1], autojunk=False).ratio() >= _ALIKE


def _value(row: _Printed, column: str) -> Decimal:
    return row.row.value(column)


def _name(subject: Subject, key: str) -> str:
    """A figure's name with its section."""
    return f"{subject.labels.form(key.partition('.')[0])}{subject.labels.figure(key)}"


@registered
def items_of_table(subject: Subject, *, lists: Sequence[Items]) -> Iterator[Hit]:
    """Items of the text whose outturn is not that of their row, or that the table does not have."""
    for one in lists:
        told, printed = _told(subject, one["prefix"]), _printed(subject, one["table"])
        pairs, left, rows = _matched(told, printed) if printed else ([], [], [])
        form = subject.labels.form(one["table"])
        for item, row in pairs:
            gap = item.outturn - _value(row, one["column"])
            if gap:
                fact = row.row.cells.get(one["column"], row.row.head)
                said = f"“{item.name}”决算数{item.outturn:f}万元，{form}为{_value(row, one['column']):f}万元"
                yield Hit(said, (subject.figure(f"{item.key}.outturn"), subject.fact(fact)), gap)
        values = [_value(row, one["column"]) for row in rows]
        for item in left:
            if item.outturn and item.outturn not in values:
                said = f"“{item.name}”决算数{item.outturn:f}万元，{form}没有这个科目"
                yield Hit(said, (subject.figure(f"{item.key}.outturn"),), item.outturn)


@registered
def items_named(subject: Subject, *, lists: Sequence[Items]) -> Iterator[Hit]:
    """Items of the text that are called otherwise than the row of the table with their amount, or put under others."""
    for one in lists:
        pairs, left, rows = _matched(_told(subject, one["prefix"]), _printed(subject, one["table"]))
        for item, row in pairs:
            if item.path != row.path and len(item.path) == len(row.path):
                yield _other_name(subject, one, item, row)
        for item in left:
            same = [row for row in rows if item.outturn and _value(row, one["column"]) == item.outturn]
            if len(same) == 1:
                yield _other_name(subject, one, item, same[0])


def _other_name(subject: Subject, one: Items, item: _Told, row: _Printed) -> Hit:
    fact = row.row.cells.get(one["column"], row.row.head)
    said = f"“{'—'.join(item.path)}”在{subject.labels.form(one['table'])}中是“{'—'.join(row.path)}”"
    return Hit(said, (subject.figure(f"{item.key}.outturn"), subject.fact(fact)))


@registered
def items_left_out(subject: Subject, *, lists: Sequence[Items], least: float) -> Iterator[Hit]:
    """Rows of the table that the text does not tell, where it tells at least a share `least` of them."""
    for one in lists:
        told = _told(subject, one["prefix"])
        printed = [row for row in _printed(subject, one["table"]) if _value(row, one["column"])]
        _, left, rows = _matched(told, printed)
        # Left over on both sides is an item under another name.
        missing = rows if not left else []
        if missing and len(told) >= least * len(printed):
            names = "、".join(f"“{row.path[-1]}”{_value(row, one['column']):f}万元" for row in missing)
            places = tuple(subject.fact(row.row.cells[one["column"]]) for row in missing[:_MOST_PLACES])
            yield Hit(f"没有说明{names}", places)


class SumOfItems(TypedDict):
    """A figure that is the sum of a field of all items; `whole` is the sum of their outturns."""

    total: str
    whole: str
    prefix: str
    field: str


@registered
def sums_of_items(subject: Subject, *, sums: Sequence[SumOfItems]) -> Iterator[Hit]:
    """Totals of a budget that are not the sum of the items' own, where the text tells all items with it."""
    for one in sums:
        told = _told(subject, one["prefix"])
        values = [subject.amount(f"{item.key}.{one['field']}") for item in told]
        total, whole = subject.amount(one["total"]), subject.amount(one["whole"])
        known = [value for value in values if value is not None]
        if total is None or whole is None or len(known) < max(len(values), 1):
            continue
        bound = _HALF * (len(told) + 1)
        gap = total - sum(known, ZERO)
        if abs(sum((item.outturn for item in told), ZERO) - whole) <= bound < abs(gap):
            said = f"{_name(subject, one['total'])}{total:f}万元，{len(told)}个科目之和{total - gap:f}万元"
            places = [subject.figure(f"{item.key}.{one['field']}") for item in told[:_MOST_PLACES]]
            yield Hit(said, (subject.figure(one["total"]), *places), gap)


class Done(TypedDict):
    """A share that an outturn (`part`) is of a budget (`base`); `other` is the budget that may be meant.

    `*` in the keys stands for each item.
    """

    part: str
    base: str
    share: str
    other: NotRequired[str]


@registered
def done_of_nothing(subject: Subject, *, quotients: Sequence[Done]) -> Iterator[Hit]:
    """Shares of a budget that is zero."""
    for one in quotients:
        for part, base, share, other in _each(subject, one):
            outturn, budget, percent = (subject.amount(key) for key in (part, base, share))
            if budget is None or budget or not outturn or not percent:
                continue
            said = f"{_name(subject, base)}为0，决算数{outturn:f}万元却写完成{percent:f}%"
            places = [subject.figure(share), subject.figure(base), subject.figure(part)]
            meant = subject.amount(other) if other else None
            if meant and abs(percent - outturn / meant * 100) <= _CENT:
                said += f"；{percent:f}%是占{subject.labels.figure(other)}{meant:f}万元的比重"
                places.append(subject.figure(other))
            yield Hit(said, tuple(places))


def _each(subject: Subject, one: Done) -> Iterator[tuple[str, str, str, str]]:
    keys = (one["part"], one["base"], one["share"], one.get("other", ""))
    before, star, after = keys[0].partition("*")
    if not star:
        yield keys
        return
    for key in subject.figures:
        if key.startswith(before) and key.endswith(after):
            entry = key[len(before) : len(key) - len(after)]
            yield (
                keys[0].replace("*", entry),
                keys[1].replace("*", entry),
                keys[2].replace("*", entry),
                keys[3].replace("*", entry),
            )


class Words(TypedDict):
    """The words for an outturn, its budgets, and how it stands to them."""

    outturn: Sequence[str]
    budgets: Sequence[str]
    any_budget: str
    more: Sequence[str]
    less: Sequence[str]
    same: Sequence[str]


@registered
def compared_to_budget(subject: Subject, *, sections: Sequence[str], words: Words) -> Iterator[Hit]:
    """Words (决算数小于预算数) that are not how the numbers before them stand to each other."""
    budgets = pattern(rf"(?P<budget>{any_of(words['budgets'])})(?:数)?(?:为|是)?(?P<number>{NUMBER})万元")
    outturns = pattern(rf"(?:{any_of(words['outturn'])})(?:数)?(?:为|是)?(?P<number>{NUMBER})万元")
    named = any_of((*words["budgets"], words["any_budget"]))
    how = any_of((*words["more"], *words["less"]))
    phrase = pattern(
        rf"决算数?(?:(?P<how>{how})|[与和](?=(?:{named})数?(?:{any_of(words['same'])})))(?P<budget>{named})"
    )
    for passage in (one for section in sections for one in passages(subject.texts.get(section, ()))):
        for match in phrase.finditer(passage.text):
            meant = list(_meant(passage.text[: match.start()], match["budget"], budgets, outturns, words))
            if meant and not any(_stands(outturn, budget, match["how"], words) for outturn, _, budget in meant):
                outturn, _, budget = meant[0]
                said = "、".join(f"{name}{value}万元" for _, name, value in meant)
                places = (subject.text(passage.source, outturn), subject.text(passage.source, budget))
                yield Hit(f"“{_phrase(passage, match)}”，而决算数{outturn}万元，{said}", places)


def _meant(
    text: str, named: str, budgets: re.Pattern[str], outturns: re.Pattern[str], words: Words
) -> Iterator[tuple[str, str, str]]:
    """The outturns of a text, each with the budgets since the one before it that `named` may mean."""
    start = 0
    for match in outturns.finditer(text):
        for budget in budgets.finditer(text, start, match.start()):
            if named in (words["any_budget"], budget["budget"]):
                yield match["number"], budget["budget"], budget["number"]
        start = match.end()


def _stands(outturn: str, budget: str, how: str | None, words: Words) -> bool:
    gap = amount(outturn) - amount(budget)
    if how is None:
        return abs(gap) <= _CENT
    return gap > 0 if how in words["more"] else gap < 0


def _phrase(passage: Passage, match: re.Match[str]) -> str:
    return passage.text[match.start() : match.end() + 4].partition("。")[0]


class Purpose(TypedDict):
    """Words that tell items of one kind in their names, and words for what they are for."""

    names: Sequence[str]
    purposes: Sequence[str]


@registered
def purposes(subject: Subject, *, sections: Sequence[str], lead: str, kinds: Sequence[Purpose]) -> Iterator[Hit]:
    """Items whose purpose, behind the words `lead`, is that of another kind and not their own."""
    purpose = pattern(rf"{re.escape(lead)}:?([^。]*)")
    for passage in (one for section in sections for one in passages(subject.texts.get(section, ()))):
        before, item, after = passage.text.partition("(项)")
        said = purpose.search(after) if item else None
        if not said:
            continue
        name = _BEFORE.split(before)[-1]
        own = [word for kind in kinds if any(one in name for one in kind["names"]) for word in kind["purposes"]]
        others = [word for kind in kinds for word in kind["purposes"]]
        if own and not any(word in said[1] for word in own) and any(word in said[1] for word in others):
            yield Hit(f"“{name}”却写{lead}“{said[1]}”", (subject.text(passage.source, said[1]),))
