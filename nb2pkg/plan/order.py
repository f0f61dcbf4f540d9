"""Were the cells run in another order than they stand in, and does it matter?

Document order is what is promoted. When the counts say that the cells were run in a different order,
one that works and in which a name had another value, or in which alone the notebook works, then the
outputs that people look at are not those of document order: that has to be fixed first.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from nb2pkg.facts.libraries import known
from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Cell, CellFacts, Facts, Notebook, Place, Problem
from nb2pkg.plan import lost_runs, shared
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.plan.shared import NOTHING, Touch, Where
from nb2pkg.problems import at, problem

_Flows = dict[str, tuple[object, ...]]
_Touches = Mapping[Where, Touch]


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
    touches = shared.touches(cells)
    flows = _flows(by_count, touches), _flows(lines, touches, by_count)
    if only_read:
        flows = _of_readers(flows[0]), _of_readers(flows[1])
    differs = works and (bool(_unmade(lines)) or flows[0] != flows[1])
    return problem("NB205" if differs else "NB202", Place(later.index, width=0), what)


def run_again(cells: tuple[CellFacts, ...]) -> tuple[Problem, ...]:
    """NB207 for each value to which a statement may have added more than once: it moves, and runs once."""
    if not lost_runs.are_missing(cells):
        return ()
    statements = {(f.cell, f.position): f for cell in cells for f in cell.statements}
    first: dict[str, lost_runs.Repeated] = {}
    for one in lost_runs.repeated(cells, shared.touches(cells)):
        first.setdefault(one.name, one)
    return tuple(
        at(statements[one.where], "NB207", one.name, runs=_format(one.lost))
        for one in first.values()
    )


def _format(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def affected(cells: tuple[CellFacts, ...], lines: Timeline) -> dict[int, Problem | None]:
    """Positions of all that has, or may have, another value in the order of the counts."""
    by_count = timeline.build(_by_count(cells))
    touches = shared.touches(cells)
    one, two = _flows(by_count, touches), _flows(lines, touches, by_count)
    names = {name for name in {*one, *two} if one.get(name) != two.get(name)}
    return dict.fromkeys(_reached({*names, *_unmade(lines)}, lines, touches))


def _reached(names: set[str], lines: Timeline, touches: _Touches) -> set[int]:
    """Positions of all that touches one of the names, or what these change, and so on."""
    found: set[int] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        touching = {p for p in range(len(lines.statements)) if name in _keys(lines, p, touches)}
        for position in {*lines.uses_of(name), *lines.binders(name), *touching} - found:
            found.add(position)
            facts = lines.statements[position]
            bound = {*facts.bound, *(changed for changed, _ in facts.mutates)}
            fresh = (bound | touches.get(_where(lines, position), NOTHING).leaves) - names
            names |= fresh
            waiting.extend(fresh)
    return found


def _keys(lines: Timeline, position: int, touches: _Touches) -> frozenset[str]:
    touch = touches.get(_where(lines, position), NOTHING)
    return touch.finds | touch.leaves


def changed(facts: Facts) -> set[str]:
    """Names whose objects it changes: what is known to, and methods whose value is dropped.

    A call that is made for no value is made for an effect, mostly on the object itself.
    """
    found = {name for name, _ in facts.mutates}
    node = facts.node
    if isinstance(node, ast.Expr) and not facts.shows and isinstance(node.value, ast.Call):
        root = node.value.func
        while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Name) and isinstance(node.value.func, ast.Attribute):
            looks = node.value.func.attr in known("look", "methods")
            found |= set() if looks else {root.id}
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


def _flows(lines: Timeline, touches: _Touches, only: Timeline | None = None) -> _Flows:
    """For each name, file and stream, who makes and changes it in which order, and what each reader gets."""
    kept = None if only is None else {_where(only, p) for p in range(len(only.statements))}
    flows: _Flows = {}
    modules = {name for facts in lines.statements if facts.imports for name in facts.bound}
    changes = [changed(facts) - modules for facts in lines.statements]
    for name, events in lines.events.items():
        readers: dict[Where, object] = {}
        writers: list[Where] = []
        since: list[Where] = []  # the name was last bound: what these did a reader can see
        for event in events:
            where = _where(lines, event.position)
            if kept is not None and where not in kept:
                continue
            if event.reads:
                reaching = tuple(_where(lines, p) for p in lines.reaching(name, event.position))
                readers[where] = (reaching, tuple(since))
            if event.binds or event.may_bind or name in changes[event.position]:
                writers.append(where)
                since = [where] if event.binds else [*since, where]
        flows[name] = (tuple(writers), tuple(sorted(readers.items())))
    flows |= _shared_flows(lines, touches, kept)
    return {name: flow for name, flow in flows.items() if flow[0]}


def _shared_flows(lines: Timeline, touches: _Touches, kept: set[Where] | None) -> _Flows:
    """The same of files and streams of random numbers."""
    readers: dict[str, dict[Where, object]] = {}
    writers: dict[str, list[Where]] = {}
    since: dict[str, list[Where]] = {}
    for position in range(len(lines.statements)):
        where = _where(lines, position)
        touch = touches.get(where, NOTHING)
        if kept is not None and where not in kept:
            continue
        for key in touch.finds:
            readers.setdefault(key, {})[where] = tuple(since.get(key, ()))
        for key in touch.leaves:
            writers.setdefault(key, []).append(where)
            since[key] = [where] if key in touch.makes else [*since.get(key, ()), where]
    return {
        key: (tuple(wrote), tuple(sorted(readers.get(key, {}).items())))
        for key, wrote in writers.items()
    }


def _of_readers(flows: _Flows) -> _Flows:
    return {name: flow[1:] for name, flow in flows.items()}


def _where(lines: Timeline, position: int) -> Where:
    facts = lines.statements[position]
    return facts.cell, facts.position
