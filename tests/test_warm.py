"""A kernel that is a copy of a warm process is like one that was started by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks import kernel_run, warm

pytestmark = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="processes are looked for in /proc"
)

TELL = """
import gc, json, os, sys, tempfile, warnings
json.dump({
    "modules": sorted(sys.modules), "path": sys.path, "program": sys.argv[:2], "flags": str(sys.flags),
    "folder": os.getcwd(), "names": sorted(vars(sys.modules["__main__"])), "hash": hash("a"),
    "environment": sorted(os.environ), "temporary": tempfile.tempdir, "garbage": gc.get_threshold(),
    "filters": [str(entry) for entry in warnings.filters], "finders": [str(type(f)) for f in sys.meta_path],
}, open("told.json", "w"))
"""


def told(folder: Path, seed: int) -> dict[str, Any]:
    """What a kernel in that folder says of itself."""
    ran = run(folder, TELL, hash_seed=seed)
    assert not ran.stopped
    found: dict[str, Any] = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return found


def run(folder: Path, source: str, **conditions: Any) -> kernel_run.Run:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])  # type: ignore[no-untyped-call]
    nbformat.write(notebook, folder / "notebook.ipynb")  # type: ignore[no-untyped-call]
    return kernel_run.run(folder / "notebook.ipynb", kernel_run.Conditions(folder, **conditions))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_copy_says_of_itself_what_a_kernel_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    copied = told(tmp_path, seed)
    fresh = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    monkeypatch.setattr(warm, "command", lambda *_: fresh)
    assert copied == told(tmp_path, seed)


def test_a_copy_ends_what_it_is_at(tmp_path: Path) -> None:
    at_the_end = """
import atexit, threading, time
from pathlib import Path

def late():
    time.sleep(0.5)
    Path("thread").touch()

atexit.register(lambda: Path("exit").touch())
threading.Thread(target=late).start()
opened = open("file", "w")
opened.write("all of it")
"""
    assert not run(tmp_path, at_the_end).stopped
    assert (tmp_path / "thread").exists()
    assert (tmp_path / "exit").exists()
    assert (tmp_path / "file").read_text() == "all of it"


def test_each_copy_has_random_numbers_of_its_own(tmp_path: Path) -> None:
    drawn = set()
    for _ in range(2):
        run(tmp_path, "import random; open('drawn', 'w').write(str(random.random()))")
        drawn.add((tmp_path / "drawn").read_text(encoding="utf-8"))
    assert len(drawn) == 2


def test_a_cell_that_does_not_end_is_interrupted(tmp_path: Path) -> None:
    assert run(tmp_path, "while True: pass", cell_timeout=1).stopped == kernel_run.TIMEOUT


def test_a_kernel_that_dies_is_noticed(tmp_path: Path) -> None:
    assert "Dead" in run(tmp_path, "import os; os._exit(3)").stopped


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_copy_outlives_what_asked_for_it(tmp_path: Path, number: int) -> None:
    command = warm.command(sys.executable, dict(os.environ))
    words = [word.format(connection_file=tmp_path / "connection.json") for word in command]
    asking = subprocess.Popen(words, cwd=tmp_path)
    until = time.monotonic() + 60
    while not (found := _running(tmp_path)) and time.monotonic() < until:
        time.sleep(0.05)
    assert found
    asking.send_signal(number)
    asking.wait()
    while _running(tmp_path) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _running(tmp_path)


def _running(folder: Path) -> list[str]:
    """Processes that work in a folder, apart from those that ask for kernels."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_there = process.joinpath("cwd").resolve() == folder
            if is_there and "ask.py" not in process.joinpath("cmdline").read_text():
                found.append(process.name)
        except OSError:
            continue
    return found
