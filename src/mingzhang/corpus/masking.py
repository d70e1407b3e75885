"""Private data in a lake's rows: what the rule book found is masked in every text of the document that it was found in.

A long number (a telephone, an identity card, an account) is one wherever it stands: it is masked in all documents, as soon
as one of them has it as a finding. A name is masked in its own document alone, for elsewhere it may be a word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mingzhang.redact import Secret, mask
from mingzhang.redact.patterns import Finder, plain

PRIVACY = "privacy"
# Columns that no text of a document gets into.
_KEYS = ("doc", "region", "rule", "category", "severity", "reader", "book", "family", "kind", "status")
_WHERE = "where"
_LEAST = 11
_NUMBER = re.compile(rf"(?<![0-9])[0-9]{{{_LEAST},}}[Xx]?")


def secrets(findings: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, str]]:
    """Document and private string of every finding on privacy in batches of the table `findings`."""
    for batch in findings:
        private = batch.filter(pc.equal(batch["category"], PRIVACY))
        for doc, where in zip(private["doc"].to_pylist(), private[_WHERE].to_pylist(), strict=True):
            for place in msgspec.json.decode(where):
                if value := str(place.get("value", "")).strip():
                    yield doc, value


def long_numbers(found: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The private strings that are numbers which nothing else can be, without blanks and hyphens."""
    bare = ("".join(one for one in value if one.isalnum()) for _, value in found)
    return frozenset(number.upper() for number in bare if _NUMBER.fullmatch(number))


class Masker:
    """Masks the private strings in batches of rows; `count` tells in how many cells it has."""

    def __init__(self, numbers: frozenset[str]) -> None:
        self._numbers = numbers
        self._own: dict[str, _Own] = {}
        self.count = 0

    def begin(self, found: Iterable[tuple[str, str]]) -> None:
        """From now on mask these strings in their documents, and no longer those of other documents."""
        by_doc: dict[str, set[str]] = defaultdict(set)
        for doc, value in found:
            by_doc[doc].add(value)
        self._own = {doc: _Own(values) for doc, values in by_doc.items()}

    def masked(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with all private strings masked."""
        docs = batch["doc"].to_pylist()
        rows = [(row, self._own[doc]) for row, doc in enumerate(docs) if doc in self._own]
        for place, field in enumerate(batch.schema):
            if field.type != pa.string() or field.name in _KEYS:
                continue
            new = self._column(batch.column(place), rows, field.name == _WHERE)
            if new is not None:
                batch = batch.set_column(place, field, new)
        return batch

    def _column(self, column: pa.Array, rows: list[tuple[int, _Own]], nested: bool) -> pa.Array | None:
        """The column masked, None if there is nothing in it to mask."""
        lasting = self._with_numbers(column)
        if not rows and not lasting:
            return None
        values = column.to_pylist()
        changed = 0
        for row, own in rows:
            if values[row]:
                new = own.nested(values[row]) if nested else own.text(values[row])
                changed += new != values[row]
                values[row] = new
        for row in lasting:
            new = _NUMBER.sub(self._number, values[row])
            changed += new != values[row]
            values[row] = new
        self.count += changed
        return pa.array(values, pa.string()) if changed else None

    def _with_numbers(self, column: pa.Array) -> list[int]:
        """The rows in which a long number stands."""
        if not self._numbers:
            return []
        held = pc.fill_null(pc.match_substring_regex(column, f"[0-9]{{{_LEAST}}}"), False)
        return [int(row) for row in pc.indices_nonzero(held).to_pylist()]

    def _number(self, match: re.Match[str]) -> str:
        said = match[0].upper()
        if said in self._numbers or said.rstrip("X") in self._numbers:
            return mask(match[0])
        return match[0]


class _Own:
    """The private strings of a document. Texts come again and again, so each is looked at once."""

    def __init__(self, values: set[str]) -> None:
        ordered = sorted(values)
        self._finder = Finder([Secret(value, _mask(value)) for value in ordered])
        self._bare = [bare for value in ordered if (bare := _bare(value))]
        self._seen: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A text with the strings masked."""
        if text not in self._seen:
            # What holds a string, however it is spaced out, holds its letters and digits in order.
            bare = _bare(text)
            near = any(one in bare for one in self._bare)
            self._seen[text] = self._finder.masked(text, self._finder.hits(text, "lines")) if near else text
        return self._seen[text]

    def nested(self, text: str) -> str:
        """A JSON text with the strings masked in all its values."""
        return msgspec.json.encode(self._walk(msgspec.json.decode(text))).decode()

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._walk(one) for one in value]
        if isinstance(value, dict):
            return {key: self._walk(one) for key, one in value.items()}
        return value


@lru_cache(maxsize=100_000)
def _bare(text: str) -> str:
    return "".join(said for one in text if (said := plain(one)).isalnum())


def _mask(value: str) -> str:
    masked = mask(value)
    return masked if masked != value else "*" * len(value)
