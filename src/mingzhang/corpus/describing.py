"""What an export says of itself: the Frictionless descriptor with hints of the Fiscal Data Package, and the data dictionary.

`columnType` are those of the Fiscal Data Package's taxonomy of budgets; `currency` and `factor` say what an amount counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from mingzhang.corpus.dictionary import COLUMNS, TABLES
from mingzhang.corpus.schema import DOCUMENTS
from mingzhang.families import families, load_family

_TAXONOMY = "https://frictionlessdata.io/taxonomies/fiscal/budgets.json"
_ADMINISTRATIVE = "administrative-classification:generic"
# Column types by table and column; those without a table hold in every one.
_COLUMN_TYPES = {
    ("", "fiscal_year"): "date:fiscal-year",
    ("", "region"): "geo:source:code",
    (DOCUMENTS, "region_name"): "geo:source:title",
    (DOCUMENTS, "department_code"): f"{_ADMINISTRATIVE}:code",
    (DOCUMENTS, "name"): f"{_ADMINISTRATIVE}:label",
    (DOCUMENTS, "kind"): "phase:id",
    ("facts", "side"): "direction",
    ("facts", "value"): "value",
    ("projects", "department_code"): f"{_ADMINISTRATIVE}:level1:code",
    ("projects", "department"): f"{_ADMINISTRATIVE}:level1:label",
    ("projects", "unit"): f"{_ADMINISTRATIVE}:level2:label",
    ("projects", "code"): "activity:generic:project:code",
    ("projects", "name"): "activity:generic:project:label",
    ("projects", "annual"): "value",
    ("catalogue", "project"): "activity:generic:project:label",
    ("catalogue", "amount"): "value",
}
_WAN, _YUAN = 10_000, 1
# How many yuan one of an amount is.
_FACTORS = {("facts", "value"): _WAN, ("facts", "suggested"): _WAN, ("catalogue", "amount"): _WAN}
_UNITS = {_WAN: "万元", _YUAN: "元"}
# What the codes of a table's rows are codes of, by the kind of its rows: column type, and in Chinese.
_ROW_CODES = {
    "function_classes": ("functional-classification:generic:code", "支出功能分类"),
    "function_tree": ("functional-classification:generic:code", "支出功能分类"),
    "economic_pairs": ("economic-classification:generic:code", "支出经济分类"),
    "economic_items": ("economic-classification:generic:code", "支出经济分类"),
    "revenue_tree": ("economic-classification:generic:code", "收入分类"),
    "agencies": (f"{_ADMINISTRATIVE}:code", "单位编码"),
    "projects": ("activity:generic:project:code", "项目"),
}
_TYPES = {"string": "文本", "integer": "整数", "number": "数", "boolean": "是否"}


def schema_of(table: str, schema: pa.Schema) -> dict[str, Any]:
    """The Table Schema of a table."""
    key: dict[str, Any] = {"primaryKey": ["doc"]}
    if table != DOCUMENTS:
        reference = {"resource": DOCUMENTS, "fields": ["doc"]}
        key = {"primaryKey": ["doc", "part"], "foreignKeys": [{"fields": ["doc"], "reference": reference}]}
    return {"fields": [_field(table, field) for field in schema], "missingValues": [""], **key}


def _field(table: str, field: pa.Field) -> dict[str, Any]:
    found: dict[str, Any] = {"name": field.name, "type": _type(field.type), "title": COLUMNS[field.name]}
    if kind := _COLUMN_TYPES.get((table, field.name)) or _COLUMN_TYPES.get(("", field.name)):
        found["columnType"] = kind
    if factor := _factor(table, field):
        found |= {"currency": "CNY", "factor": factor}
    return found


def _type(kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return "string"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "integer" if pa.types.is_integer(kind) else "number"


def _factor(table: str, field: pa.Field) -> int | None:
    """How many yuan one of an amount is, None for what is no amount."""
    if table == "projects" and pa.types.is_decimal(field.type):
        return _YUAN
    return _FACTORS.get((table, field.name))


def descriptor(resources: Iterable[Mapping[str, Any]], years: Iterable[int], used: Iterable[str]) -> dict[str, Any]:
    """The content of datapackage.json; each resource brings `name`, `path`, `schema`, `bytes` and `hash`.

    `row_code` of facts is of another classification in each table: `rowCodes` tells of which, for the kinds of disclosure
    `used`, by table, and by side behind a slash where it has two.
    """
    held = sorted(year for year in years if year)
    period = {"fiscalPeriod": {"start": f"{held[0]}-01-01", "end": f"{held[-1]}-12-31"}} if held else {}
    return {
        "profile": "tabular-data-package",
        "name": "budget-disclosures",
        "title": "部门预算（决算）公开数据",
        "description": "由各部门、各单位公开的预算（决算）读出的数据，每行带出处；各栏见数据字典。查出的个人信息已遮盖。",
        "countryCode": "CN",
        "taxonomy": _TAXONOMY,
        **period,
        "rowCodes": {name: _row_codes(name) for name in _known(used)},
        "resources": [
            {
                "profile": "tabular-data-resource",
                "title": TABLES[resource["name"]],
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                **resource,
            }
            for resource in resources
        ],
    }


def dictionary_csv(schemas: Mapping[str, pa.Schema]) -> str:
    """The data dictionary, a row for each column."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("表", "表名", "栏", "含义", "类型", "单位"))
    for table, schema in schemas.items():
        writer.writerows((table, TABLES[table], *_described(table, field)) for field in schema)
    return buffer.getvalue()


def _described(table: str, field: pa.Field) -> tuple[str, str, str, str]:
    factor = _factor(table, field)
    return field.name, COLUMNS[field.name], _TYPES[_type(field.type)], _UNITS[factor] if factor else ""


def dictionary_page(schemas: Mapping[str, pa.Schema], used: Iterable[str]) -> str:
    """The data dictionary for people; `used` are the kinds of disclosure whose tables are told."""
    parts = [
        "# 数据字典",
        "每份公开文件在 `documents` 有一行；其他各表用 `doc` 指明所属文件，`part` 是该表在文件内的序号，两者合起来是主键。"
        "金额按公开时的单位：表内为万元，项目绩效目标表为元。空白表示没有或没有公开。个人信息（身份证号、手机号码、账号、"
        "住址、姓名）凡检查出来的都已遮盖。",
    ]
    for table, schema in schemas.items():
        rows = ["| 栏 | 含义 | 类型 | 单位 |", "| --- | --- | --- | --- |"]
        for field in schema:
            name, *rest = _described(table, field)
            rows.append(f"| `{name}` | {' | '.join(rest)} |")
        parts.append("\n".join([f"## {table}：{TABLES[table]}", "", *rows]))
    return "\n\n".join([*parts, *(_forms(name) for name in _known(used))]) + "\n"


def _known(used: Iterable[str]) -> list[str]:
    return [name for name in families() if name in set(used)]


def _row_codes(name: str) -> dict[str, str]:
    sides = ((table.id, side) for table in load_family(name).tables for side in table.side)
    return {
        f"{table}/{side.key}".rstrip("/"): _ROW_CODES[side.rows][0] for table, side in sides if side.rows in _ROW_CODES
    }


def _forms(name: str) -> str:
    """The tables of a kind of disclosure, with what their rows and columns are."""
    family = load_family(name)
    rows = ["| 表号 | 名称 | 行次编码 | 栏次 |", "| --- | --- | --- | --- |"]
    for table in family.tables:
        codes = dict.fromkeys(_ROW_CODES[side.rows][1] for side in table.side if side.rows in _ROW_CODES)
        columns = dict.fromkeys(
            f"`{one.key}` {_undated('/'.join(one.header))}" for side in table.side for one in side.columns
        )
        rows.append(f"| `{table.id}` | {_undated(table.title)} | {'、'.join(codes)} | {'；'.join(columns)} |")
    return "\n".join([f"## 表号与栏次：{family.title}（`{name}`）", "", *rows])


def _undated(text: str) -> str:
    """A title or header without the year that is printed in it."""
    return text.replace("{year}年", "").strip("/") or "当年"
