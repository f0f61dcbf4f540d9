"""Which functions of packages were promoted from an attempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nb2pkg.attempts.store import Store
from nb2pkg.errors import Nb2pkgError
from nb2pkg.project import locate, manifest


def symbols(place: Store) -> Mapping[str, tuple[str, ...]]:
    """The functions by the id of their attempt, from the packages in the folders around the notebook."""
    found: dict[str, dict[str, None]] = {}
    for folder in _projects(place.path.parent, place.repository.top):
        try:
            known = [manifest.required(package) for package in locate.all_in(folder)]
        except Nb2pkgError:  # one that cannot be read says nothing, here
            continue
        for package in known:
            for made in (made for made in package.made if made.attempt):
                found.setdefault(made.attempt, {})[f"{package.package}.{made.symbol}"] = None
    return {attempt: tuple(names) for attempt, names in found.items()}


def _projects(folder: Path, top: Path) -> Iterator[Path]:
    """The folder of a notebook, those above it up to the top, and the folders in these."""
    for place in (p for p in (folder, *folder.parents) if p == top or top in p.parents):
        inside = sorted(p for p in place.iterdir() if p.is_dir()) if place.is_dir() else []
        yield from (each for each in (place, *inside) if locate.is_project(each))
