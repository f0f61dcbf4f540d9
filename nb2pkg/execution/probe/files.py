"""Which files did the notebook read and write, and was it allowed to?

Python tells its audit hooks of every file that is opened, renamed or removed through it. Files
that compiled libraries open by themselves are not seen.
"""

from __future__ import annotations

import functools
import os
import pathlib
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterable
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FOLDER = getattr(os, "O_DIRECTORY", 0)
_MARKS = frozenset("wax+")
_SYSTEM = (
    "/dev",
    "/proc",
    "/sys",
    "/etc",
    "/usr",
    "/lib",
    "/run",
    "/var/lib",
    "/var/cache",
    "/snap",
)
_REFUSED = "nb2pkg verify runs in a copy of the folder, and does not let the notebook write to {}; --writable FOLDER does"
# Events, and which of their arguments are paths that are read, and that are written.
_EVENTS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "os.rename": ((), (0, 1)),
    "os.remove": ((), (0,)),
    "os.mkdir": ((), (0,)),
    "os.rmdir": ((), (0,)),
    "os.truncate": ((), (0,)),
    "os.link": ((0,), (1,)),
    "os.symlink": ((), (1,)),
    "os.chmod": ((), (0,)),
    "os.utime": ((), (0,)),
    "shutil.copyfile": ((0,), (1,)),
    "shutil.copytree": ((0,), (1,)),
    "shutil.move": ((), (0, 1)),
    "shutil.rmtree": ((), (0,)),
    "shutil.make_archive": ((), (0,)),
    "shutil.unpack_archive": ((0,), (1,)),
    "sqlite3.connect": ((), (0,)),
}
_WITHIN_FOLDERS = frozenset({"os.remove", "os.rmdir", "os.rename", "os.mkdir"})
_MADE_BY_TEMPFILE = ("tempfile.mkstemp", "tempfile.mkdtemp")
_HEARD = frozenset({"open", *_EVENTS, *_MADE_BY_TEMPFILE})


class Ledger:
    """What was read and written since it was last asked."""

    def __init__(self, writable: Iterable[str], guarded: Iterable[str]) -> None:
        tempfile.gettempdir()  # looked for by writing a file, once: IPython does it at the first cell
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.temporary: set[str] = set()
        self.writable = [os.path.realpath(path) for path in writable]
        self.guarded = [os.path.realpath(path) for path in guarded]
        self.ours: set[int] = set()  # threads that are at work for the probe
        self.ignored = _ignored()

    def take(self, scrub: Callable[[str], str]) -> dict[str, list[str]]:
        """The files of one boundary."""
        found = {
            "read": sorted(set(map(scrub, self.read))),
            "written": sorted(set(map(scrub, self.written))),
        }
        self.read, self.written = set(), set()
        return found

    def hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        """The audit hook: called for everything that Python does, each `id()` too, so it must say no quickly.

        It is no bound method: Python would look in vain for an attribute of it at each event, which takes three times as
        long as all the rest.
        """

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event in _HEARD:
                self._note_event(event, arguments)

        return hear

    def _note_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if type(path) is int or threading.get_ident() in self.ours:
                return
            if type(flags) is int and flags & _FOLDER:
                return
            if mode != "rb" or not str(path).endswith(".py"):  # read by an import, unless compiled
                self._note(path, _writes(mode, flags))
        elif event in _EVENTS:
            if threading.get_ident() in self.ours:
                return
            read, written = _EVENTS[event]
            if event in _WITHIN_FOLDERS and _is_descriptor(arguments[-1]):
                return  # a part of `rmtree`, which was noted itself
            for place in (*read, *written):
                self._note(arguments[place], place in written, event == "os.mkdir")
        elif type(arguments[0]) is str:
            self.temporary.add(os.path.abspath(arguments[0]))

    def _note(self, path: Any, written: bool, made: bool = False) -> None:
        text = _as_text(path)
        if not text:
            return
        text = os.path.abspath(text)
        if made and os.path.isdir(text):
            return  # `exist_ok`
        if written:
            self._refuse(text)
        if not self._is_ignored(text):
            (self.written if written else self.read).add(text)

    def _refuse(self, path: str) -> None:
        """Nothing is written outside of the copy. Folders that cannot be written stay as they are."""
        if not self.guarded or "__pycache__" in path:
            return
        real = os.path.realpath(path)
        if _depth(real, self.guarded) > _depth(real, self.writable):
            raise PermissionError(_REFUSED.format(path))

    def _is_ignored(self, path: str) -> bool:
        if (
            (path + os.sep).startswith(self.ignored)
            or "__pycache__" in path
            or path.endswith(".pyc")
        ):
            return True
        return "-packages" in path or (bool(self.temporary) and self._is_temporary(path))

    def _is_temporary(self, path: str) -> bool:
        return path in self.temporary or _under(path, self.temporary)


def installed_in(path: str) -> bool:
    """Is it a file of Python itself, or of what is installed?"""
    return "-packages" in path or path.startswith(_installed())


@functools.cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[key] + os.sep for key in ("stdlib", "platstdlib", "purelib", "platlib"))


def _ignored() -> tuple[str, ...]:
    """Beginnings of paths that are not data: Python itself, the system, hidden folders."""
    known = [os.environ.get(name) for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_RUNTIME_DIR")]
    folders = [*_SYSTEM, sys.base_prefix + "/lib", *(path for path in known if path)]
    hidden = os.path.join(os.path.expanduser("~"), ".")
    ours = os.path.dirname(__file__) + os.sep
    return (hidden, ours, *_installed(), *(folder + os.sep for folder in folders))


def _under(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def _depth(path: str, folders: Iterable[str]) -> int:
    """How much of the path the innermost of the folders around it has; -1 if there is none."""
    around = (len(f) for f in folders if path == f or path.startswith(f.rstrip(os.sep) + os.sep))
    return max(around, default=-1)


def _is_descriptor(argument: Any) -> bool:
    return type(argument) is int and argument >= 0


def _writes(mode: Any, flags: Any) -> bool:
    if type(mode) is str:
        return not _MARKS.isdisjoint(mode)
    return type(flags) is int and bool(flags & WRITING)


def _as_text(path: Any) -> str:
    """The path of an event; nothing for memory, descriptors and classes with code of their own."""
    if type(path) is bytes:
        path = os.fsdecode(path)
    elif type(path) is not str and pathlib.PurePath in type.mro(type(path)):
        path = pathlib.PurePath.__str__(path)
    return path if type(path) is str and path != ":memory:" else ""
