"""The data package: a disclosure as CSV files and a Frictionless `datapackage.json`, written and read back.

The files and their first columns are a contract (docs/data-package.md); amounts of tables are 万元, of forms yuan.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import cast, get_args

from mingzhang.amounts import parse_amount
from mingzhang.disclosure import (
    FOOTER_KEYS,
    FUND_KEYS,
    TEXT_KEYS,
    CatalogueLine,
    Disclosure,
    Fact,
    Figure,
    Horizon,
    Indicator,
    Kind,
    Legible,
    Mention,
    Note,
    NoteKind,
    OverallEntry,
    Project,
    Provenance,
    Text,
)
from mingzhang.problems import InputError, Problem
from mingzhang.staging import write_whole

_LIVE = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[\d,.]*%?")
DESCRIPTOR = "datapackage.json"
_Record = Fact | Figure | Project | Indicator | OverallEntry | CatalogueLine | Text | Mention | Note
_Row = list[object]
_EMPTY = "EMPTY"

# Where a row stood in the file that was read, and how sure the reader is: behind the columns of its resource.
_PLACE: tuple[tuple[str, str], ...] = (
    ("file", "string"),
    ("sheet", "string"),
    ("page", "integer"),
    ("bbox", "string"),
    ("printed_row", "string"),
    ("printed_column", "string"),
    ("raw", "string"),
    ("confidence", "number"),
    ("repair", "string"),
    ("suggested", "string"),
)
_LINE = (("line", "integer"),)

_PROJECT = (
    ("seq", "integer"),
    ("name", "string"),
    ("department_code", "string"),
    ("department", "string"),
    ("unit", "string"),
    ("attribute", "string"),
    ("period", "string"),
    *((key, "number") for key in FUND_KEYS),
    ("legible", "string"),
    *_LINE,
    ("code", "string"),
    ("category", "string"),
    *((key, "string") for key in TEXT_KEYS),
)
_PROJECT_TEXTS = tuple(
    column for column, _ in _PROJECT if column not in (*FUND_KEYS, *TEXT_KEYS, *(line for line, _ in _LINE))
)

# Resource -> its columns with their Frictionless types.
RESOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "facts": (
        ("table", "string"),
        ("side", "string"),
        ("level", "string"),
        ("unit", "string"),
        ("row_code", "string"),
        ("row_name", "string"),
        ("row_name2", "string"),
        ("column", "string"),
        ("value", "number"),
        *_LINE,
        ("row", "integer"),
        *_PLACE,
    ),
    "narrative": (("key", "string"), ("value", "string"), *_LINE, ("section", "string"), *_PLACE),
    "projects": (*_PROJECT, *_PLACE),
    "project_cells": (("seq", "integer"), ("field", "string"), ("value", "string"), *_LINE, *_PLACE),
    "indicators": (
        ("seq", "integer"),
        ("horizon", "string"),
        ("level1", "string"),
        ("level2", "string"),
        ("level3", "string"),
        ("value", "string"),
        *_LINE,
        *_PLACE,
    ),
    "overall": (("key", "string"), ("value", "string"), *_LINE, *_PLACE),
    "catalogue": (
        ("edition", "string"),
        ("document_number", "string"),
        ("section", "string"),
        ("code", "string"),
        ("name", "string"),
        ("project", "string"),
        ("amount", "number"),
        *_LINE,
        *_PLACE,
    ),
    "texts": (("section", "string"), ("order", "integer"), ("style", "string"), ("text", "string"), *_LINE, *_PLACE),
    "mentions": (
        ("section", "string"),
        ("value", "string"),
        ("unit", "string"),
        ("before", "string"),
        *_LINE,
        *_PLACE,
    ),
    "notes": (("kind", "string"), ("message", "string"), *_LINE, *_PLACE),
}
_META = ("family", "kind", "fiscal_year", "department_code", "name", "region_name", "region_level", "mof_div_code")


def is_package(path: Path) -> bool:
    """Whether a path is a data package: its folder or its descriptor."""
    return (path / DESCRIPTOR).is_file() or path.name == DESCRIPTOR


def write_package(disclosure: Disclosure, folder: Path) -> list[Path]:
    """Write the package into a folder, whole or not at all; give the files written.

    Raises InputError if the folder cannot be written, or holds the package of another disclosure.
    """
    refuse_another(disclosure, folder)
    return write_whole(folder, lambda staging: write_files(disclosure, staging))


def write_files(disclosure: Disclosure, folder: Path) -> list[str]:
    """Write the package's files into a folder that is there; give their names."""
    files = package_files(disclosure)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return list(files)


def refuse_another(disclosure: Disclosure, folder: Path) -> None:
    """Last year's package, or another department's, is not overwritten by a slip of the folder's name.

    Raises InputError if the folder holds the package of another disclosure.
    """
    if is_package(folder):
        held = read_identity(folder)
        if held != (disclosure.department_code, disclosure.name, disclosure.fiscal_year):
            message = f"里面是“{held[1]}”{held[2]}年的数据包，为免覆盖，请换一个输出文件夹"
            raise InputError([Problem(message, str(folder))])


def package_files(disclosure: Disclosure, for_people: bool = False) -> dict[str, str]:
    """The package's files by name, as text; `for_people` who open them in a spreadsheet no cell is a live formula."""
    rows = package_rows(disclosure)
    if for_people:
        rows = {name: [[inert(value) for value in row] for row in own] for name, own in rows.items()}
    files = {f"{name}.csv": _csv(name, rows[name]) for name in RESOURCES}
    counts = {name: len(rows[name]) for name in RESOURCES}
    files[DESCRIPTOR] = json.dumps(_descriptor(disclosure, counts), ensure_ascii=False, indent=2) + "\n"
    return files


def inert(value: object) -> object:
    """A value for a CSV cell; a text that a spreadsheet would take for a formula is told by a leading apostrophe.

    >>> inert("=1+1"), inert("-3.50"), inert("合计")
    ("'=1+1", '-3.50', '合计')
    """
    live = isinstance(value, str) and value.startswith(_LIVE) and not _NUMBER.fullmatch(value)
    return f"'{value}" if live else value


def package_rows(disclosure: Disclosure) -> dict[str, list[_Row]]:
    """The rows of the package by resource, in the order of their columns in RESOURCES; amounts are text."""
    facts = sorted(disclosure.facts, key=lambda fact: _ordinal(fact.table))
    return {
        "facts": _with_empty_tables(_rows("facts", facts), disclosure.empty_tables),
        "narrative": _rows("narrative", disclosure.narrative),
        "projects": [_project_row(project) for project in disclosure.projects],
        "project_cells": [row for project in disclosure.projects for row in _cell_rows(project)],
        "indicators": _rows("indicators", disclosure.indicators),
        "overall": _rows("overall", disclosure.overall),
        "catalogue": _rows("catalogue", disclosure.catalogue),
        "texts": [
            [one.section, order, one.style, one.text, *_place(one.provenance)]
            for order, one in enumerate(disclosure.texts, 1)
        ],
        "mentions": _rows("mentions", disclosure.mentions),
        "notes": _rows("notes", disclosure.notes),
    }


def _rows(name: str, records: Iterable[_Record]) -> list[_Row]:
    """Records as rows: the columns before `line` and behind it are their attributes, the others their provenance."""
    columns = [column for column, _ in RESOURCES[name]]
    line = columns.index("line")
    own = [*columns[:line], *columns[line + 1 : len(columns) - len(_PLACE)]]
    values_of = attrgetter(*own)
    amounts = [place for place, (column, kind) in enumerate(RESOURCES[name][:line]) if kind == "number"]
    rows = []
    for record in records:
        values, (first, *place) = values_of(record), _place(record.provenance)
        row = [*values[:line], first, *values[line:], *place]
        for number in amounts:
            row[number] = _amount(row[number])
        rows.append(row)
    return rows


def _ordinal(table: str) -> int:
    return int(table[1:] or 0)


def _with_empty_tables(rows: list[_Row], tables: Iterable[str]) -> list[_Row]:
    columns = [column for column, _ in RESOURCES["facts"]]
    for table in tables:
        row: _Row = [None] * len(columns)
        row[columns.index("table")], row[columns.index("row_name")] = table, _EMPTY
        rows.append(row)
    return sorted(rows, key=lambda row: _ordinal(str(row[0])))


def _amount(value: object) -> object:
    """An amount as it is written: never in scientific notation."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _place(provenance: Provenance | None) -> _Row:
    """The provenance columns, `line` first."""
    if provenance is None:
        return [None] * (len(_PLACE) + 1)
    return [
        provenance.line,
        provenance.file,
        provenance.sheet,
        provenance.page,
        " ".join(f"{edge:.1f}" for edge in provenance.bbox) if provenance.bbox else "",
        provenance.row,
        provenance.column,
        provenance.raw,
        f"{provenance.confidence:g}",
        provenance.repair,
        provenance.suggested,
    ]


def _project_row(project: Project) -> _Row:
    line, *place = _place(project.provenance)
    values = _project_values(project)
    return [*(line if column == "line" else values.get(column) for column, _ in _PROJECT), *place]


def _project_values(project: Project) -> dict[str, object]:
    texts = {column: getattr(project, column) for column in _PROJECT_TEXTS}
    return texts | {key: _amount(value) for key, value in project.funds.items()} | dict(project.texts)


def _cell_rows(project: Project) -> Iterator[_Row]:
    """The fields with their places. A footer has no column of its own, so that its fields are here in any case."""
    values = _project_values(project)
    unplaced = [key for key in FOOTER_KEYS if key in project.texts and key not in project.sources]
    for key in (*project.sources, *unplaced):
        yield [project.seq, key, values.get(key), *_place(project.sources.get(key))]


def _csv(name: str, rows: Iterable[_Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column for column, _ in RESOURCES[name]])
    writer.writerows(rows)
    return buffer.getvalue()


def _descriptor(disclosure: Disclosure, rows: Mapping[str, int]) -> dict[str, object]:
    return {
        "profile": "tabular-data-package",
        "name": f"disclosure-{disclosure.department_code.lower()}-{disclosure.fiscal_year}",
        "title": f"{disclosure.name}{disclosure.fiscal_year}年度预算公开",
        "mingzhang": {key: getattr(disclosure, key) for key in _META} | {"rows": rows},
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "schema": {"fields": [{"name": column, "type": kind} for column, kind in columns]},
            }
            for name, columns in RESOURCES.items()
        ],
    }


def read_identity(folder: Path) -> tuple[str, str, int]:
    """Whose package it is: department code, name and fiscal year. Raises InputError if its descriptor cannot be read."""
    meta = _read_descriptor(folder / DESCRIPTOR)
    try:
        return str(meta["department_code"]), str(meta["name"]), int(str(meta["fiscal_year"]))
    except (KeyError, ValueError) as error:
        raise InputError([_no_package(folder / DESCRIPTOR)]) from error


def read_package(path: Path) -> Disclosure:
    """Read a data package (its folder or its descriptor). Raises InputError if a file is missing or malformed."""
    folder = path.parent if path.name == DESCRIPTOR else path
    meta = _read_descriptor(folder / DESCRIPTOR)
    counts = meta.get("rows")
    expected = counts if isinstance(counts, dict) else {}
    rows = {name: _read_csv(folder, name, expected.get(name)) for name in RESOURCES}
    try:
        cells = _by_project(rows["project_cells"])
        return Disclosure(
            family=str(meta["family"]),
            kind=_kind(meta["kind"]),
            fiscal_year=int(str(meta["fiscal_year"])),
            department_code=str(meta["department_code"]),
            name=str(meta["name"]),
            facts=tuple(_fact(row) for row in rows["facts"] if row["row_name"] != _EMPTY),
            empty_tables=tuple(row["table"] for row in rows["facts"] if row["row_name"] == _EMPTY),
            narrative=tuple(
                Figure(row["key"], row["value"], row["section"], _provenance(row)) for row in rows["narrative"]
            ),
            projects=tuple(_project(row, cells.get(row["seq"], [])) for row in rows["projects"]),
            indicators=tuple(_indicator(row) for row in rows["indicators"]),
            overall=tuple(OverallEntry(row["key"], row["value"], _provenance(row)) for row in rows["overall"]),
            catalogue=tuple(_catalogue(row) for row in rows["catalogue"]),
            texts=tuple(Text(row["section"], row["style"], row["text"], _provenance(row)) for row in rows["texts"]),
            mentions=tuple(
                Mention(row["section"], row["value"], row["unit"], row["before"], _provenance(row))
                for row in rows["mentions"]
            ),
            notes=tuple(Note(_note_kind(row["kind"]), row["message"], _provenance(row)) for row in rows["notes"]),
            region_name=str(meta.get("region_name", "")),
            region_level=str(meta.get("region_level", "")),
            mof_div_code=str(meta.get("mof_div_code", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError([Problem(f"数据包的内容不完整或有误（{error}），请重新生成", str(folder))]) from error


def _read_descriptor(file: Path) -> Mapping[str, object]:
    try:
        meta = json.loads(file.read_text("utf-8"))["mingzhang"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError([_no_package(file)]) from error
    if not isinstance(meta, dict):
        raise InputError([_no_package(file)])
    return meta


def _no_package(file: Path) -> Problem:
    return Problem("不是明账的数据包，请检查路径", str(file))


def _read_csv(folder: Path, name: str, expected: object) -> list[dict[str, str]]:
    file = folder / f"{name}.csv"
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError([Problem("数据包缺少这个文件或不能读取，请重新生成", str(file))]) from error
    if expected not in (None, len(rows)) or any(None in row or None in row.values() for row in rows):
        raise InputError([Problem(f"数据包的这个文件不完整（应有{expected}行），请重新生成", str(file))])
    return rows


def _kind(value: object) -> Kind:
    for kind in get_args(Kind):
        if value == kind:
            return cast(Kind, kind)
    raise ValueError(value)


def _note_kind(value: str) -> NoteKind:
    for kind in get_args(NoteKind):
        if value == kind:
            return cast(NoteKind, kind)
    raise ValueError(value)


def _provenance(row: Mapping[str, str]) -> Provenance | None:
    """Where a row stood; None in a compiled package."""
    if not row["confidence"]:
        return None
    edges = [float(edge) for edge in row["bbox"].split()]
    return Provenance(
        file=row["file"],
        line=int(row["line"]) if row["line"] else None,
        page=int(row["page"]) if row["page"] else None,
        bbox=(edges[0], edges[1], edges[2], edges[3]) if edges else None,
        sheet=row["sheet"],
        row=row["printed_row"],
        column=row["printed_column"],
        raw=row["raw"],
        confidence=float(row["confidence"]),
        repair=row["repair"],
        suggested=row["suggested"],
    )


def _by_project(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    """The rows of projects' fields by the project's number."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(row["seq"], []).append(row)
    return found


def _fact(row: Mapping[str, str]) -> Fact:
    return Fact(
        row["table"],
        row["column"],
        parse_amount(row["value"]),
        int(row["row"]),
        side=row["side"],
        level=row["level"],
        unit=row["unit"],
        row_code=row["row_code"],
        row_name=row["row_name"],
        row_name2=row["row_name2"],
        provenance=_provenance(row),
    )


def _project(row: Mapping[str, str], cells: Iterable[Mapping[str, str]]) -> Project:
    places = {cell["field"]: (cell["value"], _provenance(cell)) for cell in cells}
    footer = {key: places[key][0] for key in FOOTER_KEYS if key in places}
    return Project(
        int(row["seq"]),
        row["name"],
        row["department_code"],
        row["department"],
        row["unit"],
        row["attribute"],
        row["period"],
        funds={key: parse_amount(row[key]) if row[key] else None for key in FUND_KEYS},
        texts={key: row[key] for key in TEXT_KEYS} | footer,
        code=row["code"],
        category=row["category"],
        legible=_legible(row["legible"]),
        provenance=_provenance(row),
        sources={key: place for key, (_, place) in places.items() if place is not None},
    )


def _legible(value: str) -> Legible:
    match value:
        case "yes" | "partly" | "no":
            return value
        case _:
            raise ValueError(value)


def _indicator(row: Mapping[str, str]) -> Indicator:
    horizon: Horizon = "annual" if row["horizon"] == "annual" else "total"
    return Indicator(
        int(row["seq"]), horizon, row["level1"], row["level2"], row["level3"], row["value"], _provenance(row)
    )


def _catalogue(row: Mapping[str, str]) -> CatalogueLine:
    return CatalogueLine(
        row["edition"],
        row["document_number"],
        row["section"],
        row["code"],
        row["name"],
        row["project"],
        parse_amount(row["amount"]) if row["amount"] else None,
        _provenance(row),
    )
