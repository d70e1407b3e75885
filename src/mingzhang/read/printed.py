"""Printed text as people and scanners leave it: folding for comparison, cleaning for keeping, numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

_BLANK = re.compile(r"[\s　]+")
_TAGS = re.compile(r"</?(?:b|strong|i|em|u|span|font|p)\b[^<>]*>|<br\s*/?>", re.IGNORECASE)
_SUPER = re.compile(r"<su[pb]>([^<]*)</su[pb]>", re.IGNORECASE)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FOLD = str.maketrans(
    {
        "（": "(", "）": ")", "【": "[", "】": "]", "〔": "[", "〕": "]", "［": "[", "］": "]", "“": '"', "”": '"',
        "‘": "'", "’": "'", "：": ":", "，": ",", "；": ";", "、": ",", "《": "<", "》": ">", "—": "-", "–": "-",
        "－": "-", "―": "-", "−": "-", "％": "%", "。": ".", "．": ".", "≧": "≥", "≦": "≤", "＞": ">", "＜": "<",
        "＝": "=", "＋": "+", "／": "/", "　": " ", "０": "0", "１": "1", "２": "2", "３": "3", "４": "4", "５": "5",
        "６": "6", "７": "7", "８": "8", "９": "9",
    }
)  # fmt: skip
# What a scanner reads for a digit, and only counts where the rest of the text is a number.
_LOOK_ALIKE = str.maketrans(
    {"O": "0", "o": "0", "〇": "0", "○": "0", "l": "1", "I": "1", "|": "1", "丨": "1", "S": "5", "B": "8"}
)
_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_PLAIN = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_ZERO = re.compile(r"[-—–_/]+")


def clean(text: str) -> str:
    """A text without mark-up and without the blanks that line breaks and scanners put between Chinese characters."""
    if "<" in text:
        text = _SUPER.sub(lambda match: match[1].strip().translate(_RAISED), text)
        text = _TAGS.sub("", text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """A text for comparison: no blanks, one kind of punctuation, half width, lower case."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    return _BLANK.sub("", text).translate(_FOLD).lower()


# Labels and names come again and again; long texts would only fill the memory.
_SHORT = 80
_fold_short = lru_cache(maxsize=65536)(_fold)


class Amount(Struct, frozen=True):
    """A number as read: its value, and in Chinese what had to be mended to read it (nothing if blank)."""

    value: Decimal
    repair: str = ""
    confidence: float = 1.0


def read_amount(text: str) -> Amount | None:
    """Read a printed number that stands alone; None if it is none.

    Thousands separators and full width are print, not damage. Blanks inside, a separator read as a point and
    look-alike characters are repaired, and said so.

    >>> read_amount("35892. 39")
    Amount(value=Decimal('35892.39'), repair='去掉数字中的空格', confidence=0.98)
    """
    stripped = text.strip()
    if not stripped or len(stripped) > 40:
        return None
    if stripped.isascii() and _PLAIN.fullmatch(stripped):
        return Amount(Decimal(stripped.replace(",", "")))
    return _repaired(stripped)


def _repaired(text: str) -> Amount | None:
    folded = text.translate(_FOLD)
    if _PLAIN.fullmatch(folded):
        return Amount(Decimal(folded.replace(",", "")))
    joined = _BLANK.sub("", folded)
    if _PLAIN.fullmatch(joined):
        return Amount(Decimal(joined.replace(",", "")), "去掉数字中的空格", 0.98)
    if joined[:1] == "(" and joined[-1:] == ")" and _PLAIN.fullmatch(joined[1:-1]):
        return Amount(-Decimal(joined[1:-1].replace(",", "")), "括号表示负数", 0.95)
    if not any(character.isdigit() for character in joined):
        return None
    repaired = joined.translate(_LOOK_ALIKE)
    if repaired != joined and _PLAIN.fullmatch(repaired):
        return Amount(Decimal(repaired.replace(",", "")), "改正形近字符", 0.8)
    bare = repaired.strip(".,;:'`_·|")
    if _PLAIN.fullmatch(bare):
        return Amount(Decimal(bare.replace(",", "")), "去掉数字外的污点", 0.9)
    points = re.fullmatch(r"(-?\d{1,3}(?:[.,]\d{3})*)[.,](\d{2})", bare)
    if points:
        return Amount(Decimal(re.sub(r"[.,]", "", points[1]) + "." + points[2]), "分隔符误作小数点", 0.7)
    return None


def is_blank_mark(text: str) -> bool:
    """Whether a cell's text stands for nothing: blank, or a stroke."""
    stripped = text.strip()
    return not stripped or _ZERO.fullmatch(stripped) is not None


@lru_cache(maxsize=65536)
def likeness(first: str, second: str) -> float:
    """How alike two folded texts are, 0 to 1: twice the common characters in order over all characters.

    Texts whose lengths alone keep them below a half count as 0.
    """
    if first == second:
        return 1.0
    shorter, longer = sorted((len(first), len(second)))
    if 3 * shorter < longer or not set(first) & set(second):
        return 0.0
    from difflib import SequenceMatcher

    return SequenceMatcher(None, first, second, autojunk=False).ratio()


_BY_HAN = re.compile(
    r"(?<=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f])\s+|\s+(?=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f])"
)


def close_up(text: str) -> str:
    """A text without the blanks that line breaks leave beside Chinese characters."""
    return _BY_HAN.sub("", text.strip())


def name_of(text: str) -> str:
    """A name as printed, without mark-up and without the blanks that a line break leaves beside Chinese characters.

    Full-width digits and letters become plain ones; punctuation stays as printed.
    """
    return _name_short(text) if len(text) <= _SHORT else _name(text)


def _name(text: str) -> str:
    return close_up(clean(text)).translate(_HALF_WIDTH)


_name_short = lru_cache(maxsize=16384)(_name)
