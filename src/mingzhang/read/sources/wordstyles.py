"""What a Word document says elsewhere about its paragraphs: heading levels by style, and the numbers of lists."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, field

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_TITLES = ("title", "标题")
_BODY_LEVEL = 9
_DIGITS = "零一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_COUNTING = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand")
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_PLACE = re.compile(r"%(\d)")
_LONGEST_NUMBER = 100
_MOST_DEEP = 50  # styles based on styles; a circle ends here


class _Style(Struct, frozen=True):
    based_on: str
    level: int | None
    list_id: str | None
    list_level: int | None


class _Level(Struct, frozen=True):
    start: int
    format: str
    text: str
    style: str
    decimal: bool


class _List(Struct):
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


class Styles:
    """The styles and lists of a document. `describe` counts: ask it once for each paragraph, in order."""

    def __init__(self, word: str, styles: Any, numbering: Any) -> None:
        self.word = word
        self.value = f"{word}val"
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str, _List] = {}
        self._known: dict[str, _Style] = {}
        self._tags = tuple(word + tag for tag in ("pStyle", "numPr", "outlineLvl"))
        if styles is not None:
            for style in styles.iter(f"{word}style"):
                self._styles[style.get(f"{word}styleId", "")] = self._style(style)
        if numbering is not None:
            self._read_lists(numbering)

    def describe(self, properties: Any) -> tuple[int, str]:
        """A paragraph with these properties: its heading level (0 for none), and the number that its list prints."""
        if properties is None:
            return 0, ""
        name, list_id, depth, level = "", None, None, None
        style, numbered, outline = self._tags
        for one in properties.iterchildren(*self._tags):
            if one.tag == style:
                name = one.get(self.value, "")
            elif one.tag == numbered:
                list_id, depth = self._numbered(one)
            elif one.tag == outline:
                level = _heading(_whole(one.get(self.value)))
        inherited = self._inherited(name)
        list_id = inherited.list_id if list_id is None else list_id
        depth = inherited.list_level if depth is None else depth
        level = inherited.level if level is None else level
        return level or 0, self._number(list_id, depth or 0) if list_id else ""

    def _number(self, list_id: str, depth: int) -> str:
        found = self._lists.get(list_id)
        level = found.levels.get(depth) if found else None
        if found is None or level is None:
            return ""
        found.counts[depth] = found.counts.get(depth, level.start - 1) + 1
        for deeper in [one for one in found.counts if one > depth]:
            del found.counts[deeper]

        def counted(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            one = found.levels.get(at, level)
            return _counted(found.counts.get(at, one.start), "decimal" if level.decimal else one.format)

        return _PLACE.sub(counted, level.text) if level.format not in ("bullet", "none") else ""

    def _inherited(self, name: str) -> _Style:
        """What a style says, or else those that it is based on."""
        if name not in self._known:
            chain: list[_Style] = []
            base = name
            while base in self._styles and len(chain) < _MOST_DEEP:
                chain.append(self._styles[base])
                base = chain[-1].based_on
            level = next((style.level for style in chain if style.level is not None), None)
            list_id = next((style.list_id for style in chain if style.list_id is not None), None)
            depth = next((style.list_level for style in chain if style.list_level is not None), None)
            if depth is None and list_id in self._lists:
                linked = self._lists[list_id].levels.items()
                depth = next((one for one, level_ in linked if level_.style == name), None)
            self._known[name] = _Style("", level, list_id, depth)
        return self._known[name]

    def _style(self, style: Any) -> _Style:
        level, list_id, depth = None, None, None
        for properties in style.iterchildren(f"{self.word}pPr"):
            level = _heading(self._whole(properties, "outlineLvl"))
            for numbered in properties.iterchildren(f"{self.word}numPr"):
                list_id, depth = self._numbered(numbered)
        name = (self._value(style, "name") or "").strip().lower()
        heading = _HEADING.fullmatch(name)
        if level is None and (heading or name in _TITLES):
            level = int(heading[1]) if heading else 1
        return _Style(self._value(style, "basedOn") or "", level, list_id, depth)

    def _numbered(self, numbered: Any) -> tuple[str | None, int | None]:
        return self._value(numbered, "numId"), self._whole(numbered, "ilvl")

    def _read_lists(self, numbering: Any) -> None:
        """Lists by their number; those of one abstract list count together."""
        word = self.word
        shared: dict[str, _List] = {}
        for abstract in numbering.iter(f"{word}abstractNum"):
            levels = {self._depth(level): self._level(level) for level in abstract.iter(f"{word}lvl")}
            shared[abstract.get(f"{word}abstractNumId", "")] = _List(levels)
        for one in numbering.iter(f"{word}num"):
            base = shared.get(self._value(one, "abstractNumId") or "")
            if base is None:
                continue
            changed = dict(base.levels)
            for override in one.iter(f"{word}lvlOverride"):
                self._override(changed, override)
            own = base if changed == base.levels else _List(changed)
            self._lists[one.get(f"{word}numId", "")] = own

    def _override(self, levels: dict[int, _Level], override: Any) -> None:
        depth, level = self._depth(override), override.find(f"{self.word}lvl")
        if level is not None:
            levels[depth] = self._level(level)
        start = self._whole(override, "startOverride")
        if start is not None and depth in levels:
            old = levels[depth]
            levels[depth] = _Level(start, old.format, old.text, old.style, old.decimal)

    def _level(self, level: Any) -> _Level:
        start = self._whole(level, "start")
        return _Level(
            1 if start is None else start,
            self._value(level, "numFmt") or "decimal",
            (self._value(level, "lvlText") or "")[:_LONGEST_NUMBER],
            self._value(level, "pStyle") or "",
            level.find(f"{self.word}isLgl") is not None,
        )

    def _depth(self, element: Any) -> int:
        return _whole(element.get(f"{self.word}ilvl")) or 0

    def _value(self, element: Any, name: str) -> str | None:
        child = next(element.iterchildren(self.word + name), None)
        value = None if child is None else child.get(self.value)
        return None if value is None else str(value)

    def _whole(self, element: Any, name: str) -> int | None:
        return _whole(self._value(element, name))


def _heading(outline: int | None) -> int | None:
    if outline is None:
        return None
    return outline + 1 if 0 <= outline < _BODY_LEVEL else 0


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,6}", text) else None


def _counted(number: int, format: str) -> str:
    """A number as a list prints it.

    >>> [_counted(12, format) for format in ("chineseCounting", "decimalEnclosedCircle", "upperLetter", "decimal")]
    ['十二', '⑫', 'L', '12']
    """
    if format in _COUNTING and 0 <= number < 100:
        tens, ones = divmod(number, 10)
        ten = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return ten + (_DIGITS[ones] if ones or not tens else "")
    if format == "chineseLegalSimplified" and 0 <= number < 10:
        return _FORMAL[number]
    if format.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if format in ("lowerLetter", "upperLetter") and 1 <= number <= 26:
        letter = chr(ord("a") + number - 1)
        return letter.upper() if format.startswith("upper") else letter
    if format in ("lowerRoman", "upperRoman") and 1 <= number < 40:
        return _roman(number).upper() if format.startswith("upper") else _roman(number)
    return f"{number:02d}" if format == "decimalZero" else str(number)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text
