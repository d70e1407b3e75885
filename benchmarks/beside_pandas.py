"""The questions of `beside_lake.py` in pandas: tables of a lake in memory, each question timed.

Reads what to do as JSON from the standard input and writes what it took as JSON. It needs pandas and pyarrow and nothing of this program,
so that it runs in an environment of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

BUDGETS = ("department_budget", "unit_budget")
THREE_PUBLIC = ["合计", "因公出国（境）费", "公务接待费", "①公务用车购置费", "②公务用车运行维护费"]

Frames = dict[str, pd.DataFrame]
Result = tuple[int, float]


def frame(files: list[str]) -> pd.DataFrame:
    """A table of the lake, decimals as floating numbers."""
    table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    kinds = [
        pa.field(field.name, pa.float64() if pa.types.is_decimal(field.type) else field.type) for field in table.schema
    ]
    return table.cast(pa.schema(kinds)).to_pandas()


def compared(frames: Frames, item: str, cells: pd.DataFrame) -> Result:
    """Cells of the latest year's budgets with their share and rank."""
    documents, facts = frames["documents"], frames["facts"]
    chosen = documents[(documents.fiscal_year == 2026) & documents.kind.isin(BUDGETS)][["doc", "name"]]
    wholes = facts[(facts.table == "T3") & (facts.column == "total") & (facts.row_name == "合计")][["doc", "value"]]
    rows = cells[["doc", item, "value"]].merge(chosen, on="doc")
    rows = rows.merge(wholes.rename(columns={"value": "whole"}), on="doc", how="left")
    rows["share"] = (100 * rows.value / rows.whole).round(2)
    rows["place"] = rows.groupby(item).value.rank(method="min", ascending=False)
    return len(rows), float(rows.sort_values([item, "place"]).value.sum())


def three_public(frames: Frames) -> Result:
    """`compare --by three_public`."""
    facts = frames["facts"]
    cells = facts[(facts.table == "T10") & (facts.column == "total") & facts.row_name.isin(THREE_PUBLIC)]
    return compared(frames, "row_name", cells)


def function(frames: Frames) -> Result:
    """`compare --by function`."""
    facts = frames["facts"]
    there = (facts.table == "T3") & (facts.column == "total") & (facts.value != 0)
    cells = facts[there]
    return compared(frames, "row_code", cells[cells.row_code.str.len() == 3])


def growth(frames: Frames, most: int) -> Result:
    """`projects --growth`."""
    documents, facts = frames["documents"], frames["facts"]
    there = documents[documents.fiscal_year.isin([2025, 2026]) & documents.kind.isin(BUDGETS)]
    there = there.assign(id=there.department_code.where(there.department_code != "", there.name))
    rows = facts[facts.table.isin(["T12", "T13"]) & (facts.column == "total") & (facts.level == "project")]
    found = rows.groupby(["doc", "row_name"], as_index=False).value.sum()
    found = found.merge(there[["doc", "fiscal_year", "region", "name", "id"]], on="doc")
    found["same"] = found.row_name
    for year in found.fiscal_year.unique():
        own = found.fiscal_year == year
        plain = found.loc[own, "row_name"].str.replace(str(year), "", regex=False)
        found.loc[own, "same"] = plain.str.replace(str(year - 1), "", regex=False)
    keys = ["region", "id", "same", "fiscal_year"]
    before = found.groupby(keys, as_index=False).agg(before=("value", "max"), count=("value", "size"))
    before = before[before["count"] == 1].assign(fiscal_year=before.fiscal_year + 1)
    grown = found.merge(before, on=keys)
    grown = grown.assign(change=grown.value - grown.before)
    grown = grown[grown.change > 0].nlargest(most, "change")
    return len(grown), float(grown.change.sum())


def by_rule(frames: Frames) -> Result:
    """`findings --by rule`."""
    documents, findings = frames["documents"], frames["findings"]
    chosen = documents[(documents.fiscal_year == 2026) & documents.kind.isin(BUDGETS)].doc
    found = findings[findings.doc.isin(chosen)]
    marks = {f"{one}s": found.severity == one for one in ("error", "warning", "info")}
    grouped = found.assign(**marks).groupby(["rule", "title", "category"])
    counted = grouped.agg({**dict.fromkeys(marks, "sum"), "doc": "nunique"})
    return len(counted), float(counted.errors.sum())


def search(frames: Frames, text: str) -> Result:
    """Projects' names that hold a text."""
    projects = frames["projects"]
    return len(projects.loc[projects.name.str.contains(text, regex=False), ["doc", "name"]]), 0.0


def page(frames: Frames) -> Result:
    """All rows of the first department."""
    documents = frames["documents"]
    chosen = documents[(documents.fiscal_year == 2026) & (documents.kind == "department_budget")]
    doc = chosen.sort_values("name").doc.iloc[0]
    return sum(len(table[table.doc == doc]) for name, table in frames.items() if name != "documents"), 0.0


def timed(ask: Callable[[], Result], runs: int) -> dict[str, Any]:
    """The shortest wall time and least processor time of some runs."""
    walls, works = [], []
    for _ in range(runs):
        wall, work = time.perf_counter(), time.process_time()
        rows, summed = ask()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return {"wall": min(walls), "work": min(works), "rows": rows, "sum": summed}


def main() -> None:
    """Load, ask, tell."""
    given = json.load(sys.stdin)
    begun = time.perf_counter()
    frames = {table: frame(files) for table, files in given["files"].items() if files}
    load = time.perf_counter() - begun
    asked: list[Callable[[], Result]] = [
        lambda: three_public(frames),
        lambda: function(frames),
        lambda: growth(frames, given["most"]),
        lambda: by_rule(frames),
        lambda: search(frames, given["searched"]),
        lambda: page(frames),
    ]
    took = [timed(ask, given["runs"]) for ask in asked]
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump({"load": load, "memory": memory, "took": took}, sys.stdout)


if __name__ == "__main__":
    main()
