"""nbformat, the library of the format, imported only where it is needed: that takes a fifth of a second."""

from __future__ import annotations

import sys
from typing import Any

_GRAMMARS = "rfc3987_syntax"


def nbformat() -> Any:
    """The library, without the grammars of addresses that jsonschema builds on import where they are installed.

    Jupyter's server installs them. They take longer than the promotion of most notebooks, and check formats of
    which notebooks have none.
    """
    is_new = _GRAMMARS not in sys.modules and "jsonschema" not in sys.modules
    if is_new:
        sys.modules[_GRAMMARS] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import nbformat
    finally:
        if is_new:
            del sys.modules[_GRAMMARS]
    return nbformat
