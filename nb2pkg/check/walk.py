"""Which notebooks are meant by files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.project import locate, manifest

_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__"})


def notebooks(places: Iterable[Path]) -> tuple[Path, ...]:
    """The notebooks, each once, in the order of the places and then of their names."""
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise Nb2pkgError(f"{place}: there is no such file or folder", "Check the path.")
        found |= dict.fromkeys(_below(place) if place.is_dir() else [place])
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    """Not hidden folders (so no checkpoints and no .nb2pkg), environments, and narratives.

    A narrative says what its notebook says, and nb2pkg verify runs it. A person may name it.
    """
    for name, folders, files in os.walk(folder):
        here = Path(name)
        folders[:] = sorted(f for f in folders if not _is_skipped(here / f))
        found = sorted(f for f in files if f.endswith(".ipynb") and f[0] != ".")
        stories = _narratives(here.parent) if found else set()
        yield from (here / f for f in found if here / f not in stories)


def _narratives(folder: Path) -> set[Path]:
    try:
        places = locate.all_in(folder)
        return {place / manifest.required(place).narrative for place in places}
    except Nb2pkgError:  # of another version of nb2pkg
        return set()


def _is_skipped(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED:
        return True
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()
