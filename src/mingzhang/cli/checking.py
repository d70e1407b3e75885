"""The commands of those who check: `check`, `rules` and `explain`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from mingzhang.cli.output import write_out
from mingzhang.cli.progress import progress
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands

if TYPE_CHECKING:
    from mingzhang.check import Candidate, Report
    from mingzhang.disclosure import Disclosure
    from mingzhang.intake import Document

CLEAN, FOUND, FAILED = 0, 1, 2


class Terminal(TypedDict):
    """How a report is shown as text."""

    colour: bool
    width: int | None
    whole: bool


def declare(declared: Commands) -> None:
    """Declare the commands."""
    one = declared.add("check", "检查预算（决算）公开：已公开的文件、数据包或台账，逐条规则找出问题。", _check)
    told = "要检查的文件、文件夹、数据包或台账；同一部门同一年度的多个附件合成一份"
    one.add_argument("files", type=Path, nargs="+", metavar="FILE", help=told)
    told = "上年的公开（文件、数据包或台账），核对增减变动；检查多份时按部门名称对应"
    one.add_argument("--prior", type=Path, action="append", default=[], metavar="FILE", help=told)
    told = "结果的格式：text、json、jsonl、sarif、junit、xlsx、html；不填为 text"
    one.add_argument("-f", "--format", default="text", metavar="FORMAT", help=told)
    one.add_argument("-o", "--output", type=Path, metavar="FILE", help="结果写到这个文件；不填为标准输出")
    told = "已认可的问题（TOML 文件），列在最后，不计入结果"
    one.add_argument("--waivers", type=Path, metavar="FILE", help=told)
    told = "把公开的文件另存一份到这个文件夹，其中查出的个人信息已遮盖"
    one.add_argument("--redact", type=Path, metavar="DIR", help=told)
    one.add_argument("--all", action="store_true", help="文本结果列出全部提示和全部位置")

    one = declared.add("rules", "列出检查的规则：编号、级别、类别、内容。", _rules)
    one.add_argument("--family", metavar="ID", help="只列这一种公开文件的规则；不填为全部")

    one = declared.add("explain", "解释一条规则：内容、算式、依据、正反两个例子。", _explain)
    one.add_argument("rule", metavar="RULE", help="规则编号，用 mingzhang rules 查看")


def _check(given: argparse.Namespace) -> int:
    """The command `check`."""
    from datetime import date

    from mingzhang.check import accept, check, load_waivers
    from mingzhang.check.reports import FORMATS, render, summary
    from mingzhang.intake import open_documents
    from mingzhang.redact import without_private_data

    if given.format not in FORMATS:
        raise InputError([Problem(f"没有“{given.format}”这种格式，请填：{'、'.join(FORMATS)}")])
    waivers = load_waivers(given.waivers) if given.waivers else []
    with progress() as say:
        opened = open_documents(given.files, say)
        prior = open_documents(given.prior, say)
        if prior.problems or not opened.documents:
            raise InputError([*prior.problems, *opened.problems])
        say("正在检查")
        report = accept(check(_candidates(opened.documents, prior.documents)), waivers, date.today())
        shown = without_private_data(report, evidence=given.format == "html")
        write_out(render(shown, given.format, **_terminal(given)), given.output)
        redacted = _redacted(report, opened.documents, given.redact) if given.redact else []
    for line in redacted:
        print(line, file=sys.stderr)
    for problem in opened.problems:
        print(f"错误：{problem}", file=sys.stderr)
    if given.format != "text" or given.output:
        print(summary(report), file=sys.stderr)
    if opened.problems:
        return FAILED
    errors = any(one.severity == "error" and not one.accepted for done in report.checked for one in done.findings)
    return FOUND if errors else CLEAN


def _terminal(given: argparse.Namespace) -> Terminal:
    """How a text is shown: in colour and wrapped at a terminal, plain in a file or pipe."""
    shown = given.output is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if shown else None
    return Terminal(colour=shown and not os.environ.get("NO_COLOR"), width=width, whole=given.all)


def _candidates(documents: Sequence[Document], prior: Sequence[Document]) -> list[Candidate]:
    from mingzhang.check import Candidate

    return [Candidate(one.name, one.disclosure, _before(one, prior, len(documents))) for one in documents]


def _before(document: Document, prior: Sequence[Document], count: int) -> Disclosure | None:
    """Last year's disclosure of a document: the only one given for the only one checked, else by name and year."""
    own = document.disclosure
    if len(prior) == 1 and count == 1:
        before = prior[0].disclosure
        if own.fiscal_year and before.fiscal_year and before.fiscal_year != own.fiscal_year - 1:
            message = f"是{before.fiscal_year}年度的公开，不是{own.fiscal_year - 1}年度的，请换成上年的文件"
            raise InputError([Problem(message, prior[0].name)])
        return before
    for one in prior:
        held = one.disclosure
        if (held.name, held.fiscal_year) == (own.name, own.fiscal_year - 1):
            return held
    return None


def _redacted(report: Report, documents: Sequence[Document], folder: Path) -> list[str]:
    """Write clean copies of the published files in which private data were found; tell what was done."""
    from mingzhang.redact import clean_copies

    told = []
    for checked, document in zip(report.checked, documents, strict=True):
        for done in clean_copies(checked, {file.name: file for file in document.files}, folder):
            masked = sum(done.counts) or done.areas
            told.append(f"已另存 {done.path}：遮盖 {masked} 处个人信息" + "".join(f"，{note}" for note in done.notes))
    return told or ["没有查出个人信息，没有另存文件"]


def _rules(given: argparse.Namespace) -> None:
    """The command `rules`."""
    from mingzhang.check import load_book
    from mingzhang.check.reports import CATEGORY, SEVERITY
    from mingzhang.families import families, load_family

    if given.family and given.family not in families():
        raise InputError([Problem(f"没有“{given.family}”这种公开文件，请填：{'、'.join(families())}")])
    for family_id in [given.family] if given.family else families():
        book = load_book(family_id)
        print(f"{load_family(family_id).title}（{family_id}），规则 {book.version}，{len(book.rules)} 条")
        for rule in book.rules:
            print(f"  {rule.id:<8} {SEVERITY[rule.worst]} {CATEGORY[rule.category]} {rule.says}")


def _explain(given: argparse.Namespace) -> None:
    """The command `explain`."""
    from mingzhang.check import load_book, load_examples
    from mingzhang.check.reports import CATEGORY, SEVERITY
    from mingzhang.families import families, load_family

    found = False
    for family_id in families():
        for rule in load_book(family_id).rules:
            if rule.id.lower() != given.rule.lower():
                continue
            found = True
            example = load_examples(family_id)[rule.id]
            print(f"{rule.id} {rule.title}（{load_family(family_id).title}）")
            print(f"  {rule.says}")
            print(f"  级别：{SEVERITY[rule.worst]}；类别：{CATEGORY[rule.category]}；自 {rule.since} 起")
            print(f"  依据：{rule.basis}")
            for line in rule.lines:
                print(f"  算式：{line}")
            for line in rule.when:
                print(f"  条件：{line}")
            for title, text in (("符合", example.passes), ("违反", example.breaks)):
                print(f"  {title}的例子：")
                print("\n".join(f"    {line}" for line in text.strip("\n").split("\n")))
    if not found:
        raise InputError([Problem(f"没有编号为“{given.rule}”的规则，用 mingzhang rules 查看全部规则")])
