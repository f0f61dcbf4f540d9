"""Folders for what is needed only while a command runs.

Each goes with its command. One that was killed leaves its folder behind: it is known by its name and by a
file in it that its owner has locked. The system lets go of the lock when the owner ends, however it ends,
so a folder whose file can be locked has no owner any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nb2pkg.files import locks

_PREFIX = "nb2pkg-scratch-"
_OWNER = ".nb2pkg-owner"


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder but for a hidden file; it is removed at the end."""
    place, handle = _made()
    try:
        yield place
    finally:
        _remove(place, handle)


def remove_abandoned(end: Callable[[Path], None]) -> None:
    """Remove the folders of commands that were killed; end is called with each before.

    Those of other users, of commands at work, and what is only called like ours are left alone.
    """
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not (entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False)):
                continue
            place = Path(entry.path).resolve()
            handle = locks.try_file(place / _OWNER) if _is_own(place) else None
            if handle is not None:
                end(place)
                _remove(place, handle)


def _is_own(place: Path) -> bool:
    with contextlib.suppress(OSError):
        return sys.platform == "win32" or place.stat().st_uid == os.getuid()
    return False


def _made() -> tuple[Path, int]:
    """A new folder, and the handle that marks it as ours."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        handle = locks.try_file(place / _OWNER, os.O_CREAT)
        if handle is not None and (place / _OWNER).exists():
            return place, handle
        if handle is not None:  # somebody took it for abandoned before it was locked
            os.close(handle)


def _remove(place: Path, handle: int) -> None:
    """What is in it may have been made read-only, and Windows removes no file that is open."""
    if sys.platform == "win32":
        os.close(handle)
    for folder, folders, _ in os.walk(place):
        for inner in (Path(folder, name) for name in folders):
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(place, ignore_errors=True)
    if sys.platform != "win32":
        os.close(handle)
