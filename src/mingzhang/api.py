"""Mingzhang from Python: read, check and compile disclosures, and ask a lake, with every table as Arrow.

This is what `import mingzhang as mz` offers (docs/api.md). Libraries are loaded by the call that needs them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

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


class LakeView:
    """A lake that can be asked and not be changed; it shows what was committed when it was opened.

    A table of a large lake is large: ask with `sql` for what you need of it.
    """

    def __init__(self, uri: StrPath) -> None:
        """Raises LakeError if there is no lake."""
        from mingzhang.corpus import Lake, connect

        self.uri = os.fspath(uri)
        self._database = connect(Lake(self.uri))

    def __repr__(self) -> str:
        return f"<LakeView {self.uri}>"

    def __enter__(self) -> LakeView:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the lake."""
        self._database.close()

    def sql(self, query: str, parameters: Sequence[object] | dict[str, object] = ()) -> pa.Table:
        """The result of a query (DuckDB) over the lake's tables and the view `current`, the latest version of each document.

        `parameters` stand for `?`, or by name for `$name`. Raises duckdb.Error for a query that is wrong or not a reading one.
        """
        return self._database.cursor().sql(query, params=parameters or None).to_arrow_table()

    @property
    def documents(self) -> pa.Table:
        """The documents, all versions, and those that could not be read."""
        return self._table("documents")

    @property
    def current(self) -> pa.Table:
        """The latest version of each document that could be read."""
        return self._table("current")

    @property
    def facts(self) -> pa.Table:
        """The cells of the tables."""
        return self._table("facts")

    @property
    def narrative(self) -> pa.Table:
        """The figures of the explanations."""
        return self._table("narrative")

    @property
    def projects(self) -> pa.Table:
        """The performance forms of the projects."""
        return self._table("projects")

    @property
    def indicators(self) -> pa.Table:
        """The performance indicators."""
        return self._table("indicators")

    @property
    def overall(self) -> pa.Table:
        """The entries of the overall performance forms."""
        return self._table("overall")

    @property
    def texts(self) -> pa.Table:
        """Headings and paragraphs."""
        return self._table("texts")

    @property
    def catalogue(self) -> pa.Table:
        """The purchases of services, and catalogues that are annexed."""
        return self._table("catalogue")

    @property
    def findings(self) -> pa.Table:
        """What the rule book found."""
        return self._table("findings")

    def _table(self, name: str) -> pa.Table:
        return self.sql(f"SELECT * FROM {name}")


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


def _tables_of(disclosure: Disclosure, found: tuple[Finding, ...]) -> dict[str, pa.Table]:
    from mingzhang.check import Checked
    from mingzhang.corpus.records import tables_of

    tables = tables_of("", "", Checked("", disclosure, found), "")
    return {name: table.drop_columns(_OF_A_LAKE) for name, table in tables.items()}


def __getattr__(name: str) -> Any:
    if name == "LakeError":  # its module loads Arrow
        from mingzhang.corpus import LakeError

        return LakeError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
