"""Codes and names of the official classification of the fiscal year, in tables and in the names of projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mingzhang.amounts import ZERO
from mingzhang.check.findings import Place
from mingzhang.check.likeness import folded
from mingzhang.check.subject import Hit, Row, Subject, registered
from mingzhang.taxonomy import KIND_TITLES, Code, CodeList, MissingCodeList

_DEEPEST = 7
_KIND = "functional"
Tables = Mapping[str, str]
"""Tables, or a table and its side (behind a point), with the kind of list that their codes are of."""


def _list(subject: Subject, kind: str) -> CodeList | None:
    """The list of the year; None if there is none, which is a rule of its own."""
    try:
        return subject.codes(kind) if subject.year else None
    except MissingCodeList:
        return None


def _coded(subject: Subject, tables: Tables) -> Iterator[tuple[Row, str]]:
    """The rows with a code, each with the kind of its list."""
    for row in subject.rows:
        fact = row.head
        kind = tables.get(fact.table) or tables.get(f"{fact.table}.{fact.side}")
        if kind and fact.row_code:
            yield row, kind


def _known(subject: Subject, tables: Tables) -> Iterator[tuple[Row, CodeList, Code | None]]:
    """The rows with a code, each with its list and what the list has of it."""
    lists = {kind: _list(subject, kind) for kind in set(tables.values())}
    for row, kind in _coded(subject, tables):
        codes = lists[kind]
        if codes is not None:
            yield row, codes, codes.resolve(row.head.row_code)


@registered
def no_code_list(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """That there is no list of codes for the document's year, so that its codes are not checked."""
    for kind in dict.fromkeys(kind for _, kind in _coded(subject, tables)):
        if subject.year and _list(subject, kind) is None:
            told = f"没有{subject.year}年度的{KIND_TITLES[kind]}科目表，科目编码和名称没有核对"
            yield Hit(f"{told}，请取得后用“mingzhang taxonomy import”导入")


@registered
def unknown_codes(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """Codes that the year's list does not have; a local 项 below a known 款 is none."""
    found: dict[str, tuple[str, list[Row]]] = {}
    for row, codes, code in _known(subject, tables):
        if code is None:
            near = next(iter(codes.suggest(row.head.row_code, 1)), None)
            like = f"，相近的是{near.code} {near.name}" if near else ""
            found.setdefault(
                row.head.row_code, (f"{codes.year}年度{KIND_TITLES[codes.kind]}科目中没有{_said(row)}{like}", [])
            )[1].append(row)
    for told, rows in found.values():
        yield Hit(
            told, tuple(subject.fact(row.head, row.head.row_code) for row in rows), suspected_misreading=len(rows) == 1
        )


def _said(row: Row) -> str:
    return f"{row.head.row_code} {row.head.row_name}".strip()


@registered
def wrong_names(subject: Subject, *, tables: Tables, firm: bool) -> Iterator[Hit]:
    """Codes with another name than in the year's list: those whose name is certain (`firm`), or those that are not."""
    found: dict[tuple[str, str], tuple[str, bool, list[Row]]] = {}
    for row, codes, code in _known(subject, tables):
        printed = row.head.row_name
        if code is None or not code.name or not printed or code.firm_name != firm or _same(printed, code.name):
            continue
        cause = f"，{printed}是以前的名称" if any(_same(printed, name) for name in code.former_names) else ""
        told = f"{_said(row)}，{codes.year}年度科目是“{code.name}”{cause}"
        found.setdefault((code.code, printed), (told, _one_apart(printed, code.name), []))[2].append(row)
    for told, misread, rows in found.values():
        yield Hit(told, tuple(subject.fact(row.head, row.head.row_code) for row in rows), suspected_misreading=misread)


def _same(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    """A name's characters without marks, which print in many ways."""
    return "".join(filter(str.isalnum, folded(name)))


def _one_apart(one: str, other: str) -> bool:
    a, b = _letters(one), _letters(other)
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


@registered
def codes_named_differently(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """Codes that the list has no name for (local ones) and that tables call differently."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row, _, code in _known(subject, tables):
        if code is not None and not code.name and row.head.row_name:
            found[code.code].setdefault(_letters(row.head.row_name), row)
    for local, rows in found.items():
        if len(rows) > 1:
            told = "、".join(f"“{row.head.row_name}”" for row in rows.values())
            yield Hit(
                f"{local}在各表中的名称不同：{told}", tuple(subject.fact(row.head, local) for row in rows.values())
            )


@registered
def class_names(subject: Subject, *, sides: Sequence[str], kind: str) -> Iterator[Hit]:
    """Function classes in rows without a code (八、社会保障和就业支出) that have a name of earlier years.

    `sides` are the tables' sides that have them (`T1.expense`). A row that no reader knew is a text of its table.
    """
    codes = _list(subject, kind)
    classes = [code for code in codes if len(code.code) == 3] if codes else []
    former = {_letters(name): code for code in classes for name in code.former_names}
    for printed, place in _class_rows(subject, sides) if former else ():
        _, mark, name = printed.partition("、")
        code = former.get(_letters(name)) if mark else None
        if code:
            told = f"{subject.labels.form(place.form)}的“{printed}”，{subject.year}年度科目是“{code.name}”"
            yield Hit(told, (place,))


def _class_rows(subject: Subject, sides: Sequence[str]) -> Iterator[tuple[str, Place]]:
    """Names of rows as they are printed, and where."""
    for row in subject.rows:
        fact = row.head
        if f"{fact.table}.{fact.side}" in sides:
            printed = fact.provenance.row if fact.provenance and fact.provenance.row else fact.row_name
            yield printed, subject.fact(fact, printed)
    for table in dict.fromkeys(side.partition(".")[0] for side in sides):
        for text in subject.texts.get(table, ()):
            for cell in text.text.split("\t") if text.style == "table" else ():
                yield cell.strip(), subject.text(text, cell.strip())


@registered
def economic_names(subject: Subject, *, table: str, kind: str, column: str, totals: Sequence[str]) -> Iterator[Hit]:
    """Economic items whose names the year's list does not have: those in `row_name` or `row_name2` (`column`)."""
    codes = _list(subject, kind)
    names = {_letters(name) for code in codes for name in (code.name,)} if codes else set()
    for row in subject.rows if codes else ():
        name = str(getattr(row.head, column))
        if row.head.table != table or not name or name in totals or _letters(name) in names:
            continue
        near = next(iter(codes.suggest(name, 1)), None) if codes else None
        like = f"，应是“{near.name}”" if near else ""
        told = f"“{name}”不是{subject.year}年度{KIND_TITLES[kind]}科目的名称{like}"
        yield Hit(
            told, (subject.fact(row.head, name),), suspected_misreading=bool(near and _one_apart(name, near.name))
        )


@registered
def missing_parents(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """Rows whose 类 or 款 has no row of its own above them."""
    for table, rows in _by_table(subject, tables).items():
        for code, row in rows.items():
            if len(code) > 3 and code[:-2] not in rows:
                told = f"{subject.labels.form(table[0])}有{_said(row)}，没有上级{code[:-2]}的行"
                yield Hit(told, (subject.fact(row.head, code),), suspected_misreading=True)


@registered
def out_of_order(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """Rows that do not stand in the order of their codes."""
    for table, rows in _by_table(subject, tables).items():
        before = ""
        for code, row in rows.items():
            if code < before:
                told = f"{subject.labels.form(table[0])}的{_said(row)}排在{before}之后"
                yield Hit(told, (subject.fact(row.head, code),))
            before = code


@registered
def no_items(subject: Subject, *, tables: Tables) -> Iterator[Hit]:
    """类 or 款 with money that are not broken down to 项."""
    for table, rows in _by_table(subject, tables).items():
        parents = {code[:-2] for code in rows}
        for code, row in rows.items():
            spent = next((fact.value for fact in row.cells.values() if fact.value), ZERO)
            if len(code) < _DEEPEST and spent and code not in parents:
                level = "类" if len(code) == 3 else "款"
                told = f"{subject.labels.form(table[0])}的{_said(row)} {spent:f}只列到{level}，没有列到项"
                yield Hit(told, (subject.fact(row.head),))


def _by_table(subject: Subject, tables: Tables) -> dict[tuple[str, str], dict[str, Row]]:
    """The rows with a code by table and side, in the order in which they are printed."""
    found: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row, _ in _coded(subject, tables):
        found[row.head.table, row.head.side].setdefault(row.head.row_code, row)
    return found


@registered
def only_classes(subject: Subject, *, table: str, kind: str, totals: Sequence[str]) -> Iterator[Hit]:
    """A table of economic items that names 类 only, where the law asks for 款."""
    codes = _list(subject, kind)
    classes = {_letters(code.name) for code in codes if len(code.code) == 3} if codes else set()
    rows = [row for row in subject.rows if row.head.table == table and row.head.row_name not in totals]
    if classes and rows and all(_letters(row.head.row_name) in classes for row in rows):
        told = f"{subject.labels.form(table)}只列了{'、'.join(row.head.row_name for row in rows[:3])}等类，没有列到款"
        yield Hit(told, tuple(subject.fact(row.head) for row in rows[:3]))


@registered
def foreign_budgets(subject: Subject, *, budgets: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Hit]:
    """Items in a table of one budget (`budgets`, by table or side) that belong to another; `names` tell budgets."""
    for row, _, code in _known(subject, dict.fromkeys(budgets, _KIND)):
        fact = row.head
        wanted = budgets.get(fact.table) or budgets.get(f"{fact.table}.{fact.side}", "")
        sure = code is not None and len(code.code) == _DEEPEST and code.certain
        if code is not None and sure and code.budget in names and code.budget != wanted:
            told = f"{subject.labels.form(fact.table)}列有{_said(row)}，是{names[code.budget]}的科目"
            yield Hit(told, (subject.fact(fact),))


@registered
def basic_as_project(
    subject: Subject, *, tables: Sequence[str], words: Sequence[str], counted: str, sure: bool
) -> Iterator[Hit]:
    """Projects called like basic expenditure (one of the `words`, maybe behind a year).

    The `sure` ones are those whose amount the figure `counted` counts as basic expenditure.
    """
    basic = subject.amount(counted)
    for row in subject.rows:
        fact = row.head
        name = fact.row_name.lstrip("0123456789").removeprefix("年度").removeprefix("年")
        if fact.table not in tables or fact.level != "project" or name not in words:
            continue
        same = basic is not None and fact.value == basic
        if same == sure:
            told = (
                f"{subject.labels.form(fact.table)}把“{fact.row_name}”{fact.value:f}列为项目支出，公用经费属于基本支出"
            )
            told += f"，{subject.labels.form(counted.partition('.')[0])}也把{basic:f}计为基本支出" if same else ""
            yield Hit(told, (subject.fact(fact), *([subject.figure(counted)] if same else [])))
