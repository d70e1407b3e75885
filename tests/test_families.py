"""Form families are data: what they name must be there, and what they may not say is refused when they are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from mingzhang.families import DEFAULT_FAMILY, Family, families, load_family
from mingzhang.families.cells import CLASSES, Cell, parse_cell
from mingzhang.families.model import RowSpec, Side, Variant
from mingzhang.families.patterns import Figures, Listing, Part, Phrase, Slot, holds, parse
from mingzhang.taxonomy import load

each_family = pytest.mark.parametrize("family", [load_family(one) for one in families()], ids=families())
ITEMS = "项"  # all item rows of a table, as CLASSES are all class rows
# What stands in an expression for something else than a cell or another figure: what only a ledger or last year knows.
INPUTS = ("prior.", "procurement.", "projects.", "assets.")


def test_the_default_family_comes_first() -> None:
    assert families()[0] == DEFAULT_FAMILY
    assert list(families()[1:]) == sorted(families()[1:])
    assert len(families()) > 1


@pytest.mark.parametrize("name", ["", "nowhere", "model.py", "../families", "__pycache__"])
def test_no_such_family(name: str) -> None:
    with pytest.raises(KeyError):
        load_family(name)


def first_side(data: Any) -> Any:
    return data["tables"][0]["side"][0]


BREAKS: dict[str, Callable[[Any], None]] = {
    "unknown key of a family": lambda data: data.update(province="?"),
    "unknown key of a column": lambda data: first_side(data)["columns"][0].update(header_alias=["?"]),
    "unknown row kind": lambda data: first_side(data).update(rows="rows"),
    "unknown condition": lambda data: data["tables"][0].update(where={"funds": ["gpb"]}),
    "a title that is a number": lambda data: data["tables"][0].update(title=1),
    "a header that is no list": lambda data: first_side(data)["columns"][0].update(header="金额"),
    "a class without a name": lambda data: data.update(function_classes=[["299"]]),
    "no tables": lambda data: data.pop("tables"),
    "no columns": lambda data: first_side(data).pop("columns"),
    "unknown kind of document": lambda data: data["kinds"].update(report=data["kinds"].popitem()[1]),
    "a figure that is a number": lambda data: data["figures"].update({"n1.total": 1}),
    "something implied that is no number": lambda data: data["phrases"].update(
        slip=[{"text": "", "implies": {"n1.total": "x"}}]
    ),
}


@each_family
@pytest.mark.parametrize("name", BREAKS)
def test_slips_are_refused(family: Family, name: str) -> None:
    data = msgspec.to_builtins(family)
    assert msgspec.convert(data, Family) == family
    BREAKS[name](data)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(data, Family)


@each_family
def test_a_family_cannot_be_changed(family: Family) -> None:
    with pytest.raises(AttributeError):
        family.title = ""  # type: ignore[misc]


@each_family
def test_kinds_parts_and_classes_are_known(family: Family) -> None:
    assert family.kinds
    assert {section.part for section in family.sections} <= {part.id for part in family.parts}
    codes = load("functional", 2025)
    names = dict(family.function_classes)
    assert {code: entry.name for code in names if (entry := codes.get(code))} == names
    assert set(family.class_aliases) <= set(names)


@each_family
def test_tables_add_up_what_they_have(family: Family) -> None:
    for table in family.tables:
        assert len({side.key for side in table.side}) == len(table.side)
        for side in table.side:
            columns = [column.key for column in side.columns]
            assert len(set(columns)) == len(columns)
            assert {key for column in side.columns for key in column.sum} <= set(columns)
            rows = {spec.name for spec in row_specs(family, side)}
            assert {name for spec in row_specs(family, side) for name in spec.sum} <= rows | {"*"}


@each_family
def test_titles_tell_tables_and_sections_apart(family: Family) -> None:
    for declared in (family.tables, [section for section in family.sections if section.title]):
        owner: dict[str, str] = {}
        for one in declared:
            for title in (one.title, *one.title_aliases):
                core = re.sub(r"^[一二三四五六七八九十]+、|\{\w+\}|年度?", "", title)
                assert owner.setdefault(core, one.id) == one.id, title
    for table in family.tables:
        for side in table.side:
            names = [name for spec in row_specs(family, side) for name in (spec.printed, *spec.aliases) if name]
            under = [
                name for spec in row_specs(family, side) if "/" in spec.name for name in (spec.printed, *spec.aliases)
            ]
            assert len(set(names) - set(under)) == len([name for name in names if name not in under])


@each_family
def test_every_reference_leads_to_a_cell(family: Family) -> None:
    known = set(family.figures) | set(INPUTS)
    for text in (*family.figures.values(), *family.prior.values(), *family.overall.values()):
        for term in re.split(r" - |, ", re.sub(r"^(?:percent|share)\((.*)\)$", r"\1", text)):
            cell = parse_cell(term)
            if cell is not None:
                assert has(family, cell), term
            else:
                assert term in known | printed(family) or term.startswith(INPUTS), term


@each_family
def test_every_phrase_and_condition_is_well_formed(family: Family) -> None:
    keys = {section.id for section in family.sections}
    for variant in all_variants(family):
        for condition in variant.when:
            holds(condition, Figures(), "x.")
        for part in parse(variant.text):
            if isinstance(part, Phrase | Listing):
                phrase = part.name if isinstance(part, Phrase) else part.phrase
                assert phrase in family.phrases
    assert {key.partition(".")[0] for key in printed(family)} <= keys


def has(family: Family, cell: Cell) -> bool:
    side = next(side for side in family.table(cell.table).side if side.key == cell.side)
    rows = {spec.name for spec in row_specs(family, side)} | {side.total, CLASSES, ITEMS}
    return cell.row in rows and cell.column in {column.key for column in side.columns}


def row_specs(family: Family, side: Side) -> Iterator[RowSpec]:
    if side.rows == "function_classes":
        yield from (RowSpec(name=family.function_row(place + 1)) for place in range(len(family.function_classes)))
    yield from side.fixed
    yield from side.foot


def all_variants(family: Family) -> Iterator[Variant]:
    for section in family.sections:
        yield from section.paragraphs
    for variants in family.phrases.values():
        yield from variants


def printed(family: Family) -> set[str]:
    """The keys of the figures that the sections print, phrases followed with their prefixes."""
    found: set[str] = set()

    def walk(variant: Variant, prefix: str) -> None:
        parts: tuple[Part, ...] = parse(variant.text.replace("~", prefix))
        for part in parts:
            if isinstance(part, Slot):
                found.add(part.key)
            elif isinstance(part, Phrase):
                for one in family.phrases[part.name]:
                    walk(one, part.prefix)

    for section in family.sections:
        for variant in section.paragraphs:
            walk(variant, "")
    return found
