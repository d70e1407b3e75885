"""Where a finding's places stand in the document put together again: the cell, the words of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mingzhang.check.findings import Place
from mingzhang.check.reports.evidence import Mark, Part, Spot, fold, folded_amount
from mingzhang.disclosure import Box, Figure

_ENOUGH = 3  # points that a spot must have to be taken for the place
_SHORT = 24  # characters; a shorter cell is marked as a whole
_LEVEL = 3.0  # points by which boxes of one line of print may differ in height
_BEFORE, _BEHIND = r"(?<![\d.])", r"(?![\d.]*\d)"  # no part of a longer number
_Span = tuple[int, int]


class Finder:
    """Finds places among the parts of one document; its figures tell amounts apart that one paragraph prints twice."""

    def __init__(self, parts: Iterable[Part], figures: Iterable[Figure] = ()) -> None:
        self.parts: dict[str, list[Part]] = {}
        self.by_line: dict[tuple[str, int], list[Spot]] = {}
        self.by_page: dict[tuple[str, int], list[Spot]] = {}
        self.figures: dict[tuple[str, int, str], list[Box]] = {}
        for part in parts:
            self.parts.setdefault(part.key, []).append(part)
            for spot in part.spots():
                for line in spot.lines:
                    self.by_line.setdefault(line, []).append(spot)
                if spot.page:
                    self.by_page.setdefault(spot.page, []).append(spot)
        for figure in figures:
            source = figure.provenance
            if source and source.page is not None and source.bbox:
                key = (source.file, source.page, folded_amount(source.raw or figure.value))
                self.figures.setdefault(key, []).append(source.bbox)

    def mark(self, place: Place, finding: int, number: int) -> bool:
        """Mark the place for a finding; False if the document has nothing to show for it."""
        home = self._paragraph(place.file, place.page, place.bbox)
        spot = self._find(place, home)
        if spot is None:
            return False
        start, end = 0, 0  # all of a short cell stands out better than most of it
        if spot.kind in ("paragraph", "heading") or (spot.kind == "text" and len(spot.text) >= _SHORT):
            taken = {(mark.start, mark.end) for mark in spot.marks if mark.finding == finding}
            found = spans(spot.text, place)
            nth = self._nth(place, spot) if spot is home else 0
            free = [one for one in found[nth:] if one not in taken]
            start, end = (free or found[nth:] or found)[0]
        spot.marks.append(Mark(finding, number, start, end))
        return True

    def _find(self, place: Place, home: Spot | None) -> Spot | None:
        key = f"form-{place.seq}" if place.form == "form" and place.seq is not None else place.form
        found = self.parts.get(key, [])
        best = _best(place, (spot for part in found for spot in part.spots()), home)
        if best is None and place.line is not None:
            best = _best(place, self.by_line.get((place.file, place.line), ()), home)
        if best is None and found:
            best = found[0].title
        return best

    def _paragraph(self, file: str, page: int | None, box: Box | None) -> Spot | None:
        """The paragraph of a page in which a box stands: the last that begins above it."""
        if page is None or box is None:
            return None
        before = None
        for spot in self.by_page.get((file, page), ()):
            if spot.top <= box[1] + _LEVEL:
                before = spot
        return before

    def _nth(self, place: Place, home: Spot) -> int:
        """How many figures of the same amount stand before the place in its paragraph."""
        if place.page is None or place.bbox is None:
            return 0
        here = (place.bbox[1], place.bbox[0])
        same = self.figures.get((place.file, place.page, folded_amount(place.value)), [])
        before = [box for box in same if (box[1], box[0]) < here]
        return sum(self._paragraph(place.file, place.page, box) is home for box in before)


def _best(place: Place, spots: Iterable[Spot], home: Spot | None) -> Spot | None:
    """The spot that says most of what the place says; the first of equals."""
    row, column = fold(place.row), fold(place.column)
    value, text = folded_amount(place.value), fold(place.text)
    best, most = None, _ENOUGH - 1
    for spot in spots:
        points = 4 * (spot is home or (place.line is not None and (place.file, place.line) in spot.lines))
        if spot.side and place.side and spot.side != place.side:
            continue
        if row:
            points += _alike(row, spot.rows, 4)
        if column:
            points += _alike(column, spot.columns, 3)
        if value and value in spot.amounts:
            points += 3
        if spot.kind == "label":
            points += -1 if value else 1
        elif spot.kind != "number" and spot.text and (text or place.value):
            points += _told(spot.text, text, place.value)
        if points > most:
            best, most = spot, points
    return best


def _alike(word: str, known: frozenset[str], points: int) -> int:
    """Points for a row or column of that name, less for one that is a part of the other, fewer than none for another."""
    if word in known:
        return points
    if any(len(other) > 1 and (other in word or word in other) for other in known):
        return points // 2
    return -points if known else 0


def _told(text: str, passage: str, value: str) -> int:
    """Points for a text that holds the passage or the value."""
    points = 0
    if passage:
        folded = fold(text)
        points += 5 if passage in folded or (len(folded) > 4 and folded in passage) else 0
    if value and _printed(text, value):
        points += 3
    return points


def spans(text: str, place: Place) -> list[_Span]:
    """The characters of a text that the place may be about: the value in its passage; (0, 0) for all of the text."""
    start, end = _passage(text, place.text)
    if place.value:
        found = _printed(text[start:end], place.value)
        if found:
            return [(start + first, start + last) for first, last in found]
    return [(start, end) if (start, end) != (0, len(text)) else (0, 0)]


def _passage(text: str, passage: str) -> _Span:
    """Where a passage stands in a text, spaces and punctuation aside; all of the text if it does not."""
    if not passage:
        return 0, len(text)
    if (at := text.find(passage)) >= 0:
        return at, at + len(passage)
    wanted = fold(passage)
    kept = [(number, folded) for number, character in enumerate(text) for folded in fold(character)]
    at = "".join(folded for _, folded in kept).find(wanted) if wanted else -1
    return (kept[at][0], kept[at + len(wanted) - 1][0] + 1) if at >= 0 else (0, len(text))


def _printed(text: str, value: str) -> list[_Span]:
    """Where a text prints a value: as it is, else, if it is an amount, with other separators, spaces or closing zeros."""
    for pattern in _patterns(value):
        if found := [one.span() for one in pattern.finditer(text)]:
            return found
    return []


@lru_cache(maxsize=256)
def _patterns(value: str) -> tuple[re.Pattern[str], ...]:
    exact = f"{_BEFORE if value[0].isdigit() else ''}{re.escape(value)}{_BEHIND if value[-1].isdigit() else ''}"
    amount = folded_amount(value)
    if not amount:
        return (re.compile(exact),)
    whole, _, part = amount.lstrip("-").partition(".")
    loose = r"[,，\s]?".join(whole) + (r"\s?\.\s?" + part + "0*" if part else r"(?:\.0+)?")
    return re.compile(exact), re.compile(f"{_BEFORE}{loose}{_BEHIND}")
