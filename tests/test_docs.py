"""The documents name what there is: every column, every command, every link."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from example_ledgers import ROOT
from mingzhang.check import load_book
from mingzhang.check.reports import CATEGORY, SEVERITY
from mingzhang.cli import commands as declared
from mingzhang.families import families, load_family
from mingzhang.ledger.schema import SHEETS
from mingzhang.publish import FORMATS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])


def commands(text: str) -> list[str]:
    """The shell commands of a document, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.splitlines()]


LEDGER_PAGE = ROOT / "docs" / "ledger.md"
_TAKES = {
    "text": "text",
    "long_text": "text, several lines",
    "code": "code",
    "money": "yuan",
    "count": "whole number",
    "number": "number",
    "year": "year",
    "flag": "是 / 否",
    "date": "date",
    "list": "list",
}


def ledger_tables() -> str:
    """The part of docs/ledger.md that the schema gives: a table for each sheet."""
    parts = []
    for sheet in SHEETS:
        where = f"table `[{sheet.key}]`, key and value" if sheet.pairs else f"`{sheet.key}.csv`, one row each"
        rows = ["| key | label | takes | |", "| --- | --- | --- | --- |"]
        for column in sheet.columns:
            takes = _TAKES.get(column.kind) or " / ".join(printed for printed, _ in column.choices)
            notes = "; ".join(note for note in ("required" if column.required else "", column.help) if note)
            rows.append(f"| `{column.key}` | {column.label} | {takes} | {notes} |")
        head = f"## {sheet.label}\n\n{where}{', required' if sheet.required else ''}. {sheet.help}".rstrip()
        parts.append("\n".join([head, "", *rows]))
    return "\n\n".join(parts) + "\n"


def test_ledger_page_is_the_schemas() -> None:
    head, _, tables = LEDGER_PAGE.read_text("utf-8").partition("\n## ")
    if os.environ.get("MINGZHANG_UPDATE_GOLDEN"):
        LEDGER_PAGE.write_text(f"{head}\n{ledger_tables()}", "utf-8")
    assert f"## {tables}" == ledger_tables()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_has_every_command_and_format(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for command in declared().names():
        assert f"`mingzhang {command}" in text
    assert ",".join(FORMATS) in text


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert commands(english) == commands(chinese)


RULES_PAGE = ROOT / "docs" / "rules.md"


def rules_list() -> str:
    """The part of docs/rules.md that the rule books give: an entry for each rule."""
    parts = []
    for family in families():
        book = load_book(family)
        if not book.rules:
            continue
        parts.append(f"## {load_family(family).title}（`{family}`，{book.version}，{len(book.rules)} 条）")
        for rule in book.rules:
            lines = [f"### {rule.id} {rule.title}", "", rule.says, ""]
            told = [SEVERITY[rule.worst], CATEGORY[rule.category], f"自 {rule.since} 起", f"依据：{rule.basis}"]
            lines.append(f"- {'；'.join(told)}")
            lines += [f"- 算式：`{line}`" for line in rule.lines] + [f"- 条件：`{line}`" for line in rule.when]
            lines += [f"- 函数：`{rule.function}`"] if rule.function else []
            parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def test_rules_page_is_the_books() -> None:
    head, _, entries = RULES_PAGE.read_text("utf-8").partition("\n<!-- the books -->\n")
    if os.environ.get("MINGZHANG_UPDATE_GOLDEN"):
        RULES_PAGE.write_text(f"{head}\n<!-- the books -->\n\n{rules_list()}", "utf-8")
    assert entries.lstrip("\n") == rules_list()


def test_families_page_has_every_row_kind() -> None:
    page = (ROOT / "docs" / "families.md").read_text("utf-8")
    declared = [table for family in families() for table in load_family(family).tables]
    for kind in {side.rows for table in declared for side in table.side}:
        assert f"| `{kind}` |" in page


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target
