"""A notebook as an editor has it, with the package that was made from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nb2pkg.model import Notebook
from nb2pkg.paths import Project
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import remembered


@dataclass(frozen=True, slots=True)
class Opened:
    """A notebook, whose cells have the ids by which its package knows them, and that package."""

    path: Path
    notebook: Notebook
    package: tuple[Project, Manifest] | None

    @property
    def is_story(self) -> bool:
        """Is it the narrative of its package?"""
        if self.package is None:
            return False
        place, known = self.package
        return (place / known.story).resolve() == self.path.resolve()


def opened(path: Path, text: str | None = None) -> Opened:
    """Open a notebook. text: as the editor has it; without, as it is on disk."""
    return Opened(path, remembered.read(path, text), remembered.package_of(path))
