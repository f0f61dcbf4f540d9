"""The panel in JupyterLab: a real server, started here, driven in a real browser.

JupyterLab and the panel are in an environment of their own, which ``make lab`` builds.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
JUPYTER = ROOT / "build/lab/environment" / SCRIPTS / "jupyter"
TOKEN = "shared-with-nobody"
READY = ".jp-Notebook-ExecutionIndicator[data-status='idle']"  # its kernel
CELLS = [
    "limit = 3",
    "def clipped(values):\n    return [min(value, limit) for value in values]",
    "masses = clipped([1, 2, 5])",
    "total = sum(masses)\nmean = total / len(masses)",
    "print(mean)",
]

PROMOTED = ["validated", "validated", "in step", "validated", ""]  # the third is a line of run()

IDENTITY = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}

pytestmark = pytest.mark.xdist_group("lab")


def notebook(*tagged: int, cells: Sequence[str] = CELLS) -> str:
    listed: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "metadata": {"tags": ["nb2pkg"]} if n in tagged else {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": listed, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@dataclass
class Server:
    """A JupyterLab that can be stopped and started again on its port."""

    port: int
    home: Path
    root: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folders = {"HOME": "", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
                   "JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ipython"}  # fmt: skip
        own = {name: str(self.home / folder) for name, folder in folders.items()}
        with (self.home / "log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(JUPYTER), "lab", "--no-browser", "--allow-root", f"--port={self.port}",
                 "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
                 f"--ServerApp.root_dir={self.root}"],
                stdout=log, stderr=log, env=os.environ | own | IDENTITY,
            )  # fmt: skip
        until = time.monotonic() + 90
        while not _is_up(self.port) and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.2)

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:  # it waits for a kernel, which ends when it is gone
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not JUPYTER.exists():
        pytest.skip("there is no JupyterLab to try it in: make lab")
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("lab")
    quiet = home / "config/labconfig/page_config.json"
    quiet.parent.mkdir(parents=True)
    news = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    quiet.write_text(json.dumps(news), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = Server(port, home, root)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def lab(server: Server) -> tuple[str, Path]:
    """The address of a JupyterLab and the folder that it shows."""
    return f"http://127.0.0.1:{server.port}", server.root


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture
def opened(browser: Any, lab: tuple[str, Path]) -> Iterator[Callable[..., Any]]:
    """Open a notebook with the panel beside it. What goes wrong in the page fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    faults: list[str] = []

    def go(name: str, text: str | None = None) -> Any:
        if text is not None:
            (lab[1] / name).write_text(text, encoding="utf-8")
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{lab[0]}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(".lm-TabBar-tab[title^='nb2pkg']")
        panel = page.locator("#nb2pkg-panel")
        if not panel.is_visible():
            page.click(".lm-TabBar-tab[title^='nb2pkg']")
        page.wait_for_selector("#nb2pkg-panel h2")
        return page

    yield go
    context.close()
    assert [fault for fault in faults if "nb2pkg" in fault] == []


def badges(page: Any) -> list[str]:
    """The word on each cell, without its mark."""
    cells = page.locator(".jp-Notebook .jp-CodeCell").all()
    found = [cell.locator(".nb2pkg-badge").all_inner_texts() for cell in cells]
    return [texts[0].split(" ", 1)[1] if texts else "" for texts in found]


def wait_for(page: Any, wanted: list[str]) -> None:
    until = time.monotonic() + 20
    while badges(page) != wanted and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert badges(page) == wanted


def in_command_mode(page: Any, cell: int) -> None:
    """Choose a cell, and leave its editor."""
    page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputPrompt").click()
    page.keyboard.press("Escape")


def saved(page: Any, path: Path, is_done: Callable[[Any], bool]) -> Any:
    page.keyboard.press("Control+s")
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with contextlib.suppress(json.JSONDecodeError):  # it is being written
            if is_done(found := json.loads(path.read_text(encoding="utf-8"))):
                return found
        time.sleep(0.1)
    raise AssertionError("it was not saved")


def promote(page: Any) -> None:
    page.click("#nb2pkg-panel button:text-is('Promote')")
    page.wait_for_selector(".nb2pkg-job strong:text-is('done')", timeout=180_000)


def test_selected_cells_are_tagged_with_one_key_and_promoted(
    opened: Callable[..., Any], lab: tuple[str, Path]
) -> None:
    page = opened("first.ipynb", notebook())
    wait_for(page, [""] * 5)
    in_command_mode(page, 0)
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+t")
    wait_for(page, ["waiting"] * 4 + [""])
    page.wait_for_selector("#nb2pkg-panel h3:has-text('clipped')")
    path = lab[1] / "first.ipynb"
    document = saved(page, path, lambda found: "tags" in found["cells"][3]["metadata"])
    assert [cell["metadata"].get("tags") for cell in document["cells"]] == [["nb2pkg"]] * 4 + [None]
    promote(page)
    wait_for(page, PROMOTED)
    modules = (lab[1] / "first-package/src/first").glob("*.py")
    assert any("def clipped(" in module.read_text(encoding="utf-8") for module in modules)
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    wait_for(page, PROMOTED)


def test_drift_is_seen_before_anything_is_saved(opened: Callable[..., Any]) -> None:
    page = opened("drifting.ipynb", notebook(0, 1, 2, 3))
    promote(page)
    wait_for(page, PROMOTED)
    editor = page.locator(".jp-Notebook .jp-CodeCell").nth(3).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("scale = 2\n")
    wait_for(page, [*PROMOTED[:3], "changed", ""])
    page.wait_for_selector("#nb2pkg-panel pre:has-text('scale = 2')")
    why = page.locator(".nb2pkg-badge.warn").first.get_attribute("title")
    assert "the text of the cell changed" in why
    assert "the text of the cell changed" in page.inner_text(".nb2pkg-drift")
    in_command_mode(page, 2)
    page.wait_for_selector(".nb2pkg-neighbours:has-text('Feeds cell 4 (masses)')")
    drawn = page.locator(".nb2pkg-graph .jump").all_text_contents()
    assert drawn == ["cell 1limit", "cell 2clipped", "cell 4masses"]
    page.click(".nb2pkg-drift button:text-is('cell 4')")
    page.wait_for_selector(".nb2pkg-neighbours:has-text('Fed by cell 3 (masses)')")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("def (")
    page.wait_for_selector("#nb2pkg-panel .nb2pkg-head:has-text('cell 4')")


def test_tags_are_taken_away_with_one_key(opened: Callable[..., Any]) -> None:
    page = opened("second.ipynb", notebook())
    in_command_mode(page, 0)
    page.keyboard.press("Alt+t")
    wait_for(page, ["waiting", "", "", "", ""])
    page.keyboard.press("Alt+Shift+T")
    wait_for(page, [""] * 5)


def test_a_tag_is_undone_as_anything_in_the_notebook(opened: Callable[..., Any]) -> None:
    page = opened("undone.ipynb", notebook())
    in_command_mode(page, 1)
    page.keyboard.press("Alt+t")
    wait_for(page, ["", "waiting", "", "", ""])
    page.keyboard.press("z")
    wait_for(page, [""] * 5)
    page.keyboard.press("Shift+Z")
    wait_for(page, ["", "waiting", "", "", ""])


def test_a_cell_of_tests_says_how_they_went(opened: Callable[..., Any]) -> None:
    checks = "%load_ext nb2pkg", "%%nbtest\nassert 1 + 1 == 2", "%%nbtest\nassert 1 + 1 == 3"
    page = opened("tested.ipynb", notebook(cells=checks))
    wait_for(page, [""] * 3)
    in_command_mode(page, 0)
    for _ in checks:
        page.keyboard.press("Control+Enter")
        page.keyboard.press("ArrowDown")
    wait_for(page, ["", "tests pass", "tests fail"])
    assert page.locator(".nb2pkg-badge.bad").get_attribute("title") == "tests fail: 1 failed"
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  # changed")
    wait_for(page, ["", "", "tests fail"])


def test_a_name_is_checked_as_it_is_typed(opened: Callable[..., Any]) -> None:
    page = opened("third.ipynb", notebook(0, 1))
    wait_for(page, ["waiting", "waiting", "", "", ""])
    in_command_mode(page, 2)
    field = page.locator("#nb2pkg-panel input")
    field.fill("masses.lambda")
    page.wait_for_selector(".nb2pkg-problem:has-text('word of Python')")
    field.fill("masses.weigh")
    field.press("Enter")
    wait_for(page, ["waiting"] * 3 + ["", ""])
    page.wait_for_selector("#nb2pkg-panel h3:has-text('masses.weigh')")
    in_command_mode(page, 0)
    page.keyboard.press("Alt+t")
    page.wait_for_selector("#nb2pkg-panel option[value='masses.weigh']", state="attached")
    options = page.locator("#nb2pkg-panel datalist option").evaluate_all(
        "all => all.map(o => o.value)"
    )
    assert "masses" in options


def test_a_conflict_is_settled_in_place(opened: Callable[..., Any], lab: tuple[str, Path]) -> None:
    page = opened("fourth.ipynb", notebook(0, 1, 2, 3))
    promote(page)
    page.close()
    (module,) = [
        path
        for path in (lab[1] / "fourth-package/src/fourth").glob("*.py")
        if "def clipped(" in path.read_text(encoding="utf-8")
    ]
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("min(value, limit)", "max(value, limit)"), encoding="utf-8")
    other = notebook(0, 1, 2, 3).replace("min(value, limit)", "min(limit, value)")
    page = opened("fourth.ipynb", other)
    wait_for(page, ["validated", "conflict", "stale", "stale", ""])
    page.wait_for_selector(".nb2pkg-sides")
    assert "max(value, limit)" in page.inner_text(".nb2pkg-sides")
    assert page.is_disabled("button:text-is('Settle as chosen')")
    page.check('label:has-text("Take the notebook\'s") input')
    page.click("button:text-is('Settle as chosen')")
    page.wait_for_selector(".nb2pkg-job strong:text-is('done')", timeout=60_000)
    assert "min(limit, value)" in module.read_text(encoding="utf-8")
    page.wait_for_selector(".nb2pkg-sides", state="detached")


def test_it_answers_while_a_kernel_is_busy(opened: Callable[..., Any]) -> None:
    busy = notebook().replace("print(mean)", "import time; time.sleep(60)")
    page = opened("fifth.ipynb", busy)
    page.wait_for_selector(READY, timeout=60_000)  # before, a key may be lost
    in_command_mode(page, 4)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".jp-InputPrompt:has-text('[*]')", timeout=60_000)
    in_command_mode(page, 0)
    page.keyboard.press("Alt+t")
    wait_for(page, ["waiting", "", "", "", ""])
    assert page.locator(".jp-InputPrompt:has-text('[*]')").count() == 1


def test_what_a_notebook_says_is_no_markup(opened: Callable[..., Any]) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    page = opened("sixth.ipynb", notebook(0).replace("limit = 3", f"limit = '''{evil}'''"))
    in_command_mode(page, 0)
    page.wait_for_selector("#nb2pkg-panel pre:has-text('onerror')")
    assert page.locator("#nb2pkg-panel img").count() == 0
    assert page.title() != "owned"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
def test_without_the_servers_login_nothing_is_answered(
    lab: tuple[str, Path], headers: dict[str, str]
) -> None:
    host = lab[0].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    path = lab[1] / "seventh.ipynb"
    path.write_text(before := notebook(), encoding="utf-8")
    body = json.dumps({"path": path.name, "cells": [0], "tag": "nb2pkg:evil"})
    connection.request("POST", "/nb2pkg/api/write_tags", body, headers)
    status = connection.getresponse().status
    connection.close()
    assert status == 403
    assert path.read_text(encoding="utf-8") == before


def test_an_attempt_is_brought_back_into_the_open_notebook(
    opened: Callable[..., Any], lab: tuple[str, Path]
) -> None:
    page = opened("ninth.ipynb", notebook())
    page.click("#nb2pkg-panel button:text-is('Attempts')")
    page.fill("[aria-label='What was tried']", "three")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nb2pkg-attempts li:has-text('three')")
    editor = page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("0")
    page.click("button:text-is('Compare with now')")
    page.wait_for_selector(".nb2pkg-attempts .line.added:has-text('limit = 30')")
    page.click("button:text-is('Restore')")
    page.click("button:text-is('Restore: sure?')")
    page.wait_for_selector(".nb2pkg-message:has-text('Restored')")
    assert editor.inner_text() == "limit = 3"
    document = json.loads((lab[1] / "ninth.ipynb").read_text(encoding="utf-8"))
    assert "".join(document["cells"][0]["source"]) == CELLS[0]


def test_it_goes_on_after_the_server_was_restarted(
    opened: Callable[..., Any], server: Server
) -> None:
    page = opened("eighth.ipynb", notebook(0))
    wait_for(page, ["waiting", "", "", "", ""])
    # JupyterLab says that it is gone, too, sooner or later: in a dialog that covers the notebook.
    page.add_locator_handler(
        page.locator(".jp-Dialog"), lambda each: each.locator("button").last.click()
    )
    server.stop()
    message = page.locator(".nb2pkg-message:has-text('does not answer')")
    until = time.monotonic() + 60
    while not message.is_visible():
        assert time.monotonic() < until, "nothing was said"
        in_command_mode(page, 1)
        page.keyboard.press("Alt+t")
        page.wait_for_timeout(500)
    server.start()
    in_command_mode(page, 1)
    page.keyboard.press("Alt+t")
    wait_for(page, ["waiting", "waiting", "", "", ""])
    page.wait_for_selector(".nb2pkg-message:has-text('Tagged 1')")
