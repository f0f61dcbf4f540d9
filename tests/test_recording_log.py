"""``%nb2pkg record``: what a session leaves behind, in real kernels; and what it never does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nb2pkg.graph import fingerprint
from nb2pkg.jupyter import extension, record
from nb2pkg.notebook import execution_log
from nb2pkg.notebook.execution_log import Execution
from nb2pkg.order.model import Certainty
from nb2pkg.order.study import study
from tests import build

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

ROOT = Path(__file__).resolve().parents[1]
ON = "%load_ext nb2pkg\n%nb2pkg record on"


class Session:
    """A kernel that is asked as JupyterLab asks: with the id of the cell."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str, cell: str = "") -> str:
        """Run a cell; what it printed, or the name of its error."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content)
        message["metadata"] = {"cellId": cell} if cell else {}
        self.client.shell_channel.send(message)
        said = ""
        while True:
            found = self.client.get_iopub_msg(timeout=60)
            if found["parent_header"].get("msg_id") != message["msg_id"]:
                continue
            said += found["content"].get("text", "") + found["content"].get("ename", "")
            if found["content"].get("execution_state") == "idle":
                self.client.get_shell_msg(timeout=60)
                return said


@contextmanager
def kernel(folder: Path, **variables: str) -> Iterator[Session]:
    from jupyter_client.manager import start_new_kernel

    environment = {k: v for k, v in os.environ.items() if k != "JPY_SESSION_NAME"}
    environment |= {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / ".ipython"), **variables}
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(folder), env=environment, stderr=-3
    )
    try:
        yield Session(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def test_a_session_in_a_kernel(tmp_path: Path) -> None:
    """The order is known then, though the notebook was saved with another; no value is in the log."""
    sources = [ON, "secret = 'hunter2'", "secret = 5", "print(secret)"]
    path = build.write(tmp_path, sources)
    with kernel(tmp_path, JPY_SESSION_NAME=str(path)) as session:
        assert "recording executions of analysis.ipynb" in session.run(sources[0], "c0")
        for index in (2, 1, 3):
            session.run(sources[index], f"c{index}")
        assert session.run("gone = secret\nraise KeyError('hunter3')", "gone") == "KeyError"
        session.run("also_gone = 1\ngone = 2", "gone")
        assert session.run("%%nbtest\nassert secret == 'hunter2'").startswith("✓")
        session.run("%unload_ext nb2pkg")
        session.run("late = 1")
        assert "UsageError" in session.run("%nb2pkg record status")
    text = execution_log.path_for(path).read_text(encoding="utf-8")
    assert "hunter" not in text
    log = execution_log.read(path)
    assert [(e.cell, e.ok, e.error, e.names) for e in log] == [
        ("c0", True, "", ()),
        ("c2", True, "", ("secret",)),
        ("c1", True, "", ("secret",)),
        ("c3", True, "", ()),
        ("gone", False, "KeyError", ("gone",)),
        ("gone", True, "", ("gone", "also_gone")),
        ("", True, "", ()),
    ]
    assert [e.number for e in log] == list(range(1, 8))
    assert len({e.session for e in log}) == 1
    assert log[3].digest == fingerprint.of_source("print(secret)")
    assert all(0 <= e.seconds < 60 for e in log)
    finding = study(path).finding
    assert (finding.chosen.cells, finding.certainty) == ((0, 2, 1, 3), Certainty.KNOWN)
    assert "run 6: a cell that is gone; it made gone, also_gone" in finding.history.lost
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        ".ipython",
        ".nb2pkg",
        "analysis.ipynb",
    ]


def test_nbclient_sends_no_ids_so_cells_are_found_by_their_text(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    path = build.write(tmp_path, [f"{ON} analysis.ipynb", "a = 1", "b = a", "a = 1"])
    document: Any = nbformat.read(path, as_version=4)
    client = NotebookClient(document, timeout=60, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
    log = execution_log.read(path)
    assert [e.cell for e in log] == ["", "", "", ""]
    assert [e.names for e in log] == [(), ("a",), ("b",), ()]  # 1 is the same object again
    finding = study(path).finding
    assert finding.is_right
    assert finding.certainty is Certainty.KNOWN


# ------------------------------------------------------------------------- without a kernel


@pytest.fixture
def notebook(
    shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    """A shell in a folder with a notebook, and the magics."""
    for name in ("JPY_SESSION_NAME", record.OFF):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    build.write(tmp_path, ["a = 1"])
    shell.reset()
    extension.load(shell)
    yield shell
    extension.unload(shell)


def said(notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], code: str) -> str:
    capsys.readouterr()
    notebook.run_cell(code)
    captured = capsys.readouterr()
    return captured.out + captured.err


def log() -> tuple[Execution, ...]:
    return execution_log.read(Path("analysis.ipynb").absolute())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("record on", "where the notebook is cannot be seen in this front end"),
        ("record on nowhere.ipynb", "nowhere.ipynb: there is no such notebook"),
        ("record", "write %nb2pkg record on"),
        ("record maybe", "write %nb2pkg record on"),
        ("record off analysis.ipynb", "record off takes no path"),
        ("", "write %nb2pkg record on"),
        ("record off", "not recording"),
        ("record status", "not recording"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    assert words in said(notebook, capsys, f"%nb2pkg {line}")
    assert not Path(".nb2pkg").exists()


@pytest.mark.parametrize("quoted", ["analysis.ipynb", "'analysis.ipynb'"])
def test_the_notebook_may_be_named(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], quoted: str
) -> None:
    assert "recording" in said(notebook, capsys, f"%nb2pkg record on {quoted}")
    notebook.run_cell("a = 1")
    assert [e.names for e in log()] == [(), ("a",)]


def test_vs_code_says_where_the_notebook_is(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    notebook.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "analysis.ipynb")
    assert "recording executions of analysis.ipynb" in said(notebook, capsys, "%nb2pkg record on")


NAMES = {
    "nothing": ("1 + 1", set()),
    "bound": ("x = []", {"x"}),
    "the same object again": ("kept = kept", set()),
    "bound anew": ("kept = []", {"kept"}),
    "changed in place": ("kept.append(1)", set()),
    "import and definition": ("import math as m\ndef f(): pass", {"m", "f"}),
    "by a call": ("globals()['made'] = []", {"made"}),
    "deleted": ("del kept", set()),
    "before an error": ("x = []\n1 / 0", {"x"}),
    "loop": ("for i in [[]]: pass", {"i"}),
    "one underscore": ("_x = []", {"_x"}),
    "cells within": ("get_ipython().run_cell('inner = []')", {"inner"}),
    "not even Python": ("def (", set()),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_that_are_bound(notebook: InteractiveShell, case: str) -> None:
    source, expected = NAMES[case]
    notebook.run_cell("kept = []")
    notebook.run_cell("%nb2pkg record on analysis.ipynb")
    notebook.run_cell(source, store_history=True)
    assert len(log()) == 2
    assert set(log()[-1].names) == expected


def test_off_and_on_again_goes_on_with_the_numbers(notebook: InteractiveShell) -> None:
    for code in ("%nb2pkg record on analysis.ipynb", "a = 1", "%nb2pkg record off", "b = 1"):
        notebook.run_cell(code)
    notebook.run_cell("%nb2pkg record on analysis.ipynb")
    notebook.run_cell("c = []")
    assert [(e.number, e.names) for e in log()] == [(1, ()), (2, ("a",)), (3, ()), (4, ("c",))]


def test_a_log_that_cannot_be_written_breaks_no_cell(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once; then nothing is recorded."""
    notebook.run_cell("%nb2pkg record on analysis.ipynb")
    path = execution_log.path_for(Path("analysis.ipynb"))
    path.unlink()
    path.mkdir()
    capsys.readouterr()
    assert notebook.run_cell("a = 1").success
    assert capsys.readouterr().err.count("nb2pkg: recording has stopped") == 1
    assert notebook.run_cell("b = 1").success
    assert "recording has stopped" not in capsys.readouterr().err
    assert notebook.user_ns["b"] == 1
    assert "not recording" in said(notebook, capsys, "%nb2pkg record status")


def test_a_log_that_was_deleted_begins_anew(notebook: InteractiveShell) -> None:
    notebook.run_cell("%nb2pkg record on analysis.ipynb")
    execution_log.path_for(Path("analysis.ipynb")).unlink()
    notebook.run_cell("a = []")
    assert [e.names for e in log()] == [("a",)]


def test_no_object_is_kept_alive(notebook: InteractiveShell) -> None:
    notebook.run_cell("%nb2pkg record on analysis.ipynb")
    notebook.run_cell("import weakref\nclass A: pass\na = A()\nwatch = weakref.ref(a)")
    notebook.run_cell("del a\ngone = watch() is None")
    assert notebook.user_ns["gone"] is True


def test_kernels_of_nb2pkg_record_nothing(
    notebook: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(record.OFF, "off")
    assert notebook.run_cell("%nb2pkg record on analysis.ipynb").success
    notebook.run_cell("a = 1")
    assert not Path(".nb2pkg").exists()


def test_a_line_of_the_log_is_what_the_page_says() -> None:
    page = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    made = Execution("f", 1, "c", "d", "s", 0.1, True)
    assert list(shown) == list(json.loads(execution_log.line(made)))
    assert sys.getsizeof(execution_log.line(made)) < 400
