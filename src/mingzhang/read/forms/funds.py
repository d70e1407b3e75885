"""The funds of a project's form: six rows on two sides, whose sums tell how cut and misread amounts go.

A number that is printed clearly stays as printed; where the sums want another, that one is only suggested. A number
that borders cut into pieces is put together in the way that makes the sums hold. What stays doubtful in a damaged
scan is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from mingzhang.disclosure import FUND_LEVELS, Horizon, Provenance
from mingzhang.read.forms.lines import Hit, Line, Row, Seen, Token, provenance
from mingzhang.read.forms.rows import Filled
from mingzhang.read.printed import read_amount

_SIDES: tuple[Horizon, Horizon] = ("total", "annual")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,2})?|(?:[1-9]\d*|0)(?:\.\d{1,2})?", re.ASCII)
_NUMERIC = re.compile(r"[\d,.，．\s]*\d[\d,.，．\s]*", re.ASCII)
_AT_EDGE = re.compile(r"^\d[\d,.]*(?=\s)|(?<=\s)\d[\d,.]*$|(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])", re.ASCII)
_SPACE = re.compile(r"\s")
_SPECK = re.compile(r"[-()~'\"]")
_MIXED = re.compile(r"\d[\d,.]*\s+\D", re.ASCII)
_MOST = 4096
_MOST_PIECES = 4
_HUNDRED = Decimal(100)
_JOINED = "拼合被表格线切断的数字"


class Reading(NamedTuple):
    """One way to read a printed amount: how much was mended (0 nothing), and in Chinese what."""

    value: Decimal
    cost: int
    repair: str = ""
    confidence: float = 1.0


class Amount(Struct):
    """The amount of one level on one side: how it may be read, and what was taken."""

    tokens: list[Token]
    readings: list[Reading]
    label: str = ""
    taken: Reading | None = None
    suggested: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        """The amount, None where it is blank or illegible."""
        return self.taken.value if self.taken else None


Side = dict[str, Amount]


def read_funds(form: Filled, known: Sequence[Decimal]) -> dict[str, Amount]:
    """Read a project's funds by FUND_KEYS. `known` are amounts (yuan) that the tables print for the project's money."""
    usual = _label_columns(form) if form.damaged else (0, 0)
    sides = {side: _side(form, side, usual) for side in _SIDES}
    confirmed = list(known)
    cut = form.damaged or any(len(amount.tokens) > 1 for side in sides.values() for amount in side.values())
    for side in (*_SIDES, _SIDES[0]) if cut else _SIDES:
        _settle(sides[side], confirmed, cut)
        if (total := sides[side][""].value) is not None and _holds(sides[side]):
            confirmed.append(total)
    if form.damaged:
        _slide(sides["annual"], sides["total"])
    for side, other in zip(_SIDES, reversed(_SIDES), strict=True):
        if not _holds(sides[side]):
            _mend(sides[side], sides[other], form, known)
    found: dict[str, Amount] = {}
    for side, amounts in sides.items():
        for level, amount in amounts.items():
            found[f"{side}_{level}" if level else side] = amount
    return found


def is_known(amount: Decimal, known: Sequence[Decimal]) -> bool:
    """Whether an amount (yuan) is one of those that the tables print in 万元, cut or rounded to two decimals."""
    return any(abs(amount - one) < _HUNDRED for one in known)


def source(amount: Amount, column: str) -> Provenance | None:
    """Where an amount was read, how it was mended, what the sums suggest."""
    if not amount.tokens:
        return None
    repair, sure = (amount.taken.repair, amount.taken.confidence) if amount.taken else ("", 0.3)
    suggested = "" if amount.suggested is None else f"{amount.suggested:f}"
    return provenance(amount.tokens, Seen(amount.label, column, repair, suggested, sure))


def _side(form: Filled, side: Horizon, usual: tuple[int, int]) -> Side:
    return {level: _amount(form, f"{side}_{level}" if level else side, usual) for level in ("", *FUND_LEVELS)}


def _amount(form: Filled, key: str, usual: tuple[int, int]) -> Amount:
    slot = f"{{funds.{key}}}"
    row = form.declared.row_of.get(slot)
    line = form.lines.get(row.number) if row else None
    if row is None or line is None:
        return Amount([], [])
    if not form.damaged and slot in form.slots:
        tokens = form.slots[slot]
        label = form.labels.get(slot, "")
    else:
        tokens, label = _damaged_tokens(row, line, usual, key.startswith(_SIDES[1])), ""
    return Amount(tokens, list(_readings(tokens, form.damaged or len(tokens) > 1)), label)


def _damaged_tokens(row: Row, line: Line, usual: tuple[int, int], right: bool) -> list[Token]:
    """A side's numbers in a damaged line: behind its label, or behind the column where its labels usually stand."""
    marks = _marks(row, line, usual)
    left, middle = marks
    start = left.end if left else _first_at(line, usual[0] + 1)
    while not left and start and line.tokens[start - 1].column == usual[0] and _numbers(line.tokens[start - 1 : start]):
        start -= 1
    end = middle.start if middle else max(start, _first_at(line, usual[1]))
    if not middle:
        # A cell that holds the left amount and the label of the right one.
        end = next((at + 1 for at in range(start, end) if _MIXED.match(line.tokens[at].text)), end)
    if right:
        return _numbers(line.tokens[middle.end if middle else end :])
    return _numbers(line.tokens[start:end])


def _marks(row: Row, line: Line, usual: tuple[int, int]) -> tuple[Hit | None, Hit | None]:
    """The labels of the left and of the right side in a line."""
    first, second = row.labels[-2:]
    hits = [hit for hit in line.hits if hit.label in (first, second)]
    if first != second:
        return (
            next((hit for hit in hits if hit.label == first), None),
            next((hit for hit in hits if hit.label == second), None),
        )
    if len(hits) > 1:
        return hits[0], hits[-1]
    if not hits:
        return None, None
    column = line.tokens[hits[0].start].column
    return (None, hits[0]) if abs(column - usual[1]) < abs(column - usual[0]) else (hits[0], None)


def _first_at(line: Line, column: int) -> int:
    """The first token that stands in the column or behind it."""
    return next((at for at, token in enumerate(line.tokens) if token.column >= column), len(line.tokens))


def _numbers(tokens: Sequence[Token]) -> list[Token]:
    """The tokens that are numbers, and the numbers that end or begin a cell of several words."""
    found: list[Token] = []
    for token in tokens:
        bare = _SPECK.sub("", token.text)
        if _NUMERIC.fullmatch(bare) and any(character.isdigit() for character in token.text[:1] + token.text[-1:]):
            first = bare.split()[0]
            several = not _GROUPED.fullmatch(_SPACE.sub("", bare)) and _GROUPED.fullmatch(first)
            text = first if several else bare
            found.append(token if token.text == text else token._replace(text=text))
        elif match := _AT_EDGE.search(token.text):
            found.append(token._replace(text=match[0]))
    return found


def _label_columns(form: Filled) -> tuple[int, int]:
    """The usual columns of the labels on the left and on the right."""
    counts: Counter[int] = Counter()
    for number, line in form.lines.items():
        row = form.declared.rows[number]
        if row.slots and row.slots[-1].startswith("{funds"):
            counts.update(line.tokens[hit.start].column for hit in line.hits if hit.label in row.labels[-2:])
            if len(line.hits) < 2:
                near = ((token.column, form.declared.labels.near(token.text)) for token in line.tokens)
                counts.update(column for column, (label, score) in near if score > 0.5 and label in row.labels[-2:])
    first = counts.most_common(1)[0][0] if counts else 0
    other = next((column for column, _ in counts.most_common() if abs(column - first) > 1), first + 2)
    return min(first, other), max(first, other)


def _readings(tokens: Sequence[Token], damaged: bool) -> Iterator[Reading]:
    """All ways to read a side's tokens, the least mended first."""
    if not tokens:
        return
    if not damaged:
        amount = read_amount(tokens[-1].text)
        if amount is not None:
            yield Reading(amount.value, 0 if not amount.repair else 1, amount.repair, amount.confidence)
        return
    seen: dict[Decimal, Reading] = {}
    pieces = [token.text for token in tokens[-_MOST_PIECES:]]
    for start in range(len(pieces)):
        for reading in (*_joins(pieces[start:], start), *_joins(pieces[start : start + 1], start + 2)):
            if reading.value not in seen or reading.cost < seen[reading.value].cost:
                seen[reading.value] = reading
    yield from sorted(seen.values(), key=lambda reading: reading.cost)


def _mended(text: str, cost: int) -> Iterator[Reading]:
    """A number whose points are misread separators: 8.500 for 8,500."""
    compact = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", compact) and "." in compact:
        yield Reading(Decimal(re.sub(r"[.,]", "", compact)), cost, "分隔符误作小数点", 0.7)


def _joins(pieces: list[str], dropped: int) -> Iterator[Reading]:
    """Numbers that pieces make: one behind the other, or with the characters that both have read once only."""
    texts_so_far = [re.sub(r"\s", "", pieces[0]).replace("，", ",")]
    for piece in pieces[1:]:
        compact = re.sub(r"\s", "", piece).replace("，", ",")
        longer: list[str] = []
        for text in texts_so_far:
            # The border's own stroke, or a character that it has cut, may have been read for a digit.
            longer += [text + compact, text[:-1] + compact, text + compact[1:]]
            longer += [
                text + compact[size:]
                for size in range(1, min(len(text), len(compact)) + 1)
                if text[-size:] == compact[:size]
            ]
        texts_so_far = longer
    for text in texts_so_far:
        repair = _JOINED if len(pieces) > 1 else ""
        cost = 2 * dropped + len(pieces) - 1
        if _GROUPED.fullmatch(text):
            yield Reading(Decimal(text.replace(",", "")), cost, repair, 0.8)
        points = re.fullmatch(r"(\d{1,3}(?:,\d{3})*),(\d{2})", text, re.ASCII)
        if points:
            yield Reading(Decimal(f"{points[1].replace(',', '')}.{points[2]}"), cost + 1, "分隔符误作小数点", 0.7)
        for reading in _mended(text, cost + 1):
            yield reading._replace(repair=f"{repair}，{reading.repair}".strip("，"))


def _total(side: Side) -> Decimal:
    return sum((amount.value for level, amount in side.items() if level and amount.value is not None), Decimal(0))


def _holds(side: Side) -> bool:
    return side[""].value is not None and _total(side) == side[""].value


def _settle(side: Side, confirmed: Sequence[Decimal], damaged: bool) -> None:
    """Take the readings that make the total the sum of its sources, a confirmed and least mended one; else the first."""
    options = {level: amount.readings for level, amount in side.items() if amount.readings}
    for level, readings in options.items():
        side[level].taken = readings[0]
    if not damaged:
        return
    size = 1
    for readings in options.values():
        size *= len(readings)
    if size > _MOST or "" not in options:
        return
    best: dict[str, Reading] = {}
    least = (True, 0)
    for choice in product(*options.values()):
        values = dict(zip(options, choice, strict=True))
        if values[""].value == sum((one.value for level, one in values.items() if level), Decimal(0)):
            rank = (not is_known(values[""].value, confirmed), sum(one.cost for one in choice))
            if not best or rank < least:
                best, least = values, rank
    for level, reading in best.items():
        if not (least[0] and confirmed and reading.cost > 1):
            side[level].taken = reading


def _mend(side: Side, other: Side, form: Filled, known: Sequence[Decimal]) -> None:
    """Where a side's sum does not hold: slide its rows, or take what the other side and the tables confirm."""
    wanted = _wanted(side, other, known)
    if form.damaged and _in_order(side, wanted.get("", side[""].value)):
        wanted = {"": _total(side)} | {
            level: amount.value for level, amount in side.items() if level and amount.value is not None
        }
    for level, amount in side.items():
        want = wanted.get(level)
        if not amount.readings:
            continue
        assert amount.taken is not None
        fitting = next((one for one in amount.readings if one.value == want), None)
        if fitting is not None:
            amount.taken = fitting
        elif want is not None:
            amount.suggested = want
        if form.damaged and fitting is None:
            amount.taken = None


def _wanted(side: Side, other: Side, known: Sequence[Decimal]) -> Mapping[str, Decimal]:
    """What each amount should be: as on the other side if the totals may be equal, or by the one missing source."""
    total = side[""]
    if _holds(other):
        values = {level: amount.value for level, amount in other.items() if amount.value is not None}
        confirmed = other[""].value
        assert confirmed is not None
        readings = [one.value for amount in side.values() for one in amount.readings]
        if confirmed in readings or is_known(confirmed, known):
            return values
    sources = {level: amount for level, amount in side.items() if level and amount.value}
    if total.value is not None and is_known(total.value, known) and len(sources) == 1:
        return {next(iter(sources)): total.value, "": total.value}
    if is_known(_total(side), known):
        return {"": _total(side)} | {
            level: amount.value for level, amount in sources.items() if amount.value is not None
        }
    return {}


def _slide(side: Side, other: Side) -> None:
    """Rows that slid down by a blank one: the same numbers in the same order as on the other side."""
    if not (_holds(side) and _holds(other)) or side[""].value != other[""].value:
        return
    levels = [level for level in side if level]
    filled = [side[level] for level in levels if side[level].taken]
    wanted = [other[level].value for level in levels if other[level].taken]
    if [amount.value for amount in filled] == wanted:
        targets = [level for level in levels if other[level].taken]
        _put(side, levels, dict(zip(targets, filled, strict=True)))


def _put(side: Side, levels: Sequence[str], amounts: Mapping[str, Amount]) -> None:
    """Put amounts into the rows that they belong to."""
    for level in levels:
        moved = amounts.get(level) or Amount([], [])
        if moved is not side[level] and moved.taken is not None:
            moved.taken = moved.taken._replace(repair="按次序归行", confidence=0.7)
        side[level] = moved


def _in_order(side: Side, total: Decimal | None) -> bool:
    """Rows that slid down by blank ones: take the sources' numbers in order, if they then add up to the total."""
    levels = [level for level in side if level]
    filled = [side[level] for level in levels if side[level].readings]
    if total is None or not total or not 2 <= len(filled) < len(levels):
        return False
    choice = next(
        (
            readings
            for readings in product(*(amount.readings for amount in filled))
            if sum(one.value for one in readings) == total
        ),
        None,
    )
    if choice is None:
        return False
    for amount, reading in zip(filled, choice, strict=True):
        amount.taken = reading
    _put(side, levels, dict(zip(levels, filled, strict=False)))
    return True
