"""nb2pkg: validated code settles from a notebook into a tested package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext nb2pkg``: IPython calls this."""
    from nb2pkg.jupyter.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext nb2pkg``: IPython calls this."""
    from nb2pkg.jupyter.extension import unload

    unload(shell)
