"""A document as Markdown: pipe tables with one header row, spans flattened."""

from __future__ import annotations

from mingzhang.publish.document import Cell, Chart, Document, Grid, Heading, Paragraph, place


def to_markdown(document: Document) -> str:
    """Render the document as Markdown text (UTF-8). Charts are left out: their amounts stand in the sections."""
    blocks = [f"# {document.name}\n\n{document.title}"]
    for block in document.blocks:
        match block:
            case Heading(level, text):
                blocks.append(f"{'#' * (level + 1)} {text}")
            case Paragraph(text):
                blocks.append(_escape(text))
            case Grid():
                blocks.append(_grid(block))
            case Chart():
                continue
    return "\n\n".join(blocks) + "\n"


def _grid(grid: Grid) -> str:
    header, body = expand(grid)
    lines = [" ".join(part for part in line if part) for line in ((grid.label,), grid.above, (grid.subtitle,))]
    names = [_path(column) for column in zip(*header, strict=True)] if header else [""] * len(grid.widths)
    rule = ["---:" if numeric else "---" for numeric in _numeric(body, len(grid.widths))]
    table = [_row(names), _row(rule), *(_row([cell.text for cell in row]) for row in body)]
    return "\n\n".join([*(line for line in lines if line), "\n".join(table), *grid.notes])


def _path(column: tuple[Cell, ...]) -> str:
    """The header of a column from top to bottom, each part once."""
    return "·".join(dict.fromkeys(cell.text for cell in column if cell.text))


def _numeric(body: list[list[Cell]], width: int) -> list[bool]:
    return [any(row[column].kind == "number" for row in body) for column in range(width)]


def _row(texts: list[str]) -> str:
    return f"| {' | '.join(_escape(text).replace(chr(10), '<br>') for text in texts)} |"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def expand(grid: Grid) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """The header and body with a cell in every place: a header cell fills its span, a body cell its first place."""
    return _expand(grid.header, len(grid.widths), True), _expand(grid.body, len(grid.widths), False)


def _expand(rows: tuple[tuple[Cell, ...], ...], width: int, fill: bool) -> list[list[Cell]]:
    places: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(place(rows)):
        for column, cell in row:
            for down in range(cell.rows):
                for across in range(cell.columns):
                    first = down == across == 0
                    places[number + down, column + across] = cell if first or fill else Cell(kind=cell.kind)
    return [[places.get((number, column), Cell()) for column in range(width)] for number in range(len(rows))]
