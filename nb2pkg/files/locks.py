"""One command at a time writes to a folder.

The folder itself is locked, or a file in the folder for temporary files where folders cannot be: the
system lets go of both when the process ends, however it ends, and nothing stays in the project.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nb2pkg.errors import Nb2pkgError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

WAIT = 5.0  # seconds until a command that finds another one at work gives up
_PAUSE = 0.05
_held: dict[Path, int] = {}  # what this process has locked, and how often


@contextmanager
def locked(*folders: Path) -> Iterator[None]:
    """Wait until no other command writes to these folders, and let none begin.

    May be nested. Nb2pkgError if the other one does not end soon.
    """
    with ExitStack() as stack:
        for folder in sorted({standing(folder) for folder in folders}):
            stack.enter_context(_one(folder))
        yield


def standing(folder: Path) -> Path:
    """The folder, or the one above it that is there, if it has yet to be made."""
    path = folder.resolve()
    return next((place for place in (path, *path.parents) if os.path.isdir(place)), path)


@contextmanager
def _one(folder: Path) -> Iterator[None]:
    handle = None if folder in _held else _acquired(folder)
    _held[folder] = _held.get(folder, 0) + 1
    try:
        yield
    finally:
        _held[folder] -= 1
        if not _held[folder]:
            del _held[folder]
        if handle is not None:
            os.close(handle)  # which lets go of the lock


def _acquired(folder: Path) -> int:
    """A handle that has the lock."""
    deadline = time.monotonic() + WAIT
    while (handle := _tried(folder)) is None:
        if time.monotonic() > deadline:
            raise Nb2pkgError(
                f"{folder}: another nb2pkg command is writing there",
                "Run this one again when that one has ended.",
            )
        time.sleep(_PAUSE)
    return handle


def _tried(folder: Path) -> int | None:
    """A handle with the lock; None if somebody else has it."""
    if sys.platform != "win32":
        try:
            return _with_lock(os.open(folder, os.O_RDONLY))
        except OSError:
            pass  # some network drives lock files only
    return _with_lock(os.open(_lock_file(folder), os.O_RDWR | os.O_CREAT, 0o600))


def try_file(path: Path, flags: int = 0) -> int | None:
    """A handle to that file with the lock on it; None if somebody else has it, or there is no file."""
    try:
        return _with_lock(os.open(path, os.O_RDWR | flags, 0o600))
    except OSError:
        return None


def _lock_file(folder: Path) -> Path:
    user = os.getuid() if sys.platform != "win32" else ""
    name = hashlib.sha256(os.fsencode(os.path.normcase(folder))).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"nb2pkg-{user}-{name}.lock")


def _with_lock(handle: int) -> int | None:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return handle
    except BaseException as error:
        os.close(handle)
        if isinstance(error, BlockingIOError | PermissionError):  # Windows says the latter
            return None
        raise
