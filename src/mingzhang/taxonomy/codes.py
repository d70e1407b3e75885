"""A code of an official classification, and the list of a kind and fiscal year.

Source: 政府收支分类科目, which 财政部 issues for each fiscal year. Four of its parts are held: 支出功能分类,
部门预算支出经济分类, 政府预算支出经济分类 and 收入分类. A code grows by two digits a level: 3 类, 5 款, 7 项, and for
revenue 9 目.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

KINDS: Final = ("functional", "economic_department", "economic_government", "revenue")

KIND_TITLES: Final = MappingProxyType(
    {
        "functional": "支出功能分类",
        "economic_department": "部门预算支出经济分类",
        "economic_government": "政府预算支出经济分类",
        "revenue": "收入分类",
    }
)

FIRST_DIGITS: Final = MappingProxyType(
    {"functional": "2", "economic_department": "3", "economic_government": "5", "revenue": "1"}
)

LEVELS: Final = MappingProxyType({3: "类", 5: "款", 7: "项", 9: "目"})

_DEEPEST: Final = MappingProxyType({"functional": 7, "economic_department": 5, "economic_government": 5, "revenue": 9})

_FIRM: Final = frozenset({"attested", "attested_2008", "attested_local", "official"})

_EXISTING: Final = _FIRM | {"recalled"}


def levels_of(kind: str) -> dict[int, str]:
    """The code lengths that `kind` has, shortest first, each with the name of its level."""
    return {length: level for length, level in LEVELS.items() if length <= _DEEPEST[kind]}


def parent_of(code: str) -> str:
    """The code one level up: "2010101" gives "20101", a 类 gives ""."""
    return code[:-2] if len(code) > 3 else ""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list.

    `level` is 类, 款, 项 or 目; `parent` the code above, "" for a 类. `budget` (functional codes) is gpb, gov_fund,
    soe_capital, social_insurance, or mixed where the codes below belong to several; "" is not known. `certainty` says
    how well code and name are supported: official (imported), attested, attested_2008, attested_local, recalled,
    unsure, or local for an item that the list does not have but accepts. `former_names` are older names of the code.
    """

    code: str
    name: str
    level: str
    parent: str = ""
    budget: str = ""
    source: str = ""
    certainty: str = "official"
    former_names: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether a finding may rest on the row; False for unsure rows and for accepted local items."""
        return self.certainty in _EXISTING

    @property
    def firm_name(self) -> bool:
        """Whether another name is an error; False for recalled rows, where it is only worth a warning."""
        return self.certainty in _FIRM


class CodeList:
    """The codes of one kind in one fiscal year, in code order, which puts each parent before its children."""

    __slots__ = ("_children", "_codes", "kind", "year")

    def __init__(self, kind: str, year: int, codes: Iterable[Code]) -> None:
        self.kind: Final = kind
        self.year: Final = year
        self._codes: Final = {code.code: code for code in sorted(codes, key=lambda code: code.code)}
        self._children: Final[dict[str, list[Code]]] = defaultdict(list)
        for code in self._codes.values():
            self._children[code.parent].append(code)

    def __iter__(self) -> Iterator[Code]:
        return iter(self._codes.values())

    def __len__(self) -> int:
        return len(self._codes)

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __repr__(self) -> str:
        return f"CodeList({self.kind!r}, {self.year}, {len(self)} codes)"

    def get(self, code: str) -> Code | None:
        """The code as the list has it, or None."""
        return self._codes.get(code)

    def resolve(self, code: str) -> Code | None:
        """Like `get`, but accepts a local item: an unknown functional 项 under a known 款.

        Provinces add such items. The local code has its parent's budget, no name and certainty "local".
        """
        if (found := self._codes.get(code)) is not None:
            return found
        if self.kind != "functional" or len(code) != 7 or not (code.isascii() and code.isdigit()):
            return None
        parent = self._codes.get(parent_of(code))
        if parent is None:
            return None
        budget = "" if parent.budget == "mixed" else parent.budget
        return Code(code, "", LEVELS[7], parent.code, budget, certainty="local")

    def children(self, code: str) -> list[Code]:
        """The codes directly below `code`, in code order; "" gives the 类."""
        return list(self._children.get(code, ()))

    def suggest(self, code_or_name: str, limit: int = 3) -> list[Code]:
        """The nearest codes, best first, for an error message.

        A code is compared by its digits, of which the first weigh most; a name with present and former names.
        """
        wanted = code_or_name.strip()
        if wanted.isdigit():
            close = get_close_matches(wanted, self._codes, n=max(1, len(self)), cutoff=0.7)
            close.sort(key=lambda code: _shared_digits(code, wanted), reverse=True)
            return [self._codes[code] for code in close[:limit]]
        named: dict[str, list[Code]] = defaultdict(list)
        for code in self:
            for name in (code.name, *code.former_names):
                named[name].append(code)
        close = get_close_matches(wanted, named, n=limit, cutoff=0.5)
        found = {code.code: code for name in close for code in named[name]}
        return list(found.values())[:limit]


def _shared_digits(code: str, other: str) -> int:
    """How many digits from the left are the same."""
    return next(
        (place for place, (a, b) in enumerate(zip(code, other, strict=False)) if a != b), min(len(code), len(other))
    )
