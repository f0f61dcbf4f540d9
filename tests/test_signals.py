"""Commands that are asked to end, or killed: how soon they end, with which code, and what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from nb2pkg import files
from tests import build

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process")
ROOT = Path(__file__).resolve().parents[1]
# It hears no interrupt, and what it started outlives it.
BUSY = """\
import pathlib, subprocess, sys
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path({mark!r}).write_text(str(started.pid))
# %%
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""
PROMPT = 2.0  # seconds, on a machine that has nothing else to do
SLACK = 4.0  # for one that has


def restored() -> None:
    """What shells start in the background ignores Ctrl-C, behind nohup SIGHUP, and so would what is started here."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A command in whose notebook a cell never ends, and a process that this notebook started."""
    mark = tmp_path / "tmp" / "mark"
    mark.parent.mkdir()
    path = build.write(tmp_path, BUSY.format(mark=str(mark)))
    words = [
        sys.executable,
        "-m",
        "nb2pkg",
        "check",
        "--run",
        str(path),
        "--writable",
        str(mark.parent),
    ]
    environment = {**os.environ, "TMPDIR": str(mark.parent), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=restored,
    ) as process:
        deadline = time.monotonic() + 60
        while not (mark.is_file() and mark.read_text()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process, int(mark.read_text())
        process.kill()


def left(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "tmp").iterdir() if path.name != "mark"]


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "terminated"),
    ],
)
def test_a_command_that_is_asked_to_end(
    tmp_path: Path, number: signal.Signals, code: int, word: str
) -> None:
    with running(tmp_path) as (process, started):
        kernels = psutil.Process(process.pid).children(recursive=True)
        began = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        passed = time.monotonic() - began
    assert (process.returncode, word in said, "Traceback" in said) == (code, True, False)
    assert kernels
    assert not any(lives(kernel.pid) for kernel in kernels)
    assert not lives(started)
    assert left(tmp_path) == []
    assert passed < PROMPT + SLACK


def test_what_a_killed_command_left_goes_with_the_next_one(tmp_path: Path) -> None:
    with running(tmp_path) as (process, started):
        process.kill()
        process.wait()
        assert len(left(tmp_path)) == 1
    somebody = tmp_path / "tmp" / "nb2pkg-scratch-mine"
    somebody.mkdir()
    path = build.write(tmp_path, "x = 1", "short")
    done = subprocess.run(
        [sys.executable, "-m", "nb2pkg", "check", "--run", str(path)],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode in (0, 1)
    assert left(tmp_path) == [somebody.name]
    assert not lives(started)


def test_the_folder_of_a_command_at_work_stays() -> None:
    ended: list[Path] = []
    with files.scratch() as place:
        (place / "kept").touch()
        files.remove_abandoned(ended.append)
        assert (place / "kept").is_file()
    assert place not in ended
    assert not place.exists()


def test_a_signal_that_is_to_be_ignored_is() -> None:
    """As under nohup."""
    script = "trap '' HUP; exec \"$@\""
    code = (
        "import os, signal, sys; from nb2pkg.cli.signals import ending; ending.catch();"
        "os.kill(os.getpid(), signal.SIGHUP); print('lives')"
    )
    words = ["sh", "-c", script, "sh", sys.executable, "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "lives\n", done.stderr
