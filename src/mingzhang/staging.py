"""Files written whole or not at all: made beside their folder first, then moved in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from mingzhang.problems import InputError, Problem


def write_whole(folder: Path, fill: Callable[[Path], list[str]]) -> list[Path]:
    """Let `fill` write files into a folder beside `folder` and give their names; move them in; give their paths.

    A failure leaves what was there. Files of other names in the folder are kept; two runs at once wait for each other.
    Raises InputError if the folder cannot be written.
    """
    from filelock import FileLock  # only who writes waits for its import

    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(folder)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError([Problem("不能写入输出文件夹，请检查权限，或换一个位置", str(folder))]) from error
    try:
        names = fill(staging)
        with FileLock(_lock_file(folder)):
            _move(staging, folder, names)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder / name for name in names]


def _lock_file(folder: Path) -> Path:
    """Where runs that write into the same folder wait for each other; not in the folder, which is the user's."""
    from hashlib import sha256

    return Path(tempfile.gettempdir()) / f"mingzhang-{sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.lock"


def _move(staging: Path, folder: Path, names: list[str]) -> None:
    """Put the new files in place: as one rename where the folder is new, else file by file with the old set aside.

    If a move fails half way (a file open in Excel), the old files are put back.
    """
    for name in names:
        if (folder / name).is_dir():
            raise InputError([Problem("这里有一个同名的文件夹，请移走它或换一个输出文件夹", str(folder / name))])
    if not folder.exists():
        os.replace(staging, folder)
        folder.chmod(0o755)
        return
    aside = staging / ".old"
    aside.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                os.replace(folder / name, aside / name)
            moved.append(name)
            os.replace(staging / name, folder / name)
    except BaseException as error:
        for name in moved:
            if (aside / name).exists():
                os.replace(aside / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        message = f"不能写入 {error.filename2 or error.filename}，文件可能正被打开，请关闭后重试；原来的文件没有改动"
        raise InputError([Problem(message)]) from error


def replace_whole(folder: Path, marker: str, fill: Callable[[Path], None]) -> None:
    """Let `fill` make a folder anew beside `folder`, then put it in its place; what is no longer made is gone with the old one.

    Only a folder that is not there, is empty, or holds `marker` (a file that `fill` writes, too) is replaced. What others have put
    into its top level under names that `fill` did not make now or then is kept: the marker lists, a name a line, what was made.
    A failure leaves what was there. Raises InputError if the folder cannot be written or is not such a folder.
    """
    from filelock import FileLock

    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(folder, marker)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError([Problem("不能写入输出文件夹，请检查权限，或换一个位置", str(folder))]) from error
    try:
        made = staging / "new"
        made.mkdir()
        fill(made)
        (made / marker).write_text("".join(f"{name}\n" for name in sorted({*_names(made), marker})), "utf-8")
        made.chmod(0o755)
        with FileLock(_lock_file(folder)):
            _refuse_foreign(folder, marker)
            _swap(made, folder, staging / "old", marker)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _refuse_foreign(folder: Path, marker: str) -> None:
    if folder.is_dir() and _names(folder) and not (folder / marker).is_file():
        message = "这个文件夹里有别的文件，为免覆盖，请换一个空的或新的输出文件夹"
        raise InputError([Problem(message, str(folder))])
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem("这里有一个同名的文件，请移走它或换一个输出文件夹", str(folder))])


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _swap(made: Path, folder: Path, aside: Path, marker: str) -> None:
    """Put the made folder where the old one is, with what is others' in it; put everything back if that fails."""
    try:
        if not folder.exists():
            os.replace(made, folder)
            return
        others: set[str] = set()
        if (folder / marker).is_file():
            others = _names(folder) - set((folder / marker).read_text("utf-8").splitlines()) - _names(made)
        os.replace(folder, aside)
        try:
            for name in others:
                os.replace(aside / name, made / name)
            os.replace(made, folder)
        except BaseException:
            for name in others:
                if (made / name).exists():
                    os.replace(made / name, aside / name)
            os.replace(aside, folder)
            raise
    except OSError as error:
        message = "不能替换输出文件夹，里面的文件可能正被打开，请关闭后重试；原来的文件没有改动"
        raise InputError([Problem(message, str(folder))]) from error
