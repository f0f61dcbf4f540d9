"""A copy of the analysis' files for the tests to work in; what they write there goes with it.

Nothing is linked that a test could write through, but for very large files that nobody names.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = {".git", ".hg", ".svn", ".tox", "__pycache__", "node_modules"}
COPIED_BYTES = 200_000_000  # of files that nobody names
MOST_ENTRIES = 20_000


@contextlib.contextmanager
def in_copy(folder: Path, variable: str, *named: str) -> Iterator[None]:
    """Work in a copy of the folder, to which the variable points meanwhile.

    named: files and folders that the analysis is known to use, as seen from the folder.
    """
    before, value = Path.cwd(), os.environ.get(variable)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        levels = max((Path(name).parts.count("..") for name in named), default=0)
        place = Path(scratch, *folder.parts[1:][-levels - 1 :])
        place.mkdir(parents=True, exist_ok=True)
        for name in named:
            source, target = (Path(os.path.normpath(f / name)) for f in (folder, place))
            _copy(source, target, None)
        _copy(folder, place, COPIED_BYTES)
        os.chdir(place)
        os.environ[variable] = str(place)
        try:
            yield
        finally:
            os.chdir(before)
            os.environ.pop(variable)
            os.environ.update({variable: value} if value is not None else {})


def _copy(source: Path, target: Path, left: int | None) -> None:
    """Copy a file, or a folder from the top down; link the files for which no bytes are left."""
    waiting, seen, entries = deque([(source, target)]), set(), 0
    while waiting and entries < MOST_ENTRIES:
        one, other = waiting.popleft()
        entries += 1
        with contextlib.suppress(OSError):  # such as a link that leads nowhere
            if one.is_file() and not other.exists():
                other.parent.mkdir(parents=True, exist_ok=True)
                left = left if left is None else left - one.stat().st_size
                _copy_file(one, other, left is None or left >= 0)
            elif one.is_dir() and one.resolve() not in seen:
                seen.add(one.resolve())  # a link may lead back
                other.mkdir(parents=True, exist_ok=True)
                found = sorted(one.iterdir())
                waiting += [
                    (each, other / each.name) for each in found if _is_data(each)
                ]


def _copy_file(source: Path, target: Path, whole: bool) -> None:
    if whole:
        shutil.copy2(source, target)
    else:
        target.symlink_to(source.resolve())


def _is_data(path: Path) -> bool:
    """Is it no environment, no package that was promoted, and nothing of git?"""
    kept = path.name not in LEFT_OUT
    return (
        kept and not (path / "pyvenv.cfg").exists() and not (path / ".nb2pkg").exists()
    )
