"""The protocol: the original, the original again with another hash seed, the narrative.

A session holds the two runs of the original, so that several promotions of one notebook can be
compared with them. Everything takes place in copies, in a scratch folder that goes with the session.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nb2pkg import notebook as reader
from nb2pkg.errors import VerificationError
from nb2pkg.model import Cell, Notebook
from nb2pkg.verify import clocks, install, kernels, place, processes, written
from nb2pkg.verify.compare import Expected, compare
from nb2pkg.verify.model import Comparison, Conditions, Difference, Run, What
from nb2pkg.verify.reasons import explain, tells_time
from nb2pkg.verify.run import Scene, Told, play

Say = Callable[[str, int, int], None]
"""Called with the name of a run, the cells or steps that are done, and all; again and again while one
takes long."""

ORIGINAL, AGAIN, NARRATIVE, VALUES = "original", "original again", "narrative", "values"
_HASH_SEEDS = {ORIGINAL: 0, AGAIN: 1, NARRATIVE: 0}
_SEEDS = re.compile(
    r"(?<![\w.])random\.(?:seed|setstate)|from random import|seed_everything|set_seed|manual_seed"
)
_PACKAGE = "<package>/"
Wait = Callable[[int], Awaitable[None]]
Watched = Mapping[str, tuple[tuple[str, ...], Path, bool]]


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
    copied: place.Workspace
    environment: Mapping[str, str]
    folders: tuple[tuple[str, str], ...]
    writable: tuple[str, ...]
    guarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What comparing a package with its original said.

    close: name to the largest difference, for values that are the same within 1e-9.
    shown: (cell, name) to how its two values differ, leaf by leaf.
    """

    comparison: Comparison
    linked: Run
    close: Mapping[str, float] = field(default_factory=dict)
    shown: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """The original of a notebook, run twice."""

    path: Path
    notebook: Notebook
    command: tuple[str, ...]
    more: Mapping[str, str]
    conditions: Conditions
    scratch: Path
    say: Say
    first: Run = field(default_factory=Run)
    again: Run = field(default_factory=Run)

    def run(self, cells: tuple[Cell, ...], name: str = ORIGINAL) -> Run:
        """Run these cells, in this order, in a copy of the notebook's folder."""
        return asyncio.run(self.play(cells, name))

    async def play(self, cells: tuple[Cell, ...], name: str = ORIGINAL) -> Run:
        """The same, for those who run several notebooks at once."""
        other = replace(self, notebook=replace(self.notebook, cells=cells))
        return await other._original(name, {})

    def compare(self, package: Package) -> Finding:
        """Run the narrative against the installed package, and compare."""
        linked = self._linked(package)
        comparison = compare(self.first, self.again, linked.run, package.expected)
        comparison = replace(comparison, unstable=explain(comparison.unstable, self.notebook))
        finding = Finding(comparison, linked.run)
        if not _has_values(comparison):
            return finding
        try:
            return self._with_values(finding, package)
        except VerificationError:
            return finding  # that the values differ is known, though not how

    def _linked(self, package: Package, watched: Watched | None = None, until: str = "") -> Told:
        home = Path(tempfile.mkdtemp(prefix="narrative-", dir=self.scratch))
        try:
            own = self._in(package.elsewhere)
            return own._run_narrative(package, home, watched or {}, until)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _in(self, elsewhere: Elsewhere | None) -> Session:
        """The session with another kernel."""
        if elsewhere is None:
            return self
        conditions = replace(self.conditions, environment=elsewhere.variables)
        return replace(self, command=elsewhere.command, more={}, conditions=conditions)

    def _run_narrative(self, package: Package, home: Path, watched: Watched, until: str) -> Told:
        stand = self.stand(package, home, NARRATIVE)
        story = reader.read(stand.project / package.narrative)
        before = place.contents(stand.copied), _listed(stand.project)
        scene = Scene(
            home=kernels.Home((stand.project / package.narrative).parent, home, stand.environment),
            folders=stand.folders,
            writable=stand.writable,
            guarded=stand.guarded,
            imports_draw=self.is_seeded(),
            watched=watched,
            inside=(package.name, tuple(sorted(package.expected.absent))),
        )
        told = asyncio.run(self._play(_until(story, until), scene, VALUES if until else NARRATIVE))
        changed = place.written(before[0], place.contents(stand.copied))
        files = written.digests(stand.copied.top, changed, scene.folders)
        changed = place.written(before[1], _listed(stand.project))
        files |= written.digests(stand.project, changed, scene.folders, _PACKAGE)
        return replace(told, run=replace(told.run, files=files))

    def stand(self, package: Package, home: Path, name: str, installs: bool = True) -> Stand:
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
        environment = self._environment(name, home)
        copied = self._copied(home / "copy")
        narrative = (project / package.narrative).parent
        return Stand(
            project=project,
            copied=copied,
            environment=(environment if there else self._with_package(environment, site))
            | {package.variable: str(copied.folder)},
            folders=(
                *_words(copied, home),
                (str(narrative), "<notebook folder>"),
                (str(project), "<package>"),
                (str(site), "<package>/src"),
            ),
            writable=(*place.writable(self.scratch), *self.conditions.writable),
            guarded=place.guarded(copied),
        )

    def _with_values(self, finding: Finding, package: Package) -> Finding:
        """Run both once more, up to the last difference, to see what the two values are."""
        values = [d for d in finding.comparison.differences if d.what is What.VALUE]
        last = max(values, key=lambda difference: difference.index).cell
        with tempfile.TemporaryDirectory(prefix="values-", dir=self.scratch) as folder:
            names = {d.cell: tuple(v.name for v in values if v.cell == d.cell) for d in values}
            files = {cell: Path(folder, f"{n}") for n, cell in enumerate(names)}
            dumped = {cell: (names[cell], files[cell], True) for cell in names}
            asyncio.run(self._original(VALUES, dumped, last))
            read = {cell: (names[cell], files[cell], False) for cell in names}
            told = self._linked(package, read, last)
        shown = {
            (cell, name): how
            for cell, found in told.explained.items()
            for name, how in found.items()
        }
        return _settled(finding, shown)

    async def _original(
        self, name: str, watched: Watched, until: str = "", wait: Wait | None = None
    ) -> Run:
        home = Path(tempfile.mkdtemp(prefix="original-", dir=self.scratch))
        copied = self._copied(home / "copy")
        before = place.contents(copied)
        scene = Scene(
            home=kernels.Home(copied.folder, home, self._environment(name, home)),
            folders=_words(copied, home),
            writable=(*place.writable(self.scratch), *self.conditions.writable),
            guarded=place.guarded(copied),
            imports_draw=self.is_seeded(),
            watched=watched,
            wait=wait,
        )
        told = await self._play(_until(self.notebook, until), scene, name)
        changed = place.written(before, place.contents(copied))
        done = replace(told.run, files=written.digests(copied.top, changed, scene.folders))
        shutil.rmtree(home, ignore_errors=True)
        return done

    def is_seeded(self) -> bool:
        """Does the notebook seed the generator of `random`? What is drawn behind that counts then."""
        return any(_SEEDS.search(cell.source) for cell in self.notebook.code)

    async def _play(self, notebook: Notebook, scene: Scene, name: str) -> Told:
        return await play(
            notebook,
            self.command,
            scene,
            self.conditions,
            lambda done, total: self.say(name, done, total),
        )

    @staticmethod
    def _with_package(environment: dict[str, str], site: Path) -> dict[str, str]:
        """The installed package is found before anything that the user's path brings."""
        paths = [str(site), *filter(None, [environment.get("PYTHONPATH")])]
        return environment | {"PYTHONPATH": os.pathsep.join(paths)}

    def _copied(self, target: Path) -> place.Workspace:
        return place.copy(self.path.parent, place.levels_above(self.notebook), target)

    def _environment(self, name: str, home: Path) -> dict[str, str]:
        (home / "tmp").mkdir(parents=True)
        own = {**self.more, "TMPDIR": str(home / "tmp")}
        return kernels.environment(self.conditions.environment, _HASH_SEEDS.get(name, 0), own)


@contextmanager
def session(
    path: Path, conditions: Conditions, say: Say, source: Notebook | None = None
) -> Iterator[Session]:
    """Run the original twice, at once where the two cannot meet; at the end remove all copies."""
    with opened(path, conditions, say, source) as waiting:
        first, again = asyncio.run(_twice(waiting))
        yield replace(waiting, first=first, again=again)


@contextmanager
def opened(
    path: Path, conditions: Conditions, say: Say, source: Notebook | None = None
) -> Iterator[Session]:
    """A session in which nothing has been run yet; at the end all copies are removed.

    source is what counts as the original, if that is something else than what the file says.
    """
    kernels.require()
    notebook = source or reader.read(path)
    command, more = kernels.command_for(notebook, conditions.python)
    kernels.check(command)
    with tempfile.TemporaryDirectory(prefix="nb2pkg-", ignore_cleanup_errors=True) as scratch:
        home = Path(scratch).resolve()
        try:
            yield Session(path, notebook, command, more, conditions, home, say)
        finally:
            processes.end(None, home)


async def _twice(waiting: Session) -> tuple[Run, Run]:
    pair = clocks.Pair() if tells_time(waiting.notebook) else None
    runs = (
        _leading(waiting, pair),
        waiting._original(AGAIN, {}, wait=pair.follow if pair else None),
    )
    if place.may_run_beside(waiting.notebook):
        first, again = await asyncio.gather(*runs)
        return first, again
    return await runs[0], await runs[1]


async def _leading(waiting: Session, pair: clocks.Pair | None) -> Run:
    try:
        return await waiting._original(ORIGINAL, {}, wait=pair.lead if pair else None)
    finally:
        if pair is not None:
            pair.is_over = True


def _until(notebook: Notebook, last: str) -> Notebook:
    """A notebook up to the cell of that id; all of it for none."""
    ids = [cell.id for cell in notebook.cells]
    return replace(notebook, cells=notebook.cells[: ids.index(last) + 1]) if last else notebook


def _words(copied: place.Workspace, home: Path) -> tuple[tuple[str, str], ...]:
    """Folders that are not the same in all runs, with words for them; the innermost first."""
    found = {str(copied.folder): "<notebook folder>"}
    found.setdefault(str(copied.top), "<project folder>")
    return (*found.items(), (str(home), "<scratch>"))


def _listed(project: Path) -> dict[str, str]:
    """What stands in the project folder, by names that no file of the copy has."""
    contents = place.contents(place.Workspace(project, project, project))
    return {f"{_PACKAGE}{path}": digest for path, digest in contents.items()}


def _has_values(comparison: Comparison) -> bool:
    return any(difference.what is What.VALUE for difference in comparison.differences)


def _settled(finding: Finding, shown: Mapping[tuple[str, str], Mapping[str, Any]]) -> Finding:
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
