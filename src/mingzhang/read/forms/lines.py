"""A form's lines of tokens, and the rows that the family declares for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from mingzhang.disclosure import Provenance
from mingzhang.families.model import Form, FormReading
from mingzhang.read.blocks import NOWHERE, Block, Grid, Paragraph, Place
from mingzhang.read.forms.labels import SIMPLE, Labels
from mingzhang.read.printed import clean

_SLOT = re.compile(r"\{([^{}]+)\}")
# What a scanner makes of dust and borders.
_SPECK = re.compile(r"[_.,·•'`´‘’:;|¦~^*]{1,3}")
# A piece of a label is no longer than this.
_PIECE = 12


class Token(NamedTuple):
    """A printed cell: its text, its column, its place."""

    text: str
    column: int
    place: Place
    confidence: float = 1.0


class Seen(NamedTuple):
    """What is to be said of a field besides its value: label, column, repair, suggestion, how sure the reader is."""

    row: str = ""
    column: str = ""
    repair: str = ""
    suggested: str = ""
    confidence: float = 1.0


class Value(NamedTuple):
    """A field as read, where and how, and the cells that it tells."""

    text: str
    provenance: Provenance | None
    tokens: tuple[Token, ...] = ()


def provenance(tokens: Sequence[Token], seen: Seen) -> Provenance:
    """Where a field stood, the printed cells, and what was seen of it."""
    first = tokens[0]
    file, line, page, box, sheet = first.place
    raw = first.text if len(tokens) == 1 else " ¦ ".join(token.text for token in tokens)
    sure = first.confidence * seen.confidence
    return Provenance(file, line, page, box, sheet, seen.row, seen.column, raw, sure, seen.repair, seen.suggested)


NOTHING = Token("", 0, NOWHERE)


class Hit(NamedTuple):
    """A label found in a line: in the tokens from `start` up to `end`; `clean` without any damage."""

    start: int
    end: int
    label: str
    clean: bool


class Line(Struct):
    """A row of a grid or a paragraph (`grid` is -1), as its tokens that are not blank.

    `specks` says that cells held nothing but a speck, a border or the like; those are no tokens.
    """

    tokens: list[Token]
    block: int
    aligned: bool
    paragraph: bool = False
    specks: bool = False
    hits: list[Hit] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(token.text for token in self.tokens)


class Part(NamedTuple):
    """A label of a declared row and the slots that follow it."""

    label: str
    slots: tuple[str, ...]


class Row(NamedTuple):
    """A declared row: its parts from left to right, the labels and slots that they print.

    `lead` are labels that span into it from above.
    """

    number: int
    parts: tuple[Part, ...]
    lead: tuple[str, ...]
    labels: tuple[str, ...]
    slots: tuple[str, ...]


class Declared:
    """A declared form for reading: its rows, where each slot and label stands, and its vocabulary."""

    def __init__(self, form: Form, reading: FormReading) -> None:
        self.form = form
        self.rows: list[Row] = []
        self.tree = -1
        self.numeric = {cell.split("|")[0][1:] for row in form.rows for cell in row if cell.startswith(">")}
        spans: list[tuple[str, int]] = []
        for notation in form.rows:
            if notation == ("@indicators",):
                self.tree = len(self.rows)
                spans = []
                continue
            spans = [(label, left - 1) for label, left in spans if left > 1]
            self.rows.append(_row(len(self.rows), notation, tuple(label for label, _ in spans)))
            spans += [(label, height) for label, height in _tall(notation)]
        words = {label for row in self.rows for label in (*row.labels, *row.lead)}
        self.labels = Labels(sorted(words), reading.aliases)
        self.by_label: dict[str, list[Row]] = {}
        self.row_of: dict[str, Row] = {}
        for row in self.rows:
            for label in (*row.labels, *row.lead):
                self.by_label.setdefault(label, []).append(row)
            for slot in row.slots:
                self.row_of[slot] = row
        self.numbers: dict[tuple[tuple[str, ...], int], int] = {}
        self.header = self.rows[self.tree - 1] if self.tree > 0 else None

    def label_of(self, name: str) -> str:
        """The label in front of a slot, by one of the slot's names (for an amount without `funds.`)."""
        for row in self.rows:
            for part in row.parts:
                for slot in part.slots:
                    if name in slot_names(slot) or f"funds.{name}" in slot_names(slot):
                        return part.label.strip("：")
        return name

    def find(self, line: Line) -> None:
        """Find the line's labels: single tokens, or two or three neighbours that a border cut apart."""
        line.hits = list(self._hits(line.tokens))

    def _hits(self, tokens: Sequence[Token]) -> Iterator[Hit]:
        find = self.labels.find
        at = 0
        while at < len(tokens):
            text = tokens[at].text
            label, size = find(text), 1
            while not label and size < 3 and at + size < len(tokens) and self._may_go_on(text, tokens[at + size].text):
                text += tokens[at + size].text
                label, size = find(text), size + 1
            if label:
                yield Hit(at, at + size, label, size == 1 and self.labels.is_clean(text))
                at += size - 1
            at += 1

    def _may_go_on(self, text: str, more: str) -> bool:
        """Whether a label may go on in the next token: both short, and the first begins as some label does."""
        return len(text) <= _PIECE and len(more) <= _PIECE and text[0].translate(SIMPLE) in self.labels.starts


def _row(number: int, notation: Sequence[str], lead: tuple[str, ...]) -> Row:
    parts: list[tuple[str, list[str]]] = []
    for cell in notation:
        text = cell.split("|")[0]
        if text.startswith("!"):
            parts.append((text[1:], []))
        elif _SLOT.search(text) or not parts:
            if not parts:
                parts.append(("", []))
            if _SLOT.search(text):
                parts[-1][1].append(text.lstrip(">"))
    labels = tuple(label for label, _ in parts if label)
    slots = tuple(slot for _, own in parts for slot in own)
    return Row(number, tuple(Part(label, tuple(own)) for label, own in parts), lead, labels, slots)


def _tall(notation: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The row's labels that span rows below, with how many."""
    for cell in notation:
        text, _, height = (*cell.split("|"), "", "")[:3]
        if text.startswith("!") and height.isdigit() and int(height) > 1:
            yield text[1:], int(height)


def slot_names(slot: str) -> list[str]:
    """The names in a slot's notation, such as department_code and department."""
    return _SLOT.findall(slot)


def slot_pattern(slot: str) -> re.Pattern[str]:
    """A pattern that takes a printed cell apart as the slot's notation puts it together."""
    literal = [re.escape(part) for part in _SLOT.sub("\0", slot).split("\0")]
    return re.compile(r"\s*(.*?)\s*".join(literal[:-1]) + r"\s*(.*)" + literal[-1], re.DOTALL)


def lines_of(blocks: Sequence[Block]) -> list[Line]:
    """All lines of a stretch of blocks, without blank cells."""
    found: list[Line] = []
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            text = clean(block.text)
            if text:
                found.append(Line([Token(text, 0, block.place, block.confidence)], number, False, True))
        else:
            found.extend(_grid_lines(block, number))
    return found


def _grid_lines(grid: Grid, number: int) -> Iterator[Line]:
    for row in grid.rows:
        tokens: list[Token] = []
        specks = False
        for column, cell in enumerate(row):
            if cell.text and not cell.covered:
                text = cell_text(cell.text)
                if not grid.aligned and _SPECK.fullmatch(text):
                    specks = True
                elif text:
                    tokens.append(Token(text, column, cell.place, cell.confidence))
        if tokens:
            yield Line(tokens, number, grid.aligned, specks=specks)


def cell_text(text: str) -> str:
    """A cell's text without mark-up and needless blanks; line breaks inside it stay."""
    if "\n" not in text:
        return clean(text)
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def unglue(line: Line, labels: Labels) -> None:
    """Take labels and values apart that one cell holds, where blanks stand between them."""
    for at, token in enumerate(line.tokens):
        if " " not in token.text or labels.find(token.text):
            continue
        pieces = token.text.split(" ")
        if not any(labels.find(piece) for piece in pieces):
            continue
        parts: list[str] = []
        was_label = True
        for piece in pieces:
            is_label = bool(labels.find(piece))
            if parts and not is_label and not was_label:
                parts[-1] += " " + piece
            else:
                parts.append(piece)
            was_label = is_label
        line.tokens[at : at + 1] = [token._replace(text=part) for part in parts]
        return unglue(line, labels)
