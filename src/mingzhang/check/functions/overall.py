"""The overall form (整体支出绩效目标申报表) against the project forms, the budget and the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations

from msgspec import Struct

from mingzhang.amounts import WAN, ZERO, print_yuan, round_half_up
from mingzhang.check.cells import number
from mingzhang.check.findings import Place
from mingzhang.check.functions.counts import Count, Measures, Table, count_of, counts_in, measure_table
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.functions.matching import matching, plain
from mingzhang.check.notation import OVERALL
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import Value, amounts_in, parse_value
from mingzhang.disclosure import Indicator, OverallEntry, Project

_LIKE, _APART, _BLOCK = 0.5, 0.08, 3
_SAME_THING = 0.6
_MOST_PARTS = 10
_QUOTA = re.compile(r"编制(?:数|人数)?(?:共|为|总数|合计)?(\d{1,4})(?:名|人|个)")
_STOP = re.compile(r"[，,。；;：:、（）()\n]")
_LABEL = 16


class Aim(Struct, frozen=True):
    """An indicator of the overall form: its entry, its second level, its name and its value."""

    entry: OverallEntry
    level2: str
    name: str
    value: Value


@registered
def overall_costs_apart(
    subject: Subject, tables: Sequence[str], levels: Sequence[str], bare: Sequence[str]
) -> Iterator[Hit]:
    """Cost indicators of the overall form that are not the year's money of the project that they name.

    `bare` words in names say only that something is a cost or a project.
    """
    found = matching(subject, tables)
    for aim in _aims(subject, levels):
        form = _project(subject, aim.name, bare)
        funds = form.funds.get("annual") if form else None
        if form is None or not funds or aim.value.yuan is None or aim.value.sign in ("≥", ">"):
            continue
        gap = aim.value.yuan - funds
        if abs(gap) <= aim.value.half_a_digit:
            continue
        match = found.of(form.seq)
        row = f"、项目表{match.entry.amount:f}万元" if match else ""
        own = next((one for one in subject.indicators.get(form.seq, ()) if _is_cost(one, levels)), None)
        cost = f"，其成本指标为{own.value}" if own else ""
        told = (
            f"整体绩效目标表“{aim.name}”{aim.value.text.strip()}，第{form.seq}份目标表“{form.name}”"
            f"年度资金{print_yuan(funds)}元{row}{cost}，相差{round_half_up(abs(gap) / WAN):f}万元"
        )
        places = [_place(subject, aim.entry, aim.name), subject.form(form, "annual")]
        places += [subject.indicator(own)] if own else []
        places += [subject.fact(match.entry.rows[0].head)] if match else []
        yield Hit(told, tuple(places), round_half_up(gap / WAN), milder=gap < 0)


@registered
def overall_costs_above_funds(subject: Subject, levels: Sequence[str], total: str) -> Iterator[Hit]:
    """Cost indicators of the overall form that are together more than all its money (`total`, 万元)."""
    funds = next((number(entry.value) for entry in subject.disclosure.overall if entry.key == total), None)
    costs = [aim for aim in _aims(subject, levels) if aim.value.yuan and aim.value.sign not in ("≥", ">")]
    if not funds or not costs:
        return
    above = [aim for aim in costs if (aim.value.yuan or ZERO) > funds * WAN] or costs
    summed = sum((aim.value.yuan or ZERO for aim in costs), ZERO) / WAN
    largest = sum((aim.value.yuan or ZERO for aim in above), ZERO) / WAN
    if summed <= funds + sum((aim.value.half_a_digit for aim in costs), ZERO) / WAN:
        return
    listed = "、".join(f"“{aim.name}”{aim.value.text.strip()}" for aim in above[:3])
    told = (
        f"整体绩效目标表的年度成本指标合计{summed:f}万元，其中{listed}{f'（合计{largest:f}万元）' if len(above) < len(costs) else ''}，"
        f"大于资金总额{funds:f}万元"
    )
    entry = next(entry for entry in subject.disclosure.overall if entry.key == total)
    places = (*(_place(subject, aim.entry, aim.name) for aim in above), _place(subject, entry, ""))
    yield Hit(told, places, summed - funds)


@registered
def overall_quantities_apart(
    subject: Subject,
    levels: Sequence[str],
    bare: Sequence[str],
    measures: Measures,
    fields: Sequence[str],
    each: Sequence[str],
) -> Iterator[Hit]:
    """Quantities of the overall form that are neither an indicator of the project that they name nor in its texts."""
    table = measure_table(measures)
    for aim in _aims(subject, levels):
        count = count_of(aim.value, table)
        form = _project(subject, aim.name, bare) if count else None
        if form is None or count is None:
            continue
        own, same = _same_thing(subject, form, aim, table)
        if own:
            if count[0] not in same:
                yield _quantity_hit(
                    subject, aim, form, f"数量指标“{own.level3}”为{own.value}", (subject.indicator(own),)
                )
            continue
        yield from _by_texts(subject, aim, count, form, table, fields, each)


def _same_thing(subject: Subject, form: Project, aim: Aim, table: Table) -> tuple[Indicator | None, set[Decimal]]:
    """The project's indicator that names the same, and the numbers of all that have its measure."""
    best, numbers = None, set()
    count = count_of(aim.value, table)
    for indicator in subject.indicators.get(form.seq, ()):
        value = parse_value(indicator.value)
        told = count_of(value, table) if value else None
        if told and count and told[1] == count[1]:
            numbers.add(told[0])
            if SequenceMatcher(None, plain(aim.name), plain(indicator.level3), autojunk=False).ratio() >= _SAME_THING:
                best = best or indicator
    return best, numbers


def _by_texts(
    subject: Subject,
    aim: Aim,
    count: tuple[Decimal, str],
    form: Project,
    table: Table,
    fields: Sequence[str],
    each: Sequence[str],
) -> Iterator[Hit]:
    """What the project's texts count in the same measure: no number of theirs, and no sum of some, is the overall one."""
    for field in fields:
        told = [
            one
            for one in counts_in(form.texts.get(field, ""), table)
            if one.measure == count[1] and not any(word in one.before[-6:] for word in each) and _shares(one, aim)
        ]
        if not 2 <= len(told) <= _MOST_PARTS or count[0] in _sums([one.number for one in told]):
            continue
        summed = sum((one.number for one in told), ZERO)
        listed = "＋".join(one.printed for one in told)
        words = f"{FIELDS[field]}所述{listed}合计{summed:f}{count[1]}"
        yield _quantity_hit(subject, aim, form, words, (subject.form(form, field, told[0].printed),))
        return


def _shares(count: Count, aim: Aim) -> bool:
    """Whether the words around a number have two characters in common with the aim's name."""
    name = aim.name
    return any(words[n : n + 2] in name for words in (count.before, count.after) for n in range(len(words) - 1))


def _sums(numbers: Sequence[Decimal]) -> set[Decimal]:
    return {sum(some, ZERO) for size in range(1, len(numbers) + 1) for some in combinations(numbers, size)}


def _quantity_hit(subject: Subject, aim: Aim, form: Project, words: str, places: Sequence[Place]) -> Hit:
    told = f"整体绩效目标表“{aim.name}”{aim.value.text.strip()}，第{form.seq}份目标表“{form.name}”{words}"
    return Hit(told, (_place(subject, aim.entry, aim.name), *places))


@registered
def overall_text_amounts(
    subject: Subject, entries: Sequence[str], amounts: Mapping[str, str], other: Sequence[str]
) -> Iterator[Hit]:
    """Amounts in the overall form's texts that are not those of its own entry: `amounts` gives the words before them by key."""
    printed = {entry.key: entry for entry in subject.disclosure.overall}
    for key in entries:
        text = printed[key].value if key in printed else ""
        for amount in amounts_in(text):
            clause = text[max(0, amount.start - _LABEL) : amount.start]
            label = _STOP.split(clause)[-1]
            for target, words in amounts.items():
                value = number(printed[target].value) if target in printed else None
                if value is None or not re.search(rf"(?:{words})(?:为|共|预算|资金|安排|总额)*$", label):
                    continue
                gap = amount.yuan / WAN - value
                if abs(gap) * WAN > amount.half_a_digit and not any(word in label for word in other):
                    told = (
                        f"整体绩效目标表写“{label}{amount.printed}”，表中{subject.labels.figure(target)}为{value:f}万元"
                    )
                    yield Hit(
                        told,
                        (_place(subject, printed[key], ""), _place(subject, printed[target], "")),
                        round_half_up(gap),
                    )


@registered
def quota_apart(subject: Subject, key: str, sections: Sequence[str]) -> Iterator[Hit]:
    """The authorised staff of the overall form against what the text says of the organisation, one by one or in all."""
    entry = next((entry for entry in subject.disclosure.overall if entry.key == key), None)
    quota = number(entry.value.removesuffix("人").removesuffix("名")) if entry else None
    found = [
        (int(match[1]), text)
        for section in sections
        for text in subject.texts.get(section, ())
        for match in _QUOTA.finditer("".join(text.text.split()))
    ]
    if entry is None or quota is None or not found:
        return
    told = [count for count, _ in found]
    if quota not in _sums([Decimal(count) for count in told[:_MOST_PARTS]]):
        listed = "、".join(map(str, told))
        words = f"整体绩效目标表核定编制{quota:f}人，机构设置部分写编制{listed}"
        yield Hit(words, (_place(subject, entry, ""), *(subject.text(text, str(count)) for count, text in found)))


@registered
def overall_department_apart(subject: Subject, keys: Mapping[str, str]) -> Iterator[Hit]:
    """The department's code and name in the overall form against those that all project forms have alike."""
    printed = {entry.key: entry for entry in subject.disclosure.overall}
    for key, label in keys.items():
        values = {plain(getattr(form, key)) for form in subject.disclosure.projects if getattr(form, key)}
        if key in printed and len(values) == 1 and plain(printed[key].value) not in values:
            value = next(iter(values))
            told = f"整体绩效目标表的{label}是“{printed[key].value}”，项目绩效目标表都是“{value}”"
            yield Hit(
                told, (_place(subject, printed[key], ""), subject.form(subject.disclosure.projects[0], key, value))
            )


def _aims(subject: Subject, levels: Sequence[str]) -> Iterator[Aim]:
    for entry in subject.disclosure.overall:
        parts = entry.key.split("/", 2)
        value = parse_value(entry.value) if len(parts) == 3 else None
        if value is not None and any(map(parts[1].startswith, levels)):
            yield Aim(entry, parts[1], parts[2], value)


def _project(subject: Subject, name: str, bare: Sequence[str]) -> Project | None:
    """The project that a name of the overall form speaks of; None if none does, or several do as well."""
    scores: list[tuple[float, Project]] = []
    wanted = _core(name, bare)
    for form in subject.disclosure.projects:
        core = _core(form.name, bare)
        matcher = SequenceMatcher(None, wanted, core, autojunk=False)
        if not core or matcher.quick_ratio() < _LIKE or matcher.ratio() < _LIKE:
            continue
        if matcher.find_longest_match(0, len(wanted), 0, len(core)).size >= _BLOCK:
            scores.append((matcher.ratio(), form))
    scores.sort(key=lambda one: -one[0])
    if not scores or (len(scores) > 1 and scores[0][0] - scores[1][0] < _APART):
        return None
    return scores[0][1]


def _core(name: str, bare: Sequence[str]) -> str:
    core = plain(name)
    for word in bare:
        core = core.replace(word, "")
    return core


def _is_cost(indicator: Indicator, levels: Sequence[str]) -> bool:
    value = parse_value(indicator.value)
    return any(map(indicator.level2.startswith, levels)) and value is not None and value.yuan is not None


def _place(subject: Subject, entry: OverallEntry, row: str) -> Place:
    label = subject.labels.form(OVERALL)
    column = "" if row else subject.labels.figure(entry.key)
    value = entry.value if len(entry.value) < 40 else ""
    return Place(form=OVERALL, label=label, row=row, column=column, value=value, key=entry.key).at(entry.provenance)
