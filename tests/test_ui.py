"""nb2pkg ui: whom it answers, and what a person does on its page, in a real browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SAMPLE = Path(__file__).resolve().parent.parent / "sample_project"
JSON = {"Content-Type": "application/json"}


class Server(NamedTuple):
    """A server that runs: its address, its process and the folder that it serves."""

    port: int
    token: str
    process: subprocess.Popen[str]
    root: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Any:
        """Status and text of the answer. A header of the wrong host replaces the right one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        with closing(connection):
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8"), dict(answer.getheaders())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """nb2pkg ui, as a person starts it, in a copy of the sample."""
    root = tmp_path_factory.mktemp("ui") / "lab"
    shutil.copytree(SAMPLE, root)
    promote = [sys.executable, "-m", "nb2pkg", "promote", str(root / "islands.ipynb")]
    subprocess.run(promote, check=True, capture_output=True, timeout=120)
    process = started(root)
    assert process.stdout is not None
    found = re.match(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", process.stdout.readline())
    assert found
    yield Server(int(found[1]), found[2], process, root)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def started(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nb2pkg", "ui", str(root), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1", "GIT_CONFIG_COUNT": "1",
                          "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Eve Eng"},
    )  # fmt: skip


# ---- who is answered

REFUSED = {
    "no token": {},
    "another token": {"X-Nb2pkg-Token": "a" * 43},
    "an empty token": {"X-Nb2pkg-Token": ""},
    "the cookie of another": {"Cookie": "nb2pkg-{port}=abc"},
    "another origin": {"X-Nb2pkg-Token": "{token}", "Origin": "http://evil.example"},
    "an origin of another port": {"X-Nb2pkg-Token": "{token}", "Origin": "http://127.0.0.1:1"},
    "an origin that is none": {"X-Nb2pkg-Token": "{token}", "Origin": "null"},
    "another host": {"X-Nb2pkg-Token": "{token}", "Host": "evil.example"},
    "the right name, another port": {"X-Nb2pkg-Token": "{token}", "Host": "127.0.0.1:1"},
    "a form of another page": {"X-Nb2pkg-Token": "{token}", "Content-Type": "text/plain"},
}
WRITE = '{"path": "islands.ipynb", "cells": [2], "tag": "nb2pkg:evil"}'


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
def test_a_request_of_somebody_else_changes_nothing(
    server: Server, headers: dict[str, str]
) -> None:
    before = (server.root / "islands.ipynb").read_bytes()
    filled = {k: v.format(port=server.port, token=server.token) for k, v in headers.items()}
    status, text, _ = server.ask("POST", "/api/write_tags", {**JSON, **filled}, WRITE)
    assert status == 403
    assert "cells" not in text
    assert (server.root / "islands.ipynb").read_bytes() == before
    for path in ("/", "/static/app.js", "/api/folder", "/nothing"):
        if "Content-Type" not in headers:
            assert server.ask("GET", path, filled)[0] == 403


def test_the_page_is_opened_by_its_address_alone(server: Server) -> None:
    assert server.ask("GET", "/", {})[0] == 403
    assert server.ask("GET", "/?token=abc", {})[0] == 403
    status, _, headers = server.ask("GET", f"/?token={server.token}", {})
    assert (status, headers["Location"]) == (302, "/")
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    status, text, headers = server.ask("GET", "/", {"Cookie": cookie.partition(";")[0]})
    assert status == 200
    assert "<script>" not in text
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


@pytest.mark.parametrize(
    ("call", "given", "message"),
    [
        ("state", '{"path": "../../etc/hosts.ipynb"}', "not in the folder"),
        ("nothing", "{}", "no call"),
        ("state", "[]", "object"),
        ("state", "{", "Expecting"),
        ("start", '{"command": "promote", "path": "islands.ipynb", "options": ["--python=/bin/sh"]}', "no option"),
    ],
)  # fmt: skip
def test_a_bad_call_is_answered_with_its_fault(
    server: Server, call: str, given: str, message: str
) -> None:
    headers = {**JSON, "X-Nb2pkg-Token": server.token}
    status, text, _ = server.ask("POST", f"/api/{call}", headers, given)
    assert status == 400
    assert message in json.loads(text)["error"]


def test_files_beside_those_of_the_page_are_not_served(server: Server) -> None:
    headers = {"X-Nb2pkg-Token": server.token}
    for path in ("/static/../server.py", "/static/index.html", "/static/%2e%2e/server.py"):
        assert server.ask("GET", path, headers)[0] == 404


def test_a_port_that_is_taken_is_one_error(server: Server) -> None:
    command = [sys.executable, "-m", "nb2pkg", "ui", "--no-browser", "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"port {server.port} cannot be used" in done.stderr


def test_a_stopped_server_leaves_no_job(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "lab")
    notebook = tmp_path / "lab/islands.ipynb"
    document = json.loads(notebook.read_text(encoding="utf-8"))
    source = "import os, time\nopen('pid.txt', 'w').write(str(os.getpid()))\ntime.sleep(300)"
    document["cells"][1]["source"] = source
    notebook.write_text(json.dumps(document), encoding="utf-8")
    process = started(tmp_path / "lab")
    assert process.stdout is not None
    found = re.match(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", process.stdout.readline())
    assert found
    own = Server(int(found[1]), found[2], process, tmp_path)
    body = '{"command": "check", "path": "islands.ipynb", "options": ["--run"]}'
    status, text, _ = own.ask("POST", "/api/start", {**JSON, "X-Nb2pkg-Token": own.token}, body)
    assert status == 200
    job = json.loads(text)["id"]
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert process.returncode == 0
    assert not any(
        f"{notebook}".encode() in path.read_bytes()
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if os.access(path, os.R_OK)
    ), job


# ---- on the page


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """The page as the terminal's address opens it; what goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: said.type == "error" and faults.append(said.text))
    opened.goto(f"{server.address}?token={server.token}")
    opened.wait_for_selector("h1")
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def at(page: Any, server: Server) -> Callable[[str], None]:
    """Go to an address of the page."""

    def go(place: str) -> None:
        page.goto(f"{server.address}#/{place}")
        page.wait_for_selector("h1")

    return go


def test_the_folder_leads_to_notebooks_and_packages(page: Any) -> None:
    assert page.locator("tbody tr").count() == 2
    page.click("tbody a:text-is('penguins')")
    page.wait_for_selector(".symbol")
    assert page.locator(".symbol").count() == 15
    page.click(".home")
    page.click("a:text-is('islands.ipynb')")
    page.wait_for_selector(".cell")


def test_cells_are_tagged_previewed_and_promoted(
    page: Any, at: Callable[[str], None], server: Server
) -> None:
    at("notebook/islands.ipynb")
    page.wait_for_selector(".cell")
    document = json.loads((server.root / "islands.ipynb").read_text(encoding="utf-8"))
    tagged = next(
        n for n, cell in enumerate(document["cells"]) if "read_csv" in "".join(cell["source"])
    )
    page.check(f"[aria-label='Cell {tagged + 1}']")
    page.wait_for_selector(".nb2pkg-preview h3")
    assert "def " in page.inner_text(".nb2pkg-preview")
    page.wait_for_selector(".nb2pkg-graph .here")
    page.fill("[aria-label='Where the code goes']", "load.class")
    page.wait_for_selector(".nb2pkg-problem:has-text('word of Python')")
    page.fill("[aria-label='Where the code goes']", "load.read_islands")
    page.keyboard.press("Enter")
    page.wait_for_selector("code:text-is('nb2pkg:load.read_islands')")
    document = json.loads((server.root / "islands.ipynb").read_text(encoding="utf-8"))
    assert document["cells"][tagged]["metadata"]["tags"] == ["nb2pkg:load.read_islands"]
    page.click("button:text-is('Promote')")
    page.wait_for_selector(".nb2pkg-job strong:text-is('done')", timeout=60_000)
    code = (server.root / "islands-package/src/islands/load.py").read_text(encoding="utf-8")
    assert "def read_islands(" in code
    page.wait_for_selector(".nb2pkg-badge.good")


def test_a_conflict_is_seen_and_settled(
    page: Any, at: Callable[[str], None], server: Server
) -> None:
    code = server.root / "islands-package/src/islands/compare.py"
    code.write_text(code.read_text(encoding="utf-8").replace(".median()", ".max()"), "utf-8")
    notebook = server.root / "islands.ipynb"
    before = notebook.read_text(encoding="utf-8")
    notebook.write_text(before.replace(".median()", ".mean()"), "utf-8")
    at("package/islands-package/islands")
    page.wait_for_selector(".nb2pkg-drift li")
    page.click(".nb2pkg-drift button >> nth=0")
    page.wait_for_selector(".nb2pkg-badge.bad")
    sides = page.inner_text(".nb2pkg-sides")
    assert ".mean()" in sides
    assert ".max()" in sides
    assert page.is_disabled("button:text-is('Settle as chosen')")
    page.check('label:has-text("Take the notebook\'s") input')
    page.click("button:text-is('Settle as chosen')")
    page.wait_for_selector(".nb2pkg-job strong:text-is('done')", timeout=60_000)
    assert ".mean()" in code.read_text(encoding="utf-8")
    page.wait_for_selector(".nb2pkg-conflicts", state="detached")


def test_a_reviewer_approves_with_a_comment(
    page: Any, at: Callable[[str], None], server: Server
) -> None:
    at("package/penguins-package/penguins")
    row = page.locator("[id='train.split']")
    row.locator("summary").press("Enter")
    assert "def split(" in row.inner_text()
    row.locator("input").fill("agreed with Ada")
    row.locator("button:text-is('Approve')").click()
    page.wait_for_selector("#messages:has-text('train.split: approved by Eve Eng')")
    lines = (server.root / "penguins-package/.nb2pkg/decisions.jsonl").read_text("utf-8")
    assert json.loads(lines.splitlines()[-1])["why"] == "agreed with Ada"


def test_what_a_notebook_says_is_no_markup(
    page: Any, at: Callable[[str], None], server: Server
) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {"tags": [evil, f"nb2pkg:{evil}"]}, "execution_count": 1,
         "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": evil}}],
         "source": f"x = 1\ny = {evil!r}"},
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": f"# {evil}"},
    ]  # fmt: skip
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    name = "a'b<b>.ipynb"
    (server.root / name).write_text(json.dumps(content), encoding="utf-8")
    at("")
    page.click('a:has-text("a\'b<b>")')
    page.wait_for_selector(".cell")
    page.check("[aria-label='Cell 1']")
    page.wait_for_timeout(800)
    assert "owned" not in page.title()
    assert page.locator("main img, main script, main b").count() == 0
    assert "onerror" in page.inner_text(".cell pre")
    (server.root / name).unlink()


def test_an_attempt_is_brought_back_with_two_clicks(
    page: Any, at: Callable[[str], None], server: Server
) -> None:
    path = server.root / "islands.ipynb"
    kept = path.read_bytes()
    at("attempts/islands.ipynb")
    page.fill("[aria-label='What was tried']", "<b>as it came</b>")
    page.click("button:text-is('Record an attempt')")
    page.wait_for_selector(".nb2pkg-attempts li:has-text('<b>as it came</b>')")
    document = json.loads(kept)
    document["cells"].append(
        {"cell_type": "code", "id": "new", "metadata": {}, "outputs": [], "execution_count": None,
         "source": "print(7)"}
    )  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    page.click("button:text-is('Compare with now')")
    page.wait_for_selector(".nb2pkg-attempts .line.added:has-text('print(7)')")
    page.click("button:text-is('Restore')")
    assert path.read_bytes() != kept
    page.click("button:text-is('Restore: sure?')")
    page.wait_for_selector("#messages:has-text('Restored')")
    assert path.read_bytes() == kept
    page.wait_for_selector(".nb2pkg-attempts > li >> nth=1")  # what was there before


def test_two_tabs_see_the_same(page: Any, at: Callable[[str], None], server: Server) -> None:
    at("notebook/islands.ipynb")
    page.wait_for_selector(".cell")
    other = page.context.new_page()
    other.goto(f"{server.address}#/notebook/islands.ipynb")
    other.wait_for_selector(".cell")
    page.check("[type=checkbox] >> nth=0")
    page.click("button:text-is('Remove tag')")
    page.wait_for_selector("#messages:has-text('Tags removed')")
    other.reload()
    other.wait_for_selector(".cell")
    assert other.locator(".cell code").first.inner_text() == ""
    other.close()
