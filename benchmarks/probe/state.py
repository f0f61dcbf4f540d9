"""State that belongs to the process and not to a variable: random generators, options,
environment, folder."""

from __future__ import annotations

import hashlib
import logging
import os
import random
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

# Set by the kernel, the shell or this benchmark, and different in each run.
VOLATILE = re.compile(
    r"^(HOME|PWD|OLDPWD|TMPDIR|PYTHONHASHSEED|SHLVL|_|(JPY|IPYTHON|KERNEL|PYDEVD|JUPYTER)_?.*)$"
)


def process_state(scrub: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Groups of named settings; a group of a library that is not loaded is left out."""
    groups: dict[str, Callable[[], dict[str, Any]]] = {
        "random": lambda: {"python": _short(random.getstate())},
        "environ": lambda: {k: v for k, v in os.environ.items() if not VOLATILE.match(k)},
        "folder": lambda: {"cwd": os.getcwd()},
        "warnings": lambda: {"filters": len(warnings.filters)},
        "logging": lambda: {"level": logging.root.level, "handlers": len(logging.root.handlers)},
        "numpy random": _numpy_random,
        "numpy print": _numpy_print,
        "pandas": _pandas_options,
        "pyplot": _pyplot,
        "rc": _rc_params,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: read() for name, read in groups.items() if name != "warnings"}
    found["warnings"] = groups["warnings"]()
    return {
        name: {k: scrub(str(v)) for k, v in group.items()} for name, group in found.items() if group
    }


def _short(value: Any) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=12).hexdigest()


def _numpy_random() -> dict[str, Any]:
    if "numpy.random" not in sys.modules:
        return {}
    name, keys, position, has_gauss, gauss = sys.modules["numpy.random"].get_state()
    return {"legacy": _short((name, keys.tolist(), position, has_gauss, gauss))}


def _numpy_print() -> dict[str, Any]:
    return sys.modules["numpy"].get_printoptions() if "numpy" in sys.modules else {}


def _pandas_options() -> dict[str, Any]:
    if "pandas" not in sys.modules:
        return {}
    found: dict[str, Any] = {}
    todo = [("", sys.modules["pandas"].options)]
    while todo:
        prefix, options = todo.pop()
        for name in dir(options):
            value = getattr(options, name)
            if type(value).__name__ == "DictWrapper":
                todo.append((f"{prefix}{name}.", value))
            else:
                # A formatter is known by its name.
                found[prefix + name] = getattr(value, "__name__", value)
    return found


def _pyplot() -> dict[str, Any]:
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    return {"figures": len(pyplot.get_fignums())} if hasattr(pyplot, "get_fignums") else {}


def _rc_params() -> dict[str, Any]:
    matplotlib: Any = sys.modules.get("matplotlib")
    return dict(matplotlib.rcParams) if hasattr(matplotlib, "rcParams") else {}
