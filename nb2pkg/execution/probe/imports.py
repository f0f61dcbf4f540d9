"""Importing a library draws no random number, as far as the notebook can tell.

Some libraries do it to number their objects (rich is one) or to make examples (scipy.stats), and a
promotion may move an import to another cell: every number that is drawn behind it, without a seed,
would be another one.
"""

from __future__ import annotations

import random
import threading
from importlib.machinery import SourceFileLoader
from typing import Any

from .files import installed_in

_AT_WORK = threading.local()  # states: of the generators, before the import that is going on
_STILL: list[Any] = []  # generators
_WATCHED: list[Any] = []  # what carries out imports, as it was


def keep_still(generator: Any = random) -> None:
    """From now on a generator (of `random`, or like it) is, behind an import, as it was before it."""
    watch()
    if generator not in _STILL:
        _STILL.append(generator)
        if (states := getattr(_AT_WORK, "states", None)) is not None:
            states.append((generator, generator.getstate()))


def watch() -> None:
    """Be there when an import begins which may bring a generator."""
    if _WATCHED:
        return
    plain = SourceFileLoader.exec_module
    _WATCHED.append(plain)

    def exec_module(loader: SourceFileLoader, module: Any) -> None:
        if getattr(_AT_WORK, "states", None) is not None or not installed_in(loader.path):
            return plain(loader, module)
        states = _AT_WORK.states = [(each, each.getstate()) for each in _STILL]
        try:
            return plain(loader, module)
        finally:
            _AT_WORK.states = None
            for each, state in states:
                if each.getstate() != state:
                    each.setstate(state)

    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment, method-assign]
