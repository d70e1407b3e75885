"""The rule book of a family: rules as data, loaded and held to what the family has.

A rule is a product: an identifier that never changes meaning, a plain sentence, a basis, a category and a severity, the
day it came into force. It says what must hold in lines (notation.py) or names a registered function with what it is
given. Its two examples, one that passes and one that breaks it, stand in files of their own and are run by the suite.
"""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
import tomli
from msgspec import Struct

from mingzhang.check.findings import Category, Severity
from mingzhang.check.notation import Line, Notation, NotationError
from mingzhang.disclosure import Kind
from mingzhang.families import folder_of, load_family


class BookError(ValueError):
    """A rule book whose data are wrong; the message names the rule."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule.

    `says` is the rule in one plain Chinese sentence, `basis` the law, form instruction or arithmetic that it rests on,
    `since` the ISO day on which it came into force. A rule on `trial` is reported as a warning at most. It holds for
    documents of the `kinds` (all if empty) and of the fiscal years from `years[0]` to `years[1]`, and, where `printed`
    names columns (`T8.income`) that not all forms have, for those that print one of them.

    Either `lines` must hold (only where all of `when` hold, which compare with 0), or `function` with what it is `given`
    finds what is wrong. What a function finds in a document is one finding unless the rule is `separate`.
    """

    id: str
    title: str
    says: str
    basis: str
    category: Category
    severity: Severity
    since: str
    trial: bool = False
    kinds: tuple[Kind, ...] = ()
    years: tuple[int, int] = (0, 9999)
    printed: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    function: str = ""
    given: dict[str, Any] = {}
    separate: bool = False

    @property
    def worst(self) -> Severity:
        """The severity at which the rule is reported."""
        return "warning" if self.trial and self.severity == "error" else self.severity


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule's two examples, written as a document prints them; `prior` is last year's document where one is needed.

    Of a rule that looks at a `whole` document the examples are edits of the family's sample, which by itself gives no
    finding: a line `旧 => 新` is a change (`旧 =>` leaves it out), ⏎ for the end of a line. What is changed must stand in the sample once.
    """

    passes: str
    breaks: str
    prior: str = ""
    whole: bool = False


class BoundLine(Struct, frozen=True):
    """A parsed line with its rule; a `condition` is one of the rule's `when`."""

    rule: Rule
    line: Line
    condition: bool


class Book(Struct, frozen=True):
    """A family's rule book. `loose` are the sections whose figures people put in; `names` name figures, by key."""

    family: str
    version: str
    loose: tuple[str, ...]
    names: dict[str, str]
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; raises KeyError if the book has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    names: dict[str, str]
    loose: tuple[str, ...] = ()


_HEAD = "book.toml"


@cache
def load_book(family_id: str) -> Book:
    """The rule book of a family; one without rules has an empty book. Raises BookError if its data are wrong."""
    folder = folder_of(family_id) / "rules"
    if not (folder / _HEAD).is_file():
        return Book(family_id, "", (), {}, ())
    head = msgspec.convert(_data(folder / _HEAD), _Head)
    rules: list[Rule] = []
    for file in _files(folder):
        try:
            rules += msgspec.convert(_data(file)["rule"], list[Rule])
        except (msgspec.ValidationError, KeyError) as error:
            raise BookError(f"{file.name}: {error}") from error
    _hold(rules)
    return Book(family_id, head.version, head.loose, head.names, tuple(rules))


def sample(family_id: str) -> str:
    """The family's sample: a small complete document without faults, made up, as a text; empty if it has none."""
    file = folder_of(family_id) / "rules" / "examples" / "whole.txt"
    return file.read_text("utf-8") if file.is_file() else ""


def edited(text: str, edits: str) -> str:
    """A text after edits as an example of a whole document writes them. Raises BookError if one does not fit."""
    for edit in filter(None, edits.splitlines()):
        old, arrow, new = edit.replace("⏎", "\n").partition(" =>")
        if not arrow or text.count(old) != 1:
            raise BookError(f"{edit}: stands in the sample {text.count(old)} times")
        text = text.replace(old, new.removeprefix(" "))
    return text


def _files(folder: Traversable) -> list[Traversable]:
    files = [file for file in folder.iterdir() if file.name.endswith(".toml") and file.name != _HEAD]
    return sorted(files, key=lambda file: file.name)


def _hold(rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise BookError(f"{rule.id}: two rules of this id")
        if bool(rule.lines) == bool(rule.function):
            raise BookError(f"{rule.id}: a rule has lines, or a function")
        seen.add(rule.id)


@cache
def bound_lines(family_id: str) -> tuple[BoundLine, ...]:
    """All lines of a family's book, parsed. Raises BookError if one refers to what the family does not have."""
    book, family = load_book(family_id), load_family(family_id)
    notation = Notation(family, book.names)
    columns = {f"{table.id}.{column.key}" for table in family.tables for side in table.side for column in side.columns}
    return tuple(bound for rule in book.rules for bound in _bind(rule, notation, columns))


def _bind(rule: Rule, notation: Notation, columns: set[str]) -> list[BoundLine]:
    if unknown := set(rule.printed) - columns:
        raise BookError(f"{rule.id}: no column {'、'.join(sorted(unknown))}")
    try:
        lines = [BoundLine(rule, line, False) for text in rule.lines for line in notation.lines(text)]
        return lines + [BoundLine(rule, line, True) for text in rule.when for line in notation.lines(text)]
    except NotationError as error:
        raise BookError(f"{rule.id}: {error}") from error


@cache
def load_examples(family_id: str) -> dict[str, Example]:
    """The examples of a family's rules, by rule. Raises BookError if their data are wrong."""
    folder = folder_of(family_id) / "rules" / "examples"
    found: dict[str, Example] = {}
    for file in _files(folder) if folder.is_dir() else []:
        try:
            found |= msgspec.convert(_data(file), dict[str, Example])
        except msgspec.ValidationError as error:
            raise BookError(f"{file.name}: {error}") from error
    return found


def _data(file: Traversable) -> dict[str, Any]:
    return tomli.loads(file.read_text("utf-8"))
