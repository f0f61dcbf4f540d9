"""What writing would change on disk, and writing it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nb2pkg.errors import ConflictError
from nb2pkg.files.exchange import exchange
from nb2pkg.files.failures import explained
from nb2pkg.files.locks import standing
from nb2pkg.paths import Folder, Project, project_at


@dataclass(frozen=True, slots=True)
class Change:
    """What writing would do: paths as seen from the project folder, with slashes.

    before: what stood there when that was found out; it is still there when it is written.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    before: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        return not (self.created or self.updated or self.removed)


def compare(project: Folder, files: Mapping[str, str], removed: Iterable[str]) -> Change:
    """What would change on disk if these files stood there, and those were gone.

    A path may lead out of the project: that of a notebook beside it.
    """
    contents = {path: _content(located(project, path)) for path in (*files, *removed)}
    before = {path: data for path, data in contents.items() if data is not None}
    for path in before.keys() & files.keys():
        _check_text(located(project, path), before[path])
    changed = sorted(p for p in files if before.get(p) != files[p].encode("utf-8"))
    for path in changed:
        _check_inside(project, path)
    return Change(
        tuple(path for path in changed if path not in before),
        tuple(path for path in changed if path in before),
        tuple(sorted(path for path in before if path not in files)),
        before,
    )


def _check_text(path: Path, data: bytes) -> None:
    """What cannot be read as text was merged with nothing, and would be lost."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise ConflictError(
            f"{path}: is not UTF-8 text, and would be replaced",
            "Save it as UTF-8, or move it away.",
        ) from None


def _check_inside(project: Folder, path: str) -> None:
    """A project that comes from somewhere must not lead to files that are not its own."""
    folder = project_at(project).folder.resolve()
    named = Path(os.path.normpath(Project(folder, project_at(project).paths) / path))
    if named.is_symlink() and named.is_relative_to(folder):
        if not named.resolve().is_relative_to(folder):
            raise ConflictError(
                f"{named}: is a link out of the project, and would be written to",
                "Put a file in its place.",
            )


def check_free(project: Path) -> None:
    """Raise ConflictError for a folder that is not empty, and that nb2pkg did not make."""
    if project.is_dir() and any(project.iterdir()):
        raise ConflictError(
            f"{project}: the folder is not empty, and nb2pkg did not make it",
            "Name another one with --output.",
        )
    if project.exists() and not project.is_dir():
        raise ConflictError(f"{project}: is a file", "Name a folder with --output.")
    if project.is_symlink() and not project.exists():
        raise ConflictError(
            f"{project}: is a link to a place that is not there", "Name a folder with --output."
        )


def check_writable(project: Path) -> None:
    """Raise Nb2pkgError where nobody may write: before minutes are spent on what is to be written."""
    place = standing(project)
    below = next((path for path in (project, *project.parents) if path.is_file()), None)
    if below is not None:
        raise ConflictError(f"{below}: is a file", "Name a folder.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise explained(PermissionError(13, "permission denied", str(place)))


def on_disk(path: Path) -> str | None:
    """The text of a file; None if it does not exist, or is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explained(error, path, "read") from error


def located(project: Folder, path: str) -> Path:
    """Where a file stands, behind all links; ConflictError for a link to nothing."""
    place = project_at(project)
    found = Path(os.path.normpath(Project(place.folder.resolve(), place.paths) / path))
    if found.is_symlink() and not found.exists():
        raise ConflictError(
            f"{found}: is a link to a file that is not there",
            "Remove the link, or bring back what it leads to.",
        )
    return found.parent.resolve() / found.name if not found.is_symlink() else found.resolve()


def apply(project: Folder, files: Mapping[str, str], change: Change) -> None:
    """Write the changed files. Whatever happens, all is as before or as wanted.

    Raises Nb2pkgError if that cannot be done, or if one of them was written to since.
    """
    if change.is_empty:
        return
    names = (*change.created, *change.updated, *change.removed)
    paths = {name: located(project, name) for name in names}
    exchange(
        project_at(project).folder.resolve(),
        {
            path: None if name in change.removed else files[name].encode("utf-8")
            for name, path in paths.items()
        },
        {path: change.before[name] for name, path in paths.items() if name in change.before},
    )


def put(path: Path, data: bytes, before: bytes | None) -> None:
    """Give one file another content than before; None: there is none yet."""
    place = located(path.parent, path.name)
    exchange(place.parent, {place: data}, {} if before is None else {place: before})
