"""A disclosure, and what a check of it found, with every table as Arrow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    from mingzhang.check import Finding

StrPath: TypeAlias = str | os.PathLike[str]

# A table of one document needs no column that tells documents apart.
_OF_A_LAKE = ["region", "doc"]


class Publication:
    """A disclosure, read or compiled, with its records as Arrow tables.

    The tables have the columns of a lake's (docs/data-package.md tells what they mean) without `region` and `doc`. Amounts are
    exact decimals: 万元 in `facts`, yuan in `projects`. `files` are the published files that it was read from.
    """

    def __init__(self, disclosure: Disclosure, source: str = "", files: Sequence[Path] = ()) -> None:
        self.disclosure = disclosure
        self.source = source
        self.files = tuple(files)

    def __repr__(self) -> str:
        return f"<Publication {self.name} {self.year}>"

    @property
    def name(self) -> str:
        """The department or unit."""
        return self.disclosure.name

    @property
    def year(self) -> int:
        """The fiscal year."""
        return self.disclosure.fiscal_year

    @property
    def facts(self) -> pa.Table:
        """The cells of the tables."""
        return self._tables["facts"]

    @property
    def narrative(self) -> pa.Table:
        """The figures of the explanation."""
        return self._tables["narrative"]

    @property
    def projects(self) -> pa.Table:
        """The performance forms of the projects."""
        return self._tables["projects"]

    @property
    def indicators(self) -> pa.Table:
        """The performance indicators."""
        return self._tables["indicators"]

    @property
    def overall(self) -> pa.Table:
        """The entries of the overall performance form."""
        return self._tables["overall"]

    @property
    def texts(self) -> pa.Table:
        """Headings and paragraphs, and what no reader understood."""
        return self._tables["texts"]

    @property
    def catalogue(self) -> pa.Table:
        """The purchases of services, or the catalogue that is annexed."""
        return self._tables["catalogue"]

    def write(self, folder: StrPath, formats: Iterable[str] = ("data",)) -> list[Path]:
        """Write it into a folder, whole or not at all: `data`, `md`, `html`, `docx`, `xlsx`, `pdf`; give the files.

        Raises InputError if the folder cannot be written or holds another disclosure's data, or for another format.
        """
        from mingzhang.publish import FORMATS, publish

        chosen = [formats] if isinstance(formats, str) else list(formats)
        for name in chosen:
            if name not in FORMATS:
                raise InputError([Problem(f"没有“{name}”这种格式，请填：{'、'.join(FORMATS)}")])
        return publish(self.disclosure, Path(folder), chosen)

    @cached_property
    def _tables(self) -> dict[str, pa.Table]:
        return _tables_of(self.disclosure, ())


class Findings(list["Finding"]):
    """What a check found, most important first; `book` names the version of the rule book, `publication` what was checked."""

    def __init__(self, found: Iterable[Finding], publication: Publication, book: str) -> None:
        super().__init__(found)
        self.publication = publication
        self.book = book

    @cached_property
    def table(self) -> pa.Table:
        """The findings with the columns of a lake's `findings`, without `region` and `doc`; places are JSON."""
        return _tables_of(self.publication.disclosure, tuple(self))["findings"]


def _tables_of(disclosure: Disclosure, found: tuple[Finding, ...]) -> dict[str, pa.Table]:
    from mingzhang.check import Checked
    from mingzhang.corpus.records import tables_of

    tables = tables_of("", "", Checked("", disclosure, found), "")
    return {name: table.drop_columns(_OF_A_LAKE) for name, table in tables.items()}
