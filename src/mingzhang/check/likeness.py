"""How alike names are: folded, abbreviated, nearly the same."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

_FOLDED = str.maketrans(
    "（）【】〔〕［］｛｝：，；“”‘’《》〈〉．、。—－–",
    "()[][][]{}:,;\"\"''<><>.,.---",
)
_SHORTEST = 4


@lru_cache(maxsize=16384)
def folded(name: str) -> str:
    """A name without blanks, with one kind of brackets and marks."""
    return "".join(name.split()).translate(_FOLDED)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, or one is the other without the place before it (商务中心, 某市商务中心)."""
    a, b = sorted((folded(one), folded(other)), key=len)
    return a == b or (len(a) >= _SHORTEST and b.endswith(a))


def abbreviates(short: str, long: str) -> bool:
    """Whether a name is another one shortened: its characters in order, with the same end (社保中心, 社会保险中心)."""
    rest = iter(folded(long))
    return len(short) < len(long) and short[-2:] == long[-2:] and all(char in rest for char in folded(short))


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1."""
    return SequenceMatcher(None, folded(one), folded(other), autojunk=False).ratio()
