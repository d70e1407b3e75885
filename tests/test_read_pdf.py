"""PDFs and scans give back what was laid out: every cell in its place, every line with its box."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pypdfium2
import pytest
import typst

from example_ledgers import EXAMPLES, SHARED, example_document
from mingzhang.problems import InputError
from mingzhang.publish.document import Grid as LaidOut
from mingzhang.publish.markdown import expand
from mingzhang.publish.pdf import to_pdf
from mingzhang.read.blocks import Grid, Paragraph, Source
from mingzhang.read.printed import fold
from mingzhang.read.sources.image import read_image
from mingzhang.read.sources.pdf import read_pdf

SMALLER = "jincheng-construction-2026"


@cache
def printed(name: str) -> bytes:
    return to_pdf(example_document(name))


@cache
def source(name: str) -> Source:
    return read_pdf(printed(name), f"{name}.pdf")


def grids(read: Source) -> list[Grid]:
    return [block for block in read.blocks if isinstance(block, Grid)]


def texts(rows: list[list[str]]) -> list[list[str]]:
    return [[fold(text) for text in row] for row in rows]


def matrix(grid: Grid) -> list[list[str]]:
    return texts([[cell.text for cell in row] for row in grid.rows])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_cell_of_every_grid(name: str) -> None:
    """Tables and forms, joined over pages: each row as laid out, nothing lost, moved, doubled or added."""
    found = iter(grids(source(name)))
    for block in example_document(name).blocks:
        if not isinstance(block, LaidOut):
            continue
        head = len(expand(block)[0])
        body = texts([[cell.text for cell in row] for row in expand(block)[1]])
        first = matrix(next(found))
        rows = first[head:]
        while len(rows) < len(body):
            following = matrix(next(found))
            rows += following[head:] if following[:head] == first[:head] else following
        if block.id.startswith("T"):
            assert rows == body, block.id
        else:
            assert [text for row in rows for text in row if text] == [text for row in body for text in row if text]
    assert next(found, None) is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sentence(name: str) -> None:
    """Lines of text follow each other as the paragraphs do; page numbers are gone."""
    lines = "".join(fold(block.text) for block in source(name).blocks if isinstance(block, Paragraph))
    for block in example_document(name).blocks:
        text = fold(getattr(block, "text", ""))
        if getattr(block, "style", "") == "paragraph":
            assert text in lines, text
    numbers = [
        block.text
        for block in source(name).blocks
        if isinstance(block, Paragraph) and fold(block.text).strip("-").isdigit()
    ]
    assert not numbers


def test_boxes_hold_their_text() -> None:
    """What pdfium finds in the box of a cell or of a part of a line is its text; boxes lie on their page."""
    document = pypdfium2.PdfDocument(printed(SMALLER))
    checked = 0
    for text, page_number, box in _placed(source(SMALLER)):
        page = document[page_number - 1]
        width, height = page.get_size()
        left, top, right, bottom = box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        held = page.get_textpage().get_text_bounded(left - 1, height - bottom - 1, right + 1, height - top + 1)
        assert re.sub(r"\W", "", text) in re.sub(r"\W", "", held), (page_number, text, held)
        checked += 1
    assert checked > 300


def _placed(read: Source) -> Iterator[tuple[str, int, tuple[float, float, float, float]]]:
    """Each amount of each grid and paragraph with its page and box."""
    for block in read.blocks:
        if isinstance(block, Grid):
            cells = [(cell.text, cell.place) for row in block.rows for cell in row if any(map(str.isdigit, cell.text))]
        else:
            middle = len(block.text) // 2
            cells = [(block.text[middle : middle + 4], block.place_of(middle, min(middle + 4, len(block.text))))]
        for text, place in cells[:12]:
            assert place.page
            assert place.bbox
            if "\n" not in text and len(text) < 14:
                yield text, place.page, place.bbox


TABLE = """
#set page(width: 400pt, height: 300pt, margin: 30pt)
#set text(font: "Noto Sans CJK SC", size: 10pt)
#rotate({angle}deg, reflow: true)[收支总表
#table(columns: (80pt, 60pt, 60pt), stroke: {stroke},
  table.cell(rowspan: 2)[项目], table.cell(colspan: 2)[金额], [合计], [其中], [工资], [12.34], [5.00], [津贴], [9.00], [1.00], [合计], [21.34], [6.00])]
"""
RULED = [
    ["项目", "金额", ""], ["", "合计", "其中"], ["工资", "12.34", "5.00"], ["津贴", "9.00", "1.00"], ["合计", "21.34", "6.00"],
]  # fmt: skip


@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90, 270])
def test_any_direction(drawn: int, turned: int) -> None:
    """Text may be drawn sideways and the page be turned: it is read as it is seen upright, and so is its box."""
    document = pypdfium2.PdfDocument(typst.compile(TABLE.format(angle=drawn, stroke="0.5pt").encode()))
    document[0].set_rotation(turned)
    buffer = io.BytesIO()
    document.save(buffer)
    title, table = read_pdf(buffer.getvalue(), "a.pdf").blocks
    assert isinstance(title, Paragraph)
    assert isinstance(table, Grid)
    assert title.text == "收支总表"
    assert matrix(table) == RULED
    assert (table.rows[0][0].rowspan, table.rows[0][1].colspan) == (2, 2)
    box, title_box = table.place.bbox, title.place.bbox
    assert box
    assert title_box
    assert box[2] - box[0] == pytest.approx(200, abs=1)
    assert title_box[3] <= box[1]


@pytest.mark.parametrize("stroke", ["none", "(x, y) => (top: if y in (0, 2) { 1pt }, bottom: if y == 4 { 1pt })"])
def test_a_table_without_ruling(stroke: str) -> None:
    _, table = read_pdf(typst.compile(TABLE.format(angle=0, stroke=stroke).encode()), "a.pdf").blocks
    assert isinstance(table, Grid)
    assert matrix(table)[-3:] == RULED[-3:]


def test_a_frame_is_no_table() -> None:
    page = '#set text(font: "Noto Sans CJK SC")\n#rect(width: 200pt)[注意 \\ 12.00 \\ 3.00]'
    assert [type(block) for block in read_pdf(typst.compile(page.encode()), "a.pdf").blocks] == [Paragraph] * 3


def test_a_published_one() -> None:
    """A real document of another city: nine tables, their heads with all spans, lines that continue marked so."""
    path = SHARED / "wild" / "final-2024-socialwork.pdf"
    if not path.exists():
        pytest.skip("the shared files are not here")
    read = read_pdf(path.read_bytes(), path.name)
    found = grids(read)
    assert [(len(grid.rows), len(grid.rows[0])) for grid in found] == [
        (3, 3), (32, 4), (14, 9), (6, 9), (14, 8), (6, 8), (17, 7), (17, 7), (20, 5), (40, 6), (5, 12), (6, 8), (6, 8),
    ]  # fmt: skip
    spans = [[(cell.rowspan, cell.colspan) for cell in row if not cell.covered] for row in found[10].rows[:4]]
    assert spans == [[(1, 12)], [(2, 2), (2, 2), (1, 6), (2, 2)], [(1, 2)] * 3, [(1, 1)] * 12]
    assert Counter(block.starts for block in read.blocks if isinstance(block, Paragraph))[False] > 60


def minimal_pdf(encrypt: bool, user: bytes = b"", owner: bytes = b"owner") -> bytes:
    """A page that says 2026, encrypted (40 bit) with these passwords."""
    pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    identity, permissions = b"0123456789abcdef", -4
    secret = rc4(hashlib.md5((owner + pad)[:32]).digest()[:5], (user + pad)[:32])
    start = (user + pad)[:32] + secret + struct.pack("<i", permissions) + identity
    key = hashlib.md5(start).digest()[:5]
    content = b"BT /F 20 Tf 50 50 Td (2026) Tj ET"
    if encrypt:
        content = rc4(hashlib.md5(key + b"\4\0\0\0\0").digest()[:10], content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Filter /Standard /V 1 /R 2 /P %d /O <%b> /U <%b> >>"
        % (permissions, secret.hex().encode(), rc4(key, pad).hex().encode()),
    ]
    file, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    encryption = (
        b"/Encrypt 6 0 R /ID [<%b> <%b>]" % (identity.hex().encode(), identity.hex().encode()) if encrypt else b""
    )
    trailer = b"trailer\n<< /Size 7 /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF" % (encryption, len(file))
    return file + b"xref\n0 7\n0000000000 65535 f \n" + table + trailer


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    place = 0
    for index in range(256):
        place = (place + state[index] + key[index % len(key)]) % 256
        state[index], state[place] = state[place], state[index]
    result, first, second = bytearray(), 0, 0
    for byte in data:
        first = (first + 1) % 256
        second = (second + state[first]) % 256
        state[first], state[second] = state[second], state[first]
        result.append(byte ^ state[(state[first] + state[second]) % 256])
    return bytes(result)


@pytest.mark.parametrize("data", [minimal_pdf(False), minimal_pdf(True)], ids=["open", "owner password only"])
def test_pdf_that_opens(data: bytes) -> None:
    (line,) = read_pdf(data, "a.pdf").blocks
    assert isinstance(line, Paragraph)
    assert line.text == "2026"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (minimal_pdf(True, user=b"secret"), "密码"),
        (b"", "损坏"),
        (b"%PDF-1.7\n", "损坏"),
        (b"rubbish " * 1000, "损坏"),
        (minimal_pdf(False)[:120], "损坏"),
    ],
    ids=["password", "empty", "head only", "rubbish", "truncated"],
)
def test_pdf_that_does_not_open(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pdf(data, "a.pdf")
    (problem,) = caught.value.problems
    assert said in problem.message
    assert problem.file == "a.pdf"


def scan_of(name: str, page: int, angle: float) -> bytes:
    """A page as a scanner gives it: 200 dpi, not quite straight, noisy, JPEG."""
    import cv2
    import numpy

    picture = pypdfium2.PdfDocument(printed(name))[page - 1].render(scale=200 / 72, grayscale=True).to_numpy()
    picture = picture.reshape(picture.shape[:2])
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    skewed = cv2.warpAffine(picture, turn, (width, height), borderValue=255).astype(float)
    noisy = numpy.clip(skewed + numpy.random.default_rng(1).normal(0, 10, skewed.shape), 0, 255).astype(numpy.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes()


def test_a_scan() -> None:
    """A scanned page, upside down: its grid is that of the page, its amounts to the digit."""
    import cv2
    import numpy

    scan = cv2.imdecode(numpy.frombuffer(scan_of(SMALLER, 10, 0.5), numpy.uint8), cv2.IMREAD_GRAYSCALE)
    assert scan is not None
    upside_down = cv2.imencode(".png", scan[::-1, ::-1])[1].tobytes()
    told: list[str] = []
    read = read_image(upside_down, "a.png", told.append)
    assert told == ["正在识别第 1 页，共 1 页"]
    wanted = [grid for grid in grids(source(SMALLER)) if grid.place.page == 10]
    assert [matrix(grid) for grid in grids(read)] == [matrix(grid) for grid in wanted]


def test_a_scanned_pdf() -> None:
    """A PDF of one picture is recognised and says so."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.open(io.BytesIO(scan_of(SMALLER, 6, -0.4))).save(buffer, "PDF", resolution=200)
    read = read_pdf(buffer.getvalue(), "a.pdf")
    assert [note.kind for note in read.notes] == ["recognised"]
    (wanted,) = (matrix(grid) for grid in grids(source(SMALLER)) if grid.place.page == 6)
    (found,) = (matrix(grid) for grid in grids(read))
    assert len(found) == len(wanted)
    pairs = [pair for rows in zip(found, wanted, strict=True) for pair in zip(*rows, strict=True)]
    assert [pair for pair in pairs if any(map(str.isdigit, pair[1])) and pair[0] != pair[1]] == []
    assert sum(first == second for first, second in pairs) >= 0.99 * len(pairs)


def test_a_machine_without_the_system_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    from mingzhang.read.sources import ocr

    ocr._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    with pytest.raises(InputError, match="libgl1"):
        ocr.engine("a.png")


def test_a_picture_that_is_none() -> None:
    with pytest.raises(InputError, match="图片"):
        read_image(b"\x89PNG\r\n\x1a\nrubbish", "a.png")
