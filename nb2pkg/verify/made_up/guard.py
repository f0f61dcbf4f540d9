"""What code opens while it is watched; and that nothing called with made-up values reaches outside."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_BEYOND = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.kill",
    "ftplib.",
    "smtplib.",
    "urllib.",
    "http.client.connect",
    "webbrowser.",
    "builtins.input",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "shutil.",
    "sqlite3.connect",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_SYSTEM = ("/usr", "/lib", "/etc", "/dev", "/proc", "/sys", "/System", "/Library")
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dll", ".dylib")


class RefusedError(Exception):
    """Code that was called with made-up values wanted something from outside its folder."""


@dataclass
class Opened:
    """Paths of files that were opened, to read and to write."""

    read: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


@dataclass
class _Door:
    """Hooks cannot be taken away again, so one stands there and knows what it is for."""

    is_hung: bool = False
    folders: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    opened: Opened | None = None


_DOOR = _Door()


def _hang() -> None:
    if not _DOOR.is_hung:
        sys.addaudithook(_hear)
        _DOOR.is_hung = True


@contextlib.contextmanager
def watched() -> Iterator[Opened]:
    """What is opened while it lasts."""
    _hang()
    before, _DOOR.opened = _DOOR.opened, Opened()
    try:
        yield _DOOR.opened
    finally:
        _DOOR.opened = before


@contextlib.contextmanager
def closed(*folders: str) -> Iterator[None]:
    """While it lasts, only files of these folders, of libraries and of the system are opened.

    Nothing is changed outside the folders, and no other process or machine is spoken to.
    """
    _hang()
    _DOOR.shared, _DOOR.paths = _DOOR.shared or _shared(), _folders(sys.path)
    _DOOR.folders = _folders(folders)
    try:
        yield
    finally:
        _DOOR.folders = ()


def _shared() -> tuple[str, ...]:
    """Where Python, its libraries and the system have their files."""
    cache = os.environ.get("MPLCONFIGDIR") or os.path.expanduser("~/.cache/matplotlib")
    known = [sys.prefix, sys.base_prefix, *_SYSTEM, os.environ.get("WINDIR", ""), cache]
    return _folders(known)


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(os.path.join(os.path.realpath(path), "") for path in paths if path)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not (_DOOR.folders or _DOOR.opened):
        return
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and any(c in mode for c in "wax+")
        writes = writes or (mode is None and isinstance(flags, int) and bool(flags & _WRITES))
        _opened(path, writes)
    elif event == "os.mkdir" and _is_of_libraries(os.fsdecode(arguments[0])):
        return
    elif event.startswith(_CHANGES):
        _opened(arguments[0] if arguments else "", True)
    elif _DOOR.folders and event.startswith(_BEYOND):
        raise RefusedError(event)


def _is_of_libraries(folder: str) -> bool:
    """Is it there already, or hidden in the home? Libraries make sure of their folders when they are loaded."""
    home = os.path.join(os.path.realpath(os.path.expanduser("~")), "")
    return os.path.isdir(folder) or os.path.realpath(folder).startswith(f"{home}.")


def _opened(path: Any, writes: bool) -> None:
    if isinstance(path, (bytes, os.PathLike)):
        path = os.fsdecode(path)
    if isinstance(path, int) and _DOOR.folders:
        raise RefusedError("a file by its number, which may be one of this process")
    if not isinstance(path, str):
        return
    if _DOOR.opened is not None:
        (_DOOR.opened.written if writes else _DOOR.opened.read).append(path)
    if not _DOOR.folders or path == ":memory:":
        return
    real = os.path.realpath(path)
    is_inside = os.path.join(real, "").startswith(_DOOR.folders)
    # What lies on the path of modules may be the folder of the data: there only code is read.
    is_shared = real.startswith(_DOOR.shared) or (
        real.startswith(_DOOR.paths) and real.endswith(_CODE)
    )
    is_missing = not writes and not os.path.lexists(real)  # opening it says so, as libraries expect
    if not (is_inside or is_missing) and (writes or not is_shared):
        raise RefusedError(path)
