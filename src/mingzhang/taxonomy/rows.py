"""The rows of an imported code list, checked one by one and against one another; every problem is reported at once."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mingzhang.problems import InputError, Problem
from mingzhang.taxonomy.codes import FIRST_DIGITS, KIND_TITLES, LEVELS, levels_of, parent_of
from mingzhang.taxonomy.sheets import Table

_BUDGETS: Final[Mapping[str, str]] = {
    "一般公共预算": "gpb",
    "政府性基金预算": "gov_fund",
    "政府性基金": "gov_fund",
    "国有资本经营预算": "soe_capital",
    "国有资本经营": "soe_capital",
    "社会保险基金预算": "social_insurance",
    "社会保险基金": "social_insurance",
    "多本预算": "mixed",
    **{name: name for name in ("gpb", "gov_fund", "soe_capital", "social_insurance", "mixed")},
}

_LEVEL_WORDS: Final[Mapping[str, str]] = {
    **{level: level for level in LEVELS.values()},
    **{word: level for words in ("1234", "一二三四") for word, level in zip(words, LEVELS.values(), strict=True)},
}

_BRACKETS: Final = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the file has it: `number` is 1-based, `budget` is "" where the file does not give it."""

    number: int
    code: str
    name: str
    level: str
    budget: str
    former_names: tuple[str, ...]


def guess_kind(table: Table) -> str:
    """The kind to which most codes of the table belong, by their first digit.

    Raises InputError when no code belongs to any.
    """
    kinds = {digit: kind for kind, digit in FIRST_DIGITS.items()}
    codes = (row.code for row in _rows(table))
    votes = Counter(kinds[code[0]] for code in codes if _is_number(code) and code[0] in kinds)
    if votes:
        return votes.most_common(1)[0][0]
    digits = "、".join(f"{digit}开头为{KIND_TITLES[kind]}" for kind, digit in FIRST_DIGITS.items())
    message = f"看不出是哪一种科目表（编码{digits}），请检查编码，表头下面至少要有一行科目。"
    raise InputError([Problem(message, table.file, table.sheet, table.header_row, table.title("code"))])


def read_rows(table: Table, kind: str, known: Collection[str]) -> list[Row]:
    """The rows of the table; `known` are the codes of the list that it amends, which may be parents too.

    Raises InputError with every problem: no row at all, a code that is missing, not digits, of another kind, of a wrong
    length or there twice, no name, a level or budget that does not fit, a code whose parent is missing.
    """
    rows = list(_rows(table))
    if not rows:
        message = "表头下面没有科目，请填入科目后再导入。"
        raise InputError([Problem(message, table.file, table.sheet, table.header_row)])
    problems = [problem for row in rows for problem in _row_problems(table, kind, row)]
    problems += _duplicates(table, rows)
    problems += _orphans(table, kind, rows, known)
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    return [_with_budget_code(row) for row in rows]


def _rows(table: Table) -> Iterator[Row]:
    for number in range(table.header_row + 1, len(table.rows) + 1):
        code = _tidy(table.cell(number, "code")).lstrip("'")
        name = _name(table.cell(number, "name"))
        if code or name:
            level, budget = (_tidy(table.cell(number, role)) for role in ("level", "budget"))
            former = re.split("[;；、]", table.cell(number, "former_names"))
            yield Row(number, code, name, level, budget, tuple(filter(None, map(_name, former))))


def _tidy(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _name(text: str) -> str:
    return "".join(text.split()).translate(_BRACKETS)


def _with_budget_code(row: Row) -> Row:
    return Row(row.number, row.code, row.name, row.level, _BUDGETS.get(row.budget, ""), row.former_names)


def _is_number(code: str) -> bool:
    return code.isascii() and code.isdigit()


def _is_sound(kind: str, code: str) -> bool:
    return _is_number(code) and code.startswith(FIRST_DIGITS[kind]) and len(code) in levels_of(kind)


def _row_problems(table: Table, kind: str, row: Row) -> Iterator[Problem]:
    if message := _code_problem(kind, row):
        yield _problem(table, row, "code", message)
    if not row.name:
        yield _problem(table, row, "name", f"编码{row.code}没有科目名称，请补上名称。")
    level = LEVELS.get(len(row.code), "")
    if row.level and _is_sound(kind, row.code) and _LEVEL_WORDS.get(row.level) != level:
        message = f"级次写的是“{row.level}”，而编码{row.code}有{len(row.code)}位，应是“{level}”，请改级次或编码。"
        yield _problem(table, row, "level", message)
    if row.budget and row.budget not in _BUDGETS:
        names = "、".join(name for name in _BUDGETS if name.endswith("预算"))
        yield _problem(table, row, "budget", f"不认识预算“{row.budget}”，请改为{names}之一，或留空。")


def _code_problem(kind: str, row: Row) -> str:
    if not row.code:
        return f"“{row.name}”没有科目编码，请补上编码；若是标题或注释，请删去这一行。"
    if not _is_number(row.code):
        return f"编码“{row.code}”不全是数字，请改正；若是标题或注释，请删去这一行。"
    title, digit = KIND_TITLES[kind], FIRST_DIGITS[kind]
    if not row.code.startswith(digit):
        return f"编码{row.code}不属于{title}（应以{digit}开头），请改正，或移到另一张表单独导入。"
    lengths = levels_of(kind)
    if len(row.code) not in lengths:
        wanted = "、".join(f"{length}位（{level}）" for length, level in lengths.items())
        return f"编码{row.code}有{len(row.code)}位，{title}只有{wanted}，请改正。"
    return ""


def _duplicates(table: Table, rows: Iterable[Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in rows:
        if row.code in first:
            message = f"编码{row.code}与第{first[row.code]}行重复，请只留一行。"
            yield _problem(table, row, "code", message)
        elif row.code:
            first[row.code] = row.number


def _orphans(table: Table, kind: str, rows: Iterable[Row], known: Collection[str]) -> Iterator[Problem]:
    """One problem a missing parent, at the first row that wants it."""
    sound = [row for row in rows if _is_sound(kind, row.code)]
    present = {row.code for row in sound} | set(known)
    missing: dict[str, list[Row]] = {}
    for row in sound:
        if (parent := parent_of(row.code)) and parent not in present:
            missing.setdefault(parent, []).append(row)
    for parent, below in missing.items():
        count = f"等{len(below)}个科目" if len(below) > 1 else ""
        message = f"编码{below[0].code}{count}的上级{LEVELS[len(parent)]}{parent}不在表中，请补上{parent}这一行。"
        yield _problem(table, below[0], "code", message)


def _problem(table: Table, row: Row, role: str, message: str) -> Problem:
    return Problem(message, table.file, table.sheet, row.number, table.title(role))
