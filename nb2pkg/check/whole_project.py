"""A project as a whole: which distributions it declares, and which modules are its own.

What others bring along counts as declared here: it is there, and nb2pkg deps says that nothing declares it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nb2pkg.environment import Environment
from nb2pkg.files import walk
from nb2pkg.requirements import declared
from nb2pkg.requirements.brought import along_with
from nb2pkg.requirements.declared import Names
from nb2pkg.requirements.formats import locks
from nb2pkg.requirements.known import candidates

_MOST = 20_000  # entries of a project that are looked at
_LISTS = ("requirements", "environment", "conda")


def declared_names(root: Path, between: Sequence[Path]) -> Names | None:
    """Plain names of what a project declares, in the folders too that lead to a notebook; None if some cannot be known."""
    names = declared.of(root, [*between, *of_root(root).listing])
    if names is None:
        return None
    return names | frozenset(along_with(names, Environment(), locks.graph(root)))


@dataclass(frozen=True, slots=True)
class Whole:
    """A project: the folders that have requirements files, and modules that nobody else has."""

    listing: tuple[Path, ...]
    modules: Names


@cache
def of_root(root: Path) -> Whole:
    """Looked at once for each project."""
    listing: list[Path] = []
    modules: set[str] = set()
    seen = 0
    for here, folders, files in walk.folders(root, walk.is_without_code):
        modules |= {name.removesuffix(".py") for name in files if name.endswith(".py")}
        if "__init__.py" in files:
            modules.add(here.name)
        if any(word in name for name in files for word in _LISTS):
            listing.append(here)
        seen += len(folders) + len(files)
        if seen > _MOST:
            break
    return Whole(tuple(listing), frozenset(name for name in modules if not candidates(name)))
