"""What a repository has that its jobs can install and test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from nb2pkg import pyproject
from nb2pkg.ci.model import Found
from nb2pkg.paths import Project
from nb2pkg.project import locate
from nb2pkg.requirements import stated
from nb2pkg.requirements.model import Stated, Use

_PINS = ("requirements.txt", "requirements-notebook.txt")
_FOR_TESTS = ("requirements-dev.txt", "requirements-test.txt", "requirements-tests.txt")
_METADATA = (pyproject.NAME, "setup.py", "setup.cfg")
_EXTRA = "extra "
_RUNNER = "pytest"
_DEFAULT = "main"


def look(folder: Path, top: Path) -> Found:
    """What there is to install of the project in a folder, and where the tests of its packages are."""
    packages = locate.all_in(folder)
    place = folder.relative_to(top)
    metadata = [name for name in _METADATA if (folder / name).is_file()]
    pins = [name for name in _PINS if (folder / name).is_file()]
    lists = [name for name in _FOR_TESTS if (folder / name).is_file()]
    return Found(
        for_notebooks=tuple(_for_notebooks(folder, place, packages, pins)),
        for_tests=tuple(_for_tests(folder, place, [*pins[:1], *lists])),
        tests=tuple(_tests(place, packages)),
        files=tuple((place / name).as_posix() for name in [*metadata, *pins, *lists]),
        sources="" if stated.is_distribution(folder) else _sources(place, packages),
    )


def branch(top: Path) -> str:
    """The branch that others are merged into, as far as git knows."""
    words = ["git", "symbolic-ref", "--short", "refs/remotes/origin/HEAD"]
    try:
        done = subprocess.run(words, cwd=top, capture_output=True, text=True, check=False)
    except OSError:  # there is no git here
        return _DEFAULT
    return done.stdout.strip().partition("/")[2] or _current(top)


def _current(top: Path) -> str:
    words = ["git", "branch", "--show-current"]
    done = subprocess.run(words, cwd=top, capture_output=True, text=True, check=False)
    return name if (name := done.stdout.strip()) in ("master", "trunk", "develop") else _DEFAULT


def _tests(place: Path, packages: Sequence[Project]) -> Iterator[str]:
    """A package of its own has its settings of pytest in its folder; those of a part are the project's."""
    for package in packages:
        own = package.paths.is_own
        yield (place if own else place / package.paths.on_disk("tests")).as_posix()


def _sources(place: Path, packages: Sequence[Project]) -> str:
    return next(((place / package.paths.source).as_posix() for package in packages), "")


def _for_notebooks(
    folder: Path, place: Path, packages: Sequence[Project], pins: Sequence[str]
) -> Iterator[str]:
    """The versions with which they ran, where these are written down; else what the metadata allow."""
    if not (pins and all(package.paths.is_own for package in packages)):
        yield from _editable(folder, place, Use.NOTEBOOK)
    yield from _lists(place, pins)


def _for_tests(folder: Path, place: Path, lists: Sequence[str]) -> Iterator[str]:
    """What the package needs, and what runs its tests."""
    if stated.is_distribution(folder):
        yield from _editable(folder, place, Use.TESTS)
        brought = _extras(folder, Use.TESTS)
    else:
        yield from _lists(place, lists)
        brought = [one for one in stated.of(folder).stated if one.where in lists]
    if not any(one.name == _RUNNER for one in brought):
        yield _RUNNER


def _editable(folder: Path, place: Path, use: Use) -> Iterator[str]:
    """The project as it stands, with its extras for that use."""
    if stated.is_distribution(folder):
        extras = dict.fromkeys(one.where.removeprefix(_EXTRA) for one in _extras(folder, use))
        path = "." if place == Path() else f"./{place.as_posix()}"
        yield from ("-e", f"{path}[{','.join(extras)}]" if extras else path)


def _extras(folder: Path, use: Use) -> list[Stated]:
    found = stated.of(folder).stated
    return [one for one in found if one.where.startswith(_EXTRA) and one.use is use]


def _lists(place: Path, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield from ("-r", (place / name).as_posix())
