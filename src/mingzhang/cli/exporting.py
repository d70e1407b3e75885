"""The command of those who publish the data of a lake: `corpus export`."""

from __future__ import annotations

import argparse
from pathlib import Path

from mingzhang.cli.progress import progress
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands


def declare_export(corpus: Commands) -> None:
    """Declare `export` among the commands of `corpus`."""
    one = corpus.add("export", "把数据湖导出为开放数据：CSV 数据包、DuckDB 文件和数据字典，个人信息已遮盖。", _export)
    one.add_argument("lake", metavar="LAKE", help="数据湖：文件夹或对象存储地址")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="输出文件夹；失败时原有内容不变")
    told = "只导出这些格式，用逗号分开：csv,duckdb；不填为全部"
    one.add_argument("-f", "--format", default="csv,duckdb", metavar="LIST", help=told)
    one.add_argument("--all", action="store_true", help="导出全部版本和未读出的文件；不填只导出最新版本")


def _export(given: argparse.Namespace) -> None:
    """The command `corpus export`."""
    from mingzhang.corpus import Lake, LakeError
    from mingzhang.corpus.export import export

    formats = [name.strip() for name in given.format.replace("，", ",").split(",")]
    with progress() as say:
        try:
            done = export(Lake(given.lake), given.output, formats, given.all, say)
        except LakeError as error:
            raise InputError([Problem(str(error))]) from error
    for file in done.files:
        print(file)
    print(f"已遮盖 {done.masked} 处个人信息（检查出的身份证号、手机号码、账号、住址、姓名）")
    rows = sum(done.rows.values()) - done.rows["documents"]
    print(f"已导出 {done.rows['documents']} 份公开、{rows} 行数据到 {given.output}")
