"""What a promotion needs: the notebook's kernel is asked what is installed there, and the client's
constraints are heeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pkg import environment as environments
from nb2pkg.environment import Environment
from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Facts, Notebook, Place, Problem
from nb2pkg.plan.model import Plan
from nb2pkg.problems import problem
from nb2pkg.render.project import oldest_syntax
from nb2pkg.requirements import clashes, constraints, declared, gather, installs, settings
from nb2pkg.requirements.constraints import Demands
from nb2pkg.requirements.model import Evidence, Requirement, Requirements, Use
from nb2pkg.requirements.resolve import Hints
from nb2pkg.requirements.settings import Settings
from nb2pkg.verify import kernels


@dataclass(frozen=True, slots=True)
class Sources:
    """Where requirements are known from. client: the file of constraints that is heeded, if one is.
    why: the environment could not be asked, if it could not.
    """

    environment: Environment
    settings: Settings
    hints: Hints
    client: Path | None = None
    why: str = ""


def sources(
    notebook: Notebook, folder: Path, project: Path, python: str = "", client: Path | None = None
) -> Sources:
    """Ask the kernel's environment, and read what files say.

    folder, project: of the notebook, and of the package. python: an interpreter that a person named;
    client: a file of constraints.
    Nb2pkgError if one of these cannot be used.
    """
    wanted = settings.of((project, folder))
    asked, why = _asked(notebook, python)
    path = client or wanted.constraints
    demands: Demands = constraints.read(path, asked) if path is not None else {}
    around = declared.around(folder.resolve())
    hints = Hints(wanted.distributions, installs.of(notebook), around, demands)
    return Sources(asked, wanted, hints, path, why)


def _asked(notebook: Notebook, python: str) -> tuple[Environment, str]:
    try:
        return environments.ask(kernels.python_of(notebook, python)), ""
    except Nb2pkgError as error:
        if python:
            raise
        return Environment(), str(error)


def of(plan: Plan, code: Mapping[str, str], local: Iterable[str], known: Sources) -> Requirements:
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
    )


# ---- what a person should look at


def problems(plan: Plan, found: Requirements, known: Sources) -> Iterator[Problem]:
    """Requirements that are not as sure as they look."""
    if known.why:
        yield problem("NB512", None, known.why)
    for one in found.found:
        yield from _of_requirement(plan, one, is_asked=not known.why)
    for clash in clashes.find(found.found, known.environment, known.hints.demands):
        yield problem("NB509", None, clash.what, why=clash.why)
    for cell, what, ran in _installed_otherwise(known):
        yield problem("NB511", Place(cell, 1, 0, 1), what, ran=ran)


def _of_requirement(plan: Plan, one: Requirement, is_asked: bool) -> Iterator[Problem]:
    modules = {module.partition(".")[0] for module in one.modules}
    place = _place(plan, modules)
    if one.evidence is Evidence.GUESS:
        yield problem("NB503", place, one.distribution, module=", ".join(sorted(modules)))
    elif not one.version and not one.url and one.use is not Use.TESTS and is_asked:
        yield problem("NB508", place, one.distribution)
    elif one.is_in_folder:
        yield problem("NB510", place, one.distribution)


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


def _installed_otherwise(known: Sources) -> Iterator[tuple[int, str, str]]:
    """Cells that install another version than the one that is there."""
    for installed in known.hints.installs:
        found = known.environment.get(installed.name)
        if (
            found
            and installed.specifier
            and not constraints.fits(installed.specifier, found.version)
        ):
            yield installed.cell, installed.words, f"{found.name} {found.version}"
