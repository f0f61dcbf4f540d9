"""What the execution counts tell: an order, and what happened that left no other trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from nb2pkg.order import lost_runs
from nb2pkg.order.lost_runs import Unsettled
from nb2pkg.order.model import History, Kind, Order, Summary

_SHOWN = 8


def history(found: Sequence[Summary]) -> History:
    """The order of the counts. Cells that were never run are left out of it."""
    counted = sorted(
        ((s.cell.execution_count, s.index) for s in found if s.cell.execution_count), key=_by_count
    )
    if not counted:
        return History(doubts=("no cell has an execution count: they were cleared, or never made",))
    counts = [count for count, _ in counted]
    never = [s.index for s in found if not s.cell.execution_count]
    repeated = sorted({count for count in counts if counts.count(count) > 1})
    order = tuple(index for _, index in counted)
    unsettled = [] if repeated else list(lost_runs.unsettled(found))
    return History(
        source="counts",
        orders=((Kind.COUNTS, order),),
        complete=not (never or repeated or unsettled),
        mixed=bool(repeated),
        known=_known(order, counts),
        doubts=(*_doubts(never, repeated), *_of_lost_runs(unsettled)),
        lost=_lost(sorted(set(counts)), found),
    )


def _by_count(pair: tuple[int, int]) -> tuple[int, int]:
    return pair


def _known(order: Order, counts: Sequence[int]) -> tuple[str, ...]:
    rising = list(order) == sorted(order)
    if counts == list(range(1, len(counts) + 1)):
        where = "in the order in which they stand" if rising else "but not where they stand"
        return (f"the counts are 1 to {len(counts)}: every cell was run once, {where}",)
    if rising:
        return ("the cells were last run in the order in which they stand",)
    return ("the cells were last run in another order than they stand in",)


def _doubts(never: Sequence[int], repeated: Sequence[int]) -> tuple[str, ...]:
    found = []
    if never:
        cells = format_cells(never)
        found.append(f"{cells} {'was' if len(never) == 1 else 'were'} never run, or cleared")
    if repeated:
        counts = ", ".join(f"[{count}]" for count in repeated[:_SHOWN])
        found.append(
            f"{counts} stand at several cells: several sessions, or cells that were pasted"
        )
    return tuple(found)


def _lost(counts: Sequence[int], found: Sequence[Summary]) -> tuple[str, ...]:
    """Gaps in the counts: runs of cells that are gone, or that were run again later."""
    at = {s.cell.execution_count: s.index for s in found}
    lost = []
    for before, after in zip([0, *counts], counts):
        gap = after - before - 1
        if gap:
            where = f"[{before + 1}]" if gap == 1 else f"[{before + 1}] to [{after - 1}]"
            runs = "1 run" if gap == 1 else f"{gap} runs"
            what = "of a cell that is gone, or that was run again later"
            lost.append(f"{where}: {runs} {what} (before cell {at[after] + 1})")
    return tuple(lost)


def _of_lost_runs(unsettled: Sequence[Unsettled]) -> Iterator[str]:
    """What runs that left no trace may have done to values that cells read."""
    again = [one for one in unsettled if one.is_own]
    for one in again[:_SHOWN]:
        runs = "1 run" if one.lost == 1 else f"{one.lost} runs"
        yield (
            f"cell {one.cell + 1} changes {one.name}, and {runs} before it left no trace: "
            f"it may have been run up to {one.lost + 1} times"
        )
    others = {one.cell for one in unsettled} - {one.cell for one in again}
    if others:
        yield f"runs that left no trace may have changed what {format_cells(sorted(others))} read"


def format_cells(cells: Sequence[int]) -> str:
    """As in ``cells 3, 5 to 8``."""
    ranges = []
    for _, group in groupby(enumerate(sorted(cells)), key=lambda pair: pair[1] - pair[0]):
        run = [index + 1 for _, index in group]
        ranges.append(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)))
    return f"cell{'s' if len(cells) > 1 else ''} {', '.join(ranges)}"
