"""Numbers of things in the texts of a performance form, against its indicators and against one another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher

from msgspec import Struct

from mingzhang.amounts import ZERO
from mingzhang.check.functions.counts import Count, Measures, Table, count_of, counts_in, measure_table
from mingzhang.check.functions.form_fields import FIELDS
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.check.values import Value, parse_value
from mingzhang.disclosure import Indicator, Project

_HORIZONS = {"total_goal": ("total",), "annual_goal": ("annual",)}
_BOTH = ("total", "annual")
_CLEAR = 0.5
_NEAR = Decimal("0.02")
_SENTENCE = re.compile(r"[^。\n]+")
_FILLER = re.compile(r"(?:共计|合计|总计|大约|共|约|达|为|近|有)$")
_YEAR = re.compile(r"(?<!\d)(20\d\d)年")


class Target(Struct, frozen=True):
    """A quantity indicator with its number in the plain measure; `core` is its name without words for any quantity."""

    indicator: Indicator
    value: Value
    number: Decimal
    measure: str
    core: str


@registered
def numbers_apart(
    subject: Subject,
    fields: Sequence[str],
    levels: Sequence[str],
    measures: Measures,
    bare: Sequence[str],
    each: Sequence[str],
) -> Iterator[Hit]:
    """Numbers in texts that are not those of the indicator of the same thing and measure.

    `bare` words of an indicator's name say only that it is a quantity; a number after a word of `each` is a rate.
    """
    table = measure_table(measures)
    for form in subject.disclosure.projects:
        targets = list(_targets(subject, form, levels, table, bare))
        if not targets or form.legible == "no":
            continue
        told: set[tuple[Decimal, Decimal]] = set()
        for field in fields:
            for hit, key in _field(subject, form, field, targets, table, each):
                if key not in told:
                    told.add(key)
                    yield hit


@registered
def parts_and_total(subject: Subject, fields: Sequence[str], measures: Measures, total: Sequence[str]) -> Iterator[Hit]:
    """A total that a sentence tells (`total` words before it) and the parts that follow, which nearly add up to it."""
    table = measure_table(measures)
    for form in subject.disclosure.projects:
        for field in fields:
            text = form.texts.get(field, "")
            for sentence in _SENTENCE.findall(text):
                counts = list(counts_in(sentence, table))
                for whole, parts in _sums(counts, total):
                    summed = sum((part.number for part in parts), ZERO)
                    told = (
                        f"第{form.seq}份目标表“{form.name}”{FIELDS[field]}称{whole.before}{whole.printed}，"
                        f"所列{len(parts)}项（{_listed(parts)}）合计{summed:f}{whole.measure}，"
                        f"相差{abs(whole.number - summed):f}{whole.measure}"
                    )
                    unclear = form.legible != "yes" or len(parts) > 2
                    yield Hit(
                        told,
                        (subject.form(form, field, whole.printed),),
                        summed - whole.number,
                        suspected_misreading=unclear,
                    )


def _listed(parts: Sequence[Count]) -> str:
    first = "＋".join(part.printed for part in parts[:3])
    return first + ("＋…" if len(parts) > 3 else "")


def _sums(counts: Sequence[Count], words: Sequence[str]) -> Iterator[tuple[Count, Sequence[Count]]]:
    """Totals with parts that come near to them, but not to them exactly."""
    totals = {count for count in counts if any(word in count.before for word in words)}
    for whole in totals:
        parts = [
            one for one in counts if one.measure == whole.measure and one not in totals and one.start > whole.start
        ]
        summed = sum((part.number for part in parts), ZERO)
        bound = whole.half + sum((part.half for part in parts), ZERO)
        gap = abs(summed - whole.number)
        if len(parts) > 1 and bound < gap <= _NEAR * whole.number:
            yield whole, parts


def _targets(
    subject: Subject, form: Project, levels: Sequence[str], table: Table, bare: Sequence[str]
) -> Iterator[Target]:
    for indicator in subject.indicators.get(form.seq, ()):
        value = parse_value(indicator.value)
        if value is None or (indicator.level2 and not any(map(indicator.level2.startswith, levels))):
            continue
        found = count_of(value, table)
        if found:
            core = indicator.level3
            for word in bare:
                core = core.replace(word, "")
            if len(core) > 1:
                yield Target(indicator, value, found[0], found[1], core)


def _field(
    subject: Subject, form: Project, field: str, targets: Sequence[Target], table: Table, each: Sequence[str]
) -> Iterator[tuple[Hit, tuple[Decimal, Decimal]]]:
    """What one text says otherwise than the indicators, each number put to the indicator that it names best."""
    horizons = _HORIZONS.get(field, _BOTH)
    own = [target for target in targets if target.indicator.horizon in horizons]
    named: dict[str, list[tuple[float, Count, Target]]] = defaultdict(list)
    for count in counts_in(form.texts.get(field, ""), table):
        if any(word in count.before[-6:] for word in each) or _other_year(count, subject.year):
            continue
        best = max(((_names(count, target), n) for n, target in enumerate(own)), default=(0.0, 0))
        if best[0]:
            target = own[best[1]]
            named[target.indicator.level3].append((best[0], count, target))
    for name, mentions in named.items():
        numbers = {target.number for target in own if target.indicator.level3 == name}
        said = [count.number for _, count, _ in mentions]
        exact = numbers & {*said, sum(said, ZERO)}
        if exact or any(abs(count.number - number) <= count.half for _, count, _ in mentions for number in numbers):
            continue
        yield _hit(subject, form, field, mentions, own)


def _names(count: Count, target: Target) -> float:
    """How well the words around a number name an indicator of the same measure; 0 if they do not."""
    if count.measure != target.measure:
        return 0.0
    best = 0.0
    for words, near in ((_FILLER.sub("", count.before), False), (count.after, True)):
        if not any(target.core[n : n + 2] in words for n in range(len(target.core) - 1)):
            continue
        matcher = SequenceMatcher(None, words, target.core, autojunk=False)
        block = matcher.find_longest_match(0, len(words), 0, len(target.core))
        # What follows a number is its noun only if it follows at once: 9条道路, not 16920㎡的环卫保洁.
        if block.size >= 2 and 2 * block.size >= len(target.core) and not (near and block.a > 1):
            best = max(best, SequenceMatcher(None, words, target.indicator.level3, autojunk=False).ratio())
    return best


def _hit(
    subject: Subject, form: Project, field: str, mentions: Sequence[tuple[float, Count, Target]], own: Sequence[Target]
) -> tuple[Hit, tuple[Decimal, Decimal]]:
    score, count, target = max(mentions, key=lambda one: one[0])
    words = f"{count.before}{count.printed}{count.after}".strip(" .")
    told = (
        f"第{form.seq}份目标表“{form.name}”{FIELDS[field]}写“{words}”，"
        f"{target.indicator.level2}“{target.indicator.level3}”却是{target.value.text.strip()}"
    )
    same = [one for one in own if one.indicator.level3 == target.indicator.level3]
    places = (subject.form(form, field, count.printed), *(subject.indicator(one.indicator) for one in same))
    met = target.value.sign in ("≥", ">") and count.number > target.number
    hit = Hit(
        told,
        places,
        count.number - target.number,
        milder=met or score < _CLEAR or len(mentions) > 1,
        suspected_misreading=form.legible != "yes",
    )
    return hit, (count.number, target.number)


def _other_year(count: Count, year: int) -> bool:
    years = {int(one) for one in _YEAR.findall(count.before)}
    return bool(years) and year not in years
