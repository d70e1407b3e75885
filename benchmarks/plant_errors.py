"""How many planted errors the check finds, and whether each finding points at the right place.

    python benchmarks/plant_errors.py [PLANTINGS] [--processes N] [--show WAY]

Made-up departments are compiled and printed as text; the clean text is checked (it must give no finding at all), then one
thing in it is changed in one of the ways below, each of which contradicts something else in the document, and the text is
read and checked again. A planting is found if a finding cites the changed line, or what was printed there. The rates are
printed by way; `--show WAY` prints the plantings of a way that were missed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from mingzhang.check import Candidate, Finding, check
from mingzhang.compile import compile_ledger
from published import AMOUNT, Page, published, read_pages
from realistic import ledger

# Plantings of one document, so that it is compiled and checked clean once.
PER_DOCUMENT = 25
MOST_TRIES = 40


class Planted(NamedTuple):
    """A change: the page and line that it touches, what was printed there and what is now."""

    page: int
    line: int
    old: str
    new: str


Way = Callable[[list[Page], Random], "Planted | None"]
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    """Name a way of planting."""

    def keep(function: Way) -> Way:
        WAYS[name] = function
        return function

    return keep


class Tables:
    """Where the parts of a document stand among its pages."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.tables: dict[str, int] = {}
        title = ""
        for number, page in enumerate(pages):
            text = page[0]
            if "\t" in text and title and title not in self.tables:
                self.tables[title] = number
            match = re.search(r"^20\d\d年(.+表(?:（.+?）)?)$", text)
            if match:
                title = match[1]
            elif "绩效目标" in text and "\t" not in text:
                title = ""
        self.forms = [number for number, page in enumerate(pages) if page[0].startswith("项目名称\t\t")]

    def rows(self, *titles: str) -> list[tuple[int, int]]:
        """Page and line of the rows with amounts of some tables."""
        found = []
        for title, number in self.tables.items():
            if any(title.startswith(one) for one in titles):
                found += [(number, line) for line, text in enumerate(self.pages[number]) if AMOUNT.search(text)]
        return found

    def sentences(self, *words: str) -> list[int]:
        """Pages of sentences that hold all of some words."""
        return [
            n for n, page in enumerate(self.pages) if "\t" not in page[0] and all(word in page[0] for word in words)
        ]


def replaced(pages: list[Page], page: int, line: int, old: str, new: str, place: int = 0) -> Planted:
    """Put `new` in the place of `old` (at or behind `place`) in a line."""
    text = pages[page][line]
    at = text.index(old, place)
    pages[page][line] = text[:at] + new + text[at + len(old) :]
    return Planted(page, line, old, new)


def other_digit(amount: str, random: Random) -> str:
    """The amount with one digit before the point changed, the first of an amount below ten."""
    whole = amount.partition(".")[0]
    places = [place for place, digit in enumerate(whole) if digit.isdigit()]
    place = random.choice(places)
    digit = random.choice([one for one in "0123456789" if one != whole[place] and (place or one != "0")])
    return amount[:place] + digit + amount[place + 1 :]


def digit_in(*titles: str) -> Way:
    """A digit of a cell in one of some tables."""

    def plant(pages: list[Page], random: Random) -> Planted | None:
        rows = Tables(pages).rows(*titles)
        if not rows:
            return None
        page, line = random.choice(rows)
        match = random.choice(list(AMOUNT.finditer(pages[page][line])))
        return replaced(pages, page, line, match[0], other_digit(match[0], random), match.start())

    return plant


for _name, _titles in (
    ("digit in T1", ("预算收支总表",)),
    ("digit in T2", ("预算收入总表",)),
    ("digit in T3", ("预算支出总表",)),
    ("digit in T4", ("财政拨款收支总表",)),
    ("digit in T5", ("一般公共预算支出预算表",)),
    ("digit in T6", ("一般公共预算安排基本支出",)),
    ("digit in T7 or T8", ("政府性基金预算",)),
    ("digit in T10", ("财政拨款安排“三公”",)),
    ("digit in T11", ("财政拨款安排机关运行",)),
    ("digit in T12", ("项目支出预算表（本年",)),
    ("digit in T13", ("项目支出预算表（上年",)),
):
    WAYS[_name] = digit_in(*_titles)


@way("digits transposed")
def transposed(pages: list[Page], random: Random) -> Planted | None:
    rows = Tables(pages).rows("")
    page, line = random.choice(rows)
    match = random.choice(list(AMOUNT.finditer(pages[page][line])))
    whole = match[0].partition(".")[0]
    places = [n for n in range(len(whole) - 1) if whole[n] != whole[n + 1] and (n or whole[n + 1] != "0")]
    if not places:
        return None
    n = random.choice(places)
    new = whole[:n] + whole[n + 1] + whole[n] + match[0][n + 2 :]
    return replaced(pages, page, line, match[0], new, match.start())


@way("point slipped")
def slipped(pages: list[Page], random: Random) -> Planted | None:
    page, line = random.choice(Tables(pages).rows(""))
    match = random.choice(list(AMOUNT.finditer(pages[page][line])))
    digits = match[0].replace(".", "").replace(",", "")
    new = f"{digits[:-1]}.{digits[-1]}0"
    return replaced(pages, page, line, match[0], new, match.start()) if float(match[0].replace(",", "")) >= 1 else None


def dropped_row(*titles: str) -> Way:
    """A row of a table left out."""

    def plant(pages: list[Page], random: Random) -> Planted | None:
        rows = Tables(pages).rows(*titles)
        if len(rows) < 3:
            return None
        page, line = random.choice(rows[1:])
        gone = pages[page].pop(line).split("\t")
        return Planted(
            page, max(line - 1, 0), gone[0] or gone[1], next(cell for cell in gone if AMOUNT.fullmatch(cell))
        )

    return plant


WAYS["row dropped from T3"] = dropped_row("预算支出总表")
WAYS["row dropped from T5"] = dropped_row("一般公共预算支出预算表")
WAYS["row dropped from T6"] = dropped_row("一般公共预算安排基本支出")
WAYS["row dropped from T12"] = dropped_row("项目支出预算表（本年")


@way("row printed twice")
def doubled(pages: list[Page], random: Random) -> Planted | None:
    title = random.choice(("项目支出预算表（本年", "一般公共预算安排基本支出"))
    rows = Tables(pages).rows(title)[3:]  # a department's and its only unit's row may be alike
    if not rows:
        return None
    page, line = random.choice(rows)
    text = pages[page][line]
    pages[page].insert(line + 1, text)
    return Planted(page, line + 1, AMOUNT.findall(text)[0], AMOUNT.findall(text)[0])


@way("amounts of two rows swapped")
def swapped(pages: list[Page], random: Random) -> Planted | None:
    rows = Tables(pages).rows("预算支出总表", "一般公共预算支出预算表", "项目支出预算表（本年")
    page, line = random.choice(rows)
    others = [one for at, one in rows if at == page and one != line]
    if not others:
        return None
    other = random.choice(others)
    a, b = pages[page][line], pages[page][other]
    if AMOUNT.findall(a) == AMOUNT.findall(b):
        return None
    first, second = AMOUNT.search(a), AMOUNT.search(b)
    assert first
    assert second
    pages[page][line], pages[page][other] = (
        a[: first.start()] + b[second.start() :],
        b[: second.start()] + a[first.start() :],
    )
    return Planted(page, line, first[0], second[0])


@way("basic and project swapped")
def columns_swapped(pages: list[Page], random: Random) -> Planted | None:
    page, line = random.choice(Tables(pages).rows("预算支出总表", "一般公共预算支出预算表"))
    cells = pages[page][line].split("\t")
    if len(cells) < 5 or cells[3] == cells[4]:
        return None
    cells[3], cells[4] = cells[4], cells[3]
    pages[page][line] = "\t".join(cells)
    return Planted(page, line, cells[3] or cells[4], cells[4] or cells[3])


@way("table emptied")
def emptied(pages: list[Page], random: Random) -> Planted | None:
    tables = Tables(pages)
    chosen = [n for title, n in tables.tables.items() if title.startswith(("政府性基金", "财政拨款安排", "项目支出预算表"))
              and any(AMOUNT.search(text) for text in pages[n])]  # fmt: skip
    if not chosen:
        return None
    page = random.choice(chosen)
    pages[page] = [text for text in pages[page] if not AMOUNT.search(text)]
    pages.insert(page + 1, ["注：本表无数据"])
    return Planted(page, 0, _title_of(pages, page), "")


def _title_of(pages: list[Page], page: int) -> str:
    """What a table is called, without its year and what stands in brackets."""
    titles = (re.search(r"^20\d\d年(.+?表)(?:（|$)", pages[number][0]) for number in range(page, -1, -1))
    return next(match[1] for match in titles if match)


@way("table left out")
def left_out(pages: list[Page], random: Random) -> Planted | None:
    page = random.choice(list(Tables(pages).tables.values()))
    title = _title_of(pages, page)
    start = next(number for number in range(page, -1, -1) if "公开表" in pages[number][0])
    del pages[start : page + 1]
    return Planted(start - 1, 0, title, "")


def digit_in_sentence(*words: str) -> Way:
    """A digit of a figure in a sentence of the explanation."""

    def plant(pages: list[Page], random: Random) -> Planted | None:
        found = Tables(pages).sentences(*words)
        if not found:
            return None
        page = random.choice(found)
        amounts = [
            match
            for match in re.finditer(r"(?<!编制)(?<![\d,])[\d,]*\d(?:\.\d+)?(?=万元|个|辆)", pages[page][0])
            if match[0] != "0"
        ]
        if not amounts:
            return None
        match = random.choice(amounts)
        return replaced(pages, page, 0, match[0], other_digit(match[0], random), match.start())

    return plant


for _name, _words in (
    ("figure in section 1", ("预算收入总计", "预算支出总计")),
    ("figure in section 2", ("预算收入", "主要包括")),
    ("figure in section 3", ("支出预算", "其中：基本支出", "占")),
    ("figure in section 4", ("财政拨款收支总预算",)),
    ("figure in section 5", ("一般公共预算当年支出", "主要用于以下方面")),
    ("figure in section 6", ("经费", "主要包括：", "等")),
    ("figure in section 7", ("财政拨款安排的“三公”经费预算",)),
    ("figure in section 8", ("机关运行经费财政拨款预算",)),
    ("figure in section 10", ("纳入绩效目标管理的二级项目",)),
    ("overall target in section 10", ("编报", "整体支出绩效目标，涉及")),
    ("vehicles in section 11", ("公务用车编制",)),
):
    WAYS[_name] = digit_in_sentence(*_words)


@way("percentage in a sentence")
def percentage(pages: list[Page], random: Random) -> Planted | None:
    page = random.choice(Tables(pages).sentences("万元", "%"))
    matches = [match for match in re.finditer(r"\d+\.\d\d(?=%)", pages[page][0]) if float(match[0]) > 1]
    if not matches:
        return None
    match = random.choice(matches)
    return replaced(pages, page, 0, match[0], other_digit(match[0], random), match.start())


@way("word of direction")
def direction(pages: list[Page], random: Random) -> Planted | None:
    pairs = {"增加": "减少", "减少": "增加"}
    matches = [
        (page, match)
        for page in Tables(pages).sentences("比上年")
        for match in re.finditer(r"比上年(?:预算数)?(增加|减少)(?=[\d.]+万元，(?:增长|下降))", pages[page][0])
    ]
    if not matches:
        return None
    page, match = random.choice(matches)
    return replaced(pages, page, 0, match[1], pairs[match[1]], match.start(1))


@way("entry dropped from a list of functions")
def entry_dropped(pages: list[Page], random: Random) -> Planted | None:
    found = [n for n in Tables(pages).sentences("支出包括：") if pages[n][0].partition("支出包括：")[2].count("、") > 1]
    if not found:
        return None
    page = random.choice(found)
    head, _, tail = pages[page][0].partition("支出包括：")
    entries = tail.split("、")
    gone = entries.pop(random.randrange(len(entries) - 1))
    pages[page][0] = f"{head}支出包括：{'、'.join(entries)}"
    return Planted(page, 0, gone, "")


@way("item dropped from a list of items")
def item_dropped(pages: list[Page], random: Random) -> Planted | None:
    found = [n for n in Tables(pages).sentences("经费", "主要包括：", "等") if pages[n][0].count("、") > 2]
    if not found:
        return None
    page = random.choice(found)
    head, _, tail = pages[page][0].partition("主要包括：")
    items = tail.split("、")
    gone = items.pop(random.randrange(len(items) - 1))
    pages[page][0] = f"{head}主要包括：{'、'.join(items)}"
    return Planted(page, 0, gone, "")


def old_year(pick: Callable[[Tables], list[int]], pattern: str = r"20\d\d(?=年)") -> Way:
    """The year before in the place of the fiscal year."""

    def plant(pages: list[Page], random: Random) -> Planted | None:
        found = [n for n in pick(Tables(pages)) if re.search(pattern, pages[n][0])]
        if not found:
            return None
        page = random.choice(found)
        match = re.search(pattern, pages[page][0])
        assert match
        return replaced(pages, page, 0, match[0], str(int(match[0]) - 1), match.start())

    return plant


WAYS["year of a table's title"] = old_year(
    lambda t: [n for n, page in enumerate(t.pages) if re.fullmatch(r"20\d\d年.+表(?:（.+）)?", page[0])]
)
WAYS["year of a sentence"] = old_year(lambda t: t.sentences("年度", "预算", "万元"), r"^20\d\d(?=年度)")
WAYS["year of a form"] = old_year(lambda t: t.sentences("年度）"), r"(?<=^（)20\d\d(?=年度）$)")
WAYS["year compared with"] = old_year(lambda t: t.sentences("机关运行经费", "比20"), r"(?<=比)20\d\d(?=年)")


@way("unknown code")
def unknown_code(pages: list[Page], random: Random) -> Planted | None:
    found = [
        (p, n)
        for p, n in Tables(pages).rows("预算支出总表", "一般公共预算支出预算表")
        if re.match(r"\d{5}\t", pages[p][n])
    ]
    if not found:
        return None
    page, line = random.choice(found)
    old = pages[page][line][:5]
    return replaced(pages, page, line, old, f"{old[:3]}{random.choice((77, 87, 88))}")


@way("code of another item")
def other_code(pages: list[Page], random: Random) -> Planted | None:
    found = [(p, n) for p, n in Tables(pages).rows("预算支出总表", "预算收入总表") if re.match(r"\d{7}\t", pages[p][n])]
    page, line = random.choice(found)
    old = pages[page][line][:7]
    return replaced(pages, page, line, old, f"{old[:5]}{(int(old[5:]) % 9) + 1:02}") if int(old[5:]) < 90 else None


@way("name of a code")
def name_of_code(pages: list[Page], random: Random) -> Planted | None:
    found = [
        (p, n) for p, n in Tables(pages).rows("预算支出总表", "预算收入总表") if re.match(r"\d{3,7}\t", pages[p][n])
    ]
    page, line = random.choice(found)
    old = pages[page][line].split("\t")[1]
    return replaced(pages, page, line, old, f"其他{old[1:]}")


@way("department's name over a table")
def other_name(pages: list[Page], random: Random) -> Planted | None:
    found = Tables(pages).sentences("名称：")
    page = random.choice(found)
    old = pages[page][0].partition("：")[2]
    return replaced(pages, page, 0, old, old[:-1] + "委员会")


@way("unit's name in T12")
def unit_name(pages: list[Page], random: Random) -> Planted | None:
    tables = Tables(pages)
    found = [(p, n) for p, n in tables.rows("项目支出预算表（本年") if "服务中心" in pages[p][n]]
    if not found:
        return None
    page, line = random.choice(found)
    old = pages[page][line].split("\t")[0]
    return replaced(pages, page, line, old, old.replace("服务中心", "事务中心"))


def form_line(pages: list[Page], random: Random, word: str) -> tuple[int, int] | None:
    forms = Tables(pages).forms
    found = [(n, line) for n in forms for line, text in enumerate(pages[n]) if word in text]
    return random.choice(found) if found else None


@way("form left out")
def form_left_out(pages: list[Page], random: Random) -> Planted | None:
    forms = Tables(pages).forms
    if len(forms) < 2:
        return None
    page = random.choice(forms)
    name = pages[page][0].split("\t")[2]
    start = page
    while "绩效目标表" not in pages[start][0]:
        start -= 1
    del pages[start : page + 1]
    return Planted(start - 1, 0, name, name)


@way("total of a form")
def form_total(pages: list[Page], random: Random) -> Planted | None:
    at = form_line(pages, random, "年度资金总额")
    if at is None:
        return None
    page, line = at
    amounts = re.findall(r"[\d,.]+", pages[page][line])
    old = amounts[-1]
    new = other_digit(old, random)
    return replaced(pages, page, line, old, new, pages[page][line].rindex(old))


@way("source of a form")
def form_source(pages: list[Page], random: Random) -> Planted | None:
    forms = Tables(pages).forms
    found = [
        (n, line, match)
        for n in forms
        for line, text in enumerate(pages[n])
        if "财政资金" in text and "总额" not in text
        for match in re.finditer(r"(?<=\t)[1-9][\d,]+(?:\.\d+)?(?=\t|$)", text)
    ]
    if not found:
        return None
    page, line, match = random.choice(found)
    return replaced(pages, page, line, match[0], other_digit(match[0], random), match.start())


@way("name of a form's project")
def form_name(pages: list[Page], random: Random) -> Planted | None:
    at = form_line(pages, random, "项目名称\t\t")
    if at is None:
        return None
    page, line = at
    old = pages[page][line].split("\t")[2]
    return replaced(pages, page, line, old, old.replace("期项目", "期工程"))


@way("cost indicator above the funds")
def cost_above(pages: list[Page], random: Random) -> Planted | None:
    at = form_line(pages, random, "成本指标\t")
    if at is None:
        return None
    page, line = at
    match = re.search(r"≤([\d.]+)元", pages[page][line])
    if match is None:
        return None
    return replaced(pages, page, line, match[1], f"{float(match[1]) * 1.5:.2f}", match.start(1))


@way("satisfaction capped")
def capped(pages: list[Page], random: Random) -> Planted | None:
    at = form_line(pages, random, "满意度\t≥")
    return replaced(pages, *at, "≥", "≤", pages[at[0]][at[1]].index("满意度\t≥")) if at else None


@way("mobile number in a form")
def mobile(pages: list[Page], random: Random) -> Planted | None:
    at = form_line(pages, random, "项目实施计划")
    if at is None:
        return None
    number = f"13{random.randrange(10**8, 10**9)}"
    return replaced(pages, *at, "底前完成并验收", f"底前完成并验收，联系人{number}")


@way("malformed number")
def malformed(pages: list[Page], random: Random) -> Planted | None:
    found = [
        (n, m) for n in Tables(pages).sentences("万元") for m in re.finditer(r"\d,\d{3}\.\d\d(?=万元)", pages[n][0])
    ]
    if not found:
        return None
    page, match = random.choice(found)
    return replaced(pages, page, 0, match[0], match[0].replace(",", "."), match.start())


@way("doubled full stop")
def full_stop(pages: list[Page], random: Random) -> Planted | None:
    found = [n for n in Tables(pages).sentences("万元") if pages[n][0].endswith("。")]
    page = random.choice(found)
    pages[page][0] += "。"
    return Planted(page, 0, "。", "。。")


@way("template text left")
def residue(pages: list[Page], random: Random) -> Planted | None:
    found = [(n, m) for n in Tables(pages).sentences("比上年") for m in re.finditer(r"增加(?=[\d.]+万元)", pages[n][0])]
    if not found:
        return None
    page, match = random.choice(found)
    return replaced(pages, page, 0, match[0], "增加（减少）", match.start())


@way("as-of date")
def as_of(pages: list[Page], random: Random) -> Planted | None:
    found = Tables(pages).sentences("截至", "12月31日")
    page = random.choice(found)
    return replaced(pages, page, 0, "12月31日", "10月31日")


def line_of(pages: list[Page], planted: Planted) -> int:
    """The line (from 1) of the text that a planting stands in: pages are set apart by a blank line."""
    return sum(len(page) + 1 for page in pages[: planted.page]) + planted.line + 1


def points_at(finding: Finding, planted: Planted, line: int) -> bool:
    """Whether a finding cites the changed line, or what was printed there."""
    if any(place.line is not None and abs(place.line - line) <= 1 for place in finding.where):
        return True
    told = (finding.message, *(text for place in finding.where for text in (place.row, place.value, place.text)))
    told = (*told, *(also.message for also in finding.also))
    return any(
        word and any(word.replace(",", "") in text.replace(",", "") for text in told)
        for word in (planted.old, planted.new)
    )


class Tried(NamedTuple):
    """A planting that was checked: found, and by a finding that points at it."""

    way: str
    seed: int
    found: bool
    pointed: bool
    told: str


def plant_one(seed: int) -> tuple[list[Tried], list[str]]:
    """Plant in one document; give what came of it, and the findings of the clean document."""
    clean = published(compile_ledger(ledger(seed)))
    told = [f"{one.rule} {one.message}" for one in check([Candidate("", read_pages(clean))]).checked[0].findings]
    if told:
        return [], told
    random = Random(seed)
    names = list(WAYS)
    planted: list[tuple[str, Planted, list[Page]]] = []
    for number in range(MOST_TRIES):
        name = names[(seed * 7 + number) % len(names)]
        pages = [list(page) for page in clean]
        one = WAYS[name](pages, random)
        if one is not None and pages != clean:
            planted.append((name, one, pages))
        if len(planted) == PER_DOCUMENT:
            break
    report = check([Candidate(str(n), read_pages(pages)) for n, (_, _, pages) in enumerate(planted)])
    tried = []
    for (name, one, pages), checked in zip(planted, report.checked, strict=True):
        line = line_of(pages, one)
        pointed = any(points_at(finding, one, line) for finding in checked.findings)
        told_by = "；".join(finding.rule for finding in checked.findings)
        text = f"line {line}: {one.old} -> {one.new} [{told_by}] {pages[one.page][one.line][:80] if one.page < len(pages) else ''}"
        tried.append(Tried(name, seed, bool(checked.findings), pointed, text))
    return tried, []


def main() -> None:
    """Plant, and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plantings", type=int, nargs="?", default=5000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", default="", metavar="WAY")
    options = parser.parse_args()
    start, tried, unclean = time.perf_counter(), [], 0
    with ProcessPoolExecutor(options.processes) as pool:
        for results, told in pool.map(plant_one, range(options.plantings // PER_DOCUMENT + 1)):
            tried += results
            if told:
                unclean += 1
                print(f"a clean document has findings: {told[0][:200]}")
    by_way: dict[str, Counter[str]] = defaultdict(Counter)
    for one in tried:
        by_way[one.way].update(all=1, found=one.found, pointed=one.pointed)
        if not one.pointed and options.show in (one.way, "all"):
            print(f"missed: {one.way} (seed {one.seed}) {one.told}")
    for name in WAYS:
        counts = by_way[name]
        print(
            f"{name:42} {counts['all']:5} planted, {counts['found']:5} found, {counts['pointed']:5} at the right place"
        )
    found, pointed = sum(one.found for one in tried), sum(one.pointed for one in tried)
    print(f"{len(WAYS)} ways, {len(tried)} plantings: {found / len(tried):.2%} found, {pointed / len(tried):.2%} at the right place; "
          f"{unclean} clean documents with findings; {time.perf_counter() - start:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
