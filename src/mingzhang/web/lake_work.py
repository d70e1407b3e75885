"""What others ask of a lake in SQL, in a process of its own (`isolation.py`), which may use so much memory and time."""

from __future__ import annotations

from typing import Any

from mingzhang.corpus import Lake, LakeError, connect
from mingzhang.corpus.questions import Strict, sql
from mingzhang.corpus.results import to_record
from mingzhang.problems import InputError, Problem
from mingzhang.web.work import Say

MEMORY = "2GB"
_SECONDS = 20
CLOSED = "数据湖现在打不开，请稍后再试或联系管理员"  # and not why: that would tell where it lies


def query_lake(say: Say, uri: str, query: str, rows: int) -> dict[str, Any]:
    """What a query gives, as JSON values, private data masked. Raises InputError if it is wrong or goes too far."""
    try:
        with connect(Lake(uri), veiled=True, memory=MEMORY) as database:
            return to_record(sql(database, query, Strict(rows, _SECONDS)))
    except LakeError as error:
        raise InputError([Problem(CLOSED)]) from error
