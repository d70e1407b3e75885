"""The examples give the figures of the real disclosures: golden files, and the ground truth where it is at hand."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from example_ledgers import EXAMPLES, ROOT, SHARED, example
from identities import broken_identities
from mingzhang.compile import advise
from mingzhang.datapackage import package_files
from mingzhang.ledger import load_ledger

GOLDEN = Path(__file__).parent / "golden"
# Set to rewrite the golden files; look at the diff before you commit it.
UPDATE = bool(os.environ.get("MINGZHANG_UPDATE_GOLDEN"))
# What the ground truth's defects.yaml calls wrong in print, and the figure that is right.
MENDED = {
    "s002": {"n10.overall_total": "8277.83", "n10.overall_project": "7948"},
    "s000": {"n8.change": "0.52"},
}
# Rows that the published table cannot tell apart have names of their own in the example.
SAME_NAME = "（第二批）"
TABLE_7 = {("合计", "1.05"), ("103", "1.05"), ("10301", "1.05"), ("1030148", "1.05")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_package_is_golden(name: str) -> None:
    files = package_files(example(name))
    folder = GOLDEN / name
    if UPDATE:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8", newline="")
    for file, text in files.items():
        assert text == (folder / file).read_text("utf-8"), file


@pytest.mark.parametrize("name", EXAMPLES)
def test_tables_agree_with_each_other(name: str) -> None:
    assert not broken_identities(example(name))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_need_no_attention(name: str) -> None:
    ledger = load_ledger(ROOT / "examples" / name)
    assert ledger.warnings == ()
    assert advise(ledger, example(name)) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_private_data(name: str) -> None:
    for file in (ROOT / "examples" / name).iterdir():
        text = re.sub(r"amount|[\d.]+元", "", file.read_text("utf-8"))
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\w)", text), file


def fold(text: str) -> str:
    """Names as the ground truth compares them: no spaces, one kind of brackets, quotes and punctuation."""
    return re.sub(r"\s+", "", text).translate(str.maketrans("（）“”，：；", '()"",:;'))


def number(text: str) -> str:
    try:
        return f"{Decimal(text.replace(',', '')).normalize():f}"
    except InvalidOperation:
        return fold(text)


def fact_keys(folder: Path) -> Counter[tuple[str, ...]]:
    keys: Counter[tuple[str, ...]] = Counter()
    with (folder / "facts.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            unit = fold(row["unit"]) if row["level"] == "project" else ""
            name = row["row_code"] or fold(row["row_name"].removesuffix(SAME_NAME))
            second = fold(row["row_name2"]) if row["table"] == "T6" else ""
            keys[row["table"], row["side"], unit, name, second, row["column"], number(row["value"])] += 1
    return keys


@pytest.mark.parametrize(("name", "truth"), EXAMPLES.items())
def test_figures_are_those_of_the_ground_truth(name: str, truth: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the ground truth is not on this machine; the golden files hold what was compared with it")
    got, want = fact_keys(GOLDEN / name), fact_keys(SHARED / "bench" / truth)
    extra, missing = got - want, want - got
    if truth == "s000":  # Table 7 was printed empty by mistake.
        assert {(key[3], key[6]) for key in extra} == TABLE_7
        assert [key[:4] for key in missing] == [("T7", "", "", "EMPTY")]
    else:
        assert not extra
        assert not missing
    with (SHARED / "bench" / truth / "narrative.csv").open(encoding="utf-8", newline="") as handle:
        printed = {row["key"]: number(row["value"]) for row in csv.DictReader(handle)}
    ours = {figure.key: number(figure.value) for figure in example(name).narrative}
    assert ours == printed | MENDED[truth]
