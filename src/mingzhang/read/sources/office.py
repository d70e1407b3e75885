"""Old documents (.doc and the like) as .docx: LibreOffice converts them, where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from mingzhang.read.sources.kinds import refused

_SECONDS = 120


def to_docx(data: bytes, suffix: str, name: str) -> bytes:
    """Convert a document. Raises InputError if LibreOffice is not installed, or cannot make anything of it in time."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise refused(f"读 .{suffix} 文件需要 LibreOffice，请安装，或用 Office、WPS 另存为 .docx 后重试", name)
    with TemporaryDirectory(prefix="mingzhang-", ignore_cleanup_errors=True) as folder:
        given, made = Path(folder, f"document.{suffix}"), Path(folder, "made")
        given.write_bytes(data)
        # A profile of its own: an office that is open elsewhere would take the job and not do it.
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        _run([office, profile, "--headless", "--norestore", "--convert-to", "docx", "--outdir", str(made), str(given)])
        found = made / "document.docx"
        if not found.exists():
            message = "LibreOffice 不能转换这个文件，可能已损坏或加了密码，请用 Office、WPS 另存为 .docx 后重试"
            raise refused(message, name)
        return found.read_bytes()


def _run(command: list[str]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
