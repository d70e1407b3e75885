"""A lake that is asked from Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mingzhang.api.publication import StrPath
from mingzhang.problems import InputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa


class LakeView:
    """A lake that can be asked and not be changed; it shows what was committed when it was opened.

    A table of a large lake is large: ask with `sql` for what you need of it.
    """

    def __init__(self, uri: StrPath) -> None:
        """Raises LakeError if there is no lake."""
        from mingzhang.corpus import Lake, connect

        self.uri = os.fspath(uri)
        self._lake = Lake(self.uri)
        self._database = connect(self._lake)

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

        `parameters` stand for `?`, or by name for `$name`. Raises InputError for what is no query, duckdb.Error for one that is
        wrong.
        """
        from mingzhang.corpus.queries import reads_only

        if not reads_only(query):
            raise InputError([Problem("只能用一条查询语句，不能修改数据")])
        return self._database.cursor().sql(query, params=parameters or None).to_arrow_table()

    def ask(self, question: str, *given: Any, **named: Any) -> Any:
        """The answer to a ready question: `compare`, `trend`, `projects`, `copies`, `outliers`, `coverage`, `findings`, `department`.

        What else is given goes to the function of that name in `mingzhang.corpus.questions`. An answer has `rows` (Arrow), `title`
        and `notes`. Those whose names no table bears are methods, too: `lake.compare(by="three_public")`.
        Raises InputError for another question, or one that the lake has no answer to.
        """
        from inspect import signature

        from mingzhang.corpus import questions

        known = [name for name in questions.__all__ if name.islower()]
        if question not in known:
            raise InputError([Problem(f"没有“{question}”这个问题，请用：{'、'.join(known)}")])
        function = getattr(questions, question)
        lake = (self._lake,) if "lake" in signature(function).parameters else ()
        return function(self._database, *lake, *given, **named)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        from mingzhang.corpus import questions

        if name.islower() and name in questions.__all__:
            return partial(self.ask, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

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
