"""The columns of a table in a row: which are stubs, which are amounts, and which amounts make up which."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

from msgspec import Struct

from mingzhang.families import load_family
from mingzhang.families.model import Side, Table
from mingzhang.read.headers import header_word

_CODE_WORDS = ("编码", "代码")


class Column(Struct, frozen=True):
    """A column of a side: `key` of an amount, or blank for a stub, whose `stub` is code, name or name2.

    `options` are the headers that it may have: the word of the lowest cell, and the words of the cells above it.
    """

    side: int
    key: str
    stub: str
    options: tuple[tuple[str, frozenset[str]], ...]

    @property
    def words(self) -> Iterator[str]:
        """All words that may stand over the column."""
        for word, above in self.options:
            yield word
            yield from above


class SideLayout(Struct, frozen=True):
    """A side's columns, and its row identities: the place of a total among the amounts and those of its parts."""

    spec: Side
    stubs: tuple[Column, ...]
    amounts: tuple[Column, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def width(self) -> int:
        """How many columns the side has."""
        return len(self.stubs) + len(self.amounts)


class Layout(Struct, frozen=True):
    """A table's sides from left to right."""

    table: Table
    sides: tuple[SideLayout, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns from left to right."""
        return tuple(column for side in self.sides for column in (*side.stubs, *side.amounts))


@cache
def layouts_of(family_id: str) -> tuple[Layout, ...]:
    """The layouts of a family's tables, in its order."""
    return tuple(
        Layout(table, tuple(_side(number, side) for number, side in enumerate(table.side)))
        for table in load_family(family_id).tables
    )


def _side(number: int, side: Side) -> SideLayout:
    keys = [column.key for column in side.columns]
    amounts = tuple(
        Column(number, column.key, "", tuple(_options(side, column.header, column.aliases))) for column in side.columns
    )
    sums = tuple(
        (keys.index(column.key), tuple(keys.index(part) for part in column.sum))
        for column in side.columns
        if column.sum
    )
    return SideLayout(side, tuple(_stubs(number, side)), amounts, sums)


def _stubs(number: int, side: Side) -> Iterator[Column]:
    names = 0
    for path in side.stub:
        if any(word in path[-1] for word in _CODE_WORDS):
            kind = "code"
        else:
            names += 1
            kind = "name" if names == 1 else "name2"
        yield Column(number, "", kind, tuple(_options(side, path, ())))


def _options(side: Side, path: tuple[str, ...], aliases: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """The declared header, then the aliases: of the lowest part, or with `/` of the whole path."""
    for parts in (path, *((*path[:-1], alias) if "/" not in alias else tuple(alias.split("/")) for alias in aliases)):
        yield header_word(parts[-1]), frozenset(header_word(part) for part in (side.header, *parts[:-1]) if part)


@cache
def placements(count: int, width: int) -> tuple[tuple[int, ...], ...]:
    """All ways to put `count` amounts into `width` columns in order."""
    return tuple(combinations(range(width), count)) if count <= width else ()
