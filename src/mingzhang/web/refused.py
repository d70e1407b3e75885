"""A request that is not answered, and what it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from starlette.exceptions import HTTPException

from mingzhang.problems import InputError, Problem


class Refused(HTTPException):
    """A request that is not answered: the status of HTTP, and in Chinese why and what to do, with all problems of an input."""

    def __init__(self, status: int, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(status, message)
        self.message = message
        self.problems = tuple(problems)


def told(problems: Sequence[Problem], most: int = 3) -> str:
    """Problems in one line."""
    return "；".join(map(str, problems[:most])) + (f"；等 {len(problems)} 处" if len(problems) > most else "")


@contextmanager
def asking() -> Iterator[None]:
    """Questions refuse what a lake does not have: it is not found, the request itself is right."""
    try:
        yield
    except InputError as error:
        raise Refused(404, told(error.problems), error.problems) from error
