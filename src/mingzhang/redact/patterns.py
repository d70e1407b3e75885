"""Finding secrets however they are written: spaced out, in full width, broken by lines, split over tags, encoded.

A secret becomes a regular expression with a group for each of its characters and room between them for what may stand
there without meaning anything. It is applied to a file's own text, tags and all, so that only the characters found are
replaced and every other one stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from mingzhang.read.printed import fold
from mingzhang.redact.records import Secret

Flavour = Literal["lines", "text", "markup", "skipping"]
"""What a text is: `lines` as a page shows them, `text` of a file (tags and entities may be inside), `markup` in which
line breaks mean nothing, and that once more `skipping` what is not shown (deleted text, text boxes in between)."""

Span = tuple[int, int]
Write = Callable[[str, "Hit", "Pattern", int], str | None]
"""What to put for a character, None to leave it: from the whole text, the hit, its pattern and the character's number."""

# A number of so many digits can hardly come about by chance: it is found across cells and paragraphs, too.
_LONG = 11
_ZERO_WIDTH = "\u00ad\u200b-\u200f\u2028\u2029\u2060-\u2064\ufeff"
_BLANKS = " \u00a0\u2000-\u200a\u202f\u205f\u3000\\f\\v"
_HYPHENS = "\\-\u2010-\u2015\u2212\uff0d"
_LOOSE = f"\\s{_BLANKS}{_ZERO_WIDTH}{_HYPHENS}_.\u00b7\u2022\uff0e,\uff0c\u3001|*`~\\\\/()\uff08\uff09+\ufe0f"
_TAG = r"""<[/!?A-Za-z](?:[^<>"']|"[^"<]*"|'[^'<]*')*>"""
# Neither runs on into the next of its kind, so that a page full of open ones takes no time.
_COMMENT = r"<!--(?:[^<-]|-(?!->)|<(?!!--))*-->"
_BLOCKS = (
    "address|article|blockquote|body|caption|center|dd|div|dl|dt|fieldset|figure|form|h[1-6]|head|header|hr|html|li|main|ol"
    "|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul|tc|txbxContent|comment|footnote|endnote|si|c|row|pt"
)
_INLINE = rf"(?!</?(?:\w+:)?(?:{_BLOCKS})[\s/>]){_TAG}"
# Elements of Word that show nothing, or stand elsewhere on the page.
_UNSEEN = (
    r"<((?:\w+:)?(?:instrText|delText|posOffset|align|pctWidth|pctHeight|pctPosHOffset|pctPosVOffset))(?:\s[^<>]*)?>"
    r"[^<]*</\1>"
)
_ELSEWHERE = "|".join(
    rf"<{name}(?:\s[^<>]*)?(?<!/)>(?:[^<]|<(?!/?{name}[\s>]))*</{name}>"
    for name in ("mc:AlternateContent", "w:pict", "w:drawing")
)
_NAMED = "nbsp|ensp|emsp|thinsp|shy|zwnj|zwj|lrm|rlm|ndash|mdash|minus|hyphen|dash|middot"
_CODES = (
    9,
    10,
    13,
    32,
    45,
    46,
    160,
    173,
    *range(0x2000, 0x2016),
    0x2028,
    0x2029,
    0x202F,
    0x2060,
    0x2212,
    0x3000,
    0xFEFF,
)
_ENTITY = (
    rf"&(?:{_NAMED}|#0*(?:{'|'.join(map(str, _CODES))})|#[xX]0*(?i:{'|'.join(f'{code:x}' for code in _CODES)}));"
    r"|_x000[dDaA]_|%20|%2[dD]|\\[nrt]"
)
_ENCODED = re.compile(r"&#|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}")


class Hit(NamedTuple):
    """A place where a secret stands: its number, and where each of its characters is written."""

    secret: int
    spans: tuple[Span, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.spans[-1][1]


@lru_cache(maxsize=65536)
def plain(character: str) -> str:
    """A character for comparison: half width, lower case, one kind of punctuation; nothing if it is blank."""
    if unicodedata.category(character) == "Cf":
        return ""
    return fold(unicodedata.normalize("NFKC", character))


@cache
def _variants() -> dict[str, str]:
    """All characters that are compared as one, for those that can be written in several ways."""
    found: dict[str, str] = {}
    for first, last in ((0x21, 0x3400), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x2F800, 0x2FA20)):
        for character in map(chr, range(first, last)):
            found[plain(character)] = found.get(plain(character), "") + character
    return found


class Pattern(NamedTuple):
    """A secret's characters, each with its mask."""

    key: str
    masks: tuple[str, ...]

    @property
    def number(self) -> bool:
        """Whether it is a number, maybe with an X at its end."""
        return _is_number(self.key)

    @property
    def long(self) -> bool:
        """Whether it is a number that nothing else can be."""
        return self.number and sum(map(str.isdigit, self.key)) >= _LONG


def _is_number(key: str) -> bool:
    return re.fullmatch(r"[0-9]+x?", key) is not None


def pattern(secret: Secret) -> Pattern:
    """What is looked for. Raises ValueError for a secret that is blank, or whose mask gives it away."""
    characters = [(said, place) for place, one in enumerate(secret.text) if (said := plain(one))]
    digits = "".join(said for said, _ in characters if said.isalnum())
    if _is_number(digits):
        characters = [(said, place) for said, place in characters if said.isalnum()]
    key = "".join(said for said, _ in characters)
    places = [place for said, place in characters for _ in said]
    if not key:
        raise ValueError("a secret is blank")
    if len(secret.mask) == len(secret.text):
        masks = [secret.mask[place] for place in places]
        # A character that is compared as several is masked once.
        masks = ["" if n and places[n] == places[n - 1] else one for n, one in enumerate(masks)]
    elif len(secret.mask) == len(key):
        masks = list(secret.mask)
    else:
        masks = [secret.mask, *[""] * (len(key) - 1)]
    if key in "".join(map(plain, "".join(masks))):
        raise ValueError("a mask holds its secret")
    return Pattern(key, tuple(masks))


@lru_cache(maxsize=4096)
def _expression(key: str, long: bool, flavour: Flavour, encoded: bool) -> re.Pattern[str]:
    parts = [f"(?P<c0>{_written(key[0], encoded)})"]
    for place, one in enumerate(key[1:], start=1):
        parts += [_between(long, _is_number(key), flavour, place), f"(?P<c{place}>{_written(one, encoded)})"]
    groups = "".join(parts)
    if _is_number(key) and not long:
        groups = rf"(?<!\d)(?<!\d[.,]){groups}(?!\d|[.,]\d)"
    return re.compile(groups, re.DOTALL)


def _written(one: str, encoded: bool) -> str:
    """The ways to write a character."""
    ways = "".join(dict.fromkeys(one + _variants().get(one, "")))
    plainly = f"[{re.escape(ways)}]"
    if not encoded:
        return plainly
    codes = [ord(way) for way in ways]
    percent = ["".join(f"%{byte:02x}" for byte in way.encode()) for way in ways]
    decimal, hexadecimal = "|".join(map(str, codes)), "|".join(f"{code:x}" for code in codes)
    return (
        rf"(?:{plainly}|&#0*(?:{decimal});|(?i:&#x0*(?:{hexadecimal});|{'|'.join(percent)}"
        rf"|\\u(?:{'|'.join(f'{code:04x}' for code in codes if code < 0x10000)})))"
    )


def _between(long: bool, number: bool, flavour: Flavour, place: int) -> str:
    """What may stand before the character at that place of a secret."""
    tags, breaks = flavour != "lines", "\\s" if flavour in ("markup", "skipping") else ""
    if long:
        inside = [f"[{_LOOSE}]", *((_ENTITY, _COMMENT, _TAG) if tags else ())]
    else:
        hyphens = _HYPHENS if number else ""
        inside = [f"[{_BLANKS}{_ZERO_WIDTH}{hyphens}{breaks}]", *((_ENTITY, _COMMENT, _INLINE) if tags else ())]
    if flavour == "skipping":
        unseen = _UNSEEN.replace(r"<((?:", r"<(?:(?:").replace(r"</\1>", r"</[^<>]*>")
        inside = [_ELSEWHERE, unseen, *inside]
    room = _all_of("|".join(inside), f"r{place}")
    if not long and not breaks:
        room = rf"{room}(?:\r?\n{_all_of('|'.join(inside), f's{place}')})?"
    return room


def _all_of(inside: str, name: str) -> str:
    """As much of `inside` as there is, never less: what was looked ahead at is taken whole.

    Possessive quantifiers say the same, but the first releases of Python 3.11 match them wrongly (gh-100061, gh-101955).
    """
    return f"(?=(?P<{name}>(?:{inside})*))(?P={name})"


def mask_of(text: str, hit: Hit, one: Pattern, number: int) -> str | None:
    """The mask's character, None if it keeps what stands there."""
    mask = one.masks[number]
    return None if len(mask) == 1 and plain(mask) == one.key[number] else mask


class Finder:
    """Looks for secrets in texts. Longer ones come first: a part of an account is no telephone number."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.secrets = tuple(secrets)
        self.patterns = tuple(map(pattern, secrets))
        self._order = sorted(range(len(secrets)), key=lambda number: -len(self.patterns[number].key))

    def hits(self, text: str, *flavours: Flavour) -> list[Hit]:
        """Where secrets stand in a text; no character belongs to two of them."""
        encoded = _ENCODED.search(text) is not None
        taken: set[int] = set()
        found = []
        for number in self._order:
            for flavour in flavours:
                for hit in self._of(number, text, flavour, encoded and flavour != "lines"):
                    starts = {start for start, _ in hit.spans}
                    if not starts & taken:
                        taken |= starts
                        found.append(hit)
        return found

    def _of(self, number: int, text: str, flavour: Flavour, encoded: bool) -> Iterator[Hit]:
        one = self.patterns[number]
        for match in _expression(one.key, one.long, flavour, encoded).finditer(text):
            yield Hit(number, tuple(match.span(f"c{place}") for place in range(len(one.key))))

    def masked(self, text: str, hits: Sequence[Hit], write: Write = mask_of) -> str:
        """The text with those hits masked. A character that the mask keeps stays as it is written."""
        edits: list[tuple[int, int, str]] = []
        for hit in hits:
            one = self.patterns[hit.secret]
            for number, (start, end) in enumerate(hit.spans):
                new = write(text, hit, one, number)
                if new is not None:
                    edits.append((start, end, new))
        parts, at = [], 0
        for start, end, new in sorted(edits):
            parts += [text[at:start], new]
            at = end
        return "".join([*parts, text[at:]])

    def count(self, hits: Sequence[Hit]) -> list[int]:
        """How many hits each secret has."""
        counts = [0] * len(self.secrets)
        for hit in hits:
            counts[hit.secret] += 1
        return counts
