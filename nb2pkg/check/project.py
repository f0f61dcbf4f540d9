"""What lies around a notebook: the root of its project, its own modules, what it declares and has."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from nb2pkg.check.model import ProjectFacts
from nb2pkg.requirements import roots

_CODE = (".py", ".ipynb", ".pyx", ".so", ".pyd")


@cache
def around(folder: Path) -> ProjectFacts:
    """The project that encloses a folder. Reads files, so once for each folder."""
    try:
        return _around(folder)
    except OSError:  # a folder above that may not be listed tells nothing
        return ProjectFacts()


def _around(folder: Path) -> ProjectFacts:
    root = roots.nearest(folder)
    local = _modules(folder)
    if root is None:
        return ProjectFacts(None, local)
    between = roots.between(folder, root)
    for above in between:
        local |= _modules(above) | _modules(above / "src")
    for below in (entry for entry in root.iterdir() if entry.is_dir() and entry.name[0] != "."):
        local |= {path.stem for path in below.glob("*.py")}
    from nb2pkg.check import whole_project  # brings all formats of requirements

    whole = whole_project.of_root(root)
    names = whole_project.declared_names(root, between)
    return ProjectFacts(names, local | whole.modules, len(folder.relative_to(root).parts))


def _modules(folder: Path) -> frozenset[str]:
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
