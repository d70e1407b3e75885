"""Numbers of official documents as texts cite them: 某财社〔2025〕12号."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_CITED = re.compile(r"([〔\[【［（(〈<])\s*(\d{3,5})\s*([〕\]】］）)〉>])\s*(\d{1,4})\s*号")
_CODE = re.compile(r"[\u4e00-\u9fff]*$")
_LONGEST_CODE = 8
# The kinds of brackets, half and full width alike.
_KINDS = {"〔": "〔〕", "[": "[]", "［": "[]", "【": "【】", "（": "（）", "(": "（）", "〈": "〈〉", "<": "〈〉"}


class Reference(Struct, frozen=True):
    """A document number: the code of who issued it (as much as can belong to it), year and number as printed.

    `brackets` is their kind, half or full width alike; `printed` the whole.
    """

    code: str
    year: str
    number: str
    brackets: str
    printed: str

    @property
    def issuer(self) -> str:
        """The last three characters of the code, which tell issuers apart however much stands before them."""
        return self.code[-3:]


def references(text: str) -> Iterator[Reference]:
    """The document numbers that a text cites, in order."""
    for match in _CITED.finditer(text):
        opened, year, _, number = match.groups()
        before = text[max(0, match.start() - _LONGEST_CODE) : match.start()].rstrip()
        code = _CODE.search(before)
        issuer = code[0] if code else ""
        yield Reference(issuer, year, number, _KINDS[opened], f"{issuer}{match[0]}")
