"""Where a finding's places stand in the document put together again: the cell, the words of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mingzhang.check.findings import Place
from mingzhang.check.reports.evidence import Mark, Part, Spot, fold, folded_amount

_ENOUGH = 3  # points that a spot must have to be taken for the place
_SHORT = 24
_Span = tuple[int, int]


class Finder:
    """Finds places among the parts of one document."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts: dict[str, list[Part]] = {}
        self.by_line: dict[tuple[str, int], list[Spot]] = {}
        for part in parts:
            self.parts.setdefault(part.key, []).append(part)
            for spot in part.spots():
                for line in spot.lines:
                    self.by_line.setdefault(line, []).append(spot)

    def mark(self, place: Place, finding: int, number: int) -> bool:
        """Mark the place for a finding; False if the document has nothing to show for it."""
        spot = self._find(place)
        if spot is None:
            return False
        start, end = span(spot.text, place) if spot.kind in ("text", "paragraph", "heading") else (0, 0)
        if spot.kind == "text" and len(spot.text) < _SHORT:
            start, end = 0, 0  # all of a short cell stands out better than most of it
        spot.marks.append(Mark(finding, number, start, end))
        return True

    def _find(self, place: Place) -> Spot | None:
        key = f"form-{place.seq}" if place.form == "form" and place.seq is not None else place.form
        found = self.parts.get(key, [])
        best = _best(place, (spot for part in found for spot in part.spots()))
        if best is None and place.line is not None:
            best = _best(place, self.by_line.get((place.file, place.line), ()))
        if best is None and found:
            best = found[0].title
        return best


def _best(place: Place, spots: Iterable[Spot]) -> Spot | None:
    """The spot that says most of what the place says; the first of equals."""
    row, column = fold(place.row), fold(place.column)
    value, text = folded_amount(place.value), fold(place.text)
    best, most = None, _ENOUGH - 1
    for spot in spots:
        points = 4 * (place.line is not None and (place.file, place.line) in spot.lines)
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
    if value and (value in text or _tolerant(text, value)):
        points += 3
    return points


def span(text: str, place: Place) -> _Span:
    """The characters of a text that the place is about: the value, in its passage if it has one; (0, 0) for all."""
    start, end = _passage(text, place.text)
    if place.value:
        if (at := text.find(place.value, start, end)) >= 0:
            return at, at + len(place.value)
        if found := _tolerant(text[start:end], place.value):
            return start + found[0], start + found[1]
    return (start, end) if (start, end) != (0, len(text)) else (0, 0)


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


def _tolerant(text: str, value: str) -> _Span | None:
    """Where a text prints the amount, with or without separators, spaces and closing zeros."""
    amount = folded_amount(value)
    if not amount:
        return None
    whole, _, part = amount.lstrip("-").partition(".")
    pattern = r"[,，\s]?".join(whole) + (r"\s?\.\s?" + part + "0*" if part else r"(?:\.0+)?")
    found = re.search(rf"(?<![\d.]){pattern}(?![\d.]*\d)", text)
    return found.span() if found else None
