"""Where a lake lies: a local folder, or object storage through a URI that pyarrow or fsspec knows."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pyarrow.fs as pafs


class Storage:
    """Files below a root, written whole: a reader sees the old file or the new one."""

    def __init__(self, uri: str) -> None:
        """Raises ValueError (or the filesystem's own error) if the place cannot be reached."""
        self.uri = uri
        if "://" not in uri:
            self.filesystem, self.root = pafs.LocalFileSystem(), _absolute(uri)
        else:
            try:
                self.filesystem, self.root = pafs.FileSystem.from_uri(uri)
            except (pafs.pa.ArrowInvalid, pafs.pa.ArrowNotImplementedError):
                self.filesystem, self.root = _fsspec(uri)
        self.local = isinstance(self.filesystem, pafs.LocalFileSystem)

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
        """Write a file whole. Local files appear by a rename; object storage shows an object only when it is complete."""
        target = self.path(name)
        self.filesystem.create_dir(target.rpartition("/")[0], recursive=True)
        place = f"{target}.{uuid4().hex}.tmp" if self.local else target
        with self.filesystem.open_output_stream(place) as stream:
            stream.write(data)
        if self.local:
            self.filesystem.move(place, target)

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
        return sorted(name for name in found if not name.endswith(".tmp"))

    def json(self, name: str) -> Any:
        """A JSON file's content, None if there is none."""
        data = self.read(name)
        return None if data is None else json.loads(data)


def _absolute(path: str) -> str:
    from pathlib import Path

    return str(Path(path).absolute())


def _fsspec(uri: str) -> tuple[pafs.FileSystem, str]:
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(uri)
    return pafs.PyFileSystem(pafs.FSSpecHandler(filesystem)), root
