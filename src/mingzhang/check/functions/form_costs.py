"""Cost indicators, and quantities that are sums of money, against the funds of the same horizon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.amounts import ZERO, print_yuan
from mingzhang.check.functions.form_funds import one_digit_apart
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import Value, parse_value
from mingzhang.disclosure import HORIZON_LABELS, Indicator, Project

_MOST_OFF = Decimal("0.05")


class Cost(Struct, frozen=True):
    """An indicator that is a sum of money, with the form's funds of its horizon."""

    form: Project
    indicator: Indicator
    value: Value
    yuan: Decimal
    funds: Decimal

    @property
    def over(self) -> Decimal:
        """By how much it is more than the funds, negative if less; zero where the printed digits can be the same."""
        gap = self.yuan - self.funds
        return ZERO if abs(gap) <= self.value.half_a_digit else gap

    @property
    def unclear(self) -> bool:
        """Whether it may be misread."""
        source = self.indicator.provenance
        mended = source is not None and source.confidence < 1
        return self.form.legible != "yes" or mended or one_digit_apart(self.yuan, self.funds)


@registered
def cost_above_funds(subject: Subject, levels: Sequence[str], each: Sequence[str]) -> Iterator[Hit]:
    """Cost indicators that are more than the funds: those of the second `levels`, none that has a word of `each`."""
    for costs in _by_form(subject, levels, each).values():
        above = [cost for cost in costs if cost.over > 0]
        if above:
            yield _hit(subject, above, "大于")


@registered
def cost_below_funds(
    subject: Subject, levels: Sequence[str], each: Sequence[str], whole: Sequence[str], least: str
) -> Iterator[Hit]:
    """The only cost indicator of a horizon, less than the funds by a gap that it does not tell.

    Its name says that it is the `whole` cost, or it is at least the share `least` of the funds.
    """
    for costs in _by_form(subject, levels, each).values():
        below = [cost for cost in costs if cost.over < 0 and _alone(cost, costs) and cost.value.sign not in ("≥", ">")]
        told = [cost for cost in below if _is_whole(cost, whole) or cost.yuan >= Decimal(least) * cost.funds]
        if told:
            yield _hit(subject, told, "小于")


@registered
def parts_above_funds(
    subject: Subject, levels: Sequence[str], each: Sequence[str], whole: Sequence[str]
) -> Iterator[Hit]:
    """Cost indicators that are more than the funds when they are added up, none of them being the whole."""
    for costs in _by_form(subject, levels, each).values():
        for horizon in ("total", "annual"):
            own = [cost for cost in costs if cost.indicator.horizon == horizon]
            summed = sum((cost.yuan for cost in own), ZERO)
            bound = sum((cost.value.half_a_digit for cost in own), ZERO)
            if len(own) < 2 or any(cost.over >= 0 or _is_whole(cost, whole) for cost in own):
                continue
            gap = summed - own[0].funds
            if gap > bound:
                parts = "＋".join(cost.value.text.strip() for cost in own)
                told = (
                    f"第{own[0].form.seq}份目标表“{own[0].form.name}”{_horizon(own[0])}各项成本指标合计{print_yuan(summed)}元"
                    f"（{parts}），大于{_horizon(own[0])}资金总额{print_yuan(own[0].funds)}元"
                )
                places = (*(subject.indicator(cost.indicator) for cost in own), subject.form(own[0].form, horizon))
                yield Hit(told, places, gap, suspected_misreading=any(cost.unclear for cost in own))
                break


@registered
def money_as_quantity(subject: Subject, levels: Sequence[str], each: Sequence[str]) -> Iterator[Hit]:
    """Quantities that are sums of money and nearly, but not quite, the funds."""
    for costs in _by_form(subject, levels, each).values():
        near = [cost for cost in costs if _is_off(cost) and abs(cost.over) <= _MOST_OFF * cost.funds]
        if near:
            yield _hit(subject, near, "与", "不一致")


def _by_form(subject: Subject, levels: Sequence[str], each: Sequence[str]) -> dict[int, list[Cost]]:
    found: dict[int, list[Cost]] = defaultdict(list)
    for form in subject.disclosure.projects:
        for indicator in subject.indicators.get(form.seq, ()):
            funds = form.funds.get(indicator.horizon)
            if not funds or not any(indicator.level2.startswith(level) for level in levels):
                continue
            value = parse_value(indicator.value)
            yuan = value.yuan if value else None
            if (
                value is None
                or not yuan
                or value.is_range
                or any(word in indicator.level3 + value.words for word in each)
            ):
                continue
            found[form.seq].append(Cost(form, indicator, value, yuan, funds))
    return found


def _is_off(cost: Cost) -> bool:
    """Whether it is not the funds; at least so much is no contradiction where the funds are more."""
    return bool(cost.over) and not (cost.over < 0 and cost.value.sign in ("≥", ">"))


def _alone(cost: Cost, costs: Sequence[Cost]) -> bool:
    return sum(one.indicator.horizon == cost.indicator.horizon for one in costs) == 1


def _is_whole(cost: Cost, whole: Sequence[str]) -> bool:
    return any(word in cost.indicator.level3 for word in whole)


def _horizon(cost: Cost) -> str:
    return HORIZON_LABELS[cost.indicator.horizon]


def _hit(subject: Subject, costs: Sequence[Cost], word: str, end: str = "") -> Hit:
    """One hit for a form: what both horizons have alike is told once."""
    form = costs[0].form
    first = costs[0]
    same = [cost for cost in costs if (cost.yuan, cost.funds) == (first.yuan, first.funds)]
    parts = []
    for group in (same, *([cost] for cost in costs if cost not in same)):
        horizons = "、".join(dict.fromkeys(map(_horizon, group)))
        one = group[0]
        parts.append(
            f"{horizons}{one.indicator.level2}“{one.indicator.level3}”{one.value.text.strip()}{word}资金总额"
            f"{print_yuan(one.funds)}元{end}，相差{print_yuan(abs(one.over))}元"
        )
    told = f"第{form.seq}份目标表“{form.name}”{'；'.join(parts)}"
    places = [subject.indicator(cost.indicator) for cost in costs]
    funds = [subject.form(form, horizon) for horizon in dict.fromkeys(cost.indicator.horizon for cost in costs)]
    return Hit(told, (*places, *funds), first.over, suspected_misreading=all(cost.unclear for cost in costs))
