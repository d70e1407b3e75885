"""The commands on official code lists: `taxonomy show` and `taxonomy import`."""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path

from mingzhang.cli.compiling import year
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands


def declare(declared: Commands) -> None:
    """Declare `taxonomy` and what it does."""
    codes = declared.group("taxonomy", "政府收支分类科目：查看、导入正式目录。")
    one = codes.add("show", "解释一个科目编码：各年度的名称、级次、上级、把握程度。", _show)
    one.add_argument("code", metavar="CODE", help="科目编码，如 2130101")
    one = codes.add("import", "导入某一年度的正式科目（工作簿或 CSV），代替或修订自带的科目表。", _import)
    one.add_argument("file", type=Path, metavar="FILE", help="科目文件，要有“科目编码”“科目名称”两栏")
    one.add_argument("--year", type=year, required=True, metavar="Y", help="预算年度")
    told = "functional（支出功能分类）、economic_department、economic_government、revenue；不填按编码判断"
    one.add_argument("--kind", metavar="K", help=told)
    one.add_argument("--amend", action="store_true", help="在该年度现有科目上修订，不填为整体替换")


def _show(given: argparse.Namespace) -> None:
    """The command `taxonomy show`."""
    from mingzhang.taxonomy import KIND_TITLES, explain

    code = given.code
    found = explain(code)
    if not found:
        raise InputError([Problem(f"各年度的科目中都没有“{code}”，请核对编码")])
    for kind, versions in groupby(found, key=lambda one: one[0]):
        print(f"{KIND_TITLES[kind]} {code}")
        for (name, certainty), same in groupby(versions, key=lambda one: (one[2].name, one[2].certainty)):
            held = list(same)
            one = held[-1][2]
            span = str(held[0][1]) if len(held) == 1 else f"{held[0][1]}—{held[-1][1]}"
            print(f"  {span}年  {name}（{one.level}{f'，上级 {one.parent}' if one.parent else ''}）")
            print(f"    把握程度：{_CERTAINTY.get(certainty, certainty)}；来源：{one.source.replace(';', '、')}")
            if one.former_names:
                print(f"    曾用名：{'、'.join(one.former_names)}")


_CERTAINTY = {
    "official": "正式目录",
    "attested": "在公开文件中见过同样的编码和名称",
    "attested_2008": "与2008年的科目一致，记忆中没有变化",
    "attested_local": "地方自设，在公开文件中见过",
    "recalled": "只凭记忆，名称不同只作提示",
    "unsure": "不能确定，不作为判错的依据",
}


def _import(given: argparse.Namespace) -> None:
    """The command `taxonomy import`."""
    from mingzhang.taxonomy import KIND_TITLES
    from mingzhang.taxonomy.importing import import_codes

    report = import_codes(given.file, given.year, given.kind, given.amend)
    print(
        f"{given.year}年{KIND_TITLES[report.kind]}已导入：新增 {report.added}、修改 {report.changed}、"
        f"不变 {report.kept}、删去 {report.removed}，存于 {report.path}"
    )
