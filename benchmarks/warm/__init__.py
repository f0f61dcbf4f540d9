"""Kernels that start as copies of a process which has imported all that a kernel imports.

A kernel needs longer to start than most small notebooks need to run. What is copied is one interpreter with one hash
seed, before anything of a notebook is there, so a copy differs from a kernel of its own in little that a notebook can
see: in what the garbage collector counts, and at the very end, where Python would empty the modules. A test compares
them. Jupyter starts a small program in its place (`ask.py`), which asks the server for the copy, passes signals on, and
ends when the copy does.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parent
_SERVERS: dict[tuple[int, str, str], Server] = {}  # by the process that uses it


class Server:
    """A process that copies itself for each kernel that it is asked for, until this one ends."""

    def __init__(self, python: str, environment: dict[str, str]) -> None:
        home = tempfile.mkdtemp(prefix="warm-")  # the server removes it
        self.place = os.path.join(home, "socket")
        self.process = subprocess.Popen(
            [python, str(_FOLDER / "server.py"), self.place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for who uses it
            env=environment | {"HOME": home},
        )
        assert self.process.stdout is not None
        self.is_up = self.process.stdout.readline() == b"up\n"

    def end(self) -> None:
        """It ends itself when nobody holds its input any more."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def command(python: str, environment: dict[str, str]) -> list[str]:
    """How Jupyter starts a kernel of that interpreter: as a copy where processes can be copied."""
    if hasattr(os, "fork"):
        server = _server(python, environment)
        if server.is_up:
            ask = [sys.executable, "-I", "-S", str(_FOLDER / "ask.py"), server.place]
            return [*ask, "{connection_file}"]
    return [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def _server(python: str, environment: dict[str, str]) -> Server:
    key = (os.getpid(), python, environment.get("PYTHONHASHSEED", ""))
    if key not in _SERVERS or _SERVERS[key].process.poll() is not None:
        _SERVERS[key] = Server(python, environment)
    return _SERVERS[key]


@atexit.register
def end_all() -> None:
    """End the servers of this process."""
    for key in [key for key in _SERVERS if key[0] == os.getpid()]:
        _SERVERS.pop(key).end()
