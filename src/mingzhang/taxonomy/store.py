"""Where the lists are: bundled with the package, or imported by the user, whose lists have precedence.

A user's list is `taxonomy/<kind>/<year>.csv` below the home folder: the argument, else the environment variable
MINGZHANG_HOME, else the platform's data folder for mingzhang. No list ever stands in for that of another year.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import uuid4

from platformdirs import user_data_path

from mingzhang.problems import InputError, Problem
from mingzhang.taxonomy.bundle import bundled, bundled_rows
from mingzhang.taxonomy.codes import KIND_TITLES, KINDS, Code, CodeList

IMPORT_COMMAND: Final = "mingzhang taxonomy import 文件 --kind {kind} --year {year}"

_COLUMNS: Final = ("code", "name", "level", "parent", "budget", "source", "certainty", "former_names")


class MissingCodeList(InputError):
    """There is no list of that kind for that fiscal year; the message names the years there are."""


def home_folder(home: str | os.PathLike[str] | None = None) -> Path:
    """The user's folder: `home`, else MINGZHANG_HOME, else the platform's data folder. It may not exist yet."""
    if home is not None:
        return Path(home)
    if from_environment := os.environ.get("MINGZHANG_HOME"):
        return Path(from_environment)
    return user_data_path("mingzhang", appauthor=False)


def list_path(kind: str, year: int, home: str | os.PathLike[str] | None = None) -> Path:
    """Where the user's list of that kind and year is, or would be."""
    return home_folder(home) / "taxonomy" / kind / f"{year}.csv"


def years(kind: str, home: str | os.PathLike[str] | None = None) -> tuple[int, ...]:
    """The fiscal years for which there is a list of `kind`, bundled or imported, in order.

    Raises InputError for an unknown kind.
    """
    check_kind(kind)
    names = [entry.name for entry in bundled(kind).iterdir()]
    folder = home_folder(home) / "taxonomy" / kind
    if folder.is_dir():
        names += [entry.name for entry in folder.iterdir()]
    stems = {name.removesuffix(".csv") for name in names if name.endswith(".csv")}
    return tuple(sorted(int(stem) for stem in stems if stem.isascii() and stem.isdigit()))


def load(kind: str, year: int, home: str | os.PathLike[str] | None = None) -> CodeList:
    """The list of `kind` for the fiscal year: the user's if there is one, else the bundled one. Cached.

    Raises MissingCodeList when there is neither; never falls back to another year. Raises InputError for an unknown
    kind and for a user's file that is not a list.
    """
    check_kind(kind)
    path = list_path(kind, year, home)
    try:
        stat = path.stat()
    except OSError:
        return _load_bundled(kind, year) if bundled(kind, f"{year}.csv").is_file() else _refuse(kind, year, home)
    return _load_user(path, kind, year, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


def explain(code: str, home: str | os.PathLike[str] | None = None) -> list[tuple[str, int, Code]]:
    """What a code means: (kind, year, code) for each list that has it, by kind, then by year; empty if none has."""
    found = ((kind, year, load(kind, year, home).get(code)) for kind in KINDS for year in years(kind, home))
    return [(kind, year, entry) for kind, year, entry in found if entry is not None]


def save(kind: str, year: int, codes: Iterable[Code], home: str | os.PathLike[str] | None = None) -> Path:
    """Write the user's list in one step, so that a reader sees the old list or the new one; gives its path.

    Raises InputError when the folder cannot be written.
    """
    path = list_path(kind, year, home)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for code in sorted(codes, key=lambda code: code.code):
        writer.writerow(_cells(code))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, buffer.getvalue())
    except OSError as error:
        reason = (
            f"科目表写不进去（{error.strerror}），请检查目录权限和磁盘空间，或用环境变量MINGZHANG_HOME另指一个目录。"
        )
        raise InputError([Problem(reason, file=str(path))]) from error
    return path


def check_kind(kind: str) -> None:
    """Raises InputError when `kind` is not one of KINDS."""
    if kind not in KINDS:
        known = "、".join(f"{name}（{title}）" for name, title in KIND_TITLES.items())
        raise InputError([Problem(f"没有“{kind}”这种科目表，请改用其中一种：{known}。")])


def _refuse(kind: str, year: int, home: str | os.PathLike[str] | None) -> CodeList:
    known = "、".join(map(str, years(kind, home)))
    command = IMPORT_COMMAND.format(kind=kind, year=year)
    message = f"没有{year}年度的{KIND_TITLES[kind]}科目表（现有{known}年度），请取得该年度科目表后用“{command}”导入。"
    raise MissingCodeList([Problem(message)])


@lru_cache(maxsize=64)
def _load_bundled(kind: str, year: int) -> CodeList:
    return CodeList(kind, year, map(_code, bundled_rows(kind, f"{year}.csv")))


@lru_cache(maxsize=64)
def _load_user(path: Path, kind: str, year: int, stamp: Sequence[int]) -> CodeList:
    try:
        text = path.read_text(encoding="utf-8-sig")
        codes = list(map(_code, csv.DictReader(io.StringIO(text))))
        if not codes:
            raise ValueError("no codes")
        return CodeList(kind, year, codes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        command = IMPORT_COMMAND.format(kind=kind, year=year)
        message = f"这个导入的科目表读不出来，可能被改动过，请用“{command}”重新导入，或删去它以改用自带的科目表。"
        raise InputError([Problem(message, file=str(path))]) from error


def _code(row: dict[str, str]) -> Code:
    former = tuple(name for name in row["former_names"].split(";") if name)
    return Code(
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent=row["parent"],
        budget=row["budget"],
        source=row["source"],
        certainty=row["certainty"],
        former_names=former,
    )


def _cells(code: Code) -> tuple[str, ...]:
    plain = (code.code, code.name, code.level, code.parent, code.budget, code.source, code.certainty)
    return (*plain, ";".join(code.former_names))


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
