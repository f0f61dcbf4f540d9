"""Steps that are tried again, and what a person sees of a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows import promoted, work

# A library that fails until it was called for the third time, in whatever process.
FLAKY = """
import os
from pathlib import Path

CALLS = Path(os.environ["CALLS"])

def told(text):
    with CALLS.open("a") as file:
        file.write(".")
    if len(CALLS.read_text()) < 3:
        raise OSError("nobody answers")
    return text.upper()
"""

ASKS = """
# %%
import flaky
# %%
def asked(text):
    return flaky.told(text)

first = "owl"
answer = asked(first)
# %%
size = len(answer)
more = [asked(answer), size]
# %%
print(answer, more)
"""

PRINTS = ASKS.replace("    return flaky", "    print('asking')\n    return flaky")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return work(tmp_path, monkeypatch, flaky=FLAKY)


def ran(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "analysis", "--engine", "dask", "--workers", "2", *options]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("scheduler", ["processes", "sync"])
def test_a_step_that_fails_is_tried_again(folder: Path, scheduler: str) -> None:
    promoted(folder, ASKS)
    done = ran(folder, "--retries", "2", "--scheduler", scheduler)
    assert done.stdout == "answer: 'OWL'\nmore: ['OWL', 3]\n", done.stderr
    assert done.stderr == ""


def test_a_step_that_goes_on_failing_says_how_often(folder: Path) -> None:
    promoted(folder, ASKS)
    done = ran(folder, "--retries", "1")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("failed after 2 attempts: OSError: nobody answers")


def test_a_step_with_effects_is_not_tried_again(folder: Path) -> None:
    promoted(folder, PRINTS)
    done = ran(folder, "--retries", "5")
    assert done.returncode == 1
    assert "not run again, since it does more than give values" in done.stderr
    assert Path(os.environ["CALLS"]).read_text() == "."


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_shows_how_far_it_is(folder: Path) -> None:
    import pty

    promoted(folder, ASKS)
    Path(os.environ["CALLS"]).write_text("...")
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "analysis", "--engine", "dask", "--workers", "2"]
    done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, check=False)
    seen = os.read(ours, 100_000).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, seen
    assert "0 of 2 steps done: " in seen
    assert "2 of 2 steps done" in seen
    assert seen.rpartition("\r")[2] == ""
