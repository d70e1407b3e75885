"""The questions that pages put to a lake: their fields, and how an address is turned into a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from mingzhang.check.reports.words import CATEGORY, KIND, SEVERITY
from mingzhang.corpus import questions
from mingzhang.corpus.questions import Kinds
from mingzhang.corpus.results import Answer
from mingzhang.problems import InputError, Problem
from mingzhang.web.listing import Order, departments
from mingzhang.web.passages import passages

if TYPE_CHECKING:
    import duckdb

_KINDS: dict[Kinds, str] = {"budget": "预算", "final": "决算"}
_BY = {
    "total": "支出规模",
    "function": "功能分类",
    "economic": "经济分类",
    "three_public": "三公经费",
    "split": "基本与项目支出",
}
_EACH = {"department": "部门", "rule": "规则", "category": "类别", "message": "逐条"}
_ORDERS: dict[Order, str] = {
    "name": "名称",
    "year": "年度",
    "errors": "错误最多",
    "projects": "项目最多",
    "facts": "数据最多",
}
_LONGEST = 200


class Field(Struct, frozen=True):
    """A field of a question's form: `select` with choices (value, word), `text`, or `check`."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


class Asked:
    """What an address asks for. Raises InputError for a value that its field cannot have."""

    def __init__(self, query: Mapping[str, str], fields: tuple[Field, ...]) -> None:
        self.values = {field.name: query.get(field.name, "").strip() for field in fields}
        self._labels = {field.name: field.label for field in fields}
        self._choices = {field.name: dict(field.choices) for field in fields if field.kind == "select"}
        for name, value in self.values.items():
            if len(value) > _LONGEST:
                raise InputError([Problem(f"“{self._labels[name]}”太长，最多 {_LONGEST} 个字")])
            choices = self._choices.get(name)
            if choices is not None and value and value not in choices and name not in ("region", "year"):
                raise InputError([Problem(f"“{self._labels[name]}”没有“{value}”，请选：{'、'.join(choices.values())}")])
        self.year()

    def text(self, name: str, default: str = "") -> str:
        """A text, or what is chosen."""
        return self.values.get(name, "") or default

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.values.get(name, "") not in ("", "0", "false")

    def names(self) -> tuple[str, ...]:
        """Departments by parts of their names, separated by blanks or commas."""
        for sign in "、，,；;":
            self.values["name"] = self.values["name"].replace(sign, " ")
        return tuple(self.values["name"].split())

    def year(self) -> int | None:
        """A year, None if there is none."""
        return year_of(self.values.get("year", ""))

    def kind(self) -> Kinds:
        """Budget or accounts: as chosen, else what the lake has."""
        return "final" if (self.values.get("kind") or next(iter(self._choices["kind"]), "")) == "final" else "budget"

    def sought(self, column: str) -> tuple[str, str]:
        """The column that is searched and the text, which is blank if it is a pattern or stands for what is like it; both if none is."""
        text = self.values.get("text", "")
        if not column or not text:
            return "", ""
        return column, "" if self.flag("fuzzy") or "*" in text or "?" in text else text

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What is asked, the same for the same question."""
        return tuple((name, value) for name, value in sorted(self.values.items()) if value)


def year_of(text: str) -> int | None:
    """A year of an address, None if it is blank. Raises InputError for what is no year."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InputError([Problem(f"“{text[:20]}”不是年度，请写四位数字，如 2026")])
    return int(text)


class Question(Struct, frozen=True):
    """A page of a question: its title, a sentence, its fields, and how it is asked.

    `waits` for the field of that name: without it there is nothing to ask yet. `searches` is the column in which the field `text` is
    searched.
    """

    title: str
    lead: str
    fields: Callable[[Choices], tuple[Field, ...]]
    ask: Callable[[duckdb.DuckDBPyConnection, Asked], Answer]
    waits: str = ""
    searches: str = ""


class Choices(Struct, frozen=True):
    """The regions and years that a lake has, and whether budgets or accounts."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    kinds: tuple[Kinds, ...]

    @property
    def kind(self) -> Field:
        """The field for budgets or accounts: what the lake has, budgets first."""
        return Field("kind", "预算或决算", "select", tuple((one, _KINDS[one]) for one in self.kinds))

    @property
    def region(self) -> Field:
        """The field for the region."""
        return Field("region", "地区", "select", (("", "全部"), *((one, one) for one in self.regions)))

    def year(self, blank: str = "最近") -> Field:
        """The field for the year."""
        return Field("year", "年度", "select", (("", blank), *((str(one), f"{one}年") for one in self.years)))


_NAME = Field("name", "部门名称", hint="几个用空格分开")


def _by(choices: Mapping[str, str], label: str = "比较") -> Field:
    return Field("by", label, "select", tuple(choices.items()))


QUESTIONS: dict[str, Question] = {
    "departments": Question(
        "部门",
        "数据湖里的全部公开，按地区、年度、种类、名称筛选。",
        lambda has: (
            Field("name", "名称", hint="名称的一部分"),
            has.region,
            has.year("全部"),
            Field("kind", "种类", "select", (("", "全部"), *KIND.items())),
            Field("order", "排序", "select", tuple(_ORDERS.items())),
        ),
        lambda lake, asked: departments(
            lake,
            name=asked.text("name"),
            region=asked.text("region"),
            year=asked.year(),
            kind=asked.text("kind"),
            order=_order(asked.text("order")),
        ),
    ),
    "compare": Question(
        "部门比较",
        "部门之间比较支出规模、功能分类、经济分类、三公经费，可按人均。",
        lambda has: (
            _NAME,
            has.region,
            has.year(),
            has.kind,
            _by(_BY),
            Field("per_staff", "按人均排名", "check"),
        ),
        lambda lake, asked: questions.compare(
            lake,
            asked.names(),
            region=asked.text("region"),
            year=asked.year(),
            by=asked.text("by", "total"),  # type: ignore[arg-type]
            kind=asked.kind(),
            per_staff=asked.flag("per_staff"),
        ),
    ),
    "trend": Question(
        "历年变化",
        "一个部门历年的金额；改过名的部门，前后接起来看。",
        lambda has: (Field("name", "部门名称", hint="名称或其中一部分"), has.region, has.kind, _by(_BY, "看什么")),
        lambda lake, asked: questions.trend(
            lake,
            asked.text("name"),
            region=asked.text("region"),
            by=asked.text("by", "total"),  # type: ignore[arg-type]
            kind=asked.kind(),
        ),
        waits="name",
    ),
    "projects": Question(
        "查找项目",
        "按名称查找项目，看它历年的资金；或列出比上年增长最多的。",
        lambda has: (
            Field("text", "项目名称", hint="名称的一部分"),
            _NAME,
            has.region,
            has.year("全部"),
            Field("fuzzy", "名称近似的也列出", "check"),
            Field("growth", "比上年增长最多的", "check"),
        ),
        lambda lake, asked: questions.projects(
            lake,
            asked.text("text"),
            names=asked.names(),
            region=asked.text("region"),
            year=asked.year(),
            fuzzy=asked.flag("fuzzy"),
            growth=asked.flag("growth"),
            most=1000,
        ),
        searches="name",
    ),
    "texts": Question(
        "查找文字",
        "在情况说明等文字里查找，列出所在的句子和出处。",
        lambda has: (Field("text", "文字", hint="至少两个字"), _NAME, has.region, has.year("全部"), has.kind),
        lambda lake, asked: passages(
            lake,
            asked.text("text"),
            names=asked.names(),
            region=asked.text("region"),
            year=asked.year(),
            kind=asked.kind(),
        ),
        waits="text",
        searches="text",
    ),
    "copies": Question(
        "雷同的绩效目标",
        "不同部门的项目绩效目标表，指标或文字相同、几乎相同的。",
        lambda has: (_NAME, has.region, has.year()),
        lambda lake, asked: questions.copies(
            lake, asked.names(), region=asked.text("region"), year=asked.year(), most=1000
        ),
    ),
    "outliers": Question(
        "相差悬殊的指标",
        "占比和人均与同类部门相差悬殊的，差得最多的在前。",
        lambda has: (_NAME, has.region, has.year(), has.kind),
        lambda lake, asked: questions.outliers(
            lake, asked.names(), region=asked.text("region"), year=asked.year(), kind=asked.kind()
        ),
    ),
    "coverage": Question(
        "公开情况",
        "谁公开了、何时、是否按时、是否完整；谁还没有公开；哪些文件没有读出。",
        lambda has: (_NAME, has.region, has.year(), has.kind),
        lambda lake, asked: questions.coverage(
            lake, asked.names(), region=asked.text("region"), year=asked.year(), kind=asked.kind()
        ),
    ),
    "findings": Question(
        "检查发现的问题",
        "按部门、规则、类别统计，或逐条列出。",
        lambda has: (
            _NAME,
            has.region,
            has.year(),
            has.kind,
            _by(_EACH, "汇总方式"),
            Field("category", "类别", "select", (("", "全部"), *((str(key), word) for key, word in CATEGORY.items()))),
            Field("severity", "级别", "select", (("", "全部"), *((str(key), word) for key, word in SEVERITY.items()))),
            Field("rule", "规则编号", hint="如 PR-01"),
        ),
        lambda lake, asked: questions.findings(
            lake,
            asked.names(),
            region=asked.text("region"),
            year=asked.year(),
            kind=asked.kind(),
            by=asked.text("by", "department"),  # type: ignore[arg-type]
            rule=asked.text("rule"),
            category=asked.text("category"),
            severity=asked.text("severity"),
        ),
    ),
}


def _order(text: str) -> Order:
    return next((one for one in _ORDERS if one == text), "name")
