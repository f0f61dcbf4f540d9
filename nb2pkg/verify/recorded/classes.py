"""What a class is called, wherever it was made."""

from __future__ import annotations

import functools
import re
import sys


def module_of(cls: type) -> str:
    """The dotted module that a class says it comes from."""
    module = type.__getattribute__(cls, "__module__")
    return module if isinstance(module, str) else ""


def bases_of(cls: type) -> tuple[type, ...]:
    """The class itself and its bases, past a metaclass that tells otherwise."""
    found: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
    return found


@functools.cache
def class_name(cls: type) -> str:
    """`pandas.DataFrame`, by the outermost module that has it; of the notebook's own: `Penguin`."""
    module, name = module_of(cls), local_name(type.__getattribute__(cls, "__qualname__"))
    parts = module.split(".")
    file = str(getattr(sys.modules.get(module, sys.modules.get(parts[0])), "__file__", ""))
    is_installed = re.search(r"[\\/](site|dist)-packages[\\/]", file)
    is_own = parts[0] not in sys.stdlib_module_names and not is_installed
    if is_own or module == "__main__":  # whose file is that of a kernel, or of pytest
        return name
    for end in range(1, len(parts)):
        outer = ".".join(parts[:end])
        if getattr(sys.modules.get(outer), "__dict__", {}).get(name) is cls:
            return f"{outer}.{name}"
    return f"{module}.{name}"


def local_name(qualified: str) -> str:
    """`f` of `make.<locals>.f`: what a notebook defines may be made inside of a step later."""
    return qualified.rpartition("<locals>.")[2]
