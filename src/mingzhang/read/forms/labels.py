"""Labels of a form as people and scanners print them: known exactly, by an alias, or by likeness."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mingzhang.read.printed import fold

# Traditional forms that a scanner takes for the simplified ones.
_TRADITIONAL = "財項資級單籌體標實際數質時濟會態續響務對滿產結長險區縣預門額總義項屬績劃據經費開養補貼來東農業從評價購買設備號當實現員務機關険単実対県総効収転価"
_SIMPLIFIED = "财项资级单筹体标实际数质时济会态续响务对满产结长险区县预门额总义项属绩划据经费开养补贴来东农业从评价购买设备号当实现员务机关险单实对县总效收转价"
SIMPLE = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_OF_WHICH = re.compile(r"^其中[:,.]?")
_LONGEST = 24
_MISREAD = 0.7
_CHINESE = re.compile(r"[一-鿿]")


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """A label for comparison: folded, without the colon behind it and the words "of which" before it."""
    return _OF_WHICH.sub("", fold(text).strip(":.,;"))


@lru_cache(maxsize=65536)
def simple(text: str) -> str:
    """A label for comparison with damaged print: traditional forms made simple."""
    return plain(text).translate(SIMPLE)


def chinese(text: str) -> str:
    """The Chinese characters of a text, traditional forms made simple."""
    return "".join(_CHINESE.findall(text)).translate(SIMPLE)


@lru_cache(maxsize=65536)
def alike(first: str, second: str) -> float:
    """How alike two short texts are by the characters they share, 0 to 1: quick, for single labels."""
    if not first or not second:
        return 0.0
    common = 0
    for character in set(first).intersection(second):
        common += min(first.count(character), second.count(character))
    return 2 * common / (len(first) + len(second))


def shared(first: str, second: str) -> float:
    """The share of the characters of `second` that stand in `first`, in the same order."""
    if not second:
        return 0.0
    from difflib import SequenceMatcher

    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(second)


class Labels:
    """A vocabulary of labels, with the words that each may also be printed as."""

    def __init__(self, words: Iterable[str], aliases: Mapping[str, Iterable[str]] | None = None) -> None:
        self.exact: dict[str, str] = {}
        self.variants: dict[str, list[str]] = {}
        for word in words:
            for printed in (word, *(aliases or {}).get(word, ())):
                self.exact.setdefault(plain(printed), word)
                self.variants.setdefault(word, []).append(simple(printed))
        self._by_character: dict[str, list[str]] = {}
        for printed in self.exact:
            for character in set(printed):
                self._by_character.setdefault(character, []).append(printed)
        self._near: dict[str, tuple[str, float]] = {}
        self._found: dict[str, str] = {}
        self.starts = {printed[0] for printed in self.exact if printed} | {"其"}

    def find(self, text: str) -> str:
        """The label that a text is, or "" if it is none."""
        found = self._found.get(text)
        if found is None:
            short = len(text) <= _LONGEST + 8
            found = (self.exact.get(plain(text)) or self.exact.get(simple(text), "")) if short else ""
            self._found[text] = found
        return found

    def is_clean(self, text: str) -> bool:
        """Whether the text is a label without any damage."""
        return plain(text) in self.exact

    def near(self, text: str) -> tuple[str, float]:
        """The label that a damaged text is most like, and how much (0 to 1)."""
        if text not in self._near:
            self._near[text] = self._nearest(simple(text))
        return self._near[text]

    def is_misread(self, text: str) -> bool:
        """Whether the text is a label of which a character or two have been misread."""
        if not text or len(text) > _LONGEST or self.find(text):
            return False
        label, score = self.near(text)
        return score >= _MISREAD and len(simple(text)) in map(len, self.variants.get(label, ()))

    def _nearest(self, text: str) -> tuple[str, float]:
        if not text or len(text) > _LONGEST:
            return "", 0.0
        if text in self.exact:
            return self.exact[text], 1.0
        counts: Counter[str] = Counter()
        for character in set(text):
            counts.update(self._by_character.get(character, ()))
        ranked = sorted(counts, key=lambda label: (-counts[label] / (len(label) + len(text)), label))[:3]
        scored = [(alike(text, label), label) for label in ranked]
        score, label = max(scored, default=(0.0, ""))
        return (self.exact[label], score) if label else ("", 0.0)
