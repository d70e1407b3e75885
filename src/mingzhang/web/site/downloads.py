"""What can be taken away from a department's page: the data package, the workbook, everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
from msgspec import Struct

from mingzhang.archive import member, zipped
from mingzhang.corpus.export import CHECKED
from mingzhang.corpus.schema import FINDINGS
from mingzhang.datapackage import package_files
from mingzhang.disclosure import Disclosure
from mingzhang.publish.document import Document
from mingzhang.publish.xlsx import to_xlsx

_CHUNK = 1 << 20
# What each row of a document has alike.
_ALIKE = ("region", "fiscal_year", "doc", "part")


class Download(Struct, frozen=True):
    """A file that a page offers: its path in the site, what it is, its size in bytes and media type."""

    path: str
    label: str
    size: int
    type: str


def write_downloads(
    site: Path,
    path: str,
    disclosure: Disclosure,
    document: Document,
    row: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
) -> tuple[Download, ...]:
    """Write a department's files into the site, their path without an ending being `path`."""
    kinds = (
        ("xlsx", "各表和情况说明（XLSX）", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("zip", "数据包（CSV，压缩文件）", "application/zip"),
        ("json", "全部数据（JSON）", "application/json"),
    )
    contents = (to_xlsx(document), package_zip(disclosure), to_json(row, tables))
    found = []
    for (ending, label, kind), content in zip(kinds, contents, strict=True):
        (site / f"{path}.{ending}").write_bytes(content)
        found.append(Download(f"{path}.{ending}", label, len(content), kind))
    return tuple(found)


def package_zip(disclosure: Disclosure) -> bytes:
    """The data package of a disclosure as a zip; the same disclosure gives the same bytes."""
    return zipped({name: text.encode() for name, text in package_files(disclosure, for_people=True).items()})


def zip_folder(folder: Path, file: Path) -> None:
    """All files of a folder as a zip, by name."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            with path.open("rb") as source, archive.open(member(path.name), "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)


def to_json(row: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> bytes:
    """A document as JSON: its row of `documents`, and of each table the columns that have something and the rows; decimals are strings.

    What the check says of it is left out.
    """
    said: dict[str, Any] = {"document": {key: value for key, value in row.items() if key not in CHECKED}}
    for name, table in tables.items():
        if name != FINDINGS:
            values = {key: table[key].to_pylist() for key in table.column_names if key not in _ALIKE}
            used = {key: column for key, column in values.items() if any(one not in (None, "") for one in column)}
            said[name] = {"columns": list(used), "rows": list(zip(*used.values(), strict=True))}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
