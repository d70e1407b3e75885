"""A lake as open data: the data package, the DuckDB file, the data dictionary, and what is masked in them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import frictionless
import pyarrow as pa
import pytest

from mingzhang.cli.exporting import declare_export
from mingzhang.compile import compile_ledger
from mingzhang.corpus import Lake, LakeError, Options, add, connect
from mingzhang.corpus.describing import schema_of
from mingzhang.corpus.export import DATABASE, OUT, export
from mingzhang.corpus.masking import Masker, long_numbers, secrets
from mingzhang.corpus.schema import DOCUMENTS, SCHEMAS
from mingzhang.corpus.sinks import Database
from mingzhang.datapackage import write_package
from mingzhang.disclosure import Disclosure
from mingzhang.problems import InputError
from mingzhang.usage import Commands, Parser
from realistic import ledger

MOBILE, IDENTITY, PERSON = "13800001111", "11010519491231002X", "梁有财"
CSVS = {f"{table}.csv" for table in OUT}


def with_private_data(disclosure: Disclosure) -> Disclosure:
    """The disclosure with a person's name and numbers in its first project, the telephone once spaced out."""
    first, *rest = disclosure.projects
    texts = {
        **first.texts,
        "overview": f"发放{PERSON}丧葬费，身份证号{IDENTITY}，电话138 0000 1111。",
        "plan": f"由{PERSON}的家属申请（电话{MOBILE}），{PERSON}丧葬费一次付清。",
    }
    return replace(disclosure, projects=(replace(first, texts=texts), *rest))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Four departments, one with private data; one published again; one file that cannot be read."""
    folder = tmp_path_factory.mktemp("corpus")
    made = [compile_ledger(ledger(seed, projects=3)) for seed in range(4)]
    # The second department prints the telephone as a number that no rule looks at.
    texts = (*made[1].texts, replace(made[1].texts[-1], text=f"编号X{MOBILE}0、编号-{MOBILE}"))
    for name, one in (
        ("a", with_private_data(made[0])),
        ("b", replace(made[1], texts=texts)),
        ("c", made[2]),
        ("d", made[3]),
    ):
        write_package(one, folder / "一" / name)
    (folder / "一" / "坏.docx").write_bytes(b"no document")
    add([folder / "一"], Options(str(folder / "湖")), workers=1)
    write_package(replace(made[2], facts=made[2].facts[:-1]), folder / "二" / "c")
    add([folder / "二"], Options(str(folder / "湖")), workers=1)
    return Lake(str(folder / "湖"))


@pytest.fixture(scope="module")
def out(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open") / "out"
    export(lake, folder)
    return folder


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_package_is_sound(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == CSVS | {DATABASE, "datapackage.json", "数据字典.md", "数据字典.csv"}
    report = frictionless.validate(str(out / "datapackage.json"))
    assert report.valid, report.flatten(["resourceName", "rowNumber", "fieldName", "message"])
    assert len(report.tasks) == len(OUT)


def test_a_broken_file_is_noticed(out: Path, tmp_path: Path) -> None:
    """The descriptor holds the files' size and hash, keys and references."""
    for path in out.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "facts.csv").open("a") as file:
        file.write((out / "facts.csv").read_text("utf-8").splitlines()[1] + "\n")
    found = {error[0] for error in frictionless.validate(str(tmp_path / "datapackage.json")).flatten(["type"])}
    assert {"hash-count", "byte-count"} & found


def test_exported_is_what_the_lake_holds(lake: Lake, out: Path) -> None:
    database = connect(lake)
    documents = rows(out / "documents.csv")
    assert len(documents) == 4
    assert {(one["status"], one["latest"]) for one in documents} == {("read", "true")}
    assert sorted(one["version"] for one in documents) == ["1", "1", "1", "2"]
    for table in SCHEMAS:
        if table == DOCUMENTS:
            continue
        held = database.execute(f"SELECT doc, part FROM {table} SEMI JOIN current USING (doc) ORDER BY ALL").fetchall()
        assert sorted((one["doc"], int(one["part"])) for one in rows(out / f"{table}.csv")) == held
    total = database.execute("SELECT sum(value) FROM facts SEMI JOIN current USING (doc)").fetchall()[0][0]
    assert sum(Decimal(one["value"]) for one in rows(out / "facts.csv") if one["value"]) == total


def test_the_database_holds_the_same_with_comments(out: Path) -> None:
    with duckdb.connect(str(out / DATABASE), read_only=True) as database:
        for table, schema in OUT.items():
            exported = rows(out / f"{table}.csv")
            assert database.execute(f"SELECT count(*) FROM {table}").fetchall() == [(len(exported),)]
            comments = database.execute("SELECT comment FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
            assert len(comments) == len(schema)
            assert all(comment for (comment,) in comments)
        kinds = dict(
            database.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'facts'"
            ).fetchall()
        )
        assert kinds["value"] == "DECIMAL(18,4)"
        assert database.execute("SELECT count(*) FROM current").fetchall() == [(4,)]
        texts = database.execute("SELECT overview FROM projects ORDER BY ALL").fetchall()
        assert sorted(text for (text,) in texts) == sorted(one["overview"] for one in rows(out / "projects.csv"))


def test_private_data_are_masked_everywhere(lake: Lake, out: Path) -> None:
    raw = connect(lake).execute("SELECT overview FROM projects").fetchall()
    assert any(PERSON in text for (text,) in raw)
    for file in out.iterdir():
        data = file.read_bytes()
        for secret in (PERSON, IDENTITY, "138 0000 1111"):
            assert secret.encode() not in data, file.name
    private = next(one for one in rows(out / "projects.csv") if "丧葬费" in one["overview"])
    assert private["overview"] == "发放梁**丧葬费，身份证号1101************2X，电话138 **** 1111。"
    assert private["plan"] == "由梁**的家属申请（电话138****1111），梁**丧葬费一次付清。"
    places = [
        place
        for one in rows(out / "findings.csv")
        if one["category"] == "privacy"
        for place in json.loads(one["where"])
    ]
    assert {place["value"] for place in places if place.get("value")} >= {"梁**", "1101************2X", "138****1111"}
    # A number that is private in one document is in all of them; a longer number is another.
    assert any(f"编号X{MOBILE}0、编号-138****1111" == one["text"] for one in rows(out / "texts.csv"))


def test_the_descriptor_has_titles_and_fiscal_hints(out: Path) -> None:
    content = json.loads((out / "datapackage.json").read_text("utf-8"))
    assert content["fiscalPeriod"] == {"start": "2026-01-01", "end": "2026-12-31"}
    fields = {(one["name"], field["name"]): field for one in content["resources"] for field in one["schema"]["fields"]}
    assert all(field["title"] for field in fields.values())
    value = fields["facts", "value"]
    assert (value["columnType"], value["currency"], value["factor"]) == ("value", "CNY", 10_000)
    assert fields["projects", "annual"]["factor"] == 1
    assert all(fields[table, "fiscal_year"]["columnType"] == "date:fiscal-year" for table in OUT)
    (codes,) = content["rowCodes"].values()
    assert {kind.split(":")[0] for kind in codes.values()} >= {"functional-classification", "economic-classification"}


def test_the_dictionary_tells_every_column(out: Path) -> None:
    told = {(one["表"], one["栏"]) for one in rows(out / "数据字典.csv")}
    assert told == {(table, name) for table, schema in OUT.items() for name in schema.names}
    assert all(one["含义"] for one in rows(out / "数据字典.csv"))
    page = (out / "数据字典.md").read_text("utf-8")
    assert "`value` | 数值（表内为万元） | 数 | 万元 |" in page
    assert "{" not in page


def test_two_exports_are_byte_equal(lake: Lake, out: Path, tmp_path: Path) -> None:
    export(lake, tmp_path / "again", ["csv"])
    for name in CSVS | {"datapackage.json", "数据字典.md", "数据字典.csv"}:
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


def test_every_version_is_exported_when_asked(lake: Lake, tmp_path: Path) -> None:
    done = export(lake, tmp_path / "out", ["csv"], every_version=True)
    documents = rows(tmp_path / "out" / "documents.csv")
    assert done.rows["documents"] == len(documents) == 6
    assert sorted(one["status"] for one in documents) == ["failed", *["read"] * 5]
    assert [one["version"] for one in documents if one["latest"] == "false"] == ["1"]
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid


def test_written_whole_or_not_at_all(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "facts.csv").write_text("old")

    def failing(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Database, "write", failing)
    with pytest.raises(OSError, match="no space"):
        export(lake, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "facts.csv").read_text() == "old"


def test_what_cannot_be_exported_is_refused(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有“xlsx”这种格式"):
        export(lake, tmp_path / "out", ["xlsx"])
    with pytest.raises(InputError, match="换一个输出文件夹"):
        export(lake, Path(lake.storage.root))
    with pytest.raises(LakeError, match="没有数据湖"):
        export(Lake(str(tmp_path / "nothing")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_masked(lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = Commands(Parser("corpus", ""))
    declare_export(declared)
    given = declared.parser.parse_args(["export", lake.storage.uri, "-o", str(tmp_path / "out"), "--format", "csv"])
    assert not given.run(given)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("已遮盖 ")
    assert int(lines[-2].split()[1]) >= 5
    assert lines[-1].startswith("已导出 4 份公开、")
    assert not (tmp_path / "out" / DATABASE).exists()
    given = declared.parser.parse_args(["export", str(tmp_path), "-o", str(tmp_path / "other")])
    with pytest.raises(InputError, match="没有数据湖"):
        given.run(given)


def batch(**columns: list[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_a_name_is_masked_in_its_own_document_alone() -> None:
    masker = Masker(frozenset())
    masker.begin([("1", "高明"), ("1", "＃")])
    found = masker.masked(batch(doc=["1", "2"], text=["高 明，１３８", "提高明显"]))
    assert found["text"].to_pylist() == ["高 *，１３８", "提高明显"]
    assert masker.count == 1


def test_secrets_come_from_findings_on_privacy() -> None:
    def findings() -> Iterator[pa.RecordBatch]:
        where: list[Mapping[str, str]] = [{"value": "138 0000 1111"}, {"text": "x"}, {"value": " "}]
        yield batch(doc=["1", "2"], category=["privacy", "typo"], where=[json.dumps(where), '[{"value":"张三"}]'])

    assert list(secrets(findings())) == [("1", "138 0000 1111")]
    assert long_numbers(secrets(findings())) == {"13800001111"}
    assert long_numbers([("1", "张三"), ("1", "123456"), ("2", IDENTITY.lower())]) == {IDENTITY}


def test_every_type_of_column_has_a_type_in_the_schema() -> None:
    kinds = {field["type"] for table, schema in OUT.items() for field in schema_of(table, schema)["fields"]}
    assert kinds == {"string", "integer", "number", "boolean"}
