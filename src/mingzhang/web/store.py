"""The workbench's own state: jobs, accepted findings, the audit log; in SQLite, or PostgreSQL by a URL.

What was handed in and what came of it are files (`workbench.py`); here is only what has to be found and to last.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)

Status = Literal["queued", "running", "done", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)
JobKind = Literal["check", "compile"]
ATTEMPTS = 2  # a job during which the program died so often is not begun again

_META = MetaData()
_JOBS = Table(
    "jobs",
    _META,
    Column("id", String(32), primary_key=True),
    Column("batch", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("owner", String(32), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("message", Text, nullable=False, default=""),
    Column("outcome", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created", Float, nullable=False, index=True),
    Column("begun", Float, nullable=False, default=0.0),
    Column("ended", Float, nullable=False, default=0.0),
)
_ACCEPTED = Table(
    "accepted",
    _META,
    Column("job", String(32), primary_key=True),
    Column("finding", String(64), primary_key=True),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("until", String(10), nullable=False, default=""),
    Column("at", Float, nullable=False),
)
_AUDIT = Table(
    "audit",
    _META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("action", String(32), nullable=False),
    Column("what", Text, nullable=False),
)


class Job(Struct, frozen=True):
    """A job: the files of one disclosure to check, or a ledger to compile.

    `names` are the files as their owner calls them; `message` says why it failed, `outcome` (JSON) what came of it.
    Times are seconds since 1970, 0.0 for what has not been.
    """

    id: str
    batch: str
    kind: JobKind
    owner: str
    title: str
    names: tuple[str, ...]
    status: Status = "queued"
    message: str = ""
    outcome: str = ""
    attempts: int = 0
    created: float = 0.0
    begun: float = 0.0
    ended: float = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ("done", "failed")


class Acceptance(Struct, frozen=True):
    """That a finding of a job is accepted: which, by whom, why, until when (ISO date, blank for good)."""

    finding: str
    who: str
    why: str
    until: str = ""


class Entry(Struct, frozen=True):
    """A line of the audit log."""

    at: float
    who: str
    address: str
    action: str
    what: str


class Store:
    """The database. Any number of threads may use it; one program at a time works off its jobs."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _pragmas)
        _META.create_all(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises SQLAlchemyError if the database does not answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def add(self, jobs: Sequence[Job]) -> None:
        """Put jobs in the queue, all or none."""
        with self._changing() as connection:
            connection.execute(insert(_JOBS), [_row(job) for job in jobs])

    def job(self, job_id: str) -> Job | None:
        """A job by its identity."""
        return next(self._jobs(select(_JOBS).where(_JOBS.c.id == job_id)), None)

    def batch(self, batch_id: str) -> list[Job]:
        """The jobs that were handed in together, in their order."""
        return list(self._jobs(select(_JOBS).where(_JOBS.c.batch == batch_id).order_by(_JOBS.c.created, _JOBS.c.id)))

    def owned(self, owner: str, kind: JobKind, most: int) -> list[Job]:
        """The latest jobs of an owner."""
        query = select(_JOBS).where(_JOBS.c.owner == owner, _JOBS.c.kind == kind)
        return list(self._jobs(query.order_by(_JOBS.c.created.desc(), _JOBS.c.id).limit(most)))

    def waiting(self) -> Counter[str]:
        """How many jobs wait or are being done, by owner."""
        query = select(_JOBS.c.owner, func.count()).where(_JOBS.c.status.in_(["queued", "running"]))
        with self._engine.connect() as connection:
            return Counter(dict(connection.execute(query.group_by(_JOBS.c.owner)).all()))

    def claim(self) -> Job | None:
        """Take the next job: of the owner with the fewest in hand, and of those who was served longest ago; then in order."""
        with self._changing() as connection:
            _alone(connection, _JOBS)
            running = select(_JOBS.c.owner, func.count()).where(_JOBS.c.status == "running").group_by(_JOBS.c.owner)
            in_hand: Counter[str] = Counter(dict(connection.execute(running).all()))
            heads = select(_JOBS.c.owner, func.min(_JOBS.c.created)).where(_JOBS.c.status == "queued")
            owners = connection.execute(heads.group_by(_JOBS.c.owner)).all()
            if not owners:
                return None
            latest = select(_JOBS.c.owner, func.max(_JOBS.c.begun)).group_by(_JOBS.c.owner)
            served = dict(connection.execute(latest).all())
            owner = min(owners, key=lambda one: (in_hand[one[0]], served[one[0]], one[1]))[0]
            head = select(_JOBS).where(_JOBS.c.status == "queued", _JOBS.c.owner == owner)
            row = connection.execute(head.order_by(_JOBS.c.created, _JOBS.c.id).limit(1)).mappings().one()
            change = {"status": "running", "begun": time.time(), "attempts": row["attempts"] + 1}
            connection.execute(update(_JOBS).where(_JOBS.c.id == row["id"]).values(change))
            return _job({**row, **change})

    def finish(self, job_id: str, status: Status, message: str = "", outcome: str = "") -> None:
        """Record what came of a job."""
        change = {"status": status, "message": message, "outcome": outcome, "ended": time.time()}
        with self._changing() as connection:
            connection.execute(update(_JOBS).where(_JOBS.c.id == job_id).values(change))

    def resume(self) -> list[Job]:
        """Put back into the queue what was being done when the program ended; give the jobs that are given up, since it ended
        during them again and again.
        """
        interrupted = _JOBS.c.status == "running"
        with self._changing() as connection:
            tired = [*self._rows(connection, select(_JOBS).where(interrupted, _JOBS.c.attempts >= ATTEMPTS))]
            again = update(_JOBS).where(interrupted, _JOBS.c.attempts < ATTEMPTS)
            connection.execute(again.values(status="queued"))
        return tired

    def release(self, job_id: str) -> None:
        """Put a job back into the queue that was ended because the program ends."""
        with self._changing() as connection:
            change = update(_JOBS).where(_JOBS.c.id == job_id)
            connection.execute(change.values(status="queued", attempts=_JOBS.c.attempts - 1))

    def remove(self, job_id: str) -> None:
        """Forget a job and what was accepted in it."""
        with self._changing() as connection:
            connection.execute(delete(_ACCEPTED).where(_ACCEPTED.c.job == job_id))
            connection.execute(delete(_JOBS).where(_JOBS.c.id == job_id))

    def older(self, moment: float) -> list[Job]:
        """The jobs that ended before a moment."""
        query = select(_JOBS).where(_JOBS.c.status.in_(["done", "failed"]), _JOBS.c.ended < moment)
        return list(self._jobs(query))

    def accept(self, job_id: str, given: Acceptance) -> None:
        """Record that a finding is accepted; again, it replaces what was said before."""
        values = {"who": given.who, "why": given.why, "until": given.until, "at": time.time()}
        same = (_ACCEPTED.c.job == job_id) & (_ACCEPTED.c.finding == given.finding)
        with self._changing() as connection:
            _alone(connection, _ACCEPTED)
            if not connection.execute(update(_ACCEPTED).where(same).values(values)).rowcount:
                connection.execute(insert(_ACCEPTED).values(job=job_id, finding=given.finding, **values))

    def withdraw(self, job_id: str, finding: str) -> None:
        """Take back that a finding is accepted."""
        with self._changing() as connection:
            connection.execute(delete(_ACCEPTED).where(_ACCEPTED.c.job == job_id, _ACCEPTED.c.finding == finding))

    def accepted(self, job_id: str) -> dict[str, Acceptance]:
        """What is accepted in a job, by finding."""
        query = select(_ACCEPTED).where(_ACCEPTED.c.job == job_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["finding"]: Acceptance(row["finding"], row["who"], row["why"], row["until"]) for row in rows}

    def audit(self, who: str, address: str, action: str, what: str) -> None:
        """Write a line of the audit log."""
        values = {"at": time.time(), "who": who, "address": address, "action": action, "what": what}
        with self._changing() as connection:
            connection.execute(insert(_AUDIT).values(values))

    def entries(self, most: int, before: float = 0.0) -> list[Entry]:
        """The latest lines of the audit log, the latest first; those before a moment if one is given."""
        query = select(_AUDIT).order_by(_AUDIT.c.at.desc(), _AUDIT.c.id.desc()).limit(most)
        if before:
            query = query.where(_AUDIT.c.at < before)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [Entry(row["at"], row["who"], row["address"], row["action"], row["what"]) for row in rows]

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":  # which would else let others write until this writes itself
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _jobs(self, query: Select[Any]) -> Iterator[Job]:
        with self._engine.connect() as connection:
            yield from self._rows(connection, query)

    def _rows(self, connection: Connection, query: Select[Any]) -> Iterator[Job]:
        yield from map(_job, connection.execute(query).mappings().all())


def _pragmas(connection: Any, _: object) -> None:
    """SQLite: readers and a writer at once, and a writer waits for another."""
    for pragma in ("journal_mode = WAL", "busy_timeout = 10000", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _alone(connection: Connection, table: Table) -> None:
    """PostgreSQL: nobody else changes a table until this is done; of SQLite's writers there is one at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def _row(job: Job) -> dict[str, object]:
    row = {name: getattr(job, name) for name in job.__struct_fields__}
    return row | {"names": "\n".join(job.names)}


def _job(row: Any) -> Job:
    fields = {name: row[name] for name in Job.__struct_fields__}
    return Job(**fields | {"names": tuple(row["names"].split("\n"))})
