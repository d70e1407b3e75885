"""Amounts of money that the texts of a performance form state, against its funds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from mingzhang.amounts import ZERO, print_yuan
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import Amount, amounts_in
from mingzhang.disclosure import Project

_STOP = re.compile(r"[，,。；;：:、（）()《》\n]")
_YEAR = re.compile(r"(?<!\d)((?:20)?\d\d)年")
_LONGEST = 30
_ROUNDED = Decimal("0.005")


class Stated(Struct, frozen=True):
    """An amount of a text: its field, the words before it in its clause, and the clause's years."""

    field: str
    label: str
    amount: Amount
    years: tuple[int, ...]

    def has(self, words: Sequence[str]) -> bool:
        """Whether one of the words stands in the label."""
        return any(word in self.label for word in words)

    def is_one_of(self, amounts: Sequence[Decimal]) -> bool:
        """Whether it is one of some amounts as far as its digits tell."""
        return any(abs(self.amount.yuan - one) <= self.amount.half_a_digit for one in amounts)


@registered
def requested_apart(
    subject: Subject, fields: Sequence[str], words: Sequence[str], this_year: Sequence[str], other: Sequence[str]
) -> Iterator[Hit]:
    """What a text says is asked for (`words`), or is this year's money (`this_year`), is not what the form has.

    Silent where the text states the form's money anywhere, or in parts; `other` words speak of other money.
    """
    for form, stated in _forms(subject, fields, other):
        funds = _funds(form)
        asked = [one for one in stated if one.has(words) and not _elsewhen(one, subject.year)]
        asked += [one for one in stated if one not in asked and subject.year in one.years and one.has(this_year)]
        if not funds or not asked or any(one.is_one_of(funds) for one in stated) or _add_up(asked, funds):
            continue
        if _add_up(stated, funds):
            continue
        yield _hit(subject, form, asked[-1], asked[-1].amount.yuan, "年度资金总额", funds[0])


@registered
def yearly_apart(
    subject: Subject, fields: Sequence[str], words: Sequence[str], other: Sequence[str], least: str
) -> Iterator[Hit]:
    """What a text says is needed every year is not the money of the year, though at least the share `least` of it."""
    for form, stated in _forms(subject, fields, other):
        annual = form.funds.get("annual")
        yearly = [one for one in stated if one.has(words)]
        if not annual or not yearly or _add_up(yearly, [annual]) or any(one.is_one_of([annual]) for one in yearly):
            continue
        largest = max(yearly, key=lambda one: one.amount.yuan)
        if largest.amount.yuan >= Decimal(least) * annual:
            yield _hit(subject, form, largest, largest.amount.yuan, "年度资金总额", annual)


@registered
def sum_above_funds(
    subject: Subject, fields: Sequence[str], words: Sequence[str], other: Sequence[str]
) -> Iterator[Hit]:
    """What a text adds up (`words`) is more than the form's money."""
    for form, stated in _forms(subject, fields, other):
        funds = _funds(form)
        sums = [one for one in stated if one.has(words) and not _elsewhen(one, subject.year)]
        if not funds or not sums:
            continue
        largest = max(sums, key=lambda one: one.amount.yuan)
        if largest.amount.yuan - largest.amount.half_a_digit > max(funds):
            yield _hit(subject, form, largest, largest.amount.yuan, "资金总额", max(funds))


@registered
def levels_apart(
    subject: Subject, fields: Sequence[str], levels: Mapping[str, str], money: Sequence[str], other: Sequence[str]
) -> Iterator[Hit]:
    """Money of a level of government that a text tells and the form enters otherwise: `levels` gives words by fund."""
    for form, stated in _forms(subject, fields, other):
        patterns = {fund: re.compile(words) for fund, words in levels.items()}
        for fund, pattern in patterns.items():
            told = [
                one
                for one in stated
                if pattern.search(one.label)
                and one.has(money)
                and not _elsewhen(one, subject.year)
                and sum(bool(some.search(one.label)) for some in patterns.values()) == 1
            ]
            entered = [form.funds.get(f"{horizon}_{fund}") for horizon in ("annual", "total")]
            known = [amount for amount in entered if amount is not None]
            if not told or not known or any(one.is_one_of(known) for one in told) or _add_up(told, known):
                continue
            summed = sum((one.amount.yuan for one in told), ZERO)
            yield _hit(
                subject, form, told[0], summed, subject.labels.column("form", "", f"annual_{fund}"), known[0], fund
            )
            break


@registered
def rounded_apart(subject: Subject, fields: Sequence[str], words: Sequence[str], other: Sequence[str]) -> Iterator[Hit]:
    """What a text says was fixed or reckoned (`words`) is nearly the money of the form: one of the two was rounded."""
    for form, stated in _forms(subject, fields, other):
        annual = form.funds.get("annual")
        if not annual or any(one.is_one_of(_funds(form)) for one in stated):
            continue
        for one in stated:
            if one.has(words) and abs(one.amount.yuan - annual) <= _ROUNDED * annual:
                yield _hit(subject, form, one, one.amount.yuan, "年度资金总额", annual)
                break


def _forms(subject: Subject, fields: Sequence[str], other: Sequence[str]) -> Iterator[tuple[Project, list[Stated]]]:
    for form in subject.disclosure.projects:
        if form.legible == "no":
            continue
        stated = [
            one
            for field in fields
            if (text := form.texts.get(field, ""))
            for one in _stated(field, text)
            if not one.has(other) and one.amount.yuan
        ]
        if stated:
            yield form, stated


@lru_cache(maxsize=2_000)
def _stated(field: str, text: str) -> tuple[Stated, ...]:
    """The amounts of a text; the rules of this module ask for the same ones."""
    before = 0
    found = []
    for amount in amounts_in(text):
        start = max(before, amount.start - _LONGEST)
        label = _STOP.split(text[start : amount.start])[-1]
        years = tuple(int(year) if len(year) == 4 else 2000 + int(year) for year in _YEAR.findall(label))
        found.append(Stated(field, label, amount, years))
        before = amount.end
    return tuple(found)


def _funds(form: Project) -> list[Decimal]:
    return [amount for amount in (form.funds.get("annual"), form.funds.get("total")) if amount]


def _elsewhen(one: Stated, year: int) -> bool:
    """Whether it speaks of other years than this alone."""
    return bool(one.years) and year not in one.years


def _add_up(stated: Sequence[Stated], amounts: Sequence[Decimal]) -> bool:
    """Whether different amounts add up to one of some."""
    told = {(one.label, one.amount.yuan): one for one in stated}.values()
    summed = sum((one.amount.yuan for one in told), ZERO)
    bound = sum((one.amount.half_a_digit for one in told), ZERO)
    return any(abs(summed - one) <= bound for one in amounts)


def _hit(subject: Subject, form: Project, one: Stated, yuan: Decimal, name: str, funds: Decimal, fund: str = "") -> Hit:
    told = (
        f"第{form.seq}份目标表“{form.name}”{FIELDS.get(one.field, '文字')}称“{one.label}{one.amount.printed}”，"
        f"{name}却是{print_yuan(funds)}元，相差{print_yuan(abs(yuan - funds))}元"
    )
    places = [subject.form(form, one.field, one.amount.printed)]
    key = f"annual_{fund}" if fund else "annual" if form.funds.get("annual") == funds else "total"
    other = [f"annual_{level}" for level in ("central", "provincial", "local") if fund and level != fund]
    places += [subject.form(form, key), *(subject.form(form, level) for level in other if form.funds.get(level))]
    return Hit(told, tuple(places), yuan - funds, suspected_misreading=form.legible != "yes")
