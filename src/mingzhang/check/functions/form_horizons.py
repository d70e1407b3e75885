"""Indicators of the whole period against those of the year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from mingzhang.check.functions.counts import Measures, counts_in, measure_table
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.functions.form_funds import years_of
from mingzhang.check.functions.matching import plain
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import Value, parse_value
from mingzhang.disclosure import Indicator, Project

_CUT = 6


class Pair(Struct, frozen=True):
    """One indicator in both horizons."""

    whole: Indicator
    annual: Indicator
    whole_value: Value
    annual_value: Value

    @property
    def alike(self) -> bool:
        """Whether both print numbers of the same unit, so that they can be compared."""
        one, other = self.whole_value, self.annual_value
        return one.number is not None and other.number is not None and one.unit == other.unit

    @property
    def same(self) -> bool:
        """Whether both print the same."""
        one, other = self.whole_value, self.annual_value
        return (one.sign or "=", one.number, one.unit) == (other.sign or "=", other.number, other.unit)


@registered
def annual_target_above(subject: Subject, levels: Sequence[str]) -> Iterator[Hit]:
    """Quantities of the year that are more than those of the whole period."""
    for form in subject.disclosure.projects:
        for pair in _pairs(subject, form):
            one, other = pair.whole_value, pair.annual_value
            if not pair.alike or not any(map(pair.whole.level2.startswith, levels)) or "≤" in (one.sign, other.sign):
                continue
            if one.number is not None and other.number is not None and other.number > one.number:
                told = (
                    f"第{form.seq}份目标表“{form.name}”{pair.annual.level2}“{pair.annual.level3}”年度{pair.annual.value}，"
                    f"大于实施期{pair.whole.value}"
                )
                places = (subject.indicator(pair.annual), subject.indicator(pair.whole))
                yield Hit(told, places, other.number - one.number, suspected_misreading=form.legible != "yes")


@registered
def whole_copied_from_year(subject: Subject, levels: Sequence[str], each: Sequence[str]) -> Iterator[Hit]:
    """Projects of several years whose cost for all of them is that of one: all that can be compared is a copy."""
    for form in subject.disclosure.projects:
        years = years_of(form.period)
        whole, annual = form.funds.get("total"), form.funds.get("annual")
        if not years or years < 2 or not whole or not annual or whole <= annual:
            continue
        pairs = [pair for pair in _pairs(subject, form) if pair.alike]
        costs = [
            pair
            for pair in pairs
            if any(map(pair.whole.level2.startswith, levels))
            and pair.whole_value.yuan
            and not any(word in pair.whole.level3 for word in each)
        ]
        if costs and all(pair.same for pair in pairs):
            listed = "、".join(f"“{pair.whole.level3}”{pair.whole.value}" for pair in (*costs[:1], *pairs[:2]))
            told = (
                f"第{form.seq}份目标表“{form.name}”项目期{form.period}，实施期资金{whole:f}元、年度资金{annual:f}元，"
                f"实施期指标却与年度指标相同（{listed}等{len(pairs)}个）"
            )
            places = [subject.indicator(one) for pair in (*costs, *pairs[:4]) for one in (pair.whole, pair.annual)]
            yield Hit(told, (*places, subject.form(form, "total")), suspected_misreading=form.legible != "yes")


@registered
def goals_copied(subject: Subject) -> Iterator[Hit]:
    """Projects of several years whose goal for all of them is word for word that of one."""
    for form in subject.disclosure.projects:
        years = years_of(form.period)
        goal = plain(form.texts.get("total_goal", ""))
        more = (form.funds.get("total") or 0) > (form.funds.get("annual") or 0)
        if years and years > 1 and more and goal and goal == plain(form.texts.get("annual_goal", "")):
            told = f"第{form.seq}份目标表“{form.name}”项目期{form.period}，实施期目标与年度目标一字不差"
            yield Hit(told, (subject.form(form, "total_goal"), subject.form(form, "annual_goal")))


@registered
def measures_apart(subject: Subject, fields: Sequence[str], measures: Measures) -> Iterator[Hit]:
    """The same number of the same thing, counted with one measure word in a text and another in the indicator."""
    table = measure_table(measures)
    for form in subject.disclosure.projects:
        named = {}
        for indicator in subject.indicators.get(form.seq, ()):
            value = parse_value(indicator.value)
            if value and value.number is not None and value.unit in measures and len(indicator.level3) > 1:
                named[indicator.level3, value.number] = (indicator, value)
        for field in fields if named else ():
            for count in counts_in(form.texts.get(field, ""), table):
                for (name, number), (indicator, value) in list(named.items()):
                    follows = count.after.startswith(name) or count.before.endswith(name)
                    if number == count.number and follows and count.measure != value.unit:
                        del named[name, number]
                        told = (
                            f"第{form.seq}份目标表“{form.name}”{FIELDS[field]}写“{count.printed}{name}”，"
                            f"指标“{name}”写{indicator.value}"
                        )
                        yield Hit(told, (subject.form(form, field, count.printed), subject.indicator(indicator)))


def _pairs(subject: Subject, form: Project) -> Iterator[Pair]:
    """Indicators that both horizons have under one name, which may be cut off in one of them, once each."""
    sides: dict[str, dict[str, list[Indicator]]] = {"total": defaultdict(list), "annual": defaultdict(list)}
    for indicator in subject.indicators.get(form.seq, ()):
        if indicator.level3 and indicator.value:
            sides[indicator.horizon][indicator.level2].append(indicator)
    for level2, wholes in sides["total"].items():
        annuals = sides["annual"].get(level2, [])
        for whole in wholes:
            found = [annual for annual in annuals if _same_name(whole.level3, annual.level3)]
            rivals = [other for other in wholes if _same_name(whole.level3, other.level3)]
            if len(found) == 1 and len(rivals) == 1:
                one, other = parse_value(whole.value), parse_value(found[0].value)
                if one is not None and other is not None:
                    yield Pair(whole, found[0], one, other)


def _same_name(one: str, other: str) -> bool:
    short, long = sorted((plain(one), plain(other)), key=len)
    return short == long or (len(short) >= _CUT and long.startswith(short))
