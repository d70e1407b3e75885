"""Points in time in a performance form: against the project's period, and the plan against the indicators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from mingzhang.check.findings import Place
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.functions.form_funds import years_of
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import parse_value
from mingzhang.disclosure import Indicator, Project

# A date; the end of a span of years (2026—2030年) is none.
_DATE = re.compile(r"(?<![\d—–~至到-])(20\d\d)年(?:\d{1,2}月)?")
_STOP = re.compile(r"[，,。；;、《》〔〕（）()\n]")
_QUARTER = re.compile(r"第?([1-4一二三四])季度")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}
_LONG = 50
_NAME_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_LEAST = 4


@registered
def beyond_period(
    subject: Subject,
    fields: Sequence[str],
    ends: Sequence[str],
    starts: Sequence[str],
    plans: Sequence[str],
    durations: Sequence[str],
) -> Iterator[Hit]:
    """Projects that by a text or indicator end after their period, which begins with this year at the latest.

    `ends` and `starts` are words beside a date, not with one of `plans`, which look further ahead; `durations` are words in
    the name of an indicator that tells how long it takes.
    """
    for form in subject.disclosure.projects:
        years = years_of(form.period)
        if years is None or years >= _LONG or form.legible == "no" or not subject.year:
            continue
        last = subject.year + years - 1
        late = [
            *_late_indicators(subject, form, last, years, durations),
            *_dated(subject, form, fields, ends, plans, last),
        ]
        if late:
            told = dict.fromkeys([words for words, _ in late])
            early = [words for words, _, at in _dates(form, fields, starts, plans) if at < subject.year]
            began = f"，{early[0]}" if early else ""
            words = f"第{form.seq}份目标表“{form.name}”（{form.attribute}）项目期{form.period}，{'、'.join(list(told)[:3])}{began}"
            places = [place for _, place in late] + [subject.form(form, "period", form.period)]
            yield Hit(words, tuple(dict.fromkeys(places)), suspected_misreading=form.legible != "yes")


@registered
def quarters_apart(subject: Subject, levels: Sequence[str], field: str) -> Iterator[Hit]:
    """Things that the plan puts in one quarter and a time indicator in another."""
    for form in subject.disclosure.projects:
        clauses = _by_quarter(form.texts.get(field, ""))
        if len(clauses) < 2:
            continue
        found: dict[str, tuple[int, int, Indicator]] = {}
        for indicator in subject.indicators.get(form.seq, ()):
            quarter = _QUARTER.search(indicator.value)
            if not quarter or (indicator.level2 and not any(map(indicator.level2.startswith, levels))):
                continue
            meant = _number(quarter[1])
            planned = _planned(indicator.level3, clauses)
            if planned and planned != meant:
                found.setdefault(indicator.level3, (planned, meant, indicator))
        if found:
            words = "、".join(
                f"“{name}”计划在{planned}季度、指标为{meant}季度" for name, (planned, meant, _) in found.items()
            )
            places = [subject.form(form, field), *(subject.indicator(indicator) for _, _, indicator in found.values())]
            yield Hit(
                f"第{form.seq}份目标表“{form.name}”{words}", tuple(places), suspected_misreading=form.legible != "yes"
            )


@registered
def year_of_name_apart(subject: Subject, words: Sequence[str]) -> Iterator[Hit]:
    """Projects of one year by their name of which an indicator (`words` in its name) says that they are of several."""
    for form in subject.disclosure.projects:
        named = set(_NAME_YEAR.findall(form.name))
        if len(named) != 1:
            continue
        for indicator in subject.indicators.get(form.seq, ()):
            value = parse_value(indicator.value)
            if value is None or value.number is None or value.unit != "年" or value.number < 2:
                continue
            if any(word in indicator.level3 for word in words):
                told = (
                    f"第{form.seq}份目标表“{form.name}”按名称只涉及{named.pop()}年，"
                    f"{indicator.level2}“{indicator.level3}”却是{indicator.value}"
                )
                yield Hit(told, (subject.indicator(indicator), subject.form(form, "name", form.name)))
                break


def _late_indicators(
    subject: Subject, form: Project, last: int, years: int, durations: Sequence[str]
) -> Iterator[tuple[str, Place]]:
    for indicator in subject.indicators.get(form.seq, ()):
        value = parse_value(indicator.value)
        if value is None:
            continue
        months = (
            value.number if value.unit == "个月" else 12 * value.number if value.unit == "年" and value.number else None
        )
        lasts = months is not None and months > 12 * years and any(word in indicator.level3 for word in durations)
        if (value.is_date and value.year > last) or lasts:
            yield f"指标“{indicator.level3}”为{indicator.value}", subject.indicator(indicator)


def _dated(
    subject: Subject, form: Project, fields: Sequence[str], words: Sequence[str], plans: Sequence[str], last: int
) -> Iterator[tuple[str, Place]]:
    for told, field, year in _dates(form, fields, words, plans):
        if year > last:
            yield told, subject.form(form, field, told)


def _dates(
    form: Project, fields: Sequence[str], words: Sequence[str], plans: Sequence[str]
) -> Iterator[tuple[str, str, int]]:
    """Clauses with a date and one of the words: told, field, year."""
    for field in fields:
        text = form.texts.get(field, "")
        for clause in _STOP.split(text) if _DATE.search(text) else ():
            dates = _DATE.findall(clause)
            if dates and any(word in clause for word in words) and not any(word in clause for word in plans):
                yield f"{FIELDS[field]}写“{clause.strip()}”", field, int(dates[-1])


def _number(quarter: str) -> int:
    return _NUMERALS.get(quarter) or int(quarter)


def _by_quarter(text: str) -> dict[int, str]:
    """A plan cut at its quarters."""
    marks = list(_QUARTER.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)] if marks else []
    return {_number(mark[1]): text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def _planned(name: str, clauses: dict[int, str]) -> int:
    """The quarter in which the plan names a thing; 0 if none, or several, do."""
    sizes: dict[int, int] = {}
    for quarter, clause in clauses.items():
        matcher = SequenceMatcher(None, name, clause, autojunk=False)
        sizes[quarter] = matcher.find_longest_match(0, len(name), 0, len(clause)).size
    best = max(sizes, key=lambda quarter: sizes[quarter])
    alone = sum(size == sizes[best] for size in sizes.values()) == 1
    return best if alone and sizes[best] >= _LEAST and 2 * sizes[best] >= len(name) else 0
