"""Packages with a flow, run as programs that a test watches, stops and kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from nb2pkg.flow.model import Engine
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write
from tests import build

# What steps call: the code of the notebook does not tell what it does.
STOPS = """
import os
import time
from pathlib import Path

FOLDER = Path(os.environ["MARKS"])

def here(value):
    (FOLDER / f"{os.getpid()}.begun").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)
    return value

def backend():
    return os.environ.get("MPLBACKEND")
"""


def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **libraries: str) -> Path:
    """A folder for a package, and modules on the path of all that is started."""
    folder, library, marks = (tmp_path / name for name in ("work", "library", "marks"))
    for each in (folder, library, marks):
        each.mkdir()
    for name, text in libraries.items():
        (library / f"{name}.py").write_text(text)
    source = folder / "analysis-package" / "src"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(source), str(library)]))
    monkeypatch.setenv("MARKS", str(marks))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    return folder


def promoted(folder: Path, text: str) -> None:
    made = promote(build.write(folder, text), Request(everything=True, engine=Engine("dask")))
    write(update(made))


@contextmanager
def started(folder: Path, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """A program that ends with the test."""
    with subprocess.Popen(
        [sys.executable, *argv],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(is_so: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for what a program does."""
    end = time.monotonic() + 60
    while not is_so():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError("\n".join(process.communicate()))
        time.sleep(0.02)


def begun(folder: Path) -> list[int]:
    """The processes that have begun the step that waits."""
    return [int(mark.stem) for mark in (folder.parent / "marks").glob("*.begun")]


def kill_who_waits(folder: Path, process: subprocess.Popen[str]) -> None:
    """Kill the process in which a step waits, and let the next one go on."""
    until(lambda: begun(folder), process)
    (number,) = begun(folder)
    os.kill(number, signal.SIGKILL)
    (folder.parent / "marks" / "go").touch()


class Cluster:
    """A scheduler of Dask, and workers, as programs of their own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        scheduler = self.start("scheduler", *options, "--scheduler-file", str(self.file))
        until(lambda: self.file.exists() and self.file.read_text(), scheduler)
        self.address: str = json.loads(self.file.read_text())["address"]

    def start(self, *argv: str) -> subprocess.Popen[str]:
        return self.stack.enter_context(started(self.folder, "-m", "dask", *argv))

    def add_worker(self, threads: int = 1) -> subprocess.Popen[str]:
        number = len([*self.folder.glob("worker-*")])
        own = self.folder / f"worker-{number}"
        own.mkdir()
        places = ["--local-directory", str(own), "--scheduler-file", str(self.file)]
        options = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard"]
        return self.start("worker", *places, *options)
