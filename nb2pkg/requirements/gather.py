"""All that a project needs, from the files that are generated and the notebook that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment
from nb2pkg.model import Notebook
from nb2pkg.requirements import behind, needs, pythons
from nb2pkg.requirements.clashes import closure
from nb2pkg.requirements.combine import resolve
from nb2pkg.requirements.model import Need, Requirement, Requirements, Use
from nb2pkg.requirements.needs import Part
from nb2pkg.requirements.resolve import Hints, brought_by

_FREE = ("nb2pkg",)  # the package is to live without it


def of_project(
    files: Mapping[str, str],
    notebook: Notebook,
    local: Collection[str],
    syntax: int,
    environment: Environment,
    hints: Hints,
    ranges: str,
    seen: Collection[Need] = (),
) -> Requirements:
    """The requirements of a package, of its tests and of the notebook's own cells.

    files: path to text of the generated code; what is in tests/ are tests. local: top-level modules
    that are no distributions. syntax: minor version of Python that the code's syntax asks for. seen:
    modules that a run loaded without an import in the code.
    """
    tests = {path: text for path, text in files.items() if path.startswith("tests/")}
    package = {path: text for path, text in files.items() if path not in tests}
    own = {*local, *_modules(tests), *_FREE}
    parts = (
        *needs.parts_of_files(package, Use.PACKAGE),
        *needs.parts_of_files(tests, Use.TESTS),
        *needs.parts_of_notebook(notebook),
    )
    named = [*needs_of(parts, [notebook], own)]
    found = resolved(named, environment, hints)
    shown: list[Need] = []
    for need in seen:
        if not is_brought(need, found, environment):
            shown.append(need)
            found = resolved([*named, *shown], environment, hints)
    in_package = [part for part in parts if part.use is Use.PACKAGE]
    python = pythons.requires(syntax, needs.modules(in_package), found)
    return Requirements(found, python, ranges, tuple(shown))


def needs_of(
    parts: Iterable[Part], notebooks: Iterable[Notebook], own: Collection[str]
) -> Iterator[Need]:
    """What code and notebooks ask for. own: modules that are no distributions."""
    yield from needs.of_parts(parts, own)
    for notebook in notebooks:
        yield from needs.of_magics(notebook)
        yield from needs.of_installs(notebook)


def resolved(
    asked_for: Collection[Need], environment: Environment, hints: Hints
) -> tuple[Requirement, ...]:
    """One requirement for each distribution, also of what parts of libraries import; Python is none."""
    named = list(asked_for)
    found = resolve(named, environment, hints)
    for need in behind.needs(asked_for, environment):
        one = brought_by(need.module, environment, hints)
        if canonicalize_name(one.distribution) not in _there(found, need.use, environment):
            named.append(need)
            found = resolve(named, environment, hints)
    return tuple(one for one in found if not _is_python(one))


def is_brought(need: Need, found: tuple[Requirement, ...], environment: Environment) -> bool:
    """Is a module there with what is required anyway, or nobody's? What the package requires, all have.

    What comes with the kernel is loaded because the run took place in one.
    """
    owners = [owner.name for owner in environment.owners(need.module)]
    there = _there(found, need.use, environment)
    return not owners or any(canonicalize_name(owner) in there for owner in owners)


@lru_cache(maxsize=len(Use))
def _there(found: tuple[Requirement, ...], use: Use, environment: Environment) -> frozenset[str]:
    """Plain names of all that is installed for a use."""
    uses = (Use.PACKAGE, use)
    for_it = [one for one in found if one.use in uses or one.distribution == needs.KERNEL]
    return frozenset(closure(for_it, environment))


def _is_python(requirement: Requirement) -> bool:
    return canonicalize_name(requirement.distribution) == "python"


def _modules(files: Iterable[str]) -> set[str]:
    """Files that tests import from the folder where they stand."""
    return {path.split("/")[1].removesuffix(".py") for path in files if path.endswith(".py")}
