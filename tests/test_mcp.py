"""The MCP server as an assistant has it: the SDK's own client over a real process's standard input and output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import TextContent, TextResourceContents

from asked_lake import FIRST, SECOND, SHOWN, TELEPHONE, published_files, small_lake
from example_ledgers import ROOT, example
from mingzhang.cli import main
from mingzhang.datapackage import DESCRIPTOR, write_package
from mingzhang.intake import open_documents

Told = tuple[bool, str]


class Assistant:
    """A client, and what its calls give: whether it is a refusal, and the text."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, **given: Any) -> Told:
        result = await self.client.call_tool(tool, given)
        [content] = result.content
        assert isinstance(content, TextContent)
        return bool(result.is_error), content.text

    async def get(self, tool: str, **given: Any) -> dict[str, Any]:
        refused, text = await self.call(tool, **given)
        assert not refused, text
        found: dict[str, Any] = json.loads(text)
        return found

    async def refused(self, tool: str, **given: Any) -> str:
        refused, text = await self.call(tool, **given)
        assert refused, text
        return text


def run(act: Callable[[Assistant], Coroutine[Any, Any, None]], *options: str) -> None:
    """Let an assistant do something with a server of its own."""

    async def inside() -> None:
        server = StdioServerParameters(command=sys.executable, args=["-m", "mingzhang", "mcp", *options])
        async with Client(server) as client:
            await act(Assistant(client))

    anyio.run(inside)


def test_an_assistant_reads_checks_looks_up_and_asks(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    allowed = tmp_path / "公开"
    allowed.mkdir()
    for file in published_files(tmp_path_factory):
        (allowed / file.name).write_bytes(file.read_bytes())
    (tmp_path / "秘密.txt").write_text("秘密", "utf-8")
    (allowed / "链接.txt").symlink_to(tmp_path / "秘密.txt")
    (allowed / "里面").mkdir()
    (allowed / "里面" / "链接.txt").symlink_to(tmp_path / "秘密.txt")
    (allowed / "绕").mkdir()
    (allowed / "绕" / "圈").symlink_to("圈")
    write_package(open_documents([allowed / f"{FIRST}.txt"]).documents[0].disclosure, tmp_path / "别处")
    (allowed / "数据").mkdir()
    for file in (tmp_path / "别处").iterdir():
        (allowed / "数据" / file.name).symlink_to(file)
    (allowed / "数据" / DESCRIPTOR).unlink()
    (allowed / "数据" / DESCRIPTOR).write_bytes((tmp_path / "别处" / DESCRIPTOR).read_bytes())
    before = sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*"))

    async def act(assistant: Assistant) -> None:
        await _tools(assistant)
        await _files(assistant)
        await _outside(assistant, tmp_path)
        await _reference(assistant)
        await _lake(assistant)

    run(act, "--lake", str(small_lake(tmp_path_factory)), "--allow", str(allowed))
    assert sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


async def _tools(assistant: Assistant) -> None:
    tools = (await assistant.client.list_tools()).tools
    assert len(tools) == 16
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        for text in (
            tool.title,
            tool.description,
            *(one["description"] for one in tool.input_schema["properties"].values()),
        ):
            assert any("\u4e00" <= sign <= "\u9fff" for sign in text or ""), (tool.name, text)
    assert "只读" in (assistant.client.instructions or "")
    resource = await assistant.client.read_resource("mingzhang://tables")
    [content] = resource.contents
    assert isinstance(content, TextResourceContents)
    assert "万元" in content.text


async def _files(assistant: Assistant) -> None:
    told = await assistant.get("read_file", path=f"{SECOND}.txt")
    [document] = told["documents"]
    assert (document["name"], document["year"]) == (example(SECOND).name, 2026)
    assert document["tables"]["projects"]["rows"] == len(example(SECOND).projects)
    part = await assistant.get("read_table", path=f"{SECOND}.txt", table="projects", start=2, rows=3)
    assert [row["name"] for row in part["rows"]] == [one.name for one in example(SECOND).projects][2:5]
    assert f"共 {len(example(SECOND).projects)} 行" in part["notes"][0]
    checked = await assistant.get("check_file", path=f"{SECOND}.txt", most=500)
    private = [one for one in checked["findings"] if one["category"] == "privacy"]
    assert private
    assert SHOWN in json.dumps(checked, ensure_ascii=False)
    for tool, given in (("read_table", {"table": "texts", "rows": 500}), ("check_file", {"most": 500})):
        assert TELEPHONE not in (await assistant.call(tool, path=f"{SECOND}.txt", **given))[1]
    some = await assistant.get("check_file", path=f"{SECOND}.txt", most=1)
    assert "只列出前 1 个" in some["notes"][0]
    texts = await assistant.call("read_table", path=f"{SECOND}.txt", table="indicators", rows=500)
    assert len(texts[1]) <= 60_000
    assert "回复太长" in texts[1]


async def _outside(assistant: Assistant, folder: Path) -> None:
    assert "没有“没有.pdf”这个文件" in await assistant.refused("read_file", path="没有.pdf")
    for path in ("../秘密.txt", str(folder / "秘密.txt"), "链接.txt", "/etc/passwd", "..", "里面/../../秘密.txt"):
        assert "不在允许读取的文件夹里" in await assistant.refused("read_file", path=path), path
        assert "不在允许读取的文件夹里" in await assistant.refused("check_file", path=f"{FIRST}.txt", prior=path), path
    for path in ("里面", "绕", "数据", f"数据/{DESCRIPTOR}"):
        assert "指向允许读取的文件夹以外" in await assistant.refused("check_file", path=path), path
    assert "没有" in await assistant.refused("read_file", path="a\0b")
    assert "请填" in await assistant.refused("read_table", path=f"{SECOND}.txt", table="everything")


async def _reference(assistant: Assistant) -> None:
    rules = (await assistant.get("search_rules", text="三公"))["rules"]
    assert rules
    explained = await assistant.get("explain_rule", rule=rules[0]["id"])
    assert explained["rules"][0]["breaks"]
    await assistant.refused("explain_rule", rule="没有")
    assert (await assistant.get("search_catalogue", text="路灯维护"))["entries"]


async def _lake(assistant: Assistant) -> None:
    for tool, given in (
        ("compare_departments", {"by": "three_public"}),
        ("follow_department", {"name": "工业"}),
        ("find_projects", {"text": "平台"}),
        ("find_copies", {}),
        ("find_outliers", {}),
        ("read_coverage", {}),
        ("list_findings", {"by": "message"}),
        ("search_texts", {"text": "联系电话"}),
    ):
        assert TELEPHONE not in json.dumps(await assistant.get(tool, **given)), tool
    cut = await assistant.get("compare_departments", by="function", rows=1)
    assert len(cut["rows"]) == 1
    assert "只给出前 1 行" in cut["notes"][-1]
    assert "有的是" in await assistant.refused("compare_departments", year=1999)
    told = await assistant.get("read_department", name="工业", table="texts", rows=500)
    assert told["document"]["name"] == example(SECOND).name
    assert TELEPHONE not in json.dumps(told)
    counted = await assistant.get("query_lake", query="SELECT count(*) AS n FROM current")
    assert counted["rows"] == [{"n": 2}]
    hidden = await assistant.get("query_lake", query=f"SELECT doc FROM texts WHERE contains(text, '{TELEPHONE}')")
    assert hidden["rows"] == []
    assert "只能" in await assistant.refused("query_lake", query="FROM read_text('/etc/passwd')")
    assert "只能" in await assistant.refused("query_lake", query="DROP VIEW facts")


def test_without_a_lake_there_are_no_questions_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(assistant: Assistant) -> None:
        names = {tool.name for tool in (await assistant.client.list_tools()).tools}
        assert names == {"read_file", "read_table", "check_file", "explain_rule", "search_rules", "search_catalogue"}
        assert "台账" in await assistant.refused("read_file", path=f"examples/{FIRST}")

    monkeypatch.chdir(ROOT)
    run(act)


def test_what_is_not_there_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--allow", str(tmp_path / "没有")]) == 2
    assert main(["mcp", "--allow", str(tmp_path), "--lake", str(tmp_path / "没有湖")]) == 2
    told = capsys.readouterr().err
    assert "--allow" in told
    assert "没有数据湖" in told
