"""Mingzhang from Python: read, check and compile disclosures, and ask a lake, with every table as Arrow.

This is what `import mingzhang as mz` offers (docs/api.md). Libraries are loaded by the call that needs them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mingzhang.api.lake import LakeView
from mingzhang.api.publication import Findings, Publication, StrPath
from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError, Problem


def read(*paths: StrPath) -> Publication:
    """Read one disclosure: a published file, several files or a folder of it, a data package or a ledger.

    Raises InputError if it cannot be read, or if the paths hold several (`read_all` reads those).
    """
    found = read_all(*paths)
    if len(found) > 1:
        names = "、".join(f"{one.name}{one.year}" for one in found[:3])
        raise InputError([Problem(f"里面有 {len(found)} 份公开（{names}等），请逐份读取，或用 read_all")])
    return found[0]


def read_all(*paths: StrPath) -> list[Publication]:
    """Read all disclosures in some files and folders; attachments of one are put together.

    Raises InputError if one of the paths cannot be used.
    """
    from mingzhang.intake import open_documents

    opened = open_documents([Path(path) for path in paths])
    if opened.problems or not opened.documents:
        raise InputError(list(opened.problems) or [Problem("没有指定要读的文件")])
    return [Publication(one.disclosure, one.name, one.files) for one in opened.documents]


def check(
    what: StrPath | Publication | Disclosure, prior: StrPath | Publication | Disclosure | None = None
) -> Findings:
    """Check a disclosure, or the file that it is in, by the rule book; `prior` is last year's, for what changed.

    Raises InputError if a file cannot be read.
    """
    from mingzhang.check import Candidate
    from mingzhang.check import check as run

    publication, before = _publication(what), None if prior is None else _publication(prior).disclosure
    report = run([Candidate(publication.source or publication.name, publication.disclosure, before)])
    return Findings(report.checked[0].findings, publication, report.book)


def compile(ledger: StrPath) -> Publication:
    """Compile a ledger, a workbook or a folder, into the disclosure; `write` writes it in every format.

    Raises InputError with all that is wrong with the ledger.
    """
    from mingzhang.compile import compile_ledger
    from mingzhang.ledger import load_ledger

    return Publication(compile_ledger(load_ledger(Path(ledger))), os.fspath(ledger))


def open_lake(uri: StrPath) -> LakeView:
    """Open a lake at a local path, or a URI of object storage, for questions. Raises LakeError if there is none."""
    return LakeView(uri)


def _publication(what: StrPath | Publication | Disclosure) -> Publication:
    if isinstance(what, Disclosure):
        return Publication(what)
    return what if isinstance(what, Publication) else read(what)


def __getattr__(name: str) -> Any:
    if name == "LakeError":  # its module loads Arrow
        from mingzhang.corpus import LakeError

        return LakeError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Findings",
    "InputError",
    "LakeError",
    "LakeView",
    "Publication",
    "check",
    "compile",
    "open_lake",
    "read",
    "read_all",
]
