"""A clean copy: secrets are masked however they are written, everything else is as it was."""

from __future__ import annotations

import io
import itertools
import re
import time
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_ledgers import example_document
from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError
from mingzhang.publish.docx import to_docx
from mingzhang.publish.html import to_html
from mingzhang.publish.markdown import to_markdown
from mingzhang.publish.xlsx import to_xlsx
from mingzhang.read import read
from mingzhang.redact import Redacted, Secret, mask, redact
from mingzhang.redact.patterns import Finder, Flavour

EXAMPLE = "jincheng-construction-2026"
# Made up: no such number is given out.
PHONE, IDENTITY, ACCOUNT, NAME = "13800001111", "14058119900101123x", "6222000011112222333", "张三丰"
SECRETS = tuple(Secret(text, mask(text)) for text in (PHONE, IDENTITY, ACCOUNT, NAME))
FLAVOURS: tuple[Flavour, ...] = ("lines", "text", "markup", "skipping")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def run(tmp_path: Path, name: str, data: bytes, secrets: tuple[Secret, ...] = SECRETS) -> tuple[Redacted, bytes]:
    path = tmp_path / name
    path.write_bytes(data)
    told = redact(path, secrets, tmp_path / "脱敏" / name)
    assert path.read_bytes() == data
    return told, (tmp_path / "脱敏" / name).read_bytes()


def squeeze(text: str) -> str:
    """Letters, digits and Chinese characters only, half width."""
    return re.sub(r"\W|_", "", unicodedata.normalize("NFKC", text)).lower()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (PHONE, "138****1111"),
        ("138 0000 1111", "138 **** 1111"),
        ("１３８－００００－１１１１", "１３８－****－１１１１"),
        (IDENTITY, "1405************3x"),
        ("140581990101123", "1405*********23"),
        (ACCOUNT, "***************2333"),
        ("2033344", "*****44"),
        (NAME, "张**"),
        ("李 四", "李 *"),
        ("E12345678", "E******78"),
        ("zhang.san@example.cn", "z****.***@example.cn"),
        ("8", "*"),
        ("", ""),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "given"), [("", ""), ("　 ", "**"), (PHONE, PHONE), (PHONE, f"号{PHONE}"), (NAME, "张 三丰")]
)
def test_a_secret_that_is_none(text: str, given: str) -> None:
    with pytest.raises(ValueError, match=r"secret"):
        Finder([Secret(text, given)])


# What may stand between two digits, in a text and in HTML.
BETWEEN = ("", "", "", " ", "  ", "\n", "\r\n", "\t", "\u3000", "-", "\u2014", "\u200b", "\xa0", " - ", "\n\n")
TAGGED = (*BETWEEN, "</b><b>", "<br/>", "&nbsp;", "<!-- x -->", '<span title="a>b">', "</td><td>", "&#8203;", "&#x2d;")


@st.composite
def written(draw: st.DrawFn, between: tuple[str, ...], secret: str, encoded: bool = False) -> str:
    """A secret as somebody may write it."""
    parts = []
    for character in secret:
        way = draw(st.integers(0, 6 if encoded else 3))
        code = ord(character)
        ways = [character, character, character.upper(), character.translate(WIDE)]
        ways += [f"&#{code};", f"&#x{code:X};", f"&#{ord(character.translate(WIDE)):05};"]
        parts += [ways[way], draw(st.sampled_from(between))]
    return "".join(parts[:-1])


FILLING = st.text(st.sampled_from("合计 12.5万元，\n\t（县）abc%&<>-|\u3000。Ａ"), max_size=30)


@given(st.data(), FILLING, FILLING, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
@QUICK
def test_texts(tmp_path: Path, data: st.DataObject, before: str, after: str, encoding: str) -> None:
    number, secret = data.draw(st.sampled_from(list(enumerate(SECRETS[:3]))))
    one = data.draw(written(BETWEEN, secret.text))
    before, after = before + "：", "。" + after
    told, copy = run(tmp_path, "a.txt", (before + one + after).encode(encoding))
    assert told.counts == tuple(int(index == number) for index in range(4))
    text = copy.decode(encoding)
    assert text.startswith(before)
    assert text.endswith(after)
    masked = text[len(before) : len(text) - len(after)]
    assert len(masked) == len(one)
    assert squeeze(masked).replace("*", "") == secret.mask.replace("*", "")
    assert sum(first != second for first, second in zip(masked, one, strict=True)) == secret.mask.count("*")


@given(st.data(), FILLING)
@QUICK
def test_pages(tmp_path: Path, data: st.DataObject, filling: str) -> None:
    """Text over tags, entities, attributes, comments and scripts; everything else is byte for byte the same."""
    number, secret = data.draw(st.sampled_from(list(enumerate(SECRETS[:3]))))
    first, second = (data.draw(written(TAGGED, secret.text, encoded=True)) for _ in range(2))
    title = data.draw(written(("", " ", "-", "&nbsp;"), secret.text, encoded=True))
    page = (
        f"<!DOCTYPE html>\n<HTML><head><meta charset=gbk><title>{title}</title><script>var a='{secret.text}'</script>"
        f"</head><body class=x>\r\n<p title='{title}' data-a=1>电话{first}。</p><table><tr><td>{second}</td></table>"
        f'<!-- {secret.text} --><a href="tel:{secret.text}">{filling.replace("<", "").replace("&", "")}</a>'
    )
    told, copy = run(tmp_path, "a.html", page.encode("gb18030"))
    assert told.counts[number] == sum(told.counts) == 7
    text = copy.decode("gb18030")
    assert len(re.findall("[*]", text)) == 7 * secret.mask.count("*") + page.count("*")
    kept = re.compile(r"&#\w+;|[*xX\uff58\uff38]|\d")
    assert kept.sub("", text) == kept.sub("", page)
    root = lxml.html.document_fromstring(text)
    held = squeeze(root.text_content() + "".join(value for one in root.iter() for value in one.attrib.values()))
    assert squeeze(secret.text) not in held


def test_only_what_is_meant(tmp_path: Path) -> None:
    """Amounts and words that look alike when run together stay; a name goes wherever it stands."""
    text = "主张\t三丰收\n主张\n\n三丰\n张三丰、张 三丰，张\n三丰；\n合计\t20.33\t344.00\n12033344.00 电话2033344，0351-203 3344。\n"
    secrets = (Secret(NAME, "张**"), Secret("2033344", "*****44"))
    told, copy = run(tmp_path, "a.txt", text.encode(), secrets)
    assert told.counts == (3, 2)
    assert copy.decode() == (
        "主张\t三丰收\n主张\n\n三丰\n张**、张 **，张\n**；\n合计\t20.33\t344.00\n12033344.00 电话*****44，0351-*** **44。\n"
    )
    page = "<p>主张</p><p>三丰</p><td>主张<td>三丰<p>张<b>三</b>丰 张&nbsp;&#19977;丰"
    told, copy = run(tmp_path, "a.html", f"<html>{page}".encode(), secrets)
    assert told.counts == (2, 0)
    assert copy.decode() == "<html><p>主张</p><p>三丰</p><td>主张<td>三丰<p>张<b>*</b>* 张&nbsp;**"


def test_characters_with_doubles(tmp_path: Path) -> None:
    """Some ideographs have a second code, which PDFs and old converters use; any name is found in its usual one."""
    told, copy = run(tmp_path, "a.txt", "李行、\uf9e1\ufa08、李⾏".encode(), (Secret("李行", "李*"),))
    assert (told.counts, copy.decode()) == ((3,), "李*、\uf9e1*、李*")


@given(st.text(st.characters(categories=["Lo"], min_codepoint=0x3400, max_codepoint=0xFAFF), min_size=2, max_size=4))
@QUICK
def test_any_name(name: str) -> None:
    finder = Finder([Secret(name, "*" * len(name))])
    assert finder.count(finder.hits(f"a{name}b", "text")) == [1]


def test_longer_ones_first(tmp_path: Path) -> None:
    """An account that holds a telephone number is an account."""
    account = "6222" + PHONE + "0000"
    secrets = (SECRETS[0], Secret(account, mask(account)))
    told, copy = run(tmp_path, "a.txt", f"{account} {PHONE}".encode(), secrets)
    assert (told.counts, copy.decode()) == ((1, 1), f"{mask(account)} 138****1111")


def test_a_mask_of_another_length(tmp_path: Path) -> None:
    told, copy = run(tmp_path, "a.md", b"x 138-0000 1111 y", (Secret(PHONE, "（略）"),))
    assert (told.counts, copy.decode()) == ((1,), "x （略）-  y")


def test_damaged_and_odd_texts(tmp_path: Path) -> None:
    damaged = "部门预算公开\n".encode() * 40 + b"\xff\xfe\x80" + f"电话{PHONE}".encode()
    told, copy = run(tmp_path, "a.txt", damaged)
    assert told.counts[0] == 1
    assert copy == damaged.replace(b"0000", b"****")
    told, copy = run(tmp_path, "b.txt", "没有".encode())
    assert (told.counts, copy.decode()) == ((0, 0, 0, 0), "没有")


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def all_text(data: bytes) -> str:
    """Letters and digits of all parts, tags left out, and those of the tags."""
    texts = []
    for content in parts(data).values():
        text = content.decode("utf-8", "replace")
        blocks = [re.sub(r"<[^<>]*>", "", block) for block in re.split(r"</(?:w:)?(?:p|si|is)>", text)]
        texts += [*map(squeeze, blocks), *map(squeeze, re.findall(r"<[^<>]*>", text))]
    return "\n".join(texts)


TEXT_BOX = (
    f"<w:r {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'><mc:AlternateContent>"
    "<mc:Fallback><w:pict><v:textbox xmlns:v='urn:schemas-microsoft-com:vml'><w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r>"
    "</w:p></w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)


def word_file() -> bytes:
    """A document with secrets in all kinds of places, and an innocent header."""
    document = docx.Document()
    paragraph = document.add_paragraph("经办人：张")
    paragraph.add_run("三").bold = True
    paragraph._p.append(parse_xml(TEXT_BOX.format("手机１３８ 0000-1111")))
    paragraph.add_run("丰，电话138")
    paragraph._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>{PHONE}9</w:delText></w:r></w:del>"))
    paragraph.add_run("0000")
    paragraph._p.append(parse_xml(TEXT_BOX.format("无关的9")))
    paragraph.add_run("1111。")
    document.add_paragraph("主张")
    document.add_paragraph("三丰年")
    table = document.add_table(1, len(IDENTITY))
    for cell, digit in zip(table.rows[0].cells, IDENTITY, strict=True):
        cell.text = digit
    document.sections[0].header.paragraphs[0].text = "部门预算公开"
    document.sections[0].footer.paragraphs[0].text = f"{ACCOUNT[:8]}\t{ACCOUNT[8:]}"
    document.core_properties.author = NAME
    document.core_properties.comments = f"tel {PHONE}"
    document.add_comment(paragraph.runs[0], f"打{PHONE}", author=NAME, initials="ZSF")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_word(tmp_path: Path) -> None:
    data = word_file()
    told, copy = run(tmp_path, "a.docx", data)
    assert told.counts == (5, 1, 1, 3)
    before, after = parts(data), parts(copy)
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert {name.rpartition("/")[2] for name in changed} == {"document.xml", "comments.xml", "core.xml", "footer1.xml"}
    held = all_text(copy)
    assert not any(squeeze(secret.text) in held for secret in SECRETS)
    document = docx.Document(io.BytesIO(copy))
    assert document.paragraphs[0].text == "经办人：张**，电话138****1111。"
    assert any(run.bold and run.text == "*" for run in document.paragraphs[0].runs)
    assert [paragraph.text for paragraph in document.paragraphs[1:3]] == ["主张", "三丰年"]
    assert [cell.text for cell in document.tables[0].rows[0].cells] == list(mask(IDENTITY))
    assert document.core_properties.author == "张**"
    assert "手机１３８ ****-1111" in after["word/document.xml"].decode()


@given(st.lists(st.integers(1, 10), max_size=4), st.sampled_from(["", " ", "\u3000", "-", "\n"]))
@settings(QUICK, max_examples=20)
def test_runs(tmp_path: Path, cuts: list[int], between: str) -> None:
    """A number cut into runs anywhere."""
    document = docx.Document()
    paragraph = document.add_paragraph("电话")
    places = [0, *sorted(cuts), 11]
    pieces = [PHONE[first:last] for first, last in itertools.pairwise(places)]
    for piece in pieces:
        paragraph.add_run(piece + between)
    buffer = io.BytesIO()
    document.save(buffer)
    told, copy = run(tmp_path, "a.docx", buffer.getvalue(), SECRETS[:1])
    assert told.counts == (1,)
    masked = docx.Document(io.BytesIO(copy)).paragraphs[0].text
    assert masked.replace(between or "\0", "") == "电话138****1111"


def workbook() -> bytes:
    """A workbook with secrets in all kinds of cells."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "公开"
    page.append(["电话", PHONE, int(PHONE), 1200.5])
    page["B2"], page["C2"], page["D2"] = f"=C1+1-{1}", f"={PHONE}+0", f'=IF(B1="{PHONE}","{NAME}","")'
    for column, digit in enumerate(IDENTITY, start=1):
        page.cell(4, column).value = digit
    page["A5"], page["B5"] = 138, "0000 1111"
    page["A6"], page["B6"] = "主张", "三丰"
    page["A7"].value = f"联系{NAME}"
    page["A7"].comment = openpyxl.comments.Comment(f"账号{ACCOUNT}", NAME)
    page["A8"].hyperlink = f"tel:{PHONE}"
    page.oddHeader.center.text = PHONE
    book.create_sheet(NAME)["A1"] = 1
    page["A9"] = f"='{NAME}'!A1"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_workbooks(tmp_path: Path) -> None:
    data = workbook()
    told, copy = run(tmp_path, "a.xlsx", data)
    assert all(told.counts)
    assert not any(squeeze(secret.text) in all_text(copy) for secret in SECRETS)
    book = openpyxl.load_workbook(io.BytesIO(copy))
    page = book["公开"]
    assert [cell.value for cell in page[1]][:4] == ["电话", "138****1111", "138****1111", 1200.5]
    assert page["B2"].value == "=C1+1-1"
    assert page["C2"].value == "=00000000000+0"
    assert page["D2"].value == '=IF(B1="138****1111","张**","")'
    assert "".join(str(cell.value) for cell in page[4]) == mask(IDENTITY)
    assert [cell.value for cell in page[5]][:2] == ["138", "**** 1111"]
    assert [page["A6"].value, page["B6"].value] == ["主张", "三丰"]
    assert page["A7"].value == "联系张**"
    assert page["A7"].comment.text == f"账号{mask(ACCOUNT)}"
    assert page["A8"].hyperlink.target == "tel:138****1111"
    assert book.sheetnames == ["公开", "张某某"]
    assert page["A9"].value == "='张某某'!A1"


def test_results_and_other_numbers_of_workbooks(tmp_path: Path) -> None:
    """Results that programs saved, numbers with exponents, formulas that cells share, a chart's points."""
    rows = (
        f'<row r="1"><c r="A1"><f>B9*1</f><v>{PHONE}</v></c><c r="B1" s="0"><v>1.3800001111E10</v></c>'
        f'<c r="C1" t="str"><f t="shared" si="0" ref="C1:C2">A1&amp;""</f><v>{PHONE}</v></c><c r="D1"/></row>'
        f'<row r="2"><c r="B2"><v>13800001111.25</v></c><c r="C2" t="str"><f t="shared" si="0"/><v>x</v></c></row>'
    )
    book = openpyxl.Workbook()
    buffer = io.BytesIO()
    book.save(buffer)
    held = parts(buffer.getvalue())
    sheet = "xl/worksheets/sheet1.xml"
    held[sheet] = re.sub(
        rb"<sheetData.*?/>|<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), held[sheet]
    )
    held["xl/calcChain.xml"] = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="A1" i="1"/></calcChain>'
    )
    override = b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/>'
    held["[Content_Types].xml"] = held["[Content_Types].xml"].replace(b"</Types>", override + b"</Types>")
    points = f"<c><numCache><pt><v>{PHONE}</v></pt><pt><v>2</v></pt></numCache></c>"
    held["xl/charts/chart9.xml"] = points.encode()
    held["xl/pivotCache/pivotCacheRecords1.xml"] = f'<r><n v="{PHONE}"/><n v="3"/></r>'.encode()
    told, copy = run(tmp_path, "a.xlsx", packed(held), SECRETS[:1])
    assert told.counts == (6,)
    after = parts(copy)
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"]
    assert after["xl/charts/chart9.xml"].decode() == points.replace(PHONE, "0")
    assert after["xl/pivotCache/pivotCacheRecords1.xml"] == b'<r><n v="0"/><n v="3"/></r>'
    page = openpyxl.load_workbook(io.BytesIO(copy)).active
    assert page is not None
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["138****1111"] * 3 + [None],
        [None, "138****1111.25", "x", None],
    ]


def packed(held: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_embedded_files(tmp_path: Path) -> None:
    """A workbook in a document is masked, what nobody can read is refused."""
    held = parts(word_file())
    held["word/embeddings/a.xlsx"] = workbook()
    _told, copy = run(tmp_path, "a.docx", packed(held))
    assert not any(squeeze(secret.text) in all_text(parts(copy)["word/embeddings/a.xlsx"]) for secret in SECRETS)
    held["word/embeddings/oleObject1.bin"] = b"\xd0\xcf\x11\xe0" + PHONE.encode("utf-16-le")
    with pytest.raises(InputError, match="oleObject1"):
        run(tmp_path, "b.docx", packed(held))
    assert not (tmp_path / "脱敏" / "b.docx").exists()


WRITERS: dict[str, Callable[[], bytes]] = {
    "md": lambda: to_markdown(example_document(EXAMPLE)).encode(),
    "html": lambda: to_html(example_document(EXAMPLE)).encode(),
    "docx": lambda: to_docx(example_document(EXAMPLE)),
    "xlsx": lambda: to_xlsx(example_document(EXAMPLE)),
}


def disclosure_of(path: Path) -> Disclosure:
    (reading,) = read([path])
    return reading.disclosure


@pytest.mark.parametrize("format", WRITERS)
def test_nothing_else_changes_in_what_is_read(format: str, tmp_path: Path) -> None:
    """A disclosure with a telephone number in it, redacted and read back."""
    project = next(one.name for one in disclosure_of_example().projects)
    data = injected(WRITERS[format](), format, project[:6], f"{project[:6]}{PHONE}")
    told, _copy = run(tmp_path, f"disclosure.{format}", data, SECRETS)
    assert told.counts[0] > 0
    assert told.counts[1:] == (0, 0, 0)
    first, second = disclosure_of(tmp_path / f"disclosure.{format}"), disclosure_of(told.path)
    assert PHONE in repr(first)
    assert repr(second) == repr(first).replace(PHONE, "138****1111")


def disclosure_of_example() -> Disclosure:
    from example_ledgers import example

    return example(EXAMPLE)


def injected(data: bytes, format: str, old: str, new: str) -> bytes:
    """A published file with another text in it."""
    if format in ("md", "html"):
        assert old.encode() in data
        return data.replace(old.encode(), new.encode())
    held = parts(data)
    assert any(old.encode() in content for content in held.values())
    return packed({name: content.replace(old.encode(), new.encode()) for name, content in held.items()})


def test_the_file_itself_is_no_target(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(PHONE)
    (tmp_path / "b.txt").symlink_to(path)
    (tmp_path / "c.txt").hardlink_to(path)
    for target in ("a.txt", "b.txt", "c.txt", "../" + tmp_path.name + "/a.txt"):
        with pytest.raises(InputError, match="不能覆盖原文件"):
            redact(path, SECRETS, tmp_path / target)
    assert path.read_text() == PHONE


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 120 + "WordDocument".encode("utf-16-le") + b"\0" * 200, ".docx"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 120 + "Workbook".encode("utf-16-le") + b"\0" * 200, ".xlsx"),
        ("a.rtf", b"{\\rtf1 13800001111}", ".docx"),
        ("a.txt", b"", "空的"),
        ("a.docx", word_file()[:-900], "损坏"),
        ("b.docx", PHONE.encode(), "扩展名"),
    ],
    ids=["doc", "xls", "rtf", "empty", "cut off", "another kind"],
)  # fmt: skip
def test_refused(name: str, data: bytes, said: str, tmp_path: Path) -> None:
    """One sentence, and no output."""
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        run(tmp_path, name, data)
    assert len(caught.value.problems) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_archives_that_do_harm(tmp_path: Path) -> None:
    held = parts(word_file())
    bomb = packed(held | {"word/embeddings/a.xlsx": packed({"a.xml": b"0" * 510_000_000})})
    with pytest.raises(InputError, match="太大"):
        run(tmp_path, "a.docx", bomb)
    entities = held | {"word/footer9.xml": b'<!DOCTYPE a [<!ENTITY b "13800001111">]><a>&b;</a>'}
    with pytest.raises(InputError, match="DOCTYPE"):
        run(tmp_path, "a.docx", packed(entities))
    opendocument = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}
    with pytest.raises(InputError, match=r"另存为 .xlsx"):
        run(tmp_path, "a.ods", packed(opendocument))
    assert not (tmp_path / "脱敏").exists()


@pytest.mark.parametrize(
    "piece", ["1<b>", "1 ", "<a b='", "1&#", "1<!--", "1<w:pict>", "138 0000 111", "<p>张", '1<i a="']
)
def test_no_page_takes_for_ever(piece: str, tmp_path: Path) -> None:
    finder = Finder(SECRETS)
    started = time.perf_counter()
    for flavour in FLAVOURS:
        finder.hits(piece * 40_000, flavour)
    assert time.perf_counter() - started < 20


def test_what_was_there_stays_if_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that still holds a secret is not written; an older one stays."""
    (tmp_path / "脱敏").mkdir()
    (tmp_path / "脱敏" / "a.txt").write_text("旧")
    monkeypatch.setattr("mingzhang.redact.texts.redact_text", lambda data, name, finder: (data, [0] * 4))
    with pytest.raises(InputError, match=r"仍能找到第1项内容（138\*{4}1111）"):
        run(tmp_path, "a.txt", PHONE.encode())
    assert (tmp_path / "脱敏" / "a.txt").read_text() == "旧"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "脱敏"]
