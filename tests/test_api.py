"""What `import mingzhang as mz` offers, as its page shows it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from decimal import Decimal
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import FunctionType

import duckdb
import pyarrow as pa
import pytest

import mingzhang as mz
from example_ledgers import EXAMPLES, ROOT, example
from mingzhang.corpus import Options, add
from mingzhang.datapackage import write_package

PAGE = ROOT / "docs" / "api.md"
NAME = "xiaoyi-industry-2026"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples and a lake of them."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "examples").symlink_to(ROOT / "examples")
    for name in EXAMPLES:
        write_package(example(name), folder / "数据" / name)
    add([folder / "数据"], Options(str(folder / "湖")), workers=1)
    return folder


@pytest.fixture
def lake(place: Path) -> Iterator[mz.LakeView]:
    with mz.open_lake(place / "湖") as opened:
        yield opened


def test_the_page_runs(place: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) > 5
    shared: dict[str, object] = {}
    with chdir(place):
        for number, block in enumerate(blocks, 1):
            exec(compile(block, f"docs/api.md block {number}", "exec"), shared)
    assert isinstance(shared["spent"], pa.Table)
    assert shared["spent"].num_rows
    assert isinstance(shared["vehicles"], pa.Table)
    assert shared["vehicles"].num_rows


def test_the_page_tells_every_name() -> None:
    text = PAGE.read_text("utf-8")
    told = ("read", "read_all", "check", "compile", "open_lake", "InputError", "LakeError")
    assert all(re.search(rf"\b(?:mz\.)?{name}\b", text) for name in told)
    assert set(told) | {"Findings", "LakeView", "Publication"} == set(mz.__all__)


def test_the_door_is_sorted_open_and_the_same_as_the_rooms() -> None:
    api = import_module("mingzhang.api")
    assert list(mz.__all__) == api.__all__ == sorted(mz.__all__, key=lambda one: (not one[0].isupper(), one))
    assert all(getattr(mz, name) is getattr(api, name) for name in mz.__all__)
    assert set(mz.__all__) <= set(dir(mz))
    with pytest.raises(AttributeError, match="no attribute 'wead'"):
        mz.wead  # noqa: B018


def test_functions_keep_their_names_whatever_is_imported() -> None:
    for name in ("read", "check", "compile"):
        package = import_module(f"mingzhang.{name}")
        assert package.__name__ == f"mingzhang.{name}"
        assert isinstance(getattr(mz, name), FunctionType)
    assert vars(mz)["disclosure"] is import_module("mingzhang.disclosure")


def test_importing_is_cheap_and_the_package_typed() -> None:
    code = "import mingzhang, sys; print(*sorted(name for name in sys.modules if name.startswith('mingzhang')), 'typing' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == "mingzhang"
    assert len(done.stdout.split()) == 2
    assert files("mingzhang").joinpath("py.typed").is_file()


def test_tables_are_the_disclosures(place: Path) -> None:
    publication, disclosure = mz.compile(place / "examples" / NAME), example(NAME)
    assert (publication.name, publication.year, publication.disclosure) == (
        disclosure.name,
        disclosure.fiscal_year,
        disclosure,
    )
    assert publication.facts.num_rows == len(disclosure.facts) + len(disclosure.empty_tables)
    for name in ("narrative", "projects", "indicators", "overall", "texts", "catalogue"):
        table = getattr(publication, name)
        assert table.num_rows == len(getattr(disclosure, name)), name
        assert table.column_names[:2] == ["fiscal_year", "part"]
    first = publication.facts.slice(0, 1).to_pylist()[0]
    assert first["value"] == disclosure.facts[0].value
    assert isinstance(first["value"], Decimal)


def test_what_is_written_is_read_again(place: Path, tmp_path: Path) -> None:
    publication = mz.compile(place / "examples" / NAME)
    written = publication.write(tmp_path / "out", ["md"])
    again = mz.read(written[0])
    assert again.files == (written[0],)
    assert set(again.disclosure.facts) == set(publication.disclosure.facts)
    assert again.facts["line"].null_count < again.facts.num_rows
    assert mz.read(*publication.write(tmp_path / "data")[-1:]).disclosure == publication.disclosure
    with pytest.raises(mz.InputError, match="没有“rtf”这种格式"):
        publication.write(tmp_path, "rtf")


def test_several_disclosures_are_read_by_read_all(place: Path) -> None:
    folders = [place / "数据" / name for name in EXAMPLES]
    assert {one.name for one in mz.read_all(*folders)} == {example(name).name for name in EXAMPLES}
    with pytest.raises(mz.InputError, match="里面有 2 份公开"):
        mz.read(*folders)
    with pytest.raises(mz.InputError):
        mz.read()
    with pytest.raises(mz.InputError):
        mz.read(place / "没有.pdf")


def test_findings_are_records_and_a_table(place: Path) -> None:
    publication = mz.compile(place / "examples" / NAME)
    findings = mz.check(publication)
    assert findings
    assert findings.table["rule"].to_pylist() == [one.rule for one in findings]
    assert findings.table["severity"].to_pylist() == [one.severity for one in findings]
    assert findings.publication is publication
    assert findings.book
    assert [one.rule for one in mz.check(publication.disclosure)] == [one.rule for one in findings]
    prior = mz.check(publication, prior=mz.compile(place / "examples" / "jincheng-construction-2026"))
    assert isinstance(prior, mz.Findings)


def _hidden(into: Path) -> str:
    return f"WITH x AS (COPY documents TO '{into}') SELECT 1"


def test_a_lake_is_asked_and_not_changed(lake: mz.LakeView, place: Path) -> None:
    assert sorted(lake.documents["name"].to_pylist()) == sorted(example(name).name for name in EXAMPLES)
    for name in (
        "current",
        "facts",
        "narrative",
        "projects",
        "indicators",
        "overall",
        "texts",
        "catalogue",
        "findings",
    ):
        assert getattr(lake, name).num_rows == lake.sql(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py()
    found = lake.sql("SELECT name FROM projects WHERE seq = $seq", {"seq": 1})
    assert found.num_rows == 2
    for query in ("SELECT 1 FROM", f"SELECT * FROM read_text('{ROOT}/README.md')"):
        with pytest.raises(duckdb.Error):
            lake.sql(query)
    into = place / "湖" / "tables" / "x.csv"
    for query in ("DELETE FROM facts", "SELECT 1; SELECT 2", f"COPY documents TO '{into}'", _hidden(into)):
        with pytest.raises(mz.InputError, match="不能修改数据"):
            lake.sql(query)
    assert not into.exists()
    with pytest.raises(mz.LakeError, match="没有数据湖"):
        mz.open_lake(place / "数据")


def test_a_lake_answers_ready_questions(lake: mz.LakeView) -> None:
    answer = lake.compare(by="three_public")
    assert isinstance(answer.rows, pa.Table)
    assert answer.rows.num_rows
    assert answer == lake.ask("compare", by="three_public")
    name = example(NAME).name
    assert lake.ask("projects", names=[name]).rows.num_rows
    assert lake.department(name).document["name"] == name
    with pytest.raises(mz.InputError, match="没有“why”这个问题"):
        lake.ask("why")
    with pytest.raises(AttributeError, match="no attribute 'why'"):
        lake.why  # noqa: B018
