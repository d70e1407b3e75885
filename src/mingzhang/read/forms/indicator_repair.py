"""Indicators of a damaged scan: their labels by their place in the family's tree, their names and values mended.

A misread name is taken for the one that the document's other forms print in the same place; a value that no one could
mean is left out. A side of which little can be read is left out as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from mingzhang.read.forms.indicator_rows import Sides
from mingzhang.read.forms.indicators import Entry, Tree
from mingzhang.read.forms.labels import SIMPLE, Labels, alike, chinese, simple
from mingzhang.read.printed import fold, likeness

_NUMBER = re.compile(r"[≥≤<>=]?(\d[\d,]*(?:\.\d+)?)(%|km|kg|㎡|m[²³])?")
# What else a value may be: some Chinese with numbers and the marks between them.
_VALUE = re.compile(r"[≥≤<>=]?(?=[^一-鿿]*[一-鿿])[一-鿿\d.,%/~()>≥≤㎡²³m-]{2,}")
_LEADING_DIGITS = re.compile(r"\d{4,}")
_EDGES = "。.,;:、·'\"|_-— "
_SKIP, _STAY, _NAME_WEIGHT = 0.15, 0.4, 0.3
# How like a common name a misread one must be: one that many forms print, one that two print, one of another length.
_SNAP, _SNAP_RARE, _CLOSE = 0.5, 0.65, 0.8
_OFTEN = 3
_LONGEST = 30
# A side is noise below this share of readable labels, names and values; with few values only those lines count.
_READABLE, _FEW_VALUES, _SURE = 0.6, 0.4, 0.75
_MENDED = "按其他绩效目标表的同类指标校正"
_BY_FUNDS = "按项目资金校正"


def label_damaged(sides: Sequence[Sides], level2: Labels, tree: Tree) -> None:
    """Label the lines of a damaged table: the labels rise along the tree, so that the readable ones place the rest."""
    if not sides:
        return
    scores = [[_line_score(one, label, level2) for label in tree.order] for one in sides]
    width = len(tree.order)
    best = [[scores[0][label] - _SKIP * label for label in range(width)]]
    back: list[list[int]] = []
    for at in range(1, len(sides)):
        one = sides[at]
        starts = bool(one.left.printed) or (bool(one.right.printed) and not sides[at - 1].right.printed)
        row, source = [], []
        for label in range(width):
            options = [(best[-1][label] - (_STAY if one.left.printed else 0.0), label)]
            if starts or one.right.printed:
                extra = 0.0 if starts else _STAY
                options += [(best[-1][old] - _SKIP * (label - old - 1) - extra, old) for old in range(label)]
            value, old = max(options)
            row.append(value + scores[at][label])
            source.append(old)
        best.append(row)
        back.append(source)
    label = max(range(width), key=lambda number: best[-1][number])
    for at in range(len(sides) - 1, -1, -1):
        for half in sides[at][:2]:
            half.label = tree.order[label]
        if at:
            label = back[at - 1][label]


def _line_score(one: Sides, label: str, level2: Labels) -> float:
    printed = max(_likeness(half.printed, label, level2) for half in one[:2])
    named = max(_likeness(half.name, label, level2) for half in one[:2])
    return printed + _NAME_WEIGHT * named


def _likeness(text: str, label: str, level2: Labels) -> float:
    if not text:
        return 0.0
    found = level2.find(text)
    if found:
        return 1.0 if found == label else 0.0
    return alike(simple(text)[:16], simple(label))


class Repairer:
    """Mends the indicators of damaged forms by what all of them print."""

    def __init__(self, found: Iterable[Entry], level2: Labels) -> None:
        self.level2 = level2
        self.names: dict[str, Counter[str]] = {}
        for entry in found:
            entry.name = entry.name.strip(_EDGES).translate(SIMPLE)
            self.names.setdefault(entry.level2, Counter())[entry.name] += 1
        for printed, label in level2.exact.items():
            self.names.setdefault(label, Counter())[printed] += _OFTEN

    def repair(self, found: Sequence[Entry], funds: Mapping[str, Decimal | None]) -> list[Entry]:
        """Mend one form's indicators; those that cannot be read are left out."""
        printed = Counter((entry.level2, entry.name) for entry in found)
        for entry in found:
            self._mend_name(entry, twice=printed[entry.level2, entry.name] > 1)
        kept: list[Entry] = []
        for horizon in dict.fromkeys(entry.horizon for entry in found):
            side = [entry for entry in found if entry.horizon == horizon]
            bare = Counter(fold(entry.value) for entry in side)
            for entry in side:
                self._mend_value(entry, funds, bare)
            kept += self._readable(side)
        _share_names(kept)
        return kept

    def _readable(self, side: Sequence[Entry]) -> list[Entry]:
        """The entries of a side that can be read; none if most of the side is noise."""
        printed = ((entry.half.printed, entry.level2) for entry in side)
        labels = sum(not label or _likeness(label, level2, self.level2) >= _SURE for label, level2 in printed)
        names = sum(bool(entry.name) for entry in side)
        values = sum(bool(entry.value) for entry in side)
        if 0.25 * (labels + names + 2 * values) < _READABLE * len(side):
            return []
        if values < _FEW_VALUES * len(side):
            return [entry for entry in side if entry.value]
        return [entry for entry in side if entry.name or entry.value]

    def _mend_name(self, entry: Entry, twice: bool) -> None:
        """Keep a name that is known or that both sides print, take the common one that it is like, or drop it."""
        names = self.names.get(entry.level2, Counter())
        own = names[entry.name]
        if twice or fold(entry.name) in self.level2.exact:
            return
        # A misreading may be common, too; what it stands for is commoner.
        least = 2 * own if own >= _OFTEN else 2
        near = (
            (_resemblance(entry.name, name), count, name)
            for name, count in names.items()
            if count >= least and name != entry.name
        )
        fitting = [one for one in near if one[0] >= (_SNAP if one[1] >= _OFTEN else _SNAP_RARE)]
        if fitting:
            entry.name, entry.repair, entry.confidence = max(fitting)[2], _MENDED, 0.6
        elif (own < _OFTEN and len(chinese(entry.name)) < 2) or len(entry.name) > _LONGEST:
            entry.name = ""

    def _mend_value(self, entry: Entry, funds: Mapping[str, Decimal | None], bare: Counter[str]) -> None:
        printed = fold(entry.value)
        entry.value = self._value(entry, funds, bare)
        if fold(entry.value) != printed:
            entry.confidence = min(entry.confidence, 0.5)
            common = bare.most_common(1)[0][0]
            if not entry.value and printed[:1] == common[:1]:
                entry.suggested = common

    def _value(self, entry: Entry, funds: Mapping[str, Decimal | None], bare: Counter[str]) -> str:
        """The value as printed, the form's own amount where it stands cut, or "" where it makes no sense."""
        text = fold(entry.value.strip(_EDGES)).translate(SIMPLE)
        if self.level2.find(text):
            return ""
        match = _NUMBER.fullmatch(text)
        if match and match[2] == "%" and Decimal(match[1].replace(",", "")) > 100:
            return ""
        if match and (match[2] or text == "100" or bare[text] * 2 > bare.total()):
            return text
        if len(text) <= _LONGEST and _VALUE.fullmatch(text):
            return text
        if digits := _LEADING_DIGITS.match(text):
            for key in ("total", "annual"):
                amount = funds.get(key)
                if amount and amount == int(amount) and digits[0].startswith(str(int(amount))):
                    entry.repair = _BY_FUNDS
                    return f"{int(amount)}元"
        return ""


def _resemblance(first: str, second: str) -> float:
    """How much of two names is the same, character by character; names of other length must be nearly alike."""
    if len(first) == len(second):
        return sum(one == other for one, other in zip(first, second, strict=True)) / len(first) if first else 0.0
    score = likeness(first, second) if abs(len(first) - len(second)) < 3 else 0.0
    return score if score >= _CLOSE else 0.0


def _share_names(found: Sequence[Entry]) -> None:
    """A name that only one side has misread is the other side's, where both print the same value there."""
    mended = {(entry.level2, entry.value): entry for entry in found if entry.value}
    for entry in found:
        other = mended.get((entry.level2, entry.value))
        if other and other.horizon != entry.horizon and not entry.name and other.name:
            entry.name, entry.repair, entry.confidence = other.name, _MENDED, 0.5
