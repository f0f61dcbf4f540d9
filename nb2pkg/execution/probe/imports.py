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

_AT_WORK = threading.local()
_STILL: list[Any] = []  # generators


def keep_still(generator: Any = random) -> None:
    """From now on a generator (of `random`, or like it) is, behind an import, as it was before it."""
    if not _STILL:
        _watch()
    if generator not in _STILL:
        _STILL.append(generator)


def _watch() -> None:
    plain = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: Any) -> None:
        if getattr(_AT_WORK, "nested", False) or not installed_in(loader.path):
            return plain(loader, module)
        _AT_WORK.nested, states = True, [(each, each.getstate()) for each in _STILL]
        try:
            return plain(loader, module)
        finally:
            _AT_WORK.nested = False
            for each, state in states:
                if each.getstate() != state:
                    each.setstate(state)

    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment, method-assign]
