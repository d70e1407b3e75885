"""What a document is: its family, kind and fiscal year, and whose it is, by its titles and cover."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from msgspec import Struct

from mingzhang.disclosure import Kind
from mingzhang.families import Family, families
from mingzhang.read.blocks import Block, Grid, Paragraph
from mingzhang.read.outline import CONTENTS, COVER, FORMS, Outline
from mingzhang.read.printed import fold, name_of
from mingzhang.read.titles import titles_of

_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)\s*年")
_NAMED = re.compile(r"(?:编制)?(?:部门|单位)(?:名称)?[:：]\s*(?P<name>[^\s:：][^:：]*?)\s*(?:(?:金额)?单位[:：].*)?$")
_COVER = re.compile(r"(.{2,60}?)(?:关于)?20[0-4]\d年?度?(?:部门|单位)?(?:预算|决算|收支)")
_BEHIND = re.compile(r"20[0-4]\d年?度?(.{2,60}?)(?:部门|单位)(?:预算|决算)")
_PART = re.compile(r"第[一二三四五六]部分")
_FORM = re.compile(r"(.{2,20}?)((?:省|市|县|区|县?[（(]区[）)]|县?[（(]市、区[）)])级)预算(?:部门|单位)")
_SENTENCE = re.compile(r"[，。；]|.{40}")
_COVER_LINES = 8
_LONGEST_NAME = 40
# Below this share of its titles a document is not called one of the family; above the other no rival is looked at.
_FITS, _BEYOND_DOUBT = 0.3, 0.9
# A piece of a document has no more blocks than this, unless most of them are performance forms.
_PIECE = 60


class Fit(Struct, frozen=True):
    """How well a family fits: the share of its titles that the document has, and how many they are."""

    family: str
    score: float
    found: int = 0

    @property
    def enough(self) -> bool:
        """Whether a whole document that fits so well is one of the family."""
        return self.score >= _FITS


class Identity(Struct, frozen=True):
    """Whose disclosure it is, of which kind and year. What the document does not tell is blank or 0."""

    kind: Kind
    fiscal_year: int
    name: str
    region_name: str = ""
    region_level: str = ""


def fits(blocks: Sequence[Block]) -> list[Fit]:
    """The families, best first, by the share of their tables and sections whose titles the document has.

    One that has nearly all of its titles needs no rival. A piece of a document tells no share: the number counts.
    """
    texts = list(_titles(blocks))
    result = []
    for family_id in families():
        titles = titles_of(family_id)
        found = {
            (title.kind, title.id) for title in map(titles.match, texts) if title and title.kind in ("table", "section")
        }
        wanted = len(set(titles.tables.values())) + len(set(titles.sections.values()))
        result.append(Fit(family_id, len(found) / wanted if wanted else 0.0, len(found)))
        if result[-1].score > _BEYOND_DOUBT:
            break
    whole = any(fit.enough for fit in result)
    return sorted(result, key=lambda fit: -(fit.score if whole else fit.found))


def is_piece(outline: Outline) -> bool:
    """Whether a document that has too few titles is a piece of one: a table, a section, some forms, and nothing else."""
    if outline.unknown:
        return False
    regions = Counter(region for region, _, _ in outline.order)
    titled = regions[FORMS] or regions[CONTENTS] or any(title and title.exact for _, _, title in outline.order)
    return bool(titled) and (len(outline.order) <= _PIECE or 2 * regions[FORMS] > len(outline.order))


def _titles(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif block.name:
            yield block.name


def identify(outline: Outline, family: Family) -> Identity:
    """The kind, fiscal year and name that the document tells, by majority where it tells several."""
    titled = [block.text for title, block in outline.titles]
    cover = [block.text for region, block, _ in outline.order if region == COVER and isinstance(block, Paragraph)][:40]
    kind, year = _kind(family, [*cover, *titled]), _year(outline, cover, titled)
    return Identity(kind, year, _name(outline, cover), *_region(outline))


def _region(outline: Outline) -> tuple[str, str]:
    """The region and its level, as the titles of the performance forms begin."""
    found = Counter(
        (match[1], match[2])
        for title, block in outline.titles
        if title.kind == "form" and (match := _FORM.match(name_of(block.text)))
    )
    return found.most_common(1)[0][0] if found else ("", "")


def _kind(family: Family, texts: Sequence[str]) -> Kind:
    joined = fold("".join(texts))
    kinds: list[Kind] = list(family.kinds)
    counts = {kind: joined.count(_noun(family, kind)) for kind in kinds}
    return max(kinds, key=lambda kind: counts[kind])


def _noun(family: Family, kind: Kind) -> str:
    """What the cover calls a document of that kind, such as 部门预算."""
    behind = family.cover.partition("{scope}")[2].partition("{")[0]
    return fold(family.kinds[kind].scope + behind.removesuffix("公开"))


def _year(outline: Outline, cover: Sequence[str], titled: Sequence[str]) -> int:
    for texts in ([*titled, *cover], (text.text for text in _prose(outline))):
        years = Counter(int(year) for text in texts for year in _YEAR.findall(text))
        if years:
            return years.most_common(1)[0][0]
    return 0


def _prose(outline: Outline) -> Iterator[Paragraph]:
    for region, block, _ in outline.order:
        if region != CONTENTS and isinstance(block, Paragraph):
            yield block


def _name(outline: Outline, cover: Sequence[str]) -> str:
    named = Counter(name for text in _lines(outline) if (name := _named(text)))
    if named:
        return named.most_common(1)[0][0]
    lines = takewhile(lambda line: not _SENTENCE.search(line), map(name_of, cover[:_COVER_LINES]))
    whole = "".join(line for line in lines if not _PART.match(line))
    for pattern in (_COVER, _BEHIND):
        match = pattern.match(whole) or pattern.search(whole)
        if match and len(match[1]) <= _LONGEST_NAME:
            return match[1].strip("(（")
    return ""


def _named(text: str) -> str:
    match = _NAMED.match(text.strip())
    name = name_of(match["name"]) if match else ""
    return name if 1 < len(name) <= _LONGEST_NAME and not name.startswith(("万元", "元")) else ""


def _lines(outline: Outline) -> Iterator[str]:
    """The lines under the titles of tables, also where a workbook or grid holds them."""
    for table in outline.tables.values():
        for line in table.lines:
            yield line.text
        for grid in table.grids:
            yield from _head(grid)


def _head(grid: Grid) -> Iterator[str]:
    for row in grid.rows[:2]:
        for cell in row:
            if cell.text.strip():
                yield cell.text
