"""CPU times: of functions in this process, and of commands with their children."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from benchmarks.trial import ROOT

FINDINGS = (0, 1)  # exit codes of linters


def nb2pkg(*words: str | Path) -> list[str]:
    """A command of this checkout."""
    return [sys.executable, "-m", "nb2pkg", *map(str, words)]


def python(*words: str | Path) -> list[str]:
    return [sys.executable, *map(str, words)]


def best_of(measure: Callable[[], float], rounds: int) -> float:
    return min(measure() for _ in range(rounds))


def here(work: Callable[[], object]) -> float:
    """CPU seconds of a function."""
    started = time.process_time()
    work()
    return time.process_time() - started


def command(
    words: Sequence[str], folder: Path | None = None, allowed: Iterable[int] = (0,)
) -> float:
    """CPU seconds of a command, with its children. Bytecode is kept, as where somebody has installed it."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        words, cwd=folder, env=kept | {"PYTHONPATH": str(ROOT)}, stdout=quiet, stderr=quiet
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        raise click.ClickException(f"exit {process.returncode}: {' '.join(words)}")
    return usage.ru_utime + usage.ru_stime
