"""A short run of each fuzz benchmark, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def fuzz(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.fuzz.{name}", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_command_breaks_on_a_damaged_notebook() -> None:
    done = fuzz("damaged", "--count", "40", "--seed", "90000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 of 40 notebooks without a failure" in done.stdout


FORKS = pytest.mark.skipif(sys.platform == "win32", reason="runs are forked")


@FORKS
def test_what_is_made_of_generated_notebooks_does_what_they_do() -> None:
    done = fuzz("generated", "--count", "25", "--seed", "90000")
    assert done.returncode == 0, done.stdout + done.stderr


@FORKS
def test_copies_that_become_one_function_do_what_each_of_them_did() -> None:
    done = fuzz("generated", "--copies", "--count", "25", "--seed", "90000")
    assert done.returncode == 0, done.stdout + done.stderr


@FORKS
def test_what_is_broken_is_seen() -> None:
    done = fuzz("generated", "--count", "20", "--seed", "91000", "--control")
    assert "not seen" not in done.stdout
    assert "silent" in done.stdout
