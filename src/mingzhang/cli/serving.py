"""The command of those who never open a terminal again: `serve`."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands

_PASSWORD = "MINGZHANG_PASSWORD"


def declare(declared: Commands) -> None:
    """Declare `serve`."""
    one = declared.add("serve", "打开工作台：在浏览器里检查、编制、查询。", _serve)
    one.add_argument("--lake", default="", metavar="LAKE", help="供查询的数据湖；不填则没有查询")
    one.add_argument("--host", default="127.0.0.1", metavar="HOST", help="监听的地址；不填只有本机能访问")
    one.add_argument("--port", type=int, default=8760, metavar="N", help="端口；不填为 8760")
    told = "存放上传文件和结果的文件夹；不填为用户数据文件夹"
    one.add_argument("--data", type=Path, metavar="DIR", help=told)
    told = "工作台自己的数据库（SQLAlchemy 的 URL，如 postgresql+psycopg://…）；不填为 SQLite"
    one.add_argument("--database", default="", metavar="URL", help=told)
    told = f"口令文件；也可设环境变量 {_PASSWORD}。其他机器能访问时必须有口令"
    one.add_argument("--password-file", type=Path, metavar="FILE", help=told)
    told = "其他机器访问时用的主机名，可多次给出；不填为任意"
    one.add_argument("--name", action="append", default=[], metavar="HOST", help=told)
    one.add_argument("--https", action="store_true", help="前面有提供 HTTPS 的服务器")
    one.add_argument("--workers", type=int, metavar="N", help="同时处理几份文件；不填为处理器数")
    one.add_argument("--keep", type=float, default=72, metavar="HOURS", help="上传的文件和结果保存几小时；不填为 72")
    one.add_argument("--max-upload", type=int, default=200, metavar="MB", help="一次上传最多多少 MB；不填为 200")
    told = "一份文件最多处理几秒，超过就放弃；不填为 1800"
    one.add_argument("--job-seconds", type=float, default=1800, metavar="N", help=told)
    one.add_argument("--no-browser", action="store_true", help="不打开浏览器")


def _serve(given: argparse.Namespace) -> None:
    """The command `serve`."""
    from platformdirs import user_data_path

    from mingzhang.web import Limits, Settings, serve

    settings = Settings(
        data=given.data or user_data_path("mingzhang") / "workbench",
        host=given.host,
        port=given.port,
        lake=given.lake,
        database=given.database,
        password=_password(given.password_file),
        names=tuple(given.name),
        secure=given.https,
        workers=given.workers or max(1, os.cpu_count() or 1),
        keep_hours=given.keep,
        limits=Limits(request_bytes=given.max_upload * 1_000_000, job_seconds=given.job_seconds),
    )

    def begun(address: str) -> None:
        print(f"明账工作台已打开：{address}（按 Ctrl-C 关闭）", flush=True)
        if not given.no_browser and settings.local and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(address)

    with suppress(KeyboardInterrupt):
        serve(settings, begun)
    print("明账工作台已关闭，没有做完的下次打开时接着做", flush=True)


def _password(file: Path | None) -> str:
    if file is None:
        return os.environ.get(_PASSWORD, "")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem("口令文件不能读，请检查路径和权限", str(file))]) from error
