"""Ledgers that are handed in: told from what else people upload, unpacked, read without following a path that stands in them.

Last year's may come beside it: a ledger, a data package, or any published file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from mingzhang.amounts import to_wan
from mingzhang.archive import open_archive
from mingzhang.compile import compile_ledger
from mingzhang.datapackage import DESCRIPTOR, read_package
from mingzhang.disclosure import Disclosure
from mingzhang.families import families, load_family
from mingzhang.families.cells import Facts, parse_cell
from mingzhang.intake import open_documents
from mingzhang.ledger import Ledger, is_ledger
from mingzhang.ledger.load import build_ledger
from mingzhang.ledger.schema import PRIOR, SHEETS
from mingzhang.ledger.source import PAIRS_FILE, RawSheet, read_sheets
from mingzhang.problems import InputError, Problem
from mingzhang.read.sources.kinds import recognise
from mingzhang.tabular import read_workbook

LAST_YEAR = "上年的台账"  # begins the file of a problem that is not this year's
_TEN_THOUSAND = 10_000
_ENTRY = re.compile(r"[a-z_]{1,40}\.(?:csv|toml|json)")
_HEAD = 8  # rows of a sheet in which a title stands
_BLANK = re.compile(r"\s+")
_BOOKS = ("xlsx", "xls", "ods")


def raw_sheets(path: Path, called: str, place: Path) -> dict[str, RawSheet]:
    """The sheets of a ledger, a workbook (.xlsx) or a zip archive of the folder; `place` is a folder to unpack it in.

    `called` is the file as its owner calls it. Raises InputError if it is no ledger, saying what it is instead.
    """
    if folder := unpacked(path, called, place):
        if (folder / PAIRS_FILE).is_file():
            return read_sheets(folder)
        raise _refused("是公开的数据，不是预算台账；要核对公开的内容，请到“检查”", called)
    _check_workbook(path, called)
    return read_sheets(path)


def unpacked(path: Path, called: str, place: Path) -> Path | None:
    """The folder that a zip archive of a ledger or a data package was unpacked to; None if it is no such archive.

    Files are written under their own plain names only. Raises InputError if the archive is not safe, or holds several.
    """
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        return None
    try:
        archive = open_archive(data, called)
        names = [Path(entry.filename.replace("\\", "/")).name for entry in archive.infolist()]
        if PAIRS_FILE not in names and DESCRIPTOR not in names:
            return None
        folder = place / path.stem
        _unpack(archive, folder, called)
    except BadZipFile:  # whoever reads it says so
        return None
    return folder


def _unpack(archive: ZipFile, folder: Path, called: str) -> None:
    folder.mkdir(parents=True)
    for entry in archive.infolist():
        name = Path(entry.filename.replace("\\", "/")).name
        if _ENTRY.fullmatch(name):
            if (folder / name).exists():
                raise _refused("压缩包里有不止一份台账或数据，请只压缩一份", called)
            (folder / name).write_bytes(archive.read(entry))


def _check_workbook(path: Path, called: str) -> None:
    content = recognise(path.read_bytes(), called)
    if content.kind in _BOOKS:
        book = {name.strip(): rows for name, rows in read_workbook(path).items()}
        ours = {name for sheet in SHEETS for name in (sheet.label, sheet.key)}
        if not ours & book.keys():
            texts = [*book, *(cell for rows in book.values() for _, cells in rows[:_HEAD] for cell in cells)]
            if _published(texts):
                message = "是已编好的公开表，不是预算台账；编制要上传填好的台账工作簿，核对公开表请到“检查”"
                raise _refused(message, called)
            some = "、".join(f"“{sheet.label}”" for sheet in SHEETS if sheet.required)
            message = f"不是预算台账：没有{some}等工作表，请下载台账模板，填好后上传"
            raise _refused(message, called)
        if content.kind == "xlsx":
            return
        raise _refused("请用 Excel 或 WPS 另存为 .xlsx 后上传", called)
    raise _refused("不是台账工作簿：请上传填好的台账（.xlsx）；要核对公开文件，请到“检查”", called)


def _published(texts: list[str]) -> bool:
    """Whether titles of the prescribed tables are among the texts."""
    plain = {_BLANK.sub("", text) for text in texts if text}
    titles = {
        _BLANK.sub("", re.sub(r"\{\w+\}年?", "", table.title))
        for family in families()
        for table in load_family(family).tables
    }
    return any(title in text for text in plain for title in titles if title)


def last_year(path: Path, called: str, place: Path, say: Callable[[str], None]) -> Disclosure:
    """Last year's disclosure: compiled from a ledger, or read from a data package or a published file.

    Raises InputError if it is none of these; problems of a ledger say that it is last year's.
    """
    disclosure = _last_year(path, called, place, say)
    if disclosure.family != load_family().id:
        raise _refused("不是上年的部门（单位）预算公开，不能比较，请换成上年的预算公开或台账", called)
    return disclosure


def _last_year(path: Path, called: str, place: Path, say: Callable[[str], None]) -> Disclosure:
    folder = unpacked(path, called, place)
    if folder and not (folder / PAIRS_FILE).is_file():
        try:
            return read_package(folder)
        except InputError as error:  # which tells where it was unpacked
            told = [replace(one, file=one.file.replace(str(folder), called)) for one in error.problems]
            raise InputError(told) from error
    if folder or _holds_ledger(path, called):
        try:
            raw = read_sheets(folder or path)
            raw.pop(PRIOR.key, None)  # the year before last changes no cell of its tables
            return compile_ledger(build_ledger(raw, Path(called)))
        except InputError as error:
            told = [replace(one, file=f"{LAST_YEAR} {called}") for one in error.problems]
            raise InputError(told) from error
    opened = open_documents([path], say)
    if opened.problems or len(opened.documents) != 1:
        raise InputError(opened.problems or [Problem("里面不是一份公开，请只上传上年的一份公开或台账", called)])
    return opened.documents[0].disclosure


def _holds_ledger(path: Path, called: str) -> bool:
    if recognise(path.read_bytes(), called).kind not in _BOOKS:
        return False
    names = {name.strip() for name in read_workbook(path)}
    return any(sheet.label in names or sheet.key in names for sheet in SHEETS if sheet.required)


def with_last_year(raw: Mapping[str, RawSheet], prior: Disclosure | None) -> dict[str, RawSheet]:
    """The sheets with last year's amounts: those that were filled in, else those of last year's disclosure.

    Raises InputError if the ledger names a path to last year's: here, such a file is handed in with it.
    """
    sheets = dict(raw)
    held = raw.get(PRIOR.key) or RawSheet("", (), ((0, {}),), {})
    cells = dict(held.rows[0][1]) if held.rows else {}
    if cells.pop("source", ""):
        if prior is None:
            message = (
                "工作台不能打开另一个文件的路径：请清空这一格，把上年的台账或公开和本台账一起上传，或逐项填写上年数"
            )
            column = PRIOR.column("source").label
            raise InputError([Problem(message, held.file, PRIOR.label, held.places.get("source") or None, column)])
    elif prior is None:
        return sheets
    if prior is not None and not any(cells.values()):
        cells |= {key: f"{amount * _TEN_THOUSAND:f}" for key, amount in _amounts(prior)}
    sheets[PRIOR.key] = replace(held, headers=tuple(cells), rows=((0, cells),))
    return sheets


def refuse_path(file: Path) -> None:
    """Raises InputError if a file is a ledger that names a path to last year's."""
    if file.suffix == ".xlsx" and is_ledger(file):
        with_last_year(read_sheets(file), None)


def check_last_year(ledger: Ledger, prior: Disclosure, called: str) -> list[Problem]:
    """Warnings where the amounts that were filled in, or the name, are not those of last year's disclosure.

    Raises InputError if it is not last year's.
    """
    if prior.fiscal_year and prior.fiscal_year != ledger.fiscal_year - 1:
        message = f"是{prior.fiscal_year}年度的，上年应为{ledger.fiscal_year - 1}年度，请换成上年的文件"
        raise InputError([Problem(message, called)])
    found = []
    own = {ledger.text("department", "department_name"), *(one.agency_name for one in ledger.agencies)}
    if prior.name and prior.name not in own:
        message = f"上年的文件是“{prior.name}”的，本年台账是“{ledger.text('department', 'department_name')}”，请确认是同一个部门"
        found.append(Problem(message, called, severity="warning"))
    for key, amount in _amounts(prior):
        filled = ledger.prior.get(key)
        if isinstance(filled, Decimal) and to_wan(filled) != amount:
            message = f"填的是{to_wan(filled)}万元，上年的文件里是{amount}万元，请核对"
            found.append(Problem(message, sheet=PRIOR.label, column=PRIOR.column(key).label, severity="warning"))
    return found


def _amounts(prior: Disclosure) -> Iterator[tuple[str, Decimal]]:
    """Last year's amounts in 万元 by their key in the ledger, as far as the tables that they stand in are there."""
    facts, known = Facts(prior.facts), {*prior.empty_tables, *(fact.table for fact in prior.facts)}
    for key, reference in load_family(prior.family).prior.items():
        cell = parse_cell(reference)
        if cell and cell.table in known:
            yield key, facts.value(cell)


def _refused(message: str, called: str) -> InputError:
    return InputError([Problem(message, called)])
