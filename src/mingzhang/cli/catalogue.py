"""The commands on the catalogue of service purchases: `catalogue show`, `catalogue search` and `catalogue diff`."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from mingzhang.problems import InputError, Problem
from mingzhang.usage import Commands, Parser

if TYPE_CHECKING:
    from mingzhang.taxonomy import Catalogue, CatalogueEntry
    from mingzhang.taxonomy.catalogue_diff import Change
    from mingzhang.taxonomy.catalogue_search import Match

FORMATS = ("text", "csv", "json")
_MOST_SECTIONS = 3
_CHANGES = {"added": "新增", "dropped": "删去", "renamed": "改名", "recoded": "改码", "kept": "不变"}

Row = Mapping[str, object]
# The columns of each command's CSV.
_ENTRY = ("section", "code", "level", "name", "flag")
_MATCH = ("code", "name", "level", "above", "sections", "exact", "score", "flag")
_CHANGE = ("change", "section", "level", "old_code", "old_name", "new_code", "new_name", "doubtful")


def declare(declared: Commands) -> None:
    """Declare `catalogue` and what it does."""
    catalogue = declared.group("catalogue", "政府购买服务指导性目录：查看、按描述找代码、比较两个版本。")
    edition = "目录版本（如 2025）或文号"
    one = catalogue.add("show", "列出一个版本的目录，按部门分级。", _show)
    one.add_argument("edition", metavar="EDITION", help=edition)
    _common(one)
    one = catalogue.add("search", "按描述找目录代码：名称含有描述的在前，其余按相同字词排序。", _search)
    one.add_argument("text", metavar="TEXT", help="要购买的服务，如 路灯维护")
    one.add_argument("--edition", metavar="EDITION", help=f"{edition}；不填为最新版本")
    one.add_argument("--limit", type=_count, default=20, metavar="N", help="最多列出几条；不填为 20")
    _common(one)
    one = catalogue.add("diff", "比较两个版本的目录：新增、删去、改名、改码，最后是各类条数。", _diff)
    one.add_argument("old", metavar="OLD", help=edition)
    one.add_argument("new", metavar="NEW", help=edition)
    _common(one)


def _common(one: Parser) -> None:
    one.add_argument("--section", metavar="S", help="只看一个部门，如 水利；不填为全部")
    one.add_argument("--region", metavar="R", help="地区；不填为默认公开样式所用的地区")
    one.add_argument("-f", "--format", default="text", metavar="FORMAT", help="text、csv、json；不填为 text")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _show(given: argparse.Namespace) -> None:
    """The command `catalogue show`."""
    catalogue = _catalogue(given, given.edition)
    section = _section(given.section, [catalogue])
    entries = [entry for entry in catalogue.entries if section in (None, entry.section)]
    rows = [_entry_row(entry) for entry in entries]
    edition = catalogue.edition
    sections = len({entry.section for entry in entries})
    summary = f"{edition.title}，{edition.document_number}（{edition.id}）：{sections} 个部门，{len(entries)} 条"
    _tell(given, _ENTRY, rows, _shown(entries), summary)


def _shown(entries: Sequence[CatalogueEntry]) -> Iterator[str]:
    for section, same in groupby(entries, key=lambda entry: entry.section):
        yield section
        for entry in same:
            yield f"{'  ' * (1 + len(entry.code) // 2)}{entry.code} {entry.name}{_doubt(entry.flag)}"


def _search(given: argparse.Namespace) -> None:
    """The command `catalogue search`."""
    from mingzhang.taxonomy.catalogue_search import search

    catalogue = _catalogue(given, given.edition)
    found = search(given.text, catalogue, _section(given.section, [catalogue]), given.limit)
    rows = [_match_row(one) for one in found]
    edition = catalogue.edition
    summary = f"{edition.document_number}（{edition.id}）：找到 {len(found)} 条" if found else "没有找到相近的目录"
    _tell(given, _MATCH, rows, (line for one in found for line in _matched(one)), summary)


def _matched(one: Match) -> Iterator[str]:
    more = f"等 {len(one.sections)} 个部门" if len(one.sections) > _MOST_SECTIONS else ""
    sections = f"{'、'.join(one.sections[:_MOST_SECTIONS])}{more}"
    yield f"{one.code:<8} {one.name}{_doubt(one.flag)}"
    yield f"         {' > '.join(one.above)}（{sections}）"


def _diff(given: argparse.Namespace) -> None:
    """The command `catalogue diff`."""
    from mingzhang.taxonomy.catalogue_diff import counts, diff

    old, new = _catalogue(given, given.old), _catalogue(given, given.new)
    changes = diff(old, new, _section(given.section, [old, new]))
    told = [change for change in changes if change.kind != "kept"]
    rows = [_change_row(change) for change in told]
    numbers = "、".join(f"{_CHANGES[kind]} {count}" for kind, count in counts(changes).items())
    doubtful = sum(change.doubtful for change in told)
    doubt = f"；其中 {doubtful} 处识读存疑，请对照原文" if doubtful else ""
    summary = f"{old.edition.document_number} → {new.edition.document_number}：{numbers}{doubt}"
    _tell(given, _CHANGE, rows, _changed(told), summary)


def _changed(changes: Sequence[Change]) -> Iterator[str]:
    for section, same in groupby(changes, key=lambda change: change.entry.section):
        yield section
        for change in same:
            yield f"  {_CHANGES[change.kind]} {_told(change)}{'（识读存疑）' if change.doubtful else ''}"


def _told(change: Change) -> str:
    old, new, entry = change.old, change.new, change.entry
    if old is None or new is None:
        return f"{entry.code} {entry.name}"
    if change.kind == "recoded":
        return f"{old.code} → {new.code} {new.name}"
    code = new.code if old.code == new.code else f"{old.code} → {new.code}"
    return f"{code} {old.name} → {new.name}"


def _entry_row(one: CatalogueEntry) -> Row:
    return dict(zip(_ENTRY, (one.section, one.code, one.level, one.name, one.flag), strict=True))


def _match_row(one: Match) -> Row:
    names, sections = "/".join(one.above), "、".join(one.sections)
    values = (one.code, one.name, one.level, names, sections, one.exact, one.score, one.flag)
    return dict(zip(_MATCH, values, strict=True))


def _change_row(change: Change) -> Row:
    old, new, entry = change.old, change.new, change.entry
    before, after = ((one.code, one.name) if one else ("", "") for one in (old, new))
    values = (change.kind, entry.section, entry.level, *before, *after, change.doubtful)
    return dict(zip(_CHANGE, values, strict=True))


def _doubt(flag: str) -> str:
    return "（识读存疑）" if flag else ""


def _catalogue(given: argparse.Namespace, named: str | None) -> Catalogue:
    """The catalogue of the edition that is named by its id or document number; the latest if none is."""
    from mingzhang.families import load_family
    from mingzhang.taxonomy import editions, load_catalogue

    if given.format not in FORMATS:
        raise InputError([Problem(f"没有“{given.format}”这种格式，请填：{'、'.join(FORMATS)}")])
    region = given.region or load_family().catalogue_region
    held = editions(region)
    numbers = {edition.document_number: edition.id for edition in held}
    return load_catalogue(numbers.get(named or "", named or held[-1].id), region)


def _section(named: str | None, catalogues: Sequence[Catalogue]) -> str | None:
    """The section that is named, in full or by a part that only one has. Raises InputError if there is none, or several."""
    sections = list(dict.fromkeys(section for one in catalogues for section in one.sections))
    if named is None or named in sections:
        return named
    near = [section for section in sections if named in section]
    if len(near) == 1:
        return near[0]
    if near:
        raise InputError([Problem(f"有几个部门的名称含有“{named}”，请填其中一个：{'、'.join(near)}")])
    raise InputError([Problem(f"目录中没有“{named}”这个部门，请填：{'、'.join(sections)}")])


def _tell(
    given: argparse.Namespace, columns: Sequence[str], rows: Sequence[Row], lines: Iterator[str], summary: str
) -> None:
    """Print the result in the format asked for, and last the summary (beside data on standard error)."""
    if given.format == "text":
        for line in lines:
            print(line)
        print(summary)
        return
    if given.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.flush()
    print(summary, file=sys.stderr)
