"""A client's constraints: the versions that may be installed there, one line for each distribution."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements.model import Demand, Requirement

Demands = Mapping[str, Demand]
"""By the plain name of the distribution."""


def read(path: Path, environment: Environment | None = None) -> Demands:
    """The demands of a file as pip takes it with -c. Nb2pkgError, with the line, for what is none.

    Lines whose marker does not fit the environment do not count; the same distribution twice must
    fit both.
    """
    found: dict[str, Demand] = {}
    for name, demand in _read(path, environment, frozenset()):
        before = found.get(name)
        specifiers = [d.specifier for d in (before, demand) if d is not None]
        sources = dict.fromkeys(d.source for d in (before, demand) if d is not None)
        found[name] = Demand(",".join(specifiers), " and ".join(sources))
    return found


def _read(
    path: Path, environment: Environment | None, above: frozenset[Path]
) -> Iterator[tuple[str, Demand]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Nb2pkgError(
            f"{path}: cannot be read: {reason}",
            "--constraints or pyproject.toml names it: [tool.nb2pkg.dependencies].",
        ) from error
    for number, line in _lines(text):
        where = f"{path.name}, line {number}"
        if nested := re.match(r"(?:-c|-r|--constraint|--requirement)[ =]\s*(.+)", line):
            inner = (path.parent / nested[1].strip()).resolve()
            if inner not in above:
                yield from _read(inner, environment, above | {path.resolve()})
        elif not line.startswith("-"):  # options of pip: an index, hashes
            yield from _of_line(line, where, environment)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments, with the number of the first row of each."""
    whole, start = "", 0
    for number, row in enumerate(text.splitlines(), start=1):
        start = start or number
        whole += re.sub(r"(^|\s)#.*$", "", row).rstrip()
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        if whole.strip():
            yield start, re.sub(r"\s--hash=\S+", "", whole).strip()
        whole, start = "", 0


def _of_line(
    line: str, where: str, environment: Environment | None
) -> Iterator[tuple[str, Demand]]:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Words

    try:
        found = Words(line)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise Nb2pkgError(
            f"{where}: {line!r} is not a constraint: {reason}",
            "A line is a name and versions, such as numpy<2.",
        ) from None
    known = dict(environment.markers) if environment is not None else {}
    if found.marker is not None and known and not found.marker.evaluate({**known, "extra": ""}):
        return
    if found.specifier:
        yield canonicalize_name(found.name), Demand(str(found.specifier), where)


def allows(demand: Demand, version: str) -> bool:
    """May this version be installed?"""
    return fits(demand.specifier, version)


def as_it_ran(requirement: Requirement) -> bool:
    """Does the client allow the version that it ran with?"""
    demand, version = requirement.demand, requirement.version
    return demand is None or (bool(version) and allows(demand, version))


def fits(specifier: str, version: str) -> bool:
    """Is the version one of those? What is no specifier, or no version, forbids nothing."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True
