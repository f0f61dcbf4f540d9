"""Run candidates in real kernels, in copies of the folder, and see what comes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg.model import Cell, Notebook
from nb2pkg.order import outcome
from nb2pkg.order.model import Candidate, Mismatch, Order, Trial
from nb2pkg.verify import protocol
from nb2pkg.verify.model import Conditions, Run, Shown
from nb2pkg.verify.reasons import cause

_RAISES = "raises-exception"
Stored = Mapping[int, Sequence[Shown]]


def session(
    path: Path, conditions: Conditions, say: protocol.Say
) -> AbstractContextManager[protocol.Session]:
    """Where candidates are run; all copies go with it."""
    return protocol.opened(path, conditions, say)


def stored(notebook: Notebook) -> Stored:
    """What is stored of the code cells that were run. A cell that was never run says nothing."""
    cells = notebook.document["cells"]
    return {
        cell.index: outcome.stored(cells[cell.index])
        for cell in notebook.code
        if cell.source.strip() and not outcome.is_ours(cell.source) and _was_run(cell)
    }


def _was_run(cell: Cell) -> bool:
    return cell.execution_count is not None or bool(cell.outputs)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run of one order: what each cell showed, and where it ended."""

    order: Order
    shown: Mapping[int, Sequence[Shown]]
    stop: str = ""
    stopped_at: int = -1

    @property
    def prefix(self) -> Order:
        """The cells up to that in which it ended."""
        return self.order[: self.order.index(self.stopped_at) + 1] if self.stop else self.order


def run(opened: protocol.Session, order: Order, name: str) -> Outcome:
    """Run the cells in this order, up to the first error that was not there before."""
    cells = tuple(_expecting(opened.notebook.cells[index]) for index in order)
    return _outcome(order, opened.run(cells, name))


def _expecting(cell: Cell) -> Cell:
    """A cell whose stored output is an error may raise one again."""
    failed = any(output.kind == "error" for output in cell.outputs)
    return replace(cell, tags=(*cell.tags, _RAISES)) if failed else cell


def _outcome(order: Order, done: Run) -> Outcome:
    shown = {boundary.index: boundary.outputs for boundary in done.boundaries}
    if done.stop is None:
        return Outcome(order, shown)
    shown.pop(done.stop.index, None)
    return Outcome(order, shown, done.stop.reason, done.stop.index)


def repeated(known: Sequence[Outcome], order: Order) -> Outcome | None:
    """What an order gives that begins as one that ended in an error: no run is needed."""
    for other in known:
        if other.stop and order[: len(other.prefix)] == other.prefix:
            return replace(other, order=order)
    return None


def judged(
    candidate: Candidate,
    done: Outcome,
    kept: Stored,
    notebook: Notebook,
    others: Sequence[Outcome] = (),
) -> Trial:
    """Compare what the cells showed with what is stored; others are runs of other orders."""
    differing = {
        index: said
        for index, shown in done.shown.items()
        if index in kept and (said := outcome.difference(kept[index], shown))
    }
    compared = sum(index in kept for index in done.shown)
    wrong = [_mismatch(notebook.cells[i], said, kept[i], others) for i, said in differing.items()]
    if done.stop:
        wrong.append(Mismatch(done.stopped_at, "failed", outcome.of_error(done.stop), done.stop))
    return Trial(
        candidate=candidate,
        ran=len(done.shown),
        total=len(candidate.cells),
        matches=compared - len(differing),
        compared=compared,
        stop=done.stop,
        stopped_at=done.stopped_at,
        mismatches=tuple(wrong),
    )


def _mismatch(cell: Cell, said: str, kept: Sequence[Shown], others: Sequence[Outcome]) -> Mismatch:
    """Another order that shows what is stored says that it is the order; else what the cell says."""
    for other in others:
        if cell.index in other.shown and not outcome.difference(kept, other.shown[cell.index]):
            return Mismatch(cell.index, "shows something else", "order", said)
    return Mismatch(cell.index, "shows something else", cause(cell.source) or "not known", said)


def unstable(one: Outcome, two: Outcome) -> frozenset[int]:
    """Cells that show something else in two runs of the same order."""
    return frozenset(
        index
        for index, shown in one.shown.items()
        if index in two.shown and outcome.change(shown, two.shown[index])
    )
