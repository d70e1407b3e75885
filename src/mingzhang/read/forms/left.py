"""What the forms print besides what was read of them: seals, noise, loose lines, rows that no one understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from msgspec import Struct, field

from mingzhang.disclosure import Text
from mingzhang.read.forms.indicator_rows import Vocabulary
from mingzhang.read.forms.labels import chinese
from mingzhang.read.forms.lines import Line, Token
from mingzhang.read.outline import FORMS
from mingzhang.read.printed import clean


class _Tree(Struct, frozen=True):
    """The vocabulary of an indicator table, and whether its labels are misread."""

    words: Vocabulary
    damaged: bool

    def is_label(self, text: str) -> bool:
        """Whether a cell is a label, a piece of the one beside the table, or one that a scanner has misread."""
        words = self.words
        if words.header.find(text) or words.level1.find(text) or words.level2.find(text):
            return True
        piece = chinese(text)
        if piece and any(piece in label for label in words.level1.exact):
            return True
        return self.damaged and (words.level1.is_misread(text) or words.level2.is_misread(text))


class Told(Struct):
    """The printed cells that what was read tells, and those that are labels, by their `id()`: lines keep them alive."""

    cells: set[int] = field(default_factory=set)
    trees: dict[int, _Tree] = field(default_factory=dict)

    def take(self, tokens: Iterable[Token]) -> None:
        """Cells that a record tells."""
        self.cells.update(map(id, tokens))

    def tree(self, lines: Iterable[Line], words: Vocabulary, damaged: bool) -> None:
        """Lines of an indicator table, whose labels need not be told."""
        self.trees |= dict.fromkeys(map(id, lines), _Tree(words, damaged))

    def left(self, lines: Sequence[Line], used: Set[int]) -> dict[int, list[Text]]:
        """What is left of each block that was read, as texts: of those `used`, and of paragraphs that are told."""
        found: dict[int, list[Text]] = {block: [] for block in used}
        for line in lines:
            if line.block in used:
                rest = self._rest(line)
                if rest:
                    place = rest[0].place.provenance(confidence=min(token.confidence for token in rest))
                    found[line.block].append(
                        Text(FORMS, "table", "\t".join(clean(token.text) for token in rest), place)
                    )
            elif id(line.tokens[0]) in self.cells:
                found[line.block] = []
        return found

    def _rest(self, line: Line) -> list[Token]:
        rest = [token for token in line.tokens if id(token) not in self.cells]
        tree = self.trees.get(id(line))
        if tree is not None:
            return [token for token in rest if not tree.is_label(token.text)]
        labels = {id(token) for hit in line.hits for token in line.tokens[hit.start : hit.end]} if rest else set()
        return [token for token in rest if id(token) not in labels]
