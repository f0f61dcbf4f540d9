"""A copy of the analysis' files for the tests to work in; what they write there goes with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

LEFT_OUT = {".git", ".hg", ".svn", ".tox", "__pycache__", "node_modules"}
COPIED_BYTES = 200_000_000  # beyond that, links to the files that nobody names
MOST_ENTRIES = 20_000


@contextlib.contextmanager
def in_copy(folder: Path, variable: str, *named: str) -> Iterator[None]:
    """Work in a copy of the folder, to which the variable points meanwhile.

    named: files and folders that the analysis is known to use, as seen from the folder.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        pytest.MonkeyPatch.context() as patch,
    ):
        above = max((Path(name).parts.count("..") for name in named), default=0)
        place = Path(scratch, *folder.parts[1:][-above - 1 :])
        for name in named:
            source, target = (Path(os.path.normpath(f / name)) for f in (folder, place))
            _copy(source, target, COPIED_BYTES**2)
        _copy(folder, place, COPIED_BYTES)
        patch.chdir(place)
        patch.setenv(variable, str(place))
        yield


def _copy(source: Path, target: Path, left: int) -> None:
    """Copy a file or a folder; once no bytes are left, link to files."""
    entries = 0

    def left_out(folder: str, names: list[str]) -> list[str]:
        nonlocal entries
        entries += len(names)
        paths = [Path(folder, name) for name in names]
        return [p.name for p in paths if entries > MOST_ENTRIES or not _is_data(p)]

    def copy(one: str, other: str) -> None:
        nonlocal left
        left -= os.path.getsize(one)
        if left < 0:
            os.symlink(os.path.abspath(one), other)
        elif not os.path.exists(other):
            shutil.copy2(one, other)

    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # such as a file that nobody may read
        if source.is_file():
            copy(str(source), str(target))
        else:
            shutil.copytree(source, target, False, left_out, copy, True, True)


def _is_data(path: Path) -> bool:
    """Not an environment, a package that was promoted, or a link that leads back."""
    inside = [path / name for name in ("pyvenv.cfg", ".nb2pkg")]
    leads_back = path.is_symlink() and path.resolve() in {
        p.resolve() for p in path.parents
    }
    return (
        path.name not in LEFT_OUT
        and not leads_back
        and not any(map(Path.exists, inside))
    )
