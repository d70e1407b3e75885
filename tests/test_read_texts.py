"""Everything that a document prints reaches the disclosure: contents page, footers, loose lines, titles and notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from example_ledgers import example
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.publish import publish
from mingzhang.publish.document import Heading
from mingzhang.publish.layout import lay_out
from mingzhang.read import read, read_source
from mingzhang.read.sources.text import read_text
from published import as_text, assert_same, published

FAMILY = load_family()
EXAMPLE = "jincheng-construction-2026"


def from_text(text: str) -> Disclosure:
    return read_source([read_text(text, "公开.txt")])


def lines_of(disclosure: Disclosure, section: str) -> list[tuple[str, int | None]]:
    """The texts of a section, each with its line."""
    return [
        (one.text, one.provenance.line if one.provenance else None)
        for one in disclosure.texts
        if one.section == section
    ]


@pytest.mark.parametrize("entry", ["{}{}\t{}", "<b>{}{}</b>\t<b>{}</b>", "{}{}.....{}", "{} {} {}"])
def test_each_entry_of_the_contents_page_is_kept_as_printed(entry: str) -> None:
    """A contents page that was copied from last year names last year: that must be seen, line by line."""
    compiled = example(EXAMPLE)
    headings = [block for block in lay_out(compiled, FAMILY).blocks if isinstance(block, Heading) and block.level < 3]
    titles = [heading.text.replace("2026年", "2025年") if heading.titles else heading.text for heading in headings]
    marks = [f"表{number}" if heading.titles else "" for number, heading in enumerate(headings)]
    contents = [
        entry.format(mark, title, page) for page, (mark, title) in enumerate(zip(marks, titles, strict=True), 3)
    ]
    pages = published(compiled)
    disclosure = from_text(as_text([*pages[:2], ["目　录"], contents, *pages[2:]]))
    assert_same(disclosure, compiled)
    kept = lines_of(disclosure, "contents")
    assert [line for _, line in kept] == [5, *range(7, 7 + len(titles))]
    assert all(title.replace("　", " ") in text for title, (text, _) in zip(titles, kept[1:], strict=True))


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_contents_page_of_other_formats_is_kept_too(kind: str, tmp_path: Path) -> None:
    publish(example(EXAMPLE), tmp_path, [kind])
    (reading,) = read([tmp_path / f"disclosure.{kind}"])
    kept = "\n".join(text for text, _ in lines_of(reading.disclosure, "contents"))
    assert all(table.title.format(year=2026) in kept for table in FAMILY.tables)
    assert len(kept.splitlines()) > len(FAMILY.tables) + len(FAMILY.parts)
