"""Names of files and folders that come of names in documents: readable, safe on every file system, never two alike.

A name keeps its letters, Chinese or Latin, and digits; everything else becomes a hyphen. What is not the name itself any more,
and what another has already, gets a token of its identity, so that an address stays the same however often a site is made.
"""

from __future__ import annotations

import hashlib
import unicodedata
from urllib.parse import quote

_LONGEST = 120  # bytes of a name before its token and ending; file systems hold 255
_TOKEN = 8
# What Windows takes for devices, and what servers or this site serve under these names.
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    "index",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}


class Names:
    """Gives names in one folder; the same identity has the same name."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def __call__(self, text: str, identity: str) -> str:
        """A name for what is called `text` and is, among its like, `identity`."""
        plain = plain_name(text)
        name = plain if plain == text and len(plain.encode()) <= _LONGEST and plain not in _RESERVED else ""
        if not name or self._taken.get(name, identity) != identity:
            token = hashlib.sha256(identity.encode()).hexdigest()[:_TOKEN]
            name = "-".join(part for part in (_cut(plain), token) if part)
        if self._taken.setdefault(name, identity) != identity:
            raise ValueError(f"two identities have one token: {name}")
        return name


def plain_name(text: str) -> str:
    """The letters and digits of a text in one case and form, with hyphens for the rest."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    signs = (one if unicodedata.category(one)[0] in "LN" else "-" for one in folded)
    return "-".join(part for part in "".join(signs).split("-") if part)


def _cut(name: str) -> str:
    while len(name.encode()) > _LONGEST:
        name = name[:-1]
    return name


def link(path: str) -> str:
    """A path within the site as it stands in a link."""
    return quote(path, safe="/")


def relative(path: str, page: str) -> str:
    """The link from a page to a path, both from the site's root; nothing in it depends on where the site lies."""
    here, there = page.split("/")[:-1], path.split("/")
    shared = 0
    while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
        shared += 1
    return link("/".join([*[".."] * (len(here) - shared), *there[shared:]]))
