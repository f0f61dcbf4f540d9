"""What a promotion needs: the notebook's kernel is asked what is installed there, and the client's
constraints are heeded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nb2pkg import environment as environments
from nb2pkg.environment import Environment, kernelspec
from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Facts, Notebook, Place, Problem
from nb2pkg.observed import Observed
from nb2pkg.paths import PackagePaths, Project
from nb2pkg.plan.model import Plan
from nb2pkg.problems import problem
from nb2pkg.project import base, manifest
from nb2pkg.render.project import oldest_syntax
from nb2pkg.requirements import clashes, constraints, declared, gather, installs, settings, stated
from nb2pkg.requirements.constraints import Demands
from nb2pkg.requirements.model import Evidence, Need, Requirement, Requirements, Use
from nb2pkg.requirements.needs import KERNEL
from nb2pkg.requirements.resolve import Hints, is_for
from nb2pkg.requirements.settings import DependencySettings


@dataclass(frozen=True, slots=True)
class DependencySources:
    """Where requirements are known from. client: the file of constraints that is heeded, if one is.
    why: the environment could not be asked, if it could not.
    """

    environment: Environment
    settings: DependencySettings
    hints: Hints
    client: Path | None = None
    why: str = ""


def sources(
    notebooks: Sequence[Notebook],
    folder: Path,
    project: Path,
    python: str | Environment = "",
    client: Path | None = None,
) -> DependencySources:
    """Ask the kernel's environment, and read what files say.

    The kernel is that of the first notebook; without one, it is the interpreter of nb2pkg. folder,
    project: of the notebook, and of the package. python: an interpreter that a person named, or an
    environment that is known; client: a file of constraints.
    Nb2pkgError if one of these cannot be used.
    """
    wanted = settings.of((project, folder))
    asked, why = _asked(notebooks, python)
    path = client or wanted.constraints
    demands: Demands = constraints.read(path, asked) if path is not None else {}
    around = declared.around(folder.resolve()) - _added(folder.resolve())
    installed = tuple(one for notebook in notebooks for one in installs.of(notebook))
    hints = Hints(wanted.distributions, installed, around, demands)
    return DependencySources(asked, wanted, hints, path, why)


def _added(folder: Path) -> frozenset[str]:
    """What nb2pkg itself has declared in the projects around: that is no evidence of anything."""
    places = [
        place
        for above in (folder, *folder.parents)
        for place in (Project(above), *_inner(above))
        if place.folder.is_dir()
    ]
    files = (base.texts(base.read(place, ""), {}) for place in places)
    return frozenset(one.name for texts in files for one in stated.in_texts(texts))


def _inner(folder: Path) -> Iterator[Project]:
    """The packages that have a place in a project."""
    for path in sorted((folder / manifest.FOLDER).glob("*/")):
        yield Project(folder, PackagePaths(path.name))


def _asked(notebooks: Sequence[Notebook], python: str | Environment) -> tuple[Environment, str]:
    if isinstance(python, Environment):
        return python, ""
    try:
        kernel = (
            kernelspec.python_of(notebooks[0], python) if notebooks else python or sys.executable
        )
        return environments.ask(kernel), ""
    except Nb2pkgError as error:
        if python:
            raise
        return Environment(), str(error)


def of(
    plan: Plan,
    code: Mapping[str, str],
    local: Iterable[str],
    known: DependencySources,
    observed: Observed | None = None,
) -> Requirements:
    """The requirements of a package whose code is generated. local: modules that are its own."""
    own = {plan.package.partition(".")[0], *local}
    return gather.of_project(
        code,
        plan.notebook,
        own,
        oldest_syntax(plan),
        known.environment,
        known.hints,
        known.settings.ranges,
        tuple(_seen(plan, observed)) if observed else (),
    )


def _seen(plan: Plan, observed: Observed) -> Iterator[Need]:
    """What the cells loaded when they ran. A cell of which something moved takes it along."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    moved = {statements[position].cell for step in plan.steps for position in step.positions}
    for cell in plan.notebook.code:
        moment = observed.cells.get(cell.id)
        use = Use.PACKAGE if cell.index in moved else Use.NOTEBOOK
        for module in moment.loaded if moment else ():
            yield Need(use, module, places=(f"cell {cell.index + 1}, when it ran",))


# ---- what a person should look at


def problems(plan: Plan, found: Requirements, known: DependencySources) -> Iterator[Problem]:
    """Requirements that are not as sure as they look."""
    if known.why:
        yield problem("NB512", None, known.why)
    for one in found.found:
        yield from _of_requirement(plan, one, known)
    for clash in clashes.find(found.found, known.environment, known.hints.demands):
        yield problem("NB509", None, clash.what, why=clash.why)
    for cell, what, ran in _installed_otherwise(known):
        yield problem("NB511", Place(cell, 1, 0, 1), what, ran=ran)


def _of_requirement(plan: Plan, one: Requirement, known: DependencySources) -> Iterator[Problem]:
    modules = {module.partition(".")[0] for module in one.modules}
    place = _place(plan, modules)
    if one.evidence is Evidence.GUESS:
        yield problem("NB503", place, one.distribution, module=", ".join(sorted(modules)))
    elif _lacks_version(one, known):
        yield problem("NB508", place, one.distribution)
    elif one.is_in_folder:
        yield problem("NB510", place, one.distribution)


def _lacks_version(one: Requirement, known: DependencySources) -> bool:
    """Tests and kernels bring their own tools; what is of another platform cannot be installed here."""
    is_tool = one.use is Use.TESTS or one.distribution == KERNEL
    is_asked = not known.why and not is_tool and is_for(one, known.environment)
    return is_asked and not one.version and not one.url


def _place(plan: Plan, modules: set[str]) -> Place | None:
    """The first import of one of the modules."""
    for facts in (facts for cell in plan.facts for facts in cell.statements):
        for imported in facts.imports:
            top = imported.module.partition(".")[0]
            if top in modules and not imported.level:
                return _within(facts, top)
    return None


def _within(facts: Facts, name: str) -> Place:
    column = facts.source.split("\n", 1)[0].find(name)
    return Place(facts.cell, facts.line, max(column, 0), len(name) if column >= 0 else 1)


def _installed_otherwise(known: DependencySources) -> Iterator[tuple[int, str, str]]:
    """Cells that install another version than the one that is there."""
    for installed in known.hints.installs:
        found = known.environment.get(installed.name)
        if (
            found
            and installed.specifier
            and not constraints.fits(installed.specifier, found.version)
        ):
            yield installed.cell, installed.words, f"{found.name} {found.version}"
