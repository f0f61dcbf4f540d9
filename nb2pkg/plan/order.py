"""Were the cells run in another order than they stand in, and does it matter?

Document order is what is promoted. When the counts say that the cells were run in a different order,
one that works and in which a name had another value, or in which alone the notebook works, then the
outputs that people look at are not those of document order: that has to be fixed first.
"""

from __future__ import annotations

from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Cell, CellFacts, Notebook, Place, Problem
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.problems import problem

_Where = tuple[int, int]  # cell and position of a statement in it


def check(
    notebook: Notebook, cells: tuple[CellFacts, ...], lines: Timeline, only_read: bool = False
) -> Problem | None:
    """NB205 if the order of the counts means something else, NB202 if there is such an order.

    only_read: a value that is left over at the end, and that no cell reads, does not count.
    """
    swapped = _first_swap(notebook.code)
    if swapped is None:
        return None
    earlier, later = swapped
    what = f"[{earlier.execution_count}] stands above [{later.execution_count}]"
    by_count = timeline.build(_by_count(cells))
    works = not _unmade(by_count)
    flows = _flows(by_count), _flows(lines, by_count)
    if only_read:
        flows = _of_readers(flows[0]), _of_readers(flows[1])
    differs = works and (bool(_unmade(lines)) or flows[0] != flows[1])
    return problem("NB205" if differs else "NB202", Place(later.index, width=0), what)


def affected(cells: tuple[CellFacts, ...], lines: Timeline) -> dict[int, Problem | None]:
    """Positions of all that has, or may have, another value in the order of the counts."""
    by_count = timeline.build(_by_count(cells))
    one, two = _flows(by_count), _flows(lines, by_count)
    names = {name for name in {*one, *two} if one.get(name) != two.get(name)}
    names |= set(_unmade(lines))
    found: dict[int, Problem | None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        for position in {*lines.uses_of(name), *lines.binders(name)} - set(found):
            found[position] = None
            facts = lines.statements[position]
            fresh = {*facts.bound, *(changed for changed, _ in facts.mutates)} - names
            names |= fresh
            waiting.extend(fresh)
    return found


def _by_count(cells: tuple[CellFacts, ...]) -> list[CellFacts]:
    run = [cell for cell in cells if cell.cell.execution_count is not None]
    return sorted(run, key=lambda cell: cell.cell.execution_count or 0)


def _first_swap(cells: tuple[Cell, ...]) -> tuple[Cell, Cell] | None:
    counted = [cell for cell in cells if cell.execution_count is not None]
    for earlier, later in zip(counted, counted[1:]):
        if (later.execution_count or 0) < (earlier.execution_count or 0):
            return earlier, later
    return None


def _unmade(lines: Timeline) -> list[str]:
    """Names that are read before anything has made them, though something does."""
    return [
        name
        for name, events in lines.events.items()
        for event in events[:1]
        if event.reads and lines.is_bound(name, event.position) is Bound.NO
        if lines.binders(name) and name not in BUILTINS
    ]


def _flows(lines: Timeline, only: Timeline | None = None) -> dict[str, tuple[object, ...]]:
    """For each name, who binds and changes it in which order, and whose value each reader gets."""
    kept = None if only is None else {_where(only, p) for p in range(len(only.statements))}
    flows: dict[str, tuple[object, ...]] = {}
    for name, events in lines.events.items():
        readers: dict[_Where, object] = {}
        writers: list[_Where] = []
        since: list[_Where] = []  # the name was last bound: what these did a reader can see
        for event in events:
            where = _where(lines, event.position)
            if kept is not None and where not in kept:
                continue
            if event.reads:
                reaching = tuple(_where(lines, p) for p in lines.reaching(name, event.position))
                readers[where] = (reaching, tuple(since))
            facts = lines.statements[event.position]
            if event.binds or event.may_bind or name in dict(facts.mutates):
                writers.append(where)
                since = [where] if event.binds else [*since, where]
        flows[name] = (tuple(writers), tuple(sorted(readers.items())))
    return {name: flow for name, flow in flows.items() if flow[0]}


def _of_readers(flows: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    return {name: flow[1:] for name, flow in flows.items()}


def _where(lines: Timeline, position: int) -> _Where:
    facts = lines.statements[position]
    return facts.cell, facts.position
