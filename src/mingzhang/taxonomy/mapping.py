"""Which codes of one classification go with which of another.

Source: the correspondence of the two economic classifications in 财政部's 支出经济分类科目改革方案 and in the later
政府收支分类科目, and the pairing of fund revenue with fund expenditure in the same. It is the same for all years held.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from mingzhang.taxonomy.bundle import bundled_rows


def admissible_government_codes(department_code: str) -> frozenset[str]:
    """The government 款 that a department 款 may be booked under: "30101" gives {"50101", "50501"}.

    Empty when nothing is known of the code; then no finding may rest on it.
    """
    return _government_codes().get(department_code, frozenset())


def fund_functions(revenue_code: str) -> tuple[str, ...]:
    """The functional 款 that a fund's revenue 项 (or a 目 below it) pays for: "1030148" gives ("21208",).

    Empty when nothing is known of the code.
    """
    return _fund_functions().get(revenue_code[:7], ())


@cache
def _government_codes() -> dict[str, frozenset[str]]:
    pairs: dict[str, set[str]] = defaultdict(set)
    for row in bundled_rows("economic_mapping.csv"):
        pairs[row["department_code"]].add(row["government_code"])
    return {code: frozenset(admissible) for code, admissible in pairs.items()}


@cache
def _fund_functions() -> dict[str, tuple[str, ...]]:
    rows = bundled_rows("fund_revenue_to_function.csv")
    return {row["revenue_code"]: tuple(row["function_codes"].split("|")) for row in rows}
