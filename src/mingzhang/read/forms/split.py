"""Where one performance form ends and the next begins, in a stretch of paragraphs and grids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

from msgspec import Struct, field

from mingzhang.read.forms.labels import Labels, chinese, shared
from mingzhang.read.forms.lines import Declared, Line, unglue
from mingzhang.read.printed import fold

_YEAR = re.compile(r"\(?20\d\d\)?年?\)?年?度?\)?")
_YEAR_CELL = re.compile(r"\(?20\d\d\)?年\)?\W*\w?\W*")
_SLOTS = re.compile(r"\{[^{}]*\}")
# The number of a line that is a title or the year.
FURNITURE = -2
# A title that shows more than this share of its characters is one.
_TITLE = 0.6
# Fewer rows than this that are known make no form.
_FEWEST = 2


class Chunk(Struct):
    """One form: which it is, and its lines with the number of the declared row that each shows (-1 unknown)."""

    kind: str
    declared: Declared
    lines: list[Line] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    @property
    def is_form(self) -> bool:
        """Whether enough of it is known to be a form."""
        return len({number for number in self.numbers if number >= 0}) >= _FEWEST


def split_forms(lines: Sequence[Line], forms: Mapping[str, Declared], kinds: Labels) -> tuple[list[Chunk], set[int]]:
    """Cut the stretch into forms; also give the blocks that are titles of forms. `kinds` are indicators' labels."""
    titles = {fold(_title_end(declared.form.title)): kind for kind, declared in forms.items()}
    splitter = _Splitter(forms, kinds)
    used: set[int] = set()
    for _, group in groupby(lines, key=lambda line: line.block):
        block = list(group)
        if not block[0].paragraph:
            splitter.grid(block)
            continue
        text = fold(block[0].text)
        kind = next((kind for title, kind in titles.items() if title and title in text), None)
        if kind is not None or _YEAR.fullmatch(text):
            used.add(block[0].block)
            splitter.title(kind)
        else:
            splitter.paragraph(block[0])
    return splitter.chunks, used


def _title_end(title: str) -> str:
    """The end of a form's title, which names the form: what stands behind the last slot or bracket."""
    return re.split(r"[）)]", _SLOTS.sub("）", title))[-1]


class _Splitter:
    def __init__(self, forms: Mapping[str, Declared], kinds: Labels) -> None:
        self.forms = forms
        self.kinds = kinds
        self.chunks: list[Chunk] = []
        self.titled = False
        self.apart = True
        self.kind: str | None = None

    def title(self, kind: str | None) -> None:
        """A title or the year below it: the next grid may begin a form."""
        self.titled = self.apart = True
        self.kind = kind or self.kind

    def paragraph(self, line: Line) -> None:
        """A loose line inside or between forms."""
        self.apart = True
        if self.chunks and not self.titled:
            self.chunks[-1].lines.append(line)
            self.chunks[-1].numbers.append(-1)

    def grid(self, lines: list[Line]) -> None:
        """Add a grid's lines to the form at hand, or begin new forms with them."""
        for line in lines:
            if not line.aligned and any(" " in token.text for token in line.tokens):
                for declared in self.forms.values():
                    unglue(line, declared.labels)
        if self.apart and not any(self._labels(line) for line in lines):
            return
        self.apart = False
        kind = self._kind(lines)
        declared = self.forms[kind]
        numbers = _numbers(lines, declared)
        if _reversed(numbers):
            lines.reverse()
            numbers.reverse()
        head = declared.tree - 1
        has_head = any(0 <= number < head for number in numbers)
        new = not self.chunks or self.chunks[-1].kind != kind or self.titled or self._again(numbers, head)
        if new and (has_head or not self.chunks):
            self.chunks.append(Chunk(kind, declared))
        if has_head:
            self.titled, self.kind = False, None
        self._add(lines, numbers, head)

    def _labels(self, line: Line) -> bool:
        """Whether a line holds a label of the forms or of their indicators."""
        return any(
            self.kinds.find(token.text) or any(declared.labels.find(token.text) for declared in self.forms.values())
            for token in line.tokens
        )

    def _again(self, numbers: Sequence[int], head: int) -> bool:
        """Whether the grid holds the head of a form while the form at hand has come to its indicators."""
        heads = {number for number in numbers if 0 <= number < head}
        whole = len(heads) > 1 or (bool(heads) and head in numbers)
        return whole and any(number >= head for number in self.chunks[-1].numbers)

    def _add(self, lines: Sequence[Line], numbers: Sequence[int], head: int) -> None:
        """Add lines, beginning another form where the first row comes again after the indicators."""
        chunk = self.chunks[-1]
        in_tree = False
        for line, number in zip(lines, numbers, strict=True):
            if in_tree and 0 <= number <= 1:
                chunk = Chunk(chunk.kind, chunk.declared)
                self.chunks.append(chunk)
                in_tree = False
            in_tree = in_tree or number >= head
            chunk.lines.append(line)
            chunk.numbers.append(number)

    def _kind(self, lines: Sequence[Line]) -> str:
        votes = {
            kind: sum(bool(declared.labels.find(token.text)) for line in lines[:8] for token in line.tokens)
            for kind, declared in self.forms.items()
        }
        most = max(votes.values())
        if self.kind is not None and votes[self.kind] * 2 >= most:
            return self.kind
        if self.chunks and votes[self.chunks[-1].kind] * 4 >= most * 3:
            return self.chunks[-1].kind
        return max(votes, key=lambda kind: votes[kind])


def _numbers(lines: Sequence[Line], declared: Declared) -> list[int]:
    """The declared row that each line shows by its labels, -1 where none tells."""
    numbers: list[int] = []
    last = -1
    title = fold(_title_end(declared.form.title))
    for line in lines:
        declared.find(line)
        if last < 0 and not line.hits and _is_title(line, title):
            numbers.append(FURNITURE)
            continue
        number = _row_number(line, declared, last)
        numbers.append(number)
        last = number if number >= 0 else last
    return numbers


def _is_title(line: Line, title: str) -> bool:
    """Whether a line of a grid is the form's title or the year below it."""
    if any(title in fold(token.text) or _YEAR_CELL.fullmatch(fold(token.text)) for token in line.tokens):
        return True
    text = chinese(line.text)
    return len(title) <= len(text) <= 4 * len(title) and shared(text, chinese(title)) > _TITLE


def _row_number(line: Line, declared: Declared, last: int) -> int:
    """The declared row with most of the line's labels; among equals the next one after `last`."""
    if not line.hits:
        return -1
    key = tuple(hit.label for hit in line.hits), last
    if key not in declared.numbers:
        declared.numbers[key] = _best_row(set(key[0]), declared, last)
    return declared.numbers[key]


def _best_row(labels: set[str], declared: Declared, last: int) -> int:
    best, best_score = -1, 0.0
    for row in {row for label in sorted(labels) for row in declared.by_label.get(label, ())}:
        own = sum(one in labels for one in row.labels)
        leads = sum(one in labels for one in row.lead)
        missing = len(row.labels) - own
        score = own + 0.5 * leads - 0.25 * missing - 0.01 * abs(row.number - last - 1)
        if score > best_score:
            best, best_score = row.number, score
    return best


def _reversed(numbers: Sequence[int]) -> bool:
    """Whether the rows stand in reverse: a page that was scanned upside down."""
    known = [number for number in numbers if number >= 0]
    down = sum(later < earlier for earlier, later in pairwise(known))
    up = sum(later > earlier for earlier, later in pairwise(known))
    return len(known) >= 5 and down > 2 * up
