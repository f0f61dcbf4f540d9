"""Files to disk: all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.errors import ConflictError
from nb2pkg.home import Folder, bare


@dataclass(frozen=True, slots=True)
class Change:
    """What writing would do: paths as seen from the project folder, with slashes."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.updated or self.removed)


def compare(project: Folder, files: Mapping[str, str], removed: Iterable[str]) -> Change:
    """What would change on disk if these files stood there, and those were gone."""
    before = {path: on_disk(project / path) for path in files}
    created = sorted(path for path, text in before.items() if text is None)
    updated = sorted(p for p, text in before.items() if text is not None and text != files[p])
    gone = sorted(path for path in removed if (project / path).exists())
    return Change(tuple(created), tuple(updated), tuple(gone))


def check_free(project: Path) -> None:
    """Raise ConflictError for a folder that is not empty, and that nb2pkg did not make."""
    if project.is_dir() and any(project.iterdir()):
        raise ConflictError(
            f"{project}: the folder is not empty, and nb2pkg did not make it",
            "Name another one with --output.",
        )
    if project.exists() and not project.is_dir():
        raise ConflictError(f"{project}: is a file", "Name a folder with --output.")


def on_disk(path: Path) -> str | None:
    """The text of a file; None if it does not exist, or is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def apply(project: Folder, files: Mapping[str, str], change: Change) -> None:
    """Write the changed files. Whatever happens, all is as before or as wanted.

    A path may lead out of the project: that of a notebook beside it.
    """
    folder = bare(project).resolve()
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent))
    try:
        for path in (*change.created, *change.updated):
            _write(_staged(staging, "new", path), files[path])
        if folder.exists() or any(path.startswith("..") for path in files):
            _exchange(project, staging, change)
        else:
            os.replace(staging / "new", folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _staged(staging: Path, which: str, path: str) -> Path:
    """Where a file waits, wherever it belongs."""
    apart = f"here/{path[2:]}" if path.startswith("./") else path.replace("../", "above/")
    return staging / which / apart


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def _exchange(project: Folder, staging: Path, change: Change) -> None:
    """Move the old files out and the new ones in; put everything back if that is interrupted."""
    done: list[str] = []
    folder = bare(project)
    is_new = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        for path in (*change.updated, *change.removed):
            _move(project / path, _staged(staging, "old", path))
            done.append(path)
        for path in (*change.created, *change.updated):
            _move(_staged(staging, "new", path), project / path)
            if path in change.created:
                done.append(path)
    except BaseException:
        _put_back(project, staging, done)
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    _remove_empty(project, change.removed)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _put_back(project: Folder, staging: Path, done: Iterable[str]) -> None:
    for path in done:
        old = _staged(staging, "old", path)
        if old.exists():
            _move(old, project / path)
        else:
            (project / path).unlink(missing_ok=True)


def _remove_empty(project: Folder, removed: Iterable[str]) -> None:
    for path in removed:
        folder = (project / path).parent
        if folder != bare(project) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
