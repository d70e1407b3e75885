"""Texts of any length that are hard on a reader: what is long must take time in proportion to its length, no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import cycle, islice

from example_ledgers import EXAMPLES, example
from mingzhang.families import load_family
from published import Page, as_text, published

Grower = Callable[[int], str]

# Runs that a careless pattern tries in every way: each is repeated to the length.
RUNS: dict[str, str] = {
    "brackets": "(", "full brackets": "（", "closed brackets": "（）", "quotes": "“", "digits": "7", "ones": "1,",
    "points": "1.", "numerals": "一", "enumeration": "一、", "numbered": "（一）", "dots": ".", "leaders": "…",
    "strokes": "-", "blanks": " ", "full blanks": "\u3000", "tabs": "\t", "lines": "\n", "returns": "\r", "pipes": "|",
    "rules": "|--", "colons": "单位：", "names": "部门名称：某", "years": "2026年", "year words": "2026年度", "tags": "<b",
    "raised": "<sup>", "raised blanks": "<sup> ", "open tables": "<table", "closed tables": "</table>", "cells": "<td>",
    "tables": "<table><tr><td>", "entities": "&#", "escapes": "\\", "heads": "#", "bullets": "- ", "percents": "1%",
    "amounts": "1.00万元", "words": "其中：", "wholes": "增加1.00万元，", "parts": "其中：收入1.00万元，", "commas": "，",
    "ends": "。", "codes": "A0101", "dates": "2026-01-01 ", "numbers": "〔2026〕1号", "letters": "x", "han": "预算",
    "noise": "\ufffd", "wide digits": "１", "spaced digits": "1 ", "shifted": "\t1.00", "minus": "-1.00 ",
    "combining": "\u0301", "joiners": "\u200b", "pictures": "\U0001f4c8", "strange": "〇○丨|lIO", "ideographs": "⼀",
}  # fmt: skip


# Where such a run may stand in a document.
PLACES = ("cover", "table", "cell", "row", "section", "sentence", "form", "indicator", "catalogue")


def run(text: str, place: str = "") -> Grower:
    """Nothing but this, again and again, in a place of a document."""

    def grow(length: int) -> str:
        before, behind = _around(place) if place else ("", "")
        return before + text * max(1, length // len(text)) + behind

    return grow


def seed_like(length: int) -> str:
    """A whole disclosure again and again."""
    text = as_text(_pages())
    return (text * (length // len(text) + 1))[:length]


def one_paragraph(length: int) -> str:
    """All the prose of a disclosure as one paragraph."""
    prose = "".join(line for page in _pages() for line in page if "\t" not in line)
    return _around("section")[0] + (prose * (length // len(prose) + 1))[:length]


def titles(length: int) -> str:
    """Every line the title of a table."""
    return _repeated([table.title.replace("{year}", "2026") for table in load_family().tables], length)


def sections(length: int) -> str:
    """Every line the title of a section."""
    words = load_family().kinds["department_budget"]
    held = [section.title for section in load_family().sections if section.title]
    return _repeated([one.format(scope=words.scope, this=words.this, year=2026, name="某局") for one in held], length)


def contents(length: int) -> str:
    """A contents page without end."""
    return _repeated([f"{number}、部门收支总体情况表 ........ {number}" for number in range(1, 20)], length, ["目录"])


def table(rows: str, *lines: str) -> Grower:
    """The table whose rows are of this kind, continued with its own rows again and again, or with these lines."""

    def grow(length: int) -> str:
        pages = _pages()
        at = _table(rows)
        return _repeated(lines or pages[at][4:], length, [line for page in pages[at - 4 : at + 1] for line in page])

    return grow


def forms(length: int) -> str:
    """The performance forms again and again."""
    pages = _pages()
    return _repeated([line for page in pages[_form() :] for line in [*page, ""]], length, pages[_form() - 2])


def form_rows(length: int) -> str:
    """One performance form without end."""
    pages = _pages()
    return _repeated(pages[_form()][-12:-2], length, [*pages[_form() - 2], *pages[_form()]])


def one_row(length: int) -> str:
    """One row of a table without end."""
    return "项目" + "\t1.00" * (length // 5)


def spans(length: int) -> str:
    """A table of HTML whose cells span."""
    row = "<tr><td rowspan=3 colspan=2>甲</td><td>1.00</td></tr>"
    return "<table>" + row * (length // len(row)) + "</table>"


@cache
def _pages() -> list[Page]:
    return published(example(max(EXAMPLES)))


def _repeated(lines: Sequence[str], length: int, head: Sequence[str] = ()) -> str:
    """The lines again and again, up to the length."""
    size = sum(len(line) + 1 for line in lines) / len(lines)
    return "\n".join([*head, *islice(cycle(lines), int(length / size))])


def _table(rows: str) -> int:
    """The page that is the grid of the first table with rows of this kind."""
    label = next(one.label for one in load_family().tables if any(side.rows == rows for side in one.side))
    return _pages().index([label]) + 4


def _form() -> int:
    """The page that is the first project's performance form."""
    return next(number for number, page in enumerate(_pages()) if page[0].startswith("项目名称\t\t"))


@cache
def _around(place: str) -> tuple[str, str]:
    """What stands before and behind a place of the document."""
    pages = _pages()
    match place:
        case "cover":
            at, line, cut = 1, 0, 4
        case "table":
            at, line, cut = _table("function_tree") - 3, 0, 5
        case "cell":
            at, line, cut = _table("function_tree"), 4, 5
        case "row":
            at, line, cut = _table("projects"), 8, 0
        case "section":
            at, line, cut = _sentence(), 0, 0
        case "sentence":
            at, line, cut = _sentence(), 0, 60
        case "form":
            at, line, cut = _form(), 0, 8
        case "indicator":
            at, line, cut = _form(), 18, 8
        case _:
            at, line, cut = next(number for number, page in enumerate(pages) if page[0].startswith("代码\t")), 1, 8
    before = as_text([*pages[max(0, at - 6) : at], [*pages[at][:line], pages[at][line][:cut]]])[:-1]
    return before, as_text([[pages[at][line][cut:], *pages[at][line + 1 :]], *pages[at + 1 : at + 4]])


def _sentence() -> int:
    """The page with the longest sentences."""
    return max(range(len(_pages())), key=lambda number: len(_pages()[number][0]) * (len(_pages()[number]) == 1))


LONG: dict[str, Grower] = {
    **{name: run(text) for name, text in RUNS.items()},
    **{f"{name} in a {place}": run(text, place) for place in PLACES for name, text in RUNS.items()},
    **{f"lines of {name}": run(text * 30 + "\n") for name, text in RUNS.items() if text.strip()},
    "seed like": seed_like,
    "one paragraph": one_paragraph,
    "titles": titles,
    "sections": sections,
    "contents page": contents,
    "fixed table": table("fixed"),
    "tree": table("function_tree"),
    "tree of one code": table("function_tree", "201\t一般公共服务支出\t1.00\t1.00\t"),
    "tree of zeros": table("function_tree", "20101\t人大事务\t0.00\t0.00\t0.00"),
    "projects": table("projects"),
    "projects of nothing": table("projects", "合计\t0.00\t0.00", "某中心\t0.00\t0.00", "某项目\t0.00\t0.00"),
    "projects all equal": table("projects", "某项目\t1.00\t1.00\t"),
    "projects by turns": table("projects", "某中心\t1.00\t1.00", "某项目\t1.00\t1.00", ""),
    "economic pairs": table("economic_pairs"),
    "catalogue": run("A0101\t公共安全服务\nB0201\t教育服务\n"),
    "forms": forms,
    "form rows": form_rows,
    "one row": one_row,
    "spans": spans,
}  # fmt: skip
