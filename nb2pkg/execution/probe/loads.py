"""Which modules did the notebook's code load by calling something? An engine, a plugin, a backend.

What a library imports while the notebook imports it is the library's own affair: it looks whether
something is there, and goes on without it.
"""

from __future__ import annotations

import sys
import threading
from types import FrameType

_MACHINERY = ("importlib/__init__.py", "importlib\\__init__.py")
_OURS = __name__.rpartition(".")[0]


class Loads:
    """Modules that were loaded in the course of a cell's code since this was last asked.

    Python asks each finder for every module that is not there yet. This one finds nothing.
    """

    def __init__(self, ours: set[int]) -> None:
        self.ours = ours  # threads that are at work for the probe
        self.found: dict[str, None] = {}

    def take(self) -> list[str]:
        """The outermost of them, in the order in which they were asked for; in a namespace, what is in it."""
        found = [name for name in self.found if _is_outermost(name)]
        self.found = {}
        return found

    def find_spec(self, name: str, *_: object) -> None:
        """Note it, and leave it to the others."""
        if threading.get_ident() not in self.ours and _is_called():
            self.found[name] = None


def _is_outermost(name: str) -> bool:
    """Is it no part of another module but of namespaces, and none itself?"""
    *outer, _ = name.split(".")
    around = (".".join(outer[:count]) for count in range(1, len(outer) + 1))
    return name in sys.modules and not _is_namespace(name) and all(map(_is_namespace, around))


def _is_namespace(name: str) -> bool:
    module = sys.modules.get(name)
    return getattr(module, "__path__", None) is not None and not getattr(module, "__file__", None)


def _is_called() -> bool:
    """Was it called, or imported, by code of the notebook? Not if the notebook imports what asks.

    Asked for every module that a library imports: what each frame is, is only looked at from the notebook's on.
    """
    inside: list[FrameType] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") != "__main__":
        inside.append(frame)
        frame = frame.f_back
    if frame is None:
        return False
    called = next((each for each in reversed(inside) if not _is_machinery(each)), None)
    return called is None or called.f_code.co_name != "<module>"


def _is_machinery(frame: FrameType) -> bool:
    """Is it of what carries out imports, Python's or the probe's?"""
    path = frame.f_code.co_filename
    if path.startswith("<frozen importlib") or path.endswith(_MACHINERY):
        return True
    return str(frame.f_globals.get("__name__")).startswith(_OURS)
