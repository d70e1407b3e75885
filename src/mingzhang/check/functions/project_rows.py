"""Rows of the project tables that cannot be told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mingzhang.check.functions.matching import plain, total
from mingzhang.check.subject import Hit, Row, Subject, registered


@registered
def indistinct_rows(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Projects of one unit that bear the same name in one table."""
    for (table, _, _), rows in _by_name(subject, tables).items():
        if len(rows) > 1:
            amounts = "、".join(f"{total(row):f}" for row in rows)
            told = f"{subject.labels.form(table)}中“{rows[0].head.row_name}”有{len(rows)}行（{amounts}万元），无法区分"
            yield Hit(told, tuple(subject.fact(row.cells.get("total", row.head)) for row in rows))


@registered
def nearly_same_rows(subject: Subject, tables: Sequence[str], least: int, telling: Sequence[str]) -> Iterator[Hit]:
    """Projects of one unit whose names differ by a few characters left out, of names of `least` characters or more.

    What differs does not count if it has a digit or one of the `telling` words, which make another project.
    """
    rows = {key: rows[0] for key, rows in _by_name(subject, tables).items() if len(key[2]) >= least}
    for (table, unit, long), other in rows.items():
        for short, left_out in _left_out(long):
            one = rows.get((table, unit, short))
            if one and not any(word in left_out for word in telling) and not any(map(str.isdigit, left_out)):
                told = (
                    f"“{one.head.row_name}”{total(one):f}万元与“{other.head.row_name}”{total(other):f}万元"
                    f"的名称只差“{left_out}”，请核对是否为同一项目"
                )
                yield Hit(told, tuple(subject.fact(row.cells.get("total", row.head)) for row in (one, other)))
                break


def _by_name(subject: Subject, tables: Sequence[str]) -> dict[tuple[str, str, str], list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in subject.rows:
        if row.head.table in tables and row.head.level == "project":
            found[row.head.table, row.head.unit, plain(row.head.row_name)].append(row)
    return found


def _left_out(name: str) -> Iterator[tuple[str, str]]:
    """A name with one or two characters inside it left out, in every way, and what was left out."""
    for size in (1, 2):
        for start in range(1, len(name) - size):
            yield name[:start] + name[start + size :], name[start : start + size]
