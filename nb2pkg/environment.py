"""Which distributions are installed here, and which modules they bring."""

from __future__ import annotations

import pkgutil
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
def installed() -> frozenset[str]:
    """Top-level modules of everything installed here, in lower case."""
    places = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return frozenset(module.name.lower() for module in pkgutil.iter_modules(places))


@cache
def _all_modules() -> Mapping[str, list[str]]:
    """Top-level module to the distributions that bring it. Reads the record of every one: 0.2 s."""
    return metadata.packages_distributions()


def requirements(imported: Iterable[str]) -> tuple[Requirement, ...]:
    """The distributions of top-level modules; those of the standard library need none."""
    found = {_requirement(name) for name in imported if name not in sys.stdlib_module_names}
    return tuple(sorted(found))


def _requirement(module: str) -> Requirement:
    usual = distributions_by_module().get(module, module)
    if _brings(usual, module):
        return Requirement(metadata.distribution(usual).metadata["Name"], metadata.version(usual))
    brought_by = sorted(set(_all_modules().get(module, [])))
    if brought_by:
        name = _likeliest(module, brought_by)
        return Requirement(name, metadata.version(name))
    return Requirement(usual, verified=False)


def _brings(distribution: str, module: str) -> bool:
    """Is the distribution installed, and does it bring a package of that name?"""
    try:
        record = metadata.distribution(distribution).read_text("RECORD") or ""
    except metadata.PackageNotFoundError:
        return False
    return f"\n{module}/__init__.py," in f"\n{record}"


def _likeliest(module: str, names: list[str]) -> str:
    """Of several distributions with one namespace, the one that is called like the module."""
    same = [name for name in names if name.lower().replace("-", "_") == module.lower()]
    return (same or names)[0]
