"""One step with one file or folder."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from nb2pkg.files.journal import FOLDER

_BINARY = getattr(os, "O_BINARY", 0)


def write(path: Path, data: bytes) -> None:
    """A new file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)


def move(source: Path, target: Path) -> None:
    """To its place in one step, on another file system too."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        waiting = beside(source, target)
        waiting.unlink(missing_ok=True)
        write(waiting, source.read_bytes())
        sync(waiting)
        shutil.copystat(source, waiting)
        os.replace(waiting, target)
        os.unlink(source)


def beside(source: Path, target: Path) -> Path:
    """Where a file waits for its place on another file system."""
    return target.parent / f"{FOLDER}-{source.parent.name}-{source.name}"


def sync(path: Path) -> None:
    """See that a file is on disk, or what a folder lists, which Windows does by itself."""
    is_folder = os.path.isdir(path)
    if is_folder and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR | _BINARY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_empty(folder: Path) -> None:
    if os.path.isdir(folder) and not os.listdir(folder):
        os.rmdir(folder)
