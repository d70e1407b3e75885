"""The command of those who publish a site: `publish`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mingzhang.cli.progress import progress
from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands

if TYPE_CHECKING:
    from mingzhang.corpus import Lake

EVERY = 15.0  # seconds between the lines of a log
LISTED = 20  # failures that are listed


def declare(declared: Commands) -> None:
    """Declare `publish`."""
    told = "把数据湖或公开文件做成静态网站：按地区、年度、部门查看、比较、检索、下载，个人信息已遮盖。"
    one = declared.add("publish", told, _publish)
    one.add_argument(
        "source", metavar="LAKE|DIR", help="数据湖（文件夹或对象存储地址），或公开文件、数据包、台账所在的文件夹"
    )
    told = "网站的文件夹；已有的网站整个替换，失败时不变"
    one.add_argument("-o", "--output", type=Path, required=True, metavar="SITE", help=told)
    told = "网站的网址，如 https://www.example.gov.cn/yusuan/；不填则没有站点地图和订阅源"
    one.add_argument("--url", default="", metavar="BASE", help=told)
    one.add_argument("--title", default="", metavar="TEXT", help="网站的名称；不填为“部门预算公开数据”")
    one.add_argument("--publisher", default="", metavar="NAME", help="由谁发布")
    one.add_argument("--licence", default="", metavar="TEXT", help="数据的使用许可：名称或网址")
    one.add_argument("--region", default="", metavar="R", help="LAKE|DIR 是文件时，全部文件所属的地区")
    one.add_argument("--findings", action="store_true", help="也公布检查发现的问题（个人信息类除外）；不填不公布")
    one.add_argument("--workers", type=int, default=0, metavar="N", help="同时工作的进程数；不填为处理器个数")


def _publish(given: argparse.Namespace) -> None:
    """The command `publish`."""
    from mingzhang.corpus import LakeError
    from mingzhang.web.site import SiteSettings, publish_site

    settings = SiteSettings(
        given.title.strip() or SiteSettings().title,
        given.publisher.strip(),
        given.licence.strip(),
        given.url.strip(),
        given.findings,
    ).checked()
    with _told() as say:
        try:
            with _lake(given, say) as lake:
                done = publish_site(lake, given.output, settings, say, given.workers)
        except LakeError as error:
            raise InputError([Problem(str(error))]) from error
    if not settings.url:
        print("没有给出网址（--url），所以没有站点地图（sitemap.xml）和订阅源（feed.xml）", file=sys.stderr)
    masked = f"，遮盖 {done.masked} 处个人信息" if done.masked else ""
    size = f"{done.size / 1_000_000:.1f} MB"
    print(f"已发布 {done.documents} 份公开到 {given.output}：{done.files} 个文件，{size}{masked}")


@contextmanager
def _lake(given: argparse.Namespace, say: Callable[[str], None]) -> Iterator[Lake]:
    """The lake to publish; one that lasts as long as this, if files are given."""
    from mingzhang.corpus import Lake

    folder = Path(given.source)
    if not folder.exists() or (folder / "lake.json").is_file():
        if "://" not in given.source and not folder.exists():
            raise InputError([Problem("没有这个数据湖或文件夹，请检查路径", given.source)])
        yield Lake(given.source)
        return
    if folder.resolve() == given.output.resolve():
        raise InputError([Problem("输出文件夹就是公开文件所在的文件夹，请换一个", str(given.output))])
    with tempfile.TemporaryDirectory(prefix="mingzhang-") as place:
        yield _read(given, folder, Path(place) / "lake", say)


def _read(given: argparse.Namespace, folder: Path, place: Path, say: Callable[[str], None]) -> Lake:
    from mingzhang.corpus import Lake, Options, add

    options = Options(str(place), given.region.strip())
    paths = [folder, *_compiled(folder, place.parent / "ledgers", say)]
    done = add(paths, options, lambda ready, whole: say(f"正在读取 {ready}/{whole} 份"), given.workers)
    for one in done.failures[:LISTED]:
        print(f"未读出：{one.source}：{one.reason}", file=sys.stderr)
    if len(done.failures) > LISTED:
        print(f"另有 {len(done.failures) - LISTED} 个未读出", file=sys.stderr)
    if not done.added:
        raise InputError([Problem("没有读出的公开文件，没有可以发布的内容", str(folder))])
    return Lake(str(place))


def _compiled(folder: Path, place: Path, say: Callable[[str], None]) -> list[Path]:
    """The ledgers below a folder as data packages in a folder of their own, which is given if there is any."""
    from mingzhang.compile import compile_ledger
    from mingzhang.datapackage import write_package
    from mingzhang.ledger import is_ledger, load_ledger

    found = [path for path in (folder, *sorted(folder.rglob("*"))) if path.is_dir() and is_ledger(path)]
    for path in found:
        say(f"正在编制 {path.name}")
        write_package(compile_ledger(load_ledger(path)), place / path.relative_to(folder) / path.name)
    return [place] if found else []


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """What is being done: on the last line of a terminal, else a line every so often."""
    if sys.stderr.isatty():
        with progress() as say:
            yield say
        return
    told = time.monotonic()

    def say_seldom(text: str) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            print(text, file=sys.stderr)

    yield say_seldom
