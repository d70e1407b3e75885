"""The value of an indicator, or an amount that a text states, taken apart: sign, number, unit.

≤900000元     不超过40万元     1,000万     ≥98%     90%-95%     2027年8月     12月底前
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from msgspec import Struct

Sign = Literal["≤", "≥", "<", ">", "=", ""]

_FOLD = str.maketrans("０１２３４５６７８９．％＜＞＝≦≧⩽⩾（）﹤﹥～–—－", "0123456789.%<>=≤≥≤≥()<>~---")
_SIGNS: dict[str, Sign] = {
    "<=": "≤", "=<": "≤", ">=": "≥", "=>": "≥", "≤": "≤", "≥": "≥", "<": "<", ">": ">", "=": "=",
    "不超过": "≤", "不高于": "≤", "不大于": "≤", "不多于": "≤", "小于等于": "≤", "小于或等于": "≤", "低于": "<", "小于": "<", "少于": "<",
    "不低于": "≥", "不少于": "≥", "不小于": "≥", "大于等于": "≥", "大于或等于": "≥", "高于": ">", "大于": ">", "多于": ">", "超过": ">",
    "等于": "=",
}  # fmt: skip
_AFTER: dict[str, Sign] = {"以内": "≤", "以下": "≤", "之内": "≤", "以上": "≥", "及以上": "≥", "及以下": "≤"}
_MONEY = {
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "万": Decimal(10_000),
    "亿元": Decimal(10**8),
    "亿": Decimal(10**8),
}

_SIGN = "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,6})?|\d{1,18}(?:\.\d{1,6})?"
_UNIT = r"[^\d\s,，。；;：:、()<>≤≥=~-]{0,12}"
_DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d\d)年度?)?(?:(?P<first>\d{1,2})月?[至到-])?(?:(?P<month>\d{1,2})月份?)?(?:(?P<day>\d{1,2})日)?(?P<end>[底末初前中上下旬之以内]{0,4})"
)
_SIGNED = re.compile(rf"(?P<sign>{_SIGN})(?P<number>{_NUMBER})(?P<unit>{_UNIT})")
_PLAIN = re.compile(rf"(?<!\d)(?P<sign>)(?P<number>{_NUMBER})(?P<unit>{_UNIT})")
_RANGE = re.compile(rf"%?[-~至到](?P<upper>{_NUMBER})(?P<unit>{_UNIT})")
_TAIL = re.compile(r"(?P<unit>.*?)(?P<tail>及以上|及以下|以内|以下|之内|以上|左右|整)?$")
_YEAR = re.compile(r"(?:19|20)\d\d年度?")
_AMOUNT = re.compile(rf"(?<![\d.])(?P<number>{_NUMBER})\s?(?P<unit>亿元|万元|千元|元)(?!/)")


class Value(Struct, frozen=True):
    """A value taken apart.

    `number` is the number as printed, of a range the lower one (`upper` is the other); `unit` what follows it. `words` are
    those before it, or the whole text where there is no number. A date has no number but `year` and `month`, 0 where
    they are not told.

    >>> parse_value("≤900000元").yuan, parse_value("不超过40万元").sign, parse_value("3825元/件").yuan
    (Decimal('900000'), '≤', None)
    """

    text: str
    sign: Sign = ""
    number: Decimal | None = None
    upper: Decimal | None = None
    unit: str = ""
    words: str = ""
    year: int = 0
    month: int = 0

    @property
    def yuan(self) -> Decimal | None:
        """The amount in yuan, None if the value is not an amount of money or is one for each of something."""
        factor = _MONEY.get(self.unit)
        return None if self.number is None or factor is None else self.number * factor

    @property
    def half_a_digit(self) -> Decimal:
        """Half of the last printed digit, in yuan for money: how far the printed number may be from the exact one."""
        if self.number is None:
            return Decimal(0)
        exponent = self.number.as_tuple().exponent
        return Decimal(5).scaleb(int(exponent) - 1) * _MONEY.get(self.unit, Decimal(1))

    @property
    def percent(self) -> Decimal | None:
        """The number of a percentage, None if the value is none."""
        return self.number if self.unit.startswith("%") else None

    @property
    def is_date(self) -> bool:
        """Whether the value is a point in time: a year, a month, a day."""
        return self.number is None and bool(self.year or self.month)

    @property
    def is_range(self) -> bool:
        """Whether the value goes from one number to another."""
        return self.upper is not None


def _folded(text: str) -> str:
    return re.sub(r"\s", "", text.translate(_FOLD)).replace("，", ",")


@lru_cache(maxsize=20_000)
def parse_value(text: str) -> Value | None:
    """Take a printed value apart. None if nothing is printed.

    The number that a sign stands before is the value; without a sign, the first that is no year.

    >>> parse_value("2026年绿化经费≤6838200元").words, parse_value("90%-95%").upper, parse_value("2027年8月").month
    ('2026年绿化经费', Decimal('95'), 8)
    """
    folded = _folded(text)
    if not folded:
        return None
    date = _DATE.fullmatch(folded)
    if date and (date["year"] or date["month"]):
        return Value(text, year=int(date["year"] or 0), month=int(date["month"] or 0), words=folded)
    match = _SIGNED.search(folded) or _PLAIN.search(_YEAR.sub(lambda year: "年" * len(year[0]), folded))
    if match is None:
        year = _YEAR.search(folded)
        return Value(text, words=folded, year=int(year[0][:4]) if year else 0)
    return _value(text, folded, match)


def _value(text: str, folded: str, match: re.Match[str]) -> Value:
    unit, upper = match["unit"], None
    beyond = _RANGE.match(folded, match.end("number"))
    if beyond:
        upper, unit = _number(beyond["upper"]), beyond["unit"]
    tail = _TAIL.fullmatch(unit)
    assert tail is not None
    sign = _SIGNS.get(match["sign"], "") or _AFTER.get(tail["tail"] or "", "")
    words = folded[: match.start()]
    return Value(text, sign, _number(match["number"]), upper, tail["unit"], words)


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


class Amount(Struct, frozen=True):
    """An amount of money that a text states, in yuan: where it stands in the text, and as printed."""

    yuan: Decimal
    start: int
    end: int
    printed: str
    half_a_digit: Decimal


def amounts_in(text: str) -> Iterator[Amount]:
    """The amounts of money in a text, in order; amounts for each of something (元/件) are none.

    >>> [str(one.yuan) for one in amounts_in("每年服务费30万元，单价20元/件，年初申请70万元")]
    ['300000', '700000']
    """
    for match in _AMOUNT.finditer(text.translate(_FOLD)):
        value = Value("", number=_number(match["number"]), unit=match["unit"])
        yield Amount(value.yuan or Decimal(0), match.start(), match.end(), match[0], value.half_a_digit)
