"""Where a project is, and what of it is on disk now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from nb2pkg import manifest
from nb2pkg.errors import Nb2pkgError
from nb2pkg.write import on_disk

_LEFT_OUT = {"venv", "__pycache__", "dist", "build"}


def find(given: Path | None, start: Path) -> Path:
    """The project that a person means: the given one, that around start, or the only one in it.

    Nb2pkgError if there is none, or more than one.
    """
    if given is not None:
        return given
    for folder in (start, *start.resolve().parents):
        if (folder / manifest.PATH).is_file():
            return folder
    inside = sorted(path.parent.parent for path in start.glob(f"*/{manifest.PATH}"))
    if len(inside) == 1:
        return inside[0]
    names = ", ".join(folder.name for folder in inside)
    raise Nb2pkgError(
        f"several packages are here: {names}" if inside else "there is no package of nb2pkg here",
        "Name its folder with --project.",
    )


def generated(project: Path) -> dict[str, str]:
    """Path to text of everything as it was generated last time."""
    return dict(_texts(project / manifest.BASE, lambda _: True))


def current(project: Path, is_wanted: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """Path to text of the wanted files, and of all Python: what was moved may be anywhere."""
    return dict(_texts(project, is_wanted))


def _texts(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in _LEFT_OUT and not n.startswith("."))
        for name in sorted(names):
            path = Path(place, name).relative_to(folder).as_posix()
            text = on_disk(folder / path) if name.endswith(".py") or is_wanted(path) else None
            if text is not None:
                yield path, text
