"""How functions say what they found in performance forms: in how many of them, the first few in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingzhang.check.aims import Aim, bare
from mingzhang.check.subject import Hit, Subject
from mingzhang.disclosure import HORIZON_LABELS

_EXAMPLES = 3
_LONGEST = 24


def told_together(subject: Subject, aims: Sequence[Aim], note: str = "") -> Iterator[Hit]:
    """All of some targets as one thing that was found; nothing if there are none. `note` is added to what is told."""
    if aims:
        in_order = sorted(aims, key=lambda aim: aim.seq or len(subject.projects) + 1)
        yield Hit(told_aims(subject, aims) + note, tuple(subject.aim(aim) for aim in in_order))


def told_aims(subject: Subject, aims: Sequence[Aim]) -> str:
    """In how many forms targets are, and the first of them as printed, one a form; the overall form comes last."""
    first = {aim.seq: aim for aim in reversed(aims)}
    return told_forms(
        [_one(subject, first[seq]) for seq in sorted(first, key=lambda seq: seq or len(subject.projects) + 1)]
    )


def told_forms(examples: Sequence[str]) -> str:
    """How many forms have something in common, the first few of them by what each is told as."""
    if len(examples) == 1:
        return examples[0]
    return (
        f"{len(examples)}份目标表如此，如{'、'.join(examples[:_EXAMPLES])}{'等' if len(examples) > _EXAMPLES else ''}"
    )


def _one(subject: Subject, aim: Aim) -> str:
    name = aim.level2 if aim.plain in ("", bare(aim.level2)) else f"{aim.level2}“{short(aim.name)}”"
    horizon = "" if not aim.seq else HORIZON_LABELS[aim.horizon]
    return f"{form_of(subject, aim.seq)}的{horizon}{name}为“{short(aim.text)}”"


def form_of(subject: Subject, seq: int) -> str:
    """A form in words: its ordinal and its project's name, or the overall form (0)."""
    return f"第{seq}份“{short(subject.project_name(seq))}”" if seq else "整体绩效目标表"


def short(text: str) -> str:
    """A text cut to a length that a sentence can quote."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
