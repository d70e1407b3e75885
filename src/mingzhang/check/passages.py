"""The words of a document, passage by passage, each with the place of a string in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from mingzhang.check.findings import Place
from mingzhang.check.subject import Subject

Passage = tuple[str, Callable[[str], Place]]
"""A text, and the place of a string in it."""

_SURE = 0.9


def clear_texts(subject: Subject, sections: Sequence[str]) -> Iterator[Passage]:
    """Titles and paragraphs of `sections`, of all that the family has if none are given: no rows, no stray cells."""
    looked = sections or [section.id for section in subject.family.sections]
    for section in looked:
        for text in subject.texts.get(section, ()):
            if text.style not in ("table", "block"):
                yield text.text, partial(subject.text, text)


def form_texts(subject: Subject, names: bool = False, least: float = _SURE) -> Iterator[Passage]:
    """The texts of performance forms that were read with at least so much confidence, on request with the `names` of
    projects in tables and forms.
    """
    if names:
        for row in subject.rows:
            if row.head.level == "project":
                yield row.head.row_name, partial(subject.fact, row.head)
    for project in subject.disclosure.projects:
        if names:
            yield project.name, partial(subject.form, project, "name")
        for field, text in project.texts.items():
            source = project.sources.get(field)
            if text and (source is None or source.confidence >= least):
                yield text, partial(subject.form, project, field)
