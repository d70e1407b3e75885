"""Violations of rule lines told as findings: both sides, the difference, the bound, each cell's place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from msgspec.structs import replace

from mingzhang.amounts import CENT, round_half_up
from mingzhang.check.book import Rule
from mingzhang.check.cells import Printed
from mingzhang.check.engine import Operand, Violation
from mingzhang.check.findings import Finding, Place, Severity
from mingzhang.check.labels import Labels
from mingzhang.check.notation import DEPARTMENT, FORM, LEFT, OVERALL, PRIOR, RIGHT, Line, Term

_ROW = re.compile(r"\[([^\]]+)\]")
_LAST_DIGIT = Decimal("0.015")


class Teller:
    """Tells the violations of one document. `printed` is what the store keeps of each cell."""

    def __init__(self, labels: Labels, printed: Sequence[Printed], document: str) -> None:
        self._labels = labels
        self._printed = printed
        self._document = document

    def finding(self, rule: Rule, line: Line, violation: Violation) -> Finding:
        """The violation as a finding."""
        misread = self._misread(line, violation)
        return Finding(
            rule=rule.id,
            title=rule.title,
            category=rule.category,
            severity=_severity(rule, line, violation),
            message=self._message(rule, line, violation) + (f"；{misread}" if misread else ""),
            document=self._document,
            where=tuple(self._places(line, violation)),
            difference=round_half_up(violation.difference),
            bound=round_half_up(violation.bound, Decimal("0.001")),
            basis=rule.basis,
            suspected_misreading=bool(misread),
        )

    def _message(self, rule: Rule, line: Line, violation: Violation) -> str:
        told: list[tuple[str, str]] = []
        left = self._side(line, violation, LEFT, told)
        right = self._side(line, violation, RIGHT, told)
        counts = self._counts(violation)
        unit = "" if counts else "元" if any(term.form == FORM for term in line.terms) else "万元"
        gap = _amount(abs(violation.difference), counts)
        if line.relation == "÷":
            share = round_half_up(100 * violation.right / violation.divisor)
            return f"{rule.title}：{left}%，按{_amount(violation.right)}÷{_amount(violation.divisor)}计算应为{share:f}%"
        word = {"=": "与", "≤": "大于", "≥": "小于"}[line.relation]
        tail = "不一致，" if line.relation == "=" else "，"
        return f"{rule.title}：{left}{word}{right}{tail}相差{gap}{unit}"

    def _side(self, line: Line, violation: Violation, role: int, told: list[tuple[str, str]]) -> str:
        """One side in words; a form and row that were `told` right before are not named again.

        Of one row's cells those that are blank are not told where others are printed.
        """
        parts: list[str] = []
        terms = [term for term in line.terms if term.role == role]
        if not terms:
            return "0"
        total = violation.left if role == LEFT else violation.right
        for text, same in groupby(terms, key=lambda term: term.text):
            first = next(same)
            own = [operand for operand in violation.operands if operand.term.role == role and operand.term.text == text]
            if not own and first.key == "row" and any(operand.term.role == role for operand in violation.operands):
                continue
            sign = "－" if first.sign < 0 else "＋" if parts else ""
            parts.append(sign + self._part(first, own, violation.key, told))
        joined = "".join(parts)
        return f"{joined}＝{_amount(total, self._counts(violation))}" if len(parts) > 1 else joined

    def _counts(self, violation: Violation) -> bool:
        """Whether the line is about whole numbers of things: figures of sentences, all printed without a point."""
        return all(
            not operand.term.form.removeprefix(PRIOR).startswith("T") and "." not in self._printed[operand.ref].value
            for operand in violation.operands
        )

    def _part(self, term: Term, operands: Sequence[Operand], key: str, told: list[tuple[str, str]]) -> str:
        value = _amount(abs(sum((operand.value for operand in operands), Decimal(0))))
        form, (row, column) = self._form(term, key), self._name(term, operands, key)
        before = told[-1] if told else ("", "")
        label = ("" if before[0] == form else form) + ("" if before == (form, row) else row) + column
        told.append((form, row))
        if len(operands) == 1:
            value = self._printed[operands[0].ref].value.removeprefix("-")
        if term.sum:
            return f"{label}之和{value}（{len(operands)}项）"
        return f"{label}{value}" if operands else f"{label}为空"

    def _form(self, term: Term, key: str) -> str:
        form = term.form.partition(".")[0]
        return f"第{key}份目标表" if form == FORM else self._labels.form(form)

    def _name(self, term: Term, operands: Sequence[Operand], key: str) -> tuple[str, str]:
        """The row (blank where the form has none) and the column of a term in words."""
        form, _, side = term.form.removeprefix(PRIOR).partition(".")
        column = self._labels.column(form, side, term.column)
        if form == FORM:
            return "", column
        if form == OVERALL or not form.startswith("T"):
            listed = self._printed[operands[0].ref].column if operands else term.column
            return "", column if term.sum else self._labels.column(form, side, listed)
        written = _ROW.search(term.text)
        row = written[1] if written else ""
        if term.sum:
            row = f"各{row}" if term.match != "name" else f"“{row}”各行"
        elif operands:
            row = f"“{self._printed[operands[0].ref].row}”"
        else:
            row = f"“{key if term.match != 'name' and row != DEPARTMENT else row}”"
        return row, column

    def _places(self, line: Line, violation: Violation) -> Iterator[Place]:
        """The cells, those that are no addends first, this year's before last year's, and the forms without any."""
        operands = sorted(
            violation.operands, key=lambda one: (one.term.form.startswith(PRIOR), one.term.sum, one.term.role)
        )
        told: set[str] = set()
        for operand in operands:
            told.add(operand.term.form)
            place = self._labels.place(self._printed[operand.ref])
            if operand.term.form.startswith(PRIOR):
                place = replace(place, form=PRIOR + place.form, label=self._labels.form(PRIOR + place.form))
            yield place
        for term in line.terms:
            form = term.form.removeprefix(PRIOR)
            if (
                term.form not in told
                and not term.sum
                and form not in (FORM, OVERALL)
                and not term.form.startswith(PRIOR)
            ):
                told.add(term.form)
                table, _, side = form.partition(".")
                column = self._labels.column(table, side, term.column)
                yield Place(form=table, side=side, label=self._labels.form(table), column=column, key=term.column)

    def _misread(self, line: Line, violation: Violation) -> str:
        """The reading of one cell that would make the line hold, if its digits are alike."""
        if line.relation != "=" or violation.grade != "outside":
            return ""
        for operand in violation.operands:
            printed = self._printed[operand.ref]
            source = printed.provenance
            if source is None or (source.confidence >= 1 and not source.suggested):
                continue
            side = 1 if operand.term.role == LEFT else -1
            change = violation.difference * side * (1 if operand.value >= 0 else -1)
            wanted = abs(operand.value) - change
            if wanted >= 0 and _alike(f"{abs(operand.value):.2f}", f"{wanted:.2f}"):
                return f"“{printed.value}”可能是“{_amount(wanted)}”之误读"
        return ""


def _alike(printed: str, wanted: str) -> bool:
    """Whether two numbers differ in one digit alone."""
    return len(printed) == len(wanted) and sum(a != b for a, b in zip(printed, wanted, strict=True)) == 1


def _severity(rule: Rule, line: Line, violation: Violation) -> Severity:
    if violation.grade == "outside" and not (line.relation == "÷" and abs(violation.difference) <= _LAST_DIGIT):
        return rule.worst
    return "warning" if violation.grade == "spread" and rule.worst == "error" else "info"


def _amount(value: Decimal, count: bool = False) -> str:
    return f"{round_half_up(value, Decimal(1) if count else CENT):f}"
