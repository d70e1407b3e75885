"""Reading is the reverse of publishing: every format, damaged text, the ground truth of real disclosures."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from example_ledgers import EXAMPLES, SHARED, example
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import read_package, write_package
from mingzhang.disclosure import Disclosure, Provenance
from mingzhang.ledger.source import RawSheet
from mingzhang.problems import InputError
from mingzhang.publish import publish
from mingzhang.read import read, read_source
from mingzhang.read.sources.text import read_text
from published import DAMAGES, Damage, as_text, assert_same, is_table, published, read_pages, said
from strategies import build, raw_ledgers
from test_cli import run

FORMATS = ("md", "html", "docx", "xlsx", "pdf")
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))
# Making a failing ledger smaller, format after format, would take longer than the whole suite.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
# The floors that the issue sets, by seed: facts, narrative, projects, indicators.
FLOORS = {"s000": (0.995, 0.98, 0.98, 0.95), "s002": (0.995, 0.98, 0.98, 0.95), "s004": (0.98, 0.98, 0.85, 0.7)}


@cache
def folder(name: str, base: Path) -> Path:
    """An example in every format, written once."""
    publish(example(name), base / name, FORMATS)
    return base / name


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_format_of_the_examples_is_read_back(name: str, kind: str, base: Path) -> None:
    (reading,) = read([folder(name, base) / f"disclosure.{kind}"])
    disclosure = reading.disclosure
    assert_same(disclosure, example(name))
    assert dict(said(disclosure, "overall")) == dict(said(example(name), "overall"))
    assert disclosure.department_code == example(name).department_code
    assert {note.kind for note in disclosure.notes} == {"recognised"}


@pytest.mark.parametrize(("kind", "examples"), [("md", 40), ("html", 15), ("docx", 8), ("xlsx", 8), ("pdf", 4)])
def test_any_ledger_is_read_back(kind: str, examples: int, tmp_path: Path) -> None:
    @settings(SLOW, max_examples=examples, phases=UNSHRUNK)
    @given(raw_ledgers(lines=10))
    def round_trip(raw: dict[str, RawSheet]) -> None:
        compiled = compile_ledger(build(raw))
        publish(compiled, tmp_path, [kind])
        (reading,) = read([tmp_path / f"disclosure.{kind}"])
        assert_same(reading.disclosure, compiled)

    round_trip()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", EXAMPLES)
def test_damaged_tables_are_read_alike(name: str, damage: Damage) -> None:
    random = Random(7)
    pages = [damage(page, random) if is_table(page) else page for page in published(example(name))]
    disclosure = read_pages(pages)
    assert said(disclosure, "facts") == said(example(name), "facts")
    assert disclosure.empty_tables == example(name).empty_tables


@pytest.mark.parametrize("name", EXAMPLES)
def test_lost_titles_do_not_lose_tables(name: str) -> None:
    """Four in ten of the tables' labels and titles are gone; their headers and their order tell what they are."""
    random = Random(3)
    pages = [
        page for page in published(example(name)) if not (page[0].endswith(("表", "）")) and random.random() < 0.4)
    ]
    assert said(read_pages(pages), "facts") == said(example(name), "facts")


@given(st.randoms(use_true_random=False))
@settings(SLOW, max_examples=15)
def test_rows_out_of_order_keep_their_amounts(random: Random) -> None:
    """Neighbouring rows change places: each is still the row that it names, and projects keep their unit."""
    compiled = example("xiaoyi-industry-2026")
    pages = published(compiled)
    for page in pages:
        if is_table(page):
            for place in range(4, len(page) - 1):
                if random.random() < 0.3:
                    page[place], page[place + 1] = page[place + 1], page[place]
    wanted, got = said(compiled, "facts"), said(read_pages(pages), "facts")

    def unordered(facts: object) -> object:
        return {tuple(pair for pair in fact if pair[0] != "row") for fact in facts}  # type: ignore[attr-defined]

    assert len(unordered(wanted) ^ unordered(got)) <= 0.02 * len(wanted)  # type: ignore[operator]


@given(st.randoms(use_true_random=False))
@settings(SLOW, max_examples=25)
def test_sums_prove_a_misread_digit(random: Random) -> None:
    """One digit of an item's amount changes: what is printed stays, and the sums suggest what it was."""
    compiled = example("xiaoyi-industry-2026")
    items = [
        fact for fact in compiled.facts if len(fact.row_code) == 7 and fact.column == "project" and fact.table == "T3"
    ]
    fact = random.choice(items)
    printed = f"{fact.value:.2f}"
    place = random.choice(range(printed.index(".")))  # a cent more or less is within the rounding of the sums
    other = random.choice([digit for digit in "123456789" if digit != printed[place]])
    wrong = printed[:place] + other + printed[place + 1 :]
    pages = published(compiled)
    page = next(page for n, page in enumerate(pages) if pages[n - 3] == ["2026年预算支出总表"] and is_table(page))
    row = next(n for n, line in enumerate(page) if line.startswith(f"{fact.row_code}\t"))
    head, _, last = page[row].rpartition("\t")
    assert last == printed
    page[row] = f"{head}\t{wrong}"
    read_fact = next(
        one
        for one in read_pages(pages).facts
        if (one.table, one.row_code, one.column) == ("T3", fact.row_code, "project")
    )
    assert read_fact.provenance is not None
    assert (f"{read_fact.value:.2f}", read_fact.provenance.suggested) == (wrong, printed)


def test_every_figure_of_a_text_has_its_line() -> None:
    text = as_text(published(example("jincheng-construction-2026")))
    lines = text.split("\n")
    disclosure = read_source([read_text(text, "公开.txt")])
    for fact in disclosure.facts:
        assert fact.provenance is not None
        assert fact.provenance.line
        assert fact.provenance.raw in lines[fact.provenance.line - 1]
    for figure in disclosure.narrative:
        assert figure.provenance is not None
        assert figure.provenance.line
        assert figure.provenance.raw[:2] in lines[figure.provenance.line - 1]
    for indicator in disclosure.indicators:
        assert indicator.provenance is not None
        assert indicator.provenance.line
        assert indicator.level3 in lines[indicator.provenance.line - 1]


def test_every_figure_of_a_pdf_has_its_page_and_box(base: Path) -> None:
    (reading,) = read([folder("jincheng-construction-2026", base) / "disclosure.pdf"])
    disclosure = reading.disclosure
    assert_boxed([one.provenance for one in disclosure.facts] + [one.provenance for one in disclosure.narrative])
    assert_boxed([one.provenance for one in disclosure.projects] + [one.provenance for one in disclosure.indicators])


def assert_boxed(places: list[Provenance | None]) -> None:
    """Each has a page, and a box within it (no page is larger than A4 either way)."""
    for place in places:
        assert place is not None
        assert place.page
        assert place.bbox
        left, top, right, bottom = place.bbox
        assert 0 <= left < right <= 850
        assert 0 <= top < bottom <= 850


@pytest.mark.skipif(not SHARED.is_dir(), reason="the ground truth is not on this machine")
@pytest.mark.parametrize("seed", FLOORS)
def test_real_disclosures_are_read(seed: str, tmp_path: Path) -> None:
    (file,) = (SHARED / "seeds").glob(f"{seed[1:]}_*.txt")
    (reading,) = read([file])
    write_package(reading.disclosure, tmp_path)
    command = [
        sys.executable,
        str(SHARED / "bench" / "score.py"),
        str(tmp_path),
        str(SHARED / "bench" / seed),
        "--json",
    ]
    scores = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    files = ("facts.csv", "narrative.csv", "projects.csv", "indicators.csv")
    reached = {file: scores[file]["f1"] for file in files}
    assert all(reached[file] >= floor for file, floor in zip(files, FLOORS[seed], strict=True)), reached


@pytest.mark.skipif(not SHARED.is_dir(), reason="the ground truth is not on this machine")
def test_real_final_accounts_are_read() -> None:
    (reading,) = read([SHARED / "wild" / "final-2024-socialwork.pdf"])
    disclosure = reading.disclosure
    assert (disclosure.family, disclosure.kind, disclosure.fiscal_year) == (
        "final-accounts",
        "department_final_accounts",
        2024,
    )
    cells = {
        (one.table, one.side, one.row_code or one.row_name, one.column): str(one.value) for one in disclosure.facts
    }
    for place, value in FINAL_ACCOUNTS.items():
        assert cells[place] == value
    assert disclosure.empty_tables == ("T7", "T8", "T9")
    assert not disclosure.mentions
    figures = {figure.key: figure.value for figure in disclosure.narrative}
    assert figures["n1.total"] == figures["n3.total"] == "307.82"
    assert_boxed([one.provenance for one in disclosure.facts] + [one.provenance for one in disclosure.narrative])


# Cells of the real final accounts of ../shared/wild, one at least of every table that has any.
FINAL_ACCOUNTS = {
    ("T1", "income", "总计", "amount"): "307.82",
    ("T1", "expense", "一、一般公共服务支出", "amount"): "264.87",
    ("T2", "", "2013999", "appropriation"): "202.24",
    ("T3", "", "合计", "basic"): "105.58",
    ("T3", "", "2210203", "basic"): "11.72",
    ("T4", "expense", "总计", "gpb"): "307.82",
    ("T5", "", "2080506", "total"): "4.64",
    ("T6", "personnel", "30102", "amount"): "39.72",
    ("T6", "public", "310", "amount"): "0.00",
    ("T6", "public", "公用经费合计", "amount"): "10.23",
}


def test_command_writes_a_package_and_tells_what_it_read(tmp_path: Path) -> None:
    file = tmp_path / "公开.txt"
    file.write_text(as_text(published(example("jincheng-construction-2026"))), "utf-8")
    done = run("read", file, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "265 个表内数据" in done.stdout.splitlines()[-1]
    assert "识别为" in done.stderr
    assert_same(read_package(tmp_path / "out"), example("jincheng-construction-2026"))


def test_attachments_of_one_disclosure_become_one_package(tmp_path: Path) -> None:
    pages = published(example("jincheng-construction-2026"))
    cut = next(n for n, page in enumerate(pages) if page[0].startswith("第三部分"))
    forms = next(n for n, page in enumerate(pages) if "绩效目标" in page[0] and n > cut + 20)
    for number, part in enumerate((pages[:cut], pages[cut:forms], pages[forms:]), 1):
        (tmp_path / f"附件{number}.txt").write_text(as_text(part), "utf-8")
    (reading,) = read([tmp_path])
    assert len(reading.files) == 3
    assert_same(reading.disclosure, example("jincheng-construction-2026"))


def test_a_folder_of_disclosures_becomes_a_package_each(tmp_path: Path) -> None:
    for name in EXAMPLES:
        (tmp_path / f"{name}.txt").write_text(as_text(published(example(name))), "utf-8")
    done = run("read", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    packages = {read_package(path).name for path in (tmp_path / "out").iterdir()}
    assert packages == {example(name).name for name in EXAMPLES}


def test_a_copy_in_another_format_is_not_read_twice(base: Path) -> None:
    files = folder("jincheng-construction-2026", base)
    (reading,) = read([files])
    assert len(reading.files) == 1
    assert_same(reading.disclosure, example("jincheng-construction-2026"))
    assert sum("是同一份公开" in note.message for note in reading.disclosure.notes) == len(FORMATS) - 1


def test_one_unreadable_file_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "公开.txt").write_text(as_text(published(example("jincheng-construction-2026"))), "utf-8")
    (tmp_path / "附件.docx").write_bytes(b"PK\3\4 cut off")
    (reading,) = read([tmp_path])
    assert_same(reading.disclosure, example("jincheng-construction-2026"))
    assert any("附件.docx" in note.message for note in reading.disclosure.notes)
    with pytest.raises(InputError):
        read([tmp_path / "附件.docx"])


def test_another_kind_of_document_is_kept_as_text_and_said_to_be_another() -> None:
    text = "关于召开会议的通知\n\n定于2026年3月5日召开会议。\n\n序号\t姓名\n1\t甲\n2\t乙\n"
    disclosure = read_source([read_text(text, "通知.txt")])
    assert disclosure.family == ""
    assert disclosure.notes[0].kind == "suspect"
    assert "定于2026年3月5日召开会议。" in [one.text for one in disclosure.texts]
    assert "1\t甲" in [one.text for one in disclosure.texts]


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    pages = [page for page in published(example("jincheng-construction-2026")) if "三公" not in page[0]]
    notes = read_pages(pages).notes
    assert [note.message for note in notes if note.kind == "missing"] == [
        "没有找到“七、“三公”经费增减变动原因说明”一节"
    ]


@pytest.mark.parametrize("arguments", [["没有的文件.pdf"], []])
def test_nothing_to_read_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    done = run("read", *arguments, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_package_of_another_disclosure_is_not_overwritten(tmp_path: Path) -> None:
    write_package(example("xiaoyi-industry-2026"), tmp_path)
    with pytest.raises(InputError, match="请换一个输出文件夹"):
        write_package(_read(example("jincheng-construction-2026")), tmp_path)


def _read(disclosure: Disclosure) -> Disclosure:
    return read_pages(published(disclosure))
