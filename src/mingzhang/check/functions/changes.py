"""Changes against the year before: words of direction, reasons, differences told inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import TypedDict

from mingzhang.amounts import ZERO, round_half_up
from mingzhang.check.prose import (
    NUMBER,
    Directions,
    Number,
    Passage,
    amount,
    any_of,
    numbers_of,
    of_one_thing,
    passages,
    pattern,
    plain,
    rounding,
    sentences,
)
from mingzhang.check.subject import Hit, Row, Subject, registered

_CENT = Decimal("0.01")
_SHORTEST_NAME = 2
_SHORTEST_PROJECT = 6
_MOST_WORDS = 60
_REACH = 400
_FILLER = "(?:了|额为?|幅度?为?|约|为)?"
_SEPARATORS = re.compile(r"[、,，和及]")
_CLAUSES = re.compile(r"[、,，:]")
_ENDS = re.compile(r"[。;]")
_ROUNDING = Decimal("0.02")


def _passages(subject: Subject, sections: Sequence[str]) -> Iterator[Passage]:
    return (passage for section in sections for passage in passages(subject.texts.get(section, ())))


@registered
def directions(
    subject: Subject, sections: Sequence[str], more: Sequence[str], less: Sequence[str], same: Sequence[str]
) -> Iterator[Hit]:
    """Words of direction that contradict each other: an amount up and its percentage down, 与上年相同 beside a change,
    a change up and the reason of a decrease."""
    turns = any_of((*more, *less))
    change = rf"(?P<turn>{turns}){_FILLER}(?P<number>{NUMBER})(?:万元|元|%)"
    then = pattern(
        rf"{change}[,，、]?(?:同比|环比|比上年|较上年)?"
        rf"(?=(?P<then>(?P<again>{turns})(?:{_FILLER}{NUMBER}%|的?(?:主要)?(?P<cause>原因))))"
    )
    level = rf"[与和同](?:\d{{4}}年|上年|去年)[^,，。;]{{0,8}}(?:{any_of(same)})"
    beside = pattern(rf"{level}[,，]?{change}|(?:{turns}){_FILLER}(?P<count>{NUMBER})(?:万元|元|%)[,，]{level}")
    for passage in _passages(subject, sections):
        for match in then.finditer(passage.text):
            up = match["again"] in more
            if amount(match["number"]) and (match["turn"] in more) != up:
                # A reason may be that of an earlier change of the sentence, of which this one is a part.
                earlier = _ENDS.split(passage.text[: match.start()])[-1] if match["cause"] else ""
                if not any(word in earlier for word in (more if up else less)):
                    told = f"“{match[0]}{match['then']}”前后方向相反"
                    yield Hit(told, (subject.text(passage.source, match["number"]),))
        for match in beside.finditer(passage.text):
            printed = match["number"] or match["count"]
            if amount(printed):
                yield Hit(f"“{match[0]}”，既说相同又说增减", (subject.text(passage.source, printed),))


@registered
def unexplained(subject: Subject, changes: Sequence[str], words: Sequence[str]) -> Iterator[Hit]:
    """Changes, beyond what rounding can make, in whose section no word leads to a reason."""
    for key in changes:
        change = subject.amount(key)
        section = key.partition(".")[0]
        told_of = change is not None and abs(change) > _ROUNDING
        if told_of and not any(word in passage.text for passage in _passages(subject, (section,)) for word in words):
            told = f"{subject.labels.form(section)}{subject.labels.figure(key)}{change:f}万元，没有说明原因"
            yield Hit(told, (subject.figure(key),))


@registered
def empty_reasons(subject: Subject, sections: Sequence[str], words: Sequence[str]) -> Iterator[Hit]:
    """Reasons of which only the opening is there."""
    found = pattern(rf"(?:{any_of(words)})[:,，]?(?=[。;]|$)")
    for section in sections:
        told = list(_passages(subject, (section,)))
        for passage, after in zip_longest(told, told[1:]):
            match = found.search(passage.text)
            # An opening at the very end may lead to paragraphs that tell the reasons one by one.
            if match and (match.end() < len(passage.text) or after is None):
                start = max(0, match.start() - 12)
                yield Hit(
                    f"“{passage.text[start : match.end() + 1]}”之后没有内容", (subject.text(passage.source, match[0]),)
                )


@registered
def reasons_of_income(
    subject: Subject, section: str, income: str, expense: str, reason: str, words: str
) -> Iterator[Hit]:
    """Reasons for the change of expenditure that give figures of income."""
    found = pattern(rf"{re.escape(words)}(?:为|是|总计)?({NUMBER})万元")
    for passage in _passages(subject, (section,)):
        before, told, after = passage.text.partition(expense)
        _, given, because = after.partition(reason)
        numbers = list(dict.fromkeys(found.findall(because)))
        if income in before and told and given and numbers:
            first = found.search(because)
            assert first is not None
            words_told = f"支出增减的原因引用{len(numbers)}个收入数字（{'、'.join(f'{one}万元' for one in numbers)}），没有说明支出的变化"
            yield Hit(words_told, tuple(subject.text(passage.source, one) for one in numbers))


@registered
def unlikely_reasons(
    subject: Subject, section: str, change: str, reason: str, words: Sequence[str], unless: Sequence[str]
) -> Iterator[Hit]:
    """A change whose reason names only what cannot cause it."""
    for passage in _passages(subject, (section,)) if subject.amount(change) else ():
        _, given, because = passage.text.partition(reason)
        named = [word for word in words if word in because]
        if given and named and not any(word in because for word in unless):
            because = because.lstrip("是为:").rstrip("。")[:_MOST_WORDS]
            yield Hit(
                f"{subject.labels.figure(change)}{subject.amount(change):f}万元的原因是“{because}”，说的是人员经费",
                (subject.text(passage.source, named[0]), subject.figure(change)),
            )


@registered
def carried_over_reasons(
    subject: Subject,
    sections: Sequence[str],
    reason: str,
    carried: str,
    tails: Sequence[str],
    generic: Sequence[str],
    current: str,
    before: str,
) -> Iterator[Hit]:
    """Projects that a reason calls carried over, but which stand in the `current` year's table and not in the one `before`."""
    rows = {
        table: [row for row in subject.rows if row.head.table == table and row.head.level == "project"]
        for table in (current, before)
    }
    item = pattern(rf"{re.escape(carried)}([^。;，,:]{{2,60}}?)(?:等?(?:{any_of(tails)}))")
    told: set[str] = set()
    for passage in _passages(subject, sections) if rows[current] else ():
        for match in item.finditer(passage.text.partition(reason)[2]):
            for name in _names(match[1], generic):
                here = [row for row in rows[current] if name in plain(row.head.row_name)]
                if name not in told and here and not any(name in plain(row.head.row_name) for row in rows[before]):
                    told.add(name)
                    listed = "、".join(f"“{row.head.row_name}”{row.value('total'):f}万元" for row in here[:3])
                    words = f"原因说“{match[0]}”，但“{name}”在{subject.labels.form(current)}中有{listed}，{subject.labels.form(before)}中没有"
                    yield Hit(
                        words,
                        (
                            subject.text(passage.source, name),
                            *(subject.fact(next(iter(row.cells.values()))) for row in here[:3]),
                        ),
                    )


def _names(text: str, generic: Sequence[str]) -> Iterator[str]:
    """The names in a list that say which project is meant: quoted ones, and long ones without generic words."""
    for part in _SEPARATORS.split(text):
        name = part.strip("\"'")
        plainly = pattern(any_of(generic)).sub("", name)
        if len(plainly) >= (_SHORTEST_PROJECT - 1 if name == part else _SHORTEST_NAME):
            yield name


@registered
def projects_in_reasons(
    subject: Subject, sections: Sequence[str], leads: Sequence[str], others: Sequence[str], tables: Sequence[str]
) -> Iterator[Hit]:
    """Amounts that a text gives for a new project by its name which are not those of its rows in the tables.

    `leads` are the words that say that it is new, `others` those that say something else of it.
    """
    rows: dict[str, list[Row]] = {}
    for row in subject.rows:
        name = plain(row.head.row_name)
        if row.head.table in tables and row.head.level == "project" and len(name) >= _SHORTEST_PROJECT:
            rows.setdefault(name, []).append(row)
    found, lead = pattern(rf"({NUMBER})万元"), pattern(any_of((*leads, *others)))
    seen: set[tuple[str, str]] = set()
    for passage in _passages(subject, sections) if rows else ():
        for match in found.finditer(passage.text):
            printed = match[1]
            before = _ENDS.split(passage.text[max(0, match.start() - _REACH) : match.start()])[-1]
            name = lead.split(_CLAUSES.split(before)[-1])[-1]
            said = lead.findall(before) or [""]
            if name not in rows or (name, printed) in seen or said[-1] not in leads:
                continue
            seen.add((name, printed))
            values = [row.value("total") for row in rows[name]]
            near = rounding(amount(printed))
            if all(abs(value - amount(printed)) > near for value in (*values, sum(values, ZERO))):
                fact = next(iter(rows[name][0].cells.values()))
                told = f"原因说“{name}”{printed}万元，{subject.labels.form(fact.table)}为{values[0]:f}万元"
                yield Hit(
                    told, (subject.text(passage.source, printed), subject.fact(fact)), amount(printed) - values[0]
                )


class Growth(TypedDict):
    """The keys of a figure, its change and the percentage of the change."""

    total: str
    change: str
    share: str


@registered
def growth_from_nothing(subject: Subject, changes: Sequence[Growth]) -> Iterator[Hit]:
    """Percentages of growth where total and change say that there was nothing the year before."""
    for one in changes:
        total, change, share = (subject.amount(one[key]) for key in ("total", "change", "share"))
        # A percentage tells a prior amount of its own; one that rounding hides is none.
        if total and total == change and share and change / share * 100 > _CENT:
            section = subject.labels.form(one["change"].partition(".")[0])
            name = f"{section}{subject.labels.figure(one['change'])}"
            told = f"{name}{change:f}万元与本年数相同，上年数为零，却写增减率{share:f}%"
            yield Hit(told, (subject.figure(one["share"]), subject.figure(one["change"])))


@registered
def told_changes(
    subject: Subject,
    sections: Sequence[str],
    more: Sequence[str],
    less: Sequence[str],
    now: Sequence[str],
    before: Sequence[str],
) -> Iterator[Hit]:
    """Sentences that give this year's number, last year's, and a change or percentage that they do not make.

    Figures of the family are left to the rules on figures.
    """
    years = (f"{subject.year}年", *now), (f"{subject.year - 1}年", *before)
    words = Directions(tuple(more), tuple(less), *years)
    known = {
        abs(value)
        for key in subject.figures
        if key.endswith(("change", "change_pct")) and (value := subject.amount(key)) is not None
    }
    seen: set[tuple[str, ...]] = set()
    for passage in _passages(subject, sections):
        for sentence in sentences(passage.text):
            for told, numbers, gap in _wrong(list(numbers_of(sentence, words))):
                printed = tuple(one.printed for one in numbers)
                if printed not in seen and abs(numbers[-1].value) not in known:
                    seen.add(printed)
                    yield Hit(told, tuple(subject.text(passage.source, one) for one in reversed(printed)), gap)


def _wrong(numbers: Sequence[Number]) -> Iterator[tuple[str, tuple[Number, ...], Decimal]]:
    """Runs of this year's and last year's number, with what follows them, that do not agree."""
    for place, (first, second, third) in enumerate(zip(numbers, numbers[1:], numbers[2:], strict=False)):
        pair = {first.role: first, second.role: second}
        if set(pair) != {"now", "before"} or not of_one_thing(first, second, third):
            continue
        now, before = pair["now"], pair["before"]
        difference = now.value - before.value
        share = third if third.role == "share" else None
        if third.role == "change":
            follower = numbers[place + 3 : place + 4]
            share = follower[0] if follower and follower[0].role == "share" else None
            gap = third.value - difference
            if abs(gap) > now.bound + before.bound + third.bound:
                yield (
                    f"{now.printed}－{before.printed}＝{difference:f}万元，写成{_turned(third)}",
                    (now, before, third),
                    gap,
                )
                continue
        if share and before.value:
            exact = difference / before.value * 100
            slack = share.bound + (now.bound + before.bound) * 2 * 100 / before.value
            if abs(share.value - exact) > slack:
                rate = round_half_up(exact)
                yield (
                    f"由{before.printed}到{now.printed}应为{rate:f}%，写成{_turned(share)}",
                    (now, before, share),
                    share.value - exact,
                )


def _turned(number: Number) -> str:
    return f"{'增加' if number.value >= 0 else '减少'}{number.printed}"
