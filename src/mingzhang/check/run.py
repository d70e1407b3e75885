"""The check: documents through their family's rule book, to findings with consequences folded in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

from msgspec import Struct

from mingzhang.check.book import Book, BoundLine, Rule, bound_lines, load_book
from mingzhang.check.cells import Store
from mingzhang.check.engine import Violation, violations
from mingzhang.check.findings import Checked, Finding, Place, Report
from mingzhang.check.folding import fold
from mingzhang.check.identities import Teller
from mingzhang.check.labels import Labels
from mingzhang.check.notation import Line
from mingzhang.check.subject import Hit, Subject, run
from mingzhang.disclosure import Disclosure
from mingzhang.families import families, load_family

_MOST_TOLD = 4


class Candidate(Struct, frozen=True):
    """A document to check: what findings call it, and last year's disclosure if there is one."""

    name: str
    disclosure: Disclosure
    prior: Disclosure | None = None


def check(candidates: Sequence[Candidate]) -> Report:
    """Check documents by their families' rule books, all documents of a family in the same passes.

    A document that fits no family is checked by the one that it was read by, the first.
    """
    by_family: dict[str, list[int]] = defaultdict(list)
    for number, candidate in enumerate(candidates):
        by_family[candidate.disclosure.family or families()[0]].append(number)
    found: dict[int, list[Finding]] = {}
    for family_id, numbers in by_family.items():
        found |= _family(family_id, {number: candidates[number] for number in numbers})
    checked = [Checked(one.name, one.disclosure, tuple(found[number])) for number, one in enumerate(candidates)]
    return Report(tuple(checked), "、".join(f"{family_id} {load_book(family_id).version}" for family_id in by_family))


def _family(family_id: str, candidates: dict[int, Candidate]) -> dict[int, list[Finding]]:
    family, book, bound = load_family(family_id), load_book(family_id), bound_lines(family_id)
    labels = Labels(family, book.names)
    store = Store(family, book.loose)
    for number, candidate in candidates.items():
        store.add(number, candidate.disclosure)
        if candidate.prior is not None:
            store.add(number, candidate.prior, prior=True)
    store.make_cells()
    broken: dict[int, list[Violation]] = defaultdict(list)
    for violation in violations(store, [one.line for one in bound]):
        broken[violation.doc].append(violation)
    found = {}
    for number, candidate in candidates.items():
        subject = Subject(candidate.disclosure, family, labels, candidate.prior)
        teller = Teller(labels, store.printed, candidate.name)
        told = [*_told(broken[number], bound, subject, teller), *_functions(book, subject, candidate.name)]
        found[number] = fold(told)
    return found


def _told(
    broken: Iterable[Violation], bound: Sequence[BoundLine], subject: Subject, teller: Teller
) -> Iterator[Finding]:
    failed = {
        (bound[one.line].rule.id, one.key) for one in broken if bound[one.line].condition and one.grade == "outside"
    }
    off = {rule for rule, key in failed if not key}
    off |= {one.rule.id for one in bound if one.condition and not _known(one.line, subject)}
    for violation in broken:
        one = bound[violation.line]
        if one.condition or one.rule.id in off or (one.rule.id, violation.key) in failed:
            continue
        if holds_for(one.rule, subject.disclosure):
            yield teller.finding(one.rule, one.line, violation)


def _known(line: Line, subject: Subject) -> bool:
    """Whether the document prints any of the figures that a condition asks for: else nobody knows whether it holds."""
    wanted = [term.column for term in line.terms if term.required and term.form == term.column.partition(".")[0]]
    return not wanted or any(key in subject.figures for key in wanted)


def holds_for(rule: Rule, disclosure: Disclosure) -> bool:
    """Whether a rule holds for a document's kind, fiscal year and columns."""
    first, last = rule.years
    in_years = not disclosure.fiscal_year or first <= disclosure.fiscal_year <= last
    printed = not rule.printed or any(f"{fact.table}.{fact.column}" in rule.printed for fact in disclosure.facts)
    return in_years and printed and (not rule.kinds or disclosure.kind in rule.kinds)


def _functions(book: Book, subject: Subject, document: str) -> Iterator[Finding]:
    import_module("mingzhang.check.functions")
    for rule in book.rules:
        if not rule.function or not holds_for(rule, subject.disclosure):
            continue
        hits = list(run(rule.function, subject, rule.given))
        if rule.separate:
            yield from (_finding(rule, [hit], document) for hit in hits)
        elif hits:
            mild = [hit for hit in hits if hit.milder]
            grave = [hit for hit in hits if not hit.milder]
            yield from (_finding(rule, some, document) for some in (grave, mild) if some)


def _finding(rule: Rule, hits: Sequence[Hit], document: str) -> Finding:
    told = "；".join(hit.told for hit in hits[:_MOST_TOLD])
    more = f"；等{len(hits)}处" if len(hits) > _MOST_TOLD else ""
    return Finding(
        rule=rule.id,
        title=rule.title,
        category=rule.category,
        severity="info" if hits[0].milder else rule.worst,
        message=f"{rule.title}：{told}{more}",
        document=document,
        where=_places(hits),
        difference=hits[0].difference if len(hits) == 1 else None,
        basis=rule.basis,
        suspected_misreading=all(hit.suspected_misreading for hit in hits),
    )


def _places(hits: Sequence[Hit]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(place for hit in hits for place in hit.places))
