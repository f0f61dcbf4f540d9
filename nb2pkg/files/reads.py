"""What a command has read so far, and whether all of that is still as it was.

Python says of each file that is opened, each folder that is listed and each program that is started, also of files that
turn out not to be there. Questions whether something exists are not among that, so what stands beside what was read counts, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

import nb2pkg
from nb2pkg.files import user_cache

_MOST = 5_000  # paths, of which each is looked at again
_HERE = Path(nb2pkg.__file__).parent
_LISTED = ("os.listdir", "os.scandir")
_HEARD = frozenset({"open", "subprocess.Popen", *_LISTED})
_GIT_FILES = ("HEAD", "config", "packed-refs")
_GIT_FOLDERS = ("refs/nb2pkg", "refs/worktree", "refs/notes")


class Reads:
    """Listens from now on, for as long as the process lives: Python has no way to take that back."""

    def __init__(self) -> None:
        self.began = time.time_ns()
        self.opened: set[str] = set()
        self.listed: set[str] = set()
        self.programs: set[str] = set()

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event in _HEARD:
                self._note(event, arguments)

        # Called for each `id()`, too. On a bound method Python looks in vain for an attribute each time, which takes
        # three times as long as all the rest.
        sys.addaudithook(hear)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            self.opened.add(os.fsdecode(arguments[0]))
        elif event in _LISTED and isinstance(arguments[0], (str, bytes, os.PathLike)):
            self.listed.add(os.fsdecode(arguments[0]))
        elif event == "subprocess.Popen":
            self.programs.add(os.path.basename(os.fsdecode(arguments[0] or "")))

    def paths(self, marks: Iterable[str]) -> tuple[list[str], list[str]] | None:
        """Files and folders on which what was done depends; None if nobody can say.

        marks: names that may make a folder above a special one.
        """
        files = {*_without_libraries(self.opened)}
        folders = {*_without_libraries(self.listed)}
        theirs = [path for path in (*files, *folders) if not _is_own(path)]
        for folder in {above for path in theirs for above in _above(path)}:
            files.update(os.path.join(folder, mark) for mark in marks)
            repository = os.path.join(folder, ".git")
            if self.programs and os.path.isfile(repository):
                return None  # a work tree, whose references are elsewhere
            if self.programs and os.path.isdir(repository):
                files.update(os.path.join(repository, name) for name in _GIT_FILES)
                for inner, names in _references(repository):
                    folders.add(inner)
                    files.update(os.path.join(inner, name) for name in names)
        is_known = self.programs <= {"git", "git.exe"} and len(files) + len(folders) <= _MOST
        return (sorted(files), sorted(folders)) if is_known else None

    def is_settled(self, files: Iterable[str]) -> bool:
        """Were these files changed long enough before this began that each change since shows?"""
        return all(_file(path)[1] < self.began - user_cache.RACY for path in files)


def state(files: Iterable[str], folders: Iterable[str]) -> str:
    """A digest of which files there are, when they were changed, and what is in the folders."""
    found = [[_file(path) for path in files], [_names(path) for path in folders]]
    return hashlib.blake2b(json.dumps(found).encode(), digest_size=20).hexdigest()


def _without_libraries(paths: Iterable[str]) -> Iterator[str]:
    """Whole paths, but for those of Python and of what is installed beside nb2pkg; code by its source."""
    import sysconfig

    known = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    libraries = tuple(os.path.join(folder, "") for folder in known)
    for path in map(os.path.abspath, paths):
        if not path.startswith(libraries):
            yield _source(path) if path.endswith(".pyc") else path


def _source(path: str) -> str:
    """The file that bytecode was made of; other programs name theirs otherwise, and then it counts itself."""
    try:
        return source_from_cache(path)
    except ValueError:
        return path


def _above(path: str) -> Iterator[str]:
    while path != (path := os.path.dirname(path)):
        yield path


def _is_own(path: str) -> bool:
    """Is it of nb2pkg itself, which does not depend on what is around it?"""
    return path.startswith(
        (str(_HERE), str(_HERE.parent / "templates"), str(user_cache.folder("")))
    )


def _references(repository: str) -> Iterator[tuple[str, list[str]]]:
    """The folders in which git keeps where attempts are, and the files in each."""
    for name in _GIT_FOLDERS:
        top = os.path.join(repository, name)
        yield top, []
        yield from ((folder, names) for folder, _, names in os.walk(top))


def _file(path: str) -> tuple[int, int, int]:
    """Its size, when it was changed, and its number; zeros if it is not there. Of a folder, that it is one."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0, 0
    if stat.S_ISDIR(found.st_mode):
        return 0, 1, 0  # git changes the date of its own at every call
    return found.st_size, found.st_mtime_ns, found.st_ino


def _names(folder: str) -> list[str]:
    """What is in a folder, but for hidden files and caches, which programs make on the way."""
    try:
        return sorted(
            name for name in os.listdir(folder) if name[:1] != "." and name != "__pycache__"
        )
    except OSError:
        return []
