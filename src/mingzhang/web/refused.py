"""A request that is not answered."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException

from mingzhang.problems import Problem


class Refused(HTTPException):
    """A request that is not answered: the status of HTTP, and in Chinese why and what to do, with all problems of an input."""

    def __init__(self, status: int, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(status, message)
        self.message = message
        self.problems = tuple(problems)
