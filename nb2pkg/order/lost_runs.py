"""Can runs that left no count have changed what a cell read?

A gap in the counts is a run of a cell that is gone, or that was run again later. It matters to a cell
if it lies between the run that made a value and the run of the cell that reads the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nb2pkg.order.model import Summary
from nb2pkg.order.same import written
from nb2pkg.plan.lost_runs import missing
from nb2pkg.plan.shared import SETTINGS


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A cell that read a name, file or stream of which nobody knows what state it was in.

    lost: runs since it was made. is_own: the cell changes it, so that these may have been its own runs.
    """

    cell: int
    name: str
    lost: int
    is_own: bool


def unsettled(found: Sequence[Summary]) -> Iterator[Unsettled]:
    """What cells read behind a gap, in the order of the counts. Modules and definitions do not change."""
    run = sorted((s for s in found if s.cell.execution_count), key=_count)
    counts = sorted({_count(summary) for summary in run})
    fixed = {name for summary in found for name in summary.fixed}
    made: dict[str, int] = {}
    for summary in run:
        changed = summary.changes | summary.shared.changes
        for name in sorted({*summary.reads, *summary.shared.finds} - fixed - {SETTINGS}):
            start = made.get(name)
            lost = 0 if start is None else missing(start, _count(summary), counts)
            if lost:
                yield Unsettled(summary.index, name, lost, name in changed)
        made |= dict.fromkeys(written(summary), _count(summary))


def _count(summary: Summary) -> int:
    return summary.cell.execution_count or 0
