"""``nb2pkg order``: what is known of the order of a notebook's cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg import facts
from nb2pkg.model import Notebook
from nb2pkg.notebook import execution_log, reader
from nb2pkg.order import counts, recorded
from nb2pkg.order.choose import choose
from nb2pkg.order.model import History, OrderFinding, Summary
from nb2pkg.order.summaries import summaries


@dataclass(frozen=True, slots=True)
class Study:
    """A notebook, what its cells do, and the order that was found."""

    notebook: Notebook
    found: tuple[Summary, ...]
    finding: OrderFinding


def study(path: Path) -> Study:
    """Read a notebook and its log, and choose an order without running anything."""
    notebook = reader.read(path)
    found = summaries(facts.analyze(notebook))
    return Study(notebook, found, choose(found, history(path, found)))


def history(path: Path, found: tuple[Summary, ...]) -> History:
    """What the log says, if it knows all these cells; else what the counts say, and then the log."""
    by_count = counts.history(found)
    by_log = recorded.history(found, execution_log.read(path))
    if by_log is None or by_log.complete:
        return by_log or by_count
    both = replace(by_count, deleted=by_log.deleted, lost=by_count.lost + by_log.lost)
    both = replace(
        both, doubts=by_count.doubts + by_log.doubts, known=by_count.known + by_log.known
    )
    if by_count.complete:
        return both
    return replace(both, source="log", orders=by_log.orders + by_count.orders)
