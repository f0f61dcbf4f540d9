"""A session: the original, and the original again with another hash seed.

A session holds the two runs of the original, so that several promotions of one notebook can be
compared with them. Everything takes place in copies, in a scratch folder that goes with the session.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from nb2pkg.environment import kernelspec
from nb2pkg.execution import (
    clocks,
    diagnosis,
    inputs,
    interrupts,
    kernels,
    scratch,
    workspace,
    written,
)
from nb2pkg.execution.model import Conditions, Run
from nb2pkg.execution.reasons import reads_clock
from nb2pkg.execution.run import Played, Scene, play
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook import reader

Say = Callable[[str, int, int], None]
"""Called with the name of a run, the cells or steps that are done, and all; again and again while one
takes long."""

ORIGINAL, AGAIN, NARRATIVE, VALUES = "original", "original again", "narrative", "values"
_HASH_SEEDS = {ORIGINAL: 0, AGAIN: 1, NARRATIVE: 0}
_SEEDS = re.compile(
    r"(?<![\w.])random\.(?:seed|setstate)|from random import|seed_everything|set_seed|manual_seed"
)
Wait = Callable[[int], Awaitable[None]]
Watched = Mapping[str, tuple[tuple[str, ...], Path, bool]]


@dataclass(frozen=True, slots=True)
class Session:
    """The original of a notebook, run twice. causes: (cell, variable) to what makes it differ."""

    path: Path
    notebook: Notebook
    command: tuple[str, ...]
    more: Mapping[str, str]
    conditions: Conditions
    scratch: Path
    say: Say
    first: Run = field(default_factory=Run)
    again: Run = field(default_factory=Run)
    causes: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def run(self, cells: tuple[Cell, ...], name: str = ORIGINAL) -> Run:
        """Run these cells, in this order, in a copy of the notebook's folder."""
        return asyncio.run(self.play(cells, name))

    async def play(self, cells: tuple[Cell, ...], name: str = ORIGINAL) -> Run:
        """The same, for those who run several notebooks at once."""
        other = replace(self, notebook=replace(self.notebook, cells=cells))
        return await other.play_original(name, {})

    async def play_original(
        self, name: str, watched: Watched, until: str = "", wait: Wait | None = None
    ) -> Run:
        """Run the notebook, up to the cell of that id if there is one, in a copy of its folder."""
        home = Path(tempfile.mkdtemp(prefix="original-", dir=self.scratch))
        with interrupts.at_once():
            copied = self.copied(home / "copy")
            before = workspace.contents(copied)
            scene = Scene(
                home=kernels.Home(copied.folder, home, self.variables(name, home)),
                folders=words_for(copied, home),
                writable=(*workspace.writable(self.scratch), *self.conditions.writable),
                guarded=workspace.guarded(copied),
                imports_draw=self.is_seeded(),
                watched=watched,
                wait=wait,
            )
        played = await self.play_in(up_to(self.notebook, until), scene, name)
        with interrupts.at_once():
            changed = workspace.written(before, workspace.contents(copied))
            done = replace(played.run, files=written.digests(copied.top, changed, scene.folders))
            if name == ORIGINAL:
                data = inputs.of(copied, self.notebook, done.boundaries, changed)
                done = replace(done, data=data)
            shutil.rmtree(home, ignore_errors=True)
        return done

    def is_seeded(self) -> bool:
        """Does the notebook seed the generator of `random`? What is drawn behind that counts then."""
        return any(_SEEDS.search(cell.source) for cell in self.notebook.code)

    async def play_in(self, notebook: Notebook, scene: Scene, name: str) -> Played:
        """Run a notebook in a scene, and say how far it is."""
        return await play(
            notebook,
            self.command,
            scene,
            self.conditions,
            lambda done, total: self.say(name, done, total),
        )

    def copied(self, target: Path) -> workspace.Workspace:
        """A copy of the notebook's folder, with what lies above it as far as the notebook reads."""
        levels = workspace.levels_above(self.notebook)
        return workspace.copy(self.path.parent, levels, target, workspace.mentions(self.notebook))

    def variables(self, name: str, home: Path) -> dict[str, str]:
        """The environment variables of a run of that name."""
        (home / "tmp").mkdir(parents=True)
        own = {**self.more, "TMPDIR": str(home / "tmp")}
        given = self.conditions.hash_seed
        hashes = _HASH_SEEDS.get(name, 0) if given is None else given
        return kernels.environment(self.conditions.environment, hashes, own)


@contextmanager
def session(
    path: Path, conditions: Conditions, say: Say, source: Notebook | None = None
) -> Iterator[Session]:
    """Run the original twice, at once where the two cannot meet; at the end remove all copies."""
    with opened(path, conditions, say, source) as waiting:
        first, again = asyncio.run(_twice(waiting))
        causes = asyncio.run(_causes(waiting, first, again))
        yield replace(waiting, first=first, again=again, causes=causes)


@contextmanager
def opened(
    path: Path, conditions: Conditions, say: Say, source: Notebook | None = None
) -> Iterator[Session]:
    """A session in which nothing has been run yet; at the end all copies are removed.

    source is what counts as the original, if that is something else than what the file says.
    """
    kernels.require()
    notebook = source or reader.read(path)
    command, more = kernelspec.command_for(notebook, conditions.python)
    with interrupts.at_once():
        kernels.check(command)
    with scratch.for_runs() as home:
        yield Session(path, notebook, command, more, conditions, home, say)


async def _causes(waiting: Session, first: Run, again: Run) -> Mapping[tuple[int, str], str]:
    """Why outputs and variables differ between the two, as far as more runs show it."""
    if first.seconds > diagnosis.PATIENCE:
        return {}

    async def play(variation: diagnosis.Variation) -> Run:
        other = replace(waiting, conditions=variation.of(waiting.conditions))
        return await other.play_original(diagnosis.ONCE_MORE, {})

    return await diagnosis.causes(
        first, diagnosis.differing(first, again), play, diagnosis.differing
    )


async def _twice(waiting: Session) -> tuple[Run, Run]:
    pair = clocks.Pair() if reads_clock(waiting.notebook) else None
    runs = (
        _leading(waiting, pair),
        waiting.play_original(AGAIN, {}, wait=pair.follow if pair else None),
    )
    if workspace.may_run_beside(waiting.notebook):
        first, again = await asyncio.gather(*runs)
        return first, again
    return await runs[0], await runs[1]


async def _leading(waiting: Session, pair: clocks.Pair | None) -> Run:
    try:
        return await waiting.play_original(ORIGINAL, {}, wait=pair.lead if pair else None)
    finally:
        if pair is not None:
            pair.is_over = True


def up_to(notebook: Notebook, last: str) -> Notebook:
    """A notebook up to the cell of that id; all of it for none."""
    ids = [cell.id for cell in notebook.cells]
    return replace(notebook, cells=notebook.cells[: ids.index(last) + 1]) if last else notebook


def words_for(copied: workspace.Workspace, home: Path) -> tuple[tuple[str, str], ...]:
    """Folders that are not the same in all runs, with words for them; the innermost first."""
    found = {str(copied.folder): "<notebook folder>"}
    found.setdefault(str(copied.top), "<project folder>")
    return (*found.items(), (str(home), "<scratch>"))
