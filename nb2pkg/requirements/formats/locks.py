"""Locks of uv and Poetry: which distribution requires which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg import pyproject
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements.formats.declarations import Declarations, of_lines, use_of
from nb2pkg.requirements.model import Kind, Stated

UV, POETRY = "uv.lock", "poetry.lock"
Graph = Mapping[str, frozenset[str]]


def of_uv(path: Path) -> Declarations:
    """What the project itself requires, as uv.lock has it."""
    if not path.is_file():
        return Declarations()
    try:
        packages = _packages(path)
    except Nb2pkgError as error:
        return Declarations(unread=(error.message,))
    own = [one for one in packages if {"editable", "virtual"} & set(one.get("source", {}))]
    return Declarations(tuple(one for package in own for one in _of_own(package)), (UV,))


def graph(root: Path) -> Graph:
    """Plain name of each distribution in the locks, and of those that it requires."""
    found: dict[str, frozenset[str]] = {}
    for name in (UV, POETRY):
        try:
            packages = _packages(root / name)
        except Nb2pkgError:  # of_uv says so; that of Poetry adds what others bring, and no more
            continue
        for package in packages:
            required = frozenset(map(canonicalize_name, _required(package)))
            key = canonicalize_name(str(package.get("name", "")))
            found[key] = found.get(key, frozenset()) | required
    return found


def versions(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The versions of each distribution that uv.lock takes from an index."""
    found: dict[str, tuple[str, ...]] = {}
    for package in _packages(path) if path.is_file() else ():
        if "registry" in package.get("source", {}) and "version" in package:
            name = canonicalize_name(str(package["name"]))
            found[name] = (*found.get(name, ()), str(package["version"]))
    return found


def _packages(path: Path) -> list[dict[str, Any]]:
    listed = pyproject.read(path).get("package", [])
    packages = listed if isinstance(listed, list) else []
    return [one for one in packages if isinstance(one, dict)]


def _of_own(package: Mapping[str, Any]) -> Iterator[Stated]:
    yield from of_lines(_names(package.get("dependencies")), UV)
    for key, word in (("optional-dependencies", "extra"), ("dev-dependencies", "group")):
        for name, group in pyproject.table(package, key).items():
            use = use_of(name)
            yield from of_lines(_names(group), f"{UV} {word} {name}", use, Kind.OPTIONAL)


def _required(package: Mapping[str, Any]) -> Iterator[str]:
    """uv has a list of tables, Poetry a table by name."""
    dependencies = package.get("dependencies", [])
    yield from dependencies if isinstance(dependencies, dict) else _names(dependencies)


def _names(listed: object) -> list[str]:
    entries = listed if isinstance(listed, list) else []
    return [str(entry["name"]) for entry in entries if isinstance(entry, dict) and "name" in entry]
