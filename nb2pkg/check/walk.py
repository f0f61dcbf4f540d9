"""Which notebooks are meant by files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from nb2pkg.errors import MissingFileError, Nb2pkgError
from nb2pkg.files import walk
from nb2pkg.paths import FOLDER


def notebooks(places: Iterable[Path]) -> tuple[Path, ...]:
    """The notebooks, each once, in the order of the places and then of their names."""
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise MissingFileError(place, "file or folder")
        found |= dict.fromkeys(_below(place) if place.is_dir() else [place])
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    """Not hidden folders (so no checkpoints and no .nb2pkg), environments, and narratives.

    A narrative says what its notebook says, and nb2pkg verify runs it. A person may name it.
    """
    for here, _, files in walk.folders(folder, _is_skipped):
        found = [name for name in files if name.endswith(".ipynb") and name[0] != "."]
        stories = _narratives(here.parent) if found else set()
        yield from (here / f for f in found if here / f not in stories)


def _narratives(folder: Path) -> set[Path]:
    if not (folder / FOLDER).is_dir():
        return set()
    # A quarter of all imports, and few folders have a package.
    from nb2pkg.project import locate, manifest

    try:
        places = locate.all_in(folder)
        return {place / manifest.required(place).narrative for place in places}
    except Nb2pkgError:  # of another version of nb2pkg
        return set()


def _is_skipped(folder: Path) -> bool:
    """Notebooks are checked in folders called build or dist, too: people call theirs so."""
    return folder.name.startswith(".") or folder.name == "site-packages"
