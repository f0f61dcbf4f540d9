"""What lies around a notebook: the root of its project, its own modules, what it declares and has.

What others bring along counts as declared here: it is there, and nb2pkg deps says that nothing declares it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nb2pkg.check.model import ProjectFacts
from nb2pkg.environment import Environment
from nb2pkg.files import walk
from nb2pkg.requirements import declared
from nb2pkg.requirements.brought import along_with
from nb2pkg.requirements.declared import Names
from nb2pkg.requirements.formats import locks
from nb2pkg.requirements.known import candidates

_MOST = 20_000  # entries of a project that are looked at
_LISTS = ("requirements", "environment", "conda")
_CODE = (".py", ".ipynb", ".pyx", ".so", ".pyd")


@cache
def around(folder: Path) -> ProjectFacts:
    """The project that encloses a folder. Reads files, so once for each folder."""
    try:
        return _around(folder)
    except OSError:  # a folder above that may not be listed tells nothing
        return ProjectFacts()


def _around(folder: Path) -> ProjectFacts:
    root = declared.root(folder)
    local = _modules(folder)
    if root is None:
        return ProjectFacts(None, local)
    between = declared.between(folder, root)
    for above in between:
        local |= _modules(above) | _modules(above / "src")
    for below in (entry for entry in root.iterdir() if entry.is_dir() and entry.name[0] != "."):
        local |= {path.stem for path in below.glob("*.py")}
    depth = len(folder.relative_to(root).parts)
    whole = of_root(root)
    names = declared.of(root, [*between, *whole.listing])
    if names is not None:
        names |= frozenset(along_with(names, Environment(), locks.graph(root)))
    return ProjectFacts(names, local | whole.modules, depth)


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


def _modules(folder: Path) -> Names:
    """Python files and packages of a folder; a folder of Python files may be one too."""
    if not folder.is_dir():
        return frozenset()
    with os.scandir(folder) as entries:
        found = {
            entry.name.partition(".")[0]
            for entry in entries
            if entry.name.endswith(_CODE) or (entry.name.isidentifier() and entry.is_dir())
        }
    return frozenset(found)
