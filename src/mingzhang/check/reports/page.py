"""A report as one web page: the findings, and beside each the table or passage with its cells marked.

The page is one file that asks for nothing else. Its policy names its style and its script by their hashes, and it has
no style attributes or inline handlers, so that a server may be as strict. Documents are shown one at a time: the
others wait in templates, which a browser reads fast and lays out only when they are called for.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from itertools import count, pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from msgspec import Struct

from mingzhang.check.findings import SEVERITIES, Checked, Finding, Place, Report
from mingzhang.check.reports import words
from mingzhang.check.reports.document import parts
from mingzhang.check.reports.evidence import Grid, Mark, Part, Spot
from mingzhang.check.reports.places import Finder

_FORMS = 40  # more forms than that are shown only where a finding cites them
_PASSAGE = 160


class Where(Struct, frozen=True):
    """A place of a card: its number, its words, and whether the evidence shows it."""

    at: str
    title: str
    cell: str
    value: str
    quote: bool
    source: str
    suggested: str
    shown: bool


class Card(Struct, frozen=True):
    """A finding as the list shows it."""

    id: int
    finding: Finding
    state: str
    state_name: str
    category_name: str
    measures: str
    waiver: str
    where: tuple[Where, ...]


class Document(Struct, frozen=True):
    """A document: its findings and its evidence."""

    number: int
    title: str
    counts: words.Counts
    cards: tuple[Card, ...]
    evidence: Markup


class View(Struct, frozen=True):
    """All that a page shows of a report; templates/parts.html.j2 draws it."""

    book: str
    summary: str
    counts: words.Counts
    severities: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, str], ...]
    documents: tuple[Document, ...]
    misreading: str = words.MISREADING
    accepted: str = words.ACCEPTED


def view(report: Report) -> View:
    """What a page shows of a report."""
    numbers = count(1)
    several = len(report.checked) > 1
    found = [finding for one in report.checked for finding in one.findings]
    used = {finding.category for finding in found}
    return View(
        words.book_title(report.book),
        words.summary(report),
        words.counts(found),
        (*((severity, words.SEVERITY[severity]) for severity in SEVERITIES), ("accepted", words.ACCEPTED)),
        tuple((key, name) for key, name in words.CATEGORY.items() if key in used),
        tuple(_document(number, one, numbers, several) for number, one in enumerate(report.checked, 1)),
    )


def to_html(report: Report) -> str:
    """Render the report as a self-contained HTML page."""
    style, script = _source("report.css"), _source("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view(report),
            style=Markup(style),
            script=Markup(script),
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'",
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("mingzhang.check.reports")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["clean"] = words.clean
    return made


@lru_cache(maxsize=2)
def _source(name: str) -> str:
    return (files("mingzhang.check.reports") / "templates" / name).read_text("utf-8").replace("\r\n", "\n")


def _hash(source: str) -> str:
    """The hash of an element's content by which a Content Security Policy lets it in."""
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"


def _document(number: int, checked: Checked, numbers: Iterator[int], several: bool) -> Document:
    cited = {place.form for finding in checked.findings for place in finding.where}
    found = parts(checked.disclosure, catalogue="catalogue" in cited)
    finder = Finder(found, checked.disclosure.narrative)
    with_file = words.several_files(checked.findings)
    accepted = [one for one in checked.findings if one.accepted]
    states: dict[int, str] = {}
    cards = []
    for finding in (*words.by_severity(checked.findings), *accepted):
        card = _card(next(numbers), finding, finder, with_file)
        states[card.id] = card.state
        cards.append(card)
    lean = several or len(checked.disclosure.projects) > _FORMS
    shown = [part for part in found if not lean or part.cited or not (several or part.key.startswith("form-"))]
    evidence = Markup("\n").join(_part(part, states) for part in shown)
    if len(shown) < len(found):
        evidence += Markup('<p class="note">此处只列出问题涉及的表格、目标表和章节。</p>')
    title = words.document_title(checked)
    return Document(number, title, words.counts(checked.findings), tuple(cards), evidence)


def _card(number: int, finding: Finding, finder: Finder, with_file: bool) -> Card:
    where = tuple(_where(place, number, at, finder, with_file) for at, place in enumerate(finding.where, 1))
    state = "accepted" if finding.accepted else finding.severity
    name = words.SEVERITY[finding.severity]
    return Card(
        number,
        finding,
        state,
        f"{words.ACCEPTED}·{name}" if finding.accepted else name,
        words.CATEGORY[finding.category],
        words.measures(finding),
        words.waiver_words(finding.accepted) if finding.accepted else "",
        where,
    )


def _where(place: Place, finding: int, number: int, finder: Finder, with_file: bool) -> Where:
    return Where(
        f"{finding}-{number}",
        words.place_title(place),
        words.place_cell(place),
        words.place_value(place, _PASSAGE),
        bool(place.text),
        words.place_source(place, with_file),
        words.clean(place.suggested),
        finder.mark(place, finding, number),
    )


def _part(part: Part, states: dict[int, str]) -> Markup:
    head = Markup("<h3{}>{}</h3>").format(_marked(part.title.marks, states), part.title.text)
    texts = Markup("\n").join(_paragraph(spot, states) for spot in part.texts)
    grids = Markup("\n").join(_table(grid, states) for grid in part.grids)
    notes = Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in part.notes)
    kind = (
        "part form"
        if any(grid.form for grid in part.grids)
        else "part table"
        if part.table or part.key == "contents"
        else "part"
    )
    if not (part.texts or part.grids or part.notes):
        kind = "part bare"
    if len(part.grids) > 1:
        grids = Markup('<div class="sides">{}</div>').format(grids)
    return Markup('<section class="{}">\n{}\n{}\n{}{}\n</section>').format(kind, head, texts, grids, notes)


def _paragraph(spot: Spot, states: dict[int, str]) -> Markup:
    tag = "h4" if spot.kind == "heading" else "p"
    line = Markup(' data-source="{}"').format(spot.source) if spot.source else Markup()
    whole = _marked([mark for mark in spot.marks if not mark.end], states)
    return Markup("<{0}{1}{2}>{3}</{0}>").format(Markup(tag), line, whole, _words(spot, states))


def _table(grid: Grid, states: dict[int, str]) -> Markup:
    """A table, written by hand: a department has thousands of cells."""
    caption = f"<caption>{escape(grid.caption)}</caption>" if grid.caption else ""
    total = sum(grid.widths) or 1
    columns = "".join(f'<col width="{100 * width / total:.1f}%">' for width in grid.widths)
    head = "".join(f"<tr>{''.join(_cell(spot, states, True) for spot in row)}</tr>" for row in grid.header)
    wide = max((sum(spot.wide for spot in row) for row in grid.header or grid.body), default=1)
    body = []
    for row in grid.shown():
        if isinstance(row, int):
            body.append(f'<tr class="left-out"><td colspan="{wide}">略去 {row} 行</td></tr>')
        else:
            body.append(f"<tr>{''.join(_cell(spot, states) for spot in row)}</tr>")
    return Markup(
        f'<div class="scroll g{min(wide, 9)}"><table>{caption}{f"<colgroup>{columns}</colgroup>" if columns else ""}'
        f"{f'<thead>{head}</thead>' if head else ''}<tbody>\n{chr(10).join(body)}\n</tbody></table></div>"
    )


def _cell(spot: Spot, states: dict[int, str], head: bool = False) -> str:
    kinds = [*["n"] * (spot.kind == "number"), *[f"i{min(spot.indent, 4)}"] * (spot.indent > 0)]
    span = f' colspan="{spot.wide}"' if spot.wide > 1 else ""
    span += f' rowspan="{spot.high}"' if spot.high > 1 else ""
    tag, scope = ("th", f' scope="{"col" if head else "row"}"') if spot.kind == "label" and spot.text else ("td", "")
    whole = _marked([mark for mark in spot.marks if not mark.end], states, kinds)
    return f"<{tag}{scope}{span}{whole}>{_words(spot, states)}</{tag}>"


def _words(spot: Spot, states: dict[int, str]) -> Markup:
    """A text with the words marked that findings cite; where marks overlap, the text is cut at their ends."""
    marks = [mark for mark in spot.marks if mark.end]
    if not marks:
        return escape(spot.text)
    cuts = sorted({0, len(spot.text), *(mark.start for mark in marks), *(mark.end for mark in marks)})
    pieces = []
    for start, end in pairwise(cuts):
        own = [mark for mark in marks if mark.start <= start and end <= mark.end]
        text = escape(spot.text[start:end])
        pieces.append(Markup("<mark{}>{}</mark>").format(_marked(own, states), text) if own else text)
    return Markup("").join(pieces)


def _marked(marks: Sequence[Mark], states: dict[int, str], kinds: Sequence[str] = ()) -> Markup:
    """The attributes of something marked: the places it stands for, and the gravest severity among its findings."""
    if not marks:
        return Markup(' class="{}"').format(" ".join(kinds)) if kinds else Markup()
    order = (*SEVERITIES, "accepted")
    worst = min((states[mark.finding] for mark in marks), key=order.index)
    at = " ".join(dict.fromkeys(f"{mark.finding}-{mark.place}" for mark in marks))
    return Markup(' class="{}" data-at="{}"').format(" ".join([*kinds, "hit", worst]), at)
