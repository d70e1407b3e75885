"""The check as a user runs it: real files through the real command, and the ground truth where it is present."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from example_ledgers import EXAMPLES, ROOT, SHARED, example
from mingzhang.compile import compile_ledger
from mingzhang.publish import publish
from published import as_text, published
from realistic import ledger
from test_cli import run

SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
# What of the defects must be found, and how many errors and warnings may stand outside the truth, by seed.
FLOORS = {"s000": (0.9, 0.85), "s002": (0.9, 0.75), "s004": (0.95, 0.8)}


def written(folder: Path, old: str = "", new: str = "", seed: int = 3) -> Path:
    """A made-up department's disclosure as text, with a change in it."""
    text = as_text(published(compile_ledger(ledger(seed))))
    assert old in text
    file = folder / "公开.txt"
    file.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return file


def total_of(file: Path) -> str:
    """The total of table 3 as the text prints it."""
    lines = file.read_text("utf-8").split("\n")
    start = next(n for n, line in enumerate(lines) if "年预算支出总表" in line)
    return next(line for line in lines[start:] if line.startswith("合计\t")).split("\t")[2]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name[:3])
def test_ground_truth(seed: Path, tmp_path: Path) -> None:
    truth = f"s{seed.name[:3]}"
    assert run("read", seed, "-o", tmp_path / "data").returncode == 0
    done = run("check", seed, "-f", "json")
    assert done.returncode == 1, done.stderr
    (tmp_path / "findings.json").write_text(done.stdout, "utf-8")
    script = SHARED / "bench" / "score.py"
    arguments = [tmp_path / "data", SHARED / "bench" / truth, "--findings", tmp_path / "findings.json", "--json"]
    scored = subprocess.run(
        [sys.executable, *map(str, (script, *arguments))], capture_output=True, text=True, check=True
    )
    defects = json.loads(scored.stdout)["defects"]
    certain, all_found = FLOORS[truth]
    assert defects["certain_recall"] >= certain, defects["missed"]
    assert defects["recall"] >= all_found, defects["missed"]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("format", ["data", "md", "html", "docx", "xlsx", "pdf"])
def test_examples_are_clean_in_every_format(name: str, format: str, tmp_path: Path) -> None:
    publish(example(name), tmp_path, [format], lambda _: None)
    file = tmp_path if format == "data" else tmp_path / f"disclosure.{format}"
    done = run("check", file)
    assert done.returncode == 0, done.stdout
    assert "错误 0 个，警告 0 个" in done.stdout or "没有发现问题" in done.stdout, done.stdout


def test_a_ledger_is_checked_before_it_is_published() -> None:
    done = run("check", ROOT / "examples" / "jincheng-construction-2026", "-f", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"][0]["fiscal_year"] == 2026


def test_one_wrong_total_is_one_finding_with_its_consequences(tmp_path: Path) -> None:
    total = total_of(written(tmp_path))
    wrong = f"{float(total) + 1000:.2f}"
    file = written(tmp_path, f"合计\t\t{total}\t", f"合计\t\t{wrong}\t")
    done = run("check", file, "-f", "json")
    assert done.returncode == 1
    findings = [one for one in json.loads(done.stdout)["findings"] if one["severity"] == "error"]
    assert len(findings) == 1, [one["message"] for one in findings]
    assert findings[0]["also"]
    assert any(place.get("value") == wrong and place["line"] for place in findings[0]["where"])


def test_accepted_findings_do_not_count(tmp_path: Path) -> None:
    file = written(tmp_path, "满意度\t≥", "满意度\t≤")
    found = json.loads(run("check", file, "-f", "json").stdout)["findings"]
    waivers = tmp_path / "认可.toml"
    entry = '[[accept]]\nrule = "{}"\nwho = "张三"\nwhy = "已核实"\n'
    waivers.write_text("".join(entry.format(one["rule"]) for one in found), "utf-8")
    done = run("check", file, "--waivers", waivers, "-f", "json")
    assert done.returncode == 0, done.stdout
    assert all(one["accepted"]["who"] == "张三" for one in json.loads(done.stdout)["findings"])
    waivers.write_text(entry.format(found[0]["rule"]) + "until = 2020-01-01\n", "utf-8")
    assert run("check", file, "--waivers", waivers).returncode == 1
    waivers.write_text("[[accept]]\nrule = 1\n", "utf-8")
    done = run("check", file, "--waivers", waivers)
    assert done.returncode == 2
    assert "认可.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_last_year_s_own_disclosure_is_the_other_side(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "上年").mkdir()
    before = tmp_path / "上年" / "公开.txt"
    before.write_text(as_text(published(compile_ledger(ledger(3, year=2025)))), "utf-8")
    done = run("check", file, "--prior", before, "-f", "json")
    assert done.returncode == 1
    assert any("上年" in one["message"] for one in json.loads(done.stdout)["findings"])
    done = run("check", file, "--prior", file)
    assert done.returncode == 2
    assert "不是2025年度的" in done.stderr


def test_private_data_are_found_masked_and_redacted(tmp_path: Path) -> None:
    phone = "13800001111"
    file = written(tmp_path, "底前完成并验收", f"底前完成并验收，联系人{phone}")
    done = run("check", file, "--redact", tmp_path / "脱敏")
    assert done.returncode == 1
    assert phone not in done.stdout
    clean = (tmp_path / "脱敏" / "公开.txt").read_text("utf-8")
    assert clean == file.read_text("utf-8").replace(phone, "138****1111")
    assert run("check", tmp_path / "脱敏" / "公开.txt").returncode == 0


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "坏.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    done = run("check", written(tmp_path), broken)
    assert done.returncode == 2
    assert "坏.pdf" in done.stderr
    assert "检查 1 份文件" in done.stdout.splitlines()[-1]
    for arguments in (("check", tmp_path / "没有.txt"), ("check", written(tmp_path), "-f", "yaml"), ("explain", "X-0")):
        done = run(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("错误：")


def test_reports_are_written_whole(tmp_path: Path) -> None:
    file = written(tmp_path)
    for format in ("text", "json", "jsonl", "sarif", "junit", "xlsx", "html"):
        target = tmp_path / f"结果.{format}"
        done = run("check", file, "-f", format, "-o", target)
        assert done.returncode == 0, done.stderr
        assert target.stat().st_size or format == "jsonl"
        assert "检查 1 份文件" in done.stderr


def test_rules_are_listed_and_explained() -> None:
    done = run("rules")
    assert done.returncode == 0
    assert "T3-01" in done.stdout
    done = run("explain", "t3-01")
    assert done.returncode == 0
    assert "算式：" in done.stdout
    assert "违反的例子" in done.stdout
