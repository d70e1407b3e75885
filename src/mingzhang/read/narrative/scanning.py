"""The context of a text: its wording in one form, and the numbers, dates and words of no change that stand in it.

Wording is compared in the context: no punctuation, one mark for each number, year, name and word of direction, so that
比2023年减少3.58万元 and 较上年增加10万元 differ in one character. Patterns and printed text are scanned alike.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct, field

NUMBER, YEAR, PRIOR, OTHER_YEAR, NAME, DIRECTION, ANYTHING = "#", "Y", "P", "Q", "N", "D", "*"
# Stand-ins for what a pattern prints: a figure, the year, the year before, the name, any other text. HIDDEN is what is
# left of a longer name behind its first character.
SLOT, SLOT_YEAR, SLOT_PRIOR, SLOT_NAME, SLOT_TEXT, HIDDEN = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
_MARKS = {SLOT_NAME: NAME, SLOT_TEXT: ANYTHING}

_UNIT = (
    r"亿元|万元|元|万(?=[,。;()、]|$)|%|个?百分点|万?平方米|平米|㎡|m2|m²"
    r"|人次|批次|公里|[个辆台套家户人批项份件名所处座栋间条篇场艘架只头亩块棵株盏册组次倍分]"
)
_UNIT_CLASSES = (
    ("money", re.compile(r"亿元|万?元|万")),
    ("percent", re.compile(r"%|个?百分点")),
    ("area", re.compile(r"万?平方米|平米|㎡|m2|m²")),
)
_LIKE = "o〇○li|"
# No number has more characters: what goes on for ever is not tried at every place.
_LONGEST = 24
_SCAN = re.compile(
    rf"""
    (?P<date>(?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}日|(?:19|20)\d\d(?P<stroke>[-/.])\d{{1,2}}(?P=stroke)\d{{1,2}}(?!\d)
        |(?:19|20)\d\d年[年度]*[底末])
    |(?P<month>\d{{1,2}}月(?:\d{{1,2}}日)?)
    |(?P<year>(?:(?:19|20)\d\d|[{SLOT_YEAR}{SLOT_PRIOR}])年度?)
    |(?P<prior>上一?年度?|去年|前一年度?)
    |(?P<limit>\d[\d.]{{0,{_LONGEST}}}(?P<limit_unit>{_UNIT})(?=(?:\([^()]{{1,8}}\))?[及含]?以[上下内]))
    |(?P<ordinal>(?<=[(\[])\d+(?=[)\]])|(?<=第)\d+|\d{{1,2}}[、)](?!\d)|\d{{1,2}}\.(?![\d.]))
    |(?P<number>(?<![a-z])(?:(?<![\d%元])-)?(?:
        \d{{1,3}}(?:[,.]\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)
        |\d{{1,4}}(?:,\d{{1,4}}){{1,6}}\.\d{{1,2}}(?={_UNIT})
        |(?=[\d.,]{{0,{_LONGEST}}}[{_LIKE}])(?=[{_LIKE}.,]{{0,{_LONGEST}}}\d)[\d{_LIKE}]{{1,{_LONGEST}}}(?:[.,][\d{_LIKE}]{{1,4}}){{0,6}}(?={_UNIT})
        |\d+(?:\.\d+)?
        |[o〇○](?={_UNIT})
        |{SLOT}))(?P<unit>{_UNIT})?
    |(?P<same>(?<!基本)(?:相同|持平|一致|相等|没有变化|无变化|无增减变?化?|未(?:发生)?变化|不变|零增长|不增不减))
    |(?P<none>没有|未(?:安排|发生|产生)|不涉及|无)
    |(?P<more>增加|增长|上升|提高|提升|上涨|增幅|升幅|涨幅|[调净]增|增[^值设资补配购量置\W\d]?(?=-?[\d{SLOT}]))
    |(?P<less>减少|下降|降低|减幅|降幅|缩减|压减|压缩|[调净核削]减|[减降][^\W\d]?(?=-?[\d{SLOT}]))
    |(?P<text>[{SLOT_NAME}{SLOT_TEXT}])
    """,
    re.VERBOSE,
)
_JUNK = re.compile(r"[^\w%]+")
_CLAUSE = re.compile(r"[,。;:、\n](?=[^,。;:、\n]*$)")
_FILLERS = frozenset("为是约了达")
_BARE_AFTER = ",。;、\n"
# So many characters of context may stand between a word of direction and its number.
_REACH = 8

Kind = Literal["number", "date", "same", "none", "anchor"]


class Token(Struct):
    """What a figure may be: a number, a date, a word that says that nothing changed or that there is none; or an anchor.

    An anchor is the name of an entry. `start` and `end` are its places in the text; its `unit` follows the end. `at` is the place of its mark in the
    context, `clause` that of its clause and `behind` that behind its unit. `turn` is what the word of direction before it says: 1 more, -1 less, 0
    none. `since` is where in the text the token before it ends. An anchor's `text` is the words that mark it.
    """

    kind: Kind
    start: int
    end: int
    text: str
    unit: str = ""
    at: int = 0
    clause: int = 0
    behind: int = 0
    turn: int = 0
    since: int = 0


class Scan(Struct):
    """A text's context, what stands in it, and its thresholds (50万元以上), which are words and no figures."""

    context: str
    tokens: list[Token]
    limits: list[Token]


def unit_class(unit: str) -> str:
    """What a unit measures: money, percent, area, else a count; nothing without a unit."""
    if not unit:
        return ""
    return next((name for name, pattern in _UNIT_CLASSES if pattern.fullmatch(unit)), "count")


def scan(text: str, year: int = 0) -> Scan:
    """Scan a folded text without blanks of a document of that fiscal year."""
    return _Scanner(text, year).run()


class _Scanner(Struct):
    source: str
    year: int
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    clause: int = 0
    turn: int = 0
    turned: int = 0
    since: int = 0
    found: Scan = field(default_factory=lambda: Scan("", [], []))

    def run(self) -> Scan:
        done = 0
        for match in _SCAN.finditer(self.source):
            self.words(done, match.start())
            done = match.end()
            self.take(match)
        self.words(done, len(self.source))
        self.found.context = "".join(self.pieces)
        return self.found

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def words(self, start: int, end: int) -> None:
        piece = self.source[start:end]
        last = _CLAUSE.search(piece)
        if last:
            self.turn = 0
            self.add(_JUNK.sub("", piece[: last.start()]))
            self.clause = self.length
            piece = piece[last.end() :]
        self.add(_JUNK.sub("", piece))

    def take(self, match: re.Match[str]) -> None:
        kind = "number" if match.lastgroup == "unit" else match.lastgroup
        match kind:
            case "number" | "date" | "same" | "none":
                self.token(match, kind)
            case "more" | "less":
                self.add(DIRECTION)
                self.turn, self.turned = (1 if kind == "more" else -1), self.length
            case "year":
                self.add(self.year_mark(match[0]))
            case "prior":
                self.add(PRIOR)
            case "limit":
                end = match.start("limit_unit")
                self.found.limits.append(
                    Token("number", match.start(), end, self.source[match.start() : end], match["limit_unit"])
                )
                self.add(_JUNK.sub("", match[0]))
            case "text":
                self.add(_MARKS[match[0]])
            case _:
                self.clause = self.length

    def token(self, match: re.Match[str], kind: Kind) -> None:
        unit = (match["unit"] or "") if kind == "number" else ""
        start, end = match.start(), match.end() - len(unit)
        text = self.source[start:end]
        if kind == "number" and not unit and not self.may_be_bare(start, end):
            return
        if kind == "none":
            self.add(text)
            self.found.tokens.append(Token(kind, start, end, text, behind=self.length))
            return
        self.drop_filler()
        turn = self.turn if self.length - self.turned <= _REACH else 0
        token = Token(kind, start, end, text, unit, self.length, self.clause, turn=turn, since=self.since)
        self.found.tokens.append(token)
        self.add(NUMBER if kind in ("number", "date") else text)
        self.add(_JUNK.sub("", unit))
        token.behind = self.length
        self.turn, self.since, self.clause = 0, match.end(), self.length

    def drop_filler(self) -> None:
        """Take back a word that only leads to the number (总额为, 增加了)."""
        if self.pieces and self.pieces[-1][-1:] in _FILLERS and self.length > self.clause:
            self.pieces[-1] = self.pieces[-1][:-1]
            self.length -= 1

    def may_be_bare(self, start: int, end: int) -> bool:
        """Whether a number without a unit may be one that lost it: not a year, an ordinal or a part of a name."""
        text = self.source[start:end]
        if "." in text or "," in text or text == SLOT:
            return True
        before, after = self.source[start - 1 : start], self.source[end : end + 1]
        return len(text) < 4 and before.isalpha() and (not after or after in _BARE_AFTER)

    def year_mark(self, printed: str) -> str:
        first = printed[0]
        if first in (SLOT_YEAR, SLOT_PRIOR):
            return YEAR if first == SLOT_YEAR else PRIOR
        return {self.year: YEAR, self.year - 1: PRIOR}.get(int(printed[:4]), OTHER_YEAR)
