"""Restart and run all: does each cell run, and does it show again what is stored of it?

Everything takes place in fresh kernels and in copies of the folders. Nothing of it is kept: what a
cell shows depends on more than its notebook.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg.check import rerun_findings
from nb2pkg.check.model import Report
from nb2pkg.check.run import Selected, with_found
from nb2pkg.errors import NotebookError, VerificationError
from nb2pkg.execution import kernels, replay, session, workspace
from nb2pkg.execution.model import Conditions
from nb2pkg.notebook import reader

Say = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Runner:
    """How notebooks are run, and what is shared by those that run at once.

    alone: held by a notebook that names a fixed path or port, where it may meet another such one.
    """

    wanted: Selected
    conditions: Conditions
    say: Say
    places: asyncio.Semaphore
    alone: asyncio.Lock

    async def report(self, report: Report) -> Report:
        """The report of a notebook, and what running it says."""
        path = Path(report.path)
        if report.error is not None or not _has_code(path):
            return report
        async with self.places:
            try:
                return await self._run(path, report)
            except NotebookError as error:
                return replace(report, error=(error.message, error.hint))
            except VerificationError as error:
                return replace(report, error=(f"{path}: {error.message}", error.hint))

    async def _run(self, path: Path, report: Report) -> Report:
        with session.opened(path, self.conditions, self._saying(path)) as opened:
            if workspace.may_run_beside(opened.notebook):
                runs, causes = await _runs(opened)
            else:
                async with self.alone:
                    runs, causes = await _runs(opened)
            stored = replay.stored(opened.notebook)
            cells = rerun_findings.cells(opened.notebook, stored, runs, causes)
        report = replace(report, runs=cells, seconds=runs[0].seconds)
        return with_found(report, rerun_findings.findings(cells), self.wanted)

    def _saying(self, path: Path) -> Say:
        """The two runs of a notebook are told under its own name."""
        return lambda name, done, total: self.say(
            f"{path} again" if name == session.AGAIN else str(path), done, total
        )


def _has_code(path: Path) -> bool:
    source = reader.parse(path.read_bytes(), str(path), without_code=True)
    return any(cell.source.strip() for cell in source.code)


async def _runs(
    opened: session.Session,
) -> tuple[tuple[replay.Outcome, ...], replay.Causes]:
    """One run; a second one with other seeds where something differs from what is stored.

    And more, to find out why, where cells differ from run to run.
    """
    order = tuple(cell.index for cell in opened.notebook.code)
    first = await replay.play(opened, order, session.ORIGINAL)
    wrong = rerun_findings.differing(replay.stored(opened.notebook), first)
    if not wrong:
        return (first,), {}
    other = replace(opened.conditions, seed=opened.conditions.seed + 1)
    again = await replay.play(replace(opened, conditions=other), order, session.AGAIN)
    shaky = replay.unstable(first, again) & wrong.keys()
    return (first, again), await replay.causes(opened, first, shaky)


def rerun(
    reports: Sequence[Report], wanted: Selected, conditions: Conditions, say: Say, jobs: int = 0
) -> list[Report]:
    """The reports with what running the notebooks says. jobs 0: one kernel for each processor."""
    kernels.require()
    return asyncio.run(_all(reports, wanted, conditions, say, jobs or os.cpu_count() or 1))


async def _all(
    reports: Sequence[Report], wanted: Selected, conditions: Conditions, say: Say, jobs: int
) -> list[Report]:
    runner = Runner(wanted, conditions, say, asyncio.Semaphore(jobs), asyncio.Lock())
    tasks = [asyncio.ensure_future(runner.report(report)) for report in reports]
    try:
        return list(await asyncio.gather(*tasks))
    finally:  # one that failed ends the others, and so does Ctrl-C: each takes its kernel away
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
