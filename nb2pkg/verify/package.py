"""A package against its original: install it, run the narrative, compare, and say how values differ."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nb2pkg.errors import VerificationError
from nb2pkg.execution import install, kernels, workspace, written
from nb2pkg.execution.model import Run
from nb2pkg.execution.reasons import explain
from nb2pkg.execution.run import Played, Scene
from nb2pkg.execution.session import NARRATIVE, VALUES, Session, Watched, up_to, words_for
from nb2pkg.notebook import reader
from nb2pkg.verify.compare import compare
from nb2pkg.verify.expected import Expected
from nb2pkg.verify.model import Comparison, Difference, What

_PACKAGE = "<package>/"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An environment of its own for the narrative: how its kernel starts, and with which variables.

    site: the folder of its libraries, in which the package is installed; None for a package that is
    found in its source folder.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str]
    site: Path | None


@dataclass(frozen=True, slots=True)
class Package:
    """A promoted project, as it is on disk or still in memory, to be compared with its original.

    variable is the environment variable by which it is told where its files are. source, tests: the
    folders of its code and of its tests. is_built: it is installed as pip would; a part of somebody
    else's project is found in the source folder instead. elsewhere: where the narrative runs, if not
    with the kernel of the notebook. name: dotted, by which it is imported.
    """

    files: Mapping[str, bytes]
    narrative: str
    variable: str
    expected: Expected
    source: str = "src"
    tests: str = "tests"
    is_built: bool = True
    elsewhere: Elsewhere | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """A package that is installed, beside a copy of the notebook's folder, and how to run it there.

    folders: paths and the words for them; guarded: not to be written.
    """

    project: Path
    copied: workspace.Workspace
    environment: Mapping[str, str]
    folders: tuple[tuple[str, str], ...]
    writable: tuple[str, ...]
    guarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageVerdict:
    """What comparing a package with its original said.

    close: name to the largest difference, for values that are the same within 1e-9.
    shown: (cell, name) to how its two values differ, leaf by leaf.
    """

    comparison: Comparison
    linked: Run
    close: Mapping[str, float] = field(default_factory=dict)
    shown: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


def compare_package(opened: Session, package: Package) -> PackageVerdict:
    """Run the narrative against the installed package, and compare it with the original."""
    linked = _linked(opened, package)
    comparison = compare(opened.first, opened.again, linked.run, package.expected)
    comparison = replace(
        comparison, unstable=explain(comparison.unstable, opened.notebook, opened.causes)
    )
    finding = PackageVerdict(comparison, linked.run)
    if not _has_values(comparison):
        return finding
    try:
        return _with_values(opened, finding, package)
    except VerificationError:
        return finding  # that the values differ is known, though not how


def _linked(
    opened: Session, package: Package, watched: Watched | None = None, until: str = ""
) -> Played:
    home = Path(tempfile.mkdtemp(prefix="narrative-", dir=opened.scratch))
    try:
        own = _in(opened, package.elsewhere)
        return _run_narrative(own, package, home, watched or {}, until)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _in(opened: Session, elsewhere: Elsewhere | None) -> Session:
    """The session with another kernel."""
    if elsewhere is None:
        return opened
    conditions = replace(opened.conditions, environment=elsewhere.variables)
    return replace(opened, command=elsewhere.command, more={}, conditions=conditions)


def _run_narrative(
    opened: Session, package: Package, home: Path, watched: Watched, until: str
) -> Played:
    stand = stand_up(opened, package, home, NARRATIVE)
    story = reader.read(stand.project / package.narrative)
    before = workspace.contents(stand.copied), _listed(stand.project)
    scene = Scene(
        home=kernels.Home((stand.project / package.narrative).parent, home, stand.environment),
        folders=stand.folders,
        writable=stand.writable,
        guarded=stand.guarded,
        imports_draw=opened.is_seeded(),
        watched=watched,
        inside=(package.name, tuple(sorted(package.expected.absent))),
    )
    played = asyncio.run(opened.play_in(up_to(story, until), scene, VALUES if until else NARRATIVE))
    changed = workspace.written(before[0], workspace.contents(stand.copied))
    files = written.digests(stand.copied.top, changed, scene.folders)
    changed = workspace.written(before[1], _listed(stand.project))
    files |= written.digests(stand.project, changed, scene.folders, _PACKAGE)
    return replace(played, run=replace(played.run, files=files))


def stand_up(
    opened: Session, package: Package, home: Path, name: str, installs: bool = True
) -> Stand:
    """Put a package into a folder of the scratch, for the run of that name.

    It is built and installed, or found in its source folder as its tests find it.
    """
    project = home / "project"
    install.write(package.files, project)
    there = package.elsewhere.site if package.elsewhere else None
    is_installed = installs and package.is_built and there is None
    site = there or project / package.source
    if is_installed:
        site = install.install(project, home)
    environment = opened.variables(name, home)
    copied = opened.copied(home / "copy")
    narrative = (project / package.narrative).parent
    return Stand(
        project=project,
        copied=copied,
        environment=(environment if there else _with_package(environment, site))
        | {package.variable: str(copied.folder)},
        folders=(
            *words_for(copied, home),
            (str(narrative), "<notebook folder>"),
            (str(project), "<package>"),
            (str(site), "<package>/src"),
        ),
        writable=(*workspace.writable(opened.scratch), *opened.conditions.writable),
        guarded=workspace.guarded(copied),
    )


def _with_package(environment: dict[str, str], site: Path) -> dict[str, str]:
    """The installed package is found before anything that the user's path brings."""
    paths = [str(site), *filter(None, [environment.get("PYTHONPATH")])]
    return environment | {"PYTHONPATH": os.pathsep.join(paths)}


def _with_values(opened: Session, finding: PackageVerdict, package: Package) -> PackageVerdict:
    """Run both once more, up to the last difference, to see what the two values are."""
    values = [d for d in finding.comparison.differences if d.what is What.VALUE]
    last = max(values, key=lambda difference: difference.index).cell
    with tempfile.TemporaryDirectory(prefix="values-", dir=opened.scratch) as folder:
        names = {d.cell: tuple(v.name for v in values if v.cell == d.cell) for d in values}
        files = {cell: Path(folder, f"{n}") for n, cell in enumerate(names)}
        dumped = {cell: (names[cell], files[cell], True) for cell in names}
        asyncio.run(opened.play_original(VALUES, dumped, last))
        read = {cell: (names[cell], files[cell], False) for cell in names}
        played = _linked(opened, package, read, last)
    shown = {
        (cell, name): how for cell, found in played.explained.items() for name, how in found.items()
    }
    return _settled(finding, shown)


def _listed(project: Path) -> dict[str, str]:
    """What stands in the project folder, by names that no file of the copy has."""
    contents = workspace.contents(workspace.Workspace(project, project, project))
    return {f"{_PACKAGE}{path}": digest for path, digest in contents.items()}


def _has_values(comparison: Comparison) -> bool:
    return any(difference.what is What.VALUE for difference in comparison.differences)


def _settled(
    finding: PackageVerdict, shown: Mapping[tuple[str, str], Mapping[str, Any]]
) -> PackageVerdict:
    """Values that are the same within the tolerance are no difference."""
    kept: list[Difference] = []
    close: dict[str, float] = {}
    for difference in finding.comparison.differences:
        how = shown.get((difference.cell, difference.name), {})
        if difference.what is What.VALUE and how.get("close"):
            size = float(how.get("relative") or 0.0)
            close[difference.name] = max(size, close.get(difference.name, 0.0))
        else:
            kept.append(difference)
    comparison = replace(finding.comparison, differences=tuple(kept))
    return replace(finding, comparison=comparison, close=close, shown=shown)
