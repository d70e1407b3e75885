"""The cross-checks between tables of the Shanxi form (勾稽关系), as sums that must come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from mingzhang.disclosure import Fact
from mingzhang.families import load_family

ZERO = Decimal(0)
CLASSES = {name: code for code, name in load_family().function_classes}
FUNDS = ("gpb", "gov_fund", "soe_capital", "special_account", "unit_funds")
FISCAL = FUNDS[:3]


@dataclass(frozen=True, slots=True)
class Identity:
    """`left` = the sum of `parts`; `atoms` is how many rounded cells take part."""

    name: str
    left: Decimal
    parts: tuple[Decimal, ...]

    @property
    def difference(self) -> Decimal:
        return abs(self.left - sum(self.parts, ZERO))

    @property
    def bound(self) -> Decimal:
        """What rounding each cell by itself can explain: half a last digit for each."""
        return Decimal("0.005") * (len(self.parts) + 1)


class Cells:
    """Printed cells by table, side, row and column."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self.facts = facts
        self.by: dict[tuple[str, str, str, str], Decimal] = {}
        for fact in facts:
            self.by.setdefault((fact.table, fact.side, fact.row_code or fact.row_name, fact.column), fact.value)

    def __call__(self, table: str, row: str, column: str, side: str = "") -> Decimal:
        return self.by.get((table, side, row, column), ZERO)

    def codes(self, table: str, side: str = "") -> list[str]:
        return sorted({fact.row_code for fact in self.facts if (fact.table, fact.side) == (table, side)} - {""})

    def rows(self, table: str, column: str, **fields: str) -> list[Decimal]:
        return [
            fact.value
            for fact in self.facts
            if (fact.table, fact.column) == (table, column)
            and all(getattr(fact, key) == value for key, value in fields.items())
        ]

    def names(self, table: str, side: str) -> list[str]:
        return list(dict.fromkeys(fact.row_name for fact in self.facts if (fact.table, fact.side) == (table, side)))


COLUMNS = {
    "T2": (*FUNDS, "carryover", "total"),
    "T3": ("total", "basic", "project"),
    "T5": ("total", "basic", "project"),
    "T8": ("total", "basic", "project"),
    "T7": ("amount",),
}


def identities(facts: tuple[Fact, ...]) -> Iterator[Identity]:
    """Every identity of the tables of one disclosure, by the name of its rule."""
    cells = Cells(facts)
    yield from _t1(cells)
    yield from _trees(cells)
    yield from _t4(cells)
    yield from _functions(cells)
    yield from _economic(cells)
    yield from _funds(cells)
    yield from _small(cells)
    yield from _projects(cells)


def _id(name: str, left: Decimal, *parts: Decimal) -> Identity:
    return Identity(name, left, parts)


INCOME = ("一、一般公共预算", "二、政府性基金预算", "三、国有资本经营预算", "四、财政专户管理资金", "五、单位资金")


def _t1(c: Cells) -> Iterator[Identity]:
    income = [c("T1", name, "amount", "income") for name in INCOME]
    yield _id("T1-01", c("T1", "本年收入合计", "amount", "income"), *income)
    carried = c("T1", "上年结转", "amount", "income")
    yield _id("T1-02", c("T1", "收入总计", "amount", "income"), c("T1", "本年收入合计", "amount", "income"), carried)
    rows = [name for name in c.names("T1", "expense") if "、" in name]
    for column in ("total", "current", "carryover"):
        parts = [c("T1", name, column, "expense") for name in rows]
        yield _id("T1-03", c("T1", "本年支出合计", column, "expense"), *parts)
        yield _id("T1-07", c("T1", "支出总计", column, "expense"), c("T1", "本年支出合计", column, "expense"))
    for name in rows:
        current, carryover = (c("T1", name, column, "expense") for column in ("current", "carryover"))
        yield _id("T1-06", c("T1", name, "total", "expense"), current, carryover)
    yield _id("T1-08", c("T1", "收入总计", "amount", "income"), c("T1", "支出总计", "total", "expense"))
    yield _id("T1-10", carried, c("T1", "支出总计", "carryover", "expense"))


def _trees(c: Cells) -> Iterator[Identity]:
    for table, columns in COLUMNS.items():
        codes = c.codes(table)
        for column in columns:
            classes = [c(table, code, column) for code in codes if len(code) == 3]
            yield _id(f"{table} total", c(table, "合计", column), *classes)
            for code in codes:
                if len(code) < 7:
                    below = [one for one in codes if len(one) == len(code) + 2 and one.startswith(code)]
                    yield _id(f"{table} tree", c(table, code, column), *(c(table, one, column) for one in below))
    for code in c.codes("T2"):
        yield _id("T2-01", c("T2", code, "total"), *(c("T2", code, fund) for fund in FUNDS))
    for table in ("T3", "T5", "T8"):
        for code in (*c.codes(table), "合计"):
            yield _id(f"{table}-01", c(table, code, "total"), c(table, code, "basic"), c(table, code, "project"))


def _t4(c: Cells) -> Iterator[Identity]:
    carried = "上年财政拨款结转"
    income = [c("T4", name, "amount", "income") for name in INCOME[:3]]
    yield _id("T4-01", c("T4", "本年收入合计", "amount", "income"), *income)
    subs = [c("T4", f"{carried}/{name}", "amount", "income") for name in INCOME[:3]]
    yield _id("T4-03", c("T4", carried, "amount", "income"), *subs)
    current = c("T4", "本年收入合计", "amount", "income")
    yield _id("T4-02", c("T4", "收入总计", "amount", "income"), current, c("T4", carried, "amount", "income"))
    rows = [name for name in c.names("T4", "expense") if "、" in name]
    for name in (*rows, "支出总计"):
        parts = [c("T4", name, fund, "expense") for fund in FISCAL]
        yield _id("T4-04", c("T4", name, "total", "expense"), *parts)
    for column in ("total", *FISCAL):
        parts = [c("T4", name, column, "expense") for name in rows]
        yield _id("T4-05", c("T4", "本年支出合计", column, "expense"), *parts)
    yield _id("T4-07", c("T4", "收入总计", "amount", "income"), c("T4", "支出总计", "total", "expense"))
    for fund, income_, sub, name in zip(FISCAL, income, subs, INCOME, strict=False):
        yield _id("T4-08", c("T4", "支出总计", fund, "expense"), income_, sub)
        yield _id("T4-09", income_, c("T1", name, "amount", "income"))
    yield _id("T4-10", c("T4", carried, "amount", "income"), c("T1", "上年结转", "amount", "income"))


def _functions(c: Cells) -> Iterator[Identity]:
    yield _id("T2-05", c("T2", "合计", "total"), c("T1", "本年收入合计", "amount", "income"))
    for fund, name in zip(FUNDS, INCOME, strict=True):
        yield _id("T2-06", c("T2", "合计", fund), c("T1", name, "amount", "income"))
    yield _id("T2-07", c("T2", "合计", "carryover"), c("T1", "上年结转", "amount", "income"))
    yield _id("T3-05", c("T3", "合计", "total"), c("T1", "本年支出合计", "total", "expense"))
    for name in [name for name in c.names("T1", "expense") if "、" in name]:
        code = CLASSES[name.partition("、")[2]]
        yield _id("T2-08", c("T1", name, "current", "expense"), c("T2", code, "total"))
        yield _id("T2-08", c("T1", name, "carryover", "expense"), c("T2", code, "carryover"))
        yield _id("T3-06", c("T1", name, "total", "expense"), c("T3", code, "total"))
        gpb = c("T4", name, "gpb", "expense")
        yield _id("T5-10", max(c("T5", code, "total"), gpb), gpb)
        own = (c("T2", code, "special_account"), c("T2", code, "unit_funds"))
        yield _id("T4-11", c("T1", name, "total", "expense"), c("T4", name, "total", "expense"), *own)
    for code in c.codes("T3"):
        yield from _by_function(c, code)
        yield _id("T3-07", c("T3", code, "total"), c("T2", code, "total"), c("T2", code, "carryover"))
    for code in c.codes("T5"):
        yield _id("T5-06", c("T5", code, "total"), c("T2", code, "gpb"))
    yield _id("T5-05", c("T5", "合计", "total"), c("T1", INCOME[0], "amount", "income"))
    sub = f"上年财政拨款结转/{INCOME[0]}"
    yield _id(
        "T5-07", c("T4", "支出总计", "gpb", "expense"), c("T5", "合计", "total"), c("T4", sub, "amount", "income")
    )


def _by_function(c: Cells, code: str) -> Iterator[Identity]:
    """T5-08, T5-09: basic and project expenditure by function are those of the appropriations and what others pay.

    Money of special accounts and units is split only in total, so with such money the identity is an inequality.
    """
    tables = ("T5", "T8")
    basic = [c(table, code, "basic") for table in tables] + [c("T9", code, "basic", "expense")]
    project = [c(table, code, "project") for table in tables] + [c("T9", code, "project", "expense")]
    own = c("T2", code, "special_account") + c("T2", code, "unit_funds")
    carried = c("T2", code, "carryover")
    rest = c("T3", code, "total") - sum(basic + project, ZERO) - carried
    yield _id("T5-08/09", rest, own, *([ZERO] * 8))
    if not own:
        yield _id("T5-08", c("T3", code, "basic"), *basic)
        yield _id("T5-09", c("T3", code, "project"), *project, carried)


def _economic(c: Cells) -> Iterator[Identity]:
    for column in ("total", "personnel", "public"):
        pairs = [fact.value for fact in c.facts if fact.table == "T6" and fact.column == column and fact.row_name2]
        classes = [
            fact.value
            for fact in c.facts
            if fact.table == "T6" and fact.column == column and not fact.row_name2 and fact.row_name != "合计"
        ]
        yield _id("T6-02", c("T6", "合计", column), *classes)
        yield _id("T6-03", sum(classes, ZERO), *pairs, *([ZERO] * len(classes)))
    yield _id("T6-01", c("T6", "合计", "total"), c("T6", "合计", "personnel"), c("T6", "合计", "public"))
    yield _id("T6-04", c("T6", "合计", "total"), c("T5", "合计", "basic"))
    personnel = (c("T6", "工资福利支出", "personnel"), c("T6", "对个人和家庭的补助", "personnel"))
    yield _id("T6-05", c("T6", "合计", "personnel"), *personnel)


def _funds(c: Cells) -> Iterator[Identity]:
    yield _id("T7-02", c("T7", "合计", "amount"), c("T1", INCOME[1], "amount", "income"))
    yield _id("T7-03", c("T7", "合计", "amount"), c("T8", "合计", "total"))
    for code in c.codes("T8"):
        yield _id("T8-06", c("T8", code, "total"), c("T2", code, "gov_fund"))
    yield _id("T9-01", c("T9", "合计", "amount", "income"), c("T9", "合计", "total", "expense"))
    yield _id("T9-02", c("T9", "合计", "amount", "income"), c("T1", INCOME[2], "amount", "income"))
    for code in c.codes("T9", "expense"):
        yield _id("T9-03", c("T9", code, "total", "expense"), c("T2", code, "soe_capital"))


def _small(c: Cells) -> Iterator[Identity]:
    vehicle, buy, run = "公务用车购置及运行费", "①公务用车购置费", "②公务用车运行维护费"
    for column in ("total", *FISCAL):
        parts = (c("T10", name, column) for name in ("因公出国（境）费", "公务接待费", vehicle))
        yield _id("T10-02", c("T10", "合计", column), *parts)
        yield _id("T10-03", c("T10", vehicle, column), c("T10", buy, column), c("T10", run, column))
        yield _id("T11-03", max(c("T11", "部门合计", "gpb"), c("T6", "合计", "public")), c("T6", "合计", "public"))
        units = c.rows("T11", column)
        yield _id("T11-02", c("T11", "部门合计", column), *(units[1:] if units else ()))


def _projects(c: Cells) -> Iterator[Identity]:
    for table, funds in (("T12", FUNDS), ("T13", FISCAL)):
        (top,) = c.rows(table, "total", level="department") or [ZERO]
        for column in ("total", *funds):
            (whole,) = c.rows(table, column, level="department") or [ZERO]
            yield _id(f"{table}-02", whole, *(c.rows(table, column, level="unit") or [whole]))
            yield _id(f"{table}-04", whole, *c.rows(table, column, level="project"))
            for unit in {fact.unit for fact in c.facts if (fact.table, fact.level) == (table, "project")}:
                own = c.rows(table, column, level="unit", row_name=unit)
                if own:
                    yield _id(f"{table}-03", own[0], *c.rows(table, column, level="project", unit=unit))
        parts = [sum(c.rows(table, fund, level="department"), ZERO) for fund in funds]
        yield _id(f"{table}-01", top, *parts)
    twelve = sum(c.rows("T12", "total", level="department"), ZERO)
    thirteen = sum(c.rows("T13", "total", level="department"), ZERO)
    yield _id("T12-05", c("T3", "合计", "project"), twelve, thirteen)
    yield _id("T12-06", sum(c.rows("T12", "gpb", level="department"), ZERO), c("T5", "合计", "project"))
    yield _id("T12-07", sum(c.rows("T12", "gov_fund", level="department"), ZERO), c("T8", "合计", "project"))
    yield _id("T13-02", thirteen, c("T1", "上年结转", "amount", "income"))
    for fund, name in zip(FISCAL, INCOME, strict=False):
        carried = c("T4", f"上年财政拨款结转/{name}", "amount", "income")
        yield _id("T13-03", sum(c.rows("T13", fund, level="department"), ZERO), carried)
