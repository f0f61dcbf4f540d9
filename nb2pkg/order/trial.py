"""What came of running a candidate, compared with what is stored and with other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from nb2pkg.execution import outcome
from nb2pkg.execution.model import Conditions, Shown
from nb2pkg.execution.replay import Outcome, Stored
from nb2pkg.execution.session import Say, Session, opened
from nb2pkg.model import Cell, Notebook
from nb2pkg.order.model import Candidate, Mismatch, Order, Trial


def session(path: Path, conditions: Conditions, say: Say) -> AbstractContextManager[Session]:
    """Where candidates are run; all copies go with it."""
    return opened(path, conditions, say)


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
    """Another order that shows what is stored says that it is the order."""
    for other in others:
        if cell.index in other.shown and not outcome.difference(kept, other.shown[cell.index]):
            return Mismatch(cell.index, "shows something else", "order", said)
    return Mismatch(cell.index, "shows something else", "not known", said)
