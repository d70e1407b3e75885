"""A site's folder as a visitor's browser, a link checker and a snoop see it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile, is_zipfile

from lxml import html

from mingzhang.cli import main

LINKS = ("href", "src", "action", "data-index")


class Ran(NamedTuple):
    """What a command gave and said."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str) -> Ran:
    """The program's command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    return Ran(code, out.getvalue(), err.getvalue())


def files(folder: Path) -> dict[str, bytes]:
    """All files of a site by their path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def digests(folder: Path) -> dict[str, str]:
    """What two sites are compared by."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files(folder).items()}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """All that can be read in a site without blanks and hyphens, what lies in archives and workbooks, too; and the names."""
    for name, content in files(folder).items():
        yield name, name
        parts = [content]
        if is_zipfile(io.BytesIO(content)):
            with ZipFile(io.BytesIO(content)) as archive:
                parts = [archive.read(member) for member in archive.namelist()]
        for part in parts:
            yield name, re.sub(r"[\s\-　]", "", part.decode("utf-8", "replace"))


class Pages:
    """The pages of a site, parsed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trees = {
            name: html.document_fromstring(content) for name, content in files(folder).items() if name.endswith(".html")
        }
        self.anchors = {name: set(tree.xpath("//@id")) for name, tree in self.trees.items()}

    def broken(self) -> list[str]:
        """Links that lead nowhere, are not relative, or name an anchor that is not there."""
        found = []
        for page, tree in self.trees.items():
            for link in {one for kind in LINKS for one in tree.xpath(f"//@{kind}")}:
                if reason := self._wrong(page, link):
                    found.append(f"{page}: {link}: {reason}")
        return found

    def _wrong(self, page: str, link: str) -> str:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or parts.path.startswith("/"):
            return "not relative"
        if not link.isascii():
            return "not encoded"
        target = (self.folder / page).parent / unquote(parts.path) if parts.path else self.folder / page
        target = target.resolve()
        if not target.exists() or (parts.path and not _named_so(target)):
            return "not there"
        name = target.relative_to(self.folder.resolve()).as_posix()
        if parts.fragment and unquote(parts.fragment) not in self.anchors.get(name, set()):
            return "no such anchor"
        return ""

    def reachable(self) -> set[str]:
        """The pages that links lead to from the first one."""
        seen, new = set(), ["index.html"]
        while new:
            page = new.pop()
            if page in seen or page not in self.trees:
                continue
            seen.add(page)
            for link in self.trees[page].xpath("//a/@href"):
                path = unquote(urlsplit(link).path)
                if path:
                    new.append(
                        ((self.folder / page).parent / path).resolve().relative_to(self.folder.resolve()).as_posix()
                    )
        return seen

    def datasets(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What pages tell machines."""
        for page, tree in self.trees.items():
            for script in tree.xpath("//script[@type='application/ld+json']"):
                yield page, json.loads(script.text)


def _named_so(path: Path) -> bool:
    """Whether a file's name is written as on the disk, where the file system makes no difference between cases."""
    return path.is_dir() or path.name in {one.name for one in path.parent.iterdir()}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The standard library's file server over a folder: its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
