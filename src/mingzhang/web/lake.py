"""The lake as the server holds it: opened once, opened anew when it was added to, private data masked in all that goes out.

Questions are put to the lake as it is, and their answers are masked: views that mask (`corpus.veil`) would do so for every row that a
question reads, a hundred times as many as it gives. What a search found only by what is masked is left out, so that nobody can find out a
number by searching for it. What was made of a lake is kept until its next run, so that the same question is answered once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa
from msgspec.structs import replace
from starlette.requests import Request

from mingzhang.corpus import Lake, LakeError, connect
from mingzhang.corpus.masking import Masker, long_numbers
from mingzhang.corpus.questions import Department, Kinds, department
from mingzhang.corpus.questions.department import document_rows
from mingzhang.corpus.questions.measures import measures
from mingzhang.corpus.schema import DOCUMENTS, FINDINGS, TABLES
from mingzhang.corpus.veil import private_strings
from mingzhang.problems import InputError, Problem
from mingzhang.web.lake_work import CLOSED
from mingzhang.web.refused import Refused

if TYPE_CHECKING:
    from mingzhang.corpus.results import Answer

_log = logging.getLogger("mingzhang.web")
_LOOK = 2.0  # seconds after which the manifest is looked at again
_MEMORY = "2GB"
_KEPT = 300_000_000  # bytes of answers that are kept
_SEARCHED = 1_000_000  # projects that are searched in memory, some 400 bytes each
FACTS, PROJECTS = "facts", "projects"
_ROW = pa.schema(
    [(name, pa.string()) for name in ("doc", "name", "source", "reason")]
)  # of a document, what may hold private data
_T = TypeVar("_T")


class Kept:
    """What was made, by key, the least used thrown away first; what several ask for at once is made once."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], _T], size: Callable[[_T], int]) -> _T:
        """What is kept under a key, made if it is not; what raises is not kept. `size` is in bytes."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                found: _T = self._held[key][0]
                return found
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._held:
                    return self._held[key][0]  # type: ignore[no-any-return]
            try:
                made = make()
                self._keep(key, made, size(made) + len(repr(key)))
                return made
            finally:
                with self._lock:
                    self._making.pop(key, None)

    def _keep(self, key: Hashable, made: object, size: int) -> None:
        with self._lock:
            self._held[key] = (made, size)
            self._size += size
            while self._size > self._most and len(self._held) > 1:
                self._size -= self._held.popitem(last=False)[1][1]


class Opened:
    """A lake as it was after one of its runs.

    What comes of `unmasked` must go through `answer` or `department`, which mask it, before it goes out; `masked` hides private data
    from queries themselves, and is slow where many documents hold some. `searched` is where projects are searched (unmasked, too): in
    memory, once `search_in_memory` was called.
    """

    def __init__(self, lake: Lake) -> None:
        """Raises LakeError if there is no lake."""
        self.lake, self.run = lake, lake.run
        self.unmasked = self.searched = connect(lake, memory=_MEMORY)
        self._making = threading.Lock()
        self._masked: duckdb.DuckDBPyConnection | None = None
        self.kept = Kept()
        self.over = threading.Event()  # set when nobody new will ask it
        found = private_strings(self.unmasked, FINDINGS)
        self._numbers = long_numbers(found)
        self._secrets: dict[str, set[str]] = {}
        for doc, value in found:
            self._secrets.setdefault(doc, set()).add(value)

    @property
    def masked(self) -> duckdb.DuckDBPyConnection:
        """The lake with private data masked in all that a query sees; made when it is first asked for."""
        with self._making:
            if self._masked is None:
                self._masked = connect(self.lake, veiled=True, memory=_MEMORY) if self._secrets else self.unmasked
            return self._masked

    def search_in_memory(self) -> None:
        """Take the projects of a lake that is not too large into memory, so that a search reads no files."""
        count = self.rows("SELECT sum(projects) AS n FROM documents")[0]["n"]
        if not count or count > _SEARCHED:
            return
        memory = duckdb.connect()
        for table, columns, condition in _searched():
            rows = self.unmasked.cursor().sql(f"SELECT {columns} FROM {table} WHERE {condition}").to_arrow_table()
            memory.register("given", rows)
            memory.execute(f"CREATE TABLE {table} AS FROM given")
            memory.unregister("given")
        memory.execute("CREATE VIEW current AS SELECT * FROM documents WHERE latest AND status = 'read'")
        self.searched = memory

    def answer(self, key: Hashable, ask: Callable[[], Answer], sought: tuple[str, str] = ("", "")) -> Answer:
        """An answer, masked, from what is kept if it was asked before. Raises InputError as the question does.

        `sought` are the column that was searched and the text (blank: one like it): where masking changed the column, the row stays only
        if the text is still there.
        """

        def make() -> Answer:
            made = ask()
            rows = self._veiled(made.rows)
            column, text = sought
            if column:
                old, new = made.rows[column].to_pylist(), rows[column].to_pylist()
                kept = [one == other or bool(text and text in other) for one, other in zip(old, new, strict=True)]
                rows = rows.filter(pa.array(kept, pa.bool_()))
            return replace(made, rows=rows)

        return self.kept.get(("answer", key), make, lambda made: made.rows.nbytes + 2_000)

    def facts(self, region: str, year: int, doc: str) -> pa.Table:
        """The cells of a document's tables, masked."""
        return self._veiled(document_rows(self.unmasked.cursor(), self.lake, FACTS, region, year, doc))

    def rows(self, query: str, **bound: object) -> list[dict[str, Any]]:
        """The rows of a query, which are not masked."""
        found: list[dict[str, Any]] = (
            self.unmasked.cursor().sql(query, params=bound or None).to_arrow_table().to_pylist()
        )
        return found

    def department(
        self,
        name: str,
        region: str,
        year: int | None,
        kind: Kinds,
        version: int | None = None,
        only: Collection[str] = TABLES,
    ) -> Department:
        """A department's year with its rows masked. Raises InputError if the lake has none."""
        found = department(
            self.unmasked, self.lake, name, region=region, year=year, kind=kind, version=version, only=only
        )
        [row] = self._veiled(pa.Table.from_pylist([found.document], _ROW)).to_pylist()
        tables = {key: self._veiled(table) for key, table in found.tables.items()}
        return replace(found, document=found.document | row, tables=tables)

    def _veiled(self, rows: pa.Table) -> pa.Table:
        """Rows with their private data masked: those of their documents, and long numbers in all."""
        if not self._secrets or not rows.num_rows:
            return rows
        bare = "doc" not in rows.column_names
        given = rows.append_column("doc", pa.array([""] * rows.num_rows, pa.string())) if bare else rows
        masker = Masker(self._numbers)
        docs = set(given["doc"].to_pylist())
        masker.begin((doc, value) for doc in docs for value in self._secrets.get(doc, ()))
        masked = pa.Table.from_batches([masker.masked(batch) for batch in given.to_batches()], given.schema)
        return masked.drop_columns("doc") if bare else masked


class HeldLake:
    """The lake of a server; any number of threads may use it."""

    def __init__(self, uri: str, warm: Callable[[Opened], None] = lambda opened: None) -> None:
        """`warm` is called in a thread of its own when a lake was opened, to ask what many will.

        Raises InputError if there is no lake.
        """
        self.uri = uri
        self._warm = warm
        self._warming: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._looked = 0.0
        try:
            self._opened = self._open(Lake(uri))
        except LakeError as error:
            raise InputError([Problem(str(error))]) from error

    def now(self) -> Opened:
        """The lake as it is now; a run that was added is noticed within seconds. Raises Refused if it cannot be opened."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK:
                try:
                    lake = Lake(self.uri)
                    if lake.run != self._opened.run:
                        # Who still asks the one before keeps it alive.
                        self._opened.over.set()
                        self._opened = self._open(lake)
                    self._looked = time.monotonic()
                except (LakeError, duckdb.Error) as error:
                    _log.exception("lake", extra={"event": "lake"})
                    raise Refused(503, CLOSED) from error
            return self._opened

    def _open(self, lake: Lake) -> Opened:
        opened = Opened(lake)
        self._looked = time.monotonic()
        thread = threading.Thread(target=self._warm, args=(opened,), name="warm", daemon=True)
        self._warming = [one for one in self._warming if one.is_alive()] + [thread]
        thread.start()
        return opened

    def close(self) -> None:
        """Let what is asked ahead of users come to its end: a database must not be left in the middle of a query."""
        with self._lock:
            self._opened.over.set()
        for thread in self._warming:
            thread.join()


def _searched() -> list[tuple[str, str, str]]:
    """What a search for projects reads: table, columns, condition."""
    own = [one.projects for one in measures().values() if one.projects]
    rows = " OR ".join(f"level = '{one.level}' AND \"column\" = '{one.column}'" for one in own) or "false"
    facts = 'doc, region, fiscal_year, "table", level, unit, row_name, "column", value, line, page'
    projects = "doc, region, fiscal_year, name, unit, annual, line, page"
    return [(DOCUMENTS, "*", "true"), (PROJECTS, projects, "true"), (FACTS, facts, rows)]


def lake_of(request: Request) -> HeldLake:
    """The workbench's lake. Raises Refused if it has none."""
    held: HeldLake | None = request.app.state.lake
    if held is None:
        raise Refused(404, "本工作台没有数据湖，启动时用 --lake 指定")
    return held


def opened_lake(request: Request) -> Opened:
    """The lake as it is now, private data masked. Raises Refused if there is none, or it cannot be opened."""
    return lake_of(request).now()
