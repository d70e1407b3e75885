"""Where one performance form ends and the next begins, in a stretch of paragraphs and grids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from msgspec import Struct, field

from mingzhang.read.forms.footer import FooterLabels
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
# How many lines are looked at for the beginning of a form, and how many rows its head begins with.
_AHEAD, _HEAD = 8, 4
# A form does not print so many rows of its head again.
_SAME_ROWS = 4


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


def split_forms(
    lines: Sequence[Line], forms: Mapping[str, Declared], kinds: Labels, footer: FooterLabels
) -> list[Chunk]:
    """Cut the stretch into forms. `kinds` are indicators' labels, `footer` those below a form."""
    titles = {fold(_title_end(declared.form.title)): kind for kind, declared in forms.items()}
    splitter = _Splitter(forms, kinds, footer)
    for _, group in groupby(lines, key=lambda line: line.block):
        block = list(group)
        if not block[0].paragraph:
            for part in _parts(block, forms.values()):
                splitter.grid(part)
            continue
        text = fold(block[0].text)
        kind = next((kind for title, kind in titles.items() if title and title in text), None)
        if kind is not None or _YEAR.fullmatch(text):
            splitter.title(kind)
        else:
            splitter.loose(block)
    return splitter.chunks


def _title_end(title: str) -> str:
    """The end of a form's title, which names the form: what stands behind the last slot or bracket."""
    return re.split(r"[）)]", _SLOTS.sub("）", title))[-1]


def _parts(lines: list[Line], forms: Iterable[Declared]) -> Iterator[list[Line]]:
    """A grid in parts, each of which begins with the first row of a form, where forms have grown together."""
    begins = [0]
    for at in range(_AHEAD, len(lines)):
        if any(_shows(lines[at], form, 0) and _begins(lines[at:], form) for form in forms):
            begins.append(at)
    for start, end in pairwise([*begins, len(lines)]):
        yield lines[start:end]


def _begins(lines: Sequence[Line], form: Declared) -> bool:
    return sum(_shows(line, form, row) for row, line in enumerate(lines[1:_HEAD], 1)) >= _FEWEST


def _shows(line: Line, form: Declared, row: int) -> bool:
    """Whether a line begins with the first label of a form's row."""
    labels = form.rows[row].labels if row < len(form.rows) else ()
    return bool(labels) and form.labels.find(line.tokens[0].text) == labels[0]


class _Splitter:
    def __init__(self, forms: Mapping[str, Declared], kinds: Labels, footer: FooterLabels) -> None:
        self.forms = forms
        self.kinds = kinds
        self.footer = footer
        self.chunks: list[Chunk] = []
        self.titled = False
        self.apart = True
        self.kind: str | None = None

    def title(self, kind: str | None) -> None:
        """A title or the year below it: the next grid may begin a form."""
        self.titled = self.apart = True
        self.kind = kind or self.kind

    def loose(self, lines: Sequence[Line]) -> None:
        """Loose lines inside or between forms."""
        self.apart = True
        if self.chunks and not self.titled:
            self.chunks[-1].lines += lines
            self.chunks[-1].numbers += [-1] * len(lines)

    def grid(self, lines: list[Line]) -> None:
        """Add a grid's lines to the form at hand, or begin new forms with them."""
        for line in lines:
            if not line.aligned and any(" " in token.text for token in line.tokens):
                for declared in self.forms.values():
                    unglue(line, declared.labels)
        labelled = any(self._labels(line) for line in lines)
        if not labelled and any(self.footer.begins(line) for line in lines):
            self.loose(lines)
            return
        if self.apart and not labelled:
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
        if new and has_head and self.chunks and self.chunks[-1].kind == kind and not self._has_head(head):
            new = False  # the page with the indicators stands before that with the head
        if new and (has_head or not self.chunks or self._has_head(head, tree=True)):
            self.chunks.append(Chunk(kind, declared))
        if has_head:
            self.titled, self.kind = False, None
        at_hand = self.chunks[-1].declared
        if at_hand is not declared:  # rows without a head that look like another form's belong to the form at hand
            numbers, head = _numbers(lines, at_hand), at_hand.tree - 1
        self._add(lines, numbers, head)

    def _has_head(self, head: int, tree: bool = False) -> bool:
        """Whether the form at hand has rows of a head, and of a `tree` of indicators as well."""
        numbers = self.chunks[-1].numbers
        return any(0 <= number < head for number in numbers) and (not tree or any(number >= head for number in numbers))

    def _labels(self, line: Line) -> bool:
        """Whether a line holds a label of the forms or of their indicators."""
        return any(
            self.kinds.find(token.text) or any(declared.labels.find(token.text) for declared in self.forms.values())
            for token in line.tokens
        )

    def _again(self, numbers: Sequence[int], head: int) -> bool:
        """Whether the grid holds the head of a form while the form at hand has come to its indicators."""
        heads = {number for number in numbers if 0 <= number < head}
        before = set(self.chunks[-1].numbers)
        whole = len(heads) > 1 or (bool(heads) and head in numbers) or (0 in heads and 0 in before)
        return (whole and any(number >= head for number in before)) or len(heads & before) > _SAME_ROWS

    def _add(self, lines: Sequence[Line], numbers: Sequence[int], head: int) -> None:
        """Add lines, beginning another form where the first row comes again after the indicators."""
        chunk = self.chunks[-1]
        tree = 0
        for at, (line, number) in enumerate(zip(lines, numbers, strict=True)):
            ahead = {one for one in numbers[at : at + _AHEAD] if 0 <= one < head}
            if 0 <= number <= 1 and len(ahead) > _FEWEST and (tree > _FEWEST or (tree and number in chunk.numbers)):
                chunk = Chunk(chunk.kind, chunk.declared)
                self.chunks.append(chunk)
                tree = 0
            tree += bool(tree) or number >= head
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
