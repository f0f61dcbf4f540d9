"""Which distributions a run has loaded.

The kernel only says which modules are there: to read the metadata of all that is installed would take it longer than many a
notebook runs, and nb2pkg keeps what an interpreter has installed.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from nb2pkg import environment
from nb2pkg.errors import Nb2pkgError


def circumstances(told: Mapping[str, Any], python: str) -> dict[str, Any]:
    """The interpreter, the platform, and the version of each distribution of which a module is loaded.

    told: by `probe.environment()` in a kernel of that interpreter.
    """
    try:
        installed = environment.ask_now(python)
    except Nb2pkgError:  # no reason to lose the run
        installed = environment.Environment()
    found = {one.name: one.version for name in told["modules"] for one in installed.owners(name)}
    return {
        "python": told["python"],
        "implementation": told["implementation"],
        "platform": platform.platform(),
        "versions": dict(sorted(found.items(), key=lambda pair: pair[0].lower())),
    }
