"""The index that the site's search asks, cut into files so small that a visit loads a few and never all.

    search/index.js        how many documents, how many shards; the region, year and number of each group of documents
    search/g/<n>.js        a shard: for each pair of signs in it, the documents that have it, and those that have it in a name
    search/d/<n>.js        what a document says: its name, page, projects and texts, from which hits are shown

The files are scripts that call one function with JSON, and not JSON that is fetched: browsers let a page from a disk load the
former alone. A text is searched without blanks, in one case and form; site.js does the same with what is typed. A list of
documents is the gaps between their numbers, a run of neighbours one negative number, so that a pair which every document has costs nothing.
"""

from __future__ import annotations

import json
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from mingzhang.web.site.contents import Contents, Entry
from mingzhang.web.site.names import link

FOLDER = "search"
_CALL = "mingzhang"
_SHARD = 24_000  # characters of a shard, about


class Said(Struct, frozen=True):
    """What a document says: its projects (name, money as printed, anchor) and its texts with their anchors."""

    projects: list[tuple[str, str, str]]
    texts: list[tuple[str, str]]


class Grams(Struct, frozen=True):
    """The pairs of neighbouring signs in a document, and those in its names."""

    held: frozenset[str]
    named: frozenset[str]


def write_said(folder: Path, contents: Contents, entry: Entry, said: Said) -> Grams:
    """Write what a document says into the site's folder; give what it is found by."""
    content = {
        "name": entry.name,
        "about": f"{contents.labels[entry.region]}　{entry.year}年　{entry.kind}",
        "page": link(entry.page),
        "projects": said.projects,
        "texts": said.texts,
    }
    _write(folder, f"d/{entry.number}", content)
    named = _grams([entry.name, *(name for name, _, _ in said.projects)])
    return Grams(named | _grams(text for text, _ in said.texts), named)


class Index:
    """Takes the documents in the order of their numbers, and writes the index."""

    def __init__(self, folder: Path, contents: Contents) -> None:
        self._folder, self._contents = folder, contents
        for name in ("d", "g"):
            (folder / FOLDER / name).mkdir(parents=True)
        self._held: dict[str, array[int]] = defaultdict(lambda: array("I"))
        self._named: dict[str, array[int]] = defaultdict(lambda: array("I"))

    def add(self, number: int, grams: Grams) -> None:
        """A document by its number."""
        for gram in grams.held:
            self._held[gram].append(number)
        for gram in grams.named:
            self._named[gram].append(number)

    def close(self) -> None:
        """Write the shards, and what tells of them."""
        packed = {gram: self._packed(gram) for gram in self._held}
        shards = max(1, -(-sum(map(len, packed.values())) // _SHARD))
        parts: list[list[str]] = [[] for _ in range(shards)]
        for gram in sorted(packed):
            parts[shard_of(gram, shards)].append(f"{json.dumps(gram, ensure_ascii=False)}:{packed[gram]}")
        for number, part in enumerate(parts):
            _write_text(self._folder, f"g/{number}", f"{{{','.join(part)}}}")
        groups = [[region, year, len(held)] for (region, year), held in self._contents.by_partition.items()]
        _write(self._folder, "index", {"documents": len(self._contents.entries), "shards": shards, "groups": groups})

    def _packed(self, gram: str) -> str:
        both = [gaps(self._held[gram])]
        if gram in self._named:
            both.append(gaps(self._named[gram]))
        return json.dumps(both, separators=(",", ":"))


def _write(folder: Path, name: str, said: object) -> None:
    _write_text(folder, name, json.dumps(said, ensure_ascii=False, separators=(",", ":")))


def _write_text(folder: Path, name: str, said: str) -> None:
    text = f'{_CALL}("{name}",{said});\n'
    (folder / FOLDER / f"{name}.js").write_text(text, "utf-8", newline="")


def folded(text: str) -> str:
    """A text as it is searched."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _grams(texts: Iterable[str]) -> frozenset[str]:
    """All pairs of neighbouring signs."""
    found: set[str] = set()
    for text in map(folded, texts):
        found.update(map("".join, pairwise(text)))
    return frozenset(found)


def shard_of(gram: str, shards: int) -> int:
    """The shard that a pair of signs is in."""
    first, second = map(ord, gram)
    return (first * 31 + second) % shards


def gaps(numbers: Iterable[int]) -> list[int]:
    """Ascending numbers as the gaps before them; -n stands for n more that follow each other."""
    found: list[int] = []
    last = -1
    for number in numbers:
        gap = number - last
        last = number
        if gap > 1 or not found:
            found.append(gap)
        elif found[-1] < 0:
            found[-1] -= 1
        else:
            found.append(-1)
    return found
