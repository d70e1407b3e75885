"""Blocks to a disclosure: recognise, outline, then each part by the reader that knows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mingzhang.disclosure import Disclosure, Fact, Note
from mingzhang.families import Family, load_family
from mingzhang.read.blocks import Block
from mingzhang.read.catalogue import read_catalogue
from mingzhang.read.forms.fields import Known, KnownProject
from mingzhang.read.forms.reader import Forms, read_forms
from mingzhang.read.homes import homes_of, homes_told
from mingzhang.read.narrative import Names, read_figures
from mingzhang.read.outline import Outline, outline
from mingzhang.read.printed import fold, name_of
from mingzhang.read.recognise import Fit, Identity, identify, is_piece
from mingzhang.read.tables import read_tables
from mingzhang.read.texts import read_texts


def assemble(blocks: Sequence[Block], fits: Sequence[Fit], notes: Sequence[Note] = ()) -> Disclosure:
    """Make the disclosure of the best-fitting family out of a document's blocks.

    A document that fits none is read by the family that comes nearest, and a note says so.
    """
    fit = fits[0]
    family = load_family(fit.family)
    parts = outline(blocks, family)
    identity = identify(parts, family)
    homes = homes_of(parts.forms, family, identity.name)
    tables = read_tables(parts, family, identity.fiscal_year, homes)
    figures = read_figures(parts.sections, family, Names(identity.name, identity.fiscal_year, _units(tables.facts)))
    forms = read_forms(parts.forms, family, _known(identity, tables.facts, family))
    told = homes_told(forms.projects, homes)
    if any(fact.unit and told.projects.get(fold(fact.row_name), fact.unit) != fact.unit for fact in tables.facts):
        tables = read_tables(parts, family, identity.fiscal_year, told)
    around = [paragraph for section in parts.sections.values() for paragraph in section]
    catalogue = read_catalogue(parts.catalogue, around, family)
    left = {id(parts.forms[place]): texts for place, texts in forms.left.items()} | tables.left | catalogue.left
    return Disclosure(
        family=family.id if fit.enough or is_piece(parts) else "",
        kind=identity.kind,
        fiscal_year=identity.fiscal_year,
        department_code=_department_code(forms),
        name=identity.name,
        facts=tuple(tables.facts),
        empty_tables=tuple(tables.empty),
        narrative=tuple(figures.figures),
        projects=tuple(forms.projects),
        indicators=tuple(forms.indicators),
        overall=tuple(forms.overall),
        catalogue=tuple(catalogue.lines),
        texts=tuple(read_texts(parts, left)),
        mentions=tuple(figures.mentions),
        notes=(
            *_recognised(fits, identity, family, parts),
            *notes,
            *tables.notes,
            *_sections(parts, family),
            *forms.notes,
            *catalogue.notes,
            *_unknown(parts),
        ),
        region_name=identity.region_name,
        region_level=identity.region_level,
    )


def _recognised(fits: Sequence[Fit], identity: Identity, family: Family, parts: Outline) -> Iterator[Note]:
    fit = fits[0]
    scope = family.kinds[identity.kind].scope
    if fit.enough:
        yield Note("recognised", f"识别为{family.title}（相符 {fit.score:.0%}），{scope}文件")
    elif is_piece(parts):
        yield Note("recognised", f"识别为{family.title}的一部分，{scope}文件")
    else:
        yield Note(
            "suspect", f"不像已知的任何一种公开文件（最接近“{family.title}”，相符 {fit.score:.0%}），只读出能读的部分"
        )
    if not identity.fiscal_year:
        yield Note("missing", "没有找到年度")
    if not identity.name:
        yield Note("missing", "没有找到部门（单位）名称")


def _sections(parts: Outline, family: Family) -> Iterator[Note]:
    """What there is to say of the sections: those missing, printed twice, or not under their heading."""
    headed = [(title.id, block) for title, block in parts.titles if title.kind == "section" and title.exact]
    for section in family.sections:
        words = next(iter(family.kinds.values()))
        title = section.title.format(scope=words.scope, this=words.this, year="", name="")
        if title and section.id not in parts.sections:
            yield Note("missing", f"没有找到“{title}”一节")
        elif section.id in parts.moved:
            place = parts.moved[section.id].place.provenance()
            yield Note("suspect", f"“{title}”的文字不在它的标题下，按内容归入这一节", place)
        again = [block for one, block in headed if one == section.id][1:]
        if again:
            place = again[0].place.provenance(again[0].text)
            yield Note("suspect", f"“{title}”的标题出现了{len(again) + 1}次，文字都归入这一节", place)


def _unknown(parts: Outline) -> Iterator[Note]:
    for grid in parts.unknown:
        head = "、".join(name_of(cell.text) for cell in grid.rows[0] if cell.text.strip())[:40]
        message = f"有一个表格不知是什么表（首行“{head}”），原样保留为文本"
        yield Note("unread", message, grid.place.provenance())


def _department_code(forms: Forms) -> str:
    """The code that most of the forms print."""
    codes = [project.department_code for project in forms.projects]
    codes += [entry.value for entry in forms.overall if entry.key == "department_code"]
    counts = Counter(code for code in codes if code)
    return counts.most_common(1)[0][0] if counts else ""


def _units(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.row_name for fact in facts if fact.level == "unit"))


def _known(identity: Identity, facts: Sequence[Fact], family: Family) -> Known:
    """What the tables tell of the forms: the department, its units, the project rows."""
    carryover = {table.id: bool(table.where.carryover) for table in family.tables}
    rows: dict[tuple[str, int], Fact] = {}
    for fact in facts:
        if fact.level == "project":
            rows.setdefault((fact.table, fact.row), fact)
    projects = (KnownProject(one.row_name, one.unit, one.value, carryover[one.table]) for one in rows.values())
    return Known(department=identity.name, units=_units(facts), projects=tuple(projects))
