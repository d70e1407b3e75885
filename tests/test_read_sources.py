"""Files as blocks: what we write comes back cell by cell, what others write in its sense, what is hostile not at all."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_ledgers import EXAMPLES, example_document, program
from mingzhang.problems import InputError
from mingzhang.publish.document import Grid as Printed
from mingzhang.publish.document import Heading, place
from mingzhang.publish.docx import to_docx
from mingzhang.publish.html import to_html
from mingzhang.publish.xlsx import to_xlsx
from mingzhang.read.blocks import Cell, Grid, Paragraph, Place, Source, spread
from mingzhang.read.sources.files import load
from mingzhang.read.sources.html import fragment_blocks, read_html

Matrix = tuple[tuple[str, ...], ...]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def matrix(grid: Grid) -> Matrix:
    """A grid's texts, without blanks."""
    return tuple(tuple(squeeze(cell.text) for cell in row) for row in grid.rows)


def grids(source: Source) -> list[Grid]:
    return [block for block in source.blocks if isinstance(block, Grid)]


def texts(source: Source) -> list[str]:
    return [block.text for block in source.blocks if isinstance(block, Paragraph)]


def printed(name: str) -> list[Matrix]:
    """Every table and form of an example as the layout has it, each text at its first place."""
    found = []
    for block in example_document(name).blocks:
        if isinstance(block, Printed):
            rows = [[""] * len(block.widths) for _ in (*block.header, *block.body)]
            for row, cells in zip(rows, (*place(block.header), *place(block.body)), strict=True):
                for column, cell in cells:
                    row[column] = squeeze(cell.text)
            found.append(tuple(map(tuple, rows)))
    return found


WRITERS: dict[str, Callable[[str], bytes]] = {
    "html": lambda name: to_html(example_document(name)).encode(),
    "docx": lambda name: to_docx(example_document(name)),
    "xlsx": lambda name: to_xlsx(example_document(name)),
}


@cache
def written(name: str, format: str) -> bytes:
    """An example in that format."""
    return WRITERS[format](name)


def convert(path: Path, suffix: str) -> Path:
    """The same document as another program writes it."""
    office = program("soffice", "libreoffice")
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", suffix, "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return path.with_suffix("." + suffix.partition(":")[0])


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("format", WRITERS)
def test_what_we_write_comes_back(name: str, format: str, tmp_path: Path) -> None:
    path = tmp_path / f"disclosure.{format}"
    path.write_bytes(written(name, format))
    source = load(path)
    assert (source.name, source.format, source.notes) == (path.name, format, [])
    assert Counter(map(matrix, grids(source))) == Counter(printed(name))
    blocks = example_document(name).blocks
    headings = [squeeze(block.text) for block in blocks if isinstance(block, Heading) and not block.titles]
    assert [text for text in map(squeeze, texts(source)) if text in headings][-len(headings) :] == headings
    assert all(grid.aligned and len(set(map(len, grid.rows))) == 1 for grid in grids(source))
    if format != "docx":
        assert all(block.place.line for block in source.blocks)


@pytest.mark.parametrize(("format", "other"), [("docx", "doc"), ("docx", "html:HTML (StarWriter)"), ("xlsx", "xls")])
def test_what_another_program_makes_of_it_comes_back(format: str, other: str, tmp_path: Path) -> None:
    name = "jincheng-construction-2026"
    path = tmp_path / f"disclosure.{format}"
    path.write_bytes(written(name, format))
    source = load(convert(path, other))
    assert Counter(map(matrix, grids(source))) == Counter(printed(name))


PAGE = """<html><head><title>题</title><script>var a = "<table>"</script></head><body>
<div class="main-nav"><a href="#">首页</a><table><tr><td>机构</td><td>政务</td></tr></table></div>
<table width="100%"><tr><td class="left">菜单</td><td>
<h2>2026年<br>预算公开</h2><p>　　一、面积10米<sup>2</sup>，收入
合计1.5万元。<br>　　二、支出</p><p style="color:red; display: none">看不见</p><div hidden>也看不见</div>
<table border="1"><caption>收支表</caption><tr><th rowspan="2">项目<th colspan="2">金额</tr>
<tr><td>本年<br>预算</td><td><p>上</p><p>年</p></td></tr><tr><td>合计<td>1,234.50<td>Total<br>B</tr>
<tr><td>表中表<td colspan="2">甲<table><tr><td>内</td><td>2</td></tr></table>乙</td></tr></table>
尾</td></tr></table>后<svg><text>图</text></svg>面</body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_page_as_the_reader_sees_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    path.write_bytes(PAGE.encode(encoding))
    source = load(path)
    lines = ["菜单", "2026年预算公开", "一、面积10米²，收入合计1.5万元。", "二、支出", "尾", "后面"]
    assert texts(source) == lines
    outer, inner = grids(source)
    rows = (("项目", "金额", ""), ("", "本年预算", "上年"), ("合计", "1,234.50", "TotalB"), ("表中表", "甲乙", ""))
    assert (matrix(outer), matrix(inner), outer.name) == (rows, (("内", "2"),), "收支表")
    assert outer.rows[2][2].text == "Total B"
    assert [cell.covered for cell in outer.rows[1]] == [True, False, False]
    headings = [(block.level, block.place.line) for block in source.blocks if isinstance(block, Paragraph)]
    assert headings[1] == (2, 4)


def test_page_may_say_a_wrong_encoding() -> None:
    page = b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><p>' + "预算".encode("gbk")
    assert texts(read_html(page, "a")) == ["预算"]


def test_content_that_is_named_like_navigation_stays() -> None:
    page = "<body><p>甲</p><div id='nav'><p>" + "本年收入合计一万元。" * 20 + "</p></div><div class='nav'>链接</div>"
    assert len(texts(read_html(page.encode(), "a"))) == 2


def test_fragment_keeps_the_lines_of_its_text() -> None:
    blocks = fragment_blocks("前<table>\n<tr><td>甲</td><td>乙</td></tr>\n</table>", Place("a.md", 10))
    assert [block.place.line for block in blocks] == [10, 10]
    assert isinstance(blocks[1], Grid)
    assert blocks[1].rows[0][0].place == Place("a.md", 11)


anchors = st.builds(Cell, st.uuids().map(str), rowspan=st.integers(1, 4), colspan=st.integers(1, 4))


@given(st.lists(st.lists(anchors, max_size=5), max_size=6))
def test_spans_spread_to_a_rectangle_with_each_text_once(rows: list[list[Cell]]) -> None:
    grid = spread(rows)
    assert len({len(row) for row in grid.rows}) <= 1
    found = [cell.text for row in grid.rows for cell in row if cell.text]
    assert found == [cell.text for row in rows for cell in row]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4), min_size=1, max_size=5)
)
def test_tables_of_a_page_are_rectangles_with_each_text_once(rows: list[list[tuple[int, int]]]) -> None:
    labels = iter(range(1000))
    cells = [[f"<td rowspan={down} colspan={across}>c{next(labels)}" for down, across in row] for row in rows]
    source = read_html(f"<table>{''.join('<tr>' + ''.join(row) for row in cells)}</table>".encode(), "a")
    if grids(source):
        (grid,) = grids(source)
        assert len({len(row) for row in grid.rows}) == 1
        found = [cell.text for row in grid.rows for cell in row if cell.text]
    else:
        found = texts(source)
    assert found == [f"c{number}" for number in range(sum(map(len, rows)))]


def word(document: docx.document.Document, path: Path) -> Source:
    document.save(str(path))
    return load(path)


def test_word_table_with_merged_cells_and_a_table_inside(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            cell.text = f"{number}{column}"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "宽"
    table.cell(1, 0).merge(table.cell(3, 0)).text = "高"
    table.cell(2, 1).text = "外"
    inner = table.cell(2, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "内", "1.00"
    outer, nested = grids(word(document, tmp_path / "a.docx"))
    assert matrix(outer) == (("00", "宽", ""), ("高", "11", "12"), ("", "外", "22"), ("", "31", "32"))
    assert (outer.rows[1][0].rowspan, outer.rows[0][1].colspan, outer.rows[3][0].covered) == (3, 2, True)
    assert matrix(nested) == (("内", "1.00"),)


def test_word_table_around_a_page_is_no_table(tmp_path: Path) -> None:
    document = docx.Document()
    frame = document.add_table(1, 1).cell(0, 0)
    frame.text = "一、收入"
    table = frame.add_table(2, 2)
    for cell in table._cells:
        cell.text = "甲"
    source = word(document, tmp_path / "a.docx")
    assert texts(source) == ["一、收入"]
    assert len(grids(source)) == 1


def test_word_text_is_what_is_seen(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("标题", 2)
    runs = (
        "<w:r><w:t>支出</w:t></w:r><w:del w:id='1' w:author='a'><w:r><w:delText>旧</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='a'><w:r><w:t>新</w:t></w:r></w:ins><w:moveFrom w:id='3' w:author='a'><w:r><w:t>走"
        "</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:rPr><w:vertAlign"
        " w:val='superscript'/></w:rPr><w:t>2</w:t></w:r><w:r><w:lastRenderedPageBreak/><w:br w:type='page'/>"
        "<w:t>元</w:t><w:br/><w:t>次行</w:t></w:r>"
    )
    box = "<w:txbxContent><w:p><w:r><w:t>框{}</w:t></w:r></w:p></w:txbxContent>"
    drawn = (
        "<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
        f"<mc:Choice Requires='wps'><w:drawing>{box.format('一')}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box.format('二')}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    document.element.body.insert(1, parse_xml(f"<w:p {nsdecls('w')}>{runs}<w:r>{drawn}</w:r></w:p>"))
    document.sections[0].header.paragraphs[0].text = "页眉"
    source = word(document, tmp_path / "a.docx")
    assert texts(source) == ["标题", "支出新²元", "次行", "框一"]
    assert source.blocks[0].level == 2  # type: ignore[union-attr]


def test_word_lists_print_their_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    levels = (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%1.%3"))
    written = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (kind, text) in enumerate(levels)
    )
    lists = document.part.numbering_part.element
    lists.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{written}</w:abstractNum>'))
    lists.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for depth in (0, 1, 1, 0, 1, 2):
        properties = document.add_paragraph("项")._p.get_or_add_pPr()
        number = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="90"/></w:numPr>'
        properties.append(parse_xml(number))
    expected = ["一、项", "（一）项", "（二）项", "二、项", "（一）项", "二.1 项"]
    assert texts(word(document, tmp_path / "a.docx")) == expected


def book(
    rows: list[list[object]], merged: tuple[str, ...], path: Path, formats: dict[str, str] | None = None
) -> Source:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for one in merged:
        sheet.merge_cells(one)
    for at, format in (formats or {}).items():
        sheet[at].number_format = format
    hidden = workbook.create_sheet("草稿")
    hidden.append(["草稿"])
    hidden.sheet_state = "hidden"
    workbook.save(path)
    return load(path)


def test_one_sheet_with_all_tables(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["收入总表"],
        ["编制单位：某局", None, "单位：万元"],
        ["项目", "预算数", None],
        [None, "金额", "占比"],
        ["合计", 8277.8349, 0.985],
        ["其中："],
        ["注：含上年结转"],
        ["支出总表"],
        [None, None, "金额单位：元"],
        ["项目", "小计", "备注"],
        ["基本\n支出", 700000.0, None],
        [],
        [],
        ["说明"],
        ["第一段\n第二段"],
    ]
    merged = ("A1:C1", "A3:A4", "B3:C3", "A7:C7", "A8:C8")
    source = book(rows, merged, tmp_path / "a.xlsx", {"B5": "#,##0.00", "C5": "0.0%", "B11": "General"})
    first, second = grids(source)
    assert matrix(first) == (
        ("项目", "预算数", ""),
        ("", "金额", "占比"),
        ("合计", "8277.83", "98.5%"),
        ("其中：", "", ""),
    )
    assert matrix(second) == (("项目", "小计", "备注"), ("基本支出", "700000", ""))
    lines = [
        "收入总表",
        "编制单位：某局 单位：万元",
        "注：含上年结转",
        "支出总表",
        "金额单位：元",
        "说明",
        "第一段",
        "第二段",
    ]
    assert texts(source) == lines
    assert (first.place.line, first.rows[2][1].place.line, first.place.sheet) == (3, 5, "Sheet")
    assert [note.message for note in source.notes] == ["工作表“草稿”是隐藏的，没有读"]


def test_formula_without_result_is_told(tmp_path: Path) -> None:
    source = book([["项目", "金额"], ["甲", 1], ["合计", "=SUM(B2:B2)"]], (), tmp_path / "a.xlsx")
    assert [note.kind for note in source.notes] == ["unread", "unread"]
    assert source.notes[0].message.startswith("工作表“Sheet”有1个公式没有保存计算结果")


def zipped(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word_part(body: str, before: str = "") -> dict[str, bytes | str]:
    return {"word/document.xml": f"{before}<w:document {nsdecls('w')}><w:body>{body}</w:body></w:document>"}


def sheet_part(rows: str) -> dict[str, bytes | str]:
    main, related = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
    office = f"{related}/officeDocument/2006/relationships"
    return {
        "_rels/.rels": f'<Relationships xmlns="{related}/package/2006/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{related}/package/2006/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }


def lying(data: bytes, size: int) -> bytes:
    """An archive whose one entry claims to be that small when unpacked."""
    for mark, field in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + field
        data = data[:at] + struct.pack("<I", size) + data[at + 4 :]
    return data


def ole(*streams: str) -> bytes:
    """The skeleton of an old Office file: a header sector, then directory entries with these names."""
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries.ljust(4096, b"\0")


TEXT_PART = "<w:p><w:r><w:t>预算</w:t></w:r></w:p>"
ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
SOUND = zipped(word_part(TEXT_PART * 2000))
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="99999"><c r="ZZ99999"><v>1</v></c></row>'
MANY_TEXTS = '<row r="1"><c t="s"><v>0</v></c></row>' * 1000
ONE_TEXT = f"<sst xmlns='x'><si><t>{'x' * 1_000_000}</t></si></sst>"
ODS = {
    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
    "content.xml": '<table:table-row table:number-rows-repeated="100000"><table:table-cell office:value-type="string" '
    'table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell></table:table-row>',
}
HOSTILE: dict[str, tuple[str, bytes | Callable[[], bytes], str]] = {
    "empty": ("a.pdf", b"", "文件是空的"),
    "blank": ("a.txt", b"\xef\xbb\xbf", "文件是空的"),
    "blank lines": ("a.md", b"\n\n  \n", "文件是空的"),
    "no words": ("a.html", b"<html><body><svg></svg></body></html>", "没有可读的文字"),
    "rubbish": ("a.txt", bytes(range(256)) * 40, "内容不是文本"),
    "odd bytes": ("a.txt", b"\xff\x81" * 4000, "编码不是"),
    "truncated docx": ("a.docx", SOUND[: len(SOUND) // 2], "已损坏或没有下载完整"),
    "truncated part": ("a.docx", zipped(word_part(TEXT_PART))[:-1], "已损坏或没有下载完整"),
    "broken xml": ("a.docx", zipped({"word/document.xml": "<w:document"}), "已损坏或没有下载完整"),
    "no document": ("a.docx", zipped({"[Content_Types].xml": "wordprocessingml"}), "已损坏或没有下载完整"),
    "truncated xlsx": ("a.xlsx", zipped({"xl/workbook.xml": "<workbook"}), "已损坏或没有下载完整"),
    "truncated doc": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "已损坏或没有下载完整"),
    "truncated xls": ("a.xls", ole("Workbook"), "已损坏或没有下载完整"),
    "encrypted": ("a.docx", ole("EncryptionInfo", "EncryptedPackage"), "加了密码"),
    "text called docx": ("a.docx", "预算公开".encode(), "扩展名是 .docx，内容却是“纯文本（.txt）”"),
    "docx called pdf": ("a.pdf", SOUND, "扩展名是 .pdf，内容却是“Word 文档（.docx）”"),
    "page called doc": ("a.doc", b"<html><p>x", "扩展名是 .doc，内容却是“网页（.html）”"),
    "docx called xlsx": ("a.xlsx", SOUND, "扩展名是 .xlsx，内容却是“Word 文档（.docx）”"),
    "archive": ("a.docx", zipped({"a.txt": "x"}), "这是压缩包"),
    "rar": ("a.doc", b"Rar!\x1a\x07\0" * 9, "这是压缩包"),
    "xml": ("a.xml", b'<?xml version="1.0"?><a/>', "这是 XML 文件"),
    "macro": ("a.docm", zipped({**word_part(TEXT_PART), "word/vbaProject.bin": "x"}), "带有宏"),
    "macro sheet": ("a.xlsx", zipped({**sheet_part(""), "xl/vbaProject.bin": "x"}), "带有宏"),
    "macro xls": ("a.xls", ole("Workbook", "_VBA_PROJECT_CUR"), "带有宏"),
    "entity": ("a.docx", zipped(word_part("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", ENTITY)), "DOCTYPE"),
    "wide entity": ("a.docx", zipped({"word/document.xml": f"{ENTITY}<a>&x;</a>".encode("utf-16")}), "DOCTYPE"),
    "entity in sheet": ("a.xlsx", zipped({**sheet_part(""), "xl/sharedStrings.xml": ENTITY + "<sst/>"}), "DOCTYPE"),
    "bomb": (
        "a.docx",
        lambda: zipped({**word_part(TEXT_PART), **{f"{n}.bin": b"\0" * 60_000_000 for n in range(9)}}),
        "太大",
    ),
    "lying bomb": ("a.docx", lambda: lying(zipped(word_part(TEXT_PART * 100_000)), 1000), "比它声明的大"),
    "many entries": ("a.docx", lambda: zipped({str(n): "" for n in range(20_001)}), "太大"),
    "many elements": ("a.docx", lambda: zipped(word_part("<w:p>" + "<w:r/>" * 3_000_000 + "</w:p>")), "太大"),
    "deep": ("a.docx", zipped(word_part("<w:tbl><w:tr><w:tc>" * 1000)), "已损坏"),
    "far cell": ("a.xlsx", zipped(sheet_part(FAR)), "很远的行或列"),
    "vast text": ("a.xlsx", zipped(sheet_part(MANY_TEXTS) | {"xl/sharedStrings.xml": ONE_TEXT}), "文字太多"),
    "repeated cells": ("a.ods", zipped(dict(ODS)), "很远的行或列"),
    "wide spans": ("a.html", lambda: b"<table>" + b"<tr><td rowspan=65534 colspan=1000>x<td>y" * 2000, "太大"),
    "many attributes": ("a.html", lambda: b"<html><p " + b" ".join(b"a%d" % n for n in range(500_000)) + b">x", "太大"),
    "long text": ("a.txt", lambda: "项目\t1.00\n".encode() * 1_000_000, "文件太大"),
    "deep page": ("a.html", lambda: b"<html>" + b"<div>" * 100_000 + b"x", "套得太深"),
    "many tags": ("a.html", lambda: b"<html>" + b"<p>" * 3_000_000, "太大"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_gets_one_sentence(case: str, tmp_path: Path) -> None:
    name, data, words = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data())
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        load(path)
    assert time.process_time() - started < 5
    (problem,) = caught.value.problems
    assert problem.message.count("\n") == 0
    assert words in problem.message
    assert problem.file == name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("一、收入\n项目\t金额\n合计\t1.00\n".encode(encoding))
    source = load(path)
    assert (texts(source), matrix(grids(source)[0]), source.notes) == (
        ["一、收入"],
        (("项目", "金额"), ("合计", "1.00")),
        [],
    )


def test_damaged_text_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(("收入预算情况说明\n" * 40).encode() + "支出".encode()[:-1])
    (note,) = load(path).notes
    assert (note.kind, note.provenance and note.provenance.line) == ("suspect", 41)


edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=12)


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Data with pieces cut out here and there, and others put in their place."""
    for at, cut, put in changes:
        place = int(at * len(data))
        data = data[:place] + put + data[place + cut :]
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(format=st.sampled_from(sorted(WRITERS)), changes=edits, whole=st.booleans())
def test_damaged_file_is_read_or_refused(
    format: str, changes: list[tuple[float, int, bytes]], whole: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = written("jincheng-construction-2026", format)
    if format == "html" or whole:
        data = edited(data, changes)
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        part = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet2.xml"}[format]
        data = zipped({**parts, part: edited(parts[part], changes)}, zipfile.ZIP_STORED)
    path = tmp_path_factory.mktemp("damaged") / f"a.{format}"
    path.write_bytes(data)
    with suppress(InputError):
        assert load(path).blocks
