"""The rows of a table's grids as entries: which row it is, and its amounts by column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct, field

from mingzhang.families import Family
from mingzhang.families.model import RowSpec, Side
from mingzhang.read.blocks import Cell, Grid
from mingzhang.read.headers import CODED, words_of_cells
from mingzhang.read.printed import Amount, fold, is_blank_mark, likeness, name_of, read_amount
from mingzhang.read.tables.fitting import choices, place
from mingzhang.read.tables.layouts import Layout, SideLayout
from mingzhang.read.tables.mapping import IGNORED, Mapping, map_columns
from mingzhang.read.tables.mending import Mended, mend

TREES = CODED
_CODE = re.compile(r"\d{3}(?:\d{2}){0,3}")
_GLUED = re.compile(r"(\d{3}(?:\d{2}){0,3})\s*([^\d\s.,].*)", re.DOTALL)
# The further parts of a code that is printed in three columns (类, 款, 项).
_PART = re.compile(r"\d{2}")
_ORDINAL = re.compile(r"(?:[一二三四五六七八九十]+[、,，.．]|[①②③④⑤⑥⑦⑧⑨]|其中[:：])")
_DIGITS = str.maketrans("OoIl|", "00111")
_SHIFTED = "按合计关系归回原栏"
_NEAR = 0.75
_LONGEST_NAME = 100


class Entry(Struct):
    """A row of one side: its code and names as printed, its amounts by the place of their column, its cells.

    `piece` counts the grids of the table. `choices` are the columns that the amounts may stand in as well, where the
    row has lost cells and its own sums do not tell.
    """

    side: int
    code: str = ""
    name: str = ""
    name2: str = ""
    spec: int | None = None
    amounts: dict[int, Amount] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    stub: Cell | None = None
    repair: str = ""
    piece: int = 0
    choices: tuple[tuple[int, ...], ...] = ()


class Rest(Struct, frozen=True):
    """A row of a grid with what is told of it: the `id()` of its amounts' cells, the folded names of its entries."""

    cells: list[Cell]
    told: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    head: bool = False


class RowNames:
    """The rows that a side always prints, found by their printed names."""

    def __init__(self, side: Side, family: Family) -> None:
        self.specs: list[RowSpec] = []
        self.by_name: dict[str, list[int]] = {}
        if side.rows == "function_classes":
            for ordinal, (code, _) in enumerate(family.function_classes, 1):
                self._add(RowSpec(name=family.function_row(ordinal), aliases=family.class_aliases.get(code, ())))
        for spec in (*side.fixed, *side.foot):
            self._add(spec)
        self.cores: dict[str, list[int]] = {}
        for name, places in self.by_name.items():
            self.cores.setdefault(_ORDINAL.sub("", name), []).extend(places)

    def _add(self, spec: RowSpec) -> None:
        self.specs.append(spec)
        for name in (spec.printed, *spec.aliases):
            if name:
                self.by_name.setdefault(fold(name), []).append(len(self.specs) - 1)

    def knows(self, text: str) -> bool:
        """Whether a text is the whole name of a row."""
        return fold(text) in self.by_name

    def find(self, text: str) -> tuple[list[int], float]:
        """The rows of that name, and how alike the name is; none if it is no row's."""
        folded = fold(text)
        if not 0 < len(folded) <= _LONGEST_NAME:
            return [], 0.0
        if folded in self.by_name:
            return self.by_name[folded], 1.0
        core = _ORDINAL.sub("", folded, count=1)
        if core in self.cores:
            return self.cores[core], 0.95
        if len(core) < 3 or core.isdigit():
            return [], 0.0
        near = max(((likeness(core, known), known) for known in self.cores), default=(0.0, ""))
        return (self.cores[near[1]], near[0]) if near[0] >= _NEAR else ([], 0.0)


class Rows:
    """Reads the grids of one table into entries, in printed order."""

    def __init__(self, layout: Layout, family: Family, names: frozenset[str] = frozenset()) -> None:
        """`names` are folded names of rows that the document tells elsewhere."""
        self.layout = layout
        self.told = names
        self.names = [RowNames(side.spec, family) for side in layout.sides]
        self.fixed = all(side.spec.rows in ("fixed", "function_classes") for side in layout.sides)
        self.header_words = frozenset(word for column in layout.columns for word in column.words)
        self.numbering = frozenset(fold(word) for word in family.numbering)
        self.personnel = family.personnel_classes
        self.items = all(side.spec.rows == "economic_items" for side in layout.sides)
        self.unread: list[Cell] = []
        # The rows of each grid by its `id()`.
        self.rests: dict[int, list[Rest]] = {}
        self._mapping: tuple[int, Mapping] | None = None

    def entries(self, grids: Sequence[Grid]) -> list[Entry]:
        """The entries of all grids. A grid whose rows run backwards (a page upside down) is turned round."""
        found: list[Entry] = []
        for piece, grid in enumerate(grids):
            entries = list(self._grid(grid))
            for entry in entries:
                entry.piece = piece
            if self._backwards(grid, entries):
                entries.reverse()
            found += entries
        return found

    def _backwards(self, grid: Grid, entries: list[Entry]) -> bool:
        keys: list[str | int] = []
        for entry in entries:
            if entry.side == len(self.layout.sides) - 1:
                if entry.code:
                    keys.append(entry.code)
                elif self.fixed and entry.spec is not None:
                    keys.append(f"{entry.spec:04}")
        falls = sum(str(a) > str(b) for a, b in pairwise(keys))
        if len(keys) > 3:
            return falls * 3 > len(keys) * 2
        heads = [number for number, row in enumerate(grid.rows) if self._is_head(row)]
        return bool(heads) and len(entries) > 1 and min(heads) * 2 >= len(grid.rows)

    def _grid(self, grid: Grid) -> Iterator[Entry]:
        head = next((number for number, row in enumerate(grid.rows) if self._is_data(row)), len(grid.rows))
        mapping: Mapping | None = None
        if grid.aligned or head:
            width = max(map(len, grid.rows), default=0)
            if grid.aligned or self._joined(grid):
                mapping = map_columns(grid, self.layout, head, self.numbering)
            if mapping is None and grid.aligned and self._mapping and self._mapping[0] == width:
                mapping = self._mapping[1]
            if mapping is not None and grid.aligned:
                self._mapping = (width, mapping)
        counting = self._counting(grid, head)
        is_head = [number < head or self._is_head(row) for number, row in enumerate(grid.rows)]
        heads = [row for number, row in enumerate(grid.rows) if is_head[number]]
        rests = self.rests[id(grid)] = [Rest(row, head=True) for row in heads]
        rows = [row for number, row in enumerate(grid.rows) if not is_head[number]]
        for one in map(Mended, rows) if grid.aligned or mapping else mend(rows, self._is_name):
            row = one.cells
            if counting and mapping is None:
                row = [cell for number, cell in enumerate(row) if number not in counting]
            entries = list(self._row(row, mapping))
            rests.append(_rest(one.cells, entries))
            for entry in entries:
                entry.repair = one.repair or entry.repair
                yield entry

    def _is_name(self, text: str) -> bool:
        """Whether a text is the whole name of a row that the form always prints or that the document tells."""
        return fold(text) in self.told or any(names.knows(text) for names in self.names)

    def _counting(self, grid: Grid, head: int) -> frozenset[int]:
        """The columns that only count the lines (行次)."""
        if not self.numbering:
            return frozenset()
        return frozenset(
            number for row in grid.rows[:head] for number, cell in enumerate(row) if fold(cell.text) in self.numbering
        )

    @staticmethod
    def _joined(grid: Grid) -> bool:
        """Whether the first row is a header that tells its columns by paths joined with a dot (our own Markdown)."""
        return any("·" in cell.text for cell in grid.rows[0])

    def _is_head(self, row: list[Cell]) -> bool:
        """A header row, or the row of column numbers under it."""
        texts = [cell.text.strip() for cell in row if cell.text.strip()]
        if not texts:
            return True
        if self.numbering and any(fold(text) in self.numbering for text in texts):
            return True
        if len(texts) > 1 and all(text.isdigit() and len(text) < 3 for text in texts):
            return [int(text) for text in texts] == list(range(int(texts[0]), int(texts[0]) + len(texts)))
        amounts = [amount.value for text in texts if (amount := read_amount(text))]
        if any(value.as_tuple().exponent != 0 for value in amounts):
            return False
        words = list(words_of_cells(row))
        known = sum(word in self.header_words for word in words)
        if amounts:
            near = sum(any(likeness(word, one) >= _NEAR for one in self.header_words) for word in words)
            return bool(words) and near * 2 >= len(words)
        return bool(words) and known * 2 > len(words)

    def _is_data(self, row: list[Cell]) -> bool:
        if self._is_head(row):
            return False
        for cell in row:
            text = cell.text.strip()
            if text and (read_amount(text) or any(names.find(text)[1] >= 0.9 for names in self.names)):
                return True
        return False

    def _row(self, row: list[Cell], mapping: Mapping | None) -> Iterator[Entry]:
        if mapping is not None and not self.items:
            entries = self._mapped(row, mapping)
            if entries is not None:
                yield from entries
                return
        for side, cells, whole in self._segments(row):
            entry = self._fit(side, cells, whole)
            if entry is not None:
                yield entry

    def _mapped(self, row: list[Cell], mapping: Mapping) -> list[Entry] | None:
        """The entries of a row whose columns are known; None if the row does not keep to them."""
        columns = self.layout.columns
        found: dict[int, Entry] = {}
        offset = {side: sum(one.width for one in self.layout.sides[:side]) for side in range(len(self.layout.sides))}
        for number, cell in enumerate(row):
            if cell.covered or is_blank_mark(cell.text):
                continue
            place_ = mapping.get(number)
            if place_ == IGNORED:
                continue
            if place_ is None:
                if read_amount(cell.text):
                    return None
                continue
            column = columns[place_]
            entry = found.setdefault(column.side, Entry(column.side))
            side = self.layout.sides[column.side]
            if column.key:
                amount = read_amount(cell.text)
                if amount is None:
                    self.unread.append(cell)
                    continue
                index = place_ - offset[column.side] - len(side.stubs)
                if index in entry.amounts:
                    return None
                entry.amounts[index], entry.cells[index] = amount, cell
            elif not self._stub(entry, side, column.stub, cell):
                return None
        return [entry for entry in found.values() if self._settle(entry)]

    def _stub(self, entry: Entry, side: SideLayout, kind: str, cell: Cell) -> bool:
        """Take a stub cell into the entry; False if it cannot be one."""
        text = cell.text
        if kind == "code":
            code = _code(text)
            glued = _GLUED.fullmatch(text.strip())
            if code:
                entry.code = code
            elif entry.code and _PART.fullmatch(text.strip()):
                entry.code += text.strip()
            elif glued:
                entry.code, entry.name = glued[1], name_of(glued[2])
            elif read_amount(text):
                return False
            else:
                entry.name = name_of(text)
        elif read_amount(text) and side.spec.rows in TREES:
            return False
        elif kind == "name2":
            entry.name2 = name_of(text)
        else:
            entry.name += name_of(text)
        entry.stub = entry.stub or cell
        return True

    def _settle(self, entry: Entry) -> bool:
        """Find which of the side's fixed rows the entry is. False if there is nothing to keep."""
        side = self.layout.sides[entry.side].spec
        if side.rows == "single":
            entry.name = side.total
            return bool(entry.amounts)
        if not entry.name and not entry.code:
            if entry.amounts:
                self.unread.extend(entry.cells.values())
            return False
        places, _ = self.names[entry.side].find(entry.name)
        entry.spec = places[0] if places else None
        return True

    def _segments(self, row: list[Cell]) -> Iterator[tuple[SideLayout, list[tuple[int, Cell]], bool]]:
        """The cells of each side, numbered from the side's first column, and whether the row is whole."""
        cells = [(number, cell) for number, cell in enumerate(row) if not cell.covered]
        sides = self.layout.sides
        width = sum(side.width for side in sides)
        whole = len(row) == width
        if self.items:
            yield from self._item_segments(cells)
        elif len(sides) == 1:
            yield sides[0], cells, whole
        elif self.fixed:
            yield from self._named_segments(cells, whole)
        else:
            cut = self._cut(cells)
            yield sides[0], [one for one in cells if one[0] < cut], whole
            yield sides[1], [(number - cut, cell) for number, cell in cells if number >= cut], whole

    def _item_segments(
        self, cells: list[tuple[int, Cell]]
    ) -> Iterator[tuple[SideLayout, list[tuple[int, Cell]], bool]]:
        """The items of a row, each a code, a name and an amount; however many stand beside each other."""
        starts: list[tuple[int, int]] = []
        for position, (_, cell) in enumerate(cells):
            text = cell.text.strip()
            glued = _GLUED.fullmatch(text)
            code = _code(text) or (glued[1] if glued else "")
            if code:
                starts.append((position, int(len(self.names) > 1 and code[:3] not in self.personnel)))
            elif text and not read_amount(text):
                named = [side for side, names in enumerate(self.names) if names.find(text)[1] >= 0.9]
                starts += [(position, side) for side in named[:1]]
        for (start, side), end in _spans(starts, len(cells)):
            held = [cell for _, cell in cells[start:end] if cell.text.strip()]
            yield self.layout.sides[side], list(enumerate(held)), False

    def _cut(self, cells: list[tuple[int, Cell]]) -> int:
        """Where the second side of code lists begins: at its code or total, near the place where it should."""
        first, second = self.layout.sides[0], self.layout.sides[1]
        for number, cell in cells:
            if number >= first.width - 1 and (_code(cell.text) or fold(cell.text) == fold(second.spec.total)):
                return number
        return first.width

    def _named_segments(
        self, cells: list[tuple[int, Cell]], whole: bool
    ) -> Iterator[tuple[SideLayout, list[tuple[int, Cell]], bool]]:
        """The parts of a row that each begin with the name of a row."""
        starts: list[tuple[int, int]] = []
        taken: set[int] = set()
        for position, (_, cell) in enumerate(cells):
            text = cell.text.strip()
            if not text or read_amount(text):
                continue
            scored = [(names.find(text)[1], side) for side, names in enumerate(self.names) if side not in taken]
            score, side = max(scored, key=lambda one: one[0], default=(0.0, -1))
            if score:
                starts.append((position, side))
                taken.add(side)
        for (start, side), end in _spans(starts, len(cells)):
            first = cells[start][0]
            yield self.layout.sides[side], [(number - first, cell) for number, cell in cells[start:end]], whole

    def _fit(self, side: SideLayout, cells: list[tuple[int, Cell]], whole: bool) -> Entry | None:
        """The entry of one side's cells: stubs first, then the amounts put into their columns."""
        entry = Entry(self.layout.sides.index(side))
        shift, amounts = self._stubs(entry, side, cells)
        if entry.stub is None and side.spec.rows != "single":
            if amounts:
                self.unread.extend(cell for _, cell, _ in amounts)
            return None
        base = [number - len(side.stubs) - shift for number, _, _ in amounts]
        values = [amount.value for _, _, amount in amounts]
        chosen = place(side, base, values, whole)
        if chosen is None:
            self.unread.extend(cell for _, cell, _ in amounts)
        else:
            if list(chosen) != base and not self.items:
                entry.repair = _SHIFTED
            if not whole:
                entry.choices = choices(side, chosen, values)
            for column, (_, cell, amount) in zip(chosen, amounts, strict=True):
                entry.amounts[column], entry.cells[column] = amount, cell
        return entry if self._settle(entry) else None

    def _stubs(
        self, entry: Entry, side: SideLayout, cells: list[tuple[int, Cell]]
    ) -> tuple[int, list[tuple[int, Cell, Amount]]]:
        """Read the leading texts into the entry. Gives how far the row has shifted, and the amounts."""
        tree = side.spec.rows in TREES
        shift, names = 0, 0
        amounts: list[tuple[int, Cell, Amount]] = []
        for number, cell in cells:
            if is_blank_mark(cell.text):
                continue
            if tree and not entry.code and not entry.name and not amounts:
                code, glued = _code(cell.text), _GLUED.fullmatch(cell.text.strip())
                if code or glued:
                    entry.code = code or (glued[1] if glued else "")
                    entry.name = name_of(glued[2]) if glued and not code else ""
                    entry.stub, shift = cell, number
                    continue
            if tree and entry.code and not entry.name and not amounts and _PART.fullmatch(cell.text.strip()):
                entry.code += cell.text.strip()
                continue
            amount = read_amount(cell.text)
            if amount is not None and (entry.stub is not None or side.spec.rows == "single"):
                amounts.append((number, cell, amount))
            elif amounts or (amount is not None and tree):
                self.unread.append(cell)
            elif side.spec.rows == "economic_pairs" and names:
                entry.name2 += name_of(cell.text)
            else:
                entry.name += name_of(cell.text)
                if entry.stub is None:
                    entry.stub = cell
                    shift = 0 if tree and number < len(side.stubs) else number
                elif entry.code and not names:
                    shift = max(shift, number - len(side.stubs) + 1)
                names += 1
        return shift, amounts


def _rest(cells: list[Cell], entries: Sequence[Entry]) -> Rest:
    """What is told of a row: nothing of an entry that has no amounts, and so becomes no fact."""
    told = [entry for entry in entries if entry.amounts]
    amounts = frozenset(id(cell) for entry in told for cell in entry.cells.values())
    return Rest(cells, amounts, tuple(fold(text) for entry in told for text in (entry.code + entry.name, entry.name2)))


def _spans(starts: list[tuple[int, int]], end: int) -> Iterator[tuple[tuple[int, int], int]]:
    """Each start with the place where the next begins, or the end."""
    for number, start in enumerate(starts):
        yield start, starts[number + 1][0] if number + 1 < len(starts) else end


def _code(text: str) -> str:
    """A classification code, blanks and look-alikes mended; blank if the text is none."""
    stripped = fold(text)
    if _CODE.fullmatch(stripped):
        return stripped
    if 3 <= len(stripped) <= 9 and sum(character.isdigit() for character in stripped) >= 2:
        mended = stripped.translate(_DIGITS)
        if _CODE.fullmatch(mended):
            return mended
    return ""
