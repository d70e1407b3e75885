"""A document as one web page: a single file that asks for nothing else, reads without script and prints on A4.

Tables are written here and not in the template: a large department has three hundred forms, some sixty thousand cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mingzhang.amounts import parse_amount, print_amount
from mingzhang.publish.charts import change, chart_svg, share
from mingzhang.publish.document import Block, Cell, Chart, Document, Grid, Heading, Paragraph, place

_COLLAPSE_ABOVE = 5
_STICKY = 2
_PHONE_COLUMN = 18  # no column is wider than this on a phone, where the first one stays in view
_RESERVED = ("mz-top", "mz-contents", "mz-main")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_Places = set[tuple[int, int]]


def to_html(document: Document) -> str:
    """Render the document as a self-contained HTML page; the same document gives the same text."""
    page = _Page(document)
    body = Markup("\n").join(page.render())
    return _environment().get_template("disclosure.html.j2").render(document=document, entries=page.entries, body=body)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("mingzhang.publish")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass(slots=True)
class _Entry:
    """A line of the contents."""

    id: str
    text: str
    below: list[_Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Item:
    """A block with the heading that names it: a table's heading is drawn together with the table."""

    heading: Heading | None
    block: Block | None

    @property
    def project(self) -> bool:
        return isinstance(self.block, Grid) and self.block.form and self.block.id != "overall"


class _Page:
    """Writes the blocks one after the other and collects ids and contents on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.entries: list[_Entry] = []
        self._ids = set(_RESERVED)

    def render(self) -> Iterator[Markup]:
        for project, items in groupby(_items(self.document.blocks), lambda item: item.project):
            if project:
                yield self._forms(list(items))
            else:
                for item in items:
                    yield self._item(item)

    def _item(self, item: _Item) -> Markup:
        heading = self._heading(item.heading) if item.heading else Markup()
        match item.block:
            case Paragraph(text):
                return Markup("<p>{}</p>").format(text)
            case Grid() as grid:
                return _grid(grid, heading)
            case Chart() as chart:
                return heading + self._chart(chart)
        return heading

    def _heading(self, heading: Heading) -> Markup:
        name = self._id(heading.key)
        self._list(heading.level, name, heading.contents or heading.text)
        return _heading_tag(heading.level, name, escape(heading.text))

    def _id(self, key: str) -> str:
        """An id of ASCII letters only, so that a link to it survives being copied; the same key again gets a number."""
        base = _UNSAFE.sub("-", key).strip("-") or "section"
        name, number = base, 1
        while name in self._ids:
            number += 1
            name = f"{base}-{number}"
        self._ids.add(name)
        return name

    def _list(self, level: int, name: str, text: str) -> None:
        entries = self.entries
        for _ in range(level - 1):
            if entries:
                entries = entries[-1].below
        entries.append(_Entry(name, text))

    def _forms(self, items: list[_Item]) -> Markup:
        """The projects' forms, one line in the contents; many of them are folded, with a box to filter them."""
        folded = len(items) > _COLLAPSE_ABOVE
        name = self._id("forms")
        grid = items[0].block
        if isinstance(grid, Grid):
            self._list(3, name, f"{grid.title}（{len(items)}份）")
        tools = Markup(_FILTER.format(count=len(items))) if folded else ""
        forms = Markup("\n").join(self._form(number, item, folded) for number, item in enumerate(items, 1))
        return Markup('<div class="forms" id="{}">\n{}{}\n</div>').format(name, tools, forms)

    def _form(self, number: int, item: _Item, folded: bool) -> Markup:
        grid, heading = item.block, item.heading
        assert isinstance(grid, Grid)
        name = self._id(heading.key if heading else grid.id)
        text = heading.text if heading else grid.title
        title, _, project = text.partition("：") if text.startswith(f"{grid.title}：") else ("", "", text)
        kind = Markup('<span class="of">{}：</span>').format(title) if title else ""
        line = _heading_tag(
            heading.level if heading else 3, name, Markup('{}<span class="name">{}</span>').format(kind, project)
        )
        if not folded:
            return _grid(grid, line, text)
        return Markup(
            '<details class="form"><summary><span class="seq" aria-hidden="true">{}</span>{}</summary>\n{}\n</details>'
        ).format(number, line, _grid(grid, Markup(), text, headed=True))

    def _chart(self, chart: Chart) -> Markup:
        values = [bar.value for bar in chart.bars]
        order = Markup(_ORDER) if values != sorted(values, reverse=True) else ""
        drawing = Markup(chart_svg(chart, self.document.unit))
        return Markup(
            '<figure class="chart" id="{}">\n<figcaption>{}<span class="unit">（{}）</span></figcaption>\n'
            "{}{}\n{}\n</figure>"
        ).format(
            self._id(f"chart-{chart.id}"),
            chart.title,
            self.document.unit,
            order,
            drawing,
            _chart_table(chart, self.document.unit),
        )


_FILTER = (
    '<div class="tools" hidden><label>按项目名称筛选 <input type="search" autocomplete="off"></label>'
    '<output aria-live="polite">共{count}份</output>'
    '<button type="button" data-open="1">全部展开</button><button type="button" data-open="">全部收起</button></div>\n'
)
_ORDER = (
    '<div class="tools" role="group" aria-label="排列次序" hidden>'
    '<button type="button" data-order="table" aria-pressed="true">按原次序</button>'
    '<button type="button" data-order="amount" aria-pressed="false">按金额</button></div>\n'
)


def _items(blocks: Sequence[Block]) -> Iterator[_Item]:
    """Pair each table with the heading that is its title."""
    title: Heading | None = None
    for block in blocks:
        if isinstance(block, Heading):
            if block.titles:
                title = block
            else:
                yield _Item(block, None)
        else:
            yield _Item(title, block)
            title = None


def _heading_tag(level: int, name: str, text: Markup) -> Markup:
    """A heading with a link to itself; the page's own title is the first level."""
    link = Markup('<a class="anchor" href="#{}" aria-label="本节链接"></a>').format(name)
    return Markup('<h{0} id="{1}">{2}{3}</h{0}>').format(min(level, 5) + 1, name, text, link)


def _grid(grid: Grid, heading: Markup, caption: str = "", headed: bool = False) -> Markup:
    """A table with the lines around it; without a heading its title stands above it."""
    classes = " ".join(["grid", *["form-grid"] * grid.form, *["landscape"] * grid.landscape])
    if not heading and not headed:
        heading = Markup('<p class="title">{}</p>').format(grid.title)
    parts = [f'<section class="{classes}" data-grid="{escape(grid.id)}">']
    parts += [f'<p class="label">{escape(grid.label)}</p>'] if grid.label else []
    parts += [heading] if heading else []
    parts += [f'<p class="subtitle">{escape(grid.subtitle)}</p>'] if grid.subtitle else []
    if any(grid.above):
        left, right = map(escape, grid.above)
        parts.append(f'<p class="above"><span>{left}</span> <span>{right}</span></p>')
    parts.append(_table(grid, caption or grid.title))
    parts += [f'<p class="note">{escape(note)}</p>' for note in grid.notes]
    return Markup("\n".join([*parts, "</section>"]))


def _table(grid: Grid, caption: str) -> str:
    wide, phone = sum(grid.widths), sum(min(width, _PHONE_COLUMN) for width in grid.widths)
    columns = "".join(f'<col style="--c:{width}">' for width in grid.widths)
    rows = _form_rows(grid) if grid.form else _table_rows(grid)
    return (
        f'<div class="scroll"><table style="--w:{wide};--m:{phone}"><caption>{escape(caption)}</caption>'
        f"<colgroup>{columns}</colgroup>\n{''.join(rows)}</table></div>"
    )


def _table_rows(grid: Grid) -> Iterator[str]:
    stub = _stub(grid)
    if grid.header:
        yield "<thead>\n"
        for cells in place(grid.header):
            yield f"<tr>{''.join(_head_cell(column, cell, stub) for column, cell in cells)}</tr>\n"
        yield "</thead>\n"
    rows = list(place(grid.body))
    filled = {(number, column) for number, cells in enumerate(rows) for column, cell in cells if cell.value is not None}
    added = {place for cells in rows for _, cell in cells for place in _parts(cell, filled)}
    yield "<tbody>\n"
    for number, cells in enumerate(rows):
        yield f"<tr>{''.join(_body_cells(number, cells, stub, added))}</tr>\n"
    yield "</tbody>\n"


def _stub(grid: Grid) -> int:
    """How many leading columns name the row and stay in view: those without numbers, two at most."""
    numeric = {column for row in place(grid.body) for column, cell in row if cell.kind == "number"}
    return min(*numeric, _STICKY, len(grid.widths)) if numeric else 1


def _head_cell(column: int, cell: Cell, stub: int) -> str:
    scope = "colgroup" if cell.columns > 1 else "col"
    return _tag("th", cell, f' scope="{scope}"', _sticky(column, cell, stub))


def _body_cells(number: int, cells: list[tuple[int, Cell]], stub: int, added: _Places) -> Iterator[str]:
    """The cells of a row; those that name it (the first columns, and any text before an amount) are its headers."""
    for (column, cell), (_, following) in zip(cells, [*cells[1:], (0, Cell())], strict=True):
        if cell.kind == "number":
            place = f' data-at="{number}-{column}"' if (number, column) in added else ""
            sums = " ".join(f"{row}-{other}" for row, other in _parts(cell, added))
            yield _tag("td", cell, _value(cell) + place + (f' data-adds="{sums}"' if sums else ""), "n")
        elif cell.text and (column < stub or cell.kind == "label" or following.kind == "number"):
            yield _tag("th", cell, ' scope="row"', _sticky(column, cell, stub))
        else:
            yield _tag("td", cell, "", _sticky(column, cell, stub))


def _parts(cell: Cell, filled: _Places) -> list[tuple[int, int]]:
    """The printed amounts that a sum is shown to be made of; a sum of one part has nothing to show."""
    parts = [place for place in cell.adds if place in filled]
    return parts if len(parts) > 1 else []


def _sticky(column: int, cell: Cell, stub: int) -> str:
    return f"k{column + 1}" if column + cell.columns <= stub else ""


def _form_rows(grid: Grid) -> Iterator[str]:
    yield "<tbody>\n"
    for row in (*grid.header, *grid.body):
        labels = all(cell.kind == "label" for cell in row)
        yield f"<tr>{''.join(_form_cell(cell, labels) for cell in row)}</tr>\n"
    yield "</tbody>\n"


def _form_cell(cell: Cell, labels: bool) -> str:
    match cell.kind:
        case "label":
            column = labels and cell.rows == 1
            scope = ("colgroup" if cell.columns > 1 else "col") if column else "row"
            return _tag("th", cell, f' scope="{scope}"')
        case "number":
            return _tag("td", cell, _value(cell), "n")
    return _tag("td", cell)


def _tag(tag: str, cell: Cell, attributes: str = "", kind: str = "") -> str:
    if cell.columns > 1:
        attributes += f' colspan="{cell.columns}"'
    if cell.rows > 1:
        attributes += f' rowspan="{cell.rows}"'
    if cell.indent:
        kind = f"{kind} i{cell.indent}".strip()
    if kind:
        attributes += f' class="{kind}"'
    return f"<{tag}{attributes}>{escape(cell.text)}</{tag}>"


def _value(cell: Cell) -> str:
    """The plain decimal of an amount; the amounts of a form have only their printed text."""
    value = cell.value
    if value is None and cell.text:
        try:
            value = parse_amount(cell.text)
        except ValueError:
            return ""
    return "" if value is None else f' data-value="{value:f}"'


def _chart_table(chart: Chart, unit: str) -> Markup:
    """The chart's numbers as a table, folded under it."""
    if chart.years:
        names = ["项目", *(f"{year}（{unit}）" for year in chart.years), "增减"]
        rows = [[_amount(bar.value), _amount(bar.against), _cell(change(bar, unit))] for bar in chart.bars]
    else:
        names = ["项目", f"金额（{unit}）", "占比"]
        rows = [[_amount(bar.value), _cell(share(chart, bar))] for bar in chart.bars]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "\n".join(
        f'<tr><th scope="row">{escape(bar.label)}</th>{"".join(cells)}</tr>'
        for bar, cells in zip(chart.bars, rows, strict=True)
    )
    return Markup(
        '<details class="chart-table"><summary>以表格显示</summary><div class="scroll"><table>'
        f"<caption>{escape(chart.title)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div></details>"
    )


def _cell(text: str) -> str:
    return f'<td class="n">{escape(text)}</td>'


def _amount(value: Decimal | None) -> str:
    return (
        "<td></td>" if value is None else f'<td class="n" data-value="{value:f}">{print_amount(value, "grouped")}</td>'
    )
