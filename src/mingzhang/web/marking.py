"""What is wrong with a workbook, marked in a copy of it: a list of the problems with links, and each cell coloured until it is mended.

Parts are changed in their XML and all others copied as they are, so that whatever Excel or WPS put into the workbook stays;
openpyxl would leave out what it does not know. The colour is a conditional format that holds as long as the cell says what it said.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from mingzhang.amounts import parse_amount
from mingzhang.archive import open_archive
from mingzhang.ledger.schema import SHEETS
from mingzhang.ledger.source import cell_of
from mingzhang.problems import Problem
from mingzhang.tabular import Row

LIST = "问题清单"
HEADERS = ("序号", "级别", "工作表", "位置", "栏目", "问题和处理办法")
LEVELS = {"error": "错误", "warning": "提示"}
_WIDTHS = (6, 8, 14, 10, 28, 90)
_OURS = 'LEN("明账")>0'  # by which a mark of an earlier round is known
_TITLE = "明账工作台标出的问题：点位置到单元格；改好的单元格底色自动消失"
_COLOURS = {"error": "FFF4B6B0", "warning": "FFFFE699"}
_FONT = "<name val='宋体'/>"
_MOST_MARKS = 3000
_LONGEST, _LONGEST_FORMULA = 200, 8000  # a text in a formula, and a formula; Excel takes 255 and 8192
_BOOK, _TYPES, _STYLES = "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
# What stands behind conditional formats in a worksheet.
_BEHIND = (
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "picture",
    "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
Places = Mapping[
    int, tuple[str, int, int]
]  # number of a problem: sheet as it is called, row, column (0: the whole row)


def places_of(problems: Sequence[Problem], file: str, book: Mapping[str, list[Row]]) -> dict[int, tuple[str, int, int]]:
    """Where the problems of a workbook (called `file`) stand in its sheets, by their number; those without a place are left out."""
    declared = {name: sheet for sheet in SHEETS for name in (sheet.key, sheet.label)}
    called = {declared[name.strip()].label: name for name in book if name.strip() in declared}
    found = {}
    for number, problem in enumerate(problems):
        name = called.get(problem.sheet) if problem.file in ("", file) else None
        place = name and cell_of(declared[problem.sheet], book[name], problem.row, problem.column)
        if name and place:
            found[number] = (name, *place)
    return found


def marked(data: bytes, file: str, problems: Sequence[Problem], book: Mapping[str, list[Row]]) -> bytes:
    """A copy of a workbook (.xlsx) with its problems marked; `book` are its cells.

    Raises BadZipFile, KeyError or XMLSyntaxError if it is not built as a workbook is, InputError if it is not safe.
    """
    return _Copy(open_archive(data, file)).marked(problems, places_of(problems, file, book), book)


class _Copy:
    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.changed: dict[str, bytes] = {}
        self.workbook = self._tree(_BOOK)
        self.relations = self._tree(_RELATIONS)
        self.main = etree.QName(self.workbook).namespace or ""
        self.linked = next(
            (uri for uri in self.workbook.nsmap.values() if uri and uri.endswith("/relationships")), _OFFICE
        )

    def marked(self, problems: Sequence[Problem], places: Places, book: Mapping[str, list[Row]]) -> bytes:
        """The copy."""
        styles = self._styles()
        paths = self._paths()
        for name, path in paths.items():
            here = [(problems[number], row, column) for number, (on, row, column) in places.items() if on == name]
            self._mark(path, here[:_MOST_MARKS], book.get(name, []), styles)
        own = LIST
        while own in paths and not _is_ours(book.get(own, [])):
            own += "（新）"
        path = paths.get(own) or self._added(own)
        self.changed[path] = _list(self.main, problems, places, styles)
        self._show(own)
        return self._written()

    def _tree(self, path: str) -> etree._Element:
        data = self.changed.get(path) or self.archive.read(path)
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))

    def _keep(self, path: str, tree: etree._Element) -> None:
        self.changed[path] = etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)

    def _paths(self) -> dict[str, str]:
        """The part of each worksheet, by its name."""
        targets = {one.get("Id"): one.get("Target", "") for one in self.relations}
        found = {}
        for sheet in self.workbook.iter(self._name("sheet")):
            target = targets[sheet.get(f"{{{self.linked}}}id")]
            path = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            found[str(sheet.get("name"))] = path
        return found

    def _name(self, tag: str) -> str:
        return f"{{{self.main}}}{tag}"

    def _styles(self) -> dict[str, int]:
        """Add the formats that the marks and the list use; give their numbers."""
        tree = self._tree(_STYLES)
        formats = tree.find(self._name("dxfs"))
        if formats is None:
            formats = etree.Element(self._name("dxfs"))
            behind = [tree.find(self._name(tag)) for tag in ("tableStyles", "colors", "extLst")]
            place = next((one for one in behind if one is not None), None)
            tree.append(formats) if place is None else place.addprevious(formats)
        fonts, cells = tree.find(self._name("fonts")), tree.find(self._name("cellXfs"))
        if fonts is None or cells is None:
            raise KeyError(_STYLES)
        added = {}
        for level, colour in _COLOURS.items():
            fill = f'<fill><patternFill patternType="solid"><bgColor rgb="{colour}"/></patternFill></fill>'
            added[level] = self._append(formats, f"<dxf>{fill}</dxf>")
        bold = self._append(fonts, f"<font><b/><sz val='11'/>{_FONT}</font>")
        link = self._append(fonts, f"<font><u/><sz val='11'/><color rgb='FF1F4E79'/>{_FONT}</font>")
        wrapped = '<alignment vertical="top" wrapText="1"/>'
        plain = self._append(fonts, f"<font><sz val='11'/>{_FONT}</font>")
        for name, font in (("plain", plain), ("head", bold), ("link", link)):
            told = f'numFmtId="0" fontId="{font}" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"'
            added[name] = self._append(cells, f"<xf {told}>{wrapped}</xf>")
        self._keep(_STYLES, tree)
        return added

    def _append(self, parent: etree._Element, xml: str) -> int:
        """Append an element; give its number."""
        number = len([one for one in parent if isinstance(one.tag, str)])
        parent.append(self._element(xml))
        parent.set("count", str(number + 1))
        return number

    def _element(self, xml: str) -> etree._Element:
        tag, rest = xml[1:].split(">", 1)
        name, _, attributes = tag.partition(" ")
        return etree.fromstring(f'<{name} xmlns="{self.main}" {attributes}>{rest}')

    def _mark(
        self, path: str, here: Sequence[tuple[Problem, int, int]], rows: list[Row], styles: Mapping[str, int]
    ) -> None:
        """Put marks on a sheet, and take off those of an earlier round."""
        tree = self._tree(path)
        for old in tree.findall(self._name("conditionalFormatting")):
            if any((one.text or "").startswith(f"AND({_OURS}") for one in old.iter(self._name("formula"))):
                tree.remove(old)
        for view in tree.iter(self._name("sheetView")):
            view.attrib.pop("tabSelected", None)
        cells = dict(rows)
        behind = next((one for one in tree if etree.QName(one).localname in _BEHIND), None)
        used = [int(one.get("priority", "0")) for one in tree.iter(self._name("cfRule"))]
        for number, (where, level, formula) in enumerate(_marks(here, cells), max(used, default=0) + 1):
            mark = etree.Element(self._name("conditionalFormatting"), sqref=where)
            told = {"type": "expression", "dxfId": str(styles[level]), "priority": str(number)}
            rule = etree.SubElement(mark, self._name("cfRule"), told)
            etree.SubElement(rule, self._name("formula")).text = f"AND({_OURS},{formula})"
            tree.append(mark) if behind is None else behind.addprevious(mark)
        self._keep(path, tree)

    def _added(self, name: str) -> str:
        """Enter a new sheet into the workbook; give its part."""
        number = 1
        while f"xl/worksheets/problems{number}.xml" in self.archive.namelist():
            number += 1
        path = f"xl/worksheets/problems{number}.xml"
        sheets = self.workbook.find(self._name("sheets"))
        if sheets is None:
            raise KeyError(_BOOK)
        identity = f"rIdProblems{number}"
        numbers = [int(one.get("sheetId", "0")) for one in sheets]
        told = {"name": name, "sheetId": str(max(numbers, default=0) + 1), f"{{{self.linked}}}id": identity}
        etree.SubElement(sheets, self._name("sheet"), told)
        space = etree.QName(self.relations).namespace
        relation = {"Id": identity, "Type": f"{self.linked}/worksheet", "Target": f"worksheets/problems{number}.xml"}
        etree.SubElement(self.relations, f"{{{space}}}Relationship", relation)
        self._keep(_RELATIONS, self.relations)
        types = self._tree(_TYPES)
        space = etree.QName(types).namespace
        etree.SubElement(types, f"{{{space}}}Override", {"PartName": f"/{path}", "ContentType": _SHEET_TYPE})
        self._keep(_TYPES, types)
        return path

    def _show(self, name: str) -> None:
        """Let the workbook open on the list."""
        names = list(self._paths())
        for view in self.workbook.iter(self._name("workbookView")):
            view.set("activeTab", str(names.index(name)))
        self._keep(_BOOK, self.workbook)

    def _written(self) -> bytes:
        buffer = io.BytesIO()
        with ZipFile(buffer, "w", ZIP_DEFLATED) as copy:
            names = [entry.filename for entry in self.archive.infolist()]
            for name in [*names, *(name for name in self.changed if name not in names)]:
                content = self.changed.get(name)
                copy.writestr(ZipInfo(name), self.archive.read(name) if content is None else content, ZIP_DEFLATED)
        return buffer.getvalue()


def _is_ours(rows: list[Row]) -> bool:
    return bool(rows) and rows[0][1][:1] == [_TITLE]


def _marks(here: Iterable[tuple[Problem, int, int]], cells: Mapping[int, list[str]]) -> Iterator[tuple[str, str, str]]:
    """The range, level and condition of each mark; a cell is marked once, by its gravest problem."""
    chosen: dict[tuple[int, int], str] = {}
    for problem, row, column in here:
        if chosen.get((row, column)) != "error":
            chosen[row, column] = problem.severity
    for (row, column), level in chosen.items():
        texts = cells.get(row, [])
        if column:
            text = texts[column - 1] if column <= len(texts) else ""
            yield xl_rowcol_to_cell(row - 1, column - 1), level, _condition(row, column, text.strip())
        else:
            same = ",".join(_condition(row, place, text.strip()) for place, text in enumerate(texts, 1))
            whole = f"A{row}:{xl_col_to_name(max(len(texts), 1) - 1)}{row}"
            yield whole, level, f"AND({same})" if 0 < len(same) < _LONGEST_FORMULA else "TRUE"


def _condition(row: int, column: int, text: str) -> str:
    """A formula that holds while a cell says this text, as a text, a number or a date."""
    cell = xl_rowcol_to_cell(row - 1, column - 1, row_abs=True, col_abs=True)
    if not text:
        return f"LEN(TRIM({cell}))=0"
    if len(text) > _LONGEST or "\n" in text:
        return f"LEN(TRIM({cell}))={len(text)}"
    quoted = text.replace('"', '""')
    same = [f'TRIM({cell})="{quoted}"', f'IFERROR(TEXT({cell},"yyyy-mm-dd")="{quoted}",FALSE)']
    with suppress(ValueError):
        same.append(f"IFERROR({cell}={parse_amount(text):f},FALSE)")
    return f"OR({','.join(same)})"


def _list(main: str, problems: Sequence[Problem], places: Places, styles: Mapping[str, int]) -> bytes:
    """The list as a worksheet."""
    root = etree.Element(f"{{{main}}}worksheet", nsmap={None: main})

    def add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
        return etree.SubElement(parent, f"{{{main}}}{tag}", attributes)

    def fill(row: etree._Element, texts: Sequence[str], names: Sequence[str]) -> None:
        for place, (text, name) in enumerate(zip(texts, names, strict=True)):
            where = f"{xl_col_to_name(place)}{row.get('r')}"
            cell = add(row, "c", r=where, t="inlineStr", s=str(styles[name]))
            add(add(cell, "is"), "t").text = text

    add(add(root, "sheetPr"), "pageSetUpPr", fitToPage="1")
    views = add(add(root, "sheetViews"), "sheetView", tabSelected="1", workbookViewId="0")
    add(views, "pane", ySplit="2", topLeftCell="A3", activePane="bottomLeft", state="frozen")
    columns = add(root, "cols")
    for number, width in enumerate(_WIDTHS, 1):
        add(columns, "col", min=str(number), max=str(number), width=str(width), customWidth="1")
    data = add(root, "sheetData")
    title = add(data, "row", r="1")
    cell = add(title, "c", r="A1", t="inlineStr", s=str(styles["head"]))
    add(add(cell, "is"), "t").text = _TITLE
    fill(add(data, "row", r="2"), HEADERS, ["head"] * len(HEADERS))
    links = []
    for number, texts in enumerate(rows_of(problems, places)):
        line = number + 3
        names = ["plain"] * len(texts)
        if number in places:
            names[3] = "link"
            links.append((f"D{line}", _target(*places[number])))
        fill(add(data, "row", r=str(line)), texts, names)
    add(add(root, "mergeCells", count="1"), "mergeCell", ref=f"A1:{xl_col_to_name(len(HEADERS) - 1)}1")
    if links:
        parent = add(root, "hyperlinks")
        for where, target in links:
            add(parent, "hyperlink", ref=where, location=target)
    add(root, "pageSetup", orientation="landscape", fitToHeight="0")
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


def rows_of(problems: Sequence[Problem], places: Places) -> Iterator[list[str]]:
    """The list's rows as texts: number, level, sheet, place, column, message."""
    for number, problem in enumerate(problems):
        where = _cell(*places[number][1:]) if number in places else (f"第{problem.row}行" if problem.row else "")
        yield [
            str(number + 1),
            LEVELS[problem.severity],
            problem.sheet or problem.file,
            where,
            problem.column,
            problem.message,
        ]


def _cell(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row - 1, column - 1)) if column else f"第{row}行"


def _target(sheet: str, row: int, column: int) -> str:
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{xl_rowcol_to_cell(row - 1, max(column, 1) - 1)}"
