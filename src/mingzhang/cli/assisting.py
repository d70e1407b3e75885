"""The command that assistants start: `mcp`."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands


def declare(declared: Commands) -> None:
    """Declare `mcp`."""
    one = declared.add("mcp", "供 AI 助手调用的 MCP 服务（标准输入输出）：读取、检查、查询数据湖，只读。", _mcp)
    one.add_argument("--lake", default="", metavar="LAKE", help="供查询的数据湖；不填则没有查询")
    told = "助手可以读取其中文件的文件夹，可多次给出；不填为当前文件夹"
    one.add_argument("--allow", type=Path, action="append", default=[], metavar="DIR", help=told)


def _mcp(given: argparse.Namespace) -> None:
    """The command `mcp`."""
    if find_spec("mcp") is None:
        raise InputError([Problem("没有安装 MCP 的程序库，请用 pip install 'mingzhang[mcp]' 安装")])
    from mingzhang.assistant import serve

    serve(given.lake, given.allow or [Path.cwd()])
