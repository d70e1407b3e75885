"""The lines of an indicator table taken apart: on each side a second-level label, a name and a value.

The left side (the whole term) and the right side (the year) stand in the same line. Which cells belong to which is told
by columns where they can be trusted, and by the order of labels, names and values where a page break or a lost
border has shifted the cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from msgspec import Struct, field

from mingzhang.read.forms.labels import Labels, chinese
from mingzhang.read.forms.lines import Line, Token, unglue

_GLUED = re.compile(r"(.*[^\s\d≥≤<>=≧≦＞＜])\s+([≥≤<>=≧≦＞＜]\s*\d.*|\S{0,6}\d\S{0,10})", re.DOTALL)
_VALUE = re.compile(r"[≥≤<>=≧≦＞＜]|\d|100%")
_SLIVER = 2
# A line of more cells than this is none of indicators: it is not tried where it could be cut.
_MOST_TOKENS = 40
_Of = TypeVar("_Of")
# Cells of a table have shifted when more than this share of its lines tells so.
_STRAY = 0.12
_GOOD, _FAIR, _BAD = 2.0, 0.5, -3.0


class Half(Struct):
    """One side of a line: its second-level label ("" where none is printed), its name and value."""

    label: str = ""
    name: str = ""
    value: str = ""
    tokens: list[Token] = field(default_factory=list)
    printed: str = ""
    column: int = -1

    @property
    def blank(self) -> bool:
        """Whether there is neither name nor value."""
        return not self.name and not self.value


class Sides(NamedTuple):
    """A line of the table as its two halves. `pending` lines only carry a label for those below."""

    left: Half
    right: Half
    line: Line
    pending: bool = False

    @property
    def whole(self) -> bool:
        """Whether each half has both a name and a value, or none."""
        return all(bool(half.name) == bool(half.value) for half in (self.left, self.right))


class Columns(NamedTuple):
    """Where labels, names and values stand: the columns of the left label and of the right one (none: -1)."""

    left: int
    right: int


class Vocabulary(NamedTuple):
    """The labels of the table: its header (`second` heads the second level), the first and the second level."""

    header: Labels
    second: str
    level1: Labels
    level2: Labels


def take_apart(lines: Sequence[Line], words: Vocabulary, two_sided: bool) -> list[Sides]:
    """Take every line of an indicator table apart, by its columns and by the order of its cells."""
    return _Table(words, two_sided).read(lines)


def take_apart_damaged(lines: Sequence[Line], words: Vocabulary, two_sided: bool) -> list[Sides]:
    """Take every line of a table apart whose labels are misread, by the columns alone."""
    return _Table(words, two_sided).read_damaged(lines)


def is_shifted(lines: Sequence[Line], words: Vocabulary, two_sided: bool) -> bool:
    """Whether cells of a table have shifted: lines tell other columns than most, or values stand for names."""
    table = _Table(words, two_sided)
    usual = table.usual(lines)
    readable = {words.level2.find(token.text) for line in lines for token in line.tokens} - {""}
    if usual is None or 2 * len(readable) < len(words.level2.variants):
        return False
    return sum(table.strays(line, usual) for line in lines if line.tokens) > _STRAY * len(lines)


class _Table:
    def __init__(self, words: Vocabulary, two_sided: bool) -> None:
        self.words = words
        self.two_sided = two_sided

    def read(self, lines: Sequence[Line]) -> list[Sides]:
        """Lines with two labels tell the columns; the lines between them follow, or are taken apart by their order."""
        lines = [line for line in lines if line.tokens]
        for line in lines:
            if not line.aligned:
                if any(" " in token.text for token in line.tokens):
                    unglue(line, self.words.level2)
                self._rejoin(line)
        headers = [self._is_header(line) for line in lines]
        known = [None if header else self._own_columns(line) for line, header in zip(lines, headers, strict=True)]
        afters = _next(known)
        found: list[Sides | None] = [None] * len(lines)
        before: Columns | None = None
        heading: Columns | None = None
        for at, line in enumerate(lines):
            if headers[at]:
                heading = self._heading(line)
                found[at] = self._pending(line)
                continue
            fitting = self._fitting(line, (known[at], before or heading, afters[at], heading))
            if fitting:
                # A name that repeats its label is no label where the neighbours' columns find a value for it.
                whole = [option for option in fitting if option[1].whole] if known[at] else []
                known[at], found[at] = (whole or fitting)[0]
            before = known[at] or before
        later = _next(found)
        result: list[Sides] = []
        for at, line in enumerate(lines):
            own = found[at]
            if own is None and not headers[at]:
                own = self._by_order(line, [one for one in (result[-1] if result else None, later[at]) if one])
            if own is not None:
                result.append(own)
        return result

    def _rejoin(self, line: Line) -> None:
        """Put labels together that a border has cut."""
        find, tokens = self.words.level2.find, line.tokens
        for at in range(len(tokens) - 2, -1, -1):
            one, other = tokens[at : at + 2]
            whole = one.text + other.text
            if other.column == one.column + 1 and find(whole) and not find(one.text) and not find(other.text):
                tokens[at : at + 2] = [one._replace(text=whole)]

    def _fitting(self, line: Line, options: Sequence[Columns | None]) -> list[tuple[Columns, Sides]]:
        """The columns by which the line can be taken apart, each with what it gives."""
        taken = ((columns, self._by_columns(line, columns)) for columns in dict.fromkeys(options) if columns)
        return [(columns, sides) for columns, sides in taken if sides is not None]

    def read_damaged(self, lines: Sequence[Line]) -> list[Sides]:
        """Lines by the columns that most of them tell; what stands beside the table or between its cells is left out."""
        columns = self.usual(lines)
        if columns is None:
            return []
        return [_by_force(line, columns) for line in lines if line.tokens and not self._is_header(line)]

    def strays(self, line: Line, usual: Columns) -> bool:
        """Whether a line tells other columns than the usual ones, or has a value where the name should be."""
        if self._is_header(line):
            return False
        own = self._own_columns(line)
        if own is not None:
            return own != usual and bool(self.words.level2.find(self._inner(line.tokens)[0].text))
        named = [token for token in line.tokens if token.column == usual.left + 1]
        before = [token for token in line.tokens if token.column <= usual.left]
        return bool(named and before) and is_value(named[0].text) and len(chinese(before[-1].text)) > 2

    def usual(self, lines: Sequence[Line]) -> Columns | None:
        """The columns that most lines tell."""
        told = (
            self._heading(line) if self._is_header(line) else self._own_columns(line) for line in lines if line.tokens
        )
        counts = Counter(columns for columns in told if columns is not None)
        return counts.most_common(1)[0][0] if counts else None

    def _is_header(self, line: Line) -> bool:
        return sum(bool(self.words.header.find(token.text)) for token in line.tokens) >= 3

    def _heading(self, line: Line) -> Columns | None:
        """The columns that a header line tells: those of the label before each name."""
        found = [(token.column, label) for token in line.tokens if (label := self.words.header.find(token.text))]
        labels = [label for _, label in found]
        if self.two_sided:
            second = [column for column, label in found if labels.count(label) > 1 and label == self.words.second]
            return Columns(second[0], second[-1]) if len(second) > 1 else None
        return next((Columns(column, -1) for column, label in found if label == self.words.second), None)

    def _pending(self, line: Line) -> Sides | None:
        """A label that has been glued into the header line."""
        rest = [token for token in line.tokens if not self.words.header.find(token.text)]
        labels = [(token, self.words.level2.find(token.text)) for token in rest]
        found = [(token, label) for token, label in labels if label]
        if not found:
            return None
        token, label = found[0]
        half = Half(label, tokens=[token], printed=token.text, column=token.column)
        return Sides(half, Half(label, printed=token.text), line, pending=True)

    def _own_columns(self, line: Line) -> Columns | None:
        """The columns that a line tells by its labels."""
        inner = self._inner(line.tokens)
        find = self.words.level2.find
        name = find(inner[0].text)
        misread = self._is_misread
        if not name and not misread(inner[0].text):
            return None
        left = inner[0].column
        if not self.two_sided:
            return Columns(left, -1)
        same = [
            token.column
            for token in inner[1:]
            if token.column - left >= 3 and (find(token.text) == name if name else find(token.text))
        ]
        if name and not same:
            same = [token.column for token in inner[1:] if token.column - left >= 3 and misread(token.text)]
        fitting = [column for column in same if self._by_columns(line, Columns(left, column)) is not None]
        return Columns(left, fitting[0]) if len(fitting) == 1 else None

    def _inner(self, tokens: Sequence[Token]) -> Sequence[Token]:
        at = 0
        while at + 1 < len(tokens) and self._is_outer(tokens[at].text):
            at += 1
        return tokens[at:]

    def _is_outer(self, text: str) -> bool:
        """Whether a text stands outside: a first-level label, or a sliver of a border."""
        if self.words.level2.find(text):
            return False
        sliver = len(text) <= _SLIVER and not chinese(text)
        return sliver or bool(self.words.level1.find(text)) or self.words.level1.is_misread(text)

    def _is_misread(self, text: str) -> bool:
        """Whether a text is a second-level label with a character misread."""
        return self.words.level2.is_misread(text) and not self.words.level1.find(text)

    def _by_columns(self, line: Line, columns: Columns) -> Sides | None:
        """The line's halves by columns; None where something stands in a column that is not its own."""
        left, right = Half(), Half()
        for token in line.tokens:
            if token.column < columns.left:
                if not line.aligned and not self._is_outer(token.text):
                    return None
                continue
            on_right = 0 <= columns.right <= token.column
            half = right if on_right else left
            offset = token.column - (columns.right if on_right else columns.left)
            if not self._put(half, token, offset, line.aligned):
                return None
        for half in (left, right):
            _unglue(half)
        return Sides(left, right, line)

    def _put(self, half: Half, token: Token, offset: int, aligned: bool) -> bool:
        """Put a token where its distance from the label column says; whether it may stand there."""
        half.tokens.append(token)
        if offset == 0:
            label = self.words.level2.find(token.text)
            half.label, half.printed, half.column = label or (token.text if aligned else ""), token.text, token.column
            return bool(label) or aligned or self._is_misread(token.text)
        if offset == 1 and not half.name:
            half.name = token.text
            return True
        if half.value or (not aligned and self.words.level2.find(token.text)):
            return False
        half.value = token.text
        return True

    def _by_order(self, line: Line, near: Sequence[Sides]) -> Sides:
        """The line's halves by the order of labels, names and values."""
        tokens = self._inner(line.tokens)
        if not self.two_sided or len(tokens) > _MOST_TOKENS:
            return Sides(self._half(tokens)[0], Half(), line)
        options = []
        for split in range(len(tokens) + 1):
            left, first = self._half(tokens[:split])
            right, second = self._half(tokens[split:])
            score = first + second + _column_score(tokens, split, near)
            if right.label:
                score += 1.5 if right.label == left.label else 0.5
            if left.name and left.name == right.name:
                score += 1.0
            score -= 0.1 * abs(2 * split - len(tokens))
            options.append((score, -split, left, right))
        _, _, left, right = max(options, key=lambda option: option[:2])
        return Sides(left, right, line)

    def _half(self, tokens: Sequence[Token]) -> tuple[Half, float]:
        """A half from its tokens, and how well they make one."""
        half = Half(tokens=list(tokens))
        rest = list(tokens)
        if rest and (label := self.words.level2.find(rest[0].text)):
            half.label, half.printed, half.column = label, rest[0].text, rest[0].column
            rest = rest[1:]
        if len(rest) > 2 and rest[0].text == rest[1].text:
            rest = rest[1:]
        if not rest:
            return half, 0.0
        if len(rest) == 1:
            half.name = rest[0].text
            _unglue(half)
            return half, _FAIR if half.value else -1.0
        half.name, half.value = "".join(token.text for token in rest[:-1]), rest[-1].text
        score = _GOOD if len(rest) == 2 else _BAD
        if is_value(half.value):
            score += 0.5
        if is_value(rest[0].text) and not is_value(half.value):
            score -= 1.0
        score -= 2.0 * sum(bool(self.words.level2.find(token.text)) for token in rest[1:])
        return half, score


def _by_force(line: Line, columns: Columns) -> Sides:
    """A line's halves by columns, whatever stands in them."""
    left, right = Half(), Half()
    for token in line.tokens:
        on_right = 0 <= columns.right <= token.column
        half = right if on_right else left
        offset = token.column - (columns.right if on_right else columns.left)
        if offset < 0:
            continue
        half.tokens.append(token)
        if offset == 0:
            half.printed, half.column = (half.printed + token.text), token.column
        elif offset == 1:
            half.name += token.text
        elif not half.value:
            half.value = token.text
    for half in (left, right):
        _unglue(half)
    return Sides(left, right, line)


def _next(found: Sequence[_Of | None]) -> list[_Of | None]:
    """For each place what is found behind it first, if anything."""
    after: list[_Of | None] = [None]
    for one in reversed(found[1:]):
        after.append(after[-1] if one is None else one)
    return after[::-1]


def _column_score(tokens: Sequence[Token], split: int, near: Sequence[Sides]) -> float:
    """How near the halves' first names stand to the columns of their neighbours' names, where only one half is filled."""
    if 0 < split < len(tokens):
        return 0.0
    columns: dict[bool, list[int]] = {False: [], True: []}
    for sides in near:
        for on_right, half in ((False, sides.left), (True, sides.right)):
            columns[on_right] += [token.column for token in half.tokens if token.text == half.name]
    if not tokens or not (columns[False] or columns[True]):
        return 0.0
    first = tokens[0].column
    away = {side: min((abs(first - column) for column in places), default=9) for side, places in columns.items()}
    return 0.4 * (away[split == len(tokens)] - away[split == 0])


def _unglue(half: Half) -> None:
    """Take a name and a value apart that one cell holds."""
    if half.name and half.value:
        return
    match = _GLUED.fullmatch(half.name or half.value)
    if match:
        half.name, half.value = match[1], match[2]


def is_value(text: str) -> bool:
    """Whether a text looks like an indicator's value rather than its name."""
    return _VALUE.match(text.strip()) is not None
