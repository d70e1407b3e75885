"""A section's sentence patterns as a chain of states: which figures it may print, in which order, among which words.

The patterns of `families/patterns.py` are walked once for a family. A state is a figure with the wordings that stand
before and behind it, in the form of `scanning.py`; the alternatives of a phrase that print one figure make one state. A
list, or a wording that stands once for each entry, is a loop of states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from msgspec import Struct, field

from mingzhang.families.model import Section, Variant
from mingzhang.families.patterns import Listing, Name, Part, Phrase, Slot, Words, parse
from mingzhang.read.narrative.prose import fold_text
from mingzhang.read.narrative.scanning import (
    ANYTHING,
    DIRECTION,
    SLOT,
    SLOT_NAME,
    SLOT_PRIOR,
    SLOT_TEXT,
    SLOT_YEAR,
    Scan,
    scan,
    unit_class,
)

# How much context behind a figure counts, how much before it, and how much of that says enough alone.
AFTER, NOTHING = 8, 16
_BEFORE = 16
_ENOUGH = 5
# So many texts that may stand before a part are carried along: those of a reason's many wordings are far from a figure.
_MOST = 8
_NAMED = {"year": SLOT_YEAR, "prior_year": SLOT_PRIOR, "name": SLOT_NAME}
_MARK_ENDS = re.compile(r"[,。;:、]")


@cache
def _scanned(text: str) -> Scan:
    """Declared words, scanned once: the same ones stand in many sentences."""
    return scan(text)


class State(Struct, eq=False):
    """A figure that the chain may print next.

    `before` and `after` are its wordings; `unchanged` those before a word of no change, `nothing` those behind a word that
    there is none: such a word prints no figure, it says what is `implied`. `signed` tells a figure that goes by words of direction. `loop` is the loop that it stands in; the loop's
    first state `opens` it. An `anchor` is no figure but an entry's name, which ends at `marker` (if blank, it is one of
    the names that are known); a figure that is `named` has its entry's name, then `marker`, right before it.
    """

    key: str
    form: str = ""
    measure: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    implied: dict[str, str] = field(default_factory=dict)
    signed: bool = False
    loop: int = -1
    opens: bool = False
    anchor: bool = False
    named: bool = False
    marker: str = ""

    def wordings(self) -> tuple[list[str], ...]:
        """The four kinds of wordings."""
        return self.before, self.after, self.unchanged, self.nothing


class Chain(Struct, frozen=True):
    """A section's states in order, and the thresholds among its words."""

    states: tuple[State, ...]
    limits: frozenset[str]


def chain_of(section: Section, phrases: Mapping[str, tuple[Variant, ...]]) -> Chain:
    """Walk a section's paragraphs. Neighbours of which one prints no other figures are wordings of one."""
    walker = _Walker(phrases)
    groups: list[list[State]] = []
    for variant in section.paragraphs:
        states, _ = walker.variant(variant, "", [""])
        keys = {state.key for state in states}
        last = {state.key for state in groups[-1]} if groups else set()
        if states and last and (keys <= last or last <= keys):
            _merge(groups[-1], states)
        elif states:
            groups.append(states)
    limits = {limit.text + limit.unit for text in walker.words for limit in _scanned(fold_text(text)).limits}
    return Chain(tuple(state for group in groups for state in group), frozenset(limits))


class _Walker(Struct):
    """Walks variants; what it carries along is the texts that may stand before the next part."""

    phrases: Mapping[str, tuple[Variant, ...]]
    words: list[str] = field(default_factory=list)
    loops: int = 0

    def variant(self, variant: Variant, prefix: str, running: list[str]) -> tuple[list[State], list[str]]:
        states: list[State] = []
        parts = parse(variant.text.replace("~", prefix))
        implied = {key.replace("~", prefix): str(value) for key, value in variant.implies.items()}
        for number, part in enumerate(parts):
            match part:
                case Words(text):
                    self.words.append(text)
                    states += _implied(implied, text, running)
                    running = _extend(running, fold_text(text))
                case Slot(key, form):
                    states.append(_figure(key, form, running, parts[number + 1 :]))
                    running = _extend(running, SLOT)
                case Name(key):
                    if key == variant.each:
                        states.append(State(f"={key}", anchor=True, opens=True, marker=_marker(parts[number + 1 :])))
                        running = [""]
                    running = _extend(running, _NAMED.get(key, SLOT_TEXT))
                case Phrase(name, inner):
                    found, running = self.alternatives(self.phrases[name], inner, running)
                    states += found
                case Listing(_, phrase, _):
                    states += self.entry(self.phrases[phrase])
                    running = [SLOT_TEXT]
        if variant.each:
            self.close(states)
        return states, running

    def alternatives(
        self, variants: tuple[Variant, ...], prefix: str, running: list[str]
    ) -> tuple[list[State], list[str]]:
        states: list[State] = []
        ends: list[str] = []
        for variant in variants:
            found, end = self.variant(variant, prefix, running)
            _merge(states, found)
            ends += end
        return states, list(dict.fromkeys(ends))[:_MOST]

    def entry(self, variants: tuple[Variant, ...]) -> list[State]:
        """The states of a list's entry: its name stands before the first figure."""
        states, _ = self.alternatives(variants, "", [SLOT_TEXT])
        for variant in variants:
            self.words.append(variant.text)
        states[0].named = states[0].opens = True
        states[0].marker = _between(parse(variants[0].text))
        self.close(states)
        return states

    def close(self, states: Iterable[State]) -> None:
        """Make one loop of states."""
        self.loops += 1
        for state in states:
            state.loop = self.loops


def _merge(states: list[State], others: list[State]) -> None:
    """Take the states of another wording in: its wordings to the figure of that key, a new figure at its place."""
    place = 0
    known = {state.key: state for state in states}
    for other in others:
        state = known.get(other.key)
        if state is None:
            states.insert(place, other)
            place += 1
            continue
        for mine, more in zip(state.wordings(), other.wordings(), strict=True):
            mine += [wording for wording in more if wording not in mine]
        state.form, state.measure = state.form or other.form, state.measure or other.measure
        state.implied |= other.implied
        state.signed |= other.signed
        place = states.index(state) + 1
        for follower in others if other.loop != state.loop else ():
            follower.loop = state.loop


def _figure(key: str, form: str, running: list[str], behind: tuple[Part, ...]) -> State:
    following = "".join(_plain(part) for part in behind[:2])
    found = _scanned(SLOT + following)
    before = _wordings(_extend(running, SLOT))
    after = found.context[found.tokens[0].behind :][:AFTER]
    return State(
        key,
        form,
        "date" if form == "date" else unit_class(found.tokens[0].unit),
        before,
        [after] if after else [],
        signed=any(wording.endswith(DIRECTION) for wording in before),
    )


def _implied(implied: dict[str, str], text: str, running: list[str]) -> list[State]:
    """The figures that a word of no change, or that there is none, in these words stands for."""
    folded = fold_text(text)
    found = _scanned(folded)
    word = next((token for token in found.tokens if token.kind in ("same", "none")), None) if implied else None
    if word is None:
        return []
    state = State(next(iter(implied)), implied=dict(implied))
    if word.kind == "same":
        state.signed, state.unchanged = True, _wordings(_extend(running, folded[: word.end]))
    else:
        state.nothing = [found.context[word.behind :][:NOTHING]]
    return [state]


def _extend(running: list[str], text: str) -> list[str]:
    return list(dict.fromkeys((before + text)[-2 * _BEFORE :] for before in running))


def _wordings(running: list[str]) -> list[str]:
    """Contexts as they are compared, of the last token in each text: near enough words alone, if all share them."""
    contexts = list(dict.fromkeys(map(_context, running)))
    common = contexts[0]
    while not all(context.endswith(common) for context in contexts):
        common = common[1:]
    return [common] if len(common) >= _ENOUGH else [context for context in contexts if context]


@cache
def _context(text: str) -> str:
    found = _scanned(text)
    context = found.context[: found.tokens[-1].at][-_BEFORE:]
    place = context.rfind(ANYTHING, 0, max(0, len(context) - _ENOUGH))
    return context[place + 1 :].lstrip(ANYTHING)


def _plain(part: Part) -> str:
    match part:
        case Words(text):
            return fold_text(text)
        case Slot():
            return SLOT
        case _:
            return ""


def _marker(behind: tuple[Part, ...]) -> str:
    """The words at which an entry's name ends: those right behind it, up to a mark of punctuation."""
    return _MARK_ENDS.split(_plain(behind[0]))[0] if behind else ""


def _between(parts: tuple[Part, ...]) -> str:
    """The words between a list entry's name and its first figure."""
    texts = [fold_text(part.text) for part in parts[: _first_slot(parts)] if isinstance(part, Words)]
    return texts[-1] if texts else ""


def _first_slot(parts: tuple[Part, ...]) -> int:
    return next((number for number, part in enumerate(parts) if isinstance(part, Slot)), 0)
