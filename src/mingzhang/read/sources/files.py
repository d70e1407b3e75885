"""Any published file as a `Source`: its content decides which reader takes it, and no file does any harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import BadZipFile

from msgspec.structs import replace

from mingzhang.disclosure import Note
from mingzhang.problems import InputError
from mingzhang.read.blocks import Paragraph, Place, Source
from mingzhang.read.sources.kinds import BROKEN, Content, recognise, refused

Progress = Callable[[str], None]

_LARGEST = 200_000_000
_LARGEST_OF = {"text": 10_000_000, "html": 50_000_000}
_TOO_LARGE = "文件太大（超过 {} MB），请删去多余的内容或分成几个文件后重试"
# Characters that no text has; a few may come from a scanner.
_CONTROLS = [chr(code) for code in (*range(9), *range(14, 32), 127)]
_MOST_NOISE = 0.002
_LOST = "\ufffd"
_MOST_DAMAGE = 0.02


def load(path: Path, progress: Progress = lambda text: None) -> Source:
    """Read a file into blocks. Raises InputError, in one sentence, if that cannot be done safely or at all."""
    content = recognise(_bytes(path), path.name)
    largest = _LARGEST_OF.get(content.kind, _LARGEST)
    if len(content.data) > largest:
        raise refused(_TOO_LARGE.format(largest // 1_000_000), path.name)
    source = _READERS[content.kind](content, progress)
    if not source.blocks:
        raise refused("文件中没有可读的文字和表格", path.name)
    source.notes.extend(_damage(source))
    return source


def _damage(source: Source) -> Iterator[Note]:
    """What could not be decoded is told, with the first place of it."""
    places = [place for text, place in _texts(source) if _LOST in text]
    if places:
        message = f"有{len(places)}处文字中有损坏的字符，读作“{_LOST}”"
        yield Note("suspect", message, places[0].provenance(_LOST, 0.5))


def _texts(source: Source) -> Iterator[tuple[str, Place]]:
    for block in source.blocks:
        if isinstance(block, Paragraph):
            yield block.text, block.place
        else:
            for row in block.rows:
                for cell in row:
                    yield cell.text, cell.place


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise refused("没有这个文件，请检查路径", str(path))
        if path.stat().st_size > _LARGEST:
            raise refused(_TOO_LARGE.format(_LARGEST // 1_000_000), path.name)
        return path.read_bytes()
    except OSError as error:
        raise refused("文件不能读取，请检查路径和权限", str(path)) from error


def _text(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.text import read_text

    return read_text(_decoded(content), content.name)


def _decoded(content: Content) -> str:
    """A file's text. Of one in UTF-8 that is damaged here and there the rest is read."""
    from mingzhang.tabular import decoded

    try:
        text = decoded(content.data, content.name)
    except InputError:
        text = content.data.decode("utf-8-sig", "replace")
        if text.count(_LOST) > max(1, len(text) * _MOST_DAMAGE):
            raise
    if sum(map(text.count, _CONTROLS)) > max(1, len(text) * _MOST_NOISE):
        raise refused("内容不是文本，也不是认得的格式", content.name)
    return text


def _html(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.html import read_html

    return read_html(content.data, content.name)


def _docx(content: Content, progress: Progress) -> Source:
    from lxml.etree import LxmlError

    from mingzhang.read.sources.docx import read_docx

    assert content.archive is not None
    try:
        return read_docx(content.archive, content.name)
    except (LxmlError, BadZipFile, KeyError, EOFError) as error:
        raise refused(BROKEN, content.name) from error


def _converted(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.office import to_docx

    progress(f"正在用 LibreOffice 转换 {content.name}")
    data = to_docx(content.data, content.kind, content.name)
    source = _docx(replace(recognise(data, f"{content.kind}.docx"), name=content.name), progress)
    source.format = content.kind
    return source


def _workbook(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.workbook import read_workbook

    return read_workbook(content)


def _pdf(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.pdf import read_pdf

    return read_pdf(content.data, content.name, progress)


def _image(content: Content, progress: Progress) -> Source:
    from mingzhang.read.sources.image import read_image

    return read_image(content.data, content.name, progress)


_READERS: dict[str, Callable[[Content, Progress], Source]] = {
    "text": _text,
    "html": _html,
    "docx": _docx,
    **dict.fromkeys(("doc", "rtf", "odt"), _converted),
    **dict.fromkeys(("xlsx", "xls", "ods"), _workbook),
    "pdf": _pdf,
    "image": _image,
}
