"""The JSON API as programs use it: what it gives, whom it refuses, and that it is as its description says."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import openpyxl
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from starlette.testclient import TestClient

from asked_lake import FIRST, SECOND, SHOWN, TELEPHONE, published_files, small_lake
from example_ledgers import ROOT, example, program
from mingzhang.check import Candidate, check
from mingzhang.check.reports.data import to_json
from mingzhang.corpus import Lake, connect
from mingzhang.corpus.questions import Strict, sql
from mingzhang.datapackage import package_files
from mingzhang.intake import open_documents
from mingzhang.ledger.workbook import new_ledger
from mingzhang.problems import InputError
from mingzhang.web.api.replies import REFUSALS
from mingzhang.web.app import create_app
from mingzhang.web.settings import Settings
from serving import Served, served

V1 = "/api/v1"
# What a description cannot say: that a file is a disclosure, a text is SQL, a cursor is one that was given, a text is needed with
# another parameter; and how the parts of a form are told apart.
UNTOLD = {
    f"POST {V1}/checks": [positive_data_acceptance, negative_data_rejection],
    f"POST {V1}/compilations": [positive_data_acceptance, negative_data_rejection],
    f"POST {V1}/sql": [positive_data_acceptance],
    f"GET {V1}/questions/projects": [positive_data_acceptance],
    f"GET {V1}/documents": [positive_data_acceptance],
    f"GET {V1}/documents/{{doc}}/tables/{{table}}": [positive_data_acceptance],
    f"GET {V1}/checks/{{job_id}}/tables/{{table}}": [positive_data_acceptance],
}
HOST = "http://127.0.0.1"
PASSWORD = "a long password"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return published_files(tmp_path_factory)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lake(tmp_path_factory)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, lake: Path) -> Any:
    data = tmp_path_factory.mktemp("workbench") / "data"
    return create_app(Settings(data, lake=str(lake), workers=1))


@pytest.fixture(scope="module")
def client(app: Any) -> Iterator[TestClient]:
    with TestClient(app, base_url=HOST) as client:
        yield client


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, lake: Path) -> Iterator[Served]:
    """The same as a program of its own."""
    data = tmp_path_factory.mktemp("server") / "data"
    with served(data, "--lake", str(lake), "--workers", "1") as server:
        yield server


@pytest.fixture(scope="module")
def job(client: TestClient, files: list[Path]) -> str:
    """A check that is done: of the example with the telephone."""
    return checked(client, files[1])


def checked(client: httpx2.Client, file: Path, **headers: str) -> str:
    with file.open("rb") as content:
        taken = client.post(f"{V1}/checks", files={"files": (file.name, content)}, headers=headers)
    assert taken.status_code == 202, taken.text
    [job] = taken.json()["jobs"]
    assert taken.headers["location"] == job["links"]["self"]
    return str(over(client, job["links"]["self"], **headers)["id"])


def over(client: httpx2.Client, address: str, **headers: str) -> dict[str, Any]:
    """A job when it is over."""
    for _ in range(600):
        told: dict[str, Any] = client.get(address, headers=headers).json()
        if told["status"] in ("done", "failed"):
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def rows(client: TestClient, address: str, **parameters: Any) -> list[dict[str, Any]]:
    reply = client.get(V1 + address, params=parameters)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["rows"]
    return found


def refused(reply: Any, status: int) -> str:
    """What a refusal says; all have one shape."""
    assert reply.status_code == status, reply.text
    error = reply.json()["error"]
    assert set(error) == {"status", "message", "problems"}
    assert error["status"] == status
    assert re.search(r"[\u4e00-\u9fff]", error["message"])
    return str(error["message"])


# Checks


def test_findings_are_those_of_the_command(client: TestClient, job: str, files: list[Path]) -> None:
    told = client.get(f"{V1}/checks/{job}/findings").json()
    [document] = open_documents([files[1]]).documents
    expected = json.loads(to_json(check([Candidate(document.name, document.disclosure)])))
    assert [one["rule"] for one in told["findings"]] == [one["rule"] for one in expected["findings"]]
    assert told["documents"] == expected["documents"]
    for one, same in zip(told["findings"], expected["findings"], strict=True):
        assert {key: one[key] for key in one if key not in ("id", "where")} == {
            key: json.loads(json.dumps(same[key]).replace(TELEPHONE, SHOWN)) for key in same if key != "where"
        }
    rule = told["findings"][0]["rule"]
    only = client.get(f"{V1}/checks/{job}/findings", params={"rule": rule.lower()}).json()["findings"]
    assert only
    assert {one["rule"] for one in only} == {rule}
    for key in ("severity", "category"):
        value = told["findings"][-1][key]
        some = client.get(f"{V1}/checks/{job}/findings", params={key: value}).json()["findings"]
        assert some == [one for one in told["findings"] if one[key] == value]


def test_tables_are_what_was_read(client: TestClient, job: str) -> None:
    package = package_files(example(SECOND))
    facts = rows(client, f"/checks/{job}/tables/facts", limit=10_000)
    printed = [row for row in csv.DictReader(io.StringIO(package["facts.csv"])) if row["row_name"] != "EMPTY"]
    read = [row for row in facts if row["row_name"] != "EMPTY"]
    assert sum(Decimal(row["value"]) for row in read) == sum(Decimal(row["value"]) for row in printed)
    assert all(isinstance(row["value"], str) for row in read)

    pages: list[dict[str, Any]] = []
    reply = client.get(f"{V1}/checks/{job}/tables/facts", params={"limit": 100}).json()
    while True:
        pages += reply["rows"]
        if not reply["next"]:
            break
        reply = client.get(f"{V1}/checks/{job}/tables/facts", params={"limit": 100, "cursor": reply["next"]}).json()
    assert pages == facts

    table = client.get(f"{V1}/checks/{job}/tables/projects", params={"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(lines) - 1 == len(example(SECOND).projects)
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{V1}/checks/{job}/tables/projects", params={"format": "xlsx"}).content)
    )
    assert book.worksheets[0].max_row > len(example(SECOND).projects)
    with zipfile.ZipFile(io.BytesIO(client.get(f"{V1}/checks/{job}/data.zip").content)) as archive:
        assert "1/datapackage.json" in archive.namelist()
        assert not any(TELEPHONE in archive.read(name).decode() for name in archive.namelist())


def test_links_lead_to_files_without_private_data(client: TestClient, job: str) -> None:
    told = client.get(f"{V1}/checks/{job}").json()
    assert told["status"] == "done"
    assert told["documents"][0]["name"] == example(SECOND).name
    assert len(told["links"]) > 10
    links = {name: address for name, address in told["links"].items() if name != "page"}  # which gives a session
    for address in links.values():
        reply = client.get(address)
        assert reply.status_code == 200, address
        assert TELEPHONE.encode() not in reply.content, address
    assert SHOWN in client.get(told["links"]["tables/texts"]).text


def test_a_finding_is_accepted_and_the_job_thrown_away(client: TestClient, files: list[Path]) -> None:
    job = checked(client, files[1])
    address = f"{V1}/checks/{job}"
    first = client.get(f"{address}/findings").json()["findings"][0]
    given = {"finding": first["id"], "who": "审核人", "why": "数据来自批复", "until": "2999-12-31"}
    assert client.post(f"{address}/accepted", json=given).status_code == 201
    held = {one["id"]: one for one in client.get(f"{address}/findings").json()["findings"]}
    assert held[first["id"]]["accepted"] == {"who": "审核人", "why": "数据来自批复", "until": "2999-12-31"}
    assert client.get(f"{address}/accepted").json()["accepted"].keys() == {first["id"]}
    assert client.delete(f"{address}/accepted/{first['id']}").status_code == 204
    refused(client.delete(f"{address}/accepted/{first['id']}"), 404)
    refused(client.post(f"{address}/accepted", json=given | {"finding": "0" * 32}), 404)
    assert "有效期" in refused(client.post(f"{address}/accepted", json=given | {"until": "2026-13-01"}), 422)
    assert client.delete(address).status_code == 204
    refused(client.get(address), 404)


def test_what_cannot_be_checked_says_why(client: TestClient) -> None:
    taken = client.post(f"{V1}/checks", files={"files": ("空.docx", b"no document")}).json()["jobs"][0]
    told = over(client, taken["links"]["self"])
    assert told["status"] == "failed"
    assert told["message"]
    assert told["problems"][0]["file"] == "空.docx"
    refused(client.get(f"{told['links']['self']}/findings"), 422)
    assert "参数“文件”（files）没有给出" in refused(client.post(f"{V1}/checks"), 422)


# Compilations


def test_a_ledger_is_compiled_or_its_faults_told_by_cell(client: TestClient, tmp_path: Path) -> None:
    book = new_ledger(tmp_path / "ledger", 2026, "shanxi")
    taken = client.post(f"{V1}/compilations", files={"ledger": ("台账.xlsx", book.read_bytes())})
    assert taken.status_code == 202
    done = over(client, taken.json()["job"]["links"]["self"])
    assert done["status"] == "done", done
    assert done["compiled"]["facts"] > 50
    assert client.get(done["links"]["files/docx"]).content[:2] == b"PK"
    assert client.get(done["links"]["findings"]).json()["book"]
    assert len(client.get(f"{done['links']['self']}/tables/facts").json()["rows"]) > 50
    refused(client.get(f"{done['links']['self']}/problems.xlsx"), 404)

    filled = openpyxl.load_workbook(book)
    amounts = [
        cell
        for sheet in filled.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float) and cell.value > 10_000
    ]
    amounts[0].value = "很多"
    filled.save(book)
    taken = client.post(f"{V1}/compilations", files={"ledger": ("台账.xlsx", book.read_bytes())})
    failed = over(client, taken.json()["job"]["links"]["self"])
    assert failed["status"] == "failed"
    assert amounts[0].coordinate in {one["cell"] for one in failed["problems"]}
    assert client.get(failed["links"]["problems.xlsx"]).content[:2] == b"PK"
    assert client.delete(failed["links"]["self"]).status_code == 204


# The lake


def test_the_lake_gives_its_documents_and_their_tables(client: TestClient) -> None:
    assert client.get(f"{V1}/lake").json()["documents"] == 2
    listed = rows(client, "/documents")
    assert {one["name"] for one in listed} == {example(FIRST).name, example(SECOND).name}
    first = client.get(f"{V1}/documents", params={"limit": 1}).json()
    second = client.get(f"{V1}/documents", params={"limit": 1, "cursor": first["next"]}).json()
    assert [*first["rows"], *second["rows"]] == listed
    assert second["next"] is None
    told = client.get(f"{V1}/documents/{listed[0]['doc']}").json()
    for table in told["tables"].values():
        assert len(client.get(table["address"], params={"limit": 10_000}).json()["rows"]) == table["rows"]
    for one in listed:
        for name in told["tables"]:
            assert TELEPHONE not in client.get(f"{V1}/documents/{one['doc']}/tables/{name}?format=csv").text
    department = client.get(f"{V1}/departments", params={"name": example(FIRST).name}).json()
    assert department["document"]["name"] == example(FIRST).name
    assert department["years"][0]["year"] == 2026
    refused(client.get(f"{V1}/departments", params={"name": "没有的局"}), 404)


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("compare", {"by": "three_public"}),
        ("trend", {"name": "工业"}),
        ("projects", {"text": "平台", "fuzzy": True}),
        ("copies", {}),
        ("outliers", {}),
        ("coverage", {}),
        ("findings", {"by": "message"}),
    ],
)
def test_every_ready_question_in_each_format(client: TestClient, question: str, given: dict[str, Any]) -> None:
    told = client.get(f"{V1}/questions/{question}", params=given).json()
    printed = client.get(f"{V1}/questions/{question}", params=given | {"format": "csv"}).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(printed)))
    assert lines[0] == [one["heading"] for one in told["columns"]]
    assert len(lines) - 1 == len(told["rows"])
    assert client.get(f"{V1}/questions/{question}", params=given | {"format": "xlsx"}).content[:2] == b"PK"
    assert TELEPHONE not in json.dumps(told)


def test_a_search_for_projects_tells_nothing_of_what_is_masked(client: TestClient) -> None:
    [shown] = [one["name"] for one in rows(client, "/questions/projects") if SHOWN in one["name"]]
    assert rows(client, "/questions/projects", text=shown[-15:-14])
    for hidden in (TELEPHONE, TELEPHONE[:7], f"*{TELEPHONE[3:6]}?{TELEPHONE[7:]}*"):
        told = client.get(f"{V1}/questions/projects", params={"text": hidden, "most": 1}).json()
        assert (told["rows"], told["notes"]) == ([], []), hidden


def test_questions_refuse_in_one_sentence(client: TestClient) -> None:
    assert "有的是" in refused(client.get(f"{V1}/questions/compare", params={"year": 1999}), 404)
    said = refused(client.get(f"{V1}/questions/compare", params={"by": "colour", "year": "soon"}), 422)
    assert said == (
        "参数“年度”（year）应是整数；参数“内容”（by）不对，请填：total、function、economic、three_public、split"
    )
    refused(client.get(f"{V1}/documents", params={"cursor": "x"}), 400)


def test_sql_reads_masked_views_and_nothing_else(client: TestClient, app: Any) -> None:
    def query(text: str, **more: Any) -> Any:
        return client.post(f"{V1}/sql", json={"query": text, **more})

    told = query("SELECT name, count(*) AS n FROM facts JOIN current USING (doc) GROUP BY ALL ORDER BY n DESC")
    assert told.headers["mingzhang-stability"] == "unstable"
    assert {one["name"] for one in told.json()["rows"]} == {example(FIRST).name, example(SECOND).name}
    cut = query("SELECT * FROM facts", rows=5).json()
    assert len(cut["rows"]) == 5
    assert "只给出前 5 行" in cut["notes"][0]
    assert query(f"SELECT count(*) AS n FROM texts WHERE contains(text, '{TELEPHONE}')").json()["rows"] == [{"n": 0}]
    assert query(f"SELECT count(*) AS n FROM texts WHERE contains(text, '{SHOWN}')").json()["rows"] == [{"n": 1}]
    assert "请少取" in refused(query("SELECT repeat('长', 30000000) AS text"), 400)
    assert app.state.settings.lake not in refused(query("FROM read_text('/etc/passwd')"), 400)


def test_sql_of_others_reaches_nothing_else(lake: Path) -> None:
    database = connect(Lake(str(lake)), veiled=True)
    found = sql(database, f"SELECT reverse(text) AS text FROM texts WHERE contains(text, '{SHOWN}')").rows
    [shown] = found["text"].to_pylist()
    assert TELEPHONE not in shown[::-1]
    for hostile in (
        "COPY facts TO '/tmp/out.csv'",
        "SELECT 1; SELECT 2",
        "FROM read_text('/etc/passwd')",
        f"FROM read_parquet('{lake}/tables/texts/**/*.parquet')",
        f"FROM '{lake}/tables/texts/x.parquet'",
        f"FROM glob('{lake}/**')",
        f"""FROM (WITH "{lake}/x.parquet" AS (SELECT 1) SELECT 1), "{lake}/x.parquet\"""",
        "FROM held.documents",
        "SUMMARIZE held.documents",
        "SELECT current_setting('allowed_directories')",
        "SELECT main.current_setting('allowed_directories')",
        "FROM duckdb_views()",
        "FROM information_schema.tables",
        "FROM query('FROM held.documents')",
        "FROM (WITH duckdb_views AS (SELECT 1) FROM duckdb_views), duckdb_views AS other",
        "FROM (WITH sqlite_master AS (SELECT 1) FROM sqlite_master), sqlite_master AS other",
        "WITH other AS (FROM duckdb_tables), duckdb_tables AS (SELECT 1) FROM other",
        "SELECT pg_get_viewdef(range) FROM range(10000)",
        "SELECT json_serialize_plan('SELECT current_setting(''allowed_directories'')', optimize := true)",
        "SELECT json_serialize_plan('SELECT min(source) FROM held.documents', optimize := true)",
        "SELECT stats(name) FROM projects",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "no SQL",
    ):
        with pytest.raises(InputError) as told:
            sql(database, hostile, Strict(10, 2))
        assert str(lake) not in str(told.value), hostile
    with pytest.raises(InputError, match=r"超过 0\.5 秒"):
        sql(
            database,
            "SELECT count(*) FROM range(100000) a, range(100000) b WHERE a.range * b.range % 7 = 3",
            Strict(1, 0.5),
        )


def test_a_lake_that_is_damaged_or_gone_while_it_is_asked_is_told(lake: Path, tmp_path: Path) -> None:
    held = shutil.copytree(lake, tmp_path / "湖")
    with TestClient(create_app(Settings(tmp_path / "data", lake=str(held), workers=1)), base_url=HOST) as client:
        assert client.get("/explore").status_code == 200
        for file in (held / "tables" / "texts").rglob("*.parquet"):
            file.unlink()
        told = "文件不全或已损坏"
        assert told in refused(client.get(f"{V1}/search", params={"q": "说明"}), 503)
        name = example(FIRST).name
        assert told in client.get("/explore/department", params={"name": name, "view": "texts"}).text
        client.cookies.clear()
        for _ in range(2):
            said = refused(client.post(f"{V1}/sql", json={"query": "SELECT 1"}), 400)
            assert said == "数据湖现在打不开，请稍后再试或联系管理员"
            shutil.rmtree(held, ignore_errors=True)


def test_texts_rules_and_catalogue(client: TestClient) -> None:
    found = rows(client, "/search", q="三公")
    assert found
    rules = client.get(f"{V1}/rules").json()["rules"]
    one = client.get(f"{V1}/rules/{rules[0]['id'].lower()}").json()["rules"][0]
    assert one["says"] == rules[0]["says"]
    assert one["breaks"]
    assert client.get(f"{V1}/rules", params={"q": rules[0]["title"]}).json()["rules"]
    refused(client.get(f"{V1}/rules/no-rule"), 404)
    entries = client.get(f"{V1}/catalogue/latest", params={"q": "路灯维护"}).json()["entries"]
    assert entries[0]["score"] > 0
    assert "latest" in refused(client.get(f"{V1}/catalogue/1949", params={"q": "路灯"}), 404)


# Who may ask


def test_on_this_machine_a_program_needs_nothing_and_other_sites_get_nothing(
    client: TestClient, files: list[Path]
) -> None:
    content = {"files": ("a.txt", files[0].read_bytes())}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        refused(client.post(f"{V1}/checks", files=content, headers=headers), 403)
        refused(client.post(f"{V1}/sql", json={"query": "SELECT 1"}, headers=headers), 403)
    refused(client.get(f"{V1}/lake", headers={"Host": "elsewhere.example"}), 421)
    assert not client.post(f"{V1}/sql", json={"query": "SELECT 1"}).cookies


def test_a_browsers_session_needs_the_token_of_its_page(client: TestClient) -> None:
    browser = TestClient(client.app, base_url=HOST)  # another one, of the program that runs
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/check").text)
    assert token
    ask = {"query": "SELECT 1 AS one"}
    refused(browser.post(f"{V1}/sql", json=ask), 403)
    refused(browser.post(f"{V1}/sql", json=ask, headers={"X-CSRF-Token": "wrong"}), 403)
    assert browser.get(f"{V1}/lake").status_code == 200
    assert browser.post(f"{V1}/sql", json=ask, headers={"X-CSRF-Token": token[1]}).status_code == 200


def test_with_a_password_a_program_shows_it(tmp_path: Path, files: list[Path]) -> None:
    settings = Settings(tmp_path / "data", host="0.0.0.0", password=PASSWORD, names=("127.0.0.1",), workers=1)
    with TestClient(create_app(settings), base_url=HOST) as client:
        for reply in (
            client.get(f"{V1}/rules"),
            client.get("/api/openapi.json"),
            client.post(f"{V1}/checks"),
            client.get(f"{V1}/rules", headers={"Authorization": "Bearer another password"}),
        ):
            refused(reply, 401)
        bearer = {"Authorization": f"Bearer {PASSWORD}"}
        job = checked(client, files[0], **bearer)
        assert client.delete(f"{V1}/checks/{job}", headers=bearer).status_code == 204
        assert client.get("/api").url.path == "/login"

        page = client.get("/login").text
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token
        client.post("/login", data={"csrf": token[1], "password": PASSWORD, "who": "某人"})
        content = {"files": ("a.txt", files[0].read_bytes())}
        refused(client.post(f"{V1}/checks", files=content), 403)
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/check").text)
        assert token
        taken = client.post(f"{V1}/checks", files=content, headers={"X-CSRF-Token": token[1]})
        assert taken.status_code == 202
        refused(client.get(f"{V1}/lake"), 404)


# The description


def test_every_command_of_the_page_runs(tmp_path: Path, files: list[Path], server: Served) -> None:
    """docs/json-api.md as a reader would use it, in one shell."""
    page = (ROOT / "docs" / "json-api.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    (tmp_path / "公开.txt").write_bytes(files[1].read_bytes())
    program("curl")
    script = "set -euo pipefail\n" + "".join(blocks).replace("http://127.0.0.1:8760", server.url)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert {path.suffix for path in tmp_path.iterdir()} >= {".xlsx", ".csv", ".zip", ".docx"}
    assert {int(one) for one in re.findall(r"^\| (\d{3}) \|", page, re.MULTILINE)} == REFUSALS.keys()


def test_the_description_tells_everything(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()
    operations = [(path, one) for path, methods in told["paths"].items() for one in methods.values()]
    assert len({one["operationId"] for _, one in operations}) == len(operations) > 30
    for path, one in operations:
        assert re.search(r"[\u4e00-\u9fff]", one["summary"]), path
        assert re.search(r"[\u4e00-\u9fff]", one["description"]), path
        assert {"401", "421", "422"} <= set(one["responses"]), path
        for parameter in one.get("parameters", ()):
            assert parameter["schema"].get("title") != parameter["name"].title(), (path, parameter["name"])
    page = client.get("/api").text
    for path, one in operations:
        assert path in page
        assert one["summary"] in page


def test_replies_are_as_described(server: Served, files: list[Path]) -> None:
    """Requests made from the description, right and wrong ones, get what it says: status, kind of content, shape, no server error."""
    described = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    with httpx2.Client(base_url=server.url) as program:
        job = checked(program, files[0])
    failures = []
    operations: list[Any] = [*described.get_all_operations()]
    for operation in (one.ok() for one in operations):
        for mode in GenerationMode:
            try:
                _conforming(operation, mode, server.url, job)
            except (Failure, FailureGroup, BaseExceptionGroup) as failure:
                failures.append(f"{operation.label} ({mode.value}): {_causes(failure)}")
    assert not failures, "\n\n".join(failures)


def _conforming(operation: Any, mode: GenerationMode, url: str, job: str) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=5, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def conforms(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "job_id" in (case.path_parameters or {}) and case.method == "GET":
            case.path_parameters["job_id"] = job
        reply = case.call(base_url=url)
        try:
            case.validate_response(reply, excluded_checks=UNTOLD.get(operation.label, []))
        except (Failure, FailureGroup) as failure:
            failure.add_note(
                f"{case.path_parameters} {case.query} {case.body!r:.300}: {reply.status_code} {reply.text:.300}"
            )
            raise

    try:
        conforms()
    except Unsatisfiable:  # there is nothing wrong to send
        assert mode is GenerationMode.NEGATIVE


def _causes(failure: BaseException) -> str:
    if isinstance(failure, BaseExceptionGroup):
        return "\n".join([*map(_causes, failure.exceptions), *getattr(failure, "__notes__", ())])
    return "\n".join([str(failure)[:1500], *getattr(failure, "__notes__", ())])
