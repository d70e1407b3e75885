"""What must not come in, and what must not get out: hostile uploads, other sites, wrong passwords, scripts, formulas."""

from __future__ import annotations

import http.client
import io
import re
import socket
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pypdfium2
import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from browsing import chromium, clean_page
from example_ledgers import EXAMPLES, example
from mingzhang.web import workbench
from mingzhang.web.settings import Settings
from mingzhang.web.work import page_picture
from published import as_text, published
from serving import Served, served
from test_cli import run

MEGABYTE = 1_000_000
SOUND = as_text(published(example(sorted(EXAMPLES)[1]))).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = ("--workers", "1", "--max-upload", "60", "--job-seconds", "15")
    with served(tmp_path_factory.mktemp("safety") / "data", *options) as server:
        yield server


class Visitor(requests.Session):
    """A browser without a window: a session with its cookies, and the token of its pages."""

    def __init__(self, server: Served) -> None:
        super().__init__()
        self.base = server.url
        self.token = self.page_token("/check")

    def page_token(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(self.base + path).text)
        return found[1] if found else ""

    def hand_in(self, name: str, content: bytes, **more: str) -> requests.Response:
        return self.post(self.base + "/check", files={"files": (name, content)}, data={"csrf": self.token} | more)

    def outcome(self, name: str, content: bytes) -> str:
        """What the page says when a file has been worked off."""
        answer = self.hand_in(name, content)
        assert answer.status_code == 200, answer.text
        last = time.monotonic() + 60
        while "hx-trigger" in answer.text:
            assert time.monotonic() < last
            time.sleep(0.2)
            answer = self.get(answer.url)
        return answer.text


@pytest.fixture
def visitor(server: Served) -> Iterator[Visitor]:
    with Visitor(server) as visitor:
        yield visitor


# Hostile files


def bomb() -> bytes:
    """A DOCX of a megabyte that unpacks to 900."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(900):
                part.write(b"A" * MEGABYTE)
    return buffer.getvalue()


def docx(document: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", document)
    return buffer.getvalue()


def entities(secret: str) -> bytes:
    kind = f'<!DOCTYPE d [<!ENTITY e SYSTEM "{secret}">]>'
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return docx(
        f'<?xml version="1.0"?>{kind}<w:document xmlns:w="{name}"><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>'
    )


def with_macro() -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["没有预算的表"])
    book.save(buffer)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    return buffer.getvalue()


def pages(count: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(595, 842)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def vast_picture() -> bytes:
    """A PNG of 40,000 × 40,000 points in 200 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (40_000).to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    lines = zlib.compress(bytes(5_001 * 40_000), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def test_the_picture_of_a_vast_page_is_of_bounded_size(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    for side in (14_400, 595):
        document.new_page(side, side)
    document.save(tmp_path / "0.pdf")
    sizes = [Image.open(io.BytesIO(page_picture(print, str(tmp_path / "0.pdf"), page))).size for page in (1, 2)]
    assert sizes[0][0] * sizes[0][1] < 21_000_000
    assert sizes[1] == (1190, 1190)


KEPT = {"key", "lock", "report.msgpack", "workbench.sqlite", "workbench.sqlite-wal", "workbench.sqlite-shm"}
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb": ("炸弹.docx", bomb, "未完成"),
    "external entity": ("外部实体.docx", lambda: entities("file:///etc/passwd"), "未完成"),
    "macro": ("带宏.xlsm", with_macro, ""),
    "5,000 pages": ("五千页.pdf", lambda: pages(5000), "未完成"),
    "endless line": ("长文.txt", lambda: b"x" * (20 * MEGABYTE), "文件太大"),
    "program": ("程序.pdf", lambda: b"MZ" + bytes(1000), "程序，不是公开文件"),
    "vast picture": ("大图.png", vast_picture, "未完成"),
    "deep page": ("深.html", lambda: b"<html><body>" + b"<div>" * 400_000, "未完成"),
    "damaged": ("坏.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, "未完成"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_failed_file(server: Served, visitor: Visitor, name: str) -> None:
    file, make, said = HOSTILE[name]
    told = visitor.outcome(file, make())
    assert said in told
    assert "Traceback" not in told
    assert "root:" not in told
    assert server.process.poll() is None
    assert "完成</span>" in visitor.outcome("好.txt", SOUND) or "检查结果" in visitor.outcome("好.txt", SOUND)


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(server: Served, visitor: Visitor) -> None:
    address = urlsplit(server.url)
    assert address.hostname
    assert address.port
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest("POST", "/check")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(500 * MEGABYTE))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert "60 MB" in answer.read().decode()
    connection.close()
    assert "好.txt" in visitor.outcome("好.txt", SOUND)


def test_an_upload_without_an_end_is_cut_off(server: Served) -> None:
    address = urlsplit(server.url)
    sent = 0
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as stream:
        head = f"POST /check HTTP/1.1\r\nHost: {address.netloc}\r\nTransfer-Encoding: chunked\r\n"
        stream.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
        first = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        block = first + b"y" * (MEGABYTE - len(first))
        try:
            while sent < 200 * MEGABYTE:
                stream.sendall(f"{len(block):x}\r\n".encode() + block + b"\r\n")
                sent += len(block)
                block = b"y" * MEGABYTE
        except OSError:
            pass
    assert sent < 100 * MEGABYTE


NAMES = (
    "<img src=x onerror=alert(1)>.txt",
    "../../etc/passwd",
    "..\\..\\a.txt",
    "=cmd|' /C calc'!A0.txt",
    "長" * 300 + ".txt",
    "\u200b\u202etxt.exe",
)


def test_names_are_shown_and_never_used(server: Served, visitor: Visitor) -> None:
    for name in NAMES:
        assert "<img src=x" not in visitor.outcome(name, SOUND)
    with chromium() as browser, clean_page(browser, server.url) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        cookie = visitor.cookies["mingzhang"] or ""
        page.context.add_cookies([{"name": "mingzhang", "value": cookie, "url": server.url}])
        page.goto("/check")
        expect(page.locator(".recent .job")).to_have_count(len(NAMES))
        page.locator(".recent .job a").last.click()
        expect(page.locator("h1")).to_have_text("检查结果")
    kept = {path.name for path in server.data.rglob("*") if path.is_file()} - KEPT
    assert all(re.fullmatch(r"0(\.[a-z0-9]{1,8})?", name) for name in kept), kept


def test_files_of_one_name_are_told_apart(server: Served, visitor: Visitor) -> None:
    files = [("files", ("预算.txt", SOUND)), ("files", ("预算.txt", SOUND))]
    answer = visitor.post(f"{server.url}/check", files=files, data={"csrf": visitor.token})
    assert "预算.txt" in answer.text
    assert "预算（2）.txt" in answer.text


def test_script_and_formulas_in_a_document_stay_text(server: Served, visitor: Visitor) -> None:
    text = SOUND.decode().replace("工业", "<script>alert(1)</script>", 3) + '\n=HYPERLINK("http://a.example")\n'
    visitor.outcome("脚本.txt", text.encode())
    job = re.search(r'href="/check/([0-9a-f]{32})"', visitor.get(f"{server.url}/check").text)
    assert job
    page = visitor.get(f"{server.url}/check/{job[1]}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    content = visitor.get(f"{server.url}/check/{job[1]}/report.xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert not [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    archive = zipfile.ZipFile(io.BytesIO(visitor.get(f"{server.url}/check/{job[1]}/data.zip").content))
    for name in archive.namelist():
        if name.endswith(".csv"):
            cells = re.findall(r'(?:^|,)"?([=+@][^,\n]*)', archive.read(name).decode(), re.MULTILINE)
            assert not cells, (name, cells[:3])


def test_private_data_are_masked_and_a_clean_copy_can_be_had(server: Served, visitor: Visitor) -> None:
    number = "13912345678"
    text = SOUND.decode().replace("\n\n", f"\n\n联系人：王某，联系电话：{number}。\n\n", 1)
    visitor.outcome(f"{number}.txt", text.encode())
    job = re.search(r'href="(/check/[0-9a-f]{32})"', visitor.get(f"{server.url}/check").text)
    assert job
    page = visitor.get(server.url + job[1]).text
    assert "139****5678" in page
    for form in ("json", "html", "xlsx"):
        report = visitor.get(f"{server.url}{job[1]}/report.{form}").content
        assert number.encode() not in report
    assert number not in page.replace(f"原文件：{number}.txt", "")  # their own name for it
    data = zipfile.ZipFile(io.BytesIO(visitor.get(f"{server.url}{job[1]}/data.zip").content))
    assert not [name for name in data.namelist() if number in data.read(name).decode()]
    archive = zipfile.ZipFile(io.BytesIO(visitor.get(f"{server.url}{job[1]}/clean.zip").content))
    [clean] = archive.namelist()
    assert clean == "139****5678.txt"
    assert archive.read(clean).decode() == text.replace(number, "139****5678")


# Who may ask


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://[evil"}, 403),
        ({}, 303),
    ],
)
def test_other_sites_are_refused(server: Served, visitor: Visitor, headers: dict[str, str], status: int) -> None:
    data = {"csrf": visitor.token}
    answer = visitor.post(
        f"{server.url}/check", files={"files": ("a.txt", SOUND)}, data=data, headers=headers, allow_redirects=False
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("mode", "kind", "site", "status"),
    [
        ("navigate", "document", "cross-site", 200),
        ("navigate", "iframe", "cross-site", 403),
        ("no-cors", "image", "cross-site", 403),
        ("cors", "empty", "same-site", 403),
        ("no-cors", "image", "same-origin", 200),
    ],
)
def test_other_sites_may_lead_here_and_fetch_nothing(
    server: Served, mode: str, kind: str, site: str, status: int
) -> None:
    headers = {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind, "Sec-Fetch-Site": site}
    assert requests.get(f"{server.url}/check", headers=headers, timeout=10).status_code == status


def test_those_who_wait_for_a_process_do_not_hold_all_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(workbench, "isolated", lambda *given, **more: go.wait(30))
    bench = workbench.Workbench(Settings(data=tmp_path / "data"))
    said: list[object] = []

    def call() -> None:
        try:
            said.append(bench.call("example"))
        except workbench.Busy as busy:
            said.append(str(busy))

    threads = [threading.Thread(target=call) for _ in range(70)]
    for thread in threads:
        thread.start()
    last = time.monotonic() + 10
    while len(said) < 10:
        assert time.monotonic() < last
        time.sleep(0.01)
    go.set()
    for thread in threads:
        thread.join()
    bench.stop()
    assert said == ["现在太忙，请稍后再试"] * 10 + [True] * 60


@pytest.mark.parametrize("host", ["[evil", "evil]", "127.0.0.1:8760]"])
def test_a_host_that_is_none_is_refused(server: Served, host: str) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", "/check", headers={"Host": host})
    answer = connection.getresponse()
    assert (answer.status, "请求的主机名不对" in answer.read().decode()) == (400, True)
    connection.close()


@pytest.mark.parametrize("token", ["", "x"])
def test_a_form_needs_the_token_of_its_page(server: Served, visitor: Visitor, token: str) -> None:
    answer = visitor.post(f"{server.url}/check", files={"files": ("a.txt", SOUND)}, data={"csrf": token})
    assert answer.status_code == 403
    assert "页面已经过期" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/check/../key",
        "/check/%2e%2e/key",
        "/static/../settings.py",
        "/static/%2e%2e%2fsettings.py",
        f"/check/{'0' * 32}",
        f"/check/{'0' * 32}/files/0.txt",
    ],
)
def test_no_path_leads_to_the_disk(server: Served, path: str) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 404
    answer.read()
    connection.close()


def test_headers_let_a_page_do_nothing_else(server: Served, visitor: Visitor) -> None:
    answer = visitor.get(f"{server.url}/check")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "HttpOnly" in visitor.get(f"{server.url}/check").headers.get("set-cookie", "HttpOnly").replace(
        "httponly", "HttpOnly"
    )


def test_elsewhere_it_needs_a_password(tmp_path: Path) -> None:
    refused = run("serve", "--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "data"), "--no-browser")
    assert refused.returncode == 2
    assert "必须设口令" in refused.stderr


def test_a_password_is_asked_for_and_cannot_be_tried_out(tmp_path: Path) -> None:
    secret = "一个很长的口令八字"
    with served(tmp_path / "data", "--workers", "1", environment={"MINGZHANG_PASSWORD": secret}) as server:
        with requests.Session() as session:
            asked = session.get(f"{server.url}/check")
            assert "/login?next=%2Fcheck" in asked.url
            token = re.search(r'name="csrf" value="([^"]+)"', asked.text)
            assert token
            form = {"csrf": token[1], "who": "王审核", "password": secret, "next": "//evil.example/"}
            entered = session.post(f"{server.url}/login", data=form, allow_redirects=False)
            assert entered.headers["location"] == "/"
            assert "王审核" in session.get(f"{server.url}/check").text
        assert requests.post(f"{server.url}/api/v1/checks", timeout=10).status_code == 401
        assert requests.get(f"{server.url}/healthz", timeout=10).status_code == 200
        with requests.Session() as session:
            token = re.search(r'name="csrf" value="([^"]+)"', session.get(f"{server.url}/login").text)
            assert token
            codes = [
                session.post(
                    f"{server.url}/login", data={"csrf": token[1], "who": "某人", "password": str(number)}
                ).status_code
                for number in range(10)
            ]
        assert codes[:8] == [403] * 8
        assert codes[8:] == [429] * 2


def test_a_password_cannot_be_tried_out_by_programs_and_a_new_one_ends_sessions(tmp_path: Path) -> None:
    def asked(server: Served, shown: str) -> int:
        headers = {"Authorization": f"Bearer {shown}".encode()}
        return requests.get(f"{server.url}/api/v1/rules/none", headers=headers, timeout=10).status_code

    secret = "一个很长的口令八字"
    with served(tmp_path / "data", "--workers", "1", environment={"MINGZHANG_PASSWORD": secret}) as server:
        assert asked(server, secret) == 404
        assert [asked(server, str(number)) for number in range(10)] == [401] * 8 + [429] * 2
        assert asked(server, secret) == 429
    session = requests.Session()
    with served(tmp_path / "data", "--workers", "1", environment={"MINGZHANG_PASSWORD": secret}) as server:
        token = re.search(r'name="csrf" value="([^"]+)"', session.get(f"{server.url}/login").text)
        assert token
        session.post(f"{server.url}/login", data={"csrf": token[1], "who": "王审核", "password": secret})
        assert session.get(f"{server.url}/audit").url == f"{server.url}/audit"
    with served(tmp_path / "data", "--workers", "1", environment={"MINGZHANG_PASSWORD": f"{secret}新"}) as server:
        assert "/login" in session.get(f"{server.url}/audit").url
