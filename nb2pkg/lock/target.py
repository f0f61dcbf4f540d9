"""Which Python a lock is for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.lock.model import Target

_VERSION = re.compile(r"3\.\d+(\.\d+)?")
_MINORS = range(8, 40)  # from the oldest that uv knows to further than anybody has got
_ASK = (
    "import json, sys, sysconfig;"
    "version = '.'.join(map(str, sys.version_info[:3]));"
    "print(json.dumps([version, sysconfig.get_platform(), sys.executable]))"
)


def find(given: str, requires: str, is_universal: bool) -> Target:
    """given: a version, a path, or empty for the Python that runs this. requires: Requires-Python.

    Nb2pkgError if there is no such Python, or the project does not run in it.
    """
    found = _here() if not given or is_version(given) else _at(given)
    if is_version(given):
        found = replace(found, python=given)
    lowest = _lowest(requires) if requires else found.minor
    if is_universal:
        usual = found.python if _fits(found.python, requires) else lowest
        oldest = given if is_version(given) else lowest
        return replace(found, python=oldest, is_universal=True, usual=usual)
    if not _fits(found.python, requires):
        raise Nb2pkgError(
            f"the project needs Python {requires}, and this is {found.python}",
            "Name another one: --python VERSION, or --universal for all of them.",
        )
    return found


def is_version(given: str) -> bool:
    """Is it a version of Python, such as 3.12, and not a path?"""
    return _VERSION.fullmatch(given) is not None


def running(target: Target) -> str:
    """The command of a Python in the version of the target: pip resolves for the one it runs in."""
    for command in (target.executable, *_commands(target.python)):
        found = _asked(command)
        if found is not None and f"{found.python}.".startswith(f"{target.python}."):
            return found.executable
    raise Nb2pkgError(
        f"there is no Python {target.python} here, and pip resolves for the one that it runs in",
        "Install it, or uv: pip install uv",
    )


def _commands(version: str) -> Iterator[str]:
    minor = ".".join(version.split(".")[:2])
    yield from (f"python{version}", f"python{minor}")


def _here() -> Target:
    version = ".".join(map(str, sys.version_info[:3]))
    return Target(version, sys.executable, sysconfig.get_platform())


def _at(path: str) -> Target:
    """A bare name is looked up in PATH; anything else is a file."""
    place = Path(path).expanduser()
    inside = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    found = _asked(str(inside) if inside.is_file() else str(place))
    if found is None:
        raise Nb2pkgError(
            f"{path}: is no Python that runs here", "--python takes a version or a path."
        )
    return found


def _asked(command: str) -> Target | None:
    """What a command says of itself; None if it is no Python, or does not run."""
    try:
        done = subprocess.run(
            [shutil.which(command) or command, "-c", _ASK],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        version, platform, executable = json.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    return Target(version, executable, platform)


def _fits(version: str, requires: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(requires).contains(version, prereleases=True)


def _lowest(requires: str) -> str:
    """The oldest Python that fits: a minor version, or one that is named. Nb2pkgError for none."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    named = {spec.version.removesuffix(".*") for spec in SpecifierSet(requires)}
    minors = [f"3.{minor}" for minor in _MINORS]
    every = {*minors, *(v for v in named if Version(v) > Version(minors[0]))}
    fitting = sorted((v for v in every if _fits(v, requires)), key=Version)
    if not fitting:
        raise Nb2pkgError(
            f"no Python fits requires-python of pyproject.toml: {requires}", "Fix it."
        )
    return fitting[0]
