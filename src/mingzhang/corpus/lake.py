"""The lake: Parquet by region and fiscal year, one manifest that says which files count.

    lake.json                                         the manifest, replaced whole
    staged/<doc>.<key>                                documents of a run that is not committed yet
    tables/<table>/region=<r>/fiscal_year=<y>/run-<n>-<token>.parquet

A run stages each document as one file, then commits: it writes the run's Parquet files, and last the manifest. Whatever
happens before that leaves the lake as it was, and the staged documents are taken up by the next run. The key tells with what
options and by which reader a document was staged; the token comes of a file's documents, so that no two writers mean different
rows by one name.

A local lake has one writer at a time. Object storage has no lock that every kind of it knows: a writer looks before the manifest is
replaced whether another has replaced it, gives up if so, and has everything still staged. What is left half done is swept only
where there is a lock.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
from msgspec import Struct

from mingzhang.corpus.bundle import pack, unpack
from mingzhang.corpus.parquet import written
from mingzhang.corpus.records import FAILED, READ, Tables, reader
from mingzhang.corpus.schema import DOCUMENTS
from mingzhang.corpus.storage import Storage

MANIFEST, STAGED, ROWS = "lake.json", "staged", "tables"
FORMAT = 1

Partition = tuple[str, int]
_Row = dict[str, Any]

DAMAGED = "数据湖的文件不全或已损坏，请从备份恢复，或用 mingzhang corpus add 重新建立"


class LakeError(Exception):
    """A lake that cannot be used; the message says in Chinese why."""


class Committed(Struct, frozen=True):
    """What a commit brought: how many documents were read; source and reason of those that could not be."""

    read: int = 0
    failures: tuple[tuple[str, str], ...] = ()


class Lake:
    """A lake at a local path or a URI of object storage. It comes into being with its first commit."""

    def __init__(self, uri: str) -> None:
        """Raises LakeError if the address is none, or if what is there is no lake of this format."""
        try:
            self.storage = Storage(uri)
            self._load()
        except (ImportError, OSError, ValueError) as error:
            raise LakeError(f"“{uri}”不能作为数据湖打开：{error}") from error

    def _load(self) -> None:
        """Take the manifest as it is now."""
        self._manifest = self._stored()

    def _stored(self) -> dict[str, Any]:
        found = self.storage.json(MANIFEST)
        if found is not None and not (isinstance(found, dict) and found.get("format") == FORMAT):
            raise LakeError(f"“{self.storage.uri}”是另一种格式的数据湖，请用建它的版本打开")
        return found or {"format": FORMAT, "run": 0, "files": {}}

    @property
    def exists(self) -> bool:
        """Whether anything was ever committed."""
        return bool(self._manifest["run"])

    @property
    def run(self) -> int:
        """The number of the last committed run."""
        return int(self._manifest["run"])

    def files(self, table: str) -> list[str]:
        """The paths of a table's files, in order."""
        return [self.storage.path(name) for name in self._manifest["files"].get(table, [])]

    def partition(self, table: str, region: str, year: int) -> list[str]:
        """The paths of a table's files of one region and year, in order."""
        folder = _folder(table, region, year)
        names = self._manifest["files"].get(table, [])
        return [self.storage.path(name) for name in names if name.startswith(folder)]

    @contextmanager
    def writing(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Be the one who writes; `waiting` is called when another has to end first. What others left half done is cleared."""
        with ExitStack() as held:
            with self._writable():
                held.enter_context(self.storage.alone(waiting))
                self._load()
                self._sweep()
            yield

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeError(f"不能写入数据湖“{self.storage.uri}”，请检查权限和空间：{error}") from error

    def known(self) -> set[str]:
        """The documents that are committed now, but for those that another version of the reader could not read."""
        self._load()
        return {row["doc"] for rows in self._held().values() for row in rows if not _outdated(row)}

    def staged(self, key: str = "") -> set[str]:
        """The documents that a run with the same key has staged and did not commit."""
        named = (name.partition(".") for name in self.storage.names(STAGED))
        return {doc for doc, _, its in named if its == key}

    def stage(self, doc: str, tables: Tables, key: str = "") -> None:
        """Stage a document: from now on it will be in the next commit, even if the program ends here."""
        with self._writable():
            self.storage.write(f"{STAGED}/{_staged(doc, key)}", pack(tables))

    def commit(self, key: str = "", again: Collection[str] = ()) -> Committed:
        """Make everything that is staged part of the lake.

        Where a document was staged with several keys, that with `key` counts. What was recorded as failed and is staged now,
        or is among `again`, is failed no more. A commit that fails leaves the lake as it was.
        """
        with self._writable():
            return self._commit(key, again)

    def _commit(self, key: str, again: Collection[str]) -> Committed:
        names = self.storage.names(STAGED)
        chosen = {
            name.partition(".")[0]: name for name in sorted(names, key=lambda name: name.partition(".")[2] == key)
        }
        fresh = sorted(chosen.keys() - self.known())
        done = Committed()
        if fresh:
            try:
                done = self._add([chosen[doc] for doc in fresh], {*fresh, *again})
            except BaseException:
                self._sweep()
                raise
        for name in names:
            self.storage.delete(f"{STAGED}/{name}")
        self._sweep()
        return done

    def _add(self, names: list[str], gone: set[str]) -> Committed:
        run = self.run + 1
        files = {table: set(old) for table, old in self._manifest["files"].items()}
        for old, new in self._without(gone, run):
            files[DOCUMENTS] = files[DOCUMENTS] - {old} | ({new} if new else set())
        rows = {name: self._unpack(name, {DOCUMENTS})[DOCUMENTS].to_pylist()[0] for name in names}
        partitions: dict[Partition, list[str]] = defaultdict(list)
        for name, row in rows.items():
            partitions[row["region"], row["fiscal_year"]].append(name)
        for (region, year), some in sorted(partitions.items()):
            # In the order of `doc`, by which a question about one document passes over most of a file.
            ordered = sorted(some, key=lambda name: rows[name]["doc"])
            place = partial(_file, region, year, f"{run:05}-{_token(ordered)}")
            for table, name in written(self.storage, map(self._unpack, ordered), place, run):
                files.setdefault(table, set()).add(name)
        self._replace({"format": FORMAT, "run": run, "files": {table: sorted(files[table]) for table in sorted(files)}})
        failures = sorted((row["source"], row["reason"]) for row in rows.values() if row["status"] == FAILED)
        return Committed(sum(row["status"] == READ for row in rows.values()), tuple(failures))

    def _replace(self, manifest: dict[str, Any]) -> None:
        if self._stored()["run"] != self.run:
            raise self._overtaken()
        self.storage.write(MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
        self._manifest = manifest

    def _unpack(self, name: str, *wanted: Collection[str]) -> Tables:
        data = self.storage.read(f"{STAGED}/{name}")
        if data is None:  # another has committed it, where there is no lock
            raise self._overtaken()
        return unpack(data, *wanted)

    def _overtaken(self) -> LakeError:
        return LakeError(f"另一个程序同时写了数据湖“{self.storage.uri}”，读完的都留着，请再运行一次")

    def _held(self) -> dict[str, list[_Row]]:
        """The committed documents by file, as far as it matters whether they are to be read again."""
        names, system = self._manifest["files"].get(DOCUMENTS, []), self.storage.filesystem
        columns = ["doc", "status", "reader"]
        return {
            name: pq.read_table(self.storage.path(name), columns=columns, filesystem=system).to_pylist()
            for name in names
        }

    def _without(self, gone: set[str], run: int) -> Iterator[tuple[str, str]]:
        """Write the files of documents anew that hold failures which are none any more; give old and new name (blank: empty)."""
        for old, held in self._held().items():
            keep = [not (row["doc"] in gone and _outdated(row)) for row in held]
            if not all(keep):
                table = pq.read_table(self.storage.path(old), filesystem=self.storage.filesystem).filter(keep)
                left = _token(table["doc"].to_pylist())
                new = f"{old.removesuffix('.parquet')}-{run:05}-{left}.parquet" if table.num_rows else ""
                if new:
                    with self.storage.create(new) as stream:
                        pq.write_table(table, stream)
                yield old, new

    def _sweep(self) -> None:
        """Remove what no manifest counts and what writers left half written, if no other can be at it."""
        if not self.storage.local:
            return
        counted = {name for names in self._manifest["files"].values() for name in names}
        self.storage.sweep(ROWS, counted.__contains__)
        self.storage.sweep(STAGED)
        self.storage.sweep("", deep=False)


def _outdated(row: _Row) -> bool:
    return bool(row["status"] == FAILED and row["reader"] != reader())


def _staged(doc: str, key: str) -> str:
    return f"{doc}.{key}" if key else doc


def _token(docs: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(docs).encode()).hexdigest()[:8]


def _file(region: str, year: int, named: str, table: str) -> str:
    return f"{_folder(table, region, year)}run-{named}.parquet"


def _folder(table: str, region: str, year: int) -> str:
    return f"{ROWS}/{table}/region={quote(region, safe='')}/fiscal_year={year}/"
