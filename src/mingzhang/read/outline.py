"""Which block belongs to what: the contents page, each table, each section, the performance forms, the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from mingzhang.families import Family
from mingzhang.read.blocks import Block, Grid, Paragraph
from mingzhang.read.headers import Headers, headers_of, words_of_head
from mingzhang.read.printed import clean, fold
from mingzhang.read.titles import LONGEST_TITLE, Title, titles_of
from mingzhang.read.wording import at_home

COVER, CONTENTS, FORMS, CATALOGUE, UNKNOWN = "cover", "contents", "forms", "catalogue", "unknown"

_CODE = re.compile(r"[A-Z]{1,2}\d{0,8}")
_ENTRY = re.compile(r"[.·…]{3,}|[\s.·…]\d{1,3}\s*$")
_FEWEST_ENTRIES = 5
# The share of a table's header words that make a grid one of it.
_LIKE = 0.35


class TableBlocks(Struct):
    """What stands under the title of a table: its grids (pieces of one table) and the lines around them."""

    id: str
    title: Paragraph | None = None
    grids: list[Grid] = field(default_factory=list)
    lines: list[Paragraph] = field(default_factory=list)


class Outline(Struct):
    """A document's blocks by what they belong to. `order` names the region of every block, in document order.

    `moved` are the first paragraphs of sections that do not stand under their heading.
    """

    tables: dict[str, TableBlocks] = field(default_factory=dict)
    sections: dict[str, list[Paragraph]] = field(default_factory=dict)
    forms: list[Block] = field(default_factory=list)
    catalogue: list[Block] = field(default_factory=list)
    unknown: list[Grid] = field(default_factory=list)
    titles: list[tuple[Title, Paragraph]] = field(default_factory=list)
    order: list[tuple[str, Block, Title | None]] = field(default_factory=list)
    moved: dict[str, Block] = field(default_factory=dict)


def outline(blocks: Sequence[Block], family: Family) -> Outline:
    """Walk the blocks of a document and give each to the title that it stands under.

    A paragraph whose wording is another section's goes there: headings get lost, and lost among the lines.
    """
    found = _Walk(blocks, family).walk()
    around = ({part.id for part in family.parts} - found.sections.keys()) | {*found.tables, FORMS}
    moved = at_home(found.order, around, family.id)
    if moved:
        _move(found, moved)
    return found


def _move(found: Outline, moved: Mapping[int, str]) -> None:
    """Give blocks to other sections."""
    gone = {id(found.order[place][1]) for place in moved}
    for table in found.tables.values():
        table.lines = [line for line in table.lines if id(line) not in gone]
    found.forms = [block for block in found.forms if id(block) not in gone]
    for place, section in moved.items():
        _, block, title = found.order[place]
        found.order[place] = section, block, title
        found.sections.setdefault(section, [])
        found.moved.setdefault(section, block)
    sections: dict[str, list[Paragraph]] = {section: [] for section in found.sections}
    for region, block, title in found.order:
        if region in sections and title is None and isinstance(block, Paragraph):
            sections[region].append(block)
    found.sections = sections


def _above(family: Family) -> Iterator[str]:
    """How the line begins that names the department above every table."""
    for words in family.kinds.values():
        line, _, _ = family.name_line.partition("{name}")
        if line:
            yield fold(line.format(scope=words.scope))


def _part(block: Paragraph, start: int, end: int) -> Paragraph:
    """A part of a line as a paragraph of its own; behind its beginning it is no heading."""
    edges = block.edges[start : end + 1] if block.edges else ()
    level, starts = (0, True) if start else (block.level, block.starts)
    text = block.text[start:end].rstrip()
    return replace(block, text=text, place=block.place_of(start, end), level=level, starts=starts, edges=edges)


class _Run(Struct):
    """A run of titles that may be the contents page.

    `named` says that it is headed as one, `again` that a title of it comes again; `unpaged` counts its entries without
    the number of a page.
    """

    start: int = -1
    end: int = 0
    entries: int = 0
    unpaged: int = 0
    misses: int = 0
    sure: bool = False
    named: bool = False
    again: bool = False
    seen: set[tuple[str, str]] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether it is a contents page so far."""
        return (self.sure and self.long) or (self.named and self.again)

    @property
    def long(self) -> bool:
        """Whether it has entries enough: a few, where it says what it is and all have the number of their page."""
        return self.entries >= _FEWEST_ENTRIES or (self.named and self.entries > 0 and not self.unpaged)

    def broken(self, block: Block) -> bool:
        """Take what is no title into account; whether it ends the run."""
        if self.start < 0:
            return False
        self.misses += 1
        return self.misses > 2 or isinstance(block, Grid) or len(block.text) > LONGEST_TITLE

    def take(self, number: int, marks: set[tuple[str, str]], named: bool, paged: bool) -> None:
        """Take a block of titles into the run."""
        if self.start < 0:
            self.start = number
        self.seen |= marks
        self.entries += len(marks)
        self.unpaged += 0 if paged else len(marks)
        self.named = self.named or named
        self.sure = self.sure or named or (paged and bool(marks))
        self.misses, self.end = 0, number + 1


class _Walk:
    def __init__(self, blocks: Sequence[Block], family: Family) -> None:
        self.blocks, self.family = blocks, family
        self.known = titles_of(family.id)
        self.headers: Headers = headers_of(family.id)
        self.with_forms = {
            section.id for section in family.sections for one in section.paragraphs if one.block == "forms"
        }
        self.region, self.kind = COVER, COVER
        # Whether a line has been read that stands above every table, while the table at hand has its grid.
        self.fresh = False
        self.above = tuple(_above(family))
        self.seen: list[str] = []
        self.result = Outline()

    def walk(self) -> Outline:
        contents = self._contents()
        for number, block in enumerate(self.blocks):
            if number in contents:
                self._keep(CONTENTS, block, self._title(block) if isinstance(block, Paragraph) else None)
            elif isinstance(block, Paragraph):
                self._paragraph(block)
            else:
                self._grid(block)
        return self.result

    def _keep(self, region: str, block: Block, title: Title | None = None) -> None:
        self.result.order.append((region, block, title))

    def _title(self, block: Paragraph) -> Title | None:
        text = clean(block.text) if "<" in block.text else block.text
        return self.known.match(text)

    def _contents(self) -> range:
        """The contents page: a run of titles with hardly anything between, up to the first that comes again.

        It says that it is one, has page numbers, or its titles come again: the body of a short document is no contents.
        """
        run, last = _Run(), len(self.blocks) // 2 + _FEWEST_ENTRIES * 8
        for number, block in enumerate(self.blocks[:last]):
            found = self._entries(block)
            if found is None:
                if run.broken(block):
                    if run.whole:
                        break
                    run = _Run()
                continue
            if found and all(one.kind == "label" for one in found):
                continue  # it stands above a table, not on a contents page
            marks: set[tuple[str, str]] = {
                (one.kind, one.id) for one in found if one.kind in ("part", "table", "section")
            }
            paged = self._paged(block)
            if not paged and marks & run.seen and (run.long or run.named):
                run.sure = run.again = True
                break
            if not paged and run.long and self._is_body(run, number):
                break
            run.take(number, marks, any(one.kind == "contents" for one in found), paged)
        return range(run.start, run.end) if run.whole else range(0)

    def _is_body(self, run: _Run, number: int) -> bool:
        """Whether a title begins the body: all entries before it have the number of their page, and text follows."""
        following = self.blocks[number + 1 : number + 3]
        return not run.unpaged and (not following or any(self._entries(block) is None for block in following))

    def _entries(self, block: Block) -> list[Title] | None:
        """The titles of a block that may stand on a contents page; None if it may not."""
        if isinstance(block, Paragraph):
            title = self._title(block)
            return [title] if title else ([] if self._paged(block) and len(block.text) < 200 else None)
        texts = [clean("".join(cell.text for cell in row)) for row in block.rows]
        found = [self.known.match(text) for text in texts]
        if sum(title is not None for title in found) * 2 < len(texts):
            return None
        return [title for title in found if title]

    @staticmethod
    def _paged(block: Block) -> bool:
        text = block.text if isinstance(block, Paragraph) else " ".join(cell.text for cell in block.rows[-1])
        return _ENTRY.search(text) is not None

    def _paragraph(self, block: Paragraph) -> None:
        title = self._title(block)
        if title is None and self.kind in ("table", "section", "part", COVER):
            title = self.known.close(block.text)
        behind = self.known.lead(block.text) if title is None and self.kind != CATALOGUE else 0
        if behind:
            self._paragraph(_part(block, 0, behind))
            self._paragraph(_part(block, behind, len(block.text)))
            return
        if title is None or not self._goes_there(title, block):
            self._line(block)
            return
        self.result.titles.append((title, block))
        match title.kind:
            case "table" | "label":
                self._enter_table(title.id)
                table = self.result.tables[title.id]
                if title.kind == "table":
                    table.title = table.title or block
                else:
                    table.lines.append(block)
                self._keep(title.id, block, title)
            case "section":
                self.region, self.kind = title.id, "section"
                self.result.sections.setdefault(title.id, [])
                self._keep(title.id, block, title)
            case "form":
                self.region, self.kind = FORMS, FORMS
                self.result.forms.append(block)
                self._keep(FORMS, block, title)
            case "part":
                sections = [one.id for one in self.family.sections if one.part == title.id and not one.title]
                self.region, self.kind = (sections[0], "section") if sections else (title.id, "part")
                if sections:
                    self.result.sections.setdefault(sections[0], [])
                self._keep(self.region, block, title)
            case _:
                self._keep(self.region, block, title)

    def _goes_there(self, title: Title, block: Paragraph) -> bool:
        """Whether the line can be that title here: forms hold many lines that only look like one."""
        if self.kind in (FORMS, CATALOGUE):
            return title.exact and title.kind != "label"
        if title.kind == "section" and title.id == self.region and not title.exact:
            return False  # a sub-heading that resembles its section's
        if title.kind == "section" and self.kind == "section" and not block.level:
            # A line of the glossary or of an enumeration that repeats a section's words.
            return fold(block.text)[:1] in "一二三四五六七八九十" or block.level > 0
        return True

    def _line(self, block: Paragraph) -> None:
        if self.kind == "table":
            table = self.result.tables[self.region]
            table.lines.append(block)
            self.fresh |= bool(table.grids) and fold(block.text).startswith(self.above)
        elif self.kind == "section":
            self.result.sections[self.region].append(block)
        elif self.kind == FORMS:
            self.result.forms.append(block)
        elif self.kind == CATALOGUE:
            self.result.catalogue.append(block)
        self._keep(self.region, block)

    def _enter_table(self, table_id: str) -> None:
        self.region, self.kind, self.fresh = table_id, "table", False
        self.result.tables.setdefault(table_id, TableBlocks(table_id))
        if table_id not in self.seen:
            self.seen.append(table_id)

    def _grid(self, grid: Grid) -> None:
        if self._is_catalogue(grid):
            self.region, self.kind = CATALOGUE, CATALOGUE
        elif self._is_form(grid):
            self.region, self.kind = FORMS, FORMS
        elif self.kind not in (FORMS, CATALOGUE):
            table = self._table_of(grid)
            if table:
                self._enter_table(table)
                self.result.tables[table].grids.append(grid)
                self._keep(table, grid)
                return
            if self.region in self.with_forms:
                self.region, self.kind = FORMS, FORMS
        match self.kind:
            case "forms":
                self.result.forms.append(grid)
            case "catalogue":
                self.result.catalogue.append(grid)
            case _:
                self.result.unknown.append(grid)
                self._keep(UNKNOWN, grid)
                return
        self._keep(self.region, grid)

    def _table_of(self, grid: Grid) -> str:
        """The table that a grid is, or is a piece of: by the title that it stands under, its header and its rows."""
        scores = self.headers.scores(grid)
        best = max(scores.values(), default=0.0)
        here = self.region if self.kind == "table" else ""
        able = [table.id for table in self.family.tables if self.headers.admits(table.id, grid)]
        if here in able and not self.fresh:
            if best < _LIKE or scores[here] >= best - 0.2 or self._is_part_of_header(grid, here, scores):
                return here
            if not self.result.tables[here].grids and scores[here] > 0.25:
                return here
        if best < _LIKE:
            if not here and (self.kind == "part" or not self.seen):
                able = self.headers.kin(grid)
            return self._next(able) or here if able else here
        near = [table for table in able if scores[table] >= best - 0.05]
        return self._next(near) or (near or [here])[0]

    def _is_part_of_header(self, grid: Grid, here: str, scores: Mapping[str, float]) -> bool:
        """Whether the words that make the grid like another table stand in this one's header, too, and not in the next."""
        following = self._after(here)[:1]
        return words_of_head(grid) <= self.headers.tables[here] and not (
            following and scores[following[0]] == max(scores.values())
        )

    def _next(self, tables: Sequence[str]) -> str:
        """The first of these tables behind the last one that has no grid yet, else the first without any."""
        open_ = [one for one in tables if one not in self.seen or not self.result.tables[one].grids]
        after = self._after(self.seen[-1]) if self.seen else []
        return next((one for one in after if one in open_), open_[0] if open_ else "")

    def _after(self, table_id: str) -> list[str]:
        ids = [table.id for table in self.family.tables]
        return ids[ids.index(table_id) + 1 :]

    def _is_catalogue(self, grid: Grid) -> bool:
        """Whether a grid is a list of catalogue codes."""
        if self.kind == CATALOGUE:
            return False
        first = [fold(cell.text) for cell in grid.rows[0]]
        for header in (self.family.catalogue.header, self.family.catalogue.levels):
            if len({*first} & {*header} - {""}) >= 3:
                return True
        codes = sum(bool(row) and _CODE.fullmatch(row[0].text.strip()) is not None for row in grid.rows)
        return codes > 4 and codes * 2 > len(grid.rows)

    def _is_form(self, grid: Grid) -> bool:
        """Whether a grid is a performance form: enough of its cells are the forms' labels."""
        if self.kind == FORMS or not self.headers.form_labels:
            return False
        texts = {fold(cell.text) for row in grid.rows[:40] for cell in row}
        return len(texts & self.headers.form_labels) >= 5
