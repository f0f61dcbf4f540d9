"""nb2pkg: validated code settles from a notebook into a tested package."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Rooms that are called like a function: imported first, so that the function keeps the name.
import nb2pkg.check
import nb2pkg.plan
import nb2pkg.promote
import nb2pkg.status
import nb2pkg.verify  # noqa: F401
from nb2pkg.api import analyze, check, plan, promote, read, show, status, verify

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["analyze", "check", "plan", "promote", "read", "show", "status", "verify"]
__version__ = "0.1.0"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext nb2pkg``: IPython calls this."""
    from nb2pkg.jupyter.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext nb2pkg``: IPython calls this."""
    from nb2pkg.jupyter.extension import unload

    unload(shell)
