"""How a workbench is set up: where it listens, where it keeps what is given to it, and how much it takes."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from mingzhang.problems import InputError, Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Limits(Struct, frozen=True):
    """What a user, and what a file, may take. Sizes in bytes, times in seconds."""

    request_bytes: int = 200_000_000
    file_bytes: int = 100_000_000
    files: int = 100  # a bureau has some eighty departments
    waiting: int = 400  # jobs that wait in all
    waiting_each: int = 200  # jobs of one user that wait
    receive_seconds: float = 60  # a request that brings nothing for so long is given up
    job_seconds: float = 1800  # a scanned disclosure of 150 pages takes a quarter of an hour
    call_seconds: float = 30  # a page of a PDF
    memory: int = 6 << 30  # address space of a worker, which the recogniser of scans fills with a gigabyte or two
    written: int = 1 << 30  # largest file that a worker writes
    disk: int = 20 << 30  # all that is kept


class Settings(Struct, frozen=True):
    """A workbench's settings. `database` is a URL of SQLAlchemy's (blank: SQLite in `data`), `lake` a lake to explore."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8760
    lake: str = ""
    database: str = ""
    password: str = ""
    names: tuple[str, ...] = ()  # host names that it is called by, besides those of this machine
    secure: bool = False  # it stands behind a server that speaks HTTPS
    workers: int = 2
    keep_hours: float = 72
    limits: Limits = Limits()

    @property
    def local(self) -> bool:
        """Whether it can only be reached from this machine."""
        return self.host in LOOPBACK

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.database or f"sqlite:///{self.data.absolute() / 'workbench.sqlite'}"

    def checked(self) -> Settings:
        """The settings, if they are safe. Raises InputError if others could reach it without a password."""
        if not self.local and not self.password:
            told = f"在 {self.host} 上其他机器也能访问，必须设口令：把口令写进文件并用 --password-file 指定，或设环境变量 MINGZHANG_PASSWORD"
            raise InputError([Problem(told)])
        if self.password and len(self.password) < 8:
            raise InputError([Problem("口令至少 8 个字符，请换一个")])
        return self
