"""What must be there: tables, sections, notes below empty tables, the unit of amounts, filled cells of forms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mingzhang.check.findings import Place
from mingzhang.check.likeness import folded
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Project, Text

_CAPTION = re.compile(r"[\u4e00-\u9fff（）()“”\"]{2,24}图[：:）)]?")
_YEAR_FIRST = re.compile(r"^\{year\}年度?")
_PAGE = re.compile(r"\d+\s*$")
_UNIT = re.compile(r"单位\s*[：:]\s*([百千万亿]?元)")
# A document that has so much of its tables and sections is a whole one; anything less is a piece.
_WHOLE = 0.5
_MOST_PLACES = 12


def _tables(subject: Subject) -> list[str]:
    """The family's tables that the document has, with a title, a cell or a note."""
    filled = {fact.table for fact in subject.disclosure.facts} | set(subject.disclosure.empty_tables)
    return [table.id for table in subject.family.tables if table.id in filled or table.id in subject.texts]


def _sections(subject: Subject) -> list[str]:
    return [section.id for section in subject.family.sections if section.id in subject.texts]


def _whole(subject: Subject) -> bool:
    """Whether this is a whole document: not a piece, not the blank form, which has no amount."""
    tables, sections = subject.family.tables, subject.family.sections
    return (
        bool(subject.disclosure.facts)
        and len(_tables(subject)) > _WHOLE * len(tables)
        and len(_sections(subject)) > _WHOLE * len(sections)
    )


@registered
def nothing_read(subject: Subject) -> Iterator[Hit]:
    """A file in which nothing of a disclosure was recognised: without this, a wrong file would pass as a faultless one."""
    found = subject.disclosure
    records = (found.facts, found.empty_tables, found.narrative, found.projects, found.overall, found.catalogue)
    if not any(records) and not _tables(subject) and not _sections(subject):
        told = "没有读出报表、情况说明和绩效目标表，可能不是预算（决算）公开文件，或文字没有识别出来，请核对文件"
        yield Hit(told, ())


@registered
def missing_tables(subject: Subject) -> Iterator[Hit]:
    """Tables of the family that a whole document lacks. What its contents page lists is milder: it may not have been read."""
    if _whole(subject):
        have = set(_tables(subject))
        missing = [table.id for table in subject.family.tables if table.id not in have]
        yield from _missing(subject, missing)


@registered
def missing_sections(subject: Subject, *, optional: Sequence[str] = ()) -> Iterator[Hit]:
    """Sections of the explanation, and the glossary, that a whole document lacks; `optional` ones it may lack."""
    if _whole(subject):
        have = set(_sections(subject))
        missing = [section.id for section in subject.family.sections if section.id not in {*have, *optional}]
        yield from _missing(subject, missing)


def _missing(subject: Subject, parts: Sequence[str]) -> Iterator[Hit]:
    for part in parts:
        name = subject.labels.form(part)
        listed = _listed(subject, part)
        told = f"没有{name}" + ("，目录却列有" if listed else "")
        places = (subject.text(listed, name),) if listed else (Place(form=part, label=name),)
        yield Hit(told, places, milder=listed is not None, suspected_misreading=listed is not None)


def _listed(subject: Subject, part: str) -> Text | None:
    """The entry of the contents page that lists a part."""
    title = folded(_titles(subject)[part])
    return next((text for text in subject.texts.get("contents", ()) if title and title in folded(text.text)), None)


def _titles(subject: Subject) -> dict[str, str]:
    """The titles of tables and sections in the family's order, without the year."""
    family = subject.family
    wording = family.kinds[subject.disclosure.kind]
    words = {"scope": wording.scope, "this": wording.this, "year": "", "name": ""}
    found: dict[str, str] = {}
    for part in family.parts:
        if part.id == "tables":
            found |= {table.id: _YEAR_FIRST.sub("", table.title) for table in family.tables}
        sections = [section for section in family.sections if section.part == part.id]
        found |= {section.id: (section.title or part.title).format_map(words) for section in sections}
    return found


@registered
def order_of_contents(subject: Subject) -> Iterator[Hit]:
    """Entries of the contents page that stand in another order than the document's parts."""
    aliases = {table.id: table.title_aliases for table in subject.family.tables}
    named = [
        (place, folded(name))
        for place, (part, title) in enumerate(_titles(subject).items())
        for name in (title, *aliases.get(part, ()))
    ]
    titles = sorted(named, key=lambda one: -len(one[1]))
    found = []
    for text in subject.texts.get("contents", ()):
        entry = folded(text.text)
        at = next((place for place, title in titles if title in entry), None)
        if at is not None:
            found.append((at, text))
    late = [text for (before, _), (at, text) in pairwise(found) if at < before]
    if late:
        told = "、".join(f"“{_entry(text)}”" for text in late)
        yield Hit(f"{told}排在了后面的内容之后", tuple(subject.text(text, _entry(text)) for text in late))


def _entry(text: Text) -> str:
    return _PAGE.sub("", text.text).strip(" .…·\t")


@registered
def pages_of_contents(subject: Subject, *, most: float) -> Iterator[Hit]:
    """Entries of the contents page without a page number, where at least a share `most` of them have one."""
    entries = subject.texts.get("contents", [])[1:]
    without = [text for text in entries if not _PAGE.search(text.text)]
    if entries and without and len(entries) - len(without) >= most * len(entries):
        told = "、".join(f"“{_entry(text)}”" for text in without[:_MOST_PLACES])
        yield Hit(f"{told}没有页码", tuple(subject.text(text, _entry(text)) for text in without[:_MOST_PLACES]))


@registered
def note_beside_data(subject: Subject) -> Iterator[Hit]:
    """Tables that have amounts and a note that they have none.

    Where another table has neither, the note may be that table's.
    """
    notes = _notes(subject)
    filled = {fact.table: fact for fact in subject.disclosure.facts if fact.value}
    bare = [table for table in _tables(subject) if table not in filled and table not in notes]
    for table, text in notes.items():
        if table in filled and not bare:
            told = f"{subject.labels.form(table)}注明“{text.text.strip()}”，表中却有金额{filled[table].value:f}"
            yield Hit(told, (subject.text(text, text.text.strip()), subject.fact(filled[table])))


@registered
def no_note(subject: Subject) -> Iterator[Hit]:
    """Tables that are there without a figure and without a note that they have none, where other tables have one."""
    notes = _notes(subject)
    filled = {fact.table for fact in subject.disclosure.facts}
    for table in _tables(subject) if notes else ():
        if table not in filled and table not in notes:
            yield Hit(f"{subject.labels.form(table)}没有数据，也没有注明", (subject.table(table),))


def _notes(subject: Subject) -> dict[str, Text]:
    """The notes that a table has no data, by table."""
    marks = subject.family.empty_marks or (subject.family.empty_note,)
    return {
        table.id: text
        for table in subject.family.tables
        for text in subject.texts.get(table.id, ())
        if any(mark and mark in folded(text.text) for mark in map(folded, marks))
    }


@registered
def missing_unit_lines(subject: Subject) -> Iterator[Hit]:
    """Tables that do not say the unit of their amounts, where others do."""
    units = _unit_lines(subject)
    missing = [table for table in _tables(subject) if table not in units and table in subject.texts]
    if len(units) > 1 and missing:
        named = "、".join(subject.family.table(table).caption or table for table in missing)
        yield Hit(f"{named}没有写金额单位，另{len(units)}张表写了", tuple(map(subject.table, missing)))


@registered
def other_units(subject: Subject) -> Iterator[Hit]:
    """Tables that say another unit of their amounts than most do."""
    units = _unit_lines(subject)
    usual, many = Counter(unit for unit, _ in units.values()).most_common(1)[0] if units else ("", 0)
    for table, (unit, text) in units.items():
        if unit != usual and many > 1:
            told = f"{subject.labels.form(table)}的金额单位写的是“{unit}”，其他表是“{usual}”"
            yield Hit(told, (subject.text(text, unit),))


def _unit_lines(subject: Subject) -> dict[str, tuple[str, Text]]:
    return {
        table.id: (match[1], text)
        for table in subject.family.tables
        for text in subject.texts.get(table.id, ())
        if (match := _UNIT.search(text.text))
    }


@registered
def overall_form_claimed(subject: Subject, *, section: str, words: Sequence[str]) -> Iterator[Hit]:
    """A `section` that says by one of the `words` that targets of whole units were made, without any such form."""
    if subject.disclosure.overall or not subject.disclosure.projects:
        return
    for text in subject.texts.get(section, ()):
        word = next((word for word in words if word in text.text), "")
        if word:
            forms = len(subject.disclosure.projects)
            told = f"说明称“{word}”，文件中有{forms}份项目支出绩效目标表，没有整体支出绩效目标表"
            yield Hit(told, (subject.text(text, word),))


@registered
def captions_alone(subject: Subject, *, sections: Sequence[str]) -> Iterator[Hit]:
    """Captions of charts in the text of `sections`; a text source shows no chart."""
    for section in sections:
        for text in subject.texts.get(section, ()):
            printed = "".join(text.text.split())
            if text.style == "paragraph" and _CAPTION.fullmatch(printed) and text.provenance and text.provenance.line:
                yield Hit(f"“{printed}”下面没有图", (subject.text(text, printed),), suspected_misreading=True)


@registered
def blank_footers(subject: Subject, *, fields: dict[str, str], all_forms: bool) -> Iterator[Hit]:
    """Labels below performance forms (`fields`, with what they are called) that nothing is written behind.

    In all forms (`all_forms`), or in some while others are filled in.
    """
    footed = [project for project in subject.disclosure.projects if any(field in project.texts for field in fields)]
    blank = [project for project in footed if not any(project.texts.get(field, "").strip() for field in fields)]
    if not blank or (len(blank) == len(footed)) != all_forms:
        return
    named = "、".join(fields.values())
    told = (
        f"{len(footed)}份目标表中{len(blank)}份的{named}没有填写"
        if not all_forms
        else f"{len(footed)}份目标表的{named}都没有填写"
    )
    yield Hit(told, tuple(subject.form(project, _first(project, fields)) for project in blank))


def _first(project: Project, fields: dict[str, str]) -> str:
    return next(field for field in fields if field in project.texts)


@registered
def blank_units(subject: Subject) -> Iterator[Hit]:
    """Performance forms without the unit that carries the project out, where others name one."""
    projects = [project for project in subject.disclosure.projects if project.legible != "no"]
    blank = [project for project in projects if not project.unit and "unit" not in project.sources]
    if len(projects) > len(blank):
        for project in blank:
            if project.name and project.department:
                told = f"第{project.seq}份目标表“{project.name}”没有填写实施单位"
                yield Hit(told, (subject.form(project, "department", project.department),), suspected_misreading=True)
