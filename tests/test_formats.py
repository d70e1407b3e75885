"""Each format, opened with a library that did not write it, shows every cell of all 13 tables and every project."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import frictionless
import lxml.html
import openpyxl
import pdfplumber
import pytest
from docx.enum.section import WD_ORIENT
from docx.table import Table as DocxTable
from markdown_it import MarkdownIt

from example_ledgers import EXAMPLES, example, example_document, program
from mingzhang.datapackage import package_files
from mingzhang.disclosure import Disclosure
from mingzhang.publish.document import Grid
from mingzhang.publish.docx import to_docx
from mingzhang.publish.html import to_html
from mingzhang.publish.markdown import expand, to_markdown
from mingzhang.publish.pdf import to_pdf
from mingzhang.publish.xlsx import to_xlsx

Matrix = list[list[str]]
TABLES = [f"T{number}" for number in range(1, 14)]


def squeeze(text: object) -> str:
    """A cell's text without the blanks and breaks that a format may put in."""
    return re.sub(r"\s+", "", str(text or ""))


def expected(name: str, prefix: str = "T") -> dict[str, Matrix]:
    """The body of every table as the layout has it."""
    grids = [
        block for block in example_document(name).blocks if isinstance(block, Grid) and block.id.startswith(prefix)
    ]
    return {grid.id: [[squeeze(cell.text) for cell in row] for row in expand(grid)[1]] for grid in grids}


def by_grid(name: str, tables: Iterable[Matrix]) -> dict[str, Matrix]:
    """Tables in the order in which they stand, by the grid that each must be."""
    grids = [block.id for block in example_document(name).blocks if isinstance(block, Grid)]
    return dict(zip(grids, tables, strict=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_layout_shows_every_fact(name: str) -> None:
    """Row by row, the numbers in the layout are the disclosure's facts: none lost, none added, none moved."""
    facts: dict[str, Counter[tuple[str, Decimal]]] = {table: Counter() for table in TABLES}
    for fact in example(name).facts:
        facts[fact.table][(fact.row_code or fact.row_name).rpartition("/")[2], fact.value] += 1
    for block in example_document(name).blocks:
        if isinstance(block, Grid) and block.id in facts:
            assert Counter(amounts(block)) == facts[block.id], block.id


def amounts(grid: Grid) -> Iterator[tuple[str, Decimal]]:
    """Each amount with the label of its row: the first text to the left of the run of amounts that it stands in."""
    for row in grid.body:
        label, behind_amounts = "", True
        for cell in row:
            if cell.kind == "number":
                behind_amounts = True
                if cell.value is not None:
                    yield label, cell.value
            elif behind_amounts or not label:
                label, behind_amounts = cell.text, False


def read_markdown(name: str) -> dict[str, Matrix]:
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(example_document(name)))
    tables: list[Matrix] = []
    for token, following in itertools.pairwise(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open" and following.type == "td_open":
            tables[-1].append([])
        elif token.type == "td_open":
            tables[-1][-1].append(squeeze("".join(child.content for child in following.children or [])))
    return by_grid(name, tables)


def read_html(name: str) -> dict[str, Matrix]:
    page = lxml.html.document_fromstring(to_html(example_document(name)))
    tables = page.xpath("//section[@data-grid]//table")
    return by_grid(
        name,
        (spread([(cell.text_content(), cell) for cell in row] for row in table.xpath("tbody/tr")) for table in tables),
    )


def spread(rows: Iterable[Iterable[tuple[str, Any]]]) -> Matrix:
    """Cells with colspan and rowspan to a full matrix, a text at its first place."""
    places: dict[tuple[int, int], str] = {}
    height = 0
    for number, row in enumerate(rows):
        column, height = 0, number + 1
        for text, cell in row:
            while (number, column) in places:
                column += 1
            for down in range(int(cell.get("rowspan", 1))):
                for across in range(int(cell.get("colspan", 1))):
                    places[number + down, column + across] = "" if down or across else squeeze(text)
            column += int(cell.get("colspan", 1))
    width = max((column for _, column in places), default=0) + 1
    return [[places.get((number, column), "") for column in range(width)] for number in range(height)]


def read_docx(name: str) -> dict[str, Matrix]:
    document = docx.Document(io.BytesIO(to_docx(example_document(name))))
    return by_grid(name, map(_docx_body, document.tables))


def _docx_body(table: DocxTable) -> Matrix:
    rows = []
    for row in table.rows:
        if row._tr.xpath("w:trPr/w:tblHeader"):
            continue
        cells: list[str] = []
        for cell in row._tr.tc_lst:
            covered = cell.vMerge == "continue"
            cells += ["" if covered else squeeze("".join(text.text or "" for text in cell.xpath(".//w:t")))] + [""] * (
                cell.grid_span - 1
            )
        rows.append(cells)
    return rows


def read_xlsx(name: str) -> dict[str, Matrix]:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(example_document(name))), data_only=True)
    found: dict[str, Matrix] = {}
    for page in book:
        number = re.match(r"表(\d+) ", page.title)
        if number:
            key = f"T{number[1]}"
            grid = next(block for block in example_document(name).blocks if isinstance(block, Grid) and block.id == key)
            top = 2 + any(grid.above) + len(grid.header)
            rows = [[_xlsx_text(cell) for cell in row] for row in page.iter_rows(min_row=top + 1, values_only=True)]
            found[key] = rows[: len(grid.body)]
    return found


def _xlsx_text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else squeeze(value)


def read_pdf(name: str) -> dict[str, Matrix]:
    """The ruled tables of the pages, those that continue over pages joined, cut off their repeated headers."""
    grids = [block for block in example_document(name).blocks if isinstance(block, Grid) and block.id in TABLES]
    found: dict[str, Matrix] = {grid.id: [] for grid in grids}
    heads = {grid.id: [[squeeze(cell.text) for cell in row] for row in expand(grid)[0]] for grid in grids}
    order = iter(grids)
    current = next(order)
    with pdfplumber.open(io.BytesIO(to_pdf(example_document(name)))) as pdf:
        for page in pdf.pages:
            if not page.find_tables():
                continue
            for table in page.extract_tables():
                rows = [[squeeze(cell) for cell in row] for row in table]
                while current is not None and len(found[current.id]) >= len(current.body):
                    current = next(order, None)  # type: ignore[assignment]
                if current is None:
                    return found
                found[current.id] += rows[len(heads[current.id]) :]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("read", [read_markdown, read_html, read_docx, read_xlsx, read_pdf])
def test_every_cell_of_every_table(name: str, read: Callable[[str], dict[str, Matrix]]) -> None:
    found, want = read(name), expected(name)
    for table in TABLES:
        assert found[table] == want[table], table


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("read", [read_markdown, read_html, read_docx])
def test_every_form(name: str, read: Callable[[str], dict[str, Matrix]]) -> None:
    found, want = read(name), expected(name, "form-")
    assert {key: found.get(key) for key in want} == want


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sentence_and_project_in_the_pdf(name: str) -> None:
    disclosure = example(name)
    with pdfplumber.open(io.BytesIO(to_pdf(example_document(name)))) as pdf:
        text = squeeze("".join(re.sub(r"—\s*\d+\s*—", "", page.extract_text() or "") for page in pdf.pages))
    for paragraph in (text for text in disclosure.texts if text.style != "block"):
        for clause in re.split("[，；。：]", squeeze(paragraph.text)):
            assert clause[:12] in text, paragraph.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_totals_are_formulas_that_come_out(name: str) -> None:
    content = to_xlsx(example_document(name))
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    count = 0
    for page in formulas:
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    terms = re.findall(r"([A-Z]+\d+)(?::([A-Z]+\d+))?", cell.value)
                    cells = [one for first, last in terms for one in _block(values[page.title], first, last)]
                    total = sum(Decimal(str(one)) for one in cells if one is not None)
                    assert total == Decimal(str(values[page.title][cell.coordinate].value)), cell.coordinate
                    count += 1
    assert count > 100


def _block(page: object, first: str, last: str) -> list[object]:
    if not last:
        return [page[first].value]  # type: ignore[index]
    return [cell.value for row in page[f"{first}:{last}"] for cell in row]  # type: ignore[index]


@pytest.mark.parametrize("name", EXAMPLES)
def test_data_package_is_valid_frictionless(name: str, tmp_path: Path) -> None:
    for file, text in package_files(example(name)).items():
        (tmp_path / file).write_text(text, "utf-8", newline="")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_docx_is_sound(name: str) -> None:
    content = to_docx(example_document(name))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
    document = docx.Document(io.BytesIO(content))
    headings = [block.text for block in document.paragraphs if str(block.style and block.style.name) == "Heading 1"]
    assert len(headings) == 4
    assert {section.orientation for section in document.sections} == {WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE}


@pytest.mark.parametrize("name", EXAMPLES)
def test_docx_opens_in_libreoffice(name: str, tmp_path: Path) -> None:
    office = program("soffice", "libreoffice")
    (tmp_path / "a.docx").write_bytes(to_docx(example_document(name)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    with pdfplumber.open(tmp_path / "a.pdf") as pdf:
        text = squeeze("".join(page.extract_text() or "" for page in pdf.pages))
    for project in example(name).projects:
        assert squeeze(project.name)[:8] in text


def test_empty_tables_keep_frame_and_note() -> None:
    disclosure: Disclosure = example("jincheng-construction-2026")
    assert disclosure.empty_tables == ("T7", "T8", "T9", "T10", "T11", "T13")
    for block in example_document("jincheng-construction-2026").blocks:
        if isinstance(block, Grid) and block.id.startswith("T"):
            assert ("注：本表无数据" in block.notes) == (block.id in disclosure.empty_tables)
            assert block.header
