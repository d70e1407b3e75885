"""What is blank in performance forms, and texts and names that belong to something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from mingzhang.amounts import print_yuan
from mingzhang.check.functions.matching import matching, plain
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Project

_OWN, _OTHER, _APART = 0.85, 0.85, 0.08
_BRACKETS = str.maketrans("（【〔[", "((((")


@registered
def named_as_unit(subject: Subject, tables: Sequence[str]) -> Iterator[Hit]:
    """Forms whose project has the department's or a unit's name."""
    names = {
        plain(subject.disclosure.name),
        *(plain(row.head.unit) for row in subject.rows if row.head.level == "project"),
    }
    found = matching(subject, tables)
    for form in subject.disclosure.projects:
        own = {plain(form.unit), plain(form.department)} | names
        if not form.name or plain(form.name) not in own:
            continue
        match = found.of(form.seq)
        annual = form.funds.get("annual")
        told = f"第{form.seq}份目标表的项目名称是单位名称“{form.name}”"
        if match and annual is not None:
            told += f"，按年度资金{print_yuan(annual)}元应为“{match.entry.name}”{match.entry.amount:f}万元"
        places = [subject.form(form, "name", form.name)]
        if match:
            places.append(subject.fact(match.entry.rows[0].head, match.entry.name))
        yield Hit(told, tuple(places), suspected_misreading=True)


@registered
def fields_blank(subject: Subject, always: Mapping[str, str], together: Mapping[str, str]) -> Iterator[Hit]:
    """Fields that forms leave blank: those that are filled `always`, those of `together` if others are filled.

    Silent about documents of which a form is not legible: what is blank there may have been lost.
    """
    forms = subject.disclosure.projects
    for form in forms if all(form.legible == "yes" for form in forms) else ():
        blank = [label for key, label in always.items() if not _filled(form, key)]
        if any(_filled(form, key) for key in together):
            blank += [label for key, label in together.items() if not _filled(form, key)]
        if blank:
            told = f"第{form.seq}份目标表“{form.name}”的{'、'.join(blank)}未填"
            yield Hit(told, (subject.form(form),))


@registered
def texts_of_another(subject: Subject, tables: Sequence[str], fields: Sequence[str]) -> Iterator[Hit]:
    """Forms whose text is nearly the name of another project of the document, and not so nearly their own."""
    found = matching(subject, tables)
    names = {entry.name: plain(_without_brackets(entry.name)) for entry in found.all_entries}
    for form in subject.disclosure.projects:
        match = found.of(form.seq)
        own = {plain(form.name), plain(_without_brackets(form.name))}
        if match:
            own |= {plain(match.entry.name), names.get(match.entry.name, "")}
        for field in fields:
            text = plain(form.texts.get(field, ""))
            if not own - {""} or not text or any(_ratio(text, name, _OWN) for name in own):
                continue
            others = {name: _ratio(text, bare, _OTHER) for name, bare in names.items() if bare not in own}
            best = max(others, key=lambda name: others[name], default="")
            if best and others[best] and others[best] >= max(_ratio(text, name, 0) for name in own) + _APART:
                told = f"第{form.seq}份目标表“{form.name}”的文字是“{form.texts[field]}”，像是另一项目“{best}”的"
                yield Hit(told, (subject.form(form, field), subject.form(form, "name", form.name)))
                break


def _filled(form: Project, key: str) -> bool:
    if key in form.funds:
        return form.funds[key] is not None
    value = form.texts.get(key, "") if key not in Project.__dataclass_fields__ else getattr(form, key)
    return bool(str(value).strip())


def _without_brackets(name: str) -> str:
    return name.translate(_BRACKETS).partition("(")[0] or name


def _ratio(one: str, other: str, least: float) -> float:
    if 2 * min(len(one), len(other)) < least * (len(one) + len(other)):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < least:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= least else 0.0
