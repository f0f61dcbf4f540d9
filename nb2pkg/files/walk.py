"""The one walk through a folder: what is never looked at, copied or read, wherever it lies.

A link to a folder is named, and not followed: it may lead back, or out of the project. Links that lead
nowhere, and what is neither file nor folder, are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

_VERSION_CONTROL = {".git", ".hg", ".svn", ".bzr", "CVS", ".dvc"}
_CACHES = {
    *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache"),
    *(".hypothesis", ".tox", ".nox"),
}
_LEFT_OUT = _VERSION_CONTROL | _CACHES | {"node_modules"}
_BUILT = {"build", "dist", "site-packages"}


def is_left_out(folder: Path) -> bool:
    """Is it of version control, a cache, or an environment, whatever that is called?"""
    return folder.name in _LEFT_OUT or is_environment(folder)


def is_environment(folder: Path) -> bool:
    """Is it an environment of Python or of conda?"""
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()


def is_without_code(folder: Path) -> bool:
    """Is there no code in it that people write here: is it hidden, or made by a tool?"""
    name = folder.name
    return name.startswith(".") or name in _BUILT or name.endswith(".egg-info")


def folders(
    top: Path, is_skipped: Callable[[Path], bool] = lambda _: False
) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder from top on, with the names of the folders and of the files in it, sorted.

    is_skipped: folders that are left out beside those that always are. top itself is not asked about.
    """
    for place, inner, names in os.walk(top):
        here = Path(place)
        inner[:] = sorted(
            name for name in inner if not (is_left_out(here / name) or is_skipped(here / name))
        )
        yield here, list(inner), sorted(name for name in names if (here / name).is_file())


def files(top: Path, is_skipped: Callable[[Path], bool] = lambda _: False) -> Iterator[Path]:
    """The files in a folder and below it."""
    for here, _, names in folders(top, is_skipped):
        yield from (here / name for name in names)
