"""Where a lake lies: a local folder, or object storage through a URI that pyarrow or fsspec knows.

pyarrow brings S3, GCS, Azure and HDFS itself; any other address goes through fsspec, which may want a package of its own
(`s3fs`, `ossfs`, …).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
import pyarrow.fs as pafs

# Filesystems without folders: an object's name is all there is.
_FLAT = {"s3", "gcs", "abfs"}
_PART, LOCK = ".tmp", ".lock"
# What stands in a URI as it is; pyarrow takes no others, Chinese ones least.
_SIGNS = ":/?#[]@!$&'()*+,;=%"
_HALF = re.compile(r"\.[0-9a-f]{32}\.tmp$")


class Storage:
    """Files below a root, written whole: a reader sees the old file or the new one."""

    def __init__(self, uri: str) -> None:
        """Raises ValueError (or the filesystem's own error) if the place cannot be reached."""
        self.uri = uri
        if "://" not in uri:
            self.filesystem, self.root = pafs.LocalFileSystem(), str(Path(uri).absolute())
        else:
            try:
                self.filesystem, self.root = pafs.FileSystem.from_uri(quote(uri, safe=_SIGNS))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                self.filesystem, self.root = _fsspec(uri)
        self.local = isinstance(self.filesystem, pafs.LocalFileSystem)
        # What is kept in the memory of this process cannot be reached from another.
        self.shared = self.filesystem.type_name not in ("mock", "py::fsspec+memory")
        self._flat = self.filesystem.type_name in _FLAT
        self._made: set[str] = set()

    def path(self, name: str) -> str:
        """The path of a file in the filesystem."""
        return f"{self.root.rstrip('/')}/{name}"

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None if there is none."""
        try:
            with self.filesystem.open_input_file(self.path(name)) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole."""
        with self.create(name) as stream:
            stream.write(data)

    @contextmanager
    def create(self, name: str) -> Iterator[Any]:
        """A stream to write a file, which is there when all is written.

        Local files appear by a rename; object storage shows an object only when it is complete.
        """
        target = self.path(name)
        self._make_folder(target.rpartition("/")[0])
        place = f"{target}.{uuid4().hex}{_PART}" if self.local else target
        try:
            with self.filesystem.open_output_stream(place) as stream:
                yield stream
            if self.local:
                self.filesystem.move(place, target)
        except BaseException:
            if self.local:
                self.filesystem.delete_file(place)
            raise

    def _make_folder(self, folder: str) -> None:
        if not self._flat and folder not in self._made:
            self.filesystem.create_dir(folder, recursive=True)
            self._made.add(folder)

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        try:
            self.filesystem.delete_file(self.path(name))
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """The names of the files directly in a folder, in order; none if there is no folder."""
        selector = pafs.FileSelector(self.path(folder), allow_not_found=True)
        found = [one.base_name for one in self.filesystem.get_file_info(selector) if one.type == pafs.FileType.File]
        return sorted(name for name in found if not name.endswith(_PART))

    def sweep(self, folder: str, wanted: Callable[[str], bool] = lambda name: True, deep: bool = True) -> None:
        """Remove the files in a folder (and below) that are not wanted, and those of writers that were ended half way."""
        selector = pafs.FileSelector(self.path(folder).rstrip("/"), allow_not_found=True, recursive=deep)
        begin = len(self.path(""))
        for one in self.filesystem.get_file_info(selector):
            name = one.path[begin:]
            if one.type == pafs.FileType.File and (_HALF.search(name) or not wanted(name)):
                self.delete(name)

    def for_duckdb(self, protocol: str) -> Any:
        """The filesystem under a name that DuckDB knows it by: `protocol`://path."""
        from datetime import UTC, datetime

        from fsspec.implementations.arrow import ArrowFSWrapper

        class Wrapped(ArrowFSWrapper):  # type: ignore[misc]
            """pyarrow's filesystem as one of fsspec's; files here never change, so that their date does not matter."""

            def modified(self, path: str) -> datetime:
                return datetime.fromtimestamp(0, UTC)

            @classmethod
            def _strip_protocol(cls, path: str) -> str:
                return path.removeprefix(f"{protocol}://")

        Wrapped.protocol = protocol
        return Wrapped(self.filesystem)

    def json(self, name: str) -> Any:
        """A JSON file's content, None if there is none."""
        data = self.read(name)
        return None if data is None else json.loads(data)

    @contextmanager
    def alone(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the place for one writer; `waiting` is called if another has it, which is waited for.

        Object storage has no lock that every kind of it knows: there, nobody is kept out.
        """
        if not self.local:
            yield
            return
        from filelock import FileLock, Timeout

        self._make_folder(self.root)
        lock = FileLock(self.path(LOCK))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            waiting()
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _fsspec(uri: str) -> tuple[pafs.FileSystem, str]:
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(uri)
    return pafs.PyFileSystem(pafs.FSSpecHandler(filesystem)), root
