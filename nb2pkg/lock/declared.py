"""What a project says that it needs: [project] of pyproject.toml, or whatever else says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from nb2pkg import pyproject
from nb2pkg.errors import Nb2pkgError
from nb2pkg.lock.model import Declared, Layer
from nb2pkg.requirements import stated
from nb2pkg.requirements.formats import locks
from nb2pkg.requirements.model import Kind, Stated, Use

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_SETUPTOOLS = ("setuptools>=40.8.0",)  # what PEP 518 says of a project that names no build system
_OF_METADATA = (Kind.MAIN, Kind.OPTIONAL)
_USES = {Use.PACKAGE: Layer.PACKAGE, Use.NOTEBOOK: Layer.NOTEBOOK, Use.TESTS: Layer.DEVELOPMENT}
_ARCHIVE = re.compile(r"https?://(?P<host>[^/?#]*)\S*", re.IGNORECASE)


def read(folder: Path) -> Declared:
    """Nb2pkgError, with what to do, for a project whose requirements cannot be known."""
    whole = pyproject.read(folder / pyproject.NAME)
    project = whole.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return _elsewhere(folder, whole, {})
    if {"dependencies", "optional-dependencies"} & set(project.get("dynamic", ())):
        return _elsewhere(folder, whole, project)
    _check_shape(whole, project)
    if not _NAME.fullmatch(project["name"]):  # it is written into files and commands
        raise _unusable("has a [project] whose name no distribution can have", "Fix the name.")
    name = canonicalize_name(project["name"])
    found: dict[Layer, tuple[str, ...]] = {
        layer: tuple(_of(project, name, layer)) for layer in Layer
    }
    if not any(found.values()):
        raise _unusable("lists no dependencies", "There is nothing to lock.")
    build = whole.get("build-system", {}).get("requires", _SETUPTOOLS)
    found[Layer.BUILD] = tuple(_checked(words) for words in build)
    _check_sources(whole, found)
    return Declared(name, _python(project), found, _readme(project))


def _elsewhere(folder: Path, whole: pyproject.Table, project: Mapping[str, Any]) -> Declared:
    """What setup.py, setup.cfg, Poetry, or requirements files say; [project] has at most the name.

    Requirements files count where nothing else says what the package itself needs.
    """
    found = stated.of(folder)
    if found.unread:
        raise Nb2pkgError(
            f"{folder}: {'; '.join(found.unread)}: nothing can be locked",
            "List the dependencies in pyproject.toml.",
        )
    has_metadata = any(one.kind is Kind.MAIN and one.where != locks.UV for one in found.stated)
    kinds = _OF_METADATA if has_metadata else (*_OF_METADATA, Kind.LIST)
    listed = [one for one in found.stated if one.kind in kinds and locks.UV not in one.where]
    if not listed:
        raise Nb2pkgError(
            f"{folder}: no file there lists dependencies: nothing can be locked",
            "Name the folder of a project, such as one that nb2pkg promote wrote.",
        )
    asked = {
        layer: tuple(dict.fromkeys(_checked(one.words) for one in listed if _is_of(one, layer)))
        for layer in Layer
    }
    build = pyproject.table(whole, "build-system").get("requires", _SETUPTOOLS)
    asked[Layer.BUILD] = tuple(_checked(words) for words in build)
    _check_sources(whole, asked)
    name = stated.called(folder) or canonicalize_name(
        re.sub(r"\W+", "-", folder.resolve().name).strip("-") or "project"
    )
    return Declared(name, _python(project), asked, _readme(project))


def _is_of(one: Stated, layer: Layer) -> bool:
    """An extra or a group counts by its name, as in [project]; a file by whom it is for."""
    if one.kind is Kind.OPTIONAL:
        return canonicalize_name(one.where.rpartition(" ")[2]) in layer.extras
    return _USES.get(one.use) is layer


def parse(words: str, where: str = "pyproject.toml") -> Requirement:
    """A requirement as packaging reads it; Nb2pkgError if it is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(words)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise Nb2pkgError(
            f"{where}: {_without_secret(words)!r} is not a requirement: {reason}", "Fix it."
        ) from None


def check_url(name: str, url: str) -> None:
    """Nb2pkgError for what cannot stand in a lock that others read, or has no hash."""
    match = _ARCHIVE.fullmatch(url)
    if match is None:
        raise Nb2pkgError(
            f"{name} is not taken from an index, but from a repository or a folder: it has no hash",
            "Put it on an index, or name the https address of an archive.",
        )
    if "@" in match["host"] and "${" not in match["host"]:
        raise Nb2pkgError(
            f"{name} is taken from an address with a password in it: that would stand in the lock",
            "Take it out there; pip and uv find it in a .netrc, or in a keyring.",
        )


def _unusable(what: str, hint: str) -> Nb2pkgError:
    return Nb2pkgError(f"pyproject.toml {what}: nothing can be locked", hint)


def _of(project: Mapping[str, Any], name: str, layer: Layer) -> Iterator[str]:
    if layer is Layer.PACKAGE:
        yield from _opened(project.get("dependencies", ()), project, name, frozenset())
    for extra in layer.extras:
        yield from _of_extra(project, name, extra, frozenset())


def _of_extra(
    project: Mapping[str, Any], name: str, extra: str, seen: frozenset[str]
) -> Iterator[str]:
    for other, listed in project.get("optional-dependencies", {}).items():
        if canonicalize_name(other) == extra and extra not in seen:
            yield from _opened(listed, project, name, seen | {extra})


def _opened(
    listed: Any, project: Mapping[str, Any], name: str, seen: frozenset[str]
) -> Iterator[str]:
    """The requirements; for one of the project itself (``penguins[test]``) those of its extras."""
    for words in listed:
        requirement = parse(words)
        if canonicalize_name(requirement.name) != name:
            yield _checked(words)
            continue
        for extra in sorted(requirement.extras):
            yield from _of_extra(project, name, canonicalize_name(extra), seen)


def _checked(words: str) -> str:
    requirement = parse(words)
    if requirement.url:
        check_url(requirement.name, requirement.url)
    return words


def _python(project: Mapping[str, Any]) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    given = str(project.get("requires-python", ""))
    try:
        SpecifierSet(given)
    except InvalidSpecifier:
        raise _unusable(f"has an invalid requires-python: {given}", "Fix it.") from None
    return given


def _check_shape(whole: Mapping[str, Any], project: Mapping[str, Any]) -> None:
    extras = project.get("optional-dependencies", {})
    lists = [project.get("dependencies", []), whole.get("build-system", {}).get("requires", [])]
    lists += extras.values() if isinstance(extras, dict) else [extras]
    for each in lists:
        if not isinstance(each, list) or not all(isinstance(words, str) for words in each):
            raise _unusable("has dependencies that are not a list of strings", "Fix it.")


def _readme(project: Mapping[str, Any]) -> str:
    readme = project.get("readme", "")
    return str(readme.get("file", "") if isinstance(readme, dict) else readme)


def _check_sources(whole: Mapping[str, Any], found: Mapping[Layer, tuple[str, ...]]) -> None:
    """What uv would take from elsewhere for this project alone: the lock would be of another thing."""
    sources = {
        canonicalize_name(name) for name in whole.get("tool", {}).get("uv", {}).get("sources", {})
    }
    needed = {canonicalize_name(parse(words).name) for layer in found.values() for words in layer}
    for name in sorted(sources & needed):
        raise _unusable(
            f"takes {name} from [tool.uv.sources]", "Use uv lock, or take it out there."
        )


def _without_secret(words: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]*@", "", words)
