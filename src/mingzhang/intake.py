"""Any path that people name as disclosures: published files, data packages, ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from mingzhang.datapackage import is_package, read_package
from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError, Problem


class Document(Struct, frozen=True):
    """A disclosure and what it came from: `name` for people, the published `files` that it was read from."""

    name: str
    disclosure: Disclosure
    files: tuple[Path, ...] = ()


class Intake(Struct, frozen=True):
    """What could be opened, and what is wrong with the rest."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def open_documents(paths: Sequence[Path], say: Callable[[str], None] = lambda text: None) -> Intake:
    """Open paths: a data package and a ledger are a document each, published files are put together as `read` does.

    A path that cannot be used does not stop the others: its problems are told.
    """
    documents: list[Document] = []
    published: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            if is_package(path):
                documents.append(Document(str(path), read_package(path)))
            elif _is_ledger(path):
                say(f"正在编制 {path.name}")
                documents.append(Document(str(path), _compiled(path)))
            else:
                published.append(path)
        except InputError as error:
            problems += error.problems
    read, unread = _published(published, say)
    return Intake((*documents, *read), (*problems, *unread))


def _published(paths: Sequence[Path], say: Callable[[str], None]) -> tuple[list[Document], list[Problem]]:
    """Published files as documents. Where one cannot be read, each is tried by itself and the good ones are kept."""
    if not paths:
        return [], []
    try:
        return _read(paths, say), []
    except InputError as error:
        if len(paths) == 1:
            return [], list(error.problems)
    good: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            _read([path], say)
            good.append(path)
        except InputError as error:
            problems += error.problems
    return (_read(good, say) if good else []), problems


def _read(paths: Sequence[Path], say: Callable[[str], None]) -> list[Document]:
    from mingzhang.read import read

    named = {path.name: path for path in paths}
    documents = []
    for reading in read(paths, say):
        files = tuple(named.get(file) or _below(paths, file) for file in reading.files)
        documents.append(Document("、".join(reading.files), reading.disclosure, files))
    return documents


def _below(paths: Sequence[Path], name: str) -> Path:
    """The file of that name in one of the folders."""
    return next(file for path in paths if path.is_dir() for file in sorted(path.rglob("*")) if file.name == name)


def _is_ledger(path: Path) -> bool:
    if not path.is_dir() and path.suffix.lower() != ".xlsx":
        return False
    from mingzhang.ledger import is_ledger

    return is_ledger(path)


def _compiled(path: Path) -> Disclosure:
    from mingzhang.compile import compile_ledger
    from mingzhang.ledger import load_ledger

    return compile_ledger(load_ledger(path))
