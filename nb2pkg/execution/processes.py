"""Processes that run code of a notebook: apart from ours, and ended with all that they started.

What such code starts lives on when it ends, and keeps pipes open that somebody waits for. So a run
has a session of its own, no pipe to us, and is ended as a group. A process that left the group (a
daemon has a session of its own) is known by its working directory, or by the folder for temporary
files that it was given: no other run has those. Only Linux shows them; elsewhere the group is all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PASSES = 20  # a process that is ended may have started another one meanwhile


def start(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own. What it says is lost: it has no end, perhaps."""
    return subprocess.Popen(
        argv,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def end(pid: int | None, home: Path) -> None:
    """End the process, its group, and what works in home or has its temporary files there."""
    if sys.platform == "win32":
        if pid is not None:
            argv = ["taskkill", "/T", "/F", "/PID", str(pid)]
            subprocess.run(argv, capture_output=True, check=False)
        return
    if pid is not None:
        _kill(pid, group=True)
    for _ in range(_PASSES):
        left = list(_at_work_in(home))
        if not left:
            return
        for each in left:
            _kill(each)


def _kill(pid: int, group: bool = False) -> None:
    """Kill a process, unless it is gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            (os.killpg if group else os.kill)(pid, signal.SIGKILL)


def _at_work_in(home: Path) -> Iterator[int]:
    """Living processes whose working directory or temporary files are in home."""
    inside = os.fsencode(home) + b"/"
    mark = b"TMPDIR=" + inside
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # of somebody else, or gone by now
            variables = Path(place, "environ").read_bytes().split(b"\0")
            folder = os.fsencode(os.readlink(place / "cwd"))
            if folder.startswith(inside) or any(v.startswith(mark) for v in variables):
                yield int(place.name)
