"""What stands below a form: who answers for it, who filled it in, whom to call, when it was filled in.

Labels and values stand in cells of one row, several in one cell, or on lines of their own. A label that a scanner has
misread is told by its place between the others, a telephone number or a date whose label is lost by what it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct, field

from mingzhang.disclosure import FooterKey
from mingzhang.families.model import FormReading
from mingzhang.read.forms.labels import Labels, alike, simple
from mingzhang.read.forms.lines import Line, Seen, Token, Value, provenance
from mingzhang.read.printed import close_up

_PHONE = re.compile(r"\+?(?:86[-\s]?)?1[3-9]\d{9}|0\d{2,3}[-—－\s]?\d{7,8}", re.ASCII)
_DATE = re.compile(r"20\d{2}(?:[-./年:\s日月]*\d){2,10}[日号]?", re.ASCII)
# What else a number, a date or a name may be behind its label: a masked number, a short one, two of them.
_BEHIND: dict[FooterKey, re.Pattern[str]] = {
    "phone": re.compile(r"(?=(?:\D*\d){5})[-\d\s()（）/、,，;；+*xX×—－]+"),
    "filled_on": re.compile(r"(?=(?:\D*\d){4})[-\d\s年月日号./:：]+"),
}
_LETTERS = re.compile(r"[^\W\d].*[^\W\d]")
# A name on a line of its own is one only if it looks like one.
_NAME = re.compile(r"[一-鿿]{2,4}")
_LONGEST = 20
_MISREAD = 0.5
# No label with its colon is longer, blanks between its characters and all.
_BEGINNING = 20
_BY_LOOK = "没有标签，按样式归入"


class FooterLabels:
    """The labels below a form with the keys of what they head."""

    def __init__(self, reading: FormReading) -> None:
        self.keys: dict[str, FooterKey] = {label: key for key, label in reading.footer.items()}
        self.order = list(reading.footer)
        self.labels = Labels(self.keys, reading.aliases)
        words = sorted((word for label in self.keys for word in (label, *reading.aliases.get(label, ()))), key=len)
        one = "|".join(r"\s*".join(map(re.escape, word)) for word in reversed(words))
        self._seen: dict[str, bool] = {}
        self._glued = re.compile(rf"(?:{one})\s*[:：]" if one else r"(?!)")

    def begins(self, line: Line) -> bool:
        """Whether a cell of the line is such a label or begins with one."""
        return any(self._begins(token.text[:_BEGINNING]) for token in line.tokens)

    def _begins(self, text: str) -> bool:
        found = self._seen.get(text)
        if found is None:
            label = self.labels.find(text.split(" ")[0]) or self._glued.match(text)
            found = self._seen[text] = bool(label)
        return found

    def parts(self, token: Token) -> Iterator[_Part]:
        """The labels and values that a cell holds."""
        if label := self.labels.find(token.text):
            yield _Part(token.text, token, self.keys[label])
            return
        end = 0
        for match in self._glued.finditer(token.text):
            if value := token.text[end : match.start()].strip():
                yield _Part(value, token)
            yield _Part(match[0], token, self.keys[self.labels.find(match[0])])
            end = match.end()
        if value := token.text[end:].strip():
            yield _Part(value, token)

    def misread(self, text: str, between: Sequence[FooterKey]) -> FooterKey | None:
        """Which of the labels a text is that a scanner has misread: it shares characters, or its length and its end."""
        scored = []
        for label, key in self.keys.items():
            printed, wanted = simple(text), simple(label)
            same = len(printed) == len(wanted) and printed[-1:] == wanted[-1:] and printed != text
            if key in between and not _look(text):
                scored.append((max(alike(printed, wanted), _MISREAD if same else 0.0), key))
        score, key = max(scored, default=(0.0, self.order[0]))
        return key if score >= _MISREAD else None


class _Part(Struct):
    """A label (of `key`) or a value as a cell holds it."""

    text: str
    token: Token
    key: FooterKey | None = None


class _Field(Struct):
    """What stands behind a label: its parts, and whether only their look tells that they belong there."""

    label: _Part | None = None
    parts: list[_Part] = field(default_factory=list)
    by_look: bool = False


class Footer(Struct):
    """The fields below a form, blank where only the label stands; the cells that are told by them, labels and all."""

    fields: dict[FooterKey, Value]
    told: list[Token]


def read_footer(lines: Sequence[Line], words: FooterLabels, damaged: bool) -> Footer:
    """Read the fields that the lines below a form print."""
    fields: dict[FooterKey, _Field] = {}
    told: list[Token] = []
    current: FooterKey | None = None
    for line in lines:
        parts = _labelled([part for token in line.tokens for part in words.parts(token)], words, fields)
        alone = line.paragraph and len(parts) == 1
        current = current if alone else None
        lost: set[int] = set()
        for part in parts:
            if part.key is not None:
                current = part.key
                held = fields.setdefault(current, _Field())
                held.label = held.label or part
            elif (key := _field_of(part.text, current, alone)) and not _told(part.text, fields.get(key)):
                held = fields.setdefault(key, _Field())
                held.parts.append(part)
                held.by_look = held.by_look or key != current
            else:
                lost.add(id(part.token))
        if alone and parts[0].key is None:
            current = None
        told += [part.token for part in parts if id(part.token) not in lost]
    return Footer({key: _value(fields[key], damaged) for key in words.order if key in fields}, told)


def _labelled(parts: list[_Part], words: FooterLabels, fields: dict[FooterKey, _Field]) -> list[_Part]:
    """A line's parts with the labels that a border has cut or a scanner misread, where others stand beside them."""
    for one, other in pairwise(parts):
        if one.key is None and other.key is None and (label := words.labels.find(one.text + other.text)):
            one.key = other.key = words.keys[label]
    found = [part.key for part in parts if part.key is not None]
    if not found:
        return parts
    for at, part in enumerate(parts):
        if part.key is not None:
            continue
        before = [words.order.index(one.key) for one in parts[:at] if one.key is not None]
        after = [words.order.index(one.key) for one in parts[at + 1 :] if one.key is not None]
        open_ = words.order[max(before, default=-1) + 1 : min(after, default=len(words.order))]
        part.key = words.misread(part.text, [key for key in open_ if key not in fields])
    return parts


def _look(text: str) -> FooterKey | None:
    """What a text is by its look: a telephone number or a date."""
    if _PHONE.fullmatch(text):
        return "phone"
    return "filled_on" if _DATE.fullmatch(text) else None


def _told(text: str, held: _Field | None) -> bool:
    """Whether a field has a value beyond doubt already, which a text that may be one does not add to."""
    return held is not None and not _look(text) and any(_look(part.text) for part in held.parts)


def _field_of(text: str, current: FooterKey | None, alone: bool) -> FooterKey | None:
    """The field that a text is the value of: by its look, or that of the label before it."""
    look = _look(text)
    if look is not None or current is None:
        return look
    if current in _BEHIND:
        fits = _BEHIND[current].fullmatch(text) or (current == "phone" and _PHONE.search(text))
    elif alone:
        fits = _NAME.fullmatch(text)
    else:
        fits = _LETTERS.search(text) if len(text) <= _LONGEST else None
    return current if fits else None


def _value(held: _Field, damaged: bool) -> Value:
    label = held.label.text if held.label else ""
    repair = _BY_LOOK if held.by_look else ""
    seen = Seen(column=label, repair=repair, confidence=0.5 if damaged or held.by_look else 1.0)
    tokens = [part.token for part in held.parts]
    if tokens:
        text = close_up(" ".join(part.text for part in held.parts))
        return Value(text, provenance(tokens, seen), tuple(tokens))
    assert held.label is not None
    return Value("", provenance([held.label.token._replace(text="")], seen))
