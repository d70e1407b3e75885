"""The explanation's sections: the family's patterns filled with the figures."""

from __future__ import annotations

from collections.abc import Iterator

from mingzhang.disclosure import Figure, Text
from mingzhang.families.model import Family, Section
from mingzhang.families.patterns import Figures, Rendering, render


def explain(family: Family, figures: Figures) -> tuple[tuple[Text, ...], tuple[Figure, ...]]:
    """Write every section; give its texts and the figures that they print, in order, each figure once."""
    texts: list[Text] = []
    printed: dict[str, Figure] = {}
    for section in family.sections:
        if section.title:
            texts.append(Text(section.id, "heading2", _fill(section.title, figures)))
        for style, rendering in _paragraphs(family, section, figures):
            texts += [Text(section.id, style, line.strip()) for line in rendering.text.split("\n") if line.strip()]
            for key, value in rendering.printed:
                printed.setdefault(key, Figure(key, value, section.id))
    return tuple(texts), tuple(printed.values())


def _paragraphs(family: Family, section: Section, figures: Figures) -> Iterator[tuple[str, Rendering]]:
    for variant in section.paragraphs:
        rendering = render(variant, figures, family.phrases)
        if rendering is None:
            continue
        if variant.block:
            yield "block", Rendering(variant.block, ())
        elif rendering.text:
            yield "heading3" if variant.heading else "paragraph", rendering


def _fill(pattern: str, figures: Figures) -> str:
    return pattern.format_map(figures.texts)
