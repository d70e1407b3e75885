"""Damaged and hostile files without end: case number n is the same file on every machine that has the same bases."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeVar

import pypdfium2
from PIL import Image

from example_ledgers import EXAMPLES, SHARED, example_document
from long_texts import LONG, RUNS
from mingzhang.publish.document import Block, Document, Grid, Heading
from mingzhang.publish.docx import to_docx
from mingzhang.publish.html import to_html
from mingzhang.publish.markdown import to_markdown
from mingzhang.publish.pdf import to_pdf
from mingzhang.publish.xlsx import to_xlsx
from mingzhang.read.sources.ocr import Reading
from published import as_lines, as_text

T = TypeVar("T")
Lines = list[str]
OfLines = Callable[[Lines, Random], Lines]
OfText = Callable[[str, Random], str]
OfBytes = Callable[[bytes, Random], bytes]


class Case(NamedTuple):
    """A file to read: its name, its content, and how it was made."""

    name: str
    data: bytes
    how: str


class Blind:
    """Stands in for the models that recognise characters, which take seconds for each page: it finds no text."""

    def __init__(self, file: str) -> None:
        self.file = file

    def upright(self, picture: Any) -> Any:
        """The picture as it is."""
        return picture

    def find(self, picture: Any) -> list[Any]:
        """No line of text."""
        return []

    def read(self, pieces: list[Any]) -> list[Reading]:
        """Nothing in any piece."""
        return [Reading("", 0.0)] * len(pieces)


# Format -> how often it is taken, and of how many documents.
_FORMATS = {
    "txt": (50, 150),
    "seed": (12, 60),
    "long": (3, 1),
    "md": (10, 60),
    "html": (10, 60),
    "docx": (12, 24),
    "xlsx": (12, 24),
    "pdf": (3, 16),
    "png": (0.2, 6),
}
_LONGEST_RUN = 3000
_LONGEST_TEXT = 30_000


def case(number: int) -> Case:
    """The case of that number."""
    random = Random(number)
    weights = [weight for weight, _ in _FORMATS.values()]
    format = random.choices(list(_FORMATS), weights)[0]
    if format == "long":
        grower = random.choice(list(LONG))
        return Case(f"{number}.txt", LONG[grower](random.randrange(1000, _LONGEST_TEXT)).encode(), grower)
    base = random.randrange(_FORMATS[format][1])
    data, applied = _base(format, base), [f"{format} {base}"]
    suffix = "txt" if format == "seed" else format
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        name, mutate = random.choice(_MUTATORS[suffix])
        data = mutate(data, random)
        applied.append(name)
    if random.random() < 0.01:
        suffix = random.choice(("txt", "md", "html", "docx", "xlsx", "xls", "doc", "pdf", "png", "bin"))
    return Case(f"{number}.{suffix}", data, " + ".join(applied))


@cache
def _base(format: str, number: int) -> bytes:
    """A small sound file: some blocks of an example, or some lines of a seed where this machine has them."""
    random = Random(f"{format} {number}")
    if format == "seed":
        return _seed(random)
    return _WRITERS[format](_cut(random, whole=number == 0 and format in ("txt", "md", "html")))


def _seed(random: Random) -> bytes:
    files = sorted((SHARED / "seeds").glob("*.txt"))
    if not files:
        return _WRITERS["txt"](_cut(random))
    lines = random.choice(files).read_text("utf-8").split("\n")
    start, length = random.randrange(len(lines)), random.choice((20, 60, 120))
    return "\n".join([*lines[: random.choice((0, 10))], *lines[start : start + length]]).encode()


def _cut(random: Random, whole: bool = False) -> Document:
    """An example, or a few neighbouring blocks of it."""
    document = example_document(random.choice(sorted(EXAMPLES)))
    if whole:
        return document
    parts: list[list[Block]] = []
    for block in document.blocks:
        if parts and isinstance(block, Grid) and isinstance(parts[-1][-1], Heading):
            parts[-1].append(block)
        else:
            parts.append([block])
    start = random.randrange(len(parts))
    chosen = parts[start : start + random.choice((2, 4, 8))]
    if random.random() < 0.3:
        chosen += random.sample(parts, 2)
    return replace(document, blocks=tuple(block for part in chosen for block in part))


_WRITERS: dict[str, Callable[[Document], bytes]] = {
    "txt": lambda document: as_text(as_lines(document)).encode(),
    "md": lambda document: to_markdown(document).encode(),
    "html": lambda document: re.sub(r"(?s)<(style|script).*?</\1>", "", to_html(document)).encode(),
    "docx": to_docx,
    "xlsx": to_xlsx,
    "pdf": to_pdf,
    "png": lambda document: _picture(to_pdf(document)),
}


def _picture(data: bytes) -> bytes:
    """A piece of a page as a scanner sees it."""
    buffer = io.BytesIO()
    page = pypdfium2.PdfDocument(data)[0]
    page.render(scale=1.4, grayscale=True).to_pil().crop((60, 60, 560, 460)).save(buffer, "PNG")
    return buffer.getvalue()


# Bytes.


def truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 4, 32)) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def deleted(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def doubled(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 20)) + data[end:]


def moved(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    rest = data[:start] + data[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def inserted(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    junk = random.choice((random.randbytes(random.randrange(1, 64)), b"\0" * 64, b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\x1a", b"\x0c"))  # fmt: skip
    return data[:at] + junk + data[at:]


def encoded(data: bytes, random: Random) -> bytes:
    """The same text as another program writes it."""
    return data.decode("utf-8", "replace").encode(random.choice(("gb18030", "utf-16", "utf-8-sig", "big5")), "replace")


def _span(data: Sequence[T], random: Random) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 8, 64, 512)))


# Lines.


def shuffled(lines: Lines, random: Random) -> Lines:
    return random.sample(lines, len(lines))


def dropped(lines: Lines, random: Random) -> Lines:
    return [line for line in lines if random.random() < 0.7]


def repeated(lines: Lines, random: Random) -> Lines:
    """A piece over and over."""
    start, end = _span(lines, random)
    times = random.choice((2, 2, 5, 50))
    most = random.choice((100, 100, 1000))
    return [*lines[:end], *(lines[start:end] * times)[:most], *lines[end:]]


def reversed_(lines: Lines, _: Random) -> Lines:
    return lines[::-1]


def joined(lines: Lines, random: Random) -> Lines:
    """Line breaks lost."""
    joint = random.choice(("", " ", "\t", "|", "<br>"))
    return [joint.join(lines[at : at + 4]) for at in range(0, len(lines), 4)]


def broken(lines: Lines, random: Random) -> Lines:
    """Line breaks too many."""
    return [part for line in lines for part in (re.split("(?<=[，。\t])", line) if random.random() < 0.3 else [line])]


def retabbed(lines: Lines, random: Random) -> Lines:
    old, new = random.choice(
        (("\t", "  "), ("\t", "|"), ("\t", ""), ("\t", "\t\t"), (" ", "\t"), ("，", "\t"), ("|", "\t"))
    )
    return [line.replace(old, new) if random.random() < 0.8 else line for line in lines]


def as_pipes(lines: Lines, _: Random) -> Lines:
    return [f"|{'|'.join(line.split(chr(9)))}|" if "\t" in line else line for line in lines]


def as_page(lines: Lines, random: Random) -> Lines:
    """Rows as tables of HTML, with spans from another world."""
    return [f"<table>{_row(line, random)}</table>" if "\t" in line else line for line in lines]


def as_one_table(lines: Lines, random: Random) -> Lines:
    return ["<table>", *(_row(line, random) for line in lines), random.choice(("", "</table>"))]


def _row(line: str, random: Random) -> str:
    span = random.choice(("", "", ' rowspan="3"', ' colspan="0"', ' rowspan="1000000000"', ' colspan="-7"', ' rowspan="x" colspan="99999999999999999999"'))  # fmt: skip
    return "<tr>" + "".join(f"<td{span if random.random() < 0.02 else ''}>{text}</td>" for text in line.split("\t"))


def swapped(lines: Lines, random: Random) -> Lines:
    """Cells in disorder."""
    return ["\t".join(random.sample(line.split("\t"), line.count("\t") + 1)) for line in lines]


def turned(lines: Lines, _: Random) -> Lines:
    """Rows as columns."""
    rows = [line.split("\t") for line in lines]
    return [
        "\t".join(row[at] for row in rows if at < len(row)) for at in range(min(40, max(map(len, rows), default=0)))
    ]


def all_equal(lines: Lines, random: Random) -> Lines:
    """Every cell says the same."""
    text = random.choice(("合计", "1.00", "0.00", "项目", "-", "201", "一", " ", "某局", "指标值", "100%"))
    return ["\t".join([text] * (line.count("\t") + 1)) if random.random() < 0.9 else line for line in lines]


def only_numbers(lines: Lines, _: Random) -> Lines:
    return [re.sub(r"[^\d.,\t]", "", line) for line in lines]


def without_numbers(lines: Lines, _: Random) -> Lines:
    return [re.sub(r"[\d.,]+", "", line) for line in lines]


def mixed(lines: Lines, random: Random) -> Lines:
    """Lines of another document between."""
    others = _base("txt", random.randrange(_FORMATS["txt"][1])).decode().split("\n")
    return [
        line for line in lines for line in (line, *random.sample(others, min(len(others), random.choice((0, 0, 1)))))
    ]


def titled(lines: Lines, random: Random) -> Lines:
    """Titles everywhere."""
    titles = [
        line for page in as_lines(example_document(min(EXAMPLES))) for line in page if "表" in line or "、" in line[:3]
    ]
    return [random.choice(titles) if random.random() < 0.4 else line for line in lines]


def enormous(lines: Lines, random: Random) -> Lines:
    """A table that does not end."""
    rows = [line for line in lines if "\t" in line] or ["项目\t1.00"]
    at = random.randrange(len(lines) + 1)
    size = 20_000 if random.random() < 0.005 else random.randrange(100)
    return [*lines[:at], *random.choices(rows, k=size), *lines[at:]]


# Text.

_NUMBERS = ("9" * 30, "9" * 5000, "1e999999", "1E+400", "-0", "0.00", "-0.005", "1,,,2", "1.2.3.4", "NaN", "Infinity", "∞", "１２３．４５", "١٢٣", "²", "½", "零", "0" * 40, "0." + "0" * 38 + "1", "-999999999999999999999999999.99", "99,999,999,999,999.99", "3.14%", "1/0", "—", "*", "#REF!", "=1+1", "2026年", "0年", "99999年", "20262026", "1899-12-31", "2026年13月45日")  # fmt: skip
_STRANGE = ("\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff", "\u200b", "\u0301", "\U0010ffff", "\ufdd0", "\ufffe", "&#xD800;", "&#x110000;", "&#0;", "&lt;", "İ", "ß", "ﬁ", "㎡", "㍿", "\U0001d7d9", "{name}", "{0}", "%s", "\\1", "\\", "'", '"', "=cmd()", "../", "\x1b[2J", "[red]", "[/]", "<!--", "-->", "<![CDATA[", "<", ">", "&")  # fmt: skip


def renumbered(text: str, random: Random) -> str:
    """Numbers that no budget has."""
    share = random.choice((0.02, 0.3, 1.0))
    number = random.choice(_NUMBERS)
    found = re.compile(r"\d[\d.,]*")
    limit = random.choice((3, 10_000))
    return found.sub(lambda one: random.choice((number, number, random.choice(_NUMBERS))) if random.random() < share else one[0], text, count=limit)  # fmt: skip


def zeroed(text: str, random: Random) -> str:
    """Every amount the same."""
    amount = random.choice(("0.00", "0", "1.00", "-1.00", "0.01", "9999999999.99"))
    return re.sub(r"\d[\d,]*\.\d\d", amount, text)


def misread(text: str, random: Random) -> str:
    """Characters that look alike, or nothing like it."""
    table: dict[int, str] = {}
    for character in random.sample(sorted(set(text)), min(len(set(text)), random.choice((1, 5, 40)))):
        table[ord(character)] = random.choice(("", character * 2, random.choice(text), random.choice(_STRANGE)))
    return text.translate(table)


def strange(text: str, random: Random) -> str:
    for _ in range(random.choice((1, 5, 30))):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(_STRANGE) + text[at:]
    return text


def run_on(text: str, random: Random) -> str:
    """What careless patterns choke on, somewhere."""
    at = random.randrange(len(text) + 1)
    run = random.choice(list(RUNS.values()))
    return text[:at] + run * (random.randrange(1, _LONGEST_RUN) // len(run) + 1) + text[at:]


def run_in_cell(text: str, random: Random) -> str:
    """The same in the place of a cell, a word or a number."""
    run = random.choice(list(RUNS.values())) * random.choice((1, 2, 20, 200))
    found = random.choice((r"\d[\d.,]*", r"[^\t\n]+", r"[\u4e00-\u9fff]+", r"[，。：；、（）]", r"\t", r"\n"))
    share = random.choice((0.01, 0.1))
    return re.sub(found, lambda one: run if random.random() < share else one[0], text, count=400)


# Pages.


def spanning(text: str, random: Random) -> str:
    number = random.choice(("0", "2", "2", "3", "7", "65535", "1000000000", "-1", "9" * 40, "1.5", "", "２", "x"))
    word = random.choice(("rowspan", "colspan"))
    share = random.choice((0.002, 0.05, 1))
    return re.sub("<t[dh]", lambda one: f'{one[0]} {word}="{number}"' if random.random() < share else one[0], text)


def nested(text: str, random: Random) -> str:
    """Something inside itself, deeper and deeper."""
    start = random.choice(("<table><tr><td>", "<div>", "<ul><li>", "<b>", "<table>", "<td>", "<p>", "<span>", "<sup>", "<a>", "<form>", "<select>"))  # fmt: skip
    at = random.randrange(len(text) + 1)
    return text[:at] + start * random.choice((3, 30, 300, 3000)) + text[at:]


def untagged(text: str, random: Random) -> str:
    """Tags lost, changed or not closed."""
    tags = ("", "<td>", "</td>", "<tr>", "</table>", "<table>", "<p>", "<br>", "<", "</", "<t", "<!--", "<script>", "<textarea>", "<svg>", "<style>")  # fmt: skip
    share = random.choice((0.01, 0.1, 0.5))
    return re.sub("<[^>]*>", lambda one: random.choice(tags) if random.random() < share else one[0], text)


# Archives.


def part_changed(data: bytes, random: Random) -> bytes:
    """A part of the package damaged, and the whole packed again."""
    parts = _parts(data)
    if not parts:
        return data
    name = random.choice([one for one in parts if parts[one]] or list(parts))
    if random.random() < 0.7 and len(parts) > 2:
        name = max(parts, key=lambda one: len(parts[one]) * ("xml" in one))
    _, mutate = random.choice(_ANY + _XML * 5)
    parts[name] = mutate(parts[name], random)
    return _packed(parts, random)


def part_dropped(data: bytes, random: Random) -> bytes:
    parts = _parts(data)
    if parts:
        del parts[random.choice(list(parts))]
    return _packed(parts, random)


def part_replaced(data: bytes, random: Random) -> bytes:
    """A part with what belongs to another."""
    parts = _parts(data)
    if parts:
        parts[random.choice(list(parts))] = parts[random.choice(list(parts))]
    return _packed(parts, random)


def part_doubled(data: bytes, random: Random) -> bytes:
    parts = _parts(data)
    return _packed(parts, random, random.sample(list(parts), min(len(parts), 2)))


def part_renamed(data: bytes, random: Random) -> bytes:
    parts = _parts(data)
    if parts:
        name = random.choice(list(parts))
        parts[random.choice((name.upper(), "../" + name, "/" + name, name + "/", "\\" + name, "名"))] = parts.pop(name)
    return _packed(parts, random)


def size_declared(data: bytes, random: Random) -> bytes:
    """An entry that lies about its size, its offset, its method or its flags."""
    heads = [one.start() for one in re.finditer(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06", data)]
    if not heads:
        return data
    at = random.choice(heads) + random.randrange(4, 46)
    return data[:at] + random.choice((b"\xff" * 4, b"\0" * 4, random.randbytes(2), b"\1\0")) + data[at + 4 :]


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # what has been damaged before is passed on
        return {}


def _packed(parts: dict[str, bytes], random: Random, again: Sequence[str] = ()) -> bytes:
    buffer = io.BytesIO()
    method = random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w", method) as archive:
        for name in (*parts, *again):
            archive.writestr(zipfile.ZipInfo(name), parts[name], method)
    return buffer.getvalue()


def attributes_changed(data: bytes, random: Random) -> bytes:
    """Numbers of the mark-up: spans, indices, styles."""
    number = random.choice((b"0", b"-1", b"1", b"16384", b"1048577", b"4294967296", b"9" * 40, b"x", b""))
    share = random.choice((0.005, 0.1))
    return re.sub(rb'"\d+"', lambda one: b'"' + number + b'"' if random.random() < share else one[0], data)


def cells_moved(data: bytes, random: Random) -> bytes:
    """Cells that say that they stand elsewhere."""
    place = random.choice(
        (b"A1", b"XFD1048576", b"ZZ99999", b"A0", b"1A", b"AZ9999", b"C3", b"ZZZZZZ1", b"A" + b"9" * 30)
    )
    share = random.choice((0.002, 0.05))
    return re.sub(
        rb'"[A-Z]+\d+(:[A-Z]+\d+)?"', lambda one: b'"' + place + b'"' if random.random() < share else one[0], data
    )


def elements_changed(data: bytes, random: Random) -> bytes:
    """Elements that are others, nested, or empty."""
    names = sorted(set(re.findall(rb"</?([a-zA-Z:]+)", data)))
    if len(names) < 2:
        return data
    old, new = random.sample(names, 2)
    return data.replace(b"<" + old + b">", b"<" + new + b">").replace(b"</" + old + b">", b"</" + new + b">")


def elements_doubled(data: bytes, random: Random) -> bytes:
    """A whole element over and over, or inside itself."""
    found = list(re.finditer(rb"<([a-zA-Z:]+)[^<>]*>[^<>]*</\1>", data))
    if not found:
        return data
    one = random.choice(found)
    if random.random() < 0.5:
        return data[: one.end()] + one[0] * random.choice((1, 30, 1000)) + data[one.end() :]
    start = one[0][: one[0].index(b">") + 1]
    depth = random.choice((2, 20, 200, 2000))
    return data[: one.start()] + start * depth + one[0] + (b"</" + one[1] + b">") * depth + data[one.end() :]


# PDF.


def _streams(data: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL))


def stream_changed(data: bytes, random: Random) -> bytes:
    """What a stream unpacks to, damaged; its length is not mended."""
    streams = _streams(data)
    if not streams:
        return data
    one = random.choice(streams)
    try:
        content = zlib.decompress(one[1])
    except zlib.error:
        content = one[1]
    _, mutate = random.choice([*_ANY, ("operands", operands_changed), ("run", _run_of_bytes)])
    changed = zlib.compress(mutate(content, random))
    head = re.sub(
        rb"/Length \d+(?=[^/]*(?:/[^/]*)*$)",
        b"/Length %d" % len(changed),
        data[max(0, one.start() - 200) : one.start()],
    )
    return data[: max(0, one.start() - 200)] + head + b"stream\n" + changed + b"\nendstream" + data[one.end() :]


def operands_changed(data: bytes, random: Random) -> bytes:
    number = random.choice(
        (b"0", b"-1", b"1e9", b"99999999999", b"-99999999999", b"0.0000001", b"NaN", b"", b"9" * 100)
    )
    share = random.choice((0.002, 0.05, 0.5))
    return re.sub(rb"-?\d+(?:\.\d+)?", lambda one: number if random.random() < share else one[0], data)


def _run_of_bytes(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice((b"q ", b"[", b"(", b"<<", b"0 0 m ", b"1 1 l ", b"0 0 9 9 re S ", b"BT ", b"1 0 0 1 5 5 cm ")) * random.choice((10, 1000, 20_000)) + data[at:]  # fmt: skip


def objects_changed(data: bytes, random: Random) -> bytes:
    """References to other objects, numbers that are others, outside the streams."""
    share = random.choice((0.005, 0.05))
    most = len(re.findall(rb" 0 obj", data)) + 2
    pieces = re.split(rb"(stream\r?\n.*?endstream)", data, flags=re.DOTALL)
    number = random.choice((b"0", b"1", b"-1", b"100000", b"2147483647", b"9" * 30))

    def other(one: re.Match[bytes]) -> bytes:
        if random.random() >= share:
            return one[0]
        return b"%d 0 R" % random.randrange(most) if one[0].endswith(b"R") else number

    return b"".join(
        piece if piece.startswith(b"stream") else re.sub(rb"\d+ 0 R|(?<![\d.])\d+(?![\d. ])", other, piece)
        for piece in pieces
    )


def keys_changed(data: bytes, random: Random) -> bytes:
    keys = (b"/Kids", b"/Count", b"/Parent", b"/MediaBox", b"/Contents", b"/Resources", b"/Font", b"/ToUnicode", b"/Filter", b"/Length", b"/W", b"/Type", b"/Root", b"/Pages", b"/Rotate", b"/Annots", b"/Encrypt", b"/DescendantFonts")  # fmt: skip
    old, new = random.sample(keys, 2)
    return data.replace(old, new, random.choice((1, 5, 1000)))


def boxes_changed(data: bytes, random: Random) -> bytes:
    box = random.choice((b"[0 0 0 0]", b"[0 0 1 1]", b"[0 0 1000000 1000000]", b"[-1e9 -1e9 1e9 1e9]", b"[9 9 1 1]", b"[0 0 14400 14400] /Rotate 90", b"[0 0 595 842] /Rotate 45 /UserUnit 1000", b"[]"))  # fmt: skip
    return re.sub(rb"/MediaBox ?\[[^\]]*\]", b"/MediaBox " + box, data)


# Pictures.


def reshaped(data: bytes, random: Random) -> bytes:
    """The picture in another size, shape or depth."""
    size = random.choice(((1, 1), (3, 400), (400, 3), (17, 17), (2000, 20), (20, 2000), (300, 300), (1200, 60)))
    return _redrawn(
        data, lambda image: image.resize(size).convert(random.choice(("L", "1", "RGBA", "P", "CMYK", "I;16")))
    )


def noisy(data: bytes, random: Random) -> bytes:
    """Nothing but dots."""
    return _redrawn(data, lambda image: Image.frombytes("L", image.size, random.randbytes(image.width * image.height)))


def _redrawn(data: bytes, draw: Callable[[Image.Image], Image.Image]) -> bytes:
    buffer = io.BytesIO()
    try:
        draw(Image.open(io.BytesIO(data))).save(buffer, "TIFF")
    except Exception:  # what has been damaged before is passed on
        return data
    return buffer.getvalue()


def _of_lines(mutate: OfLines) -> OfBytes:
    return lambda data, random: "\n".join(mutate(_text(data).split("\n"), random)).encode("utf-8", "replace")


def _of_text(mutate: OfText) -> OfBytes:
    return lambda data, random: mutate(_text(data), random).encode("utf-8", "replace")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace") or "空"


def _named(*mutators: Callable[..., object], by: Callable[[T], OfBytes]) -> list[tuple[str, OfBytes]]:
    return [(mutate.__name__, by(mutate)) for mutate in mutators]  # type: ignore[arg-type]


def _as_it_is(mutate: OfBytes) -> OfBytes:
    return mutate


_ANY = _named(truncated, flipped, deleted, doubled, moved, inserted, by=_as_it_is)
_LINES = _named(shuffled, dropped, repeated, reversed_, joined, broken, retabbed, as_pipes, as_page, as_one_table, swapped, turned, all_equal, only_numbers, without_numbers, mixed, titled, enormous, by=_of_lines)  # fmt: skip
_TEXT = _named(renumbered, zeroed, misread, strange, run_on, run_in_cell, by=_of_text)
_PAGE = _named(spanning, nested, untagged, by=_of_text)
_XML = [*_named(attributes_changed, cells_moved, elements_changed, elements_doubled, by=_as_it_is), *_TEXT, *_PAGE]
_PARTS = _named(part_changed, part_dropped, part_replaced, part_doubled, part_renamed, size_declared, by=_as_it_is)
_PDF = _named(stream_changed, objects_changed, keys_changed, boxes_changed, by=_as_it_is)
_PICTURE = _named(reshaped, noisy, by=_as_it_is)
_ENCODED = _named(encoded, by=_as_it_is)
_OFFICE = [*_PARTS, *_PARTS[:1] * 40, *_ANY]
_MUTATORS: dict[str, list[tuple[str, OfBytes]]] = {
    "txt": [*_ANY, *_ENCODED, *_LINES * 2, *_TEXT * 3],
    "md": [*_ANY, *_ENCODED, *_LINES * 2, *_TEXT * 3],
    "html": [*_ANY, *_ENCODED, *_TEXT * 2, *_PAGE * 4],
    "docx": _OFFICE,
    "xlsx": _OFFICE,
    "pdf": [*_PDF * 3, *_PDF[:1] * 5, *_ANY],
    "png": [*_PICTURE * 3, *_ANY],
}
