"""The prescribed tables as views of the ledger: lines grouped into rows, summed by column, rounded cell by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from mingzhang.amounts import ZERO, to_wan
from mingzhang.disclosure import Fact
from mingzhang.families.model import Family, RowSpec, Side, Table, Where
from mingzhang.ledger import Ledger
from mingzhang.taxonomy import CodeList, load


@dataclass(frozen=True, slots=True)
class _Line:
    """A ledger line as the tables' conditions see it."""

    amount: Decimal
    fund: str
    carryover: bool
    agency: str
    agency_kind: str
    function: str = ""
    economic: str = ""
    government: str = ""
    revenue: str = ""
    project: str = ""
    expenditure: str = ""
    nature: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """The identity of a printed row, and how it sorts."""

    sort: tuple[str, ...]
    level: str = ""
    unit: str = ""
    code: str = ""
    name: str = ""
    name2: str = ""


class Tables:
    """The tables of one ledger in one family."""

    def __init__(self, ledger: Ledger, family: Family, name: str) -> None:
        """`name` is what the document calls the department or unit. Raises MissingCodeList without the year's lists."""
        self._ledger, self._family, self._name = ledger, family, name
        self._agencies = {agency.agency_code: agency for agency in ledger.agencies}
        self._order = {agency.agency_code: f"{place:06}" for place, agency in enumerate(ledger.agencies)}
        self._projects = {(project.agency_code, project.pro_code): project.pro_name for project in ledger.projects}
        self._functions: CodeList = load("functional", ledger.fiscal_year)
        self._economic: CodeList = load("economic_department", ledger.fiscal_year)
        self._government: CodeList = load("economic_government", ledger.fiscal_year)
        self._revenue: CodeList = load("revenue", ledger.fiscal_year)
        self._local = {line.exp_func_code: line.exp_func_name for line in ledger.budget if line.exp_func_name}
        self._lines = {"budget": list(self._budget_lines()), "revenue": list(self._revenue_lines())}

    def facts(self) -> list[Fact]:
        """Every cell that is not blank, in 万元, in the family's order of tables, sides and rows."""
        return [fact for table in self._family.tables for side in table.side for fact in self._side(table, side)]

    def _budget_lines(self) -> Iterator[_Line]:
        personnel = self._family.personnel_classes
        for line in self._ledger.budget:
            yield _Line(
                amount=line.amount,
                fund=line.fund_type,
                carryover=line.is_carryover,
                agency=line.agency_code,
                agency_kind=self._agencies[line.agency_code].agency_kind,
                function=line.exp_func_code,
                economic=line.dep_bgt_eco_code,
                government=line.gov_bgt_eco_code,
                project=line.pro_code,
                expenditure=line.expenditure,
                nature="personnel" if line.dep_bgt_eco_code.startswith(personnel) else "public",
            )

    def _revenue_lines(self) -> Iterator[_Line]:
        for line in self._ledger.revenue:
            kind = self._agencies[line.agency_code].agency_kind
            yield _Line(line.amount, line.fund_type, False, line.agency_code, kind, revenue=line.revenue_code)

    def _side(self, table: Table, side: Side) -> Iterator[Fact]:
        lines = [line for line in self._lines[side.source] if _admits(table.where, line) and _admits(side.where, line)]
        if side.rows in ("fixed", "function_classes"):
            yield from self._fixed_rows(table, side, lines)
            return
        sums: dict[_Row, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        rows_of = self._row_kind(side)
        for line in lines:
            columns = [column.key for column in side.columns if _admits(column.where, line)]
            for row in rows_of(line):
                for key in columns:
                    sums[row][key] += line.amount
        for ordinal, row in enumerate(sorted(sums, key=lambda row: row.sort), 1):
            yield from self._cells(table, side, ordinal, row, sums[row])

    def _fixed_rows(self, table: Table, side: Side, lines: list[_Line]) -> Iterator[Fact]:
        body = side.fixed if side.rows == "fixed" else ()
        classes = 0
        if side.rows == "function_classes":
            classes = len(self._family.function_classes)
            for ordinal, (code, _) in enumerate(self._family.function_classes, 1):
                chosen = [line for line in lines if line.function.startswith(code)]
                yield from self._spec(table, side, ordinal, RowSpec(name=self._family.function_row(ordinal)), chosen)
        for ordinal, spec in enumerate((*body, *side.foot), classes + 1):
            if not spec.blank:
                yield from self._spec(table, side, ordinal, spec, lines)

    def _spec(self, table: Table, side: Side, ordinal: int, spec: RowSpec, lines: list[_Line]) -> Iterator[Fact]:
        chosen = [line for line in lines if _admits(spec.where, line)]
        sums = {
            column.key: sum((line.amount for line in chosen if _admits(column.where, line)), ZERO)
            for column in side.columns
        }
        yield from self._cells(table, side, ordinal, _Row((), name=spec.name), sums)

    @staticmethod
    def _cells(table: Table, side: Side, ordinal: int, row: _Row, sums: dict[str, Decimal]) -> Iterator[Fact]:
        for column in side.columns:
            yuan = sums.get(column.key, ZERO)
            if yuan:
                yield Fact(
                    table.id,
                    column.key,
                    to_wan(yuan),
                    ordinal,
                    side=side.key,
                    level=row.level,
                    unit=row.unit,
                    row_code=row.code,
                    row_name=row.name,
                    row_name2=row.name2,
                )

    def _row_kind(self, side: Side) -> Callable[[_Line], Iterable[_Row]]:
        total = _Row(("",), name=side.total)
        match side.rows:
            case "function_tree":
                return lambda line: (total, *self._tree(line.function, self._functions))
            case "revenue_tree":
                return lambda line: (total, *self._tree(line.revenue, self._revenue))
            case "economic_pairs":
                return lambda line: (total, *self._pair(line))
            case "agencies":
                return lambda line: (total, self._agency_row(line))
            case "projects":
                return self._project_rows
            case _:
                raise ValueError(side.rows)

    def _tree(self, code: str, codes: CodeList) -> Iterator[_Row]:
        for length in (3, 5, 7):
            part = code[:length]
            found = codes.resolve(part)
            name = (found.name if found else "") or self._local.get(part, "")
            yield _Row((part,), code=part, name=name)

    def _pair(self, line: _Line) -> Iterator[_Row]:
        parent, item = line.economic[:3], self._economic.get(line.economic)
        class_, government = self._economic.get(parent), self._government.get(line.government)
        yield _Row((parent,), name=class_.name if class_ else parent)
        yield _Row(
            (line.economic, line.government),
            name=item.name if item else line.economic,
            name2=government.name if government else line.government,
        )

    def _agency_row(self, line: _Line) -> _Row:
        return _Row((self._order[line.agency],), name=self._agencies[line.agency].agency_name)

    def _project_rows(self, line: _Line) -> Iterator[_Row]:
        place, unit = self._order[line.agency], ""
        yield _Row(("",), "department", name=self._name)
        if self._ledger.department["kind"] == "department_budget":
            unit = self._agencies[line.agency].agency_name
            yield _Row((place, ""), "unit", name=unit)
        name = self._projects[line.agency, line.project]
        yield _Row((place, line.project), "project", unit=unit, name=name)


def _admits(where: Where, line: _Line) -> bool:
    return (
        (where.fund is None or line.fund in where.fund)
        and (where.carryover is None or line.carryover == where.carryover)
        and (where.expenditure is None or line.expenditure == where.expenditure)
        and (where.nature is None or line.nature == where.nature)
        and (where.economic is None or line.economic.startswith(where.economic))
        and (where.agency_kind is None or line.agency_kind in where.agency_kind)
    )
