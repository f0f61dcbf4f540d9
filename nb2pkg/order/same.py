"""Do two orders of the same cells give every cell the same values, as far as can be seen?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nb2pkg.order.model import Order, Summary

_Flows = Mapping[tuple[int, str], Order]


def gives_same_values(one: Order, two: Order, found: Sequence[Summary]) -> bool:
    """Every cell finds what it reads as the same cells made and changed it, in the same sequence."""
    return _flows(one, found) == _flows(two, found)


def _flows(order: Order, found: Sequence[Summary]) -> _Flows:
    """(reader, name) to the cells that wrote the name before, and (-1, name) to all that did."""
    by_index = {summary.index: summary for summary in found}
    writers: dict[str, list[int]] = {}
    flows: dict[tuple[int, str], Order] = {}
    for index in order:
        summary = by_index[index]
        for name in {*summary.reads, *summary.shared.finds}:
            flows[index, name] = tuple(writers.get(name, ()))
        for name in written(summary):
            writers.setdefault(name, []).append(index)
    return flows | {(-1, name): tuple(cells) for name, cells in writers.items()}


def written(summary: Summary) -> frozenset[str]:
    """Names that it makes, changes or deletes; so are settings, files, and streams of random numbers."""
    return summary.binds | summary.changes | summary.deletes | summary.shared.leaves
