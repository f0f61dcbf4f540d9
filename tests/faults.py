"""What can go wrong with files: an error, Ctrl-C or a kill at the n-th operation on them.

Everything that changes files goes through these functions of Python's; they are counted, and work as
ever until one of them fails. After a kill none works any more: nothing can be tidied up.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

_CHANGING = ("replace", "rename", "mkdir", "unlink", "remove", "rmdir", "link", "symlink")
_CHANGING += ("chmod", "utime", "write", "fsync", "truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Kill(BaseException):
    """The process is gone."""


class Fault(Enum):
    """before: instead of the operation; after: once it was done; half: written in part."""

    KILL = "killed"
    FULL = "no space left"
    DENIED = "permission denied"
    INTERRUPT = "interrupted before"
    INTERRUPT_AFTER = "interrupted after"


_ERRORS: dict[Fault, Callable[[], BaseException]] = {
    Fault.KILL: Kill,
    Fault.FULL: lambda: OSError(errno.ENOSPC, "No space left on device"),
    Fault.DENIED: lambda: PermissionError(errno.EACCES, "Permission denied"),
    Fault.INTERRUPT: KeyboardInterrupt,
    Fault.INTERRUPT_AFTER: KeyboardInterrupt,
}


class Counter:
    """How many operations there were, and at which one it fails: 0 for none."""

    def __init__(self, fault: Fault, at: int) -> None:
        self.fault = fault
        self.at = at
        self.count = 0

    def around(self, real: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        self.count += 1
        if self.fault is Fault.KILL and self.at and self.count > self.at:
            raise Kill
        if self.count != self.at:
            return real(*args, **kwargs)
        if real is _real["write"] and self.fault is not Fault.INTERRUPT:
            real(args[0], bytes(args[1])[: len(args[1]) // 2])
        elif self.fault is Fault.INTERRUPT_AFTER:
            real(*args, **kwargs)
        raise _ERRORS[self.fault]()


_real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in _CHANGING}
_real |= {"os.open": os.open, "open": builtins.open}


@contextmanager
def failing(fault: Fault, at: int) -> Iterator[Counter]:
    """Meanwhile the operation with this number fails."""
    counter = Counter(fault, at)
    with pytest.MonkeyPatch.context() as patch:
        for name in _CHANGING:
            patch.setattr(os, name, _counted(counter, _real[name] if name != "fsync" else _no_sync))

        def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            if not flags & _WRITING:
                return int(_real["os.open"](path, flags, *args, **kwargs))
            return int(counter.around(_real["os.open"], (path, flags, *args), kwargs))

        def open_(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not set(mode) & set("wax+"):
                return _real["open"](file, mode, *args, **kwargs)
            return counter.around(_real["open"], (file, mode, *args), kwargs)

        patch.setattr(os, "open", opened)
        patch.setattr(builtins, "open", open_)
        patch.setattr(io, "open", open_)
        yield counter


def _no_sync(handle: int) -> None:
    """The disk of the tests may be slow, and nobody pulls its plug."""
    os.fstat(handle)


def _counted(counter: Counter, real: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        return counter.around(real, args, kwargs)

    return called


def state(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: files with what they hold, and folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
