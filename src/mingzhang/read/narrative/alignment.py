"""Which token of a text is which state of a chain: likeness of wording, then the best way through the chain.

Each pair of neighbouring characters of a state's wordings is looked up in the token's context, the nearer to the number
the heavier, so that a misread or an added word costs little. The way is found by dynamic programming: states in
order, any of them left out, loops repeated, and tokens that nothing asks for (the amounts of a reason) passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import add

from msgspec import Struct, field
from msgspec.structs import replace

from mingzhang.read.narrative.chain import AFTER, NOTHING, Chain, State
from mingzhang.read.narrative.scanning import ANYTHING, NUMBER, PRIOR, YEAR, Scan, Token, unit_class

_BEFORE = 24
# A pair scores what its likeness exceeds this by; neighbours that follow each other in text and chain score more, and
# going back in the chain costs, as does each state left out inside a loop.
_THRESHOLD = 0.45
_FOLLOWS, _GOES_WITH = 0.1, 0.3
_BACK = 0.15
_LEFT_OUT = 0.1
_SURE = 0.6
_ANCHOR = 0.02


class Match(Struct, frozen=True):
    """A token and the state that it is, with their likeness from 0 to 1.

    `run` counts the matches right before it, token by token and state by state.
    """

    token: int
    state: int
    likeness: float
    run: int = 0


class _Wordings(Struct):
    """Contexts by the pairs of characters in them, for many at a time.

    A pair knows its own number, its context's, its distance from the figure and its weight; a `loose` one may be
    anywhere. `spans` are each context's pairs, first and behind the last; a context is `fixed` if the words that stand
    next to the figure are told.
    """

    pairs: dict[str, list[tuple[int, int, int, float]]] = field(default_factory=dict)
    loose: dict[str, list[tuple[int, int, float]]] = field(default_factory=dict)
    states: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)
    count: int = 0

    def add(self, state: int, context: str, rarity: Mapping[str, float]) -> None:
        """Add a context, read away from the figure. What stands behind any text may be anywhere."""
        number, first, weights = len(self.states), self.count, 0.0
        for distance, pair in _pairs(context):
            loose = ANYTHING in context[:distance]
            if ANYTHING in pair or (len(pair) == 1 and not loose):
                continue
            weight = _WEIGHTS[distance] * rarity[pair]
            if pair[0] == _FAR and context.index(NUMBER) >= _OWN_WORDS:
                weight *= _FAR_WEIGHT
            if loose:
                self.loose.setdefault(pair, []).append((self.count, number, weight * _ANYWHERE))
            else:
                self.pairs.setdefault(pair, []).append((self.count, number, distance, weight))
            weights += weight
            self.count += 1
        self.states.append(state)
        self.fixed.append(not context.startswith(ANYTHING))
        self.weights.append(weights)
        self.spans.append((first, self.count))

    def likeness(self, context: str, clause: int = 0) -> dict[int, float]:
        """The likeness of a text's context, read away from the number, to each state that has something in common.

        The first `clause` characters belong to the number's own clause: words there that a wording lacks count, too.
        """
        pairs = list(_pairs(context))
        if not self.loose and not any(pair in self.pairs for _, pair in pairs[:_NEAREST]):
            return {}
        best = [0.0] * self.count
        own = [0.0] * len(self.states)
        met: set[int] = set()
        for distance, pair in pairs:
            nearest: dict[int, float] = {}
            for place, number, there, heavy in self.pairs.get(pair, ()):
                close = _CLOSENESS[distance - there]
                if heavy * close > best[place]:
                    best[place] = heavy * close
                    met.add(number)
                if distance <= clause and close > nearest.get(number, 0.0):
                    nearest[number] = close
            for place, number, heavy in self.loose.get(pair, ()):
                best[place] = heavy
                met.add(number)
                nearest[number] = _ANYWHERE
            if distance <= clause:
                for number, close in nearest.items():
                    own[number] += _WEIGHTS[distance] * close
        whole = _SUMS[min(clause, len(context))]
        found: dict[int, float] = {}
        for number in met:
            first, behind = self.spans[number]
            likeness = sum(best[first:behind]) / self.weights[number]
            if clause and self.fixed[number]:
                likeness = likeness**_RECALL * (own[number] / whole) ** (1 - _RECALL)
            state = self.states[number]
            found[state] = max(likeness, found.get(state, 0.0))
        return found


def _rarity(wordings: Iterable[tuple[str, Iterable[str]]]) -> dict[str, float]:
    """What tells figures apart weighs more: a pair's weight by the number of figures in whose wordings it stands."""
    keys: dict[str, set[str]] = defaultdict(set)
    for key, contexts in wordings:
        for context in contexts:
            for _, pair in _pairs(context):
                keys[pair].add(key)
    return {pair: len(among) ** -0.5 for pair, among in keys.items()}


def _pairs(context: str) -> Iterator[tuple[int, str]]:
    """The neighbouring characters of a context that is read away from the number, the number itself first.

    Up to the next number the marks of years come also alone: among free text they may be all that tells two figures
    apart. Pairs from there on are marked: words of another figure are never the figure's own.
    """
    near = context.find(NUMBER)
    near = len(context) if near < 0 else near
    for distance, pair in enumerate(map(add, _START + context, context)):
        yield distance, pair if distance <= near else _FAR + pair
    for distance in range(near):
        if context[distance] in _YEARS:
            yield distance, context[distance]


# How heavy a pair is by its distance from the number, and how much it is worth when it is found so far off.
_WEIGHTS = [1 / (1 + distance / 4) for distance in range(_BEFORE + 1)]
_SUMS = list(accumulate(_WEIGHTS))
_CLOSENESS = [1.0, 0.9, 0.9, 0.7, 0.7, 0.7, *[0.3] * (2 * _BEFORE - 10), 0.7, 0.7, 0.7, 0.9, 0.9]
_ANYWHERE = 0.8
# A context that has none of its nearest pairs in common with any wording is like none.
_NEAREST = 4
_START, _FAR, _YEARS = "$", "~", YEAR + PRIOR
# Words of the figures before count so much where the figure has enough words of its own.
_FAR_WEIGHT, _OWN_WORDS = 0.4, 5
# The share of a wording that is found counts so much, the share of the number's clause that the wording has the rest;
# what stands behind the number counts so much of both.
_RECALL = 0.65
_BEHIND = 0.2
# So much of what a rival is more alike counts against a state.
_RIVAL = 0.5


class Aligner(Struct):
    """A chain made ready to be compared with texts."""

    chain: Chain
    before: _Wordings = field(default_factory=_Wordings)
    after: _Wordings = field(default_factory=_Wordings)
    unchanged: _Wordings = field(default_factory=_Wordings)
    nothing: _Wordings = field(default_factory=_Wordings)

    def __post_init__(self) -> None:
        states = self.chain.states
        for wordings, contexts in (
            (self.before, [[context[::-1] for context in state.before] for state in states]),
            (self.after, [state.after for state in states]),
            (self.unchanged, [[context[::-1] for context in state.unchanged] for state in states]),
            (self.nothing, [state.nothing for state in states]),
        ):
            rarity = _rarity(zip((state.key for state in states), contexts, strict=True))
            for number, own in enumerate(contexts):
                for context in own:
                    wordings.add(number, context, rarity)

    def align(self, scan: Scan, tokens: Sequence[Token], named: Sequence[float]) -> list[Match]:
        """The tokens that are figures (or anchors), in order; `named` is how sure a name stands before each token."""
        scores = [self._scores(scan, token, name) for token, name in zip(tokens, named, strict=True)]
        return _way(self.chain.states, scores, tokens)

    def _some(self, chosen: Callable[[State], bool]) -> dict[int, float]:
        """The states of a sort, with no likeness yet."""
        return {place: 0.0 for place, state in enumerate(self.chain.states) if chosen(state)}

    def _scores(self, scan: Scan, token: Token, name: float) -> dict[int, float]:
        states = self.chain.states
        if token.kind == "anchor":
            return {
                place: _THRESHOLD + _ANCHOR
                for place, state in enumerate(states)
                if state.anchor and state.marker == token.text
            }
        if token.kind == "none":
            return self.nothing.likeness(scan.context[token.behind : token.behind + NOTHING])
        start = token.at
        before = scan.context[max(0, start - _BEFORE) : start][::-1]
        clause = start - token.clause
        if token.kind == "same":
            return self._some(lambda state: bool(state.unchanged)) | self.unchanged.likeness(before, clause)
        found = self.before.likeness(before, clause)
        if name:
            found |= dict.fromkeys(self._some(lambda state: state.named), name)
        behind = self.after.likeness(scan.context[token.behind : token.behind + AFTER])
        measure = "date" if token.kind == "date" else unit_class(token.unit)
        scores: dict[int, float] = {}
        if measure == "percent":
            found = self._some(lambda state: state.measure == "percent") | found
        for place, likeness in found.items():
            fits = _fit(states[place], measure)
            if fits:
                if states[place].after:
                    likeness = (1 - _BEHIND) * likeness + _BEHIND * behind.get(place, 0.0)
                likeness *= fits
                scores[place] = max(0.0, min(1.0, likeness + _turned(states[place], token)))
        most = max(scores.values(), default=0.0)
        return {place: score - _RIVAL * (most - score) for place, score in scores.items()}


def _fit(state: State, measure: str) -> float:
    """How well a figure that measures this fits the state; without a unit it may have lost it."""
    if measure == state.measure:
        return 1.0
    return 0.0 if (measure and state.measure) or state.measure == "date" else 0.75


def _turned(state: State, token: Token) -> float:
    """What words of direction say for or against a token being this figure."""
    if state.signed:
        return 0.1 if token.turn or token.text.startswith("-") else -0.25
    return -0.15 if token.turn else 0.0


class _Step(Struct, frozen=True):
    """The last step of a way through the chain, the way's worth so far, and the figures said on it, a bit for each."""

    worth: float
    match: Match
    before: _Step | None
    said: int


def _way(states: Sequence[State], scores: Sequence[Mapping[int, float]], tokens: Sequence[Token]) -> list[Match]:
    """The best way through the chain: for each token the states that it may be, with their likeness."""
    best: list[_Step | None] = [None] * len(states)
    bits = _bits(states)
    now: dict[int, _Step] = {}
    for number, (token, choices) in enumerate(zip(tokens, scores, strict=True)):
        goes_with = token.kind == "same" or token.unit == "%"
        may_go_back = not goes_with and not token.turn
        furthest = _furthest(best)
        then: dict[int, _Step] = {}
        for place, likeness in choices.items():
            if likeness <= _THRESHOLD - _GOES_WITH:
                continue
            ways = [
                *_ways(states, best, furthest, place, bits[place] if may_go_back and likeness >= _SURE else 0),
                *_followed(states, now, place, goes_with),
            ]
            if ways:
                worth, before = max(ways, key=lambda way: way[0])
                worth += likeness - _THRESHOLD
                said = (before.said if before else 0) | bits[place]
                then[place] = _Step(worth, Match(number, place, likeness), before, said)
        for place, step in then.items():
            held = best[place]
            if held is None or step.worth > held.worth:
                best[place] = step
        now = then if token.kind == "number" else now | then
    return _back(max((step for step in best if step and step.worth > 0), key=lambda step: step.worth, default=None))


def _bits(states: Sequence[State]) -> list[int]:
    """A bit for each state's figure."""
    keys = {key: 1 << number for number, key in enumerate(dict.fromkeys(state.key for state in states))}
    return [keys[state.key] for state in states]


def _furthest(best: Sequence[_Step | None]) -> list[_Step | None]:
    """For each state the best way that ends before it, and last the best of all."""
    found: list[_Step | None] = [None]
    for step in best:
        held = found[-1]
        found.append(step if step and (held is None or step.worth > held.worth) else held)
    return found


def _ways(
    states: Sequence[State], best: Sequence[_Step | None], furthest: Sequence[_Step | None], place: int, back: int
) -> Iterator[tuple[float, _Step | None]]:
    """The ways that may go on at a state after any number of tokens; `back`, if not 0, on to a figure not yet said."""
    state = states[place]
    if state.loop >= 0:
        for there, step in enumerate(best):
            if step and states[there].loop == state.loop and (state.opens or there < place):
                left_out = 0 if state.opens else place - there - 1
                yield step.worth - left_out * _LEFT_OUT, step
        if not state.opens:
            return
    yield 0.0, None
    before, all_ = furthest[place], furthest[-1]
    if before:
        yield before.worth, before
    if all_ and state.loop < 0 and back and not all_.said & back:
        yield all_.worth - _BACK, all_


def _followed(
    states: Sequence[State], now: Mapping[int, _Step], place: int, goes_with: bool
) -> Iterator[tuple[float, _Step]]:
    """The ways that end at the token right before this one and at a state shortly before this state.

    A share, a rate or a word of no change that follows its amount `goes_with` it and needs few words.
    """
    state = states[place]
    for there, step in now.items():
        same_loop = state.loop >= 0 and states[there].loop == state.loop
        apart = place - there
        if same_loop and state.opens and apart <= 0:
            yield step.worth + _FOLLOWS, step
        elif apart == 1 and (same_loop or state.loop < 0 or state.opens):
            yield step.worth + (_GOES_WITH if goes_with else _FOLLOWS), step
        elif 2 <= apart <= 3 and (same_loop or state.loop < 0 or state.opens):
            yield step.worth + _FOLLOWS / apart - (apart - 1) * (_LEFT_OUT if same_loop else 0.0), step


def _back(step: _Step | None) -> list[Match]:
    """A way from its start, with the runs in it."""
    found: list[Match] = []
    while step:
        found.append(step.match)
        step = step.before
    found.reverse()
    for place, (before, match) in enumerate(pairwise(found), 1):
        if (match.token, match.state) == (before.token + 1, before.state + 1):
            found[place] = replace(match, run=found[place - 1].run + 1)
    return found
