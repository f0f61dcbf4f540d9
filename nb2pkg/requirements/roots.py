"""Where a project begins: the folder around a notebook whose files say what it needs."""

from __future__ import annotations

from pathlib import Path

MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "pixi.toml", "Pipfile")
LISTS = ("requirements.txt", "environment.yml", "environment.yaml")  # a folder may have its own


def nearest(folder: Path) -> Path | None:
    """The nearest folder above that looks like one of a project, but never a home folder."""
    home = Path.home()
    above = [folder, *folder.parents]
    inside = above[: above.index(home)] if home in above else above[:-1]
    for marks in (MARKS, LISTS):
        for place in inside:
            if any((place / mark).exists() for mark in marks):
                return place
    return None


def between(folder: Path, above: Path) -> list[Path]:
    """A folder, and those that enclose it up to another one."""
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(above))]
