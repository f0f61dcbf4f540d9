"""Which names the files of a project declare, and where that project begins."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nb2pkg.requirements import stated

MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "pixi.toml", "Pipfile")
LISTS = ("requirements.txt", "environment.yml", "environment.yaml")  # a folder may have its own

Names = frozenset[str]


def around(folder: Path) -> Names:
    """Plain names of what the files of the project around a folder declare, as far as is known."""
    try:
        above = root(folder)
        if above is None:
            return frozenset()
        found = stated.of(above, between(folder, above))
        return frozenset(one.name for one in found.stated)
    except OSError:  # a folder above that may not be listed tells nothing
        return frozenset()


def between(folder: Path, above: Path) -> list[Path]:
    """A folder, and those that enclose it up to another one."""
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(above))]


def root(folder: Path) -> Path | None:
    """The nearest folder above that looks like one of a project, but never a home folder."""
    home = Path.home()
    above = [folder, *folder.parents]
    inside = above[: above.index(home)] if home in above else above[:-1]
    for marks in (MARKS, LISTS):
        for place in inside:
            if any((place / mark).exists() for mark in marks):
                return place
    return None


def of(root: Path, folders: Iterable[Path]) -> Names | None:
    """Every distribution that a file of the project names, and itself; None if some cannot be known."""
    found = stated.of(root, folders)
    if found.unread or not found.files:
        return None
    own = stated.called(root)
    return frozenset(one.name for one in found.stated) | ({own} if own else frozenset())
