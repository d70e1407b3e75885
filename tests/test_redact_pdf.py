"""PDFs and pictures redacted: neither text, nor streams, nor what stands beside the pages holds a secret afterwards."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy
import pdfplumber
import pikepdf
import pypdfium2
import pytest
import typst
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from example_ledgers import example, example_document
from mingzhang.problems import InputError
from mingzhang.publish.pdf import to_pdf
from mingzhang.read import read_source
from mingzhang.read.blocks import Grid, Paragraph
from mingzhang.read.sources.files import load
from mingzhang.redact import Area, Redacted, Secret, mask, redact

EXAMPLE = "jincheng-construction-2026"
# Made up: no such number is given out.
PHONE, NAME = "13800001111", "张三丰"
SECRETS = (Secret(PHONE, mask(PHONE)), Secret(NAME, mask(NAME)))
HEAD = '#set page(width: 400pt, height: 300pt, margin: 30pt)\n#set text(font: "Noto Sans CJK SC", size: 10pt)\n'


def run(tmp_path: Path, data: bytes, areas: tuple[Area, ...] = (), name: str = "a.pdf") -> tuple[Redacted, bytes]:
    path = tmp_path / name
    path.write_bytes(data)
    told = redact(path, SECRETS, tmp_path / "脱敏" / name, areas)
    assert path.read_bytes() == data
    return told, told.path.read_bytes()


def everything(data: bytes) -> str:
    """All that a PDF holds, unpacked: strings, names, streams and the text of its pages, without blanks."""
    texts = [data.decode("latin-1")]
    with pikepdf.open(io.BytesIO(data)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") != Name.Image:
                content = one.read_bytes()
                texts += [content.decode(encoding, "replace") for encoding in ("latin-1", "utf-16-be", "utf-8")]
        buffer = io.BytesIO()
        document.save(buffer, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        texts.append(buffer.getvalue().decode("latin-1"))
        texts += [str(one) for one in strings(document.trailer, set())]
    with pdfplumber.open(io.BytesIO(data)) as read_again:
        texts += [page.extract_text() or "" for page in read_again.pages]
    return re.sub(r"\s", "", "\x01".join(texts))


def strings(one: Any, seen: set[tuple[int, int]]) -> list[Any]:
    if isinstance(one, pikepdf.Object) and one.is_indirect:
        if one.objgen in seen:
            return []
        seen.add(one.objgen)
    if isinstance(one, String):
        return [one]
    values: list[Any] = list(one) if isinstance(one, Array) else []
    if isinstance(one, Dictionary | pikepdf.Stream):
        values = list(one.values())
    return [found for value in values for found in strings(value, seen)]


def assert_clean(data: bytes) -> None:
    held = everything(data)
    for text in (PHONE, NAME):
        ways = [text, text.encode("utf-16-be").hex(), text.encode("utf-16-be").decode("latin-1")]
        assert not any(way.lower() in held.lower() for way in ways)


def printed(body: str) -> bytes:
    return typst.compile((HEAD + body).encode())


TWO_PAGES = f"= 联系\n电话 138 0000-1111，{NAME}。\n#pagebreak()\n= 第二页\n没有什么。"


def picture(data: bytes, number: int) -> Any:
    """A page in grey, a pixel a point."""
    page = pypdfium2.PdfDocument(data)[number - 1]
    return numpy.array(page.render(scale=1).to_pil().convert("L"))


def test_a_page_becomes_a_picture(tmp_path: Path) -> None:
    data = printed(TWO_PAGES)
    told, copy = run(tmp_path, data)
    assert (told.kind, told.counts, told.pages) == ("pdf", (1, 1), (1,))
    assert told.notes == ("第1页含有脱敏内容，已改成图像，不再有文字层",)
    assert_clean(copy)
    texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(copy)]
    assert texts == ["", "第二页\r\n没有什么。"]
    before, after = picture(data, 1), picture(copy, 1)
    assert before.shape == after.shape
    blackened = (before.astype(int) - after > 128).any(axis=1)
    assert 8 <= blackened.sum() <= 16
    untouched = ~((after < 40).sum(axis=1) > 60)
    assert abs(before[untouched].astype(int) - after[untouched]).mean() < 2
    assert (picture(data, 2) == picture(copy, 2)).all()


@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_any_direction(drawn: int, turned: int, tmp_path: Path) -> None:
    """Whichever way text runs and the page is turned, what is found and what is passed is covered, and only that."""
    document = pypdfium2.PdfDocument(printed(f"#rotate({drawn}deg, reflow: true)[电话 {PHONE}#h(60pt)无关文字]"))
    document[0].set_rotation(turned)
    document[0].set_mediabox(-20, -10, 400, 300)
    buffer = io.BytesIO()
    document.save(buffer)
    data = buffer.getvalue()
    (tmp_path / "b.pdf").write_bytes(data)
    (line,) = (block for block in load(tmp_path / "b.pdf").blocks if isinstance(block, Paragraph))
    start = line.text.index("无关")
    place = line.place_of(start, start + 4)
    assert place.bbox
    told, copy = run(tmp_path, data)
    assert told.counts == (1, 0)
    assert_clean(copy)
    ink = [(picture(one, 1) < 128) for one in (data, copy)]
    assert 600 < (ink[1] & ~ink[0]).sum() < 1200
    both, copy = run(tmp_path, data, (Area(1, place.bbox),))
    assert both.areas == 1
    covered = (picture(copy, 1) < 128) & ~ink[1]
    assert 200 < covered.sum() < 900
    lost = ink[0] & ~(picture(copy, 1) < 128)
    assert lost.sum() < 60


def with_extras(data: bytes) -> bytes:
    """The second page's text stays clean, but secrets stand in everything that a PDF can have beside."""
    document = pikepdf.open(io.BytesIO(data))
    second, root = document.pages[1].obj, document.Root
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))

    def look(text: str) -> pikepdf.Stream:
        stream = document.make_stream(f"BT /F 8 Tf 2 2 Td ({text}) Tj ET".encode())
        stream.Subtype, stream.BBox, stream.Type = Name.Form, Array([0, 0, 90, 12]), Name.XObject
        stream.Resources = Dictionary(Font=Dictionary(F=font))
        return stream

    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"tel {PHONE}"), V=String(NAME), DV=String("138-00001111"),
            Rect=Array([200, 100, 290, 112]), AP=Dictionary(N=look("138 0000 1111")), F=4,
        )
    )  # fmt: skip
    notes = [
        Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([10, 10, 30, 30]), Contents=String(f"打{PHONE}"), T=String(NAME)),
        Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([10, 200, 100, 212]), AP=Dictionary(N=look(PHONE)), F=4),
        Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 90, 12]), AP=Dictionary(N=Dictionary(On=look(PHONE))), F=2),
        Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=Dictionary(S=Name.URI, URI=String(f"tel:{PHONE}"))),
        Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([50, 50, 60, 60]), Contents=String("无关")),
    ]  # fmt: skip
    second.Annots = Array([field, *map(document.make_indirect, notes)])
    root.AcroForm = Dictionary(Fields=Array([field]), XFA=document.make_stream(f"<x>{PHONE}</x>".encode()))
    document.docinfo["/Author"] = String(NAME)
    document.docinfo["/Keywords"] = "联系１３８００００１１１１".encode("utf-16-le")
    document.docinfo["/Company"] = String("张三丰工作室".encode("gb18030"))
    with document.open_metadata() as metadata:
        metadata["dc:creator"] = [NAME]
        metadata["dc:title"] = f"公开 {PHONE}"
    with document.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(f"联系{NAME}138 0000 1111", 1))
    document.attachments["手机13800001111.txt"] = PHONE.encode()
    root.OpenAction = Dictionary(S=Name.JavaScript, JS=document.make_stream(f"app.alert('{PHONE}')".encode()))
    root.PieceInfo = Dictionary(Word=Dictionary(Private=document.make_stream(b"\0" + NAME.encode("utf-16-le"))))
    root.Names.Dests = Dictionary(Names=Array([String("a"), Array([second, Name.Fit])]))
    second.Thumb = document.make_stream(b"\0")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_what_stands_beside_the_pages(tmp_path: Path) -> None:
    data = with_extras(printed("一\n#pagebreak()\n= 第二页\n没有什么。"))
    told, copy = run(tmp_path, data)
    assert_clean(copy)
    assert told.pages == ()
    assert min(told.counts) >= 4
    assert told.notes == (f"附件（手机{mask(PHONE)}.txt）没有保留，需要时请另行脱敏、公开", "动态表单（XFA）没有保留")
    with pikepdf.open(io.BytesIO(copy)) as document:
        second = document.pages[1].obj
        assert [str(one.Subtype) for one in second.Annots] == [
            "/Widget",
            "/Text",
            "/FreeText",
            "/Stamp",
            "/Link",
            "/Square",
        ]
        assert str(second.Annots[4].A.URI) == f"tel:{mask(PHONE)}"
        assert str(document.docinfo["/Author"]) == "张**"
        assert bytes(document.docinfo["/Company"]).decode("gb18030") == "张**工作室"
        with document.open_outline() as outline:
            assert [item.title for item in outline.root][-1] == "联系张**138 **** 1111"
        with document.open_metadata() as metadata:
            assert metadata["dc:creator"] == ["张**"]
    assert "没有什么" in pypdfium2.PdfDocument(copy)[1].get_textpage().get_text_range()


def test_what_stands_on_a_page_that_becomes_a_picture(tmp_path: Path) -> None:
    """Its notes and fields are in the picture, those with secrets without their looks; links stay."""
    data = with_extras(printed(f"一\n#pagebreak()\n= 第二页\n电话{PHONE}。"))
    told, copy = run(tmp_path, data)
    assert told.pages == (2,)
    assert_clean(copy)
    with pikepdf.open(io.BytesIO(copy)) as document:
        second = document.pages[1].obj
        assert [str(one.Subtype) for one in second.Annots] == ["/Link"]
        assert "/Thumb" not in second
        assert list(document.Root.AcroForm.Fields) == []


def test_older_versions_are_not_kept(tmp_path: Path) -> None:
    """An update that only covers what stood there before keeps it in the file."""
    data = printed(f"= {PHONE}")
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    for one in list(page.get_objects()):
        page.remove_obj(one)
    page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer, flags=1)
    updated = buffer.getvalue()
    assert updated.startswith(data)
    told, copy = run(tmp_path, updated)
    assert told.pages == ()
    assert_clean(copy)


def test_text_that_nobody_sees(tmp_path: Path) -> None:
    """Invisible text, text outside of the page, text that is drawn over, the actual text of a part."""
    base = pikepdf.open(
        io.BytesIO(printed("一\n#pagebreak()\n二\n#pagebreak()\n三\n#pagebreak()\n四\n#pagebreak()\n五"))
    )
    font = base.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    drawings = (
        f"BT /Z 9 Tf 3 Tr 50 50 Td ({PHONE}) Tj ET",
        f"BT /Z 9 Tf 900 50 Td [(138)-90(0000)] TJ 0 -300 Td (1) Tj ET BT /Z 9 Tf 900 20 Td ({PHONE}) Tj ET",
        f"BT /Z 9 Tf 50 50 Td ({PHONE}) Tj ET 0 g 40 40 200 30 re f",
        f"/Span <</Alt ({PHONE})>> BDC EMC",
        f"/Span <</ActualText <FEFF{PHONE.encode('utf-16-be').hex()}>>> BDC BT /Z 9 Tf 50 50 Td (abcdef) Tj ET EMC",
    )
    for page, drawing in zip(base.pages, drawings, strict=True):
        page.obj.Resources.Font["/Z"] = font
        page.contents_add(drawing.encode())
    buffer = io.BytesIO()
    base.save(buffer)
    told, copy = run(tmp_path, buffer.getvalue())
    assert_clean(copy)
    assert told.pages == (1, 2, 3, 4, 5)
    assert told.notes[-1].startswith("第4页的文字层以外藏有")


def test_parts_that_pages_share(tmp_path: Path) -> None:
    """What the first page draws is within reach of the second, which has its resources, too."""
    document = pikepdf.open(io.BytesIO(printed("一\n#pagebreak()\n二")))
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    part = document.make_stream(f"BT /Z 9 Tf 50 50 Td ({PHONE}) Tj ET".encode())
    part.Subtype, part.BBox, part.Type = Name.Form, Array([0, 0, 400, 300]), Name.XObject
    part.Resources = Dictionary(Font=Dictionary(Z=font))
    scan = document.make_stream(bytes(range(256)) * 4)
    scan.Subtype, scan.Width, scan.Height, scan.BitsPerComponent, scan.ColorSpace = (
        Name.Image,
        32,
        32,
        8,
        Name.DeviceGray,
    )
    for page in document.pages:
        page.obj.Resources.XObject = Dictionary(Part=part, Scan=scan)
    document.pages[0].contents_add(b"/Part Do q 99 0 0 99 9 9 cm /Scan Do Q")
    buffer = io.BytesIO()
    document.save(buffer)
    told, copy = run(tmp_path, buffer.getvalue())
    assert told.pages == (1,)
    assert_clean(copy)
    with pikepdf.open(io.BytesIO(copy)) as clean:
        assert not any(isinstance(one, pikepdf.Stream) and one.get("/Width") == 32 for one in clean.objects), (
            "the scan of the first page can still be taken from the file"
        )


def test_text_drawn_twice(tmp_path: Path) -> None:
    """Character by character, each twice to look bold."""
    document = pikepdf.open(io.BytesIO(printed("一")))
    page = document.pages[0]
    page.obj.Resources.Font["/Z"] = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    drawing = "".join(
        f"BT /Z 10 Tf {50 + 5.56 * place + twice:.2f} 50 Td ({digit}) Tj ET "
        for place, digit in enumerate(PHONE)
        for twice in (0, 0.3)
    )
    page.contents_add(drawing.encode(), prepend=True)
    buffer = io.BytesIO()
    document.save(buffer)
    told, copy = run(tmp_path, buffer.getvalue())
    assert told.counts == (1, 0)
    assert (picture(copy, 1)[242:248, 52:108] < 40).all()
    assert_clean(copy)


def test_signed(tmp_path: Path) -> None:
    document = pikepdf.open(io.BytesIO(printed("一")))
    signature = Dictionary(
        Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=String(NAME.encode()), Name=String(NAME)
    )
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(Dictionary(FT=Name.Sig, T=String("a"), V=document.make_indirect(signature)))]))  # fmt: skip
    buffer = io.BytesIO()
    document.save(buffer)
    told, copy = run(tmp_path, buffer.getvalue())
    assert told.notes == ("原有的电子签名在改动后失效，已经去掉",)
    assert_clean(copy)


def test_the_other_pages_read_the_same(tmp_path: Path) -> None:
    """A disclosure with a telephone number on one page: what stands on the others is read as before."""
    data = to_pdf(example_document(EXAMPLE))
    document = pikepdf.open(io.BytesIO(data))
    last = len(document.pages)
    page = document.pages[last - 1]
    page.obj.Resources.Font["/Z"] = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.contents_add(f"q BT /Z 9 Tf 60 20 Td ({PHONE}) Tj ET Q".encode())
    buffer = io.BytesIO()
    document.save(buffer)
    told, copy = run(tmp_path, buffer.getvalue())
    assert told.pages == (last,)
    assert_clean(copy)
    before, after = load(tmp_path / "a.pdf"), load(told.path)
    blocks = [[block for block in one.blocks if (block.place.page or 0) < last] for one in (before, after)]
    assert blocks[0] == blocks[1]
    disclosure = read_source([after])
    facts = {(fact.table, fact.row, fact.column, fact.value) for fact in example(EXAMPLE).facts}
    assert {(fact.table, fact.row, fact.column, fact.value) for fact in disclosure.facts} == facts


def scanned(angle: float, quarters: int) -> Image.Image:
    """A page with a number, scanned not quite straight."""
    page = pypdfium2.PdfDocument(printed(SCAN))[0]
    image: Image.Image = page.render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    image = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return image.rotate(90 * quarters, expand=True)


SCAN = (
    "#set page(width: 595pt, height: 420pt)\n部门预算公开情况说明，本部门二〇二六年预算收入总计。\n\n"
    + "\n\n".join(f"第{number}行文字说明本部门的情况，收支总表按照规定公开。" for number in "一二三四五六七八九")
    + f"\n\n联系电话：{PHONE}。其他的文字在后面。"
)


def box_of_phone(path: Path) -> tuple[float, float, float, float]:
    """Where the reader sees the number, which it may have misread a little."""
    for block in load(path).blocks:
        texts = [block] if isinstance(block, Paragraph) else []
        assert not isinstance(block, Grid)
        for line in texts:
            found = re.search(r"1\d{10}", line.text)
            if found:
                box = line.place_of(*found.span()).bbox
                assert box
                return box
    raise AssertionError("the number was not recognised")


@pytest.mark.parametrize(("angle", "quarters", "turned"), [(1.5, 2, 0), (-1.0, 1, 90)])
def test_scans(angle: float, quarters: int, turned: int, tmp_path: Path) -> None:
    """Boxes that the reader gives cover the number on the scan, however it lay on the glass; the rest stays legible."""
    buffer = io.BytesIO()
    scanned(angle, quarters).save(buffer, "PDF", resolution=200)
    document = pypdfium2.PdfDocument(buffer.getvalue())
    document[0].set_rotation(turned)
    turned_buffer = io.BytesIO()
    document.save(turned_buffer)
    (tmp_path / "s.pdf").write_bytes(turned_buffer.getvalue())
    told, _copy = run(tmp_path, turned_buffer.getvalue(), (Area(1, box_of_phone(tmp_path / "s.pdf")),))
    assert (told.counts, told.areas, told.pages) == ((0, 0), 1, (1,))
    text = "".join(block.text for block in load(told.path).blocks if isinstance(block, Paragraph))
    assert not re.search(r"1\d{6}|\d{6}", text)
    assert "联系电" in text
    assert "的文字在后面" in text


@pytest.mark.parametrize("format", ["png", "jpg", "tiff", "bmp"])
def test_pictures(format: str, tmp_path: Path) -> None:
    image = scanned(0.8, 2)
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = PHONE, "ZSF"
    buffer = io.BytesIO()
    options: dict[str, Any] = {"exif": exif} if format in ("png", "jpg", "tiff") else {}
    image.save(buffer, {"jpg": "JPEG"}.get(format, format.upper()), dpi=(200, 200), **options)
    (tmp_path / f"s.{format}").write_bytes(buffer.getvalue())
    box = box_of_phone(tmp_path / f"s.{format}") if format == "jpg" else (100.0, 100.0, 300.0, 120.0)
    told, copy = run(tmp_path, buffer.getvalue(), (Area(1, box),), f"a.{format}")
    assert (told.kind, told.areas) == ("image", 1)
    assert PHONE.encode() not in copy
    clean = Image.open(io.BytesIO(copy))
    assert (clean.format, clean.size) == ({"jpg": "JPEG"}.get(format, format.upper()), image.size)
    assert 0x010E not in clean.getexif()
    blackened = (numpy.array(clean.convert("L")) < 60) & (numpy.array(image) > 200)
    assert blackened.sum() > 5_000
    if format == "jpg":
        text = "".join(block.text for block in load(told.path).blocks if isinstance(block, Paragraph))
        assert not re.search(r"\d{6}", text)
        assert "联系电" in text


def test_every_page_of_a_tiff(tmp_path: Path) -> None:
    first, second = (Image.new("1", (600, 800), 1) for _ in range(2))
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second], compression="group4")
    _told, copy = run(tmp_path, buffer.getvalue(), (Area(2, (100, 100, 200, 200)),), "a.tif")
    image = Image.open(io.BytesIO(copy))
    assert getattr(image, "n_frames", 1) == 2
    counts = []
    for number in range(2):
        image.seek(number)
        counts.append((numpy.array(image.convert("L")) < 128).sum())
    assert counts[0] == 0
    assert 10_000 < counts[1] < 13_500


def test_locked_and_broken(tmp_path: Path) -> None:
    document = pikepdf.open(io.BytesIO(printed(PHONE)))
    for user, said in (("geheim", "密码"), ("", None)):
        buffer = io.BytesIO()
        document.save(buffer, encryption=pikepdf.Encryption(owner="owner", user=user))
        if said:
            with pytest.raises(InputError, match=said):
                run(tmp_path, buffer.getvalue())
        else:
            assert_clean(run(tmp_path, buffer.getvalue())[1])
    for data in (b"%PDF-1.7\n", b"%PDF-1.7\n" + b"rubbish " * 999):
        with pytest.raises(InputError, match="损坏"):
            run(tmp_path, data, (), "b.pdf")
    assert not (tmp_path / "脱敏" / "b.pdf").exists()
    with pytest.raises(InputError, match="损坏"):
        run(tmp_path, b"\x89PNG\r\n\x1a\nrubbish", (), "a.png")
