"""The kernels that a process has started, as the system sees them."""

from __future__ import annotations

import time

import psutil


def started(pid: int, count: int = 1, seconds: float = 60) -> set[int]:
    """The kernels of a process, once there are so many; those that there are when the time is over."""
    deadline = time.monotonic() + seconds
    found: set[int] = set()
    while time.monotonic() < deadline and len(found) < count:
        children = psutil.Process(pid).children(recursive=True)
        found = {child.pid for child in children if "ipykernel_launcher" in _words(child)}
        time.sleep(0.2)
    return found


def are_running(pids: set[int]) -> bool:
    """Whether one of them still runs."""
    return any(_runs(pid) for pid in pids)


def _words(process: psutil.Process) -> str:
    """Its command line; nothing if it has just ended, and nobody has taken note of that."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie is one, too
        return ""


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
