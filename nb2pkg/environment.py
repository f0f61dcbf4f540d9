"""Which distributions are installed here, and which modules they bring."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from nb2pkg.knowledge import distributions_by_module


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """version is empty, and verified False, for what is not installed here."""

    distribution: str
    version: str = ""
    verified: bool = True

    @property
    def text(self) -> str:
        return f"{self.distribution}=={self.version}" if self.version else self.distribution


@cache
def modules() -> Mapping[str, list[str]]:
    """Top-level module to the distributions that bring it."""
    return metadata.packages_distributions()


@cache
def installed() -> frozenset[str]:
    """Top-level modules of everything installed here, in lower case."""
    return frozenset(name.lower() for name in modules())


def requirements(imported: Iterable[str]) -> tuple[Requirement, ...]:
    """The distributions of top-level modules; those of the standard library need none."""
    found = {_requirement(name) for name in imported if name not in sys.stdlib_module_names}
    return tuple(sorted(found))


def _requirement(module: str) -> Requirement:
    brought_by = sorted(set(modules().get(module, [])))
    if brought_by:
        name = _likeliest(module, brought_by)
        return Requirement(name, metadata.version(name))
    return Requirement(distributions_by_module().get(module, module), verified=False)


def _likeliest(module: str, names: list[str]) -> str:
    """Of several distributions with one namespace, the one that is called like the module."""
    same = [name for name in names if name.lower().replace("-", "_") == module.lower()]
    return (same or names)[0]
