"""Performance forms against the project tables and what the explanation says of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from mingzhang.amounts import WAN, ZERO, print_amount, print_yuan, round_half_up, to_wan
from mingzhang.check.findings import Place
from mingzhang.check.functions.matching import Entry, alike, form_amounts, matching, plain, total
from mingzhang.check.subject import Hit, Row, Subject, registered
from mingzhang.disclosure import Project

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_HALF = Decimal("0.005")
_LOOSE = Decimal("0.02")
_MOST_NAMED = 6
_SAME_UNIT = 0.9


@registered
def rows_without_form(subject: Subject, tables: Sequence[str], table: str, claim: str) -> Iterator[Hit]:
    """Rows of `table` that have no form although the explanation claims (`claim`, a percentage) that all are disclosed."""
    found = matching(subject, tables)
    claimed = subject.amount(claim)
    missing = [row for entry in found.entries for row in entry.rows if row.head.table == table]
    if not missing or not subject.disclosure.projects or claimed is None or claimed < 100:
        return
    amount = sum(map(total, missing), ZERO)
    named = "、".join(f"“{row.head.row_name}”{total(row):f}万元" for row in missing[:_MOST_NAMED])
    more = f"等{len(missing)}个项目，共{amount:f}万元" if len(missing) > 1 else ""
    told = f"{subject.labels.form(table)}的{named}{more}没有绩效目标表，而说明称已公开项目支出总额的{claimed:f}%"
    places = [subject.fact(row.cells.get("total", row.head)) for row in missing]
    lost = len(missing) == 1 and _illegible(subject)
    yield Hit(told, (*places, subject.figure(claim)), amount, suspected_misreading=lost)


@registered
def forms_without_row(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms of projects that the project tables do not have."""
    found = matching(subject, tables)
    if not found.all_entries or not set(tables) <= _printed(subject):
        return
    for form in found.forms:
        if form.legible == "yes" and form.name:
            amount = form.funds.get("annual")
            told = f"第{form.seq}份目标表“{form.name}”（年度资金{_yuan(amount)}元）在项目支出预算表里没有对应的项目"
            yield Hit(told, (subject.form(form, "name", form.name), subject.form(form, "annual")))


@registered
def names_apart(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms whose project is called otherwise in the project tables."""
    own = {plain(name) for name in (subject.disclosure.name, *_units(subject)) if name}
    for match in matching(subject, tables).matches:
        form, entry = match.form, match.entry
        if match.how in ("name", "rest") or not form.name or plain(form.name) in own:
            continue
        within = plain(form.name) in plain(entry.name) or plain(entry.name) in plain(form.name)
        told = f"第{form.seq}份目标表的项目名称“{form.name}”，{_table(subject, entry)}为“{entry.name}”（{entry.amount:f}万元）"
        places = (subject.form(form, "name", form.name), _place(subject, entry, entry.name))
        yield Hit(told, places, milder=within, suspected_misreading=_may_be_misread(form, entry))


@registered
def amounts_apart(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms whose funds of the year are not the amount of their row, 元 against 万元."""
    for match in matching(subject, tables).matches:
        annual = match.form.funds.get("annual")
        if annual is None or match.entry.takes(annual / WAN):
            continue
        form, entry = match.form, match.entry
        gap = annual / WAN - entry.amount
        other = any(entry.takes(amount) for amount in form_amounts(form))
        told = (
            f"第{form.seq}份目标表“{form.name}”年度资金总额{print_yuan(annual)}元，"
            f"{_table(subject, entry)}为{entry.amount:f}万元，相差{abs(round_half_up(gap)):f}万元"
        )
        unclear = form.legible != "yes" or other
        yield Hit(
            told,
            (subject.form(form, "annual"), _place(subject, entry)),
            round_half_up(gap),
            suspected_misreading=unclear,
        )


@registered
def sources_apart(subject: Subject, tables: Sequence[str], own: Sequence[str], columns: Sequence[str]) -> Iterator[Hit]:
    """Forms that say they are paid from the unit's `own` money while their row has none in these `columns`."""
    for match in matching(subject, tables).matches:
        form, entry = match.form, match.entry
        keys = [key for key in own if form.funds.get(key)]
        paid = sum((form.funds[key] or ZERO for key in keys), ZERO)
        has = sum((row.value(column) for row in entry.rows for column in columns), ZERO)
        if paid / WAN <= has + _HALF:
            continue
        label = "、".join(subject.labels.column("form", "", key) for key in keys)
        told = (
            f"第{form.seq}份目标表“{form.name or entry.name}”{label}{print_yuan(paid)}元，"
            f"{_table(subject, entry)}“{entry.name}”{entry.amount:f}万元中这类资金只有{has:f}万元"
        )
        paying = [fact for row in entry.rows for fact in row.cells.values()]
        places = (*(subject.form(form, key) for key in keys), *map(subject.fact, paying))
        yield Hit(told, places, round_half_up(paid / WAN - has))


@registered
def units_apart(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms of another unit than the one under which their row stands."""
    for match in matching(subject, tables).matches:
        form, entry = match.form, match.entry
        one, other = plain(form.unit), plain(entry.unit)
        if not one or not other or one in other or other in one or alike(one, other, _SAME_UNIT):
            continue
        told = f"第{form.seq}份目标表“{form.name}”的实施单位“{form.unit}”，{_table(subject, entry)}列在“{entry.unit}”下"
        places = (subject.form(form, "unit", form.unit), _place(subject, entry, entry.unit))
        yield Hit(told, places, suspected_misreading=form.legible != "yes")


@registered
def repeated_forms(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms of the same name, unit and amount that are more than the project tables have rows for."""
    alike_forms: dict[tuple[str, str, Decimal], list[Project]] = defaultdict(list)
    for form in subject.disclosure.projects:
        annual = form.funds.get("annual")
        if form.name and annual is not None:
            alike_forms[plain(form.name), plain(form.unit), annual].append(form)
    found = matching(subject, tables)
    for (_, _, annual), forms in alike_forms.items():
        if len(forms) > 1 and any(form in found.forms for form in forms):
            seqs = "、".join(f"第{form.seq}份" for form in forms)
            told = f"{seqs}目标表重复：都是“{forms[0].name}”，年度资金{print_yuan(annual)}元"
            yield Hit(told, tuple(subject.form(form, "annual") for form in forms))


@registered
def project_count(subject: Subject, tables: Sequence[str], key: str, amount: str = "") -> Iterator[Hit]:
    """The number of projects that the explanation tells (`key`) against the rows of the project tables."""
    told = subject.amount(key)
    rows = [row for row in subject.rows if row.head.table in tables and row.head.level == "project"]
    if told is None or not rows or not set(tables) <= _printed(subject):
        return
    least = len({(row.head.unit, plain(row.head.row_name)) for row in rows})
    if least <= told <= len(rows):
        return
    counts = {table: [row for row in rows if row.head.table == table] for table in tables}
    heads = {row.head.table: row for row in _heads(subject, tables)}
    printed = "，".join(
        f"{subject.labels.form(table)}{len(own)}个、{_sum(heads.get(table), own):f}万元"
        for table, own in counts.items()
        if own
    )
    said = f"说明称项目{told:f}个"
    if amount in subject.figures:
        said += f"、{subject.figures[amount].value}万元"
    places = [subject.figure(key), *([subject.figure(amount)] if amount in subject.figures else [])]
    yield Hit(
        f"{said}，而{printed}，共{len(rows)}个",
        (*places, *(subject.fact(row.cells["total"]) for row in heads.values())),
        told - len(rows),
    )


@registered
def forms_disclosed(
    subject: Subject, tables: Sequence[str], count: str, amount: str, share: str, whole: str
) -> Iterator[Hit]:
    """The number of forms and their money that the explanation tells against the forms that are there.

    `whole` refers to the cell of all project expenditure.
    """
    forms = subject.disclosure.projects
    told, said = subject.amount(count), subject.amount(amount)
    if told is None or not forms or told == len(forms):
        return
    rows = {match.form.seq: match.entry.amount for match in matching(subject, tables).matches}
    money = sum((next(iter(form_amounts(form)), rows.get(form.seq, ZERO)) for form in forms), ZERO)
    gap = int(told) - len(forms)
    words = f"实际所附目标表{len(forms)}份、年度资金合计{to_wan(money * WAN):f}万元"
    spent = subject.value(whole)
    if spent:
        words += f"（占项目支出的{round_half_up(100 * money / spent):f}%）"
    sums = f"、{print_amount(said)}万元" if said is not None else ""
    lacking = f"，{'少' if gap > 0 else '多'}{abs(gap)}份"
    if said is not None:
        lacking += f"、相差{abs(round_half_up(said - money)):f}万元"
    told_words = f"说明称公开项目绩效目标{told:f}个{sums}，{words}{lacking}"
    places = [subject.figure(key) for key in (count, amount, share) if key in subject.figures]
    yield Hit(told_words, tuple(places), Decimal(gap), suspected_misreading=_illegible(subject))


@registered
def forms_amount(subject: Subject, count: str, amount: str) -> Iterator[Hit]:
    """The money of all forms against what the explanation says that they disclose, where their number is right."""
    forms = subject.disclosure.projects
    said = subject.amount(amount)
    known = [form.funds.get("annual") for form in forms]
    if said is None or subject.amount(count) != len(forms) or not forms or None in known:
        return
    money = sum((one or ZERO for one in known), ZERO) / WAN
    bound = max(_LOOSE, _HALF * (len(forms) + 1))
    if abs(money - said) > bound:
        told = (
            f"{len(forms)}份目标表的年度资金合计{round_half_up(money):f}万元，说明称涉及{print_amount(said)}万元，"
            f"相差{abs(round_half_up(money - said)):f}万元"
        )
        yield Hit(told, (subject.figure(amount), subject.figure(count)), round_half_up(money - said))


def _sum(head: Row | None, rows: Sequence[Row]) -> Decimal:
    return total(head) if head else sum(map(total, rows), ZERO)


def _heads(subject: Subject, tables: Sequence[str]) -> Iterator[Row]:
    for row in subject.rows:
        if row.head.table in tables and row.head.level == "department" and "total" in row.cells:
            yield row


def _units(subject: Subject) -> set[str]:
    return {row.head.unit for row in subject.rows if row.head.level == "project"}


def _printed(subject: Subject) -> set[str]:
    return {fact.table for fact in subject.disclosure.facts} | set(subject.disclosure.empty_tables)


def _table(subject: Subject, entry: Entry) -> str:
    return subject.labels.form(entry.rows[0].head.table)


def _place(subject: Subject, entry: Entry, value: str = "") -> Place:
    row = entry.rows[0]
    return subject.fact(row.cells.get("total", row.head), value)


def _yuan(amount: Decimal | None) -> str:
    return "不详" if amount is None else print_yuan(amount)


def _illegible(subject: Subject) -> bool:
    return any(form.legible != "yes" for form in subject.disclosure.projects)


def _may_be_misread(form: Project, entry: Entry) -> bool:
    """Whether the form's name has other signs than characters where the row has characters."""
    foreign = {letter for letter in plain(form.name) if not _CHINESE.match(letter)} - set(entry.name)
    return form.legible != "yes" or bool(foreign)
