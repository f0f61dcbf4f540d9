"""Importing a library draws no random number, as far as the notebook can tell.

Some libraries do it to number their objects (rich is one), and a promotion may move an import to
another cell: every number that is drawn behind it, without a seed, would be another one.
"""

from __future__ import annotations

import random
import threading
from importlib.machinery import SourceFileLoader
from typing import Any

from .files import installed_in

_AT_WORK = threading.local()


def keep_still() -> None:
    """From now on the global generator of `random` is, behind an import, as it was before it."""
    plain = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: Any) -> None:
        if getattr(_AT_WORK, "nested", False) or not installed_in(loader.path):
            return plain(loader, module)
        _AT_WORK.nested, state = True, random.getstate()
        try:
            return plain(loader, module)
        finally:
            _AT_WORK.nested = False
            if random.getstate() != state:
                random.setstate(state)

    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment, method-assign]
