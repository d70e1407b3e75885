"""Private data masked in records: in findings, and in the disclosure that reports show beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import msgspec

from mingzhang.redact.masks import mask

_Record = TypeVar("_Record")
# A name of two characters is a word as well: it is masked where it stands alone.
_ALONE = 2


def masked(record: _Record, secrets: Sequence[str]) -> _Record:
    """The record (a dataclass, a struct, a tuple or mapping of them) with the secrets masked in all of its texts."""
    known = {secret: mask(secret) for secret in secrets if secret}
    if not known:
        return record
    inside = sorted((one for one in known if len(one) > _ALONE), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, inside))) if inside else None
    result: _Record = _Masker(known, pattern).masked(record)
    return result


class _Masker:
    def __init__(self, known: Mapping[str, str], pattern: re.Pattern[str] | None) -> None:
        self._known = known
        self._pattern = pattern

    def masked(self, value: Any) -> Any:
        """The value with the secrets masked; itself where it holds none."""
        if isinstance(value, str):
            if value in self._known:
                return self._known[value]
            return self._pattern.sub(lambda match: self._known[match[0]], value) if self._pattern else value
        if isinstance(value, tuple):
            return tuple(map(self.masked, value)) if not hasattr(value, "_fields") else value
        if isinstance(value, Mapping):
            return {key: self.masked(one) for key, one in value.items()}
        if isinstance(value, msgspec.Struct):
            names = value.__struct_fields__
            return msgspec.structs.replace(value, **{name: self.masked(getattr(value, name)) for name in names})
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: self.masked(getattr(value, one.name)) for one in fields(value)})
        return value
