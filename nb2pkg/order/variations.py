"""Orders near one that was run, in which cells that failed or showed something else stand elsewhere.

A cell that shows something else may have read a value too early or too late: before or after another
cell made or changed it. Each place between two such cells is worth a try. Cells that only look do not
disturb each other, so all of them move in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nb2pkg.order.model import Order, Summary
from nb2pkg.order.same import written
from nb2pkg.plan.shared import SETTINGS


def variations(order: Order, wrong: Sequence[int], found: Sequence[Summary]) -> Iterator[Order]:
    """Orders to try next, the most promising first. wrong: cells that failed or differed."""
    by_index = {summary.index: summary for summary in found}
    useful = {name for summary in found for name in summary.reads}
    places = {index: _places(order, index, by_index) for index in wrong}
    looking = [i for i in wrong if places[i] and not written(by_index[i]) & useful]
    for turn in range(max((len(places[i]) for i in looking), default=0)):
        changed = order
        for index in looking:
            options = places[index]
            changed = moved(changed, index, options[min(turn, len(options) - 1)], by_index)
        yield changed
    for index in wrong:
        for writer in places[index]:
            if order.index(writer) > order.index(index):
                yield _moved_up(order, writer, index)
    for index in wrong:
        for behind in places[index]:
            yield moved(order, index, behind, by_index)


def _moved_up(order: Order, writer: int, reader: int) -> Order:
    """The order with a cell that makes or changes something right before one that reads it."""
    rest = [cell for cell in order if cell != writer]
    rest.insert(rest.index(reader), writer)
    return tuple(rest)


def moved(order: Order, index: int, behind: int, by_index: Mapping[int, Summary]) -> Order:
    """The order with one cell right behind another; those that need it in between go with it."""
    group = _with_dependents(order, index, behind, by_index)
    if behind in group:
        return order
    rest = [cell for cell in order if cell not in group]
    at = rest.index(behind) + 1
    return (*rest[:at], *group, *rest[at:])


def _with_dependents(
    order: Order, index: int, behind: int, by_index: Mapping[int, Summary]
) -> list[int]:
    """The cell, and those between it and its new place that read what it makes, and so on."""
    group = [index]
    made = set(by_index[index].binds)
    for cell in order[order.index(index) + 1 : order.index(behind) + 1]:
        if made & by_index[cell].reads.keys():
            group.append(cell)
            made |= by_index[cell].binds
        else:
            made -= by_index[cell].binds
    return group


def _places(order: Order, index: int, by_index: Mapping[int, Summary]) -> list[int]:
    """Cells behind which this one would find another value of something; the nearest first."""
    summary = by_index[index]
    names = summary.reads.keys() | {SETTINGS} | summary.shared.finds
    here = order.index(index)
    found: dict[int, int] = {}
    for name in names:
        writers = [at for at, i in enumerate(order) if i != index and name in written(by_index[i])]
        if not writers:
            continue
        present = max((at for at in writers if at < here), default=-1)
        for at in writers:
            if at != present:
                # What is set up for all is the least likely cause.
                distance = abs(at - here) + len(order) * (name == SETTINGS)
                found[order[at]] = min(distance, found.get(order[at], distance))
    return sorted(found, key=lambda cell: found[cell])
