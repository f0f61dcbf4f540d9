"""What is installed in an environment, read from its files: its interpreter is not run.

A folder that somebody sent may hold any program as `.venv/bin/python`. Nobody named that one, so it
is not started to be asked.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment, inside, parsed

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")


def read(folder: Path) -> Environment | None:
    """The environment in that folder; None if there is none."""
    settings = _settings(folder)
    sites = list(_sites(folder, settings))
    if not sites:
        return None
    places = [str(place) for site in sites for place in (site, *_linked(site))]
    version = _version(settings, sites[0])
    markers = inside.markers() | {
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
    }
    return parsed(inside.to_json(places, markers))


def versions(python: Path) -> tuple[str, dict[str, str]]:
    """The version of an interpreter, and those of the distributions that it has, by their normalized names.

    All of it is read off the names of folders: a tenth of a second less than reading what is in them.
    """
    folder = python.parent.parent if python.parent.name in ("bin", "Scripts") else python.parent
    settings = _settings(folder)
    found: dict[str, str] = {}
    sites = list(_sites(folder, settings))
    for entry in (entry for site in sites for entry in os.scandir(site)):
        stem, _, kind = entry.name.rpartition(".")
        name, _, version = stem.partition("-")
        if kind in ("dist-info", "egg-info") and version:
            found.setdefault(canonicalize_name(name), version.partition("-")[0])
    return _version(settings, sites[0]) if sites else "", found


def _settings(folder: Path) -> dict[str, str]:
    """What pyvenv.cfg says."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _sites(folder: Path, settings: dict[str, str]) -> Iterator[Path]:
    """Where its libraries are, and those of the Python below it, if it sees them."""
    yield from _libraries(folder)
    if settings.get("include-system-site-packages", "").lower() == "true" and "home" in settings:
        home = Path(settings["home"])
        yield from _libraries(home if sys.platform == "win32" else home.parent)


def _libraries(prefix: Path) -> Iterator[Path]:
    for pattern in (
        "lib/python3*/site-packages",
        "lib/python3*/dist-packages",
        "Lib/site-packages",
    ):
        yield from sorted(place for place in prefix.glob(pattern) if place.is_dir())


def _linked(site: Path) -> Iterator[Path]:
    """Folders that are named in files for the path. Code in them is not run."""
    for file in sorted(site.glob("*.pth")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.strip()
            if words and not words.startswith(("#", "import ", "import\t")):
                place = site / words
                yield from [place] if place.is_dir() else []


def _version(settings: dict[str, str], site: Path) -> str:
    """That of its Python; by the name of a folder, if nothing else tells."""
    text = settings.get("version_info") or settings.get("version") or site.parent.name
    found = _VERSION.search(text)
    return found[0] if found else ""
