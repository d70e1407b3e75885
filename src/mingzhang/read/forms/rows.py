"""Which printed line is which declared row of a form, and what each of its slots holds."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import pairwise

from msgspec import Struct, field

from mingzhang.read.forms.footer import FooterLabels
from mingzhang.read.forms.labels import Labels, alike, chinese, simple
from mingzhang.read.forms.lines import NOTHING, Declared, Hit, Line, Row, Token
from mingzhang.read.forms.split import FURNITURE, Chunk
from mingzhang.read.printed import likeness, read_amount

# A scan is taken for damaged when more than this share of its lines shows broken labels or slivers.
_DAMAGED = 0.12
# A Chinese character, a digit or a mark that says something by itself.
_SENSE = re.compile(r"[一-鿿\d]|^[A-Za-z]+$|^[-—/]$")
_LIKE = 0.5
_LIKE_SHORT = 0.6


class Filled(Struct):
    """A form taken apart: the line of each declared row, the lines of the indicators, loose lines, the slots' tokens.

    `below` are the lines that may belong to the footer; `heads` holds the `id()` of the cells that are labels.
    """

    declared: Declared
    lines: dict[int, Line] = field(default_factory=dict)
    tree: list[Line] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    heads: set[int] = field(default_factory=set)
    slots: dict[str, list[Token]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    damaged: bool = False
    first: Token = NOTHING


def fill(chunk: Chunk, footer: FooterLabels, kinds: Labels) -> Filled:
    """Take a form's lines apart. `footer` are the labels below it, `kinds` those of the indicators."""
    declared = chunk.declared
    form = Filled(declared, first=next(line for line in chunk.lines if not line.paragraph).tokens[0])
    form.damaged = is_damaged(chunk)
    numbers = _settled(chunk)
    footers = {at for at, line in enumerate(chunk.lines) if footer.begins(line)}
    start, end = _tree_bounds(chunk, numbers, footers, kinds)
    inside = _of_tree(chunk, numbers, range(start, end), kinds)
    form.tree = [chunk.lines[at] for at in inside if not chunk.lines[at].paragraph]
    head = sorted({*range(len(chunk.lines))}.difference(inside))
    before = [at for at in head if at < end and not chunk.lines[at].paragraph and numbers[at] != FURNITURE]
    before = [at for at in before if at not in footers]
    _fill_gaps([chunk.lines[at] for at in before], [numbers[at] for at in before], form)
    placed = {id(line) for line in form.lines.values()}
    form.loose = [line for line in chunk.lines[:start] if id(line) not in placed]
    for at in head:
        if at >= end and numbers[at] >= declared.tree:
            form.lines.setdefault(numbers[at], chunk.lines[at])
    placed = {id(line) for line in form.lines.values()}
    placed.update(map(id, form.tree))
    last = max((at for at, number in enumerate(numbers) if 0 <= number < declared.tree), default=start)
    form.below = [
        line
        for at, line in enumerate(chunk.lines)
        if (at > min(start, last) or at in footers) and id(line) not in placed
    ]
    for number, line in sorted(form.lines.items()):
        _take_slots(declared.rows[number], line, form)
    return form


def is_damaged(chunk: Chunk) -> bool:
    """Whether the form shows a damaged scan: labels cut or misread, slivers between the cells."""
    lines = [line for line in chunk.lines if not line.paragraph]
    signs = 0
    for line in lines:
        sliver = line.specks or (not line.aligned and any(_is_sliver(token.text) for token in line.tokens))
        signs += sliver or not all(hit.clean for hit in line.hits)
    return signs > _DAMAGED * len(lines)


def _is_sliver(text: str) -> bool:
    """A short piece without sense: what a scanner makes of a border or a seal."""
    return len(text) <= 6 and _SENSE.search(text) is None


def _settled(chunk: Chunk) -> list[int]:
    """The lines' row numbers, each row once: of two lines for a row the one in order stays."""
    numbers = list(chunk.numbers)
    in_order = {_fuller(at, numbers, chunk.lines) for at in _increasing(numbers)}
    seen = {numbers[at] for at in in_order}
    for at, number in enumerate(numbers):
        if number >= 0 and at not in in_order:
            if number in seen:
                numbers[at] = -1
            seen.add(number)
    return numbers


def _fuller(at: int, numbers: Sequence[int], lines: Sequence[Line]) -> int:
    """Of two neighbours that show the same row, the one with more numbers in it."""
    if at + 1 < len(numbers) and numbers[at + 1] == numbers[at]:
        counts = [sum(read_amount(token.text) is not None for token in line.tokens) for line in lines[at : at + 2]]
        return at + 1 if counts[1] > counts[0] else at
    return at


def _increasing(numbers: Sequence[int]) -> list[int]:
    """The places of the longest rising run of known numbers."""
    known = [at for at, number in enumerate(numbers) if number >= 0]
    if all(numbers[one] < numbers[two] for one, two in pairwise(known)):
        return known
    best: dict[int, list[int]] = {}
    for at, number in enumerate(numbers):
        if number >= 0:
            longest = max((path for end, path in best.items() if end < number), key=len, default=[])
            if len(longest) >= len(best.get(number, [])):
                best[number] = [*longest, at]
    return max(best.values(), key=len, default=[])


def _tree_bounds(chunk: Chunk, numbers: Sequence[int], footers: Set[int], kinds: Labels) -> tuple[int, int]:
    """From where to where the indicators' lines go: behind their header, up to what stands below them (`footers`)."""
    declared = chunk.declared
    header = declared.tree - 1
    total = len(chunk.lines)
    start = numbers.index(header) if header in numbers else -1
    if start < 0:
        heads = [at for at, number in enumerate(numbers) if 0 <= number < header]
        start = heads[-1] + 1 if heads else 0
        while start < total and not any(kinds.find(token.text) for token in chunk.lines[start].tokens):
            start += 1
    end = total
    for at in range(start + 1, total):
        if numbers[at] >= declared.tree or (at in footers and not chunk.lines[at].paragraph):
            end = at
            break
    return start, end


def _of_tree(chunk: Chunk, numbers: Sequence[int], bounds: range, kinds: Labels) -> list[int]:
    """The places of the indicators' lines: those in the bounds, without rows of the head and with lines from outside.

    A row that has lost its place shows by its labels where it belongs.
    """
    header = chunk.declared.tree - 1
    shown = {number for at, number in enumerate(numbers) if at not in bounds}
    found: dict[int, None] = {}
    for at, (line, number) in enumerate(zip(chunk.lines, numbers, strict=True)):
        labelled = len(line.tokens) > 1 and any(kinds.find(token.text) for token in line.tokens)
        if at in bounds:
            # What follows rows of the head goes on with them.
            above = at - 1 not in found and bounds[0] + 1 < at
            bare = 0 <= numbers[at - 1] < header and not chunk.declared.rows[numbers[at - 1] + 1].labels
            goes_on = number < 0 and above and (bare or at - 2 not in found)
            belongs = labelled or number in shown or not (0 <= number < header or goes_on)
        else:
            belongs = labelled and number < 0 and not line.paragraph
        if belongs:
            found[at] = None
    return list(found)


def _fill_gaps(lines: Sequence[Line], numbers: Sequence[int], form: Filled) -> None:
    """Give the unknown lines the rows that are missing between those of their neighbours."""
    header = form.declared.tree - 1
    for line, number in zip(lines, numbers, strict=True):
        if number >= 0:
            form.lines[number] = line
    at = 0
    while at < len(lines):
        if numbers[at] >= 0:
            at += 1
            continue
        end = at
        while end < len(lines) and numbers[end] < 0:
            end += 1
        low = max((number for number in numbers[:at] if number < header), default=-1)
        high = next((number for number in numbers[end:] if number > low), header)
        rows = [form.declared.rows[number] for number in range(low + 1, high) if number not in form.lines]
        _match(lines[at:end], rows, form)
        at = end


def _match(lines: Sequence[Line], rows: Sequence[Row], form: Filled) -> None:
    """Match unknown lines and missing rows in order, by likeness of labels and by what the rows hold."""
    scores = [[_fit(line, row, form) for row in rows] for line in lines]
    best = [[0.0] * (len(rows) + 1) for _ in range(len(lines) + 1)]
    for i in range(len(lines) - 1, -1, -1):
        for j in range(len(rows) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + scores[i][j])
    i = j = 0
    while i < len(lines) and j < len(rows):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            form.lines[rows[j].number] = lines[i]
            i, j = i + 1, j + 1


def _fit(line: Line, row: Row, form: Filled) -> float:
    if not row.labels:
        return 1.0
    variants = form.declared.labels.variants
    alike = max((_likeness(line.tokens, variants[label])[0] for label in row.labels), default=0.0)
    if not form.damaged:
        return alike if alike >= _LIKE_SHORT else -1.0
    if row.slots and row.slots[0].startswith("{funds"):
        amounts = any(_is_fund(token.text) for token in line.tokens[1:])
        return alike + 0.3 if amounts or alike >= _LIKE else -1.0
    long = any(len(chinese(token.text)) >= 4 for token in line.tokens[1:])
    return alike + (0.1 if long else -0.2)


def _is_fund(text: str) -> bool:
    """Whether a text is an amount such as a fund is: nothing, or at least a hundred yuan."""
    amount = read_amount(text)
    return amount is not None and (not amount.value or amount.value >= 100)


def _likeness(tokens: Sequence[Token], variants: Sequence[str], start: int = 0) -> tuple[float, int, int]:
    """How like a label one token, or two neighbours, from `start` on are: the likeness and from where to where."""
    longest = max(map(len, variants)) + 6
    best, first, last = 0.0, -1, -1
    before = ""
    for at in range(start, len(tokens)):
        text = simple(tokens[at].text) if len(tokens[at].text) <= 2 * longest else ""
        if 1 < len(text) <= longest and (score := _in_order(text, variants)) > best:
            best, first, last = score, at, at + 1
        # Two tokens are one label only if that is clearly better.
        if before and text and len(before + text) <= longest:
            score = _in_order(before + text, variants)
            if score > best + 0.15:
                best, first, last = score, at - 1, at + 1
        before = text
    return best, first, last


def _in_order(text: str, variants: Sequence[str]) -> float:
    """How like a label a text is; where enough characters are common they are compared in order."""
    best = 0.0
    for wanted in variants:
        score = alike(text, wanted)
        best = max(best, likeness(text, wanted) if score >= _LIKE else score)
    return best


def label_spans(row: Row, line: Line, labels: Labels, damaged: bool) -> list[Hit | None]:
    """Where each of the row's parts has its label in the line, None where it is not found."""
    spans: list[Hit | None] = []
    at = 0
    for part in row.parts:
        hit = next((hit for hit in line.hits if hit.start >= at and hit.label == part.label), None)
        if damaged and part.label:
            # A label may stand twice: before the one that is clear the same may stand misread.
            before = line.tokens[: hit.start] if hit else line.tokens
            score, start, end = _likeness(before, labels.variants[part.label], at)
            alike = score >= (_LIKE if len(part.label) > 3 else _LIKE_SHORT)
            if alike and not any(other.start < end and start < other.end for other in line.hits):
                hit = Hit(start, end, part.label, False)
        if hit is not None:
            at = hit.end
        spans.append(hit)
    return spans


def _take_slots(row: Row, line: Line, form: Filled) -> None:
    """Give each slot of a row the tokens behind its label."""
    spans = label_spans(row, line, form.declared.labels, form.damaged)
    if not form.damaged and None in [span for span, part in zip(spans, row.parts, strict=True) if part.label]:
        spans = label_spans(row, line, form.declared.labels, damaged=True)
    for number, (part, hit) in enumerate(zip(row.parts, spans, strict=True)):
        if not part.slots:
            continue
        later = next((other.start for other in spans[number + 1 :] if other is not None), len(line.tokens))
        start = _value_start(row, line, number, hit)
        if start is None:
            continue
        taken = {at for other in line.hits if other.end > start for at in range(other.start, other.end)}
        tokens = [line.tokens[at] for at in range(start, later) if at not in taken]
        if hit is not None:
            form.heads |= {id(token) for token in line.tokens[hit.start : hit.end]}
            form.labels[part.slots[0]] = "".join(token.text for token in line.tokens[hit.start : hit.end])
        if len(part.slots) == 1:
            form.slots[part.slots[0]] = tokens
        elif hit is not None:
            _share(part.slots, tokens, form)
        else:
            _share_below(row, tokens, form)


def _value_start(row: Row, line: Line, number: int, hit: Hit | None) -> int | None:
    """Where a part's values begin: behind its label; for the first part at the line's start if its label is lost."""
    if hit is not None:
        return hit.end
    if number:
        return None
    return max((lead.end for lead in line.hits if lead.label in row.lead), default=0)


def _share(slots: Sequence[str], tokens: list[Token], form: Filled) -> None:
    """Share tokens out among slots: one each, from the right where there are too few."""
    for slot, token in zip(reversed(slots), reversed(tokens), strict=False):
        form.slots[slot] = [token]


def _share_below(row: Row, tokens: list[Token], form: Filled) -> None:
    """Share the tokens of a row without labels out by the columns of the labels that stand above."""
    if len(tokens) == len(row.slots):
        _share(row.slots, tokens, form)
        return
    above = form.lines.get(row.number - 1)
    heads = form.declared.rows[row.number - 1].labels[-len(row.slots) :]
    columns = {hit.label: above.tokens[hit.start].column for hit in above.hits} if above else {}
    for token in tokens:
        number = max((at for at, label in enumerate(heads) if columns.get(label, 0) <= token.column), default=0)
        form.slots.setdefault(row.slots[number], []).append(token)
