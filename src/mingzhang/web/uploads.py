"""Files that come in: counted, measured, called by numbers, and laid aside until a job takes them."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from unicodedata import category

from msgspec.structs import replace
from starlette.datastructures import UploadFile

from mingzhang.web.refused import Refused
from mingzhang.web.settings import Settings
from mingzhang.web.workbench import INCOMING, Given

_BLOCK = 1 << 20
_LONGEST = 120
_ENDING = re.compile(r"\.[a-z0-9]{1,8}")


@contextmanager
def laid_aside(settings: Settings) -> Iterator[Path]:
    """A folder for what comes in; what is not moved away goes with it."""
    incoming = settings.data / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=incoming, ignore_cleanup_errors=True) as name:
        yield Path(name)


def taken(files: Sequence[UploadFile], folder: Path, settings: Settings, prefix: str = "") -> list[Given]:
    """Write files into a folder under names that are none of their owner's; `prefix` begins them.

    Raises Refused if there are too many, or one is empty or too large.
    """
    limits = settings.limits
    named = [file for file in files if file.filename]
    if len(named) > limits.files:
        raise Refused(413, f"一次最多上传 {limits.files} 个文件，请分几次上传")
    return _told_apart(
        [_taken(file, folder, limits.file_bytes, f"{prefix}{number}") for number, file in enumerate(named)]
    )


def _told_apart(files: Sequence[Given]) -> list[Given]:
    """Files of one name with their number behind it."""
    counted: Counter[str] = Counter()
    apart = []
    for file in files:
        counted[file.name] += 1
        path = PurePosixPath(file.name)
        number = counted[file.name]
        apart.append(file if number == 1 else replace(file, name=f"{path.stem}（{number}）{path.suffix}"))
    return apart


def _taken(file: UploadFile, folder: Path, most: int, stem: str) -> Given:
    name = shown_name(file.filename or "")
    ending = PurePosixPath(name).suffix.lower()
    stored = stem + (ending if _ENDING.fullmatch(ending) else "")
    path, size = folder / stored, 0
    with path.open("wb") as target:
        while block := file.file.read(_BLOCK):
            size += len(block)
            if size > most:
                raise Refused(413, f"“{name}”超过 {most // 1_000_000} MB，请压缩图片或拆开后再上传")
            target.write(block)
    if not size:
        raise Refused(400, f"“{name}”是空文件，请检查后重新上传")
    return Given(name, stored, path)


def shown_name(name: str) -> str:
    """A file's name as it is shown: without folders, control and other invisible characters, not too long."""
    plain = "".join(sign for sign in name.replace("\\", "/").rsplit("/", 1)[-1] if category(sign)[0] != "C").strip()
    if len(plain) > _LONGEST:
        ending = PurePosixPath(plain).suffix[-9:]
        plain = plain[: _LONGEST - len(ending) - 1] + "…" + ending
    return plain or "未命名"
