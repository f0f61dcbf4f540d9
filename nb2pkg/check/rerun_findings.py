"""From runs of a notebook to what is said of each cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import CellRun, Finding, RunOutcome
from nb2pkg.execution import outcome, replay
from nb2pkg.execution.model import Shown
from nb2pkg.execution.reasons import speaks_of
from nb2pkg.execution.replay import Causes, Outcome, Stored
from nb2pkg.model import Cell, Notebook, Place

UNSTABLE = "differs from run to run"
_FILE = re.compile(r" \(\S*[/\\].*\)\Z")  # in which a module was found
_NAMED = ("missing name", "missing module")  # their messages hold names of code, and no values


def differing(stored: Stored, run: Outcome) -> Mapping[int, str]:
    """Cells that do not show what is stored of them, and how. Outputs that were cleared say nothing."""
    if not any(stored.values()):
        return {}
    return {
        index: said
        for index, shown in run.shown.items()
        if index in stored and (said := outcome.difference(stored[index], shown))
    }


def cells(
    notebook: Notebook, stored: Stored, runs: Sequence[Outcome], causes: Causes
) -> tuple[CellRun, ...]:
    """What became of each code cell; a second run tells what differs from run to run."""
    first = runs[0]
    wrong = differing(stored, first)
    shaky = replay.unstable(first, runs[1]) if len(runs) > 1 else frozenset()
    moved = _out_of_order(notebook.code)
    return tuple(
        (
            CellRun(
                cell.index,
                RunOutcome.DIFFERENT,
                (
                    _unstable(notebook, cell, causes)
                    if cell.index in shaky
                    else _why(cell, first.shown[cell.index], moved)
                ),
                wrong[cell.index],
            )
            if cell.index in wrong
            else _other(cell, stored, first)
        )
        for cell in notebook.code
        if cell.source.strip()
    )


def _other(cell: Cell, stored: Stored, run: Outcome) -> CellRun:
    if replay.is_skipped(cell):
        return CellRun(cell.index, RunOutcome.NOT_RUN, "tagged skip-execution")
    if run.stop and cell.index == run.stopped_at:
        return CellRun(cell.index, RunOutcome.ERROR, outcome.of_error(run.stop), run.stop)
    if cell.index not in run.shown:
        return CellRun(cell.index, RunOutcome.NOT_RUN, f"cell {run.stopped_at + 1} failed")
    same = bool(stored.get(cell.index))
    return CellRun(cell.index, RunOutcome.SAME if same else RunOutcome.RAN)


def _unstable(notebook: Notebook, cell: Cell, causes: Causes) -> str:
    """What runs have shown to be the cause; and the next cell above that speaks of it, if not this one."""
    reason = causes.get(cell.index)
    if reason is None:
        return UNSTABLE
    above = [
        o.index for o in notebook.code if o.index <= cell.index and speaks_of(o.source, reason)
    ]
    where = f" in cell {above[-1] + 1}" if above and above[-1] != cell.index else ""
    return f"{UNSTABLE}: {reason}{where}"


def _why(cell: Cell, shown: Sequence[Shown], moved: frozenset[int]) -> str:
    if _shows_today(shown):
        return f"{UNSTABLE}: time"
    return "order" if cell.index in moved else "not known"


def _shows_today(shown: Sequence[Shown]) -> bool:
    """Is there a place where the present day stood? What is stored has another day there."""
    return any("<now>" in str(value) for item in shown for value in item["data"].values())


def _out_of_order(code: Sequence[Cell]) -> frozenset[int]:
    """Cells that were run before a cell above them, or behind one below."""
    counted = [cell for cell in code if cell.execution_count is not None]
    counts = [cell.execution_count or 0 for cell in counted]
    return frozenset(
        cell.index
        for at, cell in enumerate(counted)
        if max(counts[:at], default=0) > counts[at]
        or min(counts[at:], default=counts[at]) < counts[at]
    )


def findings(runs: Sequence[CellRun]) -> Iterator[Finding]:
    """Without a value of the run: reports are often kept in files."""
    for run in runs:
        place = Place(run.cell, width=0)
        if run.outcome is RunOutcome.ERROR:
            yield finding("NB711", place, _error(run))
        elif run.outcome is RunOutcome.DIFFERENT and run.why.startswith(UNSTABLE):
            yield finding(
                "NB713", place, run.why.removeprefix(UNSTABLE).lstrip(": ") or "not known"
            )
        elif run.outcome is RunOutcome.DIFFERENT:
            yield finding("NB712", place, run.why)


def _error(run: CellRun) -> str:
    said = run.detail.partition(":")[0]
    if run.why in _NAMED or run.detail.startswith("the kernel died"):
        said = _FILE.sub("", run.detail)
    return said if run.why == "error" else f"{run.why}: {said}"
