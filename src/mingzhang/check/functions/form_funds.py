"""The head of a performance form: its funds, attribute and period."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from mingzhang.amounts import ZERO, print_yuan
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.functions.matching import alike, plain
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import FUND_LEVELS, Project

_YEARS = re.compile(r"(?<!\d)(\d{1,3})年")
_MONTHS = re.compile(r"(?<!\d)(\d{1,3})个月")
_SPAN = re.compile(r"((?:19|20)\d\d)\D{1,8}((?:19|20)\d\d)")
_DIGITS = re.compile(r"\d+")
_MOST = Decimal("0.7")
_FEW = 3
_SAME = 0.88
# So many digits before the noughts at the end make it likely that one was misread rather than another amount meant.
_TELLING = 4


@registered
def fund_sums(subject: Subject, horizon: str) -> Iterator[Hit]:
    """Forms whose total of a horizon is not the sum of its sources. A source that is not legible is no zero."""
    for form in subject.disclosure.projects:
        whole = form.funds.get(horizon)
        keys = [f"{horizon}_{level}" for level in FUND_LEVELS]
        printed = {key: amount for key in keys if (amount := form.funds.get(key)) is not None}
        parts = sum(printed.values(), ZERO)
        if whole is None or whole == parts:
            continue
        if form.legible != "yes" and set(keys[:-1]) - set(printed) and parts <= whole:
            continue
        words = "＋".join(
            f"{subject.labels.column('form', '', key)}{print_yuan(one)}" for key, one in printed.items() if one
        )
        gap = whole - parts
        other = _other(form, horizon)
        unclear = form.legible != "yes" or one_digit_apart(whole, parts)
        hint = f"；另一期资金总额为{print_yuan(other)}元" if other == parts else ""
        told = (
            f"第{form.seq}份目标表“{form.name}”{subject.labels.column('form', '', horizon)}{print_yuan(whole)}元，"
            f"各项资金之和{print_yuan(parts)}元（{words or '各项均为0'}），相差{print_yuan(abs(gap))}元{hint}"
        )
        places = (subject.form(form, horizon), *(subject.form(form, key) for key in printed if printed[key]))
        yield Hit(told, places, gap, suspected_misreading=unclear)


@registered
def annual_above_total(subject: Subject) -> Iterator[Hit]:
    """Forms whose money of the year, in all or from one source, is more than that of the whole period."""
    for form in subject.disclosure.projects:
        for key in ("", *(f"_{level}" for level in FUND_LEVELS)):
            whole, annual = form.funds.get(f"total{key}"), form.funds.get(f"annual{key}")
            if whole is None or annual is None or annual <= whole:
                continue
            told = (
                f"第{form.seq}份目标表“{form.name}”{subject.labels.column('form', '', f'annual{key}')}{print_yuan(annual)}元，"
                f"大于{subject.labels.column('form', '', f'total{key}')}{print_yuan(whole)}元"
            )
            places = (subject.form(form, f"annual{key}"), subject.form(form, f"total{key}"))
            yield Hit(told, places, annual - whole, suspected_misreading=form.legible != "yes")
            break


@registered
def one_year_apart(subject: Subject, once: Sequence[str]) -> Iterator[Hit]:
    """Projects of one year (the attribute has one of the words `once`) whose whole money is not that of the year."""
    for form in subject.disclosure.projects:
        whole, annual = form.funds.get("total"), form.funds.get("annual")
        if whole is None or annual is None or whole <= annual or not is_once(form, once):
            continue
        told = (
            f"第{form.seq}份目标表“{form.name}”是{form.attribute}，项目期{form.period or '未填'}，"
            f"实施期资金总额{print_yuan(whole)}元，年度资金总额却是{print_yuan(annual)}元，相差{print_yuan(whole - annual)}元"
        )
        unclear = form.legible != "yes" or one_digit_apart(whole, annual)
        places = (
            subject.form(form, "total"),
            subject.form(form, "annual"),
            subject.form(form, "attribute", form.attribute),
        )
        yield Hit(told, places, whole - annual, suspected_misreading=unclear)


@registered
def attribute_and_period(subject: Subject, spans: Sequence[tuple[str, int, int]]) -> Iterator[Hit]:
    """Projects whose period is not as long as their attribute says: (word of the attribute, least years, most years)."""
    for form in subject.disclosure.projects:
        years = years_of(form.period)
        for word, least, most in spans:
            if word in form.attribute and years is not None and not least <= years <= most:
                told = f"第{form.seq}份目标表“{form.name}”的项目属性是“{form.attribute}”，项目期却是“{form.period}”"
                places = (subject.form(form, "period", form.period), subject.form(form, "attribute", form.attribute))
                yield Hit(told, places, suspected_misreading=form.legible != "yes")


@registered
def long_without_more(subject: Subject, least: int) -> Iterator[Hit]:
    """Projects of `least` years or more whose money of the whole period is no more than that of the year."""
    for form in subject.disclosure.projects:
        years, whole = years_of(form.period), form.funds.get("total")
        if years is None or years < least or not whole or whole != form.funds.get("annual"):
            continue
        told = f"第{form.seq}份目标表“{form.name}”项目期{form.period}，实施期资金总额与年度资金总额同为{print_yuan(whole)}元"
        yield Hit(
            told, (subject.form(form, "total"), subject.form(form, "annual"), subject.form(form, "period", form.period))
        )


@registered
def lasting_but_done(
    subject: Subject, lasting: Sequence[str], done: Sequence[str], fields: Sequence[str]
) -> Iterator[Hit]:
    """Projects whose attribute has a word of `lasting` while a text of theirs says that they are `done` within the year."""
    for form in subject.disclosure.projects:
        if not any(word in form.attribute for word in lasting):
            continue
        for field in fields:
            word = next((word for word in done if word in form.texts.get(field, "")), "")
            if word:
                annual = form.funds.get("annual")
                told = (
                    f"第{form.seq}份目标表“{form.name}”（{_yuan(annual)}）的项目属性是“{form.attribute}”，"
                    f"{FIELDS.get(field, '文字')}却写“{word}”"
                )
                places = (subject.form(form, field, word), subject.form(form, "attribute", form.attribute))
                yield Hit(told, places, suspected_misreading=False)
                break


@registered
def once_but_lasting(subject: Subject, once: Sequence[str], lasting: Sequence[str]) -> Iterator[Hit]:
    """Projects that come back every year by their name (words `lasting`) and are declared to end within the year."""
    for form in subject.disclosure.projects:
        word = next((word for word in lasting if word in form.name), "")
        if word and any(one in form.attribute for one in once):
            told = f"第{form.seq}份目标表“{form.name}”每年都有，项目属性却是“{form.attribute}”"
            yield Hit(told, (subject.form(form, "attribute", form.attribute),))


@registered
def like_projects_apart(subject: Subject) -> Iterator[Hit]:
    """Projects of one unit and nearly one name, but of another attribute."""
    forms = [form for form in subject.disclosure.projects if form.name and form.attribute]
    if len({form.attribute[:3] for form in forms}) < 2:
        return
    for one, other in combinations(forms, 2):
        if one.attribute[:3] == other.attribute[:3] or plain(one.unit) != plain(other.unit):
            continue
        if alike(_DIGITS.sub("", plain(one.name)), _DIGITS.sub("", plain(other.name)), _SAME):
            told = (
                f"第{one.seq}份目标表“{one.name}”（{_yuan(one.funds.get('annual'))}）是“{one.attribute}”，"
                f"第{other.seq}份“{other.name}”（{_yuan(other.funds.get('annual'))}）却是“{other.attribute}”"
            )
            yield Hit(told, tuple(subject.form(form, "attribute", form.attribute) for form in (one, other)))


@registered
def departments_apart(subject: Subject) -> Iterator[Hit]:
    """Forms with another department code or name than nearly all others."""
    forms = subject.disclosure.projects
    for field, label in (("department_code", "主管部门代码"), ("department", "主管部门")):
        values = Counter(plain(getattr(form, field)) for form in forms if getattr(form, field))
        if not values:
            continue
        common, count = values.most_common(1)[0]
        if count < _FEW or count < _MOST * values.total():
            continue
        for form in forms:
            value = getattr(form, field)
            if value and not alike(plain(value), common, _SAME):
                told = f"第{form.seq}份目标表“{form.name}”的{label}是“{value}”，其他目标表都是“{common}”"
                yield Hit(told, (subject.form(form, field, value),), suspected_misreading=form.legible != "yes")


def is_once(form: Project, once: Sequence[str]) -> bool:
    """Whether a project ends within the year: its attribute has one of the words, and its period is no longer."""
    years = years_of(form.period)
    return any(word in form.attribute for word in once) and (years is None or years <= 1)


def years_of(period: str) -> int | None:
    """How many years a period lasts, None if it does not tell.

    >>> years_of("3年"), years_of("2026年至2028年"), years_of("24个月"), years_of("长期")
    (3, 3, 2, None)
    """
    span = _SPAN.search(period)
    if span:
        return int(span[2]) - int(span[1]) + 1
    years, months = _YEARS.search(period), _MONTHS.search(period)
    if years:
        return int(years[1])
    return -(-int(months[1]) // 12) if months else None


def one_digit_apart(first: Decimal, second: Decimal) -> bool:
    """Whether two amounts differ in one digit alone, as a misread one does; round numbers are too alike to tell."""
    one, other = f"{first:.2f}", f"{second:.2f}"
    if len(one) != len(other) or len(one.replace(".", "").rstrip("0")) < _TELLING:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _other(form: Project, horizon: str) -> Decimal | None:
    return form.funds.get("annual" if horizon == "total" else "total")


def _yuan(amount: Decimal | None) -> str:
    return "金额不详" if amount is None else f"{print_yuan(amount)}元"
