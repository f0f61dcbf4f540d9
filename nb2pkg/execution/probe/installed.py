"""Which interpreter runs here, and the versions of the distributions that are loaded."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata
from typing import Any


def environment() -> dict[str, Any]:
    """Python, the platform, and each distribution of which a module is loaded."""
    loaded = {name.partition(".")[0] for name in list(sys.modules) if name[:1] != "_"}
    versions: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and not loaded.isdisjoint(_modules(distribution, name)):
            versions.setdefault(name, distribution.version)
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "versions": dict(sorted(versions.items(), key=lambda pair: pair[0].lower())),
    }


def _modules(distribution: metadata.Distribution, name: str) -> set[str]:
    """Top-level modules that a distribution brings: as it says itself, or by its files."""
    said = distribution.read_text("top_level.txt")
    if said:
        return set(said.split())
    record = distribution.read_text("RECORD") or ""
    found = re.findall(r"^([A-Za-z_]\w*)(?:/|\.py,|\.[^/,]*\.so,|\.pyd,)", record, re.MULTILINE)
    return set(found) or {name.replace("-", "_")}
