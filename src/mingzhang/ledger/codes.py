"""Classification codes of a ledger against the official lists of its year."""

from __future__ import annotations

from collections.abc import Iterator

from mingzhang.ledger import schema
from mingzhang.ledger.parse import Row
from mingzhang.ledger.schema import Sheet
from mingzhang.problems import Problem, Severity
from mingzhang.taxonomy import KIND_TITLES, Code, CodeList, admissible_government_codes, load

_NAMES = {
    "exp_func_code": "exp_func_name",
    "dep_bgt_eco_code": "dep_bgt_eco_name",
    "gov_bgt_eco_code": "gov_bgt_eco_name",
    "revenue_code": "revenue_name",
}
_LENGTHS = {"functional": 7, "economic_department": 5, "economic_government": 5, "revenue": 7}
_BUDGETS = {**schema.FUND_NAMES, "social_insurance": "社会保险基金预算"}
_LEVELS = {5: "款", 7: "项"}


def check_codes(sheet: Sheet, file: str, rows: list[tuple[int, Row]], year: int) -> Iterator[Problem]:
    """Check each code of a sheet: known for the year, detailed enough, its name, its fund, its counterpart.

    An unsure row of a list never causes an error, a local item under a known parent is accepted (预算法 art. 46 asks
    for 项 of the function and 款 of the economic classification). Raises MissingCodeList if the year has no list.
    """
    columns = [column for column in sheet.columns if column.code_list and column.kind == "code"]
    lists = {column.code_list: load(column.code_list, year) for column in columns}
    for number, row in rows:
        for column in columns:
            code = row[column.key]
            if not isinstance(code, str) or not code:
                continue
            for message, severity in _check_code(lists[column.code_list], code, str(row.get(_NAMES[column.key]) or "")):
                yield Problem(message, file, sheet.label, number, column.label, severity)
        if sheet is schema.BUDGET:
            for key, message, severity in (*_check_fund(lists["functional"], row), *_check_economic(row)):
                yield Problem(message, file, sheet.label, number, sheet.column(key).label, severity)


def _check_code(codes: CodeList, code: str, name: str) -> Iterator[tuple[str, Severity]]:
    title = KIND_TITLES[codes.kind]
    length = _LENGTHS[codes.kind]
    if not code.isdigit():
        yield f"“{code}”不是科目编码，请填{length}位数字", "error"
        return
    found = codes.resolve(code)
    if len(code) < length and (found is None or codes.children(code)):
        yield f"科目编码“{code}”只有{len(code)}位，请填到{_LEVELS[length]}级（{length}位）", "error"
        return
    if found is None:
        near = "、".join(f"{one.code} {one.name}" for one in codes.suggest(name or code)[:3])
        hint = f"，是否应为：{near}" if near else ""
        yield (
            f"{codes.year}年{title}没有“{code}”这个科目{hint}；如为新增科目，请先导入新的科目表（mingzhang taxonomy import）",
            "error",
        )
        return
    if not found.name and not name:
        yield f"“{code}”是地方自设的项级科目，请在科目名称栏填写名称", "error"
    if name and found.name and name != found.name and not _same_name(name, found):
        former = "（这是旧名称）" if name in found.former_names else ""
        severity: Severity = "error" if found.firm_name else "warning"
        yield f"科目“{code}”的名称应为“{found.name}”，填的是“{name}”{former}，请核对编码和名称", severity


def _same_name(name: str, code: Code) -> bool:
    folded = str.maketrans("（）“”", '()""')
    return name.translate(folded).replace(" ", "") == code.name.translate(folded).replace(" ", "")


def _check_fund(codes: CodeList, row: Row) -> Iterator[tuple[str, str, Severity]]:
    """A fund's money stands under the fund's own function codes (cross-check T8-08)."""
    found = codes.resolve(str(row["exp_func_code"] or ""))
    fund = row["fund_type"]
    if found is None or not found.certain or found.budget in ("", "mixed") or fund not in schema.FISCAL_FUNDS:
        return
    if found.budget != fund and (found.budget in (*schema.FISCAL_FUNDS, "social_insurance")):
        message = (
            f"科目“{found.code} {found.name}”属于{_BUDGETS[found.budget]}，资金性质却是{_BUDGETS[str(fund)]}，请核对"
        )
        yield "fund_type", message, "error"


def _check_economic(row: Row) -> Iterator[tuple[str, str, Severity]]:
    department, government = str(row["dep_bgt_eco_code"] or ""), str(row["gov_bgt_eco_code"] or "")
    if row["pro_category"] in schema.BASIC_CATEGORIES:
        for key in ("dep_bgt_eco_code", "gov_bgt_eco_code"):
            if not row[key]:
                yield key, "基本支出（人员类、公用经费）必须填写经济分类科目", "error"
    admissible = admissible_government_codes(department)
    if department and government and admissible and government not in admissible:
        message = f"部门经济科目“{department}”一般对应政府经济科目{'、'.join(sorted(admissible))}，填的是“{government}”，请核对"
        yield "gov_bgt_eco_code", message, "warning"
