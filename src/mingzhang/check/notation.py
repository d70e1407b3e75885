"""Rule lines: identities between figures, as officials write 勾稽关系, parsed into signed terms.

    表3[科目].合计 = 表3[科目].基本支出 + 表3[科目].项目支出        every coded row of table 3
    表1.支出[本年支出合计].* = Σ 表1.支出[类].*                  every column, the sum of all class rows
    表2[类].* = Σ 表2[款].*                                    the sum of the rows below each class
    说明2.一般公共预算占比 = 说明2.一般公共预算 ÷ 说明2.总计 × 100    a percentage
    表10[公务接待费].一般公共预算 ≥ Σ 表6[公务接待费].合计            at least
    上年.表5[合计].合计 = 说明5.总计 − 说明5.变动                   against last year's own disclosure

docs/rules.md tells the notation to those who write rules. A line that refers to what the family does not have is
refused when the book is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from mingzhang.families import Family
from mingzhang.families.model import Side, Table

Relation = Literal["=", "≤", "≥", "÷"]
Match = Literal["name", "level", "any"]
Key = Literal["none", "key", "parent", "row"]

LEFT, RIGHT, DIVISOR = 0, 1, 2
PRIOR = "^"
FORM, OVERALL = "form", "overall"
# Levels of rows as lines name them; a level's rows are summed under the row of the level before it.
CLASS, SUBCLASS, ITEM, DETAIL = "类", "款", "项", "目"
DEPARTMENT, UNIT, PROJECT = "部门", "单位", "项目"
BODY = "各行"
EVERY_ROW, EVERY_CODE, EVERY_FORM = "每行", "科目", "每份"
LEVELS = (CLASS, SUBCLASS, ITEM, DETAIL, DEPARTMENT, UNIT, PROJECT, BODY)
_CODED = (CLASS, SUBCLASS, ITEM, DETAIL)

_RELATION = re.compile(r"\s*(=|≤|≥)\s*")
_QUOTIENT = re.compile(r"(?P<part>.+?)\s*÷\s*(?P<whole>.+?)\s*×\s*100$")
_TERM = re.compile(r"\s*(?P<sign>[+−-]?)\s*(?P<sum>Σ?)\s*(?P<ref>[^\s+−Σ\[\]-]+(?:\[[^\]]*\][^\s+−Σ-]*)?)")
_REFERENCE = re.compile(r"(?P<prior>上年\.)?(?P<where>表\d+|说明\d+|目标表|整体表)(?P<rest>.*)")
_TABLE_REST = re.compile(r"(?:\.(?P<side>[^\[\].]+))?\[(?P<row>[^\]]+)\](?:\.(?P<column>.+))?")
_OTHER_REST = re.compile(r"\.(?P<name>[^\[\]]+)(?:\[(?P<row>[^\]]+)\])?")


class NotationError(ValueError):
    """A rule line that does not say what it should; the message tells which part."""


class Term(Struct, frozen=True):
    """A signed reference of a line.

    `form` is the cells' form (`T1.income`, `n5`, `form`, `overall`, with `^` before it for last year), `column` their
    column. `match` says which rows count: those of a `name`, those of a `level`, or `any`. `key` says what makes an
    instance of the line: nothing, the row's own key, its parent's, or the printed row itself. `required` terms must be
    printed for the line to apply; others are zero where nothing is printed. `text` is the reference as written.
    """

    role: int
    sign: int
    form: str
    column: str
    match: Match
    value: str
    key: Key
    required: bool
    sum: bool
    text: str


class Line(Struct, frozen=True):
    """A rule line for one column: `left relation right`, or a percentage of `right ÷ divisor`."""

    relation: Relation
    terms: tuple[Term, ...]
    text: str
    column: str = ""

    @property
    def keyed(self) -> bool:
        """Whether the line has an instance for each row."""
        return any(term.key != "none" for term in self.terms)


class _Reference(Struct, frozen=True):
    """A reference before the line as a whole is known: `columns` are those it can stand for."""

    role: int
    sign: int
    sum: bool
    form: str
    columns: tuple[str, ...]
    every: bool
    match: Match
    values: tuple[str, ...]
    row: str
    figure: bool
    text: str

    @property
    def bound(self) -> bool:
        """Whether each row of its own makes an instance."""
        return self.match != "name" and not self.sum and self.row not in ("", DEPARTMENT)


def _unwrapped(text: str) -> str:
    return text[1:-1] if text.startswith(("(", "（")) and text.endswith((")", "）")) else text


def _columns(references: list[_Reference], kind: Relation, text: str) -> Iterator[tuple[str, list[Term]]]:
    wild = [reference for reference in references if reference.every]
    columns = wild[0].columns if wild else ("",)
    found = False
    for column in columns:
        if all(column in reference.columns for reference in wild):
            found = True
            yield column, [term for reference in references for term in _terms(reference, references, kind, column)]
    if not found:
        raise NotationError(f"“{text}”两边没有共同的栏次")


def _terms(reference: _Reference, references: list[_Reference], kind: Relation, column: str) -> Iterator[Term]:
    only_figures = all(other.figure for other in references)
    listed = reference.figure and reference.match == "level"
    if reference.form.removeprefix(PRIOR) in (FORM, OVERALL):
        required = reference.role == LEFT
    else:
        required = reference.figure and (kind == "÷" or only_figures or not listed)
    for value in reference.values:
        yield Term(
            reference.role,
            reference.sign,
            reference.form,
            column if reference.every else reference.columns[0],
            reference.match,
            value,
            _key(reference, references),
            required and not reference.sum,
            reference.sum,
            reference.text,
        )


def _key(reference: _Reference, references: list[_Reference]) -> Key:
    if reference.match == "name" or reference.row == DEPARTMENT:
        return "none"
    if reference.bound:
        return "row" if reference.row in (EVERY_ROW, EVERY_FORM, BODY) else "key"
    binding = [other for other in references if other.bound]
    if not reference.sum or not binding:
        return "none"
    return "parent"


class Notation:
    """How the lines of a family's rules are read: what the names in them mean."""

    def __init__(self, family: Family, names: Mapping[str, str]) -> None:
        """`names` are the figures' names as lines write them, by key."""
        self._family = family
        self._figures = {(key.partition(".")[0], name): key for key, name in names.items()}

    def lines(self, text: str) -> list[Line]:
        """Parse a rule line into a line for each column that it stands for.

        Raises NotationError if a reference leads nowhere.
        """
        parts = _RELATION.split(text, maxsplit=1)
        if len(parts) != 3:
            raise NotationError(f"“{text}”里没有 =、≤ 或 ≥")
        left, relation, right = parts
        references = list(self._references(left, LEFT))
        quotient = _QUOTIENT.match(right)
        kind: Relation
        if quotient:
            kind = "÷"
            references += self._references(quotient["part"], RIGHT)
            references += self._references(_unwrapped(quotient["whole"]), DIVISOR)
        else:
            kind = "≤" if relation == "≤" else "≥" if relation == "≥" else "="
            references += self._references(right, RIGHT)
        return [Line(kind, tuple(terms), text, column) for column, terms in _columns(references, kind, text)]

    def _references(self, text: str, role: int) -> Iterator[_Reference]:
        if text.strip() == "0":
            return
        position = 0
        while position < len(text.rstrip()):
            match = _TERM.match(text, position)
            if match is None:
                raise NotationError(f"“{text}”里有看不懂的部分：“{text[position:]}”")
            position = match.end()
            sign = -1 if match["sign"] in ("−", "-") and match["sign"] else 1
            yield self._reference(match["ref"], role, sign, bool(match["sum"]))

    def _reference(self, text: str, role: int, sign: int, total: bool) -> _Reference:
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise NotationError(f"“{text}”不是一个指标")
        prior = PRIOR if match["prior"] else ""
        if match["where"].startswith("表"):
            return self._table(match["where"][1:], match["rest"], text, prior, role, sign, total)
        rest = _OTHER_REST.fullmatch(match["rest"])
        if rest is None:
            raise NotationError(f"“{text}”没有写指标名称")
        form = {"目标表": FORM, "整体表": OVERALL}.get(match["where"], f"n{match['where'][2:]}")
        key = self._figures.get((form, rest["name"]))
        if key is None:
            raise NotationError(f"“{text}”：没有“{rest['name']}”这个指标")
        row = rest["row"] or (EVERY_FORM if form == FORM else "")
        level = row in LEVELS
        return _Reference(
            role=role,
            sign=sign,
            sum=total,
            form=prior + form,
            columns=(key.removeprefix(f"{form}.") if form in (FORM, OVERALL) else key,),
            every=False,
            match="level" if level else "any",
            values=(row if level else "",),
            row=row,
            figure=form not in (FORM, OVERALL),
            text=text,
        )

    def _table(self, number: str, rest: str, text: str, prior: str, role: int, sign: int, total: bool) -> _Reference:
        parts = _TABLE_REST.fullmatch(rest)
        if parts is None:
            raise NotationError(f"“{text}”没有写行次，应如 表3[合计].基本支出")
        try:
            table = self._family.table(f"T{number}")
        except KeyError as error:
            raise NotationError(f"“{text}”：没有表{number}") from error
        side = _side(table, parts["side"] or "", text)
        row, column = parts["row"], parts["column"] or ""
        levels = _CODED if row == EVERY_CODE else (row,) if row in LEVELS else ()
        return _Reference(
            role=role,
            sign=sign,
            sum=total,
            form=f"{prior}{table.id}.{side.key}" if side.key else prior + table.id,
            columns=tuple(one.key for one in side.columns) if column == "*" else (_column(side, column, text),),
            every=column == "*",
            match="level" if levels else "any" if row == EVERY_ROW else "name",
            values=levels or ("" if row == EVERY_ROW else row,),
            row=row,
            figure=False,
            text=text,
        )


def _side(table: Table, word: str, text: str) -> Side:
    for side in table.side:
        if (not word and len(table.side) == 1) or (word and side.header.endswith(word)):
            return side
    raise NotationError(f"“{text}”：表{table.id[1:]}没有“{word}”这一侧")


def column_name(side: Side, key: str) -> str:
    """A column as lines and people name it: the last part of its header, whole where that is not enough."""
    names = {column.key: _plain(column.header[-1]) for column in side.columns}
    if list(names.values()).count(names[key]) == 1:
        return names[key]
    return "/".join(filter(None, map(_plain, next(one.header for one in side.columns if one.key == key))))


def _plain(header: str) -> str:
    return header.replace("{year}年", "")


def _column(side: Side, word: str, text: str) -> str:
    if not word and len(side.columns) == 1:
        return side.columns[0].key
    for column in side.columns:
        if word == column_name(side, column.key):
            return column.key
    raise NotationError(f"“{text}”：没有“{word}”这一栏")
