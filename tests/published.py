"""Disclosures as others publish them: text with tab-separated tables, whole or damaged, and what must be read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import fields
from decimal import Decimal
from random import Random

from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.publish.document import Cell, Chart, Document, Grid, Heading, Paragraph, place
from mingzhang.publish.layout import lay_out
from mingzhang.read import read_source
from mingzhang.read.sources.text import read_text

WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
AMOUNT = re.compile(r"-?[\d,]*\d\.\d\d")
# What the printed forms do not carry.
UNPRINTED = {"projects": ("code", "category", "legible"), "narrative": ("section",)}
PARTS = ("facts", "narrative", "projects", "indicators", "catalogue")

Page = list[str]
Damage = Callable[[Page, Random], Page]


def as_lines(document: Document) -> list[Page]:
    """A document as the lines of its blocks; a table is a block of its own, its rows separated by tabs."""
    pages: list[Page] = [[document.name], [document.title]]
    for block in document.blocks:
        match block:
            case Heading(titles=True):
                continue
            case Heading(text=text) | Paragraph(text=text):
                pages.append([text])
            case Grid():
                pages += [[line] for line in (block.label, block.title, *block.above, block.subtitle) if line]
                pages.append([*_rows(block.header, len(block.widths)), *_rows(block.body, len(block.widths))])
                pages += [[note] for note in block.notes]
            case Chart():
                continue
    return pages


def _rows(rows: tuple[tuple[Cell, ...], ...], width: int) -> Page:
    """Rows as lines; a span's text stands in its first place, the others are blank."""
    lines = []
    for row in place(rows):
        texts = [""] * width
        for column, cell in row:
            texts[column] = cell.text.replace("\n", "")
        lines.append("\t".join(texts))
    return lines


def as_text(pages: list[Page]) -> str:
    """The lines of the pages, a blank line between blocks."""
    return "\n\n".join("\n".join(page) for page in pages) + "\n"


def published(disclosure: Disclosure) -> list[Page]:
    """A disclosure as pages of lines."""
    return as_lines(lay_out(disclosure, load_family(disclosure.family)))


def read_pages(pages: list[Page]) -> Disclosure:
    """Read pages back."""
    return read_source([read_text(as_text(pages), "公开.txt")])


def is_table(page: Page) -> bool:
    """Whether a page is one of the prescribed tables, and not a form."""
    return "\t" in page[0] and "项目名称\t\t" not in page[0] and "部门基本信息" not in page[0]


def said(disclosure: Disclosure, part: str) -> Counter[Hashable]:
    """The records of a part of a disclosure for comparison, without what is not printed and the blanks in texts."""
    skipped = UNPRINTED.get(part, ())
    return Counter(
        tuple(
            (one.name, _plain(getattr(record, one.name)))
            for one in fields(record)
            if one.compare and one.name not in skipped
        )
        for record in getattr(disclosure, part)
    )


def _plain(value: object) -> Hashable:
    if isinstance(value, str):
        return "".join(value.split())
    if isinstance(value, Decimal):
        return value.normalize()
    if isinstance(value, dict):
        return tuple(sorted((key, _plain(one)) for key, one in value.items() if one not in ("", None)))
    return value if isinstance(value, Hashable) else repr(value)


def assert_same(read: Disclosure, compiled: Disclosure) -> None:
    """Everything that the document prints has been read, and nothing else."""
    for part in PARTS:
        wanted, got = said(compiled, part), said(read, part)
        assert got == wanted, (part, list((wanted - got).elements())[:3], list((got - wanted).elements())[:3])
    assert read.empty_tables == compiled.empty_tables
    assert (read.family, read.kind, read.fiscal_year, read.name) == (
        compiled.family,
        compiled.kind,
        compiled.fiscal_year,
        compiled.name,
    )


def broken_by_pages(page: Page, random: Random) -> Page:
    """A blank line inside the table, where a page ended."""
    if len(page) < 8:
        return page
    cut = random.randrange(5, len(page) - 1)
    return [*page[:cut], "", *page[cut:]]


def header_repeated(page: Page, random: Random) -> Page:
    """A page's end, and the header once more."""
    if len(page) < 10:
        return page
    head = next((n for n, line in enumerate(page) if AMOUNT.search(line)), 2)
    cut = random.randrange(head + 2, len(page) - 1) if head + 2 < len(page) - 1 else len(page)
    return [*page[:cut], "", *page[:head], *page[cut:]]


def upside_down(page: Page, _: Random) -> Page:
    """The rows of a page that was scanned upside down."""
    return page[::-1]


def spaced(page: Page, random: Random) -> Page:
    """Blanks that a scanner puts into numbers."""
    return [
        AMOUNT.sub(lambda one: one[0].replace(".", ". ") if random.random() < 0.5 else one[0], line) for line in page
    ]


def full_width(page: Page, random: Random) -> Page:
    """Numbers in full-width digits."""
    return [AMOUNT.sub(lambda one: one[0].translate(WIDE) if random.random() < 0.5 else one[0], line) for line in page]


def shifted(page: Page, random: Random) -> Page:
    """Rows moved to the right by one column."""
    return ["\t" + line if AMOUNT.search(line) and random.random() < 0.3 else line for line in page]


def cut_off(page: Page, _: Random) -> Page:
    """Rows without their blank last cells."""
    return [line.rstrip("\t") if AMOUNT.search(line) else line for line in page]


DAMAGES: tuple[Damage, ...] = (
    broken_by_pages,
    header_repeated,
    upside_down,
    spaced,
    full_width,
    shifted,
    cut_off,
)
