"""Commands that take long, as jobs: started, looked at while they run, and stopped.

A job is this nb2pkg in a process of its own, so that a kernel, a crash or a stop is no matter of the
server. What it may run is listed here, and with which interpreter is not for the caller to say.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.service.model import Job

_KEPT = 50  # jobs that have ended
_SECONDS = 10.0  # between asking a job to stop, and ending it
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

COMMANDS: Mapping[str, frozenset[str]] = {
    "promote": frozenset(
        (
            "--all",
            "--verify",
            "--dry-run",
            "--diff",
            *(f"--conflicts={w}" for w in ("ours", "theirs", "markers")),
        )
    ),
    "verify": frozenset(),
    "check": frozenset(("--run",)),
}
"""What a job may be, and its options."""

_SETTLE = "--settle="  # behind it stands the name of a conflict


def _is_allowed(command: str, option: str) -> bool:
    is_settling = command == "promote" and option.startswith(_SETTLE)
    return is_settling or option in COMMANDS[command]


@dataclass
class _Running:
    """A process and what it has said. It runs until all of that is read."""

    command: tuple[str, ...]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    is_read: bool = False
    is_cancelled: bool = False

    @property
    def exit(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll() if self.is_read else None


class Jobs:
    """The jobs of one server."""

    def __init__(self, python: str = "") -> None:
        """python: the interpreter that notebooks run with, for all jobs; default: their kernels'."""
        self._python = python
        self._jobs: dict[str, _Running] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, command: str, path: Path, options: Sequence[str] = ()) -> Job:
        """Start one. Nb2pkgError for a command or an option that jobs do not have."""
        if command not in COMMANDS:
            raise Nb2pkgError(f"there is no job {command}", f"Jobs are {', '.join(COMMANDS)}.")
        unknown = [option for option in options if not _is_allowed(command, option)]
        if unknown:
            raise Nb2pkgError(f"the job {command} has no option {unknown[0]}")
        words = (command, str(path), *options)
        runs = command == "verify" or {"--verify", "--run"} & {*options}
        python = ("--python", self._python) if self._python and runs else ()
        process = subprocess.Popen(
            [sys.executable, "-m", "nb2pkg", *words, *python],
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            creationflags=_NEW_GROUP,
            start_new_session=not _NEW_GROUP,
        )
        running = _Running(words, process)
        with self._lock:
            name = str(next(self._numbers))
            self._jobs[name] = running
            self._forget()
        threading.Thread(target=_read, args=(running,), daemon=True).start()
        return self.look(name)

    def look(self, name: str, since: int = 0) -> Job:
        """How a job is, and what it has said behind so many lines."""
        running = self._named(name)
        code = running.exit
        lines = tuple(running.lines[since:])
        state = _state(running, code)
        return Job(name, running.command, state, code, lines, since + len(lines))

    def cancel(self, name: str) -> Job:
        """Ask a job to stop: it ends its kernels and cleans up. It is ended if it does not."""
        running = self._named(name)
        if running.process.poll() is None:
            running.is_cancelled = True
            _ask_to_end(running.process)
            timer = threading.Timer(_SECONDS, running.process.kill)
            timer.daemon = True
            timer.start()
        return self.look(name)

    def close(self) -> None:
        """Stop all jobs, and wait for their ends."""
        for name, running in [*self._jobs.items()]:
            self.cancel(name)
            try:
                running.process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                running.process.kill()

    def _named(self, name: str) -> _Running:
        if name not in self._jobs:
            raise Nb2pkgError(f"there is no job {name}")
        return self._jobs[name]

    def _forget(self) -> None:
        """The oldest of those that have ended."""
        ended = [name for name, each in self._jobs.items() if each.exit is not None]
        for name in ended[:-_KEPT]:
            del self._jobs[name]


def _read(running: _Running) -> None:
    assert running.process.stdout is not None
    with running.process.stdout as said:
        for line in said:
            running.lines.append(line.rstrip("\n"))
    running.process.wait()
    running.is_read = True


def _state(running: _Running, code: int | None) -> str:
    if code is None:
        return "running"
    if running.is_cancelled:
        return "cancelled"
    return "done" if code == 0 else "failed"


def _ask_to_end(process: subprocess.Popen[str]) -> None:
    """A server in the background may have been started with Ctrl-C ignored, and so its jobs: not that."""
    if _NEW_GROUP:
        process.send_signal(signal.CTRL_BREAK_EVENT)  # type: ignore[attr-defined]
    else:
        process.terminate()
