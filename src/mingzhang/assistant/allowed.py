"""Which files an assistant may have read: those in the folders that its user has given, wherever a name or a link leads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mingzhang.datapackage import is_package
from mingzhang.problems import InputError, Problem


class Allowed:
    """Folders in which files may be read."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Raises InputError if one is no folder."""
        self.folders = tuple(folder.resolve() for folder in folders)
        missing = [
            Problem("不是文件夹，请检查 --allow 的路径", str(folder)) for folder in folders if not folder.is_dir()
        ]
        if missing:
            raise InputError(missing)

    def path(self, told: str) -> Path:
        """The file or folder that a path names, absolute or from the first folder. Raises InputError for one outside, or none."""
        try:
            found = (self.folders[0] / told).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise InputError([Problem(f"没有“{told}”这个文件，能读的文件在：{self.shown}")]) from None
        if not any(found.is_relative_to(folder) for folder in self.folders):
            raise InputError([Problem(f"“{told}”不在允许读取的文件夹里，能读的文件在：{self.shown}")])
        if folder := found if found.is_dir() else found.parent if is_package(found) else None:
            self._all_inside(folder, told)
        return found

    def _all_inside(self, folder: Path, told: str) -> None:
        """No link below a folder leads outside. Raises InputError if one does."""
        for one in folder.rglob("*"):
            if one.is_symlink() and not self._inside(one):
                raise InputError(
                    [Problem(f"“{told}”里的“{one.name}”指向允许读取的文件夹以外，请删去这个链接，或只读其中的文件")]
                )

    def _inside(self, link: Path) -> bool:
        try:
            return any(link.resolve().is_relative_to(held) for held in self.folders)
        except (OSError, RuntimeError):  # it leads to itself
            return False

    @property
    def shown(self) -> str:
        """The folders in a sentence."""
        return "、".join(map(str, self.folders))
