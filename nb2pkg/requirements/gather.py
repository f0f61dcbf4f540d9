"""All that a project needs, from the files that are generated and the notebook that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from nb2pkg.environment import Environment, plain
from nb2pkg.model import Notebook
from nb2pkg.requirements import needs, pythons
from nb2pkg.requirements.model import Requirement, Requirements, Use
from nb2pkg.requirements.needs import Part
from nb2pkg.requirements.resolve import Hints, resolve

_FREE = ("nb2pkg",)  # the package is to live without it


def of_project(
    files: Mapping[str, str],
    notebook: Notebook,
    local: Collection[str],
    syntax: int,
    environment: Environment,
    hints: Hints,
    ranges: str,
) -> Requirements:
    """The requirements of a package, of its tests and of the notebook's own cells.

    files: path to text of the generated code; what is in tests/ are tests. local: top-level modules
    that are no distributions. syntax: minor version of Python that the code's syntax asks for.
    """
    tests = {path: text for path, text in files.items() if path.startswith("tests/")}
    package = {path: text for path, text in files.items() if path not in tests}
    own = {*local, *_modules(tests), *_FREE}
    parts = (
        *needs.parts_of_files(package, Use.PACKAGE),
        *needs.parts_of_files(tests, Use.TESTS),
        *needs.parts_of_notebook(notebook),
    )
    found = resolved(parts, notebook, own, environment, hints)
    in_package = [part for part in parts if part.use is Use.PACKAGE]
    python = pythons.requires(syntax, needs.modules(in_package), found)
    return Requirements(found, python, ranges)


def resolved(
    parts: Iterable[Part],
    notebook: Notebook,
    own: Collection[str],
    environment: Environment,
    hints: Hints,
) -> tuple[Requirement, ...]:
    """One requirement for each distribution, with the cells that ask for it."""
    asked = (
        *needs.of_parts(parts, own),
        *needs.of_magics(notebook),
        *needs.of_installs(notebook),
    )
    found = resolve(asked, environment, hints)
    return tuple(one for one in found if not _is_python(one))


def _is_python(requirement: Requirement) -> bool:
    return plain(requirement.distribution) == "python"


def _modules(files: Iterable[str]) -> set[str]:
    """Files that tests import from the folder where they stand."""
    return {path.split("/")[1].removesuffix(".py") for path in files if path.endswith(".py")}
