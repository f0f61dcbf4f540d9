"""Run the narrative in a fresh environment, and compare it with the original in the kernel's."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg import environment as environments
from nb2pkg import facts
from nb2pkg.environment import Environment, kernelspec
from nb2pkg.execution import kernels, scratch
from nb2pkg.execution.model import Conditions, Run
from nb2pkg.execution.session import Say, session
from nb2pkg.fresh.build import Built, build, checked, locked
from nb2pkg.lock.ask import OF_OTHERS
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.promote.reverify import package_of, python_of
from nb2pkg.requirements import settings
from nb2pkg.verify.model import PipelineVerdict, What
from nb2pkg.verify.package import Elsewhere, PackageVerdict, compare_package
from nb2pkg.verify.verdicts import Verification, judge

_WARNINGS = "warnings"
_MISSING = re.compile(
    r"No module named '(?P<module>[\w.]+)'|[Mm]issing optional dependency '(?P<o>\w+)'"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out, and where it ran. before: what the kernel's environment has."""

    verification: Verification
    finding: PackageVerdict
    built: Built
    before: Environment

    @property
    def holds(self) -> bool:
        """Does the narrative give there what the notebook gave?"""
        return not self.finding.comparison.differences

    @property
    def loaded(self) -> Mapping[str, str]:
        """The distributions that the narrative loaded there, with their versions; not the package."""
        found = _loaded(self.finding.linked, self.built.contents)
        return {n: v for n, v in sorted(found.items()) if canonicalize_name(n) != self.built.own}

    @property
    def declared(self) -> Mapping[str, str]:
        """Those of them that the project itself declares."""
        return {n: v for n, v in self.loaded.items() if canonicalize_name(n) in self.built.declared}

    @property
    def changed(self) -> Mapping[str, tuple[str, str]]:
        """Those of them that are there in another version than where the notebook ran."""
        found = {name: (self.before.get(name), now) for name, now in self.loaded.items()}
        return {
            name: (before.version if before else "", now)
            for name, (before, now) in found.items()
            if before is None or before.version != now
        }

    @property
    def missing(self) -> str:
        """The module for want of which the narrative stopped; empty if it did not."""
        stop = self.finding.linked.stop
        match = _MISSING.search(stop.reason) if stop and not self.finding.comparison.stop else None
        return (match["module"] or match["o"]) if match else ""

    @property
    def missing_though_declared(self) -> str:
        """The distribution that would bring the missing module, if the project declares it."""
        names = {canonicalize_name(owner.name) for owner in self.before.owners(self.missing)}
        return next(
            iter(sorted((names or {canonicalize_name(self.missing)}) & self.built.declared)), ""
        )


def _loaded(run: Run, there: Environment) -> dict[str, str]:
    return {owner.name: owner.version for name in tops(run) for owner in there.owners(name)}


def attempt(
    project: Project,
    conditions: Conditions,
    client: Path | None,
    say: Say,
    progress: Callable[[str], None],
) -> Trial:
    """Make the environment, run the original with its kernel and the narrative there.

    client: constraints; without them a lock counts, or those that a promotion remembered. Nothing is
    written.
    Nb2pkgError where no environment can be made.
    """
    kernels.require()
    known = manifest.required(project)
    original = locate.original(project, known)
    source = locate.notebook(project, known)
    conditions = replace(conditions, python=python_of(project, conditions))
    kernel = kernelspec.python_of(source, conditions.python)
    cells = facts.analyze(source)
    package = package_of(project, known, cells)
    progress("making an environment from what the project declares ...")
    with scratch.for_runs() as home:
        if client is None and not locked(project):
            client = _remembered(project)
        built = build(project, package, kernel, checked(client), home)
        count = len(built.contents.distributions)
        progress(f"made by {built.tool}: {count} distributions, {built.seconds} s")
        with session(original, conditions, say, source) as opened:
            finding = compare_package(
                opened, replace(package, elsewhere=_elsewhere(project, built))
            )
        there, here = built.contents, environments.ask(kernel)
        changed = {
            name for name in tops(opened.first) | tops(finding.linked) if differs(name, there, here)
        }
        finding = _without_state_of(finding, changed)
    not_run = PipelineVerdict(not_run="the narrative alone is run in a fresh environment")
    verification = judge(known.steps, finding.comparison, finding.close, not_run)
    return Trial(verification, finding, built, here)


def tops(run: Run) -> set[str]:
    """The top-level modules that a run loaded."""
    return {name for boundary in run.boundaries for name in boundary.modules}


def differs(module: str, there: Environment, here: Environment) -> bool:
    """Is it of another version, or only in one of the two?"""
    one, other = (
        {(owner.name, owner.version) for owner in environment.owners(module)}
        for environment in (there, here)
    )
    return one != other


def _without_state_of(finding: PackageVerdict, changed: set[str]) -> PackageVerdict:
    """Another version of a library has other options and warns of other things, whoever uses it."""
    words = {*changed, *((_WARNINGS,) if changed else ())}
    kept = tuple(
        one
        for one in finding.comparison.differences
        if one.what is not What.STATE or one.name.partition(" ")[0] not in words
    )
    return replace(finding, comparison=replace(finding.comparison, differences=kept))


def _remembered(project: Project) -> Path | None:
    return settings.of((project.folder,)).constraints


def _elsewhere(project: Project, built: Built) -> Elsewhere:
    """A kernel that sees nothing of the environments that are around."""
    variables = {name: text for name, text in os.environ.items() if name not in OF_OTHERS}
    site = built.site if project.paths.is_own else None
    return Elsewhere(kernelspec.launcher(built.python), variables, site)
