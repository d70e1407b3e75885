"""What people call the parts of a document: tables, columns, figures, forms."""

from __future__ import annotations

import re
from functools import cache

from mingzhang.check.cells import Printed
from mingzhang.check.findings import Place
from mingzhang.check.notation import FORM, OVERALL, PRIOR, column_name
from mingzhang.disclosure import Provenance, Text
from mingzhang.families import Family

_YEAR = re.compile(r"^\{year\}年度?|（不含上年结转）$")


def form_label(seq: int, project: str) -> str:
    """A project's performance form: its ordinal and, where it has one, the project's name."""
    return f"第{seq}份目标表“{project}”" if project else f"第{seq}份目标表（没有项目名称）"


class Labels:
    """The labels of a family, with its figures' names by key."""

    def __init__(self, family: Family, names: dict[str, str]) -> None:
        self._family = family
        self._names = names
        self._sides = {(table.id, side.key): side for table in family.tables for side in table.side}
        self._titles = {table.id: (table.caption, _YEAR.sub("", table.title)) for table in family.tables}
        parts = {part.id: part.title for part in family.parts}
        self._sections = {section.id: section.title or parts[section.part] for section in family.sections}

    def form(self, form: str) -> str:
        """A table, section or form: 表三“预算支出总表”, 说明“三、支出预算情况说明”."""
        if form.startswith(PRIOR):
            return f"上年{self.form(form.removeprefix(PRIOR))}"
        if form in self._titles:
            caption, title = self._titles[form]
            return f"{caption if caption.startswith('表') else f'表{caption}'}《{title}》"
        if form in self._sections:
            return f"说明“{self._plain(self._sections[form])}”"
        return {FORM: "项目绩效目标表", OVERALL: "整体绩效目标表", "contents": "目录", "cover": "封面"}.get(form, form)

    def _plain(self, title: str) -> str:
        words = next(iter(self._family.kinds.values()))
        return title.format(scope=words.scope, this=words.this, year="", name="")

    def column(self, form: str, side: str, key: str) -> str:
        """A column of a table, a figure of a section, a field of a form."""
        if (form, side) in self._sides:
            return column_name(self._sides[form, side], key)
        return self._names.get(f"{form}.{key}") or self.figure(key)

    @cache  # noqa: B019 - one object a book, kept as long as the program runs
    def figure(self, key: str) -> str:
        """A figure's name; an entry of a list is named with its row."""
        if key in self._names:
            return self._names[key]
        for starred, name in self._names.items():
            if ".*" in starred:
                base, _, tail = starred.partition(".*")
                match = re.fullmatch(re.escape(base) + r"\.(.+?)" + re.escape(tail), key)
                if match:
                    return f"{match[1]}{name}"
        return key

    def place(self, printed: Printed) -> Place:
        """The place of a printed cell."""
        form = printed.form
        column = self.column(form, printed.side, printed.column)
        label = form_label(printed.seq, printed.row) if printed.seq is not None else self.form(form)
        place = Place(
            form=form,
            side=printed.side,
            label=label,
            row=printed.row,
            column=column,
            value=printed.value,
            seq=printed.seq,
            key=printed.column,
            number=printed.number,
            suggested=printed.provenance.suggested if printed.provenance else "",
        )
        return place.at(printed.provenance)

    def text(self, text: Text, value: str = "") -> Place:
        """The place of a passage, in which `value` stands."""
        return Place(form=text.section, label=self.form(text.section), text=text.text, value=value).at(text.provenance)

    def at(self, form: str, provenance: Provenance | None, value: str = "") -> Place:
        """A place told by its form alone."""
        return Place(form=form, label=self.form(form), value=value).at(provenance)
