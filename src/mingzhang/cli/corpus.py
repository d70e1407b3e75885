"""The commands on a lake of disclosures: `corpus add`, `corpus sql`, the ready questions, `corpus export`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mingzhang.cli.asking import declare_questions
from mingzhang.cli.exporting import declare_export
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

    from mingzhang.corpus import Result

EVERY = 15.0  # seconds between the lines of a log
LISTED = 20  # failures that are listed; the lake holds them all
DONE, FAILED = 0, 2
_DATES = {
    "source": ("来源文件", "文件", "source"),
    "published": ("公开日期", "published"),
    "approved": ("批准日期", "approved"),
}

Say = Callable[[int, int], None]


def declare(declared: Commands) -> None:
    """Declare `corpus` and what it does."""
    corpus = declared.group("corpus", "数据湖：把成千上万份公开汇成一个可以查询的整体。")
    one = corpus.add("add", "读取、检查公开文件并存入数据湖；中断后再运行会接着做。", _add)
    one.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="公开文件、文件夹或数据包")
    one.add_argument("--to", required=True, metavar="LAKE", help="数据湖：文件夹或对象存储地址")
    one.add_argument("--region", default="", metavar="R", help="全部文件所属的地区；不填用文件里写明的")
    told = "各文件的公开日期和批准日期：CSV，有“来源文件”“公开日期”“批准日期”三栏，日期如 2026-03-01"
    one.add_argument("--dates", type=Path, metavar="CSV", help=told)
    one.add_argument("--workers", type=int, default=0, metavar="N", help="同时工作的进程数；不填为处理器个数")
    one.add_argument(
        "--scheduler", default="", metavar="URL", help="Dask 集群的地址，如 tcp://主机:8786；不填在本机运行"
    )
    declare_questions(corpus)
    declare_export(corpus)


def _add(given: argparse.Namespace) -> int:
    """The command `corpus add`."""
    from mingzhang.corpus import LakeError, Options, add

    if given.workers < 0:
        raise UsageError("--workers 的值不对")
    options = Options(given.to, given.region.strip(), _dates(given.dates) if given.dates else {})
    with _progress() as say:
        try:
            done = add(given.paths, options, say, given.workers, given.scheduler, _log)
        except LakeError as error:
            raise InputError([Problem(str(error))]) from error
        except KeyboardInterrupt:
            _log("已中断；读完的都留着，再运行同一条命令会接着做")
            return 128 + signal.SIGINT
    return _tell(done, given.to)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tell(done: Result, lake: str) -> int:
    for one in done.failures[:LISTED]:
        print(f"未读出：{one.source}：{one.reason}", file=sys.stderr)
    if len(done.failures) > LISTED:
        print(f"另有 {len(done.failures) - LISTED} 个未读出，用 mingzhang corpus coverage 查看", file=sys.stderr)
    parts = [f"入库 {done.added} 个"]
    if done.skipped:
        parts.append(f"已在库中 {done.skipped} 个")
    if done.failures:
        parts.append(f"未读出 {len(done.failures)} 个")
    if not done.added and not done.skipped and not done.failures:
        raise InputError([Problem("没有可读的公开文件，请检查路径")])
    print(f"{lake}：{'，'.join(parts)}")
    return DONE if done.added or done.skipped else FAILED


def _dates(file: Path) -> dict[str, tuple[str, str]]:
    """The days of publication and approval by source. Raises InputError for a column that is missing or no date."""
    from mingzhang.tabular import read_csv

    rows = read_csv(file)
    heads = [cell.strip() for cell in rows[0][1]] if rows else []
    places = {key: next((n for n, head in enumerate(heads) if head in names), None) for key, names in _DATES.items()}
    if places["source"] is None or (places["published"] is None and places["approved"] is None):
        raise InputError([Problem("要有“来源文件”一栏，和“公开日期”“批准日期”中的至少一栏", str(file))])
    found, problems = {}, []
    for number, cells in rows[1:]:
        said = {key: cells[n].strip() if n is not None and n < len(cells) else "" for key, n in places.items()}
        for key in ("published", "approved"):
            if said[key] and not _is_date(said[key]):
                problems.append(
                    Problem(
                        f"“{said[key]}”不是日期，请写成 2026-03-01 这样", str(file), row=number, column=_DATES[key][0]
                    )
                )
        if said["source"]:
            found[said["source"]] = (said["published"], said["approved"])
    if problems:
        raise InputError(problems)
    return found


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@contextmanager
def _progress() -> Iterator[Say]:
    """How far it is: a bar with rate and estimate at a terminal, else a line every so often."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task("正在入库", total=None)
            yield lambda done, whole: bar.update(task, completed=done, total=whole)
        return
    begun = told = time.monotonic()

    def say(done: int, whole: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= EVERY:
            told = now
            rate = done / (now - begun)
            print(
                f"已处理 {done}/{whole} 个，每秒 {rate:.1f} 个，约还需 {_span((whole - done) / rate)}", file=sys.stderr
            )

    yield say


def _span(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 100 else f"{seconds / 60:.0f} 分钟"


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Documents a second."""

        def render(self, task: Task) -> Text:
            return Text(f"每秒 {task.speed:.1f} 个" if task.speed else "")

    parts = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("约还需"),
        TimeRemainingColumn(),
    )
    return Progress(*parts, console=Console(stderr=True), transient=True)
