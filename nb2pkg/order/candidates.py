"""The orders that are worth a look: written down, as it stands, repaired, arranged anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nb2pkg.order.arrange import arranged
from nb2pkg.order.model import Candidate, History, Kind, Order, Summary
from nb2pkg.order.reads import candidate, early_in
from nb2pkg.order.summaries import originators


def candidates(found: Sequence[Summary], history: History) -> tuple[Candidate, ...]:
    """All orders, each once: that which was written down comes first."""
    document = tuple(summary.index for summary in found)
    orders: list[tuple[Kind, Order]] = [(Kind.DOCUMENT, document)]
    for kind, order in history.orders:
        orders.append((kind, order))
        if len(order) < len(document):
            rest = Kind.COUNTS_AND_REST if kind is Kind.COUNTS else kind
            orders.append((rest, completed(order, document)))
    orders.append((Kind.REPAIRED, repaired(found)))
    orders.append((Kind.ARRANGED, arranged(found)))
    return _each_once(orders, found)


def _each_once(
    orders: Sequence[tuple[Kind, Order]], found: Sequence[Summary]
) -> tuple[Candidate, ...]:
    first: dict[Order, Kind] = {}
    for kind, order in orders:
        first.setdefault(order, kind)
    return tuple(candidate(kind, order, found) for order, kind in first.items())


def completed(order: Order, document: Sequence[int]) -> Order:
    """The order with all other cells behind the cell that stands before them in the document."""
    result = list(order)
    for at, index in enumerate(document):
        if index not in order:
            before = document[at - 1] if at else None
            result.insert(0 if before is None else result.index(before) + 1, index)
    return tuple(result)


def repaired(found: Sequence[Summary]) -> Order:
    """Document order, with as few cells moved as can be: those that read too early, or what they read.

    A cell that reads too early goes just behind the nearest cell that makes what it reads. When
    several cells read one that comes too late, that one moves up instead.
    """
    makers = originators(found)
    by_index = {summary.index: summary for summary in found}
    order = [summary.index for summary in found]
    for _ in range(2 * len(order)):
        first = next(early_in((by_index[index] for index in order), makers), None)
        if first is None:
            break
        positions = {index: at for at, index in enumerate(order)}
        later = [m for m in makers[first.name] if positions[m] > positions[first.cell]]
        if not later:  # it was deleted in between
            break
        maker = min(later, key=lambda m: positions[m])
        _move(order, first.cell, maker, _moves_up(order, first.cell, maker, by_index))
    return tuple(order)


def _move(order: list[int], reader: int, maker: int, up: bool) -> None:
    if up:
        order.remove(maker)
        order.insert(order.index(reader), maker)
    else:
        order.remove(reader)
        order.insert(order.index(maker) + 1, reader)


def _moves_up(
    order: Sequence[int], reader: int, maker: int, by_index: Mapping[int, Summary]
) -> bool:
    """Do several cells wait for the one that makes the name, which could stand above them?"""
    start, end = order.index(reader), order.index(maker)
    made = by_index[maker].binds
    waiting = [i for i in order[start:end] if made & by_index[i].reads.keys()]
    if len(waiting) < 2:
        return False
    there = {name for index in order[:start] for name in by_index[index].binds}
    needed = {name for name, read in by_index[maker].reads.items() if read.sure}
    between = {name for index in order[start:end] for name in by_index[index].binds}
    return not (needed - there) & between
