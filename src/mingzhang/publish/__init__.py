"""Publish: one disclosure in every format, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from mingzhang.datapackage import refuse_another, write_files
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.publish.document import Document
from mingzhang.publish.layout import lay_out
from mingzhang.staging import write_whole

DATA = "data"
OUTPUT = "disclosure"  # what the written files are called, before their endings
_FILES = {kind: f"{OUTPUT}.{kind}" for kind in ("md", "html", "docx", "xlsx", "pdf")}
FORMATS = (DATA, *_FILES)


def publish(
    disclosure: Disclosure,
    folder: Path,
    formats: Iterable[str] = FORMATS,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Path]:
    """Write a disclosure into `folder` in the formats asked for; give the files written.

    Everything is made beside the folder first and moved in at the end, so that a failure leaves what was there.
    Files of other names in the folder are kept. `progress` is called with each format's name before it is made.
    Raises InputError if the folder cannot be written, or holds the data of another disclosure.
    """
    chosen = list(dict.fromkeys(formats))
    if DATA in chosen:
        refuse_another(disclosure, folder)
    return write_whole(folder, lambda staging: _render(disclosure, staging, chosen, progress))


def _render(disclosure: Disclosure, staging: Path, formats: list[str], progress: Callable[[str], None]) -> list[str]:
    document = lay_out(disclosure, load_family(disclosure.family))
    names: list[str] = []
    for name in formats:
        progress(name)
        if name == DATA:
            names += write_files(disclosure, staging)
        else:
            (staging / _FILES[name]).write_bytes(_renderer(name)(document))
            names.append(_FILES[name])
    return names


def _renderer(name: str) -> Callable[[Document], bytes]:
    """The renderer of a format, imported when it is asked for: each brings a library of its own."""
    match name:
        case "md":
            from mingzhang.publish.markdown import to_markdown

            return lambda document: to_markdown(document).encode()
        case "html":
            from mingzhang.publish.html import to_html

            return lambda document: to_html(document).encode()
        case "docx":
            from mingzhang.publish.docx import to_docx

            return to_docx
        case "xlsx":
            from mingzhang.publish.xlsx import to_xlsx

            return to_xlsx
        case "pdf":
            from mingzhang.publish.pdf import to_pdf

            return to_pdf
        case _:
            raise ValueError(name)


__all__ = ["DATA", "FORMATS", "OUTPUT", "publish"]
