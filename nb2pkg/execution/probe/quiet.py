"""How does the probe stay unnoticed while it works?

No warning is shown or remembered, no garbage of the notebook is collected earlier than it would
have been, its recursion limit does not matter, and no file that is opened is one of the notebook's.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import warnings
from collections.abc import Iterator

DEEP = 20_000
# `catch_warnings` would have every warning shown again that was already shown once.
IGNORE = ("ignore", None, Warning, None, 0)


AS_IT_WAS: dict[str, int] = {}  # settings that the probe changes while it looks


@contextlib.contextmanager
def quiet(ours: set[int]) -> Iterator[None]:
    """While this lasts, `ours` holds the thread that is at work. May be entered within itself."""
    if threading.get_ident() in ours:
        yield
        return
    limit, collecting, filters = sys.getrecursionlimit(), gc.isenabled(), warnings.filters
    AS_IT_WAS.update(limit=limit, collecting=collecting)
    gc.disable()
    sys.setrecursionlimit(max(limit, DEEP))
    ours.add(threading.get_ident())
    filters.insert(0, IGNORE)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            filters.remove(IGNORE)  # type: ignore[attr-defined]
        ours.discard(threading.get_ident())
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()
