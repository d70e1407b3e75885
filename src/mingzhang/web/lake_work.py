"""What others ask of a lake in SQL, in a process of its own (`isolation.py`), which may use so much memory and time."""

from __future__ import annotations

from typing import Any

from mingzhang.corpus import Lake, connect
from mingzhang.corpus.questions import Strict, sql
from mingzhang.corpus.results import to_record
from mingzhang.web.work import Say

MEMORY = "2GB"
_SECONDS = 20


def query_lake(say: Say, uri: str, query: str, rows: int) -> dict[str, Any]:
    """What a query gives, as JSON values, private data masked. Raises InputError if it is wrong or goes too far."""
    with connect(Lake(uri), veiled=True, memory=MEMORY) as database:
        return to_record(sql(database, query, Strict(rows, _SECONDS)))
