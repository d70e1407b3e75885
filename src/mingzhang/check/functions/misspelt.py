"""Names that are nearly right: of projects, against what their own texts say; of laws, against their titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mingzhang.check.findings import Place
from mingzhang.check.passages import clear_texts, form_texts
from mingzhang.check.subject import Hit, Subject, registered
from mingzhang.disclosure import Project

_LAW = re.compile(r"《中华人民共和国([\u4e00-\u9fff]{1,28}[法典])》")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# What stands before and behind the character in question and must be the same.
_WINDOWS = ((1, 4), (2, 3), (3, 2), (4, 1))


@registered
def misspelt_projects(subject: Subject, *, contrasts: str, often: int) -> Iterator[Hit]:
    """Names with a character that at least so many (`often`) texts of the same form have otherwise in the same words.

    Characters of `contrasts` are told apart on purpose (省, 市). A text that repeats the name says nothing of its own.
    """
    texts: dict[int, dict[str, str]] = {}
    for project in subject.disclosure.projects:
        kept = [field for field, text in project.texts.items() if _sure(project, field) and project.name not in text]
        texts[project.seq] = {field: project.texts[field] for field in kept}
    for project in subject.disclosure.projects:
        said = "\n".join(texts[project.seq].values())
        for wrong, right in _slips(project.name, said, contrasts):
            fields = [field for field, text in texts[project.seq].items() if right in text]
            if len(fields) < often:
                continue
            told = f"项目名称“{project.name}”中的“{wrong}”，目标表内写作“{right}”"
            places: list[Place] = [subject.form(project, "name", project.name)]
            places += [subject.form(project, field, right) for field in fields[:4]]
            rows = [
                row.head for row in subject.rows if row.head.level == "project" and row.head.row_name == project.name
            ]
            places += [subject.fact(head, head.row_name) for head in rows[:2]]
            yield Hit(told, tuple(places))
            break


def _sure(project: Project, field: str) -> bool:
    source = project.sources.get(field)
    return bool(project.texts[field]) and (source is None or source.confidence >= 0.9)


def _slips(name: str, said: str, contrasts: str) -> Iterator[tuple[str, str]]:
    """Pieces of a name that a text has with another character, and how the text has them."""
    plain = "".join(name.split())
    for at, char in enumerate(plain):
        if not _HAN.match(char) or not said:
            continue
        for before, behind in _WINDOWS:
            left, right = plain[max(0, at - before) : at], plain[at + 1 : at + 1 + behind]
            if len(left) < before or len(right) < behind or f"{left}{char}{right}" in said:
                continue
            found = _other(said, left, right)
            if found and _HAN.match(found) and not (found in contrasts and char in contrasts):
                yield f"{left}{char}{right}", f"{left}{found}{right}"
                break


def _other(said: str, left: str, right: str) -> str:
    """The character that stands between these in a text, empty if none does."""
    at = said.find(right)
    while at > 0:
        if at > len(left) and said.startswith(left, at - 1 - len(left)):
            return said[at - 1]
        at = said.find(right, at + 1)
    return ""


@registered
def misquoted_laws(subject: Subject, *, laws: Sequence[str], longer: int) -> Iterator[Hit]:
    """Laws (《中华人民共和国…法》) of a title that none of `laws` has and that one of them nearly has.

    Nearly: all its characters in order and up to so many more (`longer`), or one character apart.
    """
    known = set(laws)
    for passages in (clear_texts(subject, ()), form_texts(subject)):
        for text, place in passages:
            for match in _LAW.finditer(text):
                title = match[1]
                right = "" if title in known else next((law for law in laws if _nearly(title, law, longer)), "")
                if right:
                    told = f"没有《中华人民共和国{title}》，应是《中华人民共和国{right}》"
                    yield Hit(told, (place(match[0]),))


def _nearly(title: str, law: str, longer: int) -> bool:
    if len(title) == len(law):
        return len(title) > 3 and sum(a != b for a, b in zip(title, law, strict=True)) == 1
    rest = iter(law)
    return 3 < len(title) < len(law) <= len(title) + longer and all(char in rest for char in title)
