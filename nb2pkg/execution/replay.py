"""Run the cells of a notebook again, in some order, and see whether they show what is stored of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pkg.execution import diagnosis, outcome, session
from nb2pkg.execution.model import Run, Shown
from nb2pkg.model import Cell, Notebook

_RAISES = "raises-exception"
Order = tuple[int, ...]
Causes = Mapping[int, str]
Stored = Mapping[int, Sequence[Shown]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run of one order: what each cell showed, and where it ended."""

    order: Order
    shown: Mapping[int, Sequence[Shown]]
    stop: str = ""
    stopped_at: int = -1
    seconds: float = 0.0

    @property
    def prefix(self) -> Order:
        """The cells up to that in which it ended."""
        return self.order[: self.order.index(self.stopped_at) + 1] if self.stop else self.order


def stored(notebook: Notebook) -> Stored:
    """What is stored of the code cells that were run. A cell that was never run says nothing."""
    cells = notebook.document["cells"]
    return {
        cell.index: outcome.stored(cells[cell.index])
        for cell in notebook.code
        if _was_run(cell) and not is_skipped(cell) and not outcome.is_ours(cell.source)
    }


def _was_run(cell: Cell) -> bool:
    return bool(cell.source.strip() and (cell.execution_count is not None or cell.outputs))


def is_skipped(cell: Cell) -> bool:
    """Those who run notebooks leave out a cell with this tag."""
    return "skip-execution" in cell.tags


def run(opened: session.Session, order: Order, name: str) -> Outcome:
    """Run the cells in this order, up to the first error that was not there before."""
    return _outcome(order, opened.run(_cells(opened, order), name))


async def play(opened: session.Session, order: Order, name: str) -> Outcome:
    """The same, for those who run several notebooks at once."""
    return _outcome(order, await opened.play(_cells(opened, order), name))


def _cells(opened: session.Session, order: Order) -> tuple[Cell, ...]:
    return tuple(_expecting(opened.notebook.cells[index]) for index in order)


def _expecting(cell: Cell) -> Cell:
    """A cell whose stored output is an error may raise one again."""
    failed = any(output.kind == "error" for output in cell.outputs)
    return replace(cell, tags=(*cell.tags, _RAISES)) if failed else cell


def _outcome(order: Order, done: Run) -> Outcome:
    shown = {boundary.index: boundary.outputs for boundary in done.boundaries}
    if done.stop is None:
        return Outcome(order, shown, seconds=done.seconds)
    shown.pop(done.stop.index, None)
    return Outcome(order, shown, done.stop.reason, done.stop.index, done.seconds)


async def causes(opened: session.Session, first: Outcome, shaky: frozenset[int]) -> Causes:
    """Why cells show something else at every run, as far as more runs show it."""
    if first.seconds > diagnosis.PATIENCE:
        return {}

    async def again(variation: diagnosis.Variation) -> Outcome:
        other = replace(opened, conditions=variation.of(opened.conditions))
        return await play(other, first.order, diagnosis.ONCE_MORE)

    return await diagnosis.causes(first, shaky, again, _differing)


def _differing(one: Outcome, two: Outcome) -> frozenset[int]:
    """As unstable, and cells that only one of them reached."""
    return unstable(one, two) | frozenset(one.shown.keys() ^ two.shown.keys())


def unstable(one: Outcome, two: Outcome) -> frozenset[int]:
    """Cells that show something else in two runs of the same order."""
    return frozenset(
        index
        for index, shown in one.shown.items()
        if index in two.shown and outcome.change(shown, two.shown[index])
    )
