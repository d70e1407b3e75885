"""How private data look when they are masked: as Chinese offices do it, or stricter."""

from __future__ import annotations

import re

from mingzhang.redact.patterns import plain

_MOBILE = re.compile(r"1[3-9]\d{9}")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx]|[1-9]\d{14}")
_ACCOUNT = re.compile(r"\d{9,}")
_NUMBER = re.compile(r"\d+")
_PAPER = re.compile(r"[a-z]{1,3}\d{6,}")
_STAR = "*"


def mask(text: str) -> str:
    """A text masked, as long as it was, its blanks and hyphens where they were.

    - mobile number: first 3 and last 4 digits stay, as everywhere;
    - identity number: first 4 (the city) and last 2 stay. The usual 6 and 4 leave a few thousand numbers to try, fewer
      for who knows about the year of birth, because the last digit is a check digit;
    - bank account and other long numbers: the last 4 stay; short numbers: the last 2;
    - passport and the like: the first letter and the last 2 digits;
    - mail address: its first character and the domain; a name or any other text: its first character (the surname).

    >>> [mask("13800001111"), mask("138 0000 1111"), mask("140581199001011234"), mask("张三丰")]
    ['138****1111', '138 **** 1111', '1405************34', '张**']
    """
    # Positions of the characters that count, and what they say.
    held = [(place, said) for place, character in enumerate(text) if (said := plain(character)).isalnum()]
    head, tail = _kept("".join(said[:1] for _, said in held), text)
    hidden = {place for place, _ in held[head : len(held) - tail]}
    return "".join(_STAR if place in hidden else character for place, character in enumerate(text))


def _kept(said: str, text: str) -> tuple[int, int]:
    """How many characters stay at the beginning and at the end."""
    if _MOBILE.fullmatch(said):
        return 3, 4
    if _IDENTITY.fullmatch(said):
        return 4, 2
    if _ACCOUNT.fullmatch(said):
        return 0, 4
    if _NUMBER.fullmatch(said):
        return 0, 2 if len(said) > 4 else 0
    if _PAPER.fullmatch(said):
        return 1, 2
    if "@" in text:
        return 1, sum(character.isalnum() for character in text[text.rindex("@") :])
    return 1 if len(said) > 1 else 0, 0
