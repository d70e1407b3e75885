"""Publish: one disclosure in every format, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from mingzhang.datapackage import is_package, package_files, read_identity
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.problems import InputError, Problem
from mingzhang.publish.document import Document
from mingzhang.publish.layout import lay_out

DATA = "data"
OUTPUT = "disclosure"  # what the written files are called, before their endings
_FILES = {kind: f"{OUTPUT}.{kind}" for kind in ("md", "html", "docx", "xlsx", "pdf")}
FORMATS = (DATA, *_FILES)


def publish(
    disclosure: Disclosure,
    folder: Path,
    formats: Iterable[str] = FORMATS,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Path]:
    """Write a disclosure into `folder` in the formats asked for; give the files written.

    Everything is made beside the folder first and moved in at the end, so that a failure leaves what was there.
    Files of other names in the folder are kept. `progress` is called with each format's name before it is made.
    Raises InputError if the folder cannot be written, or holds the data of another disclosure.
    """
    chosen = list(dict.fromkeys(formats))
    folder = folder.absolute()
    if DATA in chosen:
        _refuse_another(disclosure, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(folder)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError([Problem("不能写入输出文件夹，请检查权限，或换一个位置", str(folder))]) from error
    try:
        names = _render(disclosure, staging, chosen, progress)
        with FileLock(_lock_file(folder)):
            _move(staging, folder, names)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder / name for name in names]


def _lock_file(folder: Path) -> Path:
    """Where runs that write into the same folder wait for each other; not in the folder, which is the user's."""
    return Path(tempfile.gettempdir()) / f"mingzhang-{sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.lock"


def _refuse_another(disclosure: Disclosure, folder: Path) -> None:
    """Last year's package, or another department's, is not overwritten by a slip of the folder's name."""
    if is_package(folder):
        held = read_identity(folder)
        if held != (disclosure.department_code, disclosure.name, disclosure.fiscal_year):
            message = f"里面是“{held[1]}”{held[2]}年的数据包，为免覆盖，请换一个输出文件夹"
            raise InputError([Problem(message, str(folder))])


def _render(disclosure: Disclosure, staging: Path, formats: list[str], progress: Callable[[str], None]) -> list[str]:
    document = lay_out(disclosure, load_family(disclosure.family))
    names: list[str] = []
    for name in formats:
        progress(name)
        if name == DATA:
            files = package_files(disclosure)
            for file, text in files.items():
                (staging / file).write_text(text, "utf-8", newline="")
            names += files
        else:
            (staging / _FILES[name]).write_bytes(_renderer(name)(document))
            names.append(_FILES[name])
    return names


def _renderer(name: str) -> Callable[[Document], bytes]:
    """The renderer of a format, imported when it is asked for: each brings a library of its own."""
    match name:
        case "md":
            from mingzhang.publish.markdown import to_markdown

            return lambda document: to_markdown(document).encode()
        case "html":
            from mingzhang.publish.html import to_html

            return lambda document: to_html(document).encode()
        case "docx":
            from mingzhang.publish.docx import to_docx

            return to_docx
        case "xlsx":
            from mingzhang.publish.xlsx import to_xlsx

            return to_xlsx
        case "pdf":
            from mingzhang.publish.pdf import to_pdf

            return to_pdf
        case _:
            raise ValueError(name)


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


__all__ = ["DATA", "FORMATS", "OUTPUT", "publish"]
