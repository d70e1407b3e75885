"""The catalogue of service purchases at the command line: shown, searched, two editions compared."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise

import pytest

from mingzhang.cli import main
from mingzhang.families import load_family
from mingzhang.taxonomy import Catalogue, CatalogueEntry, Edition, editions, load_catalogue
from mingzhang.taxonomy.catalogue_diff import counts, diff
from mingzhang.taxonomy.catalogue_search import search

REGION = load_family().catalogue_region


def catalogue(*rows: tuple[str, str, str]) -> Catalogue:
    """A made-up edition of section, code and name."""
    levels = {1: "一级", 3: "二级", 5: "三级", 7: "四级"}
    entries = tuple(CatalogueEntry(section, code, levels[len(code)], name) for section, code, name in rows)
    return Catalogue(Edition("x", "目录", "〔2099〕1号", "2099"), entries)


OLD = catalogue(
    ("水利", "A", "公共服务"),
    ("水利", "A01", "河湖管理服务"),
    ("水利", "A0101", "河道清淤服务"),
    ("水利", "A0102", "水库巡查服务"),
    ("水利", "A0103", "船闸运行服务"),
    ("发展和改革委员会", "A", "公共服务"),
    ("发展和改革委员会", "A0201", "规划编制服务"),
)
NEW = catalogue(
    ("水利", "A", "公共服务"),
    ("水利", "A01", "河湖管理服务"),
    ("水利", "A0101", "堤防养护服务"),
    ("水利", "A0102", "河道清淤服务"),
    ("水利", "A0103", "水库巡查和监测服务"),
    ("发展和改革", "A", "公共服务"),
    ("发展和改革", "A0201", "规划编制服务"),
)


def test_diff_tells_what_moved_from_what_is_new() -> None:
    found = [
        (one.kind, one.old and one.old.name, one.new and one.new.name) for one in diff(OLD, NEW) if one.kind != "kept"
    ]
    assert found == [
        ("added", None, "堤防养护服务"),
        ("recoded", "河道清淤服务", "河道清淤服务"),
        ("renamed", "水库巡查服务", "水库巡查和监测服务"),
        ("dropped", "船闸运行服务", None),
    ]
    assert counts(diff(OLD, NEW)) == {"added": 1, "dropped": 1, "renamed": 1, "recoded": 1, "kept": 4}


def test_a_section_of_another_name_is_the_same_section() -> None:
    assert {one.kind for one in diff(OLD, NEW, "发展和改革委员会")} == {"kept"}
    assert diff(OLD, NEW, "发展和改革") == diff(OLD, NEW, "发展和改革委员会")


def test_diff_agrees_with_the_counts_by_name() -> None:
    """By section and name 2024 → 2025 keeps 960 entries of the fourth level, adds 200 and drops 122 (renamings count as both)."""
    old, new = load_catalogue("2024", REGION), load_catalogue("2025", REGION)
    # Only what stands in sections of one name: the counts know no renamed section.
    same = [
        one
        for one in diff(old, new)
        if one.entry.level == "四级" and not (one.old and one.new and one.old.section != one.new.section)
    ]
    moved = [one for one in diff(old, new) if one.entry.level == "四级" and one not in same]
    found = counts(same)
    assert found["kept"] + found["recoded"] == 960
    assert found["added"] + found["renamed"] + len(moved) == 200
    assert found["dropped"] + found["renamed"] + len(moved) == 122


def test_every_edition_equals_itself_and_diff_is_complete() -> None:
    held = [load_catalogue(edition.id, REGION) for edition in editions(REGION)]
    for one in held:
        assert {change.kind for change in diff(one, one)} == {"kept"}
    for old, new in pairwise(held):
        found = counts(diff(old, new))
        both = found["kept"] + found["renamed"] + found["recoded"]
        assert (both + found["dropped"], both + found["added"]) == (len(old.entries), len(new.entries))


def test_search_puts_names_that_hold_the_words_first() -> None:
    found = search("法律顾问", load_catalogue("2025", REGION))
    assert all(one.exact for one in found[:2])
    assert {"村（居）法律顾问服务", "法律顾问服务及涉诉应诉服务"} == {one.name for one in found if one.exact}
    assert [one.score for one in found if not one.exact] == sorted(
        (one.score for one in found if not one.exact), reverse=True
    )


def test_search_finds_every_entry_by_its_own_name() -> None:
    held = load_catalogue("2025", REGION)
    for entry in held.entries[::97]:
        best = search(entry.name, held, entry.section)[0]
        assert best.name == entry.name
        assert best.score == 1


def test_names_above_count_and_sections_are_put_together() -> None:
    held = catalogue(
        ("甲", "A", "公共服务"), ("甲", "A01", "道路照明"), ("甲", "A0101", "日常维护服务"),
        ("乙", "A", "公共服务"), ("乙", "A01", "河道管理"), ("乙", "A0101", "日常维护服务"), ("乙", "A0102", "巡查服务"),
    )  # fmt: skip
    found = search("道路维护服务", held)
    assert (found[0].name, found[0].above, found[0].sections) == (
        "日常维护服务",
        ("公共服务", "道路照明"),
        ("甲", "乙"),
    )
    assert [one.name for one in search("照明", held)] == ["道路照明", "日常维护服务"]
    assert search("，。", held) == []


def test_commands_print_text_csv_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "show", "2025", "--section", "水利"]) == 0
    text = capsys.readouterr().out.splitlines()
    assert text[:2] == ["水利", "  A 公共服务"]
    number = load_catalogue("2025", REGION).edition.document_number
    assert number in text[-1]
    assert main(["catalogue", "show", number, "--section", "水利", "-f", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(text) - 2
    assert rows[0] == {"section": "水利", "code": "A", "level": "一级", "name": "公共服务", "flag": ""}
    assert main(["catalogue", "search", "法律顾问", "--limit", "1", "-f", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["exact"] is True
    assert "找到 1 条" in err
    assert main(["catalogue", "search", "㍉", "-f", "csv"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_diff_command_counts_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "diff", "2024", "2025"]) == 0
    text = capsys.readouterr().out.splitlines()
    found = counts(diff(load_catalogue("2024", REGION), load_catalogue("2025", REGION)))
    assert f"新增 {found['added']}、删去 {found['dropped']}、改名 {found['renamed']}" in text[-1]
    assert sum(line.startswith("  新增 ") for line in text) == found["added"]
    assert main(["catalogue", "diff", "2024", "2025", "--section", "水利", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["section"] for row in rows} <= {"水利"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "2029"], "没有“2029”版"),
        (["show", "2025", "--section", "局长"], "没有“局长”这个部门"),
        (["show", "2025", "--section", "发"], "有几个部门的名称含有“发”"),
        (["show", "2025", "--region", "nowhere"], "没有地区“nowhere”"),
        (["search", "审计", "--format", "xml"], "没有“xml”这种格式"),
        (["search", "审计", "--limit", "0"], "--limit 的值不对"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", *arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert told in err


def test_a_doubtful_reading_is_marked() -> None:
    flagged = Catalogue(NEW.edition, tuple(replace(one, flag="stray_cell") for one in NEW.entries))
    assert all(one.doubtful for one in diff(OLD, flagged) if one.new)
    assert not any(one.doubtful for one in diff(OLD, NEW))
