"""Where a result goes: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import sys
from pathlib import Path

from mingzhang.problems import InputError, Problem


def write_out(rendered: str | bytes, output: Path | None) -> None:
    """Write a text or a workbook whole to a file, or to standard output; a screen is spared the latter.

    Raises InputError if the file cannot be written, or if a workbook would go to a screen.
    """
    data = rendered if isinstance(rendered, bytes) else rendered.encode()
    if output is not None:
        from mingzhang.staging import write_whole

        write_whole(output.absolute().parent, lambda folder: _fill(folder / output.name, data))
    elif isinstance(rendered, bytes) and sys.stdout.isatty():
        raise InputError([Problem("这种格式不能显示在屏幕上，请用 -o 指定输出文件")])
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _fill(file: Path, data: bytes) -> list[str]:
    file.write_bytes(data)
    return [file.name]
