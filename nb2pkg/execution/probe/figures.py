"""Which figures did a cell draw, and what was on them?

The inline backend shows and closes figures right after a cell, and `plt.show()` does in the middle
of one. Our callback after a cell is registered first, and sees them before they are gone; a hook
of the kernel, made for that, tells of every picture that is about to be sent.
"""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any


class Gallery:
    """Digests of the figures of the cells since the last boundary."""

    def __init__(self, digest: Callable[[Any], str]) -> None:
        self.digest = digest
        self.digests: list[str] = []
        self.places: list[tuple[weakref.ref[Any], int]] = []  # of figures that may change yet
        self.seconds = 0.0  # of our own work, which is no work of the cell

    def sent(self, message: dict[str, Any]) -> dict[str, Any]:
        """Called for all that is displayed: before the pictures of `plt.show()` are closed."""
        with contextlib.suppress(Exception):  # whatever it is, it is displayed
            if any(str(kind).startswith("image/") for kind in message["content"]["data"]):
                self._look(again=False)
        return message

    def ended(self) -> None:
        """Called after each cell, also after those that run unseen for the probe."""
        with contextlib.suppress(Exception):
            self._look(again=True)

    def _look(self, again: bool) -> None:
        """Note the figures that pyplot has now; those that are known only when asked to."""
        started = time.process_time()
        known = {id(figure()): place for figure, place in self.places}
        for figure in alive():
            place = known.get(id(figure))
            if place is None:
                self.places.append((weakref.ref(figure), len(self.digests)))
                self.digests.append(self.digest(figure))
            elif again:
                self.digests[place] = self.digest(figure)
        self.seconds += time.process_time() - started

    def take(self) -> list[str]:
        """The figures of one boundary."""
        found, self.digests, self.places = self.digests, [], []
        return found


def watch(gallery: Gallery) -> None:
    """Have IPython call us, when there is an IPython."""
    shell = running_shell()
    if shell is not None:
        shell.events.register("post_execute", gallery.ended)
        if hasattr(shell.display_pub, "register_hook"):  # of a kernel
            shell.display_pub.register_hook(gallery.sent)


def running_shell() -> Any:
    """The shell that runs the notebook; None outside of one."""
    ipython: Any = sys.modules.get("IPython")
    return ipython.get_ipython() if hasattr(ipython, "get_ipython") else None


def alive() -> list[Any]:
    """The figures of pyplot that were not closed."""
    managers = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    if managers is None:
        return []
    return [manager.canvas.figure for manager in managers.figs.values()]
