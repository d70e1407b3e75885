"""Import a code list: read a workbook or CSV file, validate it as a whole, and put it in place of the bundled list.

Source: the year's 政府收支分类科目, or a notice that amends it, as a person has it in a spreadsheet.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mingzhang.problems import InputError, Problem
from mingzhang.taxonomy.codes import KIND_TITLES, LEVELS, Code, CodeList, parent_of
from mingzhang.taxonomy.rows import Row, guess_kind, read_rows
from mingzhang.taxonomy.sheets import read_table
from mingzhang.taxonomy.store import MissingCodeList, check_kind, load, save, years


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, against the list that was in force for that year (an empty one if there was none).

    `changed` counts codes with another name or budget, `kept` the rest of those that both lists have.
    """

    kind: str
    year: int
    path: Path
    added: int
    changed: int
    kept: int
    removed: int


def import_codes(
    path: str | os.PathLike[str],
    year: int,
    kind: str | None = None,
    amend: bool = False,
    home: str | os.PathLike[str] | None = None,
) -> ImportReport:
    """Make the file at `path` the list of `kind` for the fiscal year, from now on.

    Takes .xlsx, .xls and the like, or .csv, with a header that names at least 科目编码 and 科目名称. Without `kind` the
    codes tell it. With `amend` the file is laid over the list of that year; otherwise it is the whole list. Names lose
    their blanks and get full-width brackets. A budget that the file does not give comes from the list before it (same
    year, else the nearest earlier one), or from the parent. `home` is as in `load`.

    Raises InputError with every problem of the file, and writes nothing then; raises MissingCodeList when there is no
    list to amend.
    """
    path = Path(path)
    if kind is not None:
        check_kind(kind)
    if not 2000 <= year <= 2100:
        raise InputError([Problem(f"预算年度“{year}”不对，请写四位年度，例如2027。", file=path.name)])
    table = read_table(path)
    kind = kind or guess_kind(table)
    before = _in_force(kind, year, home)
    if amend and before is None:
        raise _nothing_to_amend(kind, year, path.name, years(kind, home))
    base = {code.code: code for code in before or ()} if amend else {}
    rows = read_rows(table, kind, base.keys())
    earlier = before if before is not None else _earlier(kind, year, home)
    merged = _merge(rows, base, earlier, f"import:{path.name}", year)
    if kind == "functional":
        merged = _with_mixed(merged, {row.code for row in rows if row.budget})
    return _report(kind, year, save(kind, year, merged.values(), home), before, merged)


def _in_force(kind: str, year: int, home: str | os.PathLike[str] | None) -> CodeList | None:
    try:
        return load(kind, year, home)
    except MissingCodeList:
        return None


def _earlier(kind: str, year: int, home: str | os.PathLike[str] | None) -> CodeList | None:
    held = [other for other in years(kind, home) if other < year]
    return load(kind, held[-1], home) if held else None


def _nothing_to_amend(kind: str, year: int, file: str, held: tuple[int, ...]) -> MissingCodeList:
    known = "、".join(map(str, held))
    message = (
        f"没有{year}年度的{KIND_TITLES[kind]}科目表可供增补（现有{known}年度），请先导入该年度的完整科目表，再增补。"
    )
    return MissingCodeList([Problem(message, file=file)])


def _merge(
    rows: Iterable[Row], base: Mapping[str, Code], earlier: CodeList | None, source: str, year: int
) -> dict[str, Code]:
    """The codes of `base` with those of the file over them; parents come first, so that children can ask them."""
    merged = dict(base)
    for row in sorted(rows, key=lambda row: row.code):
        old = earlier.get(row.code) if earlier is not None else None
        renamed = old is not None and earlier is not None and earlier.year < year
        merged[row.code] = Code(
            code=row.code,
            name=row.name,
            level=LEVELS[len(row.code)],
            parent=parent_of(row.code),
            budget=row.budget or _budget(old, merged.get(parent_of(row.code))),
            source=source,
            former_names=_former_names(row, old, renamed),
        )
    return merged


def _budget(old: Code | None, parent: Code | None) -> str:
    if old is not None and old.budget:
        return old.budget
    return parent.budget if parent is not None and parent.budget != "mixed" else ""


def _former_names(row: Row, old: Code | None, renamed: bool) -> tuple[str, ...]:
    """The names in the file, those known before, and the name that an earlier year's list surely had."""
    names = list(row.former_names)
    if old is not None:
        names += old.former_names
        if renamed and old.firm_name:
            names.append(old.name)
    return tuple(name for name in dict.fromkeys(names) if name != row.name)


def _with_mixed(codes: Mapping[str, Code], given: set[str]) -> dict[str, Code]:
    """The codes with `mixed` for a parent whose children have another budget, unless the file gave the parent's."""
    result = dict(codes)
    for code in sorted(codes, key=len, reverse=True):
        budget, parent = result[code].budget, parent_of(code)
        if parent in result and parent not in given and budget and result[parent].budget not in ("", budget):
            result[parent] = replace(result[parent], budget="mixed")
    return result


def _report(kind: str, year: int, path: Path, before: CodeList | None, after: Mapping[str, Code]) -> ImportReport:
    old = {code.code: (code.name, code.budget) for code in before or ()}
    new = {code.code: (code.name, code.budget) for code in after.values()}
    common = old.keys() & new.keys()
    changed = sum(old[code] != new[code] for code in common)
    added, removed = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    return ImportReport(kind, year, path, added, changed, len(common) - changed, removed)
