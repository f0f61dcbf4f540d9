"""Which interpreter runs here, and what it has loaded."""

from __future__ import annotations

import platform
import sys
from typing import Any


def environment() -> dict[str, Any]:
    """Python, and the modules that are loaded. Of which distributions they are is not asked here: that is slow."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "modules": sorted(name for name in map(str, list(sys.modules)) if name[:1] != "_"),
    }
