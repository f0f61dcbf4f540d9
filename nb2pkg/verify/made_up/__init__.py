"""Small made-up inputs for the functions of a package, and what the notebook's own code makes of them.

This package is loaded by its path where the pipeline of a package is rehearsed, in the Python of the
notebook, so it needs nothing but the standard library there. It looks at the values that functions
are given only to make up others: what leaves the process holds no value of the data.
"""

from __future__ import annotations

from . import machine
from .choose import examples
from .held import hold
from .observe import Observer

__all__ = ["Observer", "examples", "hold", "machine"]
