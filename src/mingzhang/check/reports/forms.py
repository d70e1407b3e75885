"""Performance forms put together again, in the family's layout; what that has no cell for stands below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

from mingzhang.amounts import print_yuan
from mingzhang.check.reports.evidence import Grid, Spot, amounts, lines, words
from mingzhang.disclosure import (
    FUND_KEYS,
    FUND_LEVEL_LABELS,
    HORIZON_LABELS,
    Disclosure,
    Indicator,
    Project,
    Provenance,
)
from mingzhang.families.model import Form

_INDICATORS = ("@indicators",)
_SLOT = re.compile(r"\{([^{}]+)\}")
LABELS = {
    "name": "项目名称", "department_code": "主管部门及代码", "department": "主管部门", "unit": "实施单位", "attribute": "项目属性",
    "period": "项目期", "overview": "项目概况", "basis": "立项依据", "necessity": "项目设立必要性",
    "safeguards": "保证项目实施的制度、措施", "plan": "项目实施计划", "total_goal": "实施期目标", "annual_goal": "年度目标",
    "core_function": "核心职能", "key_task": "重点任务", "code": "项目编码", "category": "项目类别",
    "responsible": "负责人", "handler": "经办人", "phone": "联系电话", "filled_on": "填报日期",
    **{key: HORIZON_LABELS[key.partition("_")[0]] + (FUND_LEVEL_LABELS.get(key.partition("_")[2]) or "资金总额") for key in FUND_KEYS},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a form prints for a key."""

    text: str
    source: Provenance | None = None


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An indicator of one horizon."""

    level1: str
    level2: str
    level3: str
    value: str
    horizon: str
    source: Provenance | None


def project_grid(project: Project, indicators: Sequence[Indicator], form: Form | None) -> Grid:
    """A project's form; a family without a layout gets labels and values one below the other."""
    entries = {key: _Entry(text, project.sources.get(key)) for key, text in _project_texts(project)}
    sides = [
        [_Leaf(one.level1, one.level2, one.level3, one.value, one.horizon, one.provenance) for one in indicators if one.horizon == horizon]
        for horizon in ("total", "annual")
    ]  # fmt: skip
    return _grid(form, entries, sides)


def _project_texts(project: Project) -> Iterator[tuple[str, str]]:
    for key in ("name", "code", "category", "department_code", "department", "unit", "attribute", "period"):
        yield key, getattr(project, key)
    for key in FUND_KEYS:
        value, source = project.funds.get(key), project.sources.get(key)
        if value is not None:
            yield key, source.raw if source and source.raw else print_yuan(value)
    yield from project.texts.items()


def overall_grid(disclosure: Disclosure, form: Form | None) -> Grid:
    """The overall form of the department or unit."""
    entries: dict[str, _Entry] = {}
    leaves = []
    for one in disclosure.overall:
        if "/" in one.key:
            level1, level2, level3 = (*one.key.split("/", 2), "", "")[:3]
            leaves.append(_Leaf(level1, level2, level3, one.value, "annual", one.provenance))
        elif one.key in entries:
            entries[one.key] = replace(entries[one.key], text=f"{entries[one.key].text}\n{one.value}")
        else:
            entries[one.key] = _Entry(one.value, one.provenance)
    return _grid(form, entries, [leaves])


def _grid(form: Form | None, entries: Mapping[str, _Entry], sides: list[list[_Leaf]]) -> Grid:
    tree = list(_tree(sides))
    width = len(form.widths) if form and form.widths else 1 + 3 * len(sides)
    body: list[list[Spot]] = []
    used: set[str] = set()
    for row in form.rows if form else ():
        if row == _INDICATORS:
            body.extend(tree)
        else:
            body.append(_row(row, entries, used, len(tree)))
    below = [(key, entry) for key, entry in entries.items() if key not in used and entry.text]
    for key, entry in below:
        label = LABELS.get(key) or (entry.source.row if entry.source else "") or key
        body.append([Spot(label, "label"), replace(_value(entry, (key,), label), wide=width - 1)])
    if not any(row == _INDICATORS for row in (form.rows if form else ())):
        body.extend(tree)
    return Grid([], body, form=True, widths=form.widths if form else ())


def _row(notations: tuple[str, ...], entries: Mapping[str, _Entry], used: set[str], tree: int) -> list[Spot]:
    """Read `!label|columns|rows`, `>amount`, `text`; `@` rows stand for the header row and the whole tree."""
    row: list[Spot] = []
    label = ""
    for notation in notations:
        text, wide, high = (*notation.split("|"), "", "")[:3]
        columns, down = int(wide or 1), tree + 1 if high == "@" else int(high or 1)
        keys = tuple(key.removeprefix("funds.") for key in _SLOT.findall(text))
        if text.startswith("!"):
            label = text[1:]
            row.append(Spot(label, "label", words(label), words(label), wide=columns, high=down))
            continue
        used.update(keys)
        filled = _SLOT.sub(lambda match: _text(entries, match[1].removeprefix("funds.")), text.lstrip(">"))
        sources = [entries[key].source for key in keys if key in entries]
        entry = _Entry(filled.strip("-") if keys else filled, sources[0] if sources else None)
        row.append(
            replace(
                _value(entry, keys, label), kind="number" if text.startswith(">") else "text", wide=columns, high=down
            )
        )
    return row


def _text(entries: Mapping[str, _Entry], key: str) -> str:
    return entries[key].text if key in entries else ""


def _value(entry: _Entry, keys: Sequence[str], label: str) -> Spot:
    source = entry.source
    printed = (source.row, source.column) if source else ()
    names = words(label, *printed, *keys, *(LABELS.get(key, "") for key in keys))
    return Spot(entry.text, "text", names, names, amounts(entry.text), lines([source]))


def _tree(sides: list[list[_Leaf]]) -> Iterator[list[Spot]]:
    """The indicators by first and second level in the order of the document, the horizons beside each other."""
    levels = dict.fromkeys((leaf.level1, leaf.level2) for side in sides for leaf in side)
    first = {level1: number for number, level1 in enumerate(dict.fromkeys(level1 for level1, _ in levels))}
    ordered = sorted(levels, key=lambda level: first[level[0]])
    for level1, branches in groupby(ordered, key=lambda level: level[0]):
        blocks = [(level2, [[leaf for leaf in side if (leaf.level1, leaf.level2) == (level1, level2)] for side in sides])
                  for _, level2 in branches]  # fmt: skip
        head: list[Spot] = [Spot(level1, "label", high=sum(max(map(len, columns)) for _, columns in blocks))]
        for level2, columns in blocks:
            high = max(map(len, columns))
            for number, leaves in enumerate(zip_longest(*columns)):
                row = head
                head = []
                for leaf in leaves:
                    row += [Spot(level2, "label", words(level2), words(level2), high=high)] if number == 0 else []
                    row += _leaf(leaf)
                yield row


def _leaf(leaf: _Leaf | None) -> list[Spot]:
    if leaf is None:
        return [Spot(""), Spot("")]
    names, at = words(leaf.level3, leaf.level2 + leaf.level3), lines([leaf.source])
    horizon = HORIZON_LABELS[leaf.horizon]
    return [
        Spot(leaf.level3, "text", names, words("三级指标", horizon), lines=at),
        Spot(leaf.value, "text", names, words("指标值", horizon + "指标值", horizon), amounts(leaf.value), at),
    ]
