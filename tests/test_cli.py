"""The commands, run as a user runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from example_ledgers import ROOT, example
from mingzhang.datapackage import read_package
from mingzhang.disclosure import Text
from mingzhang.problems import InputError
from mingzhang.publish import publish

EXAMPLE = ROOT / "examples" / "jincheng-construction-2026"


def run(*arguments: str | Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"MINGZHANG_HOME": str(home)} if home else {})
    command = [sys.executable, "-m", "mingzhang", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_compile_writes_every_format(tmp_path: Path) -> None:
    done = run("compile", EXAMPLE, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"disclosure.{kind}" for kind in ("md", "html", "docx", "xlsx", "pdf")} < names
    assert {"facts.csv", "narrative.csv", "projects.csv", "indicators.csv", "datapackage.json"} < names
    assert "预算公开已生成在" in done.stdout.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_compile_writes_the_formats_asked_for_and_keeps_other_files(tmp_path: Path) -> None:
    (tmp_path / "笔记.txt").write_text("保留")
    done = run("compile", EXAMPLE, "-o", tmp_path, "--format", "md,data")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert "disclosure.md" in names
    assert "disclosure.pdf" not in names
    assert (tmp_path / "笔记.txt").read_text() == "保留"


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run("compile", EXAMPLE, "-o", tmp_path / name).returncode == 0
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_failed_run_leaves_the_old_output(tmp_path: Path) -> None:
    assert run("compile", EXAMPLE, "-o", tmp_path / "out", "-f", "md,data").returncode == 0
    before = snapshot(tmp_path / "out")
    broken = tmp_path / "broken"
    assert run("new", broken, "--from", EXAMPLE, "--year", "2026").returncode == 0
    book = broken / "预算台账.xlsx"
    book.write_bytes(book.read_bytes()[:-2000])
    done = run("compile", book, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "不能作为工作簿打开" in done.stderr
    assert snapshot(tmp_path / "out") == before


def test_new_from_an_example_is_the_same_ledger(tmp_path: Path) -> None:
    assert run("new", tmp_path, "--from", EXAMPLE).returncode == 0
    for source, target in ((EXAMPLE, "a"), (tmp_path / "预算台账.xlsx", "b")):
        done = run("compile", source, "-o", tmp_path / target, "-f", "data")
        assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_prior_year_from_a_data_package(tmp_path: Path) -> None:
    assert run("compile", EXAMPLE, "-o", tmp_path / "last", "-f", "data").returncode == 0
    package = tmp_path / "last" / "datapackage.json"
    package.write_text(package.read_text("utf-8").replace('"fiscal_year": 2026', '"fiscal_year": 2025'), "utf-8")
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    for file in EXAMPLE.iterdir():
        text = file.read_text("utf-8")
        if file.name == "ledger.toml":
            head, _, rest = text.partition("[prior]")
            text = f'{head}[prior]\nsource = "../last"\n\n[reasons]{rest.partition("[reasons]")[2]}'
        (ledger / file.name).write_text(text, "utf-8")
    done = run("compile", ledger, "-o", tmp_path / "out", "-f", "md")
    assert done.returncode == 0, done.stderr
    assert "上年结转0万元，与上年相同" in (tmp_path / "out" / "disclosure.md").read_text("utf-8")


def test_taxonomy_import_and_show(tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("科目编码,科目名称\n201,一般公共服务支出\n20101,人大事务\n2010101,行政运行\n", "utf-8")
    done = run("taxonomy", "import", file, "--year", "2027", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "新增 3" in done.stdout
    shown = run("taxonomy", "show", "2010101", home=tmp_path)
    assert "2027年  行政运行" in shown.stdout
    assert "正式目录" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["compile"], "缺少 LEDGER"),
        (["compile", "nowhere", "-o", "out"], "nowhere：没有这个文件或文件夹"),
        (["compile", EXAMPLE, "-o", "out", "-f", "doc"], "没有“doc”这种格式"),
        (["compile", EXAMPLE, "-o", "out", "-f", ","], "没有“”这种格式"),
        (["new", "somewhere", "--year", "2026.5"], "--year 的值不对"),
        (["taxonomy", "show", "999"], "各年度的科目中都没有“999”"),
        (["new", "somewhere", "--year", "2031"], "没有2031年度的支出功能分类科目表"),
        (["frobnicate"], "没有 frobnicate 这个命令"),
    ],
)
def test_wrong_use_gets_one_sentence_and_exit_code_2(
    arguments: list[str | Path], sentence: str, tmp_path: Path
) -> None:
    done = run(*arguments, home=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("somewhere").exists()


def test_output_never_overwrites_a_ledger_or_another_disclosure(tmp_path: Path) -> None:
    ledger = Path(shutil.copytree(EXAMPLE, tmp_path / "ledger"))
    before = snapshot(ledger)
    done = run("compile", ledger, "-o", ledger)
    assert done.returncode == 2
    assert "这是台账所在的文件夹" in done.stderr
    assert snapshot(ledger) == before
    assert run("new", tmp_path / "book", "--from", EXAMPLE).returncode == 0
    book = (tmp_path / "book" / "预算台账.xlsx").rename(tmp_path / "book" / "disclosure.xlsx")
    done = run("compile", book, "-o", tmp_path / "book", "-f", "xlsx")
    assert done.returncode == 2
    assert "这是台账所在的文件夹" in done.stderr
    other = ROOT / "examples" / "xiaoyi-industry-2026"
    assert run("compile", other, "-o", tmp_path / "out", "-f", "data").returncode == 0
    before = snapshot(tmp_path / "out")
    done = run("compile", EXAMPLE, "-o", tmp_path / "out", "-f", "data")
    assert done.returncode == 2
    assert "里面是“孝义市工业和信息化局”2026年的数据包" in done.stderr
    assert snapshot(tmp_path / "out") == before


def test_own_package_that_was_damaged_can_be_made_again(tmp_path: Path) -> None:
    disclosure = example(EXAMPLE.name)
    publish(disclosure, tmp_path / "out", ["data"])
    before = snapshot(tmp_path / "out")
    (tmp_path / "out" / "facts.csv").write_text("")
    publish(disclosure, tmp_path / "out", ["data"])
    assert snapshot(tmp_path / "out") == before


def test_new_from_a_workbook_carries_everything_over(tmp_path: Path) -> None:
    assert run("new", tmp_path / "a", "--from", EXAMPLE).returncode == 0
    assert run("new", tmp_path / "b", "--from", tmp_path / "a" / "预算台账.xlsx").returncode == 0
    for name in ("a", "b"):
        done = run("compile", tmp_path / name / "预算台账.xlsx", "-o", tmp_path / f"{name}-out", "-f", "data")
        assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "a-out") == snapshot(tmp_path / "b-out")


def test_failure_while_moving_puts_the_old_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disclosure = example(EXAMPLE.name)
    publish(disclosure, tmp_path / "out", ["md", "data"])
    before = snapshot(tmp_path / "out")
    real, calls = os.replace, iter(range(100))

    def failing(source: Path, target: Path) -> None:
        if next(calls) == 7:
            raise OSError(13, "denied", str(source), None, str(target))
        real(source, target)

    monkeypatch.setattr("mingzhang.staging.os.replace", failing)
    with pytest.raises(InputError, match="原来的文件没有改动"):
        publish(replace(disclosure, texts=()), tmp_path / "out", ["md", "data"])
    assert snapshot(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_failure_in_a_renderer_leaves_the_old_files(tmp_path: Path) -> None:
    disclosure = example(EXAMPLE.name)
    publish(disclosure, tmp_path / "out", ["md"])
    before = snapshot(tmp_path / "out")
    broken = replace(disclosure, texts=(Text("n1", "no such style", ""),))
    with pytest.raises(ValueError, match="no such style"):
        publish(broken, tmp_path / "out", ["md"])
    assert snapshot(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_runs_at_once_never_mix_their_files(tmp_path: Path) -> None:
    """Whichever run comes last, the folder holds one run's files."""
    disclosure = example(EXAMPLE.name)
    others = [replace(disclosure, region_name=f"第{number}县") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: publish(one, tmp_path / "out", ["md", "data"]), others))
    held = read_package(tmp_path / "out")
    assert held in others
    assert held.region_name in (tmp_path / "out" / "disclosure.md").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_file_that_is_no_disclosure_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "作文.txt").write_text("今天天气很好，我们去公园。\n\n这是一篇作文。\n", "utf-8")
    checked = run("check", tmp_path / "作文.txt")
    assert checked.returncode == 1
    assert "可能不是预算（决算）公开文件" in checked.stdout
    read = run("read", tmp_path / "作文.txt", "-o", tmp_path / "out")
    assert "没有找到“预算收支总表”" in read.stderr
