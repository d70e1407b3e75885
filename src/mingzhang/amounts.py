"""Money: yuan and 万元 as `Decimal`, parsed, rounded half up, printed.

Nothing else in the package makes a decimal from text or rounds one. A ledger holds yuan; a form prints 万元 (ten
thousand yuan) with two decimals, each cell rounded half up by itself (财预〔2016〕143号 forms).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final, Literal

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
WAN: Final = Decimal(10000)

AmountFormat = Literal["grouped", "fixed", "short", "count"]

_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
_NUMBER: Final = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")


def parse_amount(text: str) -> Decimal:
    """Read a printed amount, with or without thousands separators, half or full width.

    Raises ValueError if the text is anything else than one plain number.

    >>> parse_amount("8,277.83")
    Decimal('8277.83')
    """
    cleaned = text.strip().translate(_FULL_WIDTH)
    if not _NUMBER.fullmatch(cleaned):
        raise ValueError(text)
    try:
        return Decimal(cleaned.replace(",", ""))
    except InvalidOperation as error:  # pragma: no cover - the pattern admits numbers only
        raise ValueError(text) from error


def round_half_up(value: Decimal, unit: Decimal = CENT) -> Decimal:
    """Round to a multiple of `unit`, halves away from zero, as the forms do.

    >>> round_half_up(Decimal("0.005"))
    Decimal('0.01')
    """
    return value.quantize(unit, ROUND_HALF_UP)


def to_wan(yuan: Decimal) -> Decimal:
    """Turn yuan into 万元 with two decimals, as a table prints it.

    >>> to_wan(Decimal("82778312.00"))
    Decimal('8277.83')
    """
    return round_half_up(yuan / WAN)


def print_amount(value: Decimal, form: AmountFormat = "fixed") -> str:
    """Print a number as one of the disclosure's styles; zero is "0" in all of them.

    `grouped` 8,277.83 (tables of figures in sentences), `fixed` 8277.83, `short` without trailing zeros (7948),
    `count` a whole number.

    >>> print_amount(Decimal("7948.00"), "short"), print_amount(Decimal("7948"), "grouped")
    ('7948', '7,948.00')
    """
    if value == 0:
        return "0"
    rounded = round_half_up(value, Decimal(1) if form == "count" else CENT)
    if form == "grouped":
        return f"{rounded:,.2f}"
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if form == "short" and "." in text else text


def print_yuan(yuan: Decimal) -> str:
    """Print yuan as the performance forms do: separators, no trailing zeros after the point.

    >>> print_yuan(Decimal("510476.80")), print_yuan(Decimal("700000"))
    ('510,476.8', '700,000')
    """
    text = f"{round_half_up(yuan):,.2f}"
    return text.rstrip("0").rstrip(".")
