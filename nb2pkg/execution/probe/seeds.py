"""The global random generators start from the same seed in each run, so that two runs can be compared.

Those of numpy do so when the notebook imports it: one that does not should not pay for that, nor find it there.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from importlib.machinery import ModuleSpec
from typing import Any

from .imports import keep_still, watch

_MODULE = "numpy.random"


def seed(number: int) -> None:
    """Seed the generators that are there, and those of numpy as soon as they are."""
    random.seed(number)
    if _MODULE in sys.modules:
        _seed_numpy(sys.modules[_MODULE], number)
    else:
        watch()
        sys.meta_path.insert(0, _Later(number))


class _Later:
    """A finder that finds one module, once: as the others do, but for what is done behind it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Called for each module that is not there yet."""
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader: Any = spec and spec.loader
        if loader is not None:
            run = loader.exec_module

            def exec_module(module: Any) -> None:
                run(module)
                _seed_numpy(module, self.number)

            loader.exec_module = exec_module
        return spec


def _seed_numpy(generators: Any, number: int) -> None:
    """New generators take their seeds from the system, through a function that can be replaced."""
    generators.seed(number)
    if hasattr(generators, "bit_generator"):
        entropy = random.Random(number)
        keep_still(entropy)  # no notebook can seed it, so no import has to count
        generators.bit_generator.randbits = entropy.getrandbits
